"""Who sees the catalogue through Supabase's Data API."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

from ploomes_sync.cli import output, start
from ploomes_sync.cli.failure import Exit

_READERS = {
    "none": "nobody but service_role",
    "authenticated": "signed-in users",
    "anon": "everybody who has the project's public key",
}


async def expose(
    to: Annotated[
        Literal["none", "authenticated", "anon"] | None, Parameter(help="Unset: only tell.", show_choices=True)
    ] = None,
    /,
    *,
    json: start.Json = False,
) -> int:
    """Let nobody, signed-in users, or everybody read the catalogue through Supabase's Data API.

    Never shown are cost prices, suppliers, custom fields, payloads and how the service runs. The choice is kept in
    the database, so that later migrations keep to it.
    """
    from ploomes_sync import bootstrap
    from ploomes_sync.store import access as store

    async with bootstrap.open_store(start.load_settings(), owner=True) as db:
        if to is None:
            async with db.transaction() as conn:
                found = await store.access(conn)
        else:
            found = await store.expose(db, to)
    if json:
        output.write_json(
            {"exposed_to": found.exposed_to, "changed_at": found.changed_at, "catalog_sync": found.writer}
        )
    else:
        output.say(f"{_READERS[found.exposed_to].capitalize()} may read the catalogue.")
    return Exit.DONE
