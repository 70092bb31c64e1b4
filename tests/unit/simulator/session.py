"""Speak to a simulator inside the test's own process."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

from ploomes_simulator import Simulator, SimulatorSettings, create_simulator


@dataclass(slots=True)
class Watch:
    """A clock that moves only when it is told to."""

    time: float = 1_780_000_020.0

    def __call__(self) -> float:
        return self.time


@dataclass(slots=True)
class Session:
    """One simulator and a client with a key."""

    settings: SimulatorSettings
    watch: Watch = field(default_factory=Watch)
    webhook_transport: httpx2.AsyncBaseTransport | None = None
    app: Any = None

    def __post_init__(self) -> None:
        self.app = create_simulator(self.settings, clock=self.watch, webhook_transport=self.webhook_transport)

    @property
    def simulator(self) -> Simulator:
        simulator: Simulator = self.app.state.simulator
        return simulator

    def client(self, key: str | None = "key") -> httpx2.AsyncClient:
        return httpx2.AsyncClient(
            transport=httpx2.ASGITransport(self.app),
            base_url="http://simulator",
            headers={} if key is None else {"User-Key": key},
        )

    def ask(
        self, method: str, url: str, *, key: str | None = "key", body: object = None, content: bytes | None = None
    ) -> httpx2.Response:
        async def once() -> httpx2.Response:
            async with self.client(key) as client:
                if content is not None:
                    return await client.request(method, url, content=content)
                return await client.request(method, url, json=body)

        return asyncio.run(once())

    def get(self, path: str, **options: object) -> httpx2.Response:
        params = {f"${name}": str(value) for name, value in options.items()}
        url = str(httpx2.URL(path, params=params)) if params else path
        return self.ask("GET", url)

    def rows(self, path: str = "/Products", **options: object) -> list[dict[str, Any]]:
        answer = self.get(path, **options)

        assert answer.status_code == 200, answer.text
        rows: list[dict[str, Any]] = answer.json()["value"]
        return rows

    def count(self, condition: str | None = None) -> int:
        options: Mapping[str, object] = {} if condition is None else {"filter": condition}
        found: int = self.get("/Products", count="true", top=0, **options).json()["@odata.count"]
        return found


def open_session(**settings: Any) -> Session:  # noqa: ANN401 - settings are of many types
    """Make a simulator with a small catalogue and no limit of rate, unless told otherwise."""
    return Session(SimulatorSettings(**{"products": 400, "rate_per_minute": 0, **settings}))
