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
    check: Annotated[bool, Parameter(help="Only look; exit 1 when something is pending.")] = False,
    json: start.Json = False,
) -> int:
    """Bring the database to this version's schema; safe to repeat and to run from several machines at once.

    An embedded database is migrated whenever it is opened; any other only by this command.
    """
    from ploomes_sync import bootstrap
    from ploomes_sync.store import migrate as store

    async with bootstrap.open_store(start.load_settings(), check=False) as db:
        if check:
            async with db.transaction() as conn:
                found = await store.pending(conn)
        else:
            found = await store.migrate(db)
    names, version = _names(found), store.migrations()[-1].version
    if json:
        output.write_json({"schema_version": version, "pending" if check else "applied": names})
    else:
        _tell(names, version, check=check)
    return Exit.FAILED if check and found else Exit.DONE


def _names(found: Sequence[Migration]) -> list[str]:
    return [f"{migration.version:04}_{migration.name}" for migration in found]


def _tell(names: Sequence[str], version: int, *, check: bool) -> None:
    for name in names:
        output.say(f"{'pending' if check else 'applied'}  {name}")
    if not names:
        output.say(f"The database is at schema version {version}: nothing to do.")
    elif check:
        output.say("Run `ploomes-sync migrate`.")
