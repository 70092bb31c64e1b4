"""Takes everything of ours out of a database: tables, views, functions, policies, grants and the role."""

from __future__ import annotations

from ploomes_sync.store.db import Database
from ploomes_sync.store.migrate import hold
from ploomes_sync.store.statements import statements

_sql = statements("uninstall")


async def uninstall(db: Database) -> bool:
    """Remove it all or nothing; returns whether the role catalog_sync had to stay.

    Raises StoreError when something of somebody else's depends on the catalogue, and names it.
    """
    async with db.transaction() as conn:
        await hold(conn)
        await conn.execute(_sql["uninstall"])
        await conn.execute(_sql["drop_role"])
        row = await (await conn.execute(_sql["role_stays"])).fetchone()
    return row is not None and bool(row["stays"])
