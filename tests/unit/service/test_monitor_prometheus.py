"""Every figure of the status stands in the exposition, and nothing else does."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec
from prometheus_client import Counter, Histogram
from prometheus_client.parser import text_string_to_metric_families

from ploomes_sync.domain.status import ErrorStat, SystemStatus, Waiting
from ploomes_sync.errors import ErrorClass
from ploomes_sync.service.monitor_families import FAMILIES
from ploomes_sync.service.monitor_prometheus import render
from ploomes_sync.telemetry.metrics import REGISTRY

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LISTS = {"running", "runs", "tuning", "waiting", "warnings", "errors"}
"""They are told by how many they are, or by a sum: a metric a run would have no end."""
BOUNDED = {"answer", "direction", "endpoint", "error_class", "kind", "lane", "method", "outcome", "postgres"}
BOUNDED |= {"quantile", "reason", "role", "route", "segment", "state", "status", "strategy", "task", "type"}
BOUNDED |= {"verdict", "version", "what", "where", "window"}
TOLD_AS_WORDS = {"version", "database.version", "process.role", "generated_at"}


class Numbered:
    """Fills a struct with figures that are all different, so that each is known again."""

    def __init__(self) -> None:
        self.numbers = itertools.count(1001)
        self.given: dict[str, float] = {}

    def fill(self, kind: type[msgspec.Struct], path: str, **fixed: object) -> Any:  # noqa: ANN401 - the struct
        values = {
            name: self.value(hint, f"{path}{name}")
            for name, hint in get_type_hints(kind).items()
            if name not in fixed
        }
        return kind(**values, **fixed)

    def value(self, hint: Any, path: str) -> Any:  # noqa: ANN401 - whatever the field holds
        kinds = [kind for kind in get_args(hint) or (hint,) if kind is not type(None)]
        if get_origin(hint) is dict:
            return {"one": self.value(kinds[1], f"{path}.one"), "two": self.value(kinds[1], f"{path}.two")}
        kind = kinds[0]
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            return self.fill(kind, f"{path}.")
        if kind is str:
            return "word"
        if kind is bool:
            return False
        number = next(self.numbers)
        if kind is datetime:
            self.given[path] = (NOON + timedelta(seconds=number)).timestamp()
            return NOON + timedelta(seconds=number)
        self.given[path] = number
        return kind(number)


def samples(text: bytes) -> Iterator[tuple[str, float]]:
    for family in text_string_to_metric_families(text.decode()):
        for sample in family.samples:
            yield family.name, sample.value


def test_every_figure_of_the_status_is_exposed_once() -> None:
    numbered = Numbered()
    status = numbered.fill(SystemStatus, "", **dict.fromkeys(LISTS, ()))
    wanted = {path: value for path, value in numbered.given.items() if path not in TOLD_AS_WORDS}
    ours = {f"ploomes_sync_{family.name}" for family in FAMILIES}

    told = [value for name, value in samples(render(status)) if name in ours and value > 1]

    assert len(wanted) > 100
    assert {path for path, value in wanted.items() if told.count(value) != 1} == set()
    assert sorted(told) == sorted(wanted.values()), "every figure stands in the status"


def test_lists_are_told_by_their_length_and_sum() -> None:
    at = {"first_at": NOON, "last_at": NOON}
    status = SystemStatus(
        generated_at=NOON,
        waiting=tuple(Waiting(run_id=UUID(int=number), missing=number, since=NOON) for number in (4, 5)),
        errors=tuple(
            ErrorStat(error_class=ErrorClass.NETWORK, endpoint=place, failures=3, advice="", **at)
            for place in ("/Products", "/Fields")
        ),
        warnings=("one",),
    )

    told = dict(samples(render(status)))

    assert told["ploomes_sync_runs_waiting"] == 2
    assert told["ploomes_sync_deletions_waiting"] == 9
    assert told["ploomes_sync_errors_day"] == 6
    assert told["ploomes_sync_warnings"] == 1


def test_what_is_not_known_is_left_out() -> None:
    told = dict(samples(render(SystemStatus(generated_at=NOON, stale=True))))

    assert told["ploomes_sync_snapshot_stale"] == 1
    assert told["ploomes_sync_database_up"] == 0
    assert "ploomes_sync_covered_age_seconds" not in told
    assert "ploomes_sync_freshness_seconds" not in told


def test_names_are_unique_and_teach() -> None:
    text = render(SystemStatus(generated_at=NOON)).decode()
    names = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]
    helps = [line.split(maxsplit=3)[3:] for line in text.splitlines() if line.startswith("# HELP")]

    assert sorted(set(names)) == sorted(names)
    assert [name for name in names if not name.startswith("ploomes_sync_")] == []
    assert all(text and text[0].endswith(".") for text in helps)


def test_labels_hold_few_words_of_ours() -> None:
    labels = {label for family in FAMILIES for label in family.labels}
    for metric in REGISTRY._collector_to_names:
        assert isinstance(metric, Counter | Histogram)
        labels.update(metric._labelnames)

    assert labels <= BOUNDED
