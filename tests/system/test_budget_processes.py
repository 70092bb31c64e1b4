from __future__ import annotations

import time
from itertools import combinations
from pathlib import Path

from ploomes_sync.domain.run import Lane
from ploomes_sync.resilience.pace import Pace
from system.support import Mirror, running_mirror

LIMIT = 120
SECONDS = 10
UNHURRIED = 300
LANES = 3
JITTER = 0.35
"""Seconds that requests may move towards each other between the clock of the budget and that of the server."""


def test_four_processes_together_keep_the_pace_of_one_account(database_url: str, tmp_path: Path) -> None:
    with running_mirror(database_url, tmp_path, products=2000) as mirror:
        mirror.sync()
        ids = sorted(mirror.source.truth())
        mirror.settings = {"API_RATE_LIMIT_PER_MINUTE": LIMIT, "PRODUCT_SYNC_BATCH_SIZE": 50}
        mirror.source.change_settings(rate_per_minute=LIMIT, rate_window="sliding")
        mirror.source.admin("POST", "/stats/reset")
        began = time.monotonic()
        walks = [mirror.start(strategy="batch"), mirror.start(segments=["omie"], strategy="batch")]
        named = [mirror.start(ids=ids[:8]), mirror.start(ids=ids[8:16])]
        while time.monotonic() - began < SECONDS:
            named = [one if one.process.is_alive() else mirror.start(ids=ids[:8]) for one in named]
            time.sleep(0.05)
        stats = mirror.source.admin("GET", "/stats?log=1")
        passed = time.monotonic() - began

        assert all(walk.process.is_alive() for walk in walks), "four processes have asked at once all the time"
        times = [seen["time"] for seen in stats["log"]]
        pace = Pace(LIMIT)
        allowed = 1 + pace.ahead(Lane.REAL_TIME)
        print(f"{stats['requests']} requests in {passed:.1f} s, of them {len(times)} for products")  # noqa: T201 - the figure belongs to the report
        assert stats["refused_429"] == 0
        assert SECONDS / pace.interval * 0.7 <= stats["requests"] <= allowed + (passed + JITTER) / pace.interval
        _assert_paced(times, allowed, pace.interval)


def _assert_paced(times: list[float], allowed: float, interval: float) -> None:
    """No stretch of time holds more requests than the pace lets through, however it is cut."""
    for (first, begin), (last, end) in combinations(enumerate(sorted(times)), 2):
        most = allowed + (end - begin + JITTER) / interval
        assert last - first + 1 <= most, f"{last - first + 1} requests within {end - begin:.2f} s"


def test_a_refusal_that_one_process_meets_slows_all_of_them(database_url: str, tmp_path: Path) -> None:
    """A pace so slow that a busy machine keeps it, too: what is counted is the pace, not the machine."""
    settings = {"API_RATE_LIMIT_PER_MINUTE": UNHURRIED, "PRODUCT_SYNC_BATCH_SIZE": 20}
    with running_mirror(database_url, tmp_path, settings, products=1200, storm_retry_after=3) as mirror:
        workers = [mirror.start(strategy="batch"), mirror.start(segments=["omie"], strategy="batch")]
        mirror.wait_for("(select count(*) from ploomes_sync.runs where pages >= 5) = 2")
        mirror.source.admin("POST", "/faults", {"fault": "429_retry_after", "path": "/Products", "times": 1})
        _wait_for_refusal(mirror)
        refused = mirror.source.admin("GET", "/stats")["requests"]
        time.sleep(2.2)
        during = mirror.source.admin("GET", "/stats")["requests"] - refused
        time.sleep(1.5)
        after, seconds = _requests_within(mirror, 3)

        print(f"{during} requests in the pause, then {after} in {seconds:.1f} s")  # noqa: T201 - the figure belongs to the report
        assert during <= LANES * len(workers), "only requests that had their turn already"
        assert 0 < after <= 1 + (seconds + JITTER) / (2 * Pace(UNHURRIED).interval)
        assert all(worker.process.is_alive() for worker in workers), "there was more to ask for"


def _wait_for_refusal(mirror: Mirror) -> None:
    deadline = time.monotonic() + 10
    while mirror.source.admin("GET", "/stats")["by_fault"].get("429_retry_after", 0) == 0:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _requests_within(mirror: Mirror, seconds: float) -> tuple[int, float]:
    """Count the requests of a stretch of time; it is as long as this machine makes it."""
    began = time.monotonic()
    begin = mirror.source.admin("GET", "/stats")["requests"]
    time.sleep(seconds)
    found = mirror.source.admin("GET", "/stats")["requests"] - begin
    return found, time.monotonic() - began
