"""What is stored, as numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ploomes_sync.cli import output

if TYPE_CHECKING:
    from pathlib import Path

    from ploomes_sync.domain.search import Facets
    from ploomes_sync.store.db import Connection


async def counts(conn: Connection, profile: Path | None) -> Facets:
    """Count the stored products; the profile's segments appear even with 0."""
    from ploomes_sync.bootstrap import load_profile
    from ploomes_sync.domain.profile import segment_names
    from ploomes_sync.store import search

    return await search.segment_counts(conn, segment_names(load_profile(profile)))


def show_counts(segments: dict[str, int], total: int) -> None:
    """Print how many products there are and how many are in each segment."""
    table = output.Table(("segment", "products"), right=frozenset({1}))
    for name, products in segments.items():
        table.add(name, output.number(products))
    table.add("all products", output.number(total))
    output.show(table)
