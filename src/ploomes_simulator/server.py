"""Serve the simulator: a port of one's own, a line when ready, a quick end, no orphan."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

_PARENT_POLL_SECONDS = 0.25


class _Server(uvicorn.Server):
    """Tells when it listens; leaves the signals to `serve`."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._on_ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def serve(app: Starlette, host: str, port: int, port_file: Path | None, *, exit_with_parent: bool) -> None:
    """Serve until SIGTERM, Ctrl-C or, when wanted, the parent's death."""
    parent = os.getppid() if exit_with_parent else None
    asyncio.run(_serve(app, _listen(host, port), port_file, parent))


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    return listener


async def _serve(app: Starlette, listener: socket.socket, port_file: Path | None, parent: int | None) -> None:
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host

    def ready() -> None:
        if port_file is not None:
            _write_port(port_file, port)
        sys.stdout.write(f"Simulator ready on http://{shown}:{port}\n")
        sys.stdout.flush()

    config = uvicorn.Config(
        app, log_config=None, access_log=False, timeout_graceful_shutdown=0, lifespan="on", http="h11"
    )
    server = _Server(config, ready)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _stop, server)
    watcher = loop.create_task(_watch(server, parent)) if parent is not None else None
    await server.serve(sockets=[listener])
    if watcher is not None:
        watcher.cancel()


def _stop(server: uvicorn.Server) -> None:
    server.should_exit = True


async def _watch(server: uvicorn.Server, parent: int) -> None:
    """Stop when the parent has changed; a signal at its death would also come when one of its threads ends."""
    while os.getppid() == parent:  # noqa: ASYNC110 - no event tells of a parent's death
        await asyncio.sleep(_PARENT_POLL_SECONDS)
    _stop(server)


def _write_port(path: Path, port: int) -> None:
    """Write the port in one step, so that a reader never sees half a number."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    draft.write_text(f"{port}\n", encoding="ascii")
    draft.replace(path)
