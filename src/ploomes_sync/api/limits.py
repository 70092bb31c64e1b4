"""How much one client, and all together, may ask for at once; no I/O, the time is an argument where it counts."""

from __future__ import annotations

import asyncio
import math
from collections import OrderedDict
from typing import Self

from ploomes_sync.api.problems import OVERLOADED, ApiError

_MOST_CLIENTS = 10_000
_MINUTE = 60.0


class Buckets:
    """A token bucket a client; a client that was quiet long enough to be full again may be forgotten."""

    def __init__(self, per_minute: int, burst_seconds: float = 5.0) -> None:
        self._rate = per_minute / _MINUTE
        self._burst = max(10.0, self._rate * burst_seconds)
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def take(self, client: str, now: float) -> float:
        """Take one request of the client at `now` (seconds); returns 0, or the seconds that it should wait."""
        if self._rate <= 0:
            return 0.0
        full_at = max(self._full_at.get(client, now), now)
        spent = (full_at - now) * self._rate
        if spent + 1 > self._burst:
            return max(1.0, math.ceil((spent + 1 - self._burst) / self._rate))
        self._full_at[client] = full_at + 1 / self._rate
        self._full_at.move_to_end(client)
        if len(self._full_at) > _MOST_CLIENTS:
            self._full_at.popitem(last=False)
        return 0.0


class Room:
    """Places for requests in flight, with a short queue before it; who finds both full is sent away."""

    def __init__(self, places: int, queue: int, seconds: float = 1.0) -> None:
        self._free = places
        self._queue = queue
        self._seconds = seconds
        self._waiting: OrderedDict[asyncio.Future[None], None] = OrderedDict()

    async def enter(self) -> Place:
        """Take a place, after a short wait if need be; raises ApiError when there is none."""
        if self._free > 0:
            self._free -= 1
            return Place(self)
        if len(self._waiting) >= self._queue:
            raise _full()
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[turn] = None
        try:
            async with asyncio.timeout(self._seconds):
                await turn
        except BaseException as error:
            self._waiting.pop(turn, None)
            if turn.done() and not turn.cancelled():
                self.leave()
            if isinstance(error, TimeoutError):
                raise _full() from None
            raise
        return Place(self)

    def leave(self) -> None:
        """Give a place to the next in the queue."""
        while self._waiting:
            turn, _ = self._waiting.popitem(last=False)
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


class Place:
    """A taken place, given back at the end of a block; giving it back twice gives it back once."""

    __slots__ = ("_room",)

    def __init__(self, room: Room) -> None:
        self._room: Room | None = room

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def release(self) -> None:
        """Give the place back."""
        room, self._room = self._room, None
        if room is not None:
            room.leave()


class Streams:
    """How many streams each client holds open."""

    def __init__(self, most: int, most_in_all: int = 200) -> None:
        self._most, self._most_in_all = most, most_in_all
        self._open: dict[str, int] = {}

    def open(self, client: str) -> bool:
        """Count one more stream of the client; returns False when it has enough."""
        held = self._open.get(client, 0)
        if held >= self._most or sum(self._open.values()) >= self._most_in_all:
            return False
        self._open[client] = held + 1
        return True

    def close(self, client: str) -> None:
        """Count one stream of the client less."""
        left = self._open.get(client, 0) - 1
        if left > 0:
            self._open[client] = left
        else:
            self._open.pop(client, None)


def _full() -> ApiError:
    return ApiError(OVERLOADED, "The service has too much to do just now: try again in a second.", retry_after=1)
