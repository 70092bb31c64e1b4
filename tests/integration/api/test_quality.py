from __future__ import annotations

import asyncio
import csv
import io
from typing import Any
from xml.etree import ElementTree as ET
from zipfile import ZipFile

from served import Served, served, until

QUALITY = "/api/sync/quality"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NAMES = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
UPDATE = "update public.products_enhanced set "
FIRST = "select id from public.products_enhanced where product_type = 'product' order by id limit 6"


async def spoil(it: Served, change: str, product: int) -> None:
    """Change a stored product as only a database could."""
    await it.rows(UPDATE + change + " where id = %(id)s returning id", id=product)


async def healed(it: Served) -> list[int]:
    """Leave no fault in the catalogue; returns some products."""
    await it.rows(
        UPDATE + "active = true, code = 'C' || id, base_price = 10, category = 'Filtros', ncm_code = '84213920', "
        "source_updated_at = now() returning id"
    )
    return [row["id"] for row in await it.rows(FIRST)]


def counts(document: dict[str, Any]) -> dict[str, int]:
    return {check["key"]: check["count"] for check in document["checks"]}


async def told(it: Served, expected: dict[str, int]) -> bool:
    return counts(await it.get(QUALITY)) == expected


def sheet(content: bytes) -> list[list[str | float]]:
    """Read the cells of the first sheet: texts as texts, numbers as numbers."""
    xml = ET.fromstring(ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml"))  # noqa: S314 - our own
    rows: list[list[str | float]] = []
    for row in xml.iterfind(".//m:row", NAMES):
        cells: list[str | float] = []
        for cell in row:
            assert cell.find("m:f", NAMES) is None, "a formula"
            text = "".join(cell.itertext())
            cells.append(text if cell.get("t") == "inlineStr" else float(text))
        rows.append(cells)
    return rows


def test_each_fault_is_counted_and_listed_and_a_whole_catalogue_has_none(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url, synced=True) as it:
            ids = await healed(it)
            whole = await it.get(QUALITY)
            assert (set(counts(whole).values()), whole["products"]) == ({0}, 200)

            await spoil(it, "code = ' '", ids[0])
            await spoil(it, "base_price = 0", ids[1])
            await spoil(it, "code = 'c' || %(id)s || ' '", ids[2])
            await spoil(it, "code = 'C' || %(id)s - 1", ids[3])
            await spoil(it, "category = null", ids[4])
            await spoil(it, "ncm_code = null, source_updated_at = now() - interval '366 days'", ids[5])
            spoilt = dict.fromkeys(counts(whole), 1) | {"duplicate_code": 2}
            # Whoever asks within a second may be told what has been counted before.
            await until(lambda: told(it, spoilt))
            for key, count in spoilt.items():
                page = await it.get(f"{QUALITY}/{key}")
                assert (len(page["items"]), page["next"]) == (count, None), key
            twins = (await it.get(f"{QUALITY}/duplicate_code"))["items"]
            assert {twin["code"].strip().lower() for twin in twins} == {f"c{ids[2]}"}

    asyncio.run(scenario())


def test_what_may_not_be_sold_is_not_judged_and_services_need_no_ncm(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url, synced=True) as it:
            ids = await healed(it)
            await spoil(it, "base_price = 0, active = false", ids[0])
            await spoil(it, "base_price = 0, deleted_at = now()", ids[1])
            await spoil(it, "ncm_code = null, product_type = 'service'", ids[2])
            await spoil(it, "code = 'C' || %(id)s + 1, active = false", ids[3])

            document = await it.get(QUALITY)

            assert (sum(counts(document).values()), document["products"]) == (0, 197)

    asyncio.run(scenario())


def test_pages_meet_each_product_once_and_twins_stand_together(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url, synced=True) as it:
            await healed(it)
            await it.rows(UPDATE + "code = 'D' || id / 3, base_price = 0 returning id")
            for key in ("price_zero", "duplicate_code"):
                found: list[dict[str, Any]] = []
                asked: dict[str, str] = {}
                while True:
                    page = await it.get(f"{QUALITY}/{key}", params={"limit": "7", **asked})
                    found += page["items"]
                    if page["next"] is None:
                        break
                    asked = {"cursor": page["next"]}
                ids = [item["ploomes_product_id"] for item in found]
                assert (len(ids), len(set(ids))) == (len(ids), len(ids))
                assert len(ids) == counts(await it.get(QUALITY))[key]
            assert [item["code"] for item in found] == sorted(item["code"] for item in found)

    asyncio.run(scenario())


def test_a_csv_file_opens_in_a_brazilian_spreadsheet_and_runs_nothing(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url, synced=True) as it:
            ids = await healed(it)
            await spoil(it, "category = '', base_price = 1234.5, name = '=1+1;\"x\"', code = '-9'", ids[0])

            answer = await it.http.get(f"{QUALITY}/no_category?format=csv")

            assert answer.headers["content-type"] == "text/csv; charset=utf-8"
            assert answer.headers["content-disposition"] == 'attachment; filename="no_category.csv"'
            assert answer.content.startswith(b"\xef\xbb\xbf")
            heading, row = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";")
            assert heading[:3] == ["Id Ploomes", "Código", "Nome"]
            assert row[1:7] == ["'-9", '\'=1+1;"x"', "produto", "", row[5], "1234,50"]

            english = await it.http.get(f"{QUALITY}/no_category?lang=en", headers={"accept": "text/csv"})
            heading, row = csv.reader(io.StringIO(english.content.decode("utf-8-sig")))
            assert (heading[1], row[3], row[6]) == ("Code", "product", "1234.50")

    asyncio.run(scenario())


def test_a_workbook_holds_texts_as_texts_and_prices_as_numbers(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url, synced=True) as it:
            ids = await healed(it)
            await spoil(it, "category = null, base_price = 12.5, name = '=1+1', code = '007', brand = 'B'", ids[0])

            answer = await it.http.get(f"{QUALITY}/no_category?format=xlsx")

            assert answer.headers["content-type"] == XLSX
            heading, row = sheet(answer.content)
            assert heading[1] == "Código"
            assert row[1:6] == ["007", "=1+1", "produto", "B", 12.5]

    asyncio.run(scenario())


def test_an_unknown_fault_or_a_foreign_place_is_refused(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it:
            for path in (
                "ugly",
                "no_code?cursor=x",
                'no_code?cursor=["a"]',
                "no_code?limit=501",
                "no_code?format=pdf",
            ):
                await it.get(f"{QUALITY}/{path}", 422)
            page = await it.get(f"{QUALITY}/no_code")
            empty = await it.http.get(f"{QUALITY}/no_code?format=csv")
            assert (page, empty.text.count("\n")) == ({"items": [], "next": None}, 1)

    asyncio.run(scenario())
