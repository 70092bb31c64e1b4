"""Measures all programs in turn, round after round, and keeps every result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

from bench import database, results
from bench.database import Cluster
from bench.peers import series
from bench.peers.environments import ENVIRONMENTS, install, size, version
from bench.peers.registry import OURS, PEERS, Peer
from bench.peers.series import Contest, Phases
from bench.source.process import source

EVENTS = {"churn": series.churn, "kill": series.kill, "poison": series.poison}


def chosen(only: Sequence[str]) -> list[Peer]:
    """Return the programs that are wanted and that can be installed; says why one cannot."""
    unknown = set(only) - PEERS.keys()
    if unknown:
        raise SystemExit(f"no such program: {', '.join(sorted(unknown))}; there are {', '.join(PEERS)}")
    return [peer for peer in PEERS.values() if (not only or peer.name in only) and _installed(peer)]


def _installed(peer: Peer) -> bool:
    if not peer.requirements:
        return True
    trouble = install(peer.requirements)
    if trouble:
        print(f"{peer.title} is left out: {trouble}")
        results.save({"title": peer.title, "trouble": trouble.splitlines()[-1]}, "versions", peer.requirements)
        return False
    told = {"version": version(peer.requirements), "size": size(ENVIRONMENTS / peer.requirements)}
    results.save(told, "versions", peer.requirements)
    return True


def peers(products: int, rounds: int, only: Sequence[str], variants: Sequence[str], *, fresh: bool) -> None:
    """Measure the everyday work, interleaved: every program once a round, each round beginning with another."""
    running = chosen(only)
    with database.cluster() as server:
        for number in range(rounds):
            turn = number % len(running)
            for peer in (*running[turn:], *running[:turn]):
                for variant in variants:
                    key = ("peers", products, variant, peer.name, number)
                    ours_again = peer.name == OURS and variant != series.PLAIN
                    if not ours_again and (fresh or not results.has(*key)):
                        with _contest(peer, products, server) as contest:
                            _keep(series.work(contest, variant), *key)


def events(products: int, only: Sequence[str], kinds: Sequence[str], *, fresh: bool) -> None:
    """Measure how each program bears churn, a kill and a bad record."""
    with database.cluster() as server:
        for peer in chosen(only):
            for kind in kinds or EVENTS:
                key = ("events", products, kind, peer.name, 0)
                if fresh or not results.has(*key):
                    with _contest(peer, products, server) as contest:
                        _keep(EVENTS[kind](contest), *key)


@contextmanager
def _contest(peer: Peer, products: int, server: Cluster) -> Iterator[Contest]:
    """Start a source as it was at first and an empty database for one program."""
    with source(products) as origin, closing(Contest(peer, origin, server)) as contest:
        yield contest


def _keep(phases: Phases, *key: object) -> None:
    results.save(phases, *key)
    for name, phase in phases.items():
        told = " ".join(f"{field}={value}" for field, value in phase.items() if value not in (None, 0))
        print(f"{' '.join(map(str, key))}: {name}: {told}", flush=True)
