"""Wires the parts together; the only place that knows all of them.

What only some callers need is imported when they ask for it: who reads the database loads no HTTP client.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import timedelta
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from pydantic import SecretStr

from ploomes_sync.config import LOOPBACK, Settings
from ploomes_sync.errors import ProfileError, SettingsError
from ploomes_sync.store.db import Database, open_database
from ploomes_sync.store.dsn import Address, normalise
from ploomes_sync.store.migrate import check_schema, migrate

if TYPE_CHECKING:
    from ploomes_sync.domain.profile import Profile
    from ploomes_sync.embedded import EmbeddedServer
    from ploomes_sync.engine.parts import Parts
    from ploomes_sync.ploomes.client import Http, Transport

DEMO_DATABASE = "demo"
CATALOGUE_DATABASE = "catalogue"
T = TypeVar("T")


def embedded_database(settings: Settings) -> str:
    """Return the database of the embedded server: the demo's, unless a key to a real account is set.

    Simulated products and those of an account never meet in one database.
    """
    simulated = urlsplit(settings.api_url).hostname in LOOPBACK
    return DEMO_DATABASE if settings.api_key is None or simulated else CATALOGUE_DATABASE


@contextmanager
def _embedded(settings: Settings, database: str) -> Iterator[EmbeddedServer]:
    from ploomes_sync.embedded import default_data_dir, running_server

    with running_server(settings.data_dir or default_data_dir()) as server:
        server.ensure_database(database)
        yield server


def address(url: SecretStr, settings: Settings) -> Address:
    """Read the user's connection string and what is set beside it; raises SettingsError when it cannot be used."""
    password = settings.database_password
    return normalise(
        url.get_secret_value(), password.get_secret_value() if password else None, settings.database_ca_file
    )


@asynccontextmanager
async def open_dsn(settings: Settings, database: str | None = None) -> AsyncIterator[str]:
    """Give the connection string: the user's, or that of the embedded server, which runs as long as the block."""
    if settings.database_url is not None:
        yield address(settings.database_url, settings).dsn
        return
    if settings.is_production:
        raise SettingsError("DATABASE_URL: is needed in production; the embedded PostgreSQL is for trying out.")
    name = database or embedded_database(settings)
    async with in_thread(_embedded(settings, name)) as server:
        yield server.dsn(name)


@asynccontextmanager
async def in_thread(context: AbstractContextManager[T]) -> AsyncIterator[T]:
    """Enter and leave a blocking context in a thread; whoever is cancelled meanwhile still leaves it."""
    entering = asyncio.create_task(asyncio.to_thread(context.__enter__))
    try:
        entered = await asyncio.shield(entering)
        yield entered
    finally:
        leaving = asyncio.create_task(_leave(context, entering))
        cancelled = False
        while not leaving.done():
            try:
                await asyncio.wait([leaving])
            except asyncio.CancelledError:
                cancelled = True
        leaving.result()
        if cancelled:
            raise asyncio.CancelledError


async def _leave(context: AbstractContextManager[T], entering: asyncio.Task[T]) -> None:
    """Leave a context as soon as it has been entered; one that could not be entered needs no leaving."""
    await asyncio.wait([entering])
    if entering.exception() is None:
        await asyncio.to_thread(context.__exit__, None, None, None)


@asynccontextmanager
async def open_store(
    settings: Settings,
    *,
    database: str | None = None,
    check: bool = True,
    owner: bool = False,
    pool_size: int | None = None,
) -> AsyncIterator[Database]:
    """Open the database; the embedded one is migrated by itself, for any other `check` demands this schema.

    Whoever changes the schema comes as its `owner`; all others as DATABASE_ROLE, where there is one.
    """
    size = pool_size or settings.concurrent + 2
    role = settings.database_role if settings.database_url and not owner else None
    async with open_dsn(settings, database) as dsn, open_database(dsn, pool_size=size, role=role) as db:
        if settings.database_url is None:
            await migrate(db)
        elif check:
            async with db.transaction() as conn:
                await check_schema(conn)
        yield db


def load_profile(path: Path | None) -> Profile:
    """Read the classification profile; raises ProfileError when the file is missing or has a mistake."""
    from ploomes_sync.domain.profile import parse_profile

    if path is None:
        text = resources.files("ploomes_sync").joinpath("profiles/cia.toml").read_text(encoding="utf-8")
        return parse_profile(text, "the built-in profile")
    try:
        return parse_profile(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(f"PRODUCT_SYNC_PROFILE: {path} cannot be read: {error}.") from error


def missing_key() -> SettingsError:
    """Say that there is no key to Ploomes, and what to do about it."""
    return SettingsError(
        "PLOOME_API_KEY: is not set. Put the key of Ploomes' integration user into the environment or .env, "
        "or run `ploomes-sync demo` to try everything without an account."
    )


@asynccontextmanager
async def open_parts(
    settings: Settings,
    stopping: asyncio.Event,
    *,
    database: str | None = None,
    transport: Transport | None = None,
) -> AsyncIterator[Parts]:
    """Open everything that a sync needs; raises SettingsError without a key to Ploomes."""
    profile = load_profile(settings.profile)
    if settings.api_key is None:
        raise missing_key()
    async with (
        open_store(settings, database=database) as db,
        open_engine(settings, db, profile, stopping, transport=transport) as parts,
    ):
        yield parts


@asynccontextmanager
async def open_engine(
    settings: Settings,
    db: Database,
    profile: Profile,
    stopping: asyncio.Event,
    *,
    transport: Transport | None = None,
) -> AsyncIterator[Parts]:
    """Open the way to Ploomes and wire the parts; raises SettingsError without a key to Ploomes."""
    from ploomes_sync.ploomes.client import open_http
    from ploomes_sync.store import vendor

    if settings.api_key is None:
        raise missing_key()
    http = open_http(
        settings.api_url,
        settings.api_key.get_secret_value(),
        read_timeout=settings.timeout_seconds,
        transport=transport,
    )
    async with http as client:
        async with db.transaction() as conn:
            learnt = await vendor.load(conn)
        yield replace(make_parts(settings, db, client, profile, stopping), vendor=learnt)


def make_parts(settings: Settings, db: Database, http: Http, profile: Profile, stopping: asyncio.Event) -> Parts:
    """Wire a run's parts from opened ones."""
    from ploomes_sync.domain.strategy import Rules
    from ploomes_sync.domain.vendor import VendorFacts
    from ploomes_sync.engine.parts import Limits, Parts
    from ploomes_sync.resilience.breaker import Breaker
    from ploomes_sync.resilience.pace import Pace
    from ploomes_sync.store.budget import Budget

    pace = Pace(settings.rate_limit, settings.rate_burst, settings.rate_reserve)
    return Parts(
        db=db,
        http=http,
        budget=Budget(db, pace),
        breaker=Breaker(),
        profile=profile,
        rules=Rules(
            real_time=settings.real_time,
            refuse_excess=settings.real_time_excess == "refuse",
            incremental_hours=settings.incremental_hours,
            complete_hours=settings.complete_hours,
            overlap=timedelta(minutes=10),
        ),
        limits=Limits(
            page_rows=settings.batch_size,
            concurrency=settings.concurrent,
            lease_seconds=settings.lease_seconds,
        ),
        owner=f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}",
        stopping=stopping,
        gate=asyncio.Semaphore(settings.concurrent),
        vendor=VendorFacts(),
    )
