"""Keeps a Ploomes product catalogue in step with a PostgreSQL database.

from ploomes_sync import sync_products
run = asyncio.run(sync_products())
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ploomes_sync.config import Settings, read_settings
    from ploomes_sync.library import (
        get_cache_stats,
        get_categories,
        get_error_stats,
        get_product,
        get_system_status,
        scheduled_sync,
        search_products,
        sync_products,
        sync_products_real_time,
    )
    from ploomes_sync.service.app import PloomesSync, open_app

_PLACES = {
    "PloomesSync": "service.app",
    "Settings": "config",
    "open_app": "service.app",
    "read_settings": "config",
}

__all__ = [
    "PloomesSync",
    "Settings",
    "get_cache_stats",
    "get_categories",
    "get_error_stats",
    "get_product",
    "get_system_status",
    "open_app",
    "read_settings",
    "scheduled_sync",
    "search_products",
    "sync_products",
    "sync_products_real_time",
]


def __getattr__(name: str) -> object:
    """Load what is asked for only then, so that importing the package costs nothing."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES.get(name, 'library')}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
