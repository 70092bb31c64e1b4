import asyncio
from email.utils import parsedate_to_datetime

import pytest

from ploomes_simulator.limits import RateLimiter
from unit.simulator.session import Session, open_session

MINUTE_START = 1_780_000_020.0


def statuses(session: Session, count: int) -> list[int]:
    return [session.get("/Currencies").status_code for _ in range(count)]


def test_a_fixed_window_begins_anew_with_the_clocks_minute() -> None:
    session = open_session(rate_per_minute=3)
    session.watch.time = MINUTE_START + 59

    assert statuses(session, 4) == [200, 200, 200, 429]
    session.watch.time += 1
    assert statuses(session, 4) == [200, 200, 200, 429]


def test_a_sliding_window_forgets_each_request_after_a_minute() -> None:
    session = open_session(rate_per_minute=2, rate_window="sliding")

    assert statuses(session, 1) == [200]
    session.watch.time += 40
    assert statuses(session, 2) == [200, 429]
    session.watch.time += 20
    assert statuses(session, 2) == [200, 429]


def test_the_limiter_says_how_long_to_wait() -> None:
    limiter = RateLimiter()

    assert [limiter.wait_fixed(90.0, 1), limiter.wait_fixed(91.5, 1)] == [None, 28.5]
    assert [limiter.wait_sliding(90.0, 1), limiter.wait_sliding(91.5, 1)] == [None, 58.5]


@pytest.mark.parametrize(("form", "expected"), [("none", None), ("seconds", "45")])
def test_a_refusal_names_the_wait_only_when_told_to(form: str, expected: str | None) -> None:
    session = open_session(rate_per_minute=1, retry_after=form)
    session.watch.time = MINUTE_START + 15
    statuses(session, 1)
    refusal = session.get("/Currencies")

    assert refusal.status_code == 429
    assert refusal.headers.get("Retry-After") == expected
    assert isinstance(refusal.json()["value"], str)


def test_the_wait_can_be_a_date() -> None:
    session = open_session(rate_per_minute=1, retry_after="date")
    session.watch.time = MINUTE_START + 15
    statuses(session, 1)
    moment = parsedate_to_datetime(session.get("/Currencies").headers["Retry-After"])

    assert moment.timestamp() == MINUTE_START + 60


def test_over_the_limit_lists_can_be_empty_instead() -> None:
    session = open_session(rate_per_minute=1, over_limit="empty")

    assert session.rows(top=1) != []
    assert session.rows(top=1) == []


def test_more_requests_than_allowed_at_a_time_are_refused_in_words() -> None:
    session = open_session(max_concurrency=2, latency_ms=30)

    async def crowd() -> list[str]:
        async with session.client() as client:
            answers = await asyncio.gather(*(client.get("/Currencies") for _ in range(4)))
        return sorted(answer.text for answer in answers if answer.status_code == 429)

    assert asyncio.run(crowd()) == ["Too many request concurrently, max is 2"] * 2
    assert session.simulator.report()["most_at_once"] == 3


def test_only_the_configured_key_is_let_in() -> None:
    session = open_session(key="secret")

    assert session.ask("GET", "/Self", key="secret").status_code == 200
    for key in (None, "other"):
        refusal = session.ask("GET", "/Self", key=key)
        assert refusal.status_code == 401
        assert "@odata.context" in refusal.json()


def test_any_key_is_let_in_when_none_is_configured_but_there_must_be_one() -> None:
    assert open_session().ask("GET", "/Self", key="any").status_code == 200
    assert open_session().ask("GET", "/Self", key=None).status_code == 401


def test_very_long_urls_are_refused() -> None:
    condition = " or ".join(f"Id eq {number}" for number in range(1000))

    assert open_session().get("/Products", filter=condition).status_code == 414
    assert open_session(max_url_bytes=0).get("/Products", filter=condition).status_code == 200


def test_very_large_answers_are_refused() -> None:
    assert open_session(max_answer_bytes=10_000).get("/Products").status_code == 413
    assert open_session(max_answer_bytes=0).get("/Products").status_code == 200


def test_the_statistics_prove_the_pace() -> None:
    session = open_session()
    for moment in (50.0, 59.0, 61.0, 70.0, 119.0, 121.0):
        session.watch.time = MINUTE_START + moment
        session.get("/Currencies")
    report = session.simulator.report()

    assert report["requests"] == 6
    assert report["most_in_60_seconds"] == 4
    assert report["most_in_a_minute"] == 3
    assert report["by_path"] == {"/Currencies": 6}
    assert report["by_status"] == {"200": 6}
