"""The loop that anybody would write first: one page after another by `$skip`, one upsert a row."""

from __future__ import annotations

import os

import psycopg
import requests
from psycopg.types.json import Jsonb

COLUMNS = (
    "Id", "Name", "Code", "GroupId", "FamilyId", "MeasurementUnit", "ImageUrl", "CurrencyId", "UnitPrice",
    "Suspended", "Editable", "Deletable", "CreatorId", "UpdaterId", "CreateImportId", "UpdateImportId",
    "ImportationIdCreate", "ImportationIdUpdate", "CreateDate", "LastUpdateDate",
    "OtherProperties", "Lists", "Parts",
)  # fmt: skip
LISTS = COLUMNS[-3:]
ROWS = 300
TABLE = """
create table if not exists products (
  Id bigint primary key, Name text, Code text, GroupId bigint, FamilyId bigint, MeasurementUnit text,
  ImageUrl text, CurrencyId bigint, UnitPrice numeric, Suspended boolean, Editable boolean, Deletable boolean,
  CreatorId bigint, UpdaterId bigint, CreateImportId bigint, UpdateImportId bigint, ImportationIdCreate bigint,
  ImportationIdUpdate bigint, CreateDate timestamptz, LastUpdateDate timestamptz, OtherProperties jsonb,
  Lists jsonb, Parts jsonb)
"""
UPSERT = (
    f"insert into products ({', '.join(COLUMNS)}) values ({', '.join(['%s'] * len(COLUMNS))}) "  # noqa: S608 - constants
    f"on conflict (Id) do update set {', '.join(f'{name} = excluded.{name}' for name in COLUMNS[1:])}"
)


def main() -> None:
    """Read everything, or what changed since a date."""
    params = {"$orderby": "Id", "$top": str(ROWS), "$expand": ",".join(LISTS)}
    since = os.environ.get("BENCH_SINCE")
    if since:
        params["$filter"] = f"LastUpdateDate ge {since}"
    with psycopg.connect(os.environ["BENCH_DATABASE"]) as conn, requests.Session() as http:
        http.headers["User-Key"] = "bench"
        conn.execute(TABLE)
        skip = 0
        while True:
            url = f"{os.environ['BENCH_SOURCE']}/Products"
            rows = http.get(url, params={**params, "$skip": str(skip)}, timeout=60).json()["value"]
            for row in rows:
                values = [Jsonb(row[name]) if name in LISTS else row[name] for name in COLUMNS]
                conn.execute(UPSERT.encode(), values)
            conn.commit()
            if len(rows) < ROWS:
                return
            skip += ROWS


if __name__ == "__main__":
    main()
