"""Puts the API into another Starlette or FastAPI application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.applications import Starlette

from ploomes_sync.api.app import create_api
from ploomes_sync.config import Settings, read_settings


def mount(app: Starlette, prefix: str, settings: Settings | None = None, *, worker: bool = False) -> FastAPI:
    """Mount the API under a prefix, to be opened and closed with the application; returns the mounted API.

    Without settings the environment is read. With `worker` the process also works on queued runs. The
    application's own middlewares and lifespan stay; access, limits and errors of the API are its own.
    """
    api = create_api(settings or read_settings(), worker=worker)
    app.mount(prefix, api)
    outer = app.router.lifespan_context

    @asynccontextmanager
    async def both(host: Any) -> AsyncIterator[Any]:  # noqa: ANN401 - whatever the host's lifespan takes and gives
        async with outer(host) as state, api.router.lifespan_context(api):
            yield state

    app.router.lifespan_context = both
    return api
