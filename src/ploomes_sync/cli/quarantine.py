"""Records that could not be stored."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter
from cyclopts.validators import Number

from ploomes_sync.cli import output, start
from ploomes_sync.cli.failure import Exit, NotFoundError
from ploomes_sync.cli.sync import synced

quarantine = App(name="quarantine", help="See and retry the records that could not be stored.", help_epilogue="")
_MOST = 1000
Limit = Annotated[int, Parameter(validator=Number(gte=1, lte=_MOST), help="Show at most so many; 50 unless set.")]
_COLUMNS = ("id", "product", "reason", "since", "last seen", "detail")


@quarantine.command(name="list")
async def list_(*, limit: Limit = 50, json: start.Json = False) -> int:
    """List the records that could not be stored, oldest first."""
    from ploomes_sync.store import quarantine as store

    async with start.opened_store(start.load_settings()) as db, db.transaction() as conn:
        rows = await store.list_parked(conn, limit)
        total = await store.count_parked(conn)
    if json:
        output.write_json({"total": total, "records": rows})
    elif not rows:
        output.say("Nothing is in quarantine.")
    else:
        table = output.Table(_COLUMNS, right=frozenset({0}))
        for row in rows:
            seen = output.moment(row["first_seen_at"]), output.moment(row["last_seen_at"])
            table.add(row["id"], row["ploomes_id"], row["reason"], *seen, row["detail"])
        output.show(table)
        output.say(f"{len(rows):,} of {total:,}. `ploomes-sync quarantine show ID` shows one with its payload.")
    return Exit.DONE


@quarantine.command
async def show(record: int, *, json: start.Json = False) -> int:
    """Show one record with the payload as it came; RECORD is the id that `quarantine list` prints."""
    from ploomes_sync.store import quarantine as store

    async with start.opened_store(start.load_settings()) as db, db.transaction() as conn:
        found = await store.find_parked(conn, record)
    if found is None:
        raise NotFoundError(
            f"There is no record {record} in quarantine: `ploomes-sync quarantine list` lists them."
        )
    if json:
        output.write_json(found)
    else:
        names = found.__struct_fields__
        output.show_facts((name.replace("_", " "), getattr(found, name)) for name in names)
    return Exit.DONE


@quarantine.command
async def retry(*, json: start.Json = False) -> int:
    """Fetch the products in quarantine once more, by id; those that can be stored now leave it."""
    from ploomes_sync.domain.run import Strategy, SyncRequest
    from ploomes_sync.domain.strategy import REAL_TIME_IDS
    from ploomes_sync.store import quarantine as store

    async with start.opened_store(start.load_settings()) as db, db.transaction() as conn:
        rows = await store.list_parked(conn, _MOST)
    ids = tuple(dict.fromkeys(row["ploomes_id"] for row in rows if row["ploomes_id"] is not None))
    nameless = sum(row["ploomes_id"] is None for row in rows)
    if nameless:
        output.warn(f"{nameless} records have no id to ask for: a batch sync meets them again.")
    if ids:
        strategy = Strategy.REAL_TIME if len(ids) <= REAL_TIME_IDS else Strategy.INCREMENTAL
        return await synced(SyncRequest(strategy=strategy, ids=ids, origin="cli"), json=json)
    if json:
        output.write_json({"status": "succeeded", "fetched": 0, "without_id": nameless})
    else:
        output.say("Nothing in quarantine can be fetched by id.")
    return Exit.DONE
