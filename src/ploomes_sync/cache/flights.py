"""Loads under way: whoever asks for the same thing meanwhile waits for the one load."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any


class Flights:
    """One load a key at a time; an error reaches all who wait, and nobody who comes later.

    A load belongs to nobody: when the one who began it gives up, the others still get their answer.
    """

    def __init__(self) -> None:
        self._open: dict[str, asyncio.Future[Any]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def join(self, key: str, load: Callable[[], Awaitable[Any]]) -> Any:  # noqa: ANN401 - whatever `load` returns
        """Wait for the load of a key, beginning one unless it is under way."""
        future = self._open.get(key)
        if future is None:
            future = self._open[key] = asyncio.get_running_loop().create_future()
            self.spawn(self._fly(key, future, load))
        return await asyncio.shield(future)

    def let_go(self) -> None:
        """Let those who ask from now on load anew: what is under way may have read what has changed since."""
        self._open.clear()

    def fail(self, error: Exception) -> None:
        """Answer all who wait with an error, at once."""
        for future in self._open.values():
            _settle(future, error)
        self._open.clear()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something that nobody waits for until it ends or everything is closed."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """End what is under way."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _fly(self, key: str, future: asyncio.Future[Any], load: Callable[[], Awaitable[Any]]) -> None:
        try:
            loaded = await load()
        except Exception as error:  # noqa: BLE001 - every error belongs to those who wait
            _settle(future, error)
        else:
            if not future.done():
                future.set_result(loaded)
        finally:
            future.cancel()
            if self._open.get(key) is future:
                del self._open[key]


def _settle(future: asyncio.Future[Any], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
        # Perhaps nobody waits any more: then nobody misses it either.
        future.exception()
