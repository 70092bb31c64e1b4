from __future__ import annotations

import math
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ploomes_sync.domain.freshness import Bucket, Moved, delays, moved
from ploomes_sync.domain.page import Item
from unit.domain.builders import make_record, transform

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)


def item(number: int, date: datetime | None) -> Item:
    return replace(transform(make_record(Id=number)), updated_at=date)


def test_a_change_counts_when_its_date_moved_or_the_product_is_new() -> None:
    written = [item(1, LATER), item(2, NOON), item(3, LATER), item(4, LATER), item(5, None)]

    found = moved(written, {1: NOON, 2: NOON, 3: None})

    assert found == [Moved(LATER, known=True), Moved(LATER, known=True), Moved(LATER, known=False)]


@pytest.mark.parametrize("held", [NOON, LATER])
def test_a_row_rewritten_under_an_unchanged_date_tells_nothing(held: datetime) -> None:
    assert moved([item(1, NOON)], {1: held}) == []


def test_without_changes_there_is_no_percentile() -> None:
    found = delays([])

    assert (found.changes, found.p50, found.p99) == (0, None, None)


@pytest.mark.parametrize("scale", [0.5, 8.0, 4000.0])
def test_percentiles_are_right_to_a_tenth(scale: float) -> None:
    rng = random.Random(7)  # noqa: S311 - no secret, a reproducible spread
    seconds = sorted(scale * rng.lognormvariate(0, 1) for _ in range(5000))

    found = delays([Bucket("incremental", math.floor(4 * math.log2(value)), 1) for value in seconds])

    assert found.changes == 5000
    assert found.p50 == pytest.approx(seconds[2500], rel=0.1)
    assert found.p99 == pytest.approx(seconds[4950], rel=0.1)
