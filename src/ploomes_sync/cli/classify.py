"""Why a product is what it is, and applying changed rules; neither asks Ploomes anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ploomes_sync.cli import output, start
from ploomes_sync.cli.failure import Exit, NotFoundError, UsageError
from ploomes_sync.cli.progress import counted
from ploomes_sync.cli.search import unknown_product

if TYPE_CHECKING:
    from ploomes_sync.config import Settings
    from ploomes_sync.domain.explain import Explanation
    from ploomes_sync.engine.reclassify import Reclassified


async def classify(
    *,
    explain: Annotated[
        str | None, Parameter(help="A product's id or code: tell which rules decided about it.")
    ] = None,
    apply: Annotated[
        bool, Parameter(help="Classify all stored products anew, after a change of the profile.")
    ] = False,
    json: start.Json = False,
) -> int:
    """Explain how one product is classified, or apply a changed profile to all that is stored.

    Both read the records as they were fetched from Ploomes, so that no request is made.
    """
    if apply == (explain is not None):
        raise UsageError("Give either --explain with an id or a code, or --apply.")
    settings = start.load_settings()
    if explain is None:
        return await _apply(settings, json=json)
    found = await _explained(settings, explain)
    if json:
        lines = [line._asdict() for line in found.lines]
        output.write_json({**found._asdict(), "lines": lines})
    else:
        _tell(found)
    return Exit.DONE


async def _explained(settings: Settings, key: str) -> Explanation:
    from ploomes_sync.bootstrap import load_profile
    from ploomes_sync.domain.page import Reject
    from ploomes_sync.service import record

    profile = load_profile(settings.profile)
    async with start.opened_store(settings) as db:
        found = await record.explain(db, profile, key)
    if found is None:
        raise unknown_product(key)
    if isinstance(found, Reject):
        raise NotFoundError(f'The stored record of "{key}" cannot be read: {found.detail}.')
    return found


def _tell(found: Explanation) -> None:
    output.say(output.clean(f"{found.product_id}  {found.code or '–'}  {found.name}"), "")
    table = output.Table(("about", "answer", "because"))
    for line in found.lines:
        table.add(*line)
    output.show(table)


async def _apply(settings: Settings, *, json: bool) -> int:
    from ploomes_sync.bootstrap import load_profile
    from ploomes_sync.cli.stopping import stopping
    from ploomes_sync.engine.reclassify import reclassify

    profile, ending = load_profile(settings.profile), stopping()
    async with start.opened_store(settings) as db:
        with counted("Products") as count:
            done = await reclassify(db, profile, ending, count)
    if json:
        output.write_json(_document(done))
    else:
        output.say(_sentence(done))
    if not done.finished:
        return Exit.INTERRUPTED
    return Exit.PARTIAL if done.outcome.rejected else Exit.DONE


def _document(done: Reclassified) -> dict[str, object]:
    return {
        "finished": done.finished,
        "read": done.outcome.fetched,
        "changed": done.outcome.updated,
        "unchanged": done.outcome.unchanged,
        "overtaken": done.outcome.stale,
        "rejected": done.outcome.rejected,
        "skipped": done.skipped,
    }


def _sentence(done: Reclassified) -> str:
    read, changed = done.outcome.fetched, done.outcome.updated
    text = f"{read:,} products were classified anew, {changed:,} of them changed."
    if done.skipped:
        text += f" {done.skipped:,} were left out, since their newest record is in quarantine."
    if done.outcome.rejected:
        text += f" {done.outcome.rejected:,} went to quarantine."
    return text if done.finished else f"Interrupted: {text} `ploomes-sync classify --apply` goes over all again."
