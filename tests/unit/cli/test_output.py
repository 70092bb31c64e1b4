from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest

from ploomes_sync.cli import output


def test_a_table_in_a_pipe_is_aligned_columns_without_a_frame(capsys: pytest.CaptureFixture[str]) -> None:
    table = output.Table(("code", "name", "stock"), right=frozenset({2}))
    table.add("A", "Óleo", 5)
    table.add(None, "Filtro de ar", 1200)

    output.show(table)

    assert capsys.readouterr().out == (
        "code  name          stock\nA     Óleo              5\n–     Filtro de ar   1200\n"
    )


def test_a_name_from_outside_cannot_steer_the_terminal() -> None:
    assert output.clean("Filtro\x1b[2J\r\nde\tar\u202e") == "Filtro [2J  de ar "


def test_facts_without_a_value_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    output.show_facts([("status", "succeeded"), ("error", None), ("next", ""), ("pages", 0)])

    assert capsys.readouterr().out == "status  succeeded\npages   0\n"


def test_json_writes_prices_as_numbers_and_ids_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    output.write_json({"price": Decimal("1.50"), "run": UUID(int=1), "at": datetime(2026, 1, 1, tzinfo=UTC)})

    assert json.loads(capsys.readouterr().out) == {
        "price": 1.5,
        "run": "00000000-0000-0000-0000-000000000001",
        "at": "2026-01-01T00:00:00Z",
    }


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, None), (0.04, "0.0 s"), (59.94, "59.9 s"), (61, "1 min 1 s"), (7260, "2 h 1 min"), (90000, "1 d 1 h")],
)
def test_a_duration_has_its_two_largest_units(seconds: float | None, text: str | None) -> None:
    assert output.span(seconds) == text


def test_a_time_is_shown_in_utc() -> None:
    local = datetime(2026, 1, 1, 9, 0, tzinfo=timezone(timedelta(hours=-3)))

    assert output.moment(local) == "2026-01-01 12:00:00Z"
