from __future__ import annotations

from ploomes_sync.cli.progress import Budget


def test_what_is_left_of_a_minute_counts_only_its_own_requests() -> None:
    budget = Budget(120)

    assert budget.text(8, 0, now=0) == "8 requests, 112 of 120 left this minute"
    assert budget.text(20, 0, now=30) == "20 requests, 100 of 120 left this minute"
    assert budget.text(30, 0, now=89) == "30 requests, 110 of 120 left this minute"


def test_requests_of_an_earlier_attempt_do_not_count() -> None:
    assert Budget(120).text(45, 40, now=0) == "45 requests, 115 of 120 left this minute"


def test_without_a_limit_nothing_is_left_to_tell() -> None:
    assert Budget(0).text(8, 0, now=0) == "8 requests"
