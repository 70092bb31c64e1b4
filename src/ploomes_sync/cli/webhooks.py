"""Our webhooks at Ploomes: make them, look at them, remove them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from ploomes_sync.cli import output, start
from ploomes_sync.cli.failure import Exit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ploomes_sync.engine.registration import Report, Standing
    from ploomes_sync.store.db import Row

_EXAMPLES = """Examples:
  ploomes-sync webhooks register https://sync.example.com/webhooks/ploomes
  ploomes-sync webhooks check --repair                switch on again what Ploomes has switched off
  ploomes-sync webhooks remove
"""

webhooks = App(
    name="webhooks",
    help="Let Ploomes tell of every change of a product, and see that it still does.",
    help_epilogue=_EXAMPLES,
)


@webhooks.command
async def register(url: str, *, json: start.Json = False) -> int:
    """Register URL for created, updated and deleted products, with a validation key that only Ploomes gets.

    Safe to repeat: what is missing is added, what was switched off is switched on, and ours follow a new URL.
    Webhooks that others have made are never touched.
    """
    from ploomes_sync.domain.webhook import check_callback
    from ploomes_sync.engine import registration

    callback = check_callback(url)
    async with start.opened_parts() as (_, parts):
        report = await registration.register(parts, callback)
    return _tell(report, json=json)


@webhooks.command(name="list")
async def list_all(*, json: start.Json = False) -> int:
    """List all webhooks of the account; those that we did not make are called foreign."""
    from ploomes_sync.engine import registration

    async with start.opened_parts() as (_, parts):
        report = await registration.check(parts)
        names = await registration.action_names(parts)
    if json:
        output.write_json(_document(report))
    elif report.webhooks:
        _show(report.webhooks, names)
    else:
        output.say("The account has no webhooks: `ploomes-sync webhooks register URL` makes ours.")
    return Exit.DONE


@webhooks.command
async def check(
    *,
    repair: Annotated[bool, Parameter(help="Switch ours on again and replace what is missing.")] = False,
    json: start.Json = False,
) -> int:
    """Look whether Ploomes still tells us of every change; exit 1 when it does not.

    Ploomes switches a webhook off without a word when its calls fail, so look at least once a day.
    """
    from ploomes_sync.engine import registration
    from ploomes_sync.store import webhooks as store

    async with start.opened_parts() as (_, parts):
        report = await registration.check(parts, repair=repair)
        async with parts.db.transaction() as conn:
            queue = await store.queue(conn)
            received = {row["verdict"]: row["events"] for row in await store.received(conn)}
    return _tell(report, queue, received, json=json)


@webhooks.command
async def remove(*, json: start.Json = False) -> int:
    """Remove our webhooks and forget their key; those of others stay."""
    from ploomes_sync.engine import registration

    async with start.opened_parts() as (_, parts):
        removed = await registration.remove(parts)
    if json:
        output.write_json({"removed": removed})
    else:
        output.say(f"Removed {removed} webhooks." if removed else "There was no webhook of ours.")
    return Exit.DONE


def _tell(
    report: Report, queue: Row | None = None, received: Mapping[str, int] | None = None, *, json: bool
) -> int:
    """Report on our webhooks, and on what they brought; exit 1 unless all are well."""
    if json:
        document = _document(report)
        if queue is not None:
            document |= {"queue": queue, "received": received}
        output.write_json(document)
    else:
        _show_ours(report)
        if queue is not None:
            _show_queue(queue, received or {})
    return Exit.DONE if report.healthy else Exit.FAILED


def _show_ours(report: Report) -> None:
    if report.ours:
        _show(report.ours, {})
    if report.callback_url is None:
        output.say("No webhooks are registered: run `ploomes-sync webhooks register URL`.")
    elif report.healthy:
        output.say("Ploomes tells of every change of a product.")
    else:
        output.say("Ploomes does not tell of every change: run `ploomes-sync webhooks check --repair`.")


def _show_queue(queue: Row, received: Mapping[str, int]) -> None:
    told = ", ".join(f"{count:,} {verdict}" for verdict, count in received.items())
    output.show_facts(
        [
            ("messages of late", told or "none"),
            ("products waiting", output.number(queue["waiting"])),
            ("oldest", output.span(queue["oldest_seconds"])),
            ("failing", output.number(queue["failing"]) if queue["failing"] else None),
            ("last error", queue["error"]),
        ]
    )


def _show(found: Sequence[Standing], names: Mapping[int, str]) -> None:
    from ploomes_sync.domain.webhook import shown_callback

    table = output.Table(("id", "entity", "action", "state", "callback"), right=frozenset({0, 1}))
    for one in found:
        action = names.get(one.action_id or 0) or _action(one)
        table.add(one.webhook_id, one.entity_id, action, one.state.value, shown_callback(one.callback_url))
    output.show(table)


def _action(one: Standing) -> str:
    from ploomes_sync.ploomes.webhooks import ACTIONS

    return ACTIONS.get(one.action_id or 0, str(one.action_id))


def _document(report: Report) -> dict[str, object]:
    from ploomes_sync.domain.webhook import shown_callback

    rows = [
        {
            "id": one.webhook_id,
            "entity_id": one.entity_id,
            "action": _action(one),
            "state": one.state.value,
            "callback_url": shown_callback(one.callback_url),
        }
        for one in report.webhooks
    ]
    return {"healthy": report.healthy, "callback_url": shown_callback(report.callback_url), "webhooks": rows}
