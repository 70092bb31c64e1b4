"""Databases for the tests: a real server a session, a database of its own for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest

from ploomes_sync import telemetry
from servers import LAYOUTS, Cluster, Server, Template, lone_server, open_cluster

FIRST = "15"

telemetry.configure(json=False, level="critical")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--postgres", default=FIRST, help=f"servers to run the database tests on: {','.join(LAYOUTS)} or all"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "large: proves a figure that the server makes no difference to")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On other kinds of servers than the first run only what may differ there: no figures, nothing without one."""
    first = FIRST in _kinds(config)
    others = [item for item in items if not _is_wanted(item, first=first)]
    if others:
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in others]


def _is_wanted(item: pytest.Item, *, first: bool) -> bool:
    call = getattr(item, "callspec", None)
    chosen = call.params if call else {}
    if item.get_closest_marker("large"):
        return bool(chosen.get("database_kind") == FIRST)
    return first or "database_kind" in chosen or "supabase_kind" in chosen


def _kinds(config: pytest.Config) -> list[str]:
    asked = str(config.getoption("--postgres"))
    return list(LAYOUTS) if asked == "all" else asked.split(",")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test that needs a database once on every server that was asked for."""
    kinds = _kinds(metafunc.config)
    if "database_kind" in metafunc.fixturenames:
        metafunc.parametrize("database_kind", kinds, scope="session")
    if "supabase_kind" in metafunc.fixturenames:
        like_supabase = [kind for kind in kinds if LAYOUTS[kind].supabase]
        metafunc.parametrize("supabase_kind", like_supabase or ["supabase"], scope="session")


@pytest.fixture(scope="session")
def clusters() -> Iterator[Callable[[str], Cluster]]:
    """Start each kind of cluster once, when it is first needed."""
    with ExitStack() as stack:
        yield cache(lambda kind: stack.enter_context(open_cluster(kind)))


@pytest.fixture(scope="session")
def cluster(database_kind: str, clusters: Callable[[str], Cluster]) -> Cluster:
    return clusters(database_kind)


@pytest.fixture(scope="session")
def supabase(supabase_kind: str, clusters: Callable[[str], Cluster]) -> Cluster:
    """A cluster that is laid out like Supabase, whichever servers were asked for."""
    return clusters(supabase_kind)


@pytest.fixture
def database_url(cluster: Cluster) -> Iterator[str]:
    """Give a fresh, migrated database, owned by `postgres`, who is no superuser."""
    yield from _lent(cluster, "migrated")


@pytest.fixture
def empty_database_url(cluster: Cluster) -> Iterator[str]:
    """Give a database without a schema."""
    yield from _lent(cluster, "empty")


@pytest.fixture(params=["migrated", "migrated_exposed"])
def supabase_url(supabase: Cluster, request: pytest.FixtureRequest) -> Iterator[str]:
    """Give a migrated database on a Supabase-like cluster, in each of the two modes of default privileges."""
    yield from _lent(supabase, request.param)


@pytest.fixture
def own_server() -> Iterator[Server]:
    """Give a server that nobody else needs and that may be killed; its database `mirror` is migrated."""
    with lone_server() as server:
        yield server


def _lent(cluster: Cluster, template: Template) -> Iterator[str]:
    """Give a database for one test; whatever it does, sessions that a pooler shares must be as before."""
    name = cluster.create(template)
    yield cluster.dsn(name)
    left = cluster.leftovers(name)
    cluster.drop(name)
    assert left == [], "left in a shared session"
