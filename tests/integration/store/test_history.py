from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from integration.store.mirror import NOON, Mirror, item, play
from ploomes_sync.domain.history import LogQuery
from ploomes_sync.domain.run import Plan, RunStatus, Strategy, SyncRequest
from ploomes_sync.errors import ErrorClass
from ploomes_sync.store import history, runs
from ploomes_sync.store.runs import Lease


async def ended(it: Mirror, at: float, **facts: Any) -> UUID:  # noqa: ANN401 - facts of the run
    """Make a run of the past: asked for `at` minutes after noon, with this strategy, status and so on."""
    segments = tuple(facts.get("segments", ()))
    strategy = Strategy(facts.get("strategy", "batch"))
    lease = Lease(uuid4(), "one", 60.0)
    async with it.db.transaction() as conn:
        await runs.create(conn, SyncRequest(segments=segments), lease)
        reason = str(facts.get("reason", "a test"))
        await runs.plan(conn, lease, Plan(strategy=strategy, reason=reason, segments=segments))
        await runs.append_event(conn, lease.run_id, "run.planned", {"word": facts.get("word", "")})
        await runs.finish(conn, lease, RunStatus(facts.get("status", "succeeded")), error=facts.get("error"))
        await conn.execute(
            "update ploomes_sync.runs set created_at = %s, errors = %s::jsonb where id = %s",
            (NOON + timedelta(minutes=at), msgspec.json.encode(facts.get("errors", {})).decode(), lease.run_id),
        )
    return lease.run_id


PAST: tuple[dict[str, Any], ...] = (
    {"at": 0, "strategy": "batch", "word": "Compressor 100%"},
    {"at": 1, "segments": ["rentals"], "status": "failed", "error": "Ploomes refused the KEY."},
    {"at": 2, "strategy": "incremental", "errors": {"rate_limit": 3}},
    {"at": 2, "strategy": "incremental", "status": "partial", "reason": "changed: 12 products"},
)
CASES = [
    (LogQuery(), [2, 3, 1, 0]),
    (LogQuery(since=NOON + timedelta(minutes=1)), [2, 3, 1]),
    (LogQuery(until=NOON + timedelta(minutes=1)), [0]),
    (LogQuery(strategy=Strategy.INCREMENTAL), [2, 3]),
    (LogQuery(status=RunStatus.FAILED), [1]),
    (LogQuery(category="rentals"), [1]),
    (LogQuery(category="atlas"), []),
    (LogQuery(error_class=ErrorClass.RATE_LIMIT), [2]),
    (LogQuery(text="key"), [1]),
    (LogQuery(text="compressor 100%"), [0]),
    (LogQuery(text="100_"), []),
    (LogQuery(text="12 PRODUCTS"), [3]),
    (LogQuery(text="\x00\ud800", category="\x00"), []),
]


def played(url: str, story: Callable[[Mirror, list[UUID]], Awaitable[None]]) -> None:
    async def with_a_past(it: Mirror) -> None:
        await story(it, [await ended(it, **facts) for facts in PAST])

    play(url, with_a_past)


def test_the_history_is_filtered_by_time_strategy_status_category_error_and_text(database_url: str) -> None:
    async def story(it: Mirror, ids: list[UUID]) -> None:
        for query, expected in CASES:
            found, following = await it.do(lambda conn, query=query: history.recent(conn, query))  # type: ignore[misc]  # a bound default
            assert {run.id for run in found} == {ids[number] for number in expected}, query
            assert [run.created_at for run in found] == sorted((run.created_at for run in found), reverse=True)
            assert following is None

    played(database_url, story)


def test_following_the_cursor_meets_every_run_once_even_while_new_ones_are_made(database_url: str) -> None:
    async def story(it: Mirror, ids: list[UUID]) -> None:
        met: list[UUID] = []
        after: str | None = None
        while after is not None or not met:
            query = LogQuery(limit=1, after=after)
            found, after = await it.do(lambda conn, query=query: history.recent(conn, query))  # type: ignore[misc]  # a bound default
            met += [run.id for run in found]
            await ended(it, at=60)

        assert sorted(met) == sorted(ids)

    played(database_url, story)


ODD = ["", "x", "[]", "[" * 5000, '["2026-01-01", 3]', f'["2026-01-01T00:00:00", "{UUID(int=1)}"]']


@pytest.mark.parametrize("after", ODD)
def test_a_cursor_of_another_making_is_refused(after: str) -> None:
    with pytest.raises(ValueError, match="next"):
        LogQuery(after=after)


def test_a_run_keeps_a_log(database_url: str) -> None:
    async def story(it: Mirror) -> None:
        run = await it.do(lambda conn: runs.create(conn, SyncRequest()))
        async with it.db.transaction() as conn:
            await runs.append_event(conn, run.id, "rows.fewer", {"before": 300})
            await runs.append_event(conn, run.id, "rows.more", {})
            await runs.append_event(conn, None, "elsewhere", {})
            told = await history.events(conn, run.id)
            rest = await history.events(conn, run.id, after=told[0].id)

        assert [(event.event, event.detail) for event in told] == [
            ("rows.fewer", {"before": 300}),
            ("rows.more", {}),
        ]
        assert rest == told[1:]

    play(database_url, story)


def test_what_a_held_deletion_would_remove_is_told_by_name(database_url: str) -> None:
    async def story(it: Mirror) -> None:
        await it.write(item(1), item(2, Code="X-2"), item(3))
        run = await it.do(lambda conn: runs.create(conn, SyncRequest()))
        await it.do(lambda conn: runs.suspect(conn, run.id, [2, 3, 99]))

        missing = await it.do(lambda conn: history.missing(conn, run.id))
        rest = await it.do(lambda conn: history.missing(conn, run.id, after=2))

        assert [(one.id, one.name, one.changed_at) for one in missing] == [
            (2, "Produto 2", NOON),
            (3, "Produto 3", NOON),
        ]
        assert missing[0].code == "X-2"
        assert rest == missing[1:]

    play(database_url, story)
