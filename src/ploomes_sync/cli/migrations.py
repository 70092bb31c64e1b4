"""The schema's other road: files for `supabase db push`; and the way out."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from ploomes_sync.cli import output, start
from ploomes_sync.cli.failure import Exit, UsageError

_EXAMPLES = """Examples:
  ploomes-sync migrations export supabase/migrations  then: supabase db push
  ploomes-sync migrations uninstall --yes             takes all of it out again
"""

migrations = App(
    name="migrations",
    help="Hand the schema to `supabase db push`, or take it out of the database.",
    help_epilogue=_EXAMPLES,
)


@migrations.command
def export(folder: Path, /, *, json: start.Json = False) -> int:
    """Write each migration that FOLDER lacks, with a fresh time stamp, for `supabase db push`.

    Both roads meet: what one has applied the other finds done.
    """
    from ploomes_sync.store import export as store

    try:
        written = store.export(folder, datetime.now(UTC))
    except OSError as error:
        raise UsageError(f"{folder} cannot be written to: {error.strerror}.") from error
    if json:
        output.write_json({"written": [str(path) for path in written]})
    elif written:
        output.say(*(f"written  {path}" for path in written))
    else:
        output.say(f"{folder} holds all migrations of this version.")
    return Exit.DONE


@migrations.command
async def uninstall(
    *,
    yes: Annotated[bool, Parameter(help="Needed: every stored product and run is lost.")] = False,
    json: start.Json = False,
) -> int:
    """Take everything of this service out of the database; the extensions pg_trgm and unaccent stay.

    It stops, and changes nothing, when a view or a foreign key of your own depends on the catalogue.
    """
    from ploomes_sync import bootstrap
    from ploomes_sync.store import uninstall as store

    if not yes:
        raise UsageError("All products and runs in the database would be lost: add --yes if that is meant.")
    async with bootstrap.open_store(start.load_settings(), check=False, owner=True) as db:
        role_stays = await store.uninstall(db)
    if json:
        output.write_json({"uninstalled": True, "role_stays": role_stays})
    else:
        output.say("Nothing of ploomes-sync is left in the database.")
        if role_stays:
            output.say("The role catalog_sync stays: another database uses it, or another role has made it.")
    return Exit.DONE
