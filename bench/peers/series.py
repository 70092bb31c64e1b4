"""What each program has to do: load, look again, take in changes; bear churn, a kill and a bad record."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import meter
from bench.database import Cluster
from bench.peers.check import Difference, compare, count, put_indexes
from bench.peers.environments import ENVIRONMENTS
from bench.peers.registry import OURS, Peer, ours
from bench.results import PLACE
from bench.source.process import Source

PLAIN, INDEXED = "plain", "indexed"
SHARE = 0.01
CHURN = {"edits": 3, "creates": 1, "deletes": 1}
QUIET = dict.fromkeys(CHURN, 0)
POISONS = ("nul", "number")
_PRIMED = 300
Phases = dict[str, dict[str, Any]]


class Contest:
    """One program on an empty database, with the source as it was at first."""

    def __init__(self, peer: Peer, origin: Source, database: Cluster) -> None:
        self.peer = peer
        self.origin = origin
        self.database = database
        self.dsn = database.create(f"bench_{peer.name.replace('-', '_')}")
        self._state = PLACE / "state" / peer.name
        self._log = PLACE / "logs" / f"{peer.name}.log"
        shutil.rmtree(self._state, ignore_errors=True)
        self._log.unlink(missing_ok=True)
        if peer.name == OURS:
            code, *_ = meter.run(ours("migrate"), self._environment(), self._log)
            if code != 0:
                raise RuntimeError(f"the migrations failed, see {self._log}")

    def close(self) -> None:
        """Remove what the program has made."""
        self.database.drop(f"bench_{self.peer.name.replace('-', '_')}")
        shutil.rmtree(self._state, ignore_errors=True)

    def run(self, since: datetime | None = None, until: Callable[[], bool] | None = None) -> meter.Cost:
        """Let it read everything, or what changed since a moment."""
        argv = self.peer.argv(ENVIRONMENTS)
        if self.peer.name == OURS:
            argv = ours("sync", "--json", "--strategy", "batch" if since is None else "incremental")
        environment = self._environment()
        if since is not None:
            environment["BENCH_SINCE"] = since.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return meter.measure(argv, environment, self._log, (self.origin, self.database), until)

    def prime(self) -> None:
        """Let it make its tables from a few products, empty them and put our indexes on them."""
        self.origin.ask("settings", visible=_PRIMED)
        self.run()
        self.origin.ask("settings", visible=0)
        put_indexes(self.dsn, self.peer)

    def difference(self, last_id: int | None = None) -> Difference:
        """Hold what it has stored against the source."""
        return compare(self.dsn, self.peer, self.origin.truth(), last_id)

    def _environment(self) -> dict[str, str]:
        if self.peer.name == OURS:
            return {
                "PLOOME_API_URL": self.origin.url,
                "PLOOME_API_KEY": "bench",
                "DATABASE_URL": self.dsn,
                "API_RATE_LIMIT_PER_MINUTE": "0",
                "PRODUCT_SYNC_LEASE_SECONDS": "10",
            }
        return {
            "BENCH_SOURCE": self.origin.url,
            "BENCH_DATABASE": self.dsn,
            "BENCH_STATE": str(self._state),
            "TMPDIR": str(_made(self._state / "tmp")),
            "AIRBYTE_LOGGING_ROOT": str(_made(self._state / "logs")),
            **self.peer.environment,
        }


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _phase(contest: Contest, since: datetime | None = None) -> dict[str, Any]:
    cost = contest.run(since)
    return {**cost.told(), **contest.difference()._asdict()}


def work(contest: Contest, variant: str) -> Phases:
    """First load, the same again, again with 1 % changed, and then only the changes of another 1 %."""
    if variant == INDEXED:
        contest.prime()
    phases = {"first": _phase(contest), "unchanged": _phase(contest)}
    contest.origin.ask("edit", share=SHARE)
    phases["changed"] = _phase(contest)
    since = datetime.now(UTC)
    contest.origin.ask("edit", share=SHARE)
    phases["incremental"] = _phase(contest, since)
    return phases


def churn(contest: Contest) -> Phases:
    """Load while products are edited, created and deleted around every page."""
    last_id = contest.origin.ask("stats")["last_id"]
    contest.origin.ask("settings", **CHURN)
    cost = contest.run()
    contest.origin.ask("settings", **QUIET)
    return {"churn": {**cost.told(), **contest.difference(last_id)._asdict()}}


def kill(contest: Contest) -> Phases:
    """Load once in peace to learn how many pages that takes; then again, killed half-way, and to the end."""
    whole = contest.run().told()
    peaceful = Contest(contest.peer, contest.origin, contest.database)
    half = whole["pages"] // 2
    killed = peaceful.run(until=lambda: contest.origin.ask("stats")["pages"] >= half).told()
    resumed = peaceful.run().told()
    repeated = killed["pages"] + resumed["pages"] - whole["pages"]
    return {"kill": {**resumed, **peaceful.difference()._asdict(), "repeated": repeated, "whole": whole["pages"]}}


def poison(contest: Contest) -> Phases:
    """Load with one record in the middle that cannot be stored as it is."""
    phases = {}
    for kind in POISONS:
        contest.origin.ask("poison", kind=kind)
        fresh = Contest(contest.peer, contest.origin, contest.database)
        phases[f"poison-{kind}"] = {**fresh.run().told(), "stored": count(fresh.dsn, fresh.peer)}
        contest.origin.ask("restore")
    return phases
