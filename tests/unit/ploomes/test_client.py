from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import TypeVar

import httpx2
import pytest
import structlog.testing

from ploomes_sync.domain.page import Page
from ploomes_sync.domain.run import Lane
from ploomes_sync.errors import (
    CircuitOpenError,
    CredentialsError,
    ForbiddenError,
    RateLimitedError,
    RequestError,
    SettingsError,
    SourceDownError,
    SourceGarbledError,
    SourceTimeoutError,
    StoreDownError,
    SyncError,
)
from ploomes_sync.ploomes.client import Changes, PloomesClient, RetryPolicy, open_http
from ploomes_sync.ploomes.meter import Counted
from ploomes_sync.ploomes.odata import ProductQuery
from ploomes_sync.resilience.breaker import Breaker, BreakerState
from ploomes_sync.resilience.pace import Turn
from unit.ploomes.server import KEY, NOON, Answer, Script, page, refusal

LANE = Lane.INCREMENTAL
T = TypeVar("T")


def asked(script: Script, work: Callable[[PloomesClient], Coroutine[None, None, T]]) -> T:
    """Let a client do its work against the script."""

    async def scenario() -> T:
        async with script.client() as client:
            return await work(client)

    return asyncio.run(scenario())


async def first_page(client: PloomesClient) -> Page:
    return await client.products(ProductQuery(), LANE)


def failure_of(script: Script) -> SyncError:
    with pytest.raises(SyncError) as failed:
        asked(script, first_page)
    return failed.value


