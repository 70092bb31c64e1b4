"""What all requests to the HTTP API share: the service itself, who may ask, and how much at once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.types import Scope

from ploomes_sync.api.access import Access, Principal
from ploomes_sync.api.limits import Buckets, Place, Room, Streams
from ploomes_sync.api.problems import NOT_READY, ApiError
from ploomes_sync.config import Settings

if TYPE_CHECKING:
    from ploomes_sync.service.app import PloomesSync

_WEBHOOK_PLACES = 64
_WEBHOOK_QUEUE = 2000
_WEBHOOK_SECONDS = 10.0


@dataclass
class Gate:
    """Made before the service is open; `app` is None until it is, and again once it is closed.

    `look` is the last look whether the database can serve, begun at `looked_at`.
    """

    settings: Settings
    segments: tuple[str, ...]
    app: PloomesSync | None = None
    access: Access = field(default_factory=Access)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    look: asyncio.Task[str] | None = None
    looked_at: float = float("-inf")

    def __post_init__(self) -> None:
        """Size the limits as the settings say."""
        places = self.settings.http_in_flight
        self.buckets = Buckets(self.settings.http_rate)
        self.room = Room(places, queue=places)
        # Ploomes switches a webhook off when its calls fail: an event rather waits.
        self.webhook_room = Room(_WEBHOOK_PLACES, queue=_WEBHOOK_QUEUE, seconds=_WEBHOOK_SECONDS)
        self.streams = Streams(self.settings.http_streams)
        self.origins = frozenset(origins(self.settings))

    def service(self) -> PloomesSync:
        """Return the open service; raises ApiError while there is none."""
        if self.app is None:
            raise ApiError(NOT_READY, "The service is starting or ending: try again in a moment.", retry_after=2)
        return self.app


def origins(settings: Settings) -> list[str]:
    """Return the web origins that may call the API."""
    return [word.strip().rstrip("/") for word in settings.cors_origins.split(",") if word.strip()]


def gate_of(scope: Scope) -> Gate:
    """Return the gate through which a request came."""
    gate: Gate = scope["state"]["gate"]
    return gate


def service_of(scope: Scope) -> PloomesSync:
    """Return the open service that a request asks."""
    return gate_of(scope).service()


def principal_of(scope: Scope) -> Principal:
    """Return who asks."""
    principal: Principal = scope["state"]["principal"]
    return principal


def extend(scope: Scope, seconds: float | None) -> None:
    """Give a request that much more time than others have; None is no end."""
    deadline: asyncio.Timeout = scope["state"]["deadline"]
    when = deadline.when()
    if when is not None:
        deadline.reschedule(None if seconds is None else when + seconds)


def step_aside(scope: Scope) -> None:
    """Give the place of a request that only waits to those that work."""
    place: Place | None = scope["state"].pop("place", None)
    if place is not None:
        place.release()
