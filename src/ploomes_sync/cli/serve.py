"""The dashboard and the HTTP API in this process, with a worker beside them."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from ploomes_sync.cli import output, start
from ploomes_sync.cli.failure import Exit, UsageError

if TYPE_CHECKING:
    import uvicorn
    from starlette.types import ASGIApp

    from ploomes_sync.dashboard.links import Links
    from ploomes_sync.service.app import PloomesSync

HOST, PORT = "127.0.0.1", 8000
_CLOSING_SECONDS = 5
_KEEP_ALIVE_SECONDS = 30
_BACKLOG = 2048
Port = Annotated[int, Parameter(validator=Number(gte=0, lte=65_535), help="The port; 0 takes a free one.")]


async def serve(
    *,
    host: Annotated[
        str, Parameter(help="The address to listen on; another than this machine's needs a token.")
    ] = HOST,
    port: Port = PORT,
    worker: Annotated[
        bool, Parameter(negative="--no-worker", help="Whether to work on runs, schedules and webhooks, too.")
    ] = True,
) -> int:
    """Serve the dashboard and the HTTP API until Ctrl-C or SIGTERM; a worker in this process works on runs.

    Without any token (`ploomes-sync tokens add`) this machine alone is served. Put a proxy with TLS before it when
    others shall reach it.
    """
    from ploomes_sync import telemetry
    from ploomes_sync.cli.stopping import stopping
    from ploomes_sync.dashboard.links import Links
    from ploomes_sync.jobs.worker import GRACE_SECONDS
    from ploomes_sync.service.app import open_app

    settings = start.load_settings()
    if settings.is_production:
        telemetry.configure(json=True, debug=settings.debug, level="info")
    ending, links = stopping(GRACE_SECONDS + 2 * _CLOSING_SECONDS), Links()
    async with open_app(settings, stopping=ending, role="serve") as app:
        rule = await access_rule(app, host)
        with bound(host, port) as listening:
            output.warn(f"Serving {address(listening)} with{'' if worker else 'out'} a worker. {rule}")
            if app.parts is None:
                output.warn("PLOOME_API_KEY is not set: what is stored is served, nothing is synced.")
            output.warn(_dashboard_at(listening, None if settings.is_production else links))
            output.warn(f"The HTTP API: {address(listening)}/openapi.json. Ctrl-C ends it.")
            async with serving(app, listening, ending, worker=worker, links=links) as ended:
                await ended
    return Exit.DONE


async def access_rule(app: PloomesSync, host: str) -> str:
    """Say who is served; raises UsageError when the address is open to others and no token could let them in."""
    from ploomes_sync.store import tokens

    async with app.db.transaction() as conn:
        known = await tokens.snapshot(conn)
    if not known.grants and not _is_local(host):
        raise UsageError(
            f"Listening on {host} would let other machines in, and there is no valid token: make one with "
            "`ploomes-sync tokens add NAME`, or leave --host out to serve this machine alone."
        )
    if known.grants:
        return f"A token is needed ({len(known.grants)} valid)."
    if known.made:
        return "A token is needed, and none is valid: make one with `ploomes-sync tokens add NAME`."
    return "There are no tokens, so this machine alone is served."


def _dashboard_at(listening: socket.socket, links: Links | None) -> str:
    """Say where the dashboard is; in production without a link, since what is printed there is kept as a log."""
    if links is None:
        return f"The dashboard: {address(listening)}/"
    return f"The dashboard: {link(listening, links)} (good once, for 15 minutes)"


def link(listening: socket.socket, links: Links) -> str:
    """Make a one-time link to the dashboard, for a browser on this machine."""
    host, port = listening.getsockname()[:2]
    local = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host)  # noqa: S104 - compared, not listened on
    return f"{f'http://{local}:{port}' if local else address(listening)}/link/{links.make()}"


@contextlib.contextmanager
def bound(host: str, port: int) -> Iterator[socket.socket]:
    """Take the address; raises UsageError when that is not possible."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, so that asyncio switches off Nagle's delay: answers would wait 40 ms for their second half.
    taken = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((host, port))
        taken.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        taken.close()
        raise UsageError(
            f"{host}:{port} cannot be listened on ({error}): choose another with --port or --host."
        ) from error
    with taken:
        yield taken


def address(listening: socket.socket) -> str:
    """Write a bound address for people."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@asynccontextmanager
async def serving(
    app: PloomesSync,
    listening: socket.socket,
    ending: asyncio.Event,
    *,
    worker: bool,
    links: Links | None = None,
) -> AsyncIterator[asyncio.Task[None]]:
    """Serve while the block runs or until `ending` is set; gives the task that ends when serving has ended."""
    from ploomes_sync.dashboard import create_site

    server = _server(create_site(app.settings, app, worker=worker, stopping=ending, links=links))

    async def end() -> None:
        await ending.wait()
        server.should_exit = True

    task, watch = asyncio.create_task(server.serve(sockets=[listening])), asyncio.create_task(end())
    try:
        yield task
    finally:
        ending.set()
        await task
        watch.cancel()


def _server(site: ASGIApp) -> uvicorn.Server:
    import uvicorn

    class Server(uvicorn.Server):
        """Signals are the command's business."""

        def capture_signals(self) -> contextlib.AbstractContextManager[None]:  # type: ignore[override]  # no generator
            return contextlib.nullcontext()

    config = uvicorn.Config(
        site,
        log_config=None,
        access_log=False,
        server_header=False,
        # A header that anybody may send must not say who asks.
        proxy_headers=False,
        timeout_graceful_shutdown=_CLOSING_SECONDS,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        lifespan="on",
        ws="none",
    )
    return Server(config)


def _is_local(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
