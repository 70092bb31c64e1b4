"""Syncing, and letting a held deletion go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal
from uuid import UUID

from cyclopts import Parameter
from cyclopts.validators import Number

from ploomes_sync.cli import output, report, start
from ploomes_sync.cli.failure import Exit
from ploomes_sync.cli.progress import watched

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ploomes_sync.domain.run import Run, SyncRequest
    from ploomes_sync.engine.parts import Observe, Parts

StrategyName = Literal["auto", "real-time", "incremental", "batch"]
UrgencyName = Literal["low", "normal", "high", "critical"]
Positive = Annotated[int, Parameter(validator=Number(gte=1))]
AllowDeletes = Annotated[
    int | None,
    Parameter(validator=Number(gte=0), help="Mark up to this many products deleted without asking."),
]


async def sync(  # noqa: PLR0913 - one parameter an option, and a person names them
    *,
    strategy: Annotated[StrategyName, Parameter(help="How to read; auto chooses and says why.")] = "auto",
    category: Annotated[
        tuple[str, ...], Parameter(help="Only this segment of the profile, such as rentals; may be repeated.")
    ] = (),
    product_ids: Annotated[
        tuple[Positive, ...], Parameter(name="--id", help="Only this product of Ploomes; may be repeated.")
    ] = (),
    urgency: Annotated[UrgencyName, Parameter(help="How soon the result is needed.")] = "normal",
    context: Annotated[
        tuple[str, ...],
        Parameter(help="What it is for: affects_pricing, stock_alert and priority go ahead of other requests."),
    ] = (),
    allow_deletes: AllowDeletes = None,
    dry_run: Annotated[bool, Parameter(help="Write nothing; tell what would change.")] = False,
    json: start.Json = False,
) -> int:
    """Bring the stored catalogue in step with Ploomes.

    A run that was interrupted is finished first; one that another process works on is waited for. When more than
    1 % of the products would vanish, nothing is deleted before `ploomes-sync confirm`.
    """
    from ploomes_sync.domain.run import Strategy, SyncRequest, Urgency
    from ploomes_sync.engine import execute

    request = SyncRequest(
        strategy=None if strategy == "auto" else Strategy(strategy),
        segments=tuple(dict.fromkeys(category)),
        ids=tuple(dict.fromkeys(product_ids)),
        urgency=Urgency(urgency),
        context=context,
        allow_deletes=allow_deletes,
    )
    work = execute.preview if dry_run else execute.sync
    return await _worked(lambda parts, observe: work(parts, request, observe), json=json)


async def confirm(
    run: UUID,
    *,
    allow_deletes: AllowDeletes = None,
    json: start.Json = False,
) -> int:
    """Let a run delete what it found missing in Ploomes: each product is asked for once more, by id.

    RUN is the id that `sync` printed when it needed confirmation; `ploomes-sync logs` lists it, too.
    """
    from ploomes_sync.engine import execute

    return await _worked(lambda parts, observe: execute.confirm(parts, run, allow_deletes, observe), json=json)


async def cancel(run: UUID, *, json: start.Json = False) -> int:
    """End a run that waits, is at work, or waits for a confirmation; what it has written stays.

    RUN is the id that `sync` printed; `ploomes-sync logs` lists it, too. Whichever process works on the run stops
    with its next page.
    """
    from ploomes_sync.engine import submit

    async with start.opened_store(start.load_settings()) as db:
        cancelled = await submit.cancel(db, run)
    if json:
        output.write_json(report.document(cancelled))
    else:
        report.tell(cancelled)
    return Exit.DONE


async def synced(request: SyncRequest, *, json: bool) -> int:
    """Do what another command asks for, and report it like `sync`."""
    from ploomes_sync.engine import execute

    return await _worked(lambda parts, observe: execute.sync(parts, request, observe), json=json)


async def _worked(work: Callable[[Parts, Observe], Awaitable[Run]], *, json: bool) -> int:
    async with start.opened_parts() as (settings, parts):
        with watched(settings.rate_limit) as observe:
            run = await work(parts, observe)
        interrupted = parts.stopping.is_set()
    if json:
        output.write_json(report.document(run, interrupted=interrupted))
    else:
        report.tell(run, interrupted=interrupted)
    return report.exit_code(run, interrupted=interrupted)
