"""Whether Supabase's Realtime tells of changes of the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cyclopts import App

from ploomes_sync.cli import output, start
from ploomes_sync.cli.failure import Exit

if TYPE_CHECKING:
    from ploomes_sync.store.access import Publication

_EXAMPLES = """Examples:
  ploomes-sync realtime status
  ploomes-sync realtime enable
"""

realtime = App(
    name="realtime",
    help="Let Supabase's Realtime tell of changes of the catalogue; a sync of unchanged products says nothing.",
    help_epilogue=_EXAMPLES,
)


@realtime.command
async def enable(*, json: start.Json = False) -> int:
    """Publish the catalogue's tables; who hears of which rows follows from `ploomes-sync expose`."""
    return await _change(wanted=True, json=json)


@realtime.command
async def disable(*, json: start.Json = False) -> int:
    """Publish them no longer."""
    return await _change(wanted=False, json=json)


@realtime.command(name="status")
async def tell(*, json: start.Json = False) -> int:
    """Tell which tables are published."""
    from ploomes_sync.store import access as store

    async with start.opened_store(start.load_settings()) as db, db.transaction() as conn:
        found = await store.publication(conn)
    return _tell(found, json=json)


async def _change(*, wanted: bool, json: bool) -> int:
    from ploomes_sync import bootstrap
    from ploomes_sync.store import access as store

    async with bootstrap.open_store(start.load_settings(), owner=True) as db:
        found = await store.publish(db, wanted=wanted)
    return _tell(found, json=json)


def _tell(found: Publication, *, json: bool) -> int:
    if json:
        output.write_json({"publication": found.present, "tables": found.tables})
        return Exit.DONE
    if not found.present:
        output.say("There is no publication supabase_realtime: this is no Supabase project.")
        return Exit.DONE
    table = output.Table(("table", "realtime"))
    for name, published in found.tables.items():
        table.add(name, "published" if published else "silent")
    output.show(table)
    return Exit.DONE
