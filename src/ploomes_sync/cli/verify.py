"""The proof that what is stored equals what Ploomes holds."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from ploomes_sync.cli import output, start
from ploomes_sync.cli.failure import Exit, UsageError
from ploomes_sync.cli.progress import counted

if TYPE_CHECKING:
    from ploomes_sync.engine.parts import Parts
    from ploomes_sync.engine.verify import Content, Verification


async def verify(
    *,
    sample: Annotated[
        int | None, Parameter(validator=Number(gte=1), help="Compare the content of so many products at random.")
    ] = None,
    ids_only: Annotated[bool, Parameter(help="Compare only which products there are and how fresh.")] = False,
    json: start.Json = False,
) -> int:
    """Read everything in Ploomes once more, by a way of its own, and compare it with what is stored.

    Nothing is written and nothing repaired; exit 1 when a product is missing, too many, or different.
    """
    from ploomes_sync.bootstrap import open_parts

    if sample is not None and ids_only:
        raise UsageError("Give either --sample or --ids-only.")
    content: Content = "none" if ids_only else sample or "all"
    async with open_parts(start.load_settings(), asyncio.Event()) as parts:
        found = await _verify(parts, content)
    if json:
        output.write_json({"ok": found.ok, **_document(found)})
    else:
        tell(found)
    return Exit.DONE if found.ok else Exit.FAILED


async def verified(parts: Parts) -> Verification | None:
    """Compare everything and print what came of it; None when the process was asked to stop before the end."""
    proof = asyncio.create_task(_verify(parts, "all"))
    stop = asyncio.create_task(parts.stopping.wait())
    try:
        await asyncio.wait([proof, stop], return_when=asyncio.FIRST_COMPLETED)
        return proof.result() if proof.done() else None
    finally:
        for task in (proof, stop):
            task.cancel()
        await asyncio.gather(proof, stop, return_exceptions=True)


async def _verify(parts: Parts, content: Content) -> Verification:
    from ploomes_sync.engine.verify import verify as prove
    from ploomes_sync.ploomes.audit import Source
    from ploomes_sync.store import products

    async with parts.db.transaction() as conn:
        stored = await products.count_stored(conn)
    source = Source(parts.http, parts.turns())
    with counted("Verifying") as count:
        return await prove(source, parts.db, content=content, progress=lambda done: count(done, stored))


def _document(found: Verification) -> dict[str, object]:
    return {name: getattr(found, name) for name in found.__struct_fields__}


def tell(found: Verification) -> None:
    """Print the result, and the first of what differs."""
    asked = f"{found.requests} requests in {output.span(found.duration_seconds)}"
    output.show_facts(
        [
            ("verified", f"{found.checked:,} products of Ploomes, {_depth(found)}, {asked}"),
            ("result", f"{found.missing:,} missing, {found.extra:,} extra, {found.different:,} different"),
            ("quarantined", output.number(found.quarantined) if found.quarantined else None),
            ("edited since", output.number(found.changed_since) if found.changed_since else None),
            ("missing", _ids(found.missing_ids, found.missing)),
            ("extra", _ids(found.extra_ids, found.extra)),
            ("next", None if found.ok else "`ploomes-sync sync --strategy batch`, then verify again"),
        ]
    )
    if found.differences:
        table = output.Table(("product", "field", "Ploomes", "stored"))
        for difference in found.differences:
            table.add(difference.id, difference.field, difference.source, difference.mirror)
        output.show(table)


def _depth(found: Verification) -> str:
    match found.content:
        case "all":
            return "each with all its content"
        case "none":
            return "which there are and how fresh"
        case size:
            return f"{size} of them with all their content"


def _ids(ids: list[int], total: int) -> str | None:
    if not ids:
        return None
    more = f" and {total - len(ids):,} more" if total > len(ids) else ""
    return ", ".join(map(str, ids)) + more
