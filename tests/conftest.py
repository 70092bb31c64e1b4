"""Databases for the tests: a real server a session, a database of its own for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest
from hypothesis import HealthCheck, settings

from ploomes_sync import telemetry
from rounds import ALL, EACH, FIRST, kinds_of, supabase_kinds_of
from servers import LAYOUTS, Cluster, Server, Template, lone_server, open_cluster

telemetry.configure(json=False, level="critical")
# How fast examples come says how busy the machine is, not whether the code is right.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--postgres",
        default=FIRST,
        help=f"servers to run the database tests on: {','.join(LAYOUTS)}, all, or each where it must hold",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "once: proves what the database server makes no difference to")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what another server than the first proves nothing new about, and begin with what takes longest."""
    first = bool({FIRST, EACH, ALL} & set(_asked(config).split(",")))
    others = [item for item in items if not _is_wanted(item, first=first)]
    if others:
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in others]
    items.sort(key=lambda item: "system" not in item.path.parts)


def _is_wanted(item: pytest.Item, *, first: bool) -> bool:
    call = getattr(item, "callspec", None)
    chosen = call.params if call else {}
    if item.get_closest_marker("once"):
        return bool(chosen.get("database_kind") == FIRST)
    return first or "database_kind" in chosen or "supabase_kind" in chosen


def _asked(config: pytest.Config) -> str:
    return str(config.getoption("--postgres"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test that needs a database once on every server that was asked for."""
    path, asked = metafunc.definition.path, _asked(metafunc.config)
    if "database_kind" in metafunc.fixturenames:
        metafunc.parametrize("database_kind", kinds_of(path, asked), scope="session")
    if "supabase_kind" in metafunc.fixturenames:
        metafunc.parametrize("supabase_kind", supabase_kinds_of(path, asked), scope="session")


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
