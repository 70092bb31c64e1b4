"""The service in three lines: settings from the environment, opened at the first call, closed with the event loop.

    from ploomes_sync import sync_products
    run = asyncio.run(sync_products())

Whoever wants control opens the app object: `async with open_app(read_settings()) as app`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from weakref import WeakKeyDictionary

import msgspec
import structlog

from ploomes_sync import telemetry
from ploomes_sync.config import read_settings
from ploomes_sync.domain.cache import CacheStats
from ploomes_sync.domain.product import ProductDetail
from ploomes_sync.domain.run import Run, Strategy, SyncRequest, Urgency
from ploomes_sync.domain.search import Categories, SearchPage, SearchQuery
from ploomes_sync.domain.status import ErrorStat, SystemStatus
from ploomes_sync.service.app import PloomesSync, open_app

_ORIGIN = "library"


_defaults: WeakKeyDictionary[asyncio.AbstractEventLoop, _Default] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class _Default:
    """The app of one event loop, and the task that keeps it open: with the loop's tasks it ends in good order."""

    opened: asyncio.Future[PloomesSync]
    keeper: asyncio.Task[None]


async def default_app() -> PloomesSync:
    """Return the app of the running event loop, opened at the first call; raises SettingsError, StoreDownError."""
    loop = asyncio.get_running_loop()
    default = _defaults.get(loop)
    if default is None:
        opened: asyncio.Future[PloomesSync] = loop.create_future()
        default = _defaults[loop] = _Default(opened, loop.create_task(_keep_open(opened)))
    return await asyncio.shield(default.opened)


async def _keep_open(opened: asyncio.Future[PloomesSync]) -> None:
    try:
        settings = read_settings()
        if telemetry.areas(settings.debug) and not structlog.is_configured():
            telemetry.configure(json=settings.is_production, debug=settings.debug, level="critical")
        elif not structlog.is_configured():
            telemetry.keep_quiet()
        # What the driver grumbles about goes where the program sends its logs, and nowhere if it sends none.
        logging.getLogger("psycopg").addHandler(logging.NullHandler())
        async with open_app(settings, warm=False) as app:
            opened.set_result(app)
            await asyncio.Event().wait()
    except Exception as error:  # whoever waits for the app gets it
        if opened.done():
            raise
        opened.set_exception(error)
    finally:
        _defaults.pop(asyncio.get_running_loop(), None)
        opened.cancel()


async def sync_products(
    *,
    strategy: Strategy | str | None = None,
    urgency: Urgency | str = Urgency.NORMAL,
    business_context: Sequence[str] = (),
    categories: Sequence[str] = (),
    product_ids: Sequence[int] = (),
    dry_run: bool = False,
) -> Run:
    """Bring the stored catalogue in step with Ploomes, in this process, and return the run.

    Raises ValueError or SettingsError when something does not make sense, and whatever keeps the run from its end.
    """
    asked = {
        "strategy": strategy,
        "urgency": urgency,
        "context": tuple(business_context),
        "segments": tuple(dict.fromkeys(categories)),
        "ids": tuple(dict.fromkeys(product_ids)),
        "origin": _ORIGIN,
    }
    request = msgspec.convert(asked, SyncRequest)
    app = await default_app()
    return await (app.preview(request) if dry_run else app.sync(request))


async def sync_products_real_time(
    product_ids: Sequence[int], *, urgency: Urgency | str = Urgency.HIGH, business_context: Sequence[str] = ()
) -> Run:
    """Read these products at once, by id, ahead of other requests."""
    return await sync_products(
        strategy=Strategy.REAL_TIME, urgency=urgency, business_context=business_context, product_ids=product_ids
    )


async def scheduled_sync() -> Run:
    """Do what the schedule does: read what changed, and everything when the last complete walk is a day old."""
    return await (await default_app()).sync(SyncRequest(origin="schedule"))


async def get_product(key: str | int) -> ProductDetail | None:
    """Return one product by Ploomes' id or by code; None when there is none."""
    answer = await (await default_app()).product(str(key))
    return None if answer is None else answer.value


async def search_products(q: str = "", **filters: str | float | Decimal | bool | None) -> SearchPage:
    """Return one page of a search; `filters` are the other fields of SearchQuery, such as `segment` and `brand`.

    Raises ValueError when a filter is unknown or makes no sense.
    """
    asked = {name: value for name, value in filters.items() if value is not None}
    if unknown := asked.keys() - set(SearchQuery.__struct_fields__):
        known = ", ".join(SearchQuery.__struct_fields__)
        raise ValueError(f"There is no filter {', '.join(sorted(unknown))}; there are {known}.")
    query = msgspec.convert({**asked, "q": q}, SearchQuery, builtin_types=(Decimal,))
    return (await (await default_app()).search(query)).value


async def get_categories() -> Categories:
    """Return the categories with their counts, and the counts by type, segment and brand."""
    return (await (await default_app()).categories()).value


async def get_system_status() -> SystemStatus:
    """Tell how the installation and this process stand."""
    return await (await default_app()).status()


async def get_cache_stats() -> CacheStats:
    """Count what this process has been asked, and what its cache holds."""
    return (await default_app()).cache_stats()


async def get_error_stats(hours: float = 24) -> tuple[ErrorStat, ...]:
    """Count the failures of the last hours by class and endpoint, with what to do about each class."""
    return await (await default_app()).error_stats(hours)
