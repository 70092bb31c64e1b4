from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from served import PRODUCTS, problem
from servers import Server
from servers.scratch import wait_until
from serving import environment, serving_process
from system.support import running_source

AWAY_SECONDS = 20
WAIT = {"prefer": "wait=60"}


@dataclass
class Readers:
    """Threads that read the same few products, and now and then a new one, and keep what came of it."""

    url: str
    ids: list[int]
    over: threading.Event = field(default_factory=threading.Event)
    warm: list[tuple[float, int, bool, float]] = field(default_factory=list)
    cold: list[tuple[float, int, bool, float]] = field(default_factory=list)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Read by four threads while the block runs."""
        threads = [threading.Thread(target=self.read) for _ in range(4)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.over.set()
            for thread in threads:
                thread.join(60)

    def read(self) -> None:
        hot, rest = self.ids[:20], itertools.cycle(self.ids[20:])
        with httpx2.Client(base_url=self.url, timeout=30) as http:
            for number in itertools.count():
                if self.over.is_set():
                    return
                cold = number % 25 == 24
                product = next(rest) if cold else hot[number % 20]
                began = time.monotonic()
                answer = http.get(f"{PRODUCTS}/{product}")
                if answer.status_code != 200:
                    assert problem(answer)["status"] == 503
                    assert answer.headers["retry-after"]
                took = (began, answer.status_code, "x-stale" in answer.headers, time.monotonic() - began)
                (self.cold if cold else self.warm).append(took)
                time.sleep(0.01)


def _outage(server: Server, http: httpx2.Client, product: int) -> tuple[float, float, float]:
    """Take PostgreSQL away for a while; returns when it went, came back and was felt to be back."""
    away = time.monotonic()
    server.stop()
    assert http.get("/livez").status_code == 200
    wait_until(lambda: http.get("/readyz").status_code == 503, "the probe to notice", 15)
    door = http.post("/webhook/ploomes", content=b"{}", headers={"x-ploomes-validation-key": "k"})
    assert (problem(door)["status"], "retry-after" in door.headers) == (503, True)
    time.sleep(max(0.0, away + AWAY_SECONDS - time.monotonic()))
    server.start()
    back = time.monotonic()
    wait_until(lambda: http.get("/readyz").status_code == 200, "the service to recover")
    wait_until(lambda: "x-stale" not in http.get(f"{PRODUCTS}/{product}").headers, "fresh answers")
    return away, back, time.monotonic()


def test_reads_outlive_twenty_seconds_without_postgres(own_server: Server, tmp_path: Path) -> None:
    """What is cached is answered and marked, the rest is told to come back, and all recovers by itself."""
    with running_source(tmp_path, products=600) as source:
        settings = {"AUTO_WARM_CACHE": "false", "HTTP_RATE_LIMIT_PER_MINUTE": 0}
        env = environment(own_server.dsn("mirror"), source.url, **settings)
        with serving_process(env, tmp_path) as http:
            assert http.post(f"{PRODUCTS}/full", headers=WAIT).status_code == 200
            readers = Readers(str(http.base_url), sorted(source.truth()))
            with readers.reading():
                time.sleep(2)
                away, back, recovered = _outage(own_server, http, readers.ids[0])
                time.sleep(1)
            assert http.post(f"{PRODUCTS}/full", headers=WAIT).json()["run"]["status"] == "succeeded"

    during = [one for one in readers.warm if away + 1 < one[0] < back]
    told = Counter(one[1:3] for one in during)
    cold = Counter(one[1] for one in readers.cold if away + 1 < one[0] < back)
    assert set(told) == {(200, True)}, "every cached read was answered and marked"
    assert len(during) > 100
    assert set(cold) == {503}
    assert max(one[3] for one in during) < 3, "no cached read waited for the database"
    assert {one[1:3] for one in readers.warm if one[0] > recovered} == {(200, False)}
    assert recovered - back < 5, "it is felt to be back at once"
