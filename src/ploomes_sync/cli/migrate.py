"""The database's schema: apply what is missing, or only look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ploomes_sync.cli import output, start
from ploomes_sync.cli.failure import Exit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ploomes_sync.store.migrate import Migration


async def migrate(
    *,
    check: Annotated[bool, Parameter(help="Only look; exit 1 when something is pending or lost.")] = False,
    repair: Annotated[bool, Parameter(help="Make tables anew that somebody dropped; a sync fills them.")] = False,
    json: start.Json = False,
) -> int:
    """Bring the database to this version's schema; safe to repeat and to run from several machines at once.

    An embedded database is migrated whenever it is opened; any other only by this command.
    """
    from ploomes_sync import bootstrap
    from ploomes_sync.store import migrate as store

    async with bootstrap.open_store(start.load_settings(), check=False, owner=True) as db:
        if not check:
            applied = await store.migrate(db)
        repaired = await store.repair(db) if repair and not check else []
        async with db.transaction() as conn:
            pending = await store.pending(conn)
            lost = [] if pending else await store.lost(conn)
    names, version = _names(pending if check else applied), store.migrations()[-1].version
    if json:
        listed = {"pending" if check else "applied": names, "lost": lost, "repaired": repaired}
        output.write_json({"schema_version": version, **listed})
    else:
        _tell(names, version, check=check)
        _tell_lost(lost, repaired)
    return Exit.FAILED if lost or (check and pending) else Exit.DONE


def _tell_lost(lost: Sequence[str], repaired: Sequence[str]) -> None:
    for name in repaired:
        output.say(f"made anew  {name}")
    if repaired:
        output.say("Run `ploomes-sync sync`: it reads everything once more.")
    for name in lost:
        output.say(f"lost  {name}")
    if lost:
        output.say("Run `ploomes-sync migrate --repair`: it makes them anew, and the next sync fills them.")


def _names(found: Sequence[Migration]) -> list[str]:
    return [f"{migration.version:04}_{migration.name}" for migration in found]


def _tell(names: Sequence[str], version: int, *, check: bool) -> None:
    for name in names:
        output.say(f"{'pending' if check else 'applied'}  {name}")
    if not names:
        output.say(f"The database is at schema version {version}: nothing to do.")
    elif check:
        output.say("Run `ploomes-sync migrate`.")