@pytest.fixture
def sleeps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Record every wait and spend no time on it."""
    waits: list[float] = []
    really = asyncio.sleep

    async def sleep(delay: float, result: None = None) -> None:
        if delay > 0:
            waits.append(delay)
        await really(0, result)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return waits


def test_a_page_is_what_came_and_when_its_request_began() -> None:
    found = asked(Script([page(1, 2, count=9)]), first_page)

    records = (b'{"Id":1,"Name":"Produto 1"}', b'{"Id":2,"Name":"Produto 2"}')
    assert found == Page(records=records, requested_at=NOON, count=9)


def test_the_key_travels_in_its_header_and_each_request_takes_a_turn_of_its_lane() -> None:
    script = Script([refusal(503), page(1, count=1)])

    asked(script, first_page)

    assert [request.headers["User-Key"] for request in script.requests] == [KEY, KEY]
    assert script.lanes == [LANE, LANE]


HEALING: list[tuple[Answer, type[SyncError]]] = [
    (refusal(500), SourceDownError),
    (refusal(429), RateLimitedError),
    (refusal(200, "<html>busy</html>"), SourceGarbledError),
    (page(3, 2), SourceGarbledError),
    (page(count=4), SourceGarbledError),
    (httpx2.ConnectError("no route"), SourceDownError),
    (httpx2.ReadTimeout("slow"), SourceTimeoutError),
    (httpx2.RemoteProtocolError("reset"), SourceDownError),
    (httpx2.DecodingError("not gzip"), SourceDownError),
]


@pytest.mark.parametrize(("answer", "kind"), HEALING)
def test_what_can_heal_is_asked_again_three_times(answer: Answer, kind: type[SyncError]) -> None:
    healed, ill = Script([answer, answer, answer, page(1, count=1)]), Script([answer])

    assert (len(asked(healed, first_page).records), len(healed.requests)) == (1, 4)
    assert (type(failure_of(ill)), len(ill.requests)) == (kind, 4)


FINAL: list[tuple[Answer, type[SyncError], int]] = [
    (refusal(401), CredentialsError, 1),
    (refusal(400, "no"), RequestError, 2),
    (refusal(403), ForbiddenError, 2),
    (refusal(404), RequestError, 2),
    (refusal(413), RequestError, 1),
    (refusal(302, Location="https://evil.example"), RequestError, 2),
]


@pytest.mark.parametrize(("answer", "kind", "requests"), FINAL)
def test_what_cannot_heal_is_not_asked_again(answer: Answer, kind: type[SyncError], requests: int) -> None:
    script = Script([answer])

    assert (type(failure_of(script)), len(script.requests)) == (kind, requests)


def test_waits_double_up_to_the_longest(sleeps: list[float]) -> None:
    script = Script([refusal(500)], policy=RetryPolicy(retries=5, first_wait=1, longest_wait=8))

    failure_of(script)

    assert len(sleeps) == 5
    bounds = [(1, 1.5), (2, 2.5), (4, 4.5), (8, 8.5), (8, 8.5)]
    assert [low <= wait <= high for wait, (low, high) in zip(sleeps, bounds, strict=True)] == [True] * 5, sleeps


@pytest.mark.parametrize("status", [429, 503])
def test_the_delay_that_ploomes_asks_for_is_obeyed(status: int, sleeps: list[float]) -> None:
    script = Script([refusal(status, Retry_After="17"), page(1, count=1)])

    asked(script, first_page)

    assert sleeps == [17.0]


def test_a_delay_of_zero_means_at_once_and_not_never(sleeps: list[float]) -> None:
    script = Script([refusal(429, Retry_After="0"), page(1, count=1)])

    found = asked(script, first_page)

    assert (len(found.records), sleeps) == (1, [])


@pytest.mark.parametrize(("headers", "pauses"), [({}, [2.0]), ({"Retry_After": "17"}, [17.0])])
def test_a_429_slows_every_process_down(headers: dict[str, str], pauses: list[float], sleeps: list[float]) -> None:
    script = Script([refusal(429, **headers), page(1, count=1)], policy=RetryPolicy())

    asked(script, first_page)

    assert script.pauses == pauses
    assert sleeps


def test_a_budget_that_is_away_is_left_to_the_run_and_harms_no_breaker() -> None:
    script = Script([page(1)], breaker=Breaker(threshold=1))

    async def take(_: Lane) -> Turn:
        raise StoreDownError("PostgreSQL is away")

    script.take = take  # type: ignore[method-assign,assignment]  # a budget that fails
    failed = failure_of(script)

    assert (type(failed), script.requests, script.breaker.state(0)) == (StoreDownError, [], BreakerState.CLOSED)


def test_a_source_that_fails_too_often_is_left_alone(sleeps: list[float]) -> None:
    script = Script([refusal(500)], breaker=Breaker(threshold=3, cooldown=1e6))

    failed = failure_of(script)

    assert (type(failed), len(script.requests), script.trips) == (CircuitOpenError, 3, [1e6])
    assert sleeps


def test_every_process_hears_when_the_source_answers_again(sleeps: list[float]) -> None:
    breaker = Breaker(threshold=1, cooldown=0.0)
    script = Script([refusal(500), page(1, count=1)], breaker=breaker)

    asked(script, first_page)

    assert (script.trips, script.mended, breaker.state(0)) == ([0.0], 1, BreakerState.CLOSED)
    assert sleeps


def test_answers_that_only_refuse_keep_the_circuit_closed(sleeps: list[float]) -> None:
    script = Script([refusal(429), refusal(429), refusal(403), page(1, count=1)], breaker=Breaker(threshold=1))

    assert len(asked(script, first_page).records) == 1
    assert sleeps


def test_a_probe_that_was_cancelled_leaves_its_place_to_another() -> None:
    breaker = Breaker(threshold=1, cooldown=0.0)
    breaker.failed(0.0)
    script = Script([page(1, count=1)], breaker=breaker)

    async def scenario() -> Page:
        async with script.client() as client:
            probe = asyncio.create_task(first_page(client))
            await script.asked.wait()
            probe.cancel()
            await asyncio.gather(probe, return_exceptions=True)
            return await asyncio.wait_for(first_page(client), 0.5)

    assert len(asyncio.run(scenario()).records) == 1


@pytest.mark.parametrize("concurrency", [1, 3, 6])
def test_no_more_requests_are_in_flight_than_the_gate_lets_through(concurrency: int) -> None:
    script = Script([page(1, count=1)], concurrency=concurrency)

    async def many(client: PloomesClient) -> None:
        await asyncio.gather(*(first_page(client) for _ in range(20)))

    asked(script, many)

    assert (len(script.requests), script.most_in_flight) == (20, concurrency)


def test_the_meter_counts_requests_retries_and_errors_by_class() -> None:
    script = Script([refusal(500), refusal(429), page(1, count=1), refusal(401)])

    async def twice(client: PloomesClient) -> tuple[int, int, dict[str, int]]:
        await first_page(client)
        with pytest.raises(CredentialsError):
            await first_page(client)
        return client.meter.requests, client.meter.retries, client.meter.errors()

    assert asked(script, twice) == (4, 2, {"network": 1, "rate_limit": 1, "authentication": 1})


def test_what_was_recorded_is_not_recorded_again() -> None:
    async def twice(client: PloomesClient) -> list[Counted]:
        seen = []
        for _ in range(2):
            await first_page(client)
            seen.append(client.meter.unsettled())
            client.meter.settle(seen[-1])
        return [*seen, client.meter.unsettled()]

    script = Script([refusal(500), page(1, count=1)])

    assert asked(script, twice) == [
        Counted(2, 1, {("network", "/Products"): 1}),
        Counted(1, 0, {}),
        Counted(0, 0, {}),
    ]


def test_a_forbidden_query_is_named_in_full() -> None:
    script = Script([refusal(403, '{"value":"Your request has been forbidden"}')])

    told = str(failure_of(script))

    assert "/Products?$filter=Id%20gt%200&$orderby=Id" in told
    assert "Your request has been forbidden" in told


def test_optional_expansions_are_left_out_once_ploomes_refuses_them() -> None:
    def without_parts(request: httpx2.Request) -> httpx2.Response:
        return refusal(400, "Parts?") if b"Parts" in request.url.query else page(1, count=1)

    script = Script([without_parts])

    async def twice(client: PloomesClient) -> None:
        await first_page(client)
        await first_page(client)

    asked(script, twice)

    expansions = [target.partition("$expand=")[2].partition("&")[0] for target in script.targets()]
    assert expansions == ["OtherProperties,Lists,Parts", "OtherProperties", "OtherProperties"]


def test_expansions_stay_when_something_else_was_refused() -> None:
    script = Script([refusal(400, "filter?"), refusal(400, "filter?"), page(1, count=1)])

    async def twice(client: PloomesClient) -> None:
        with pytest.raises(RequestError):
            await first_page(client)
        await first_page(client)

    asked(script, twice)

    assert "$expand=OtherProperties,Lists,Parts&" in script.targets()[-1]


def test_a_table_is_read_to_its_end_by_key() -> None:
    script = Script([page(1, 2, count=5), page(3, 4, count=3), page(5, count=1)])

    rows = asked(script, lambda client: client.table("/Products@Groups", [("$filter", "A or B")], LANE))

    assert len(rows) == 5
    assert [target.partition("&")[0] for target in script.targets()] == [
        "/Products@Groups?$filter=(A or B) and (Id gt 0)",
        "/Products@Groups?$filter=(A or B) and (Id gt 2)",
        "/Products@Groups?$filter=(A or B) and (Id gt 4)",
    ]


def test_a_table_that_never_moves_on_is_no_endless_loop() -> None:
    with pytest.raises(SourceGarbledError, match="twice"):
        asked(Script([page(1, 2, count=5)]), lambda client: client.table("/Users", [], LANE))


def dated(*dates: str | None) -> httpx2.Response:
    return httpx2.Response(
        200, json={"@odata.count": 40, "value": [{"Id": 1, "LastUpdateDate": d} for d in dates]}
    )


HIGH_WATERS = [
    (dated("2026-01-31T08:00:00-03:00"), Changes(40, NOON - timedelta(hours=1))),
    (dated(None), Changes(40, None)),
    (dated("2099-01-01T00:00:00Z", "2026-01-31T11:00:00Z"), Changes(40, NOON - timedelta(hours=1))),
    (dated("2099-01-01T00:00:00Z"), Changes(40, NOON)),
    (dated("soon", "2026-01-31T11:00:00Z"), Changes(40, NOON - timedelta(hours=1))),
    (page(count=0), Changes(0, None)),
]


@pytest.mark.parametrize(("answer", "changes"), HIGH_WATERS)
def test_the_newest_date_counts_unless_it_cannot_be_true(answer: httpx2.Response, changes: Changes) -> None:
    assert asked(Script([answer]), lambda client: client.changes(None, LANE)) == changes


FAILURES: list[Answer] = [
    refusal(401, f"bad key {'x' * 5}"),
    refusal(403),
    refusal(429),
    refusal(500),
    refusal(200, "<html>"),
    httpx2.ConnectError("refused"),
    httpx2.ReadTimeout("slow"),
]


@pytest.mark.parametrize("answer", FAILURES)
def test_the_key_is_in_no_error_and_in_no_log(answer: Answer) -> None:
    with structlog.testing.capture_logs() as logs:
        failed = failure_of(Script([answer]))

    told = "".join(traceback.format_exception(failed)) + repr(failed) + repr(failed.__cause__) + repr(logs)
    assert KEY not in told


def test_the_key_is_not_in_the_text_of_what_holds_it() -> None:
    async def texts(client: PloomesClient) -> str:
        return f"{client!r} {client._http!r} {client.meter!r}"

    assert KEY not in asked(Script([page()]), texts)


@pytest.mark.parametrize("key", ["kéy", "key\n", "key\r\nHost: evil"])
def test_a_key_that_no_header_can_carry_is_a_matter_of_settings(key: str) -> None:
    async def scenario() -> None:
        async with open_http(
            "https://ploomes.example", key, transport=httpx2.MockTransport(lambda _: page())
        ) as http:
            await http.get("/")

    with pytest.raises(SettingsError) as failed:
        asyncio.run(scenario())

    assert key not in str(failed.value)
