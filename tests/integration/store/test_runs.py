from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import msgspec
import pytest

from integration.store.mirror import NOON, Mirror, batch, item, mirror, play
from ploomes_sync.domain.run import Facts, Outcome, Part, Plan, Run, RunStatus, Strategy, SyncRequest
from ploomes_sync.errors import LeaseLostError
from ploomes_sync.store import products, runs
from ploomes_sync.store.db import Connection
from ploomes_sync.store.runs import Lease

REQUEST = SyncRequest(segments=("rentals",), context=("stock_alert",), allow_deletes=3)
LATE = NOON + timedelta(days=1)
SEGMENT = Plan(strategy=Strategy.BATCH, reason="a test", segments=("rentals",), complete=True, watermark=LATE)
WHOLE = Plan(strategy=Strategy.BATCH, reason="a test", complete=True, covering=True, watermark=NOON)
CHANGED = Plan(strategy=Strategy.INCREMENTAL, reason="a test", covering=True, watermark=NOON + timedelta(hours=1))


async def planned(conn: Connection, plan: Plan) -> Run | None:
    """Make a run, claim it and give it this plan; None when it has to wait for another covering run."""
    lease = Lease(uuid4(), "planner", 60.0)
    await runs.create(conn, REQUEST, lease)
    return await runs.plan(conn, lease, plan)


async def made(it: Mirror, plan: Plan = SEGMENT) -> UUID:
    """Make a planned run that nobody has worked on."""
    run = await it.do(lambda conn: planned(conn, plan))
    assert run is not None
    await it.rows(
        "update ploomes_sync.runs set status = 'queued', attempt = 0, lease_owner = null, lease_until = null, "
        "started_at = null where id = %(id)s returning 1",
        id=run.id,
    )
    return run.id


async def claimed(it: Mirror, run_id: UUID, owner: str = "one", seconds: float = 60.0) -> Run | None:
    return await it.do(lambda conn: runs.claim(conn, Lease(run_id, owner, seconds)))


async def finished(it: Mirror, plan: Plan, status: RunStatus) -> None:
    run_id = await made(it, plan)
    await claimed(it, run_id)
    await it.do(lambda conn: runs.finish(conn, Lease(run_id, "one", 60.0), status))


async def state(it: Mirror, run_id: UUID) -> tuple[RunStatus, str | None, int]:
    run = await it.do(lambda conn: runs.find(conn, run_id))
    assert run is not None
    return run.status, run.lease_owner, run.attempt


def test_a_run_is_stored_as_it_was_asked_for_and_planned_when_it_is_claimed(database_url: str) -> None:
    async def story(it: Mirror) -> None:
        run = await it.do(lambda conn: runs.create(conn, REQUEST))
        assert run == Run(id=run.id, request=REQUEST, status=RunStatus.QUEUED, created_at=run.created_at)
        assert await it.do(lambda conn: runs.find(conn, run.id)) == run
        assert await it.do(lambda conn: runs.find(conn, UUID(int=1))) is None

        claim = await claimed(it, run.id)
        plan = await it.do(lambda conn: runs.plan(conn, Lease(run.id, "one", 60.0), SEGMENT))

        assert claim is not None
        assert plan == msgspec.structs.replace(claim, plan=SEGMENT)
        assert await it.do(lambda conn: runs.find(conn, run.id)) == plan

    play(database_url, story)


def test_only_who_holds_a_run_may_plan_it(database_url: str) -> None:
    async def story(it: Mirror) -> None:
        run = await it.do(lambda conn: runs.create(conn, REQUEST))
        await claimed(it, run.id, "one", seconds=0.0)
        await claimed(it, run.id, "two")

        with pytest.raises(LeaseLostError):
            await it.do(lambda conn: runs.plan(conn, Lease(run.id, "one", 60.0), SEGMENT))

    play(database_url, story)


def test_a_run_that_is_made_with_a_lease_is_held_from_the_first_moment(database_url: str) -> None:
    async def story(it: Mirror) -> None:
        lease = Lease(uuid4(), "one", 60.0)

        run = await it.do(lambda conn: runs.create(conn, REQUEST, lease))

        assert (run.id, run.status, run.lease_owner, run.attempt) == (lease.run_id, RunStatus.RUNNING, "one", 1)
        assert await claimed(it, run.id, "two") is None

    play(database_url, story)


def test_one_process_holds_a_run_until_its_lease_is_over(database_url: str) -> None:
    async def story(it: Mirror) -> None:
        run_id = await made(it)

        first, second = await claimed(it, run_id, "one"), await claimed(it, run_id, "two")

        assert first is not None
        assert (first.status, first.lease_owner, first.attempt) == (RunStatus.RUNNING, "one", 1)
        assert first.started_at is not None
        assert first.lease_until is not None
        assert 59 < (first.lease_until - first.started_at).total_seconds() <= 60.1
        assert second is None
        assert await it.do(runs.resumable) is None

    play(database_url, story)


def test_of_many_that_claim_at_once_one_gets_the_run(database_url: str) -> None:
    async def story(it: Mirror) -> int:
        run_id = await made(it)
        answers = await asyncio.gather(*(claimed(it, run_id, str(number)) for number in range(8)))
        return sum(answer is not None for answer in answers)

    assert play(database_url, story) == 1


def test_a_run_whose_owner_died_is_taken_over_and_keeps_its_beginning(database_url: str) -> None:
    async def story(it: Mirror) -> None:
        run_id = await made(it)
        first = await claimed(it, run_id, "one", seconds=0.0)
        orphan = await it.do(runs.resumable)

        second = await claimed(it, run_id, "two")

        assert first is not None
        assert orphan is not None
        assert second is not None
        assert (orphan.id, second.lease_owner, second.attempt) == (run_id, "two", 2)
        assert second.started_at == first.started_at

    play(database_url, story)


def test_the_old_owner_can_write_nothing_for_a_run_that_was_taken_over(database_url: str) -> None:
    async def story(it: Mirror) -> None:
        run_id = await made(it)
        old = Lease(run_id, "one", 60.0)

        async def page(conn: Connection) -> None:
            await products.write_batch(conn, run_id, batch(item(1)))
            await runs.advance(conn, old, Outcome(inserted=1), {})

        await claimed(it, run_id, "one", seconds=0.0)
        await claimed(it, run_id, "two")

        with pytest.raises(LeaseLostError):
            await it.do(lambda conn: runs.renew(conn, old))
        with pytest.raises(LeaseLostError):
            await it.do(lambda conn: runs.finish(conn, old, RunStatus.SUCCEEDED))
        with pytest.raises(LeaseLostError):
            await it.do(page)
        await it.do(lambda conn: runs.release(conn, old, "given back"))

        assert await it.column("select name from public.products_enhanced") == []
        assert await state(it, run_id) == (RunStatus.RUNNING, "two", 2)

    play(database_url, story)


def test_renewing_keeps_a_run_and_giving_it_back_frees_it_at_once(database_url: str) -> None:
    async def story(it: Mirror) -> None:
        run_id = await made(it)
        lease = Lease(run_id, "one", 60.0)
        await claimed(it, run_id, "one", seconds=0.0)

        await it.do(lambda conn: runs.renew(conn, lease))
        kept = await claimed(it, run_id, "two")
        await it.do(lambda conn: runs.release(conn, lease, "Ploomes is away."))
        given_back = await it.do(lambda conn: runs.find(conn, run_id))
        taken = await claimed(it, run_id, "two")

        assert kept is None
        assert given_back is not None
        assert (given_back.status, given_back.error) == (RunStatus.QUEUED, "Ploomes is away.")
        assert taken is not None

    play(database_url, story)


def test_pages_add_up_and_the_end_is_final(database_url: str) -> None:
    async def story(it: Mirror) -> None:
        run_id = await made(it)
        lease = Lease(run_id, "one", 60.0)
        await claimed(it, run_id)
        for _ in range(2):
            delta = Outcome(requests=2, retries=1, pages=1, fetched=300, inserted=200, unchanged=99, rejected=1)
            await it.do(lambda conn, delta=delta: runs.advance(conn, lease, delta, {"network": 1}))  # type: ignore[misc]  # a bound default

        run = await it.do(lambda conn: runs.finish(conn, lease, RunStatus.PARTIAL, missing=4, error="why"))

        assert run.outcome == Outcome(
            requests=4,
            retries=2,
            pages=2,
            fetched=600,
            inserted=400,
            unchanged=198,
            rejected=2,
            errors={"network": 1},
        )
        assert (run.status, run.missing, run.error, run.lease_until) == (RunStatus.PARTIAL, 4, "why", None)
        assert run.finished_at is not None
        assert await claimed(it, run_id, "two") is None
        with pytest.raises(LeaseLostError):
            await it.do(lambda conn: runs.advance(conn, lease, Outcome(), {}))

    play(database_url, story)


def test_one_covering_run_is_open_at_a_time(database_url: str) -> None:
    async def story(it: Mirror) -> None:
        first = await made(it, WHOLE)

        second = await it.do(lambda conn: planned(conn, CHANGED))
        other = await it.do(runs.open_covering)
        await made(it, SEGMENT)
        await claimed(it, first)
        await it.do(lambda conn: runs.finish(conn, Lease(first, "one", 60.0), RunStatus.FAILED))
        third = await it.do(lambda conn: planned(conn, CHANGED))

        assert second is None
        assert other is not None
        assert other.id == first
        assert third is not None

    play(database_url, story)


@pytest.mark.parametrize("commits", [True, False])
def test_of_two_that_plan_a_covering_run_at_once_the_second_waits_for_the_first(
    database_url: str,
    commits: bool,  # noqa: FBT001 - a table of cases
) -> None:
    async def story() -> None:
        async with mirror(database_url) as one, mirror(database_url) as two:
            async with one.db.transaction() as conn, conn.transaction(force_rollback=not commits):
                assert await planned(conn, WHOLE) is not None
                other = asyncio.create_task(two.do(lambda conn: planned(conn, WHOLE)))
                done, _ = await asyncio.wait([other], timeout=0.3)
                assert not done, "it did not wait"

            assert (await other is None) is commits
            assert await two.column("select count(*) from ploomes_sync.runs where covering") == [1]

    asyncio.run(story())


def test_only_a_covering_run_that_succeeded_moves_the_watermark(database_url: str) -> None:
    async def story(it: Mirror) -> None:
        await it.write(item(1), item(2))
        assert await it.do(runs.facts) == Facts(stored=2)

        await finished(it, WHOLE, RunStatus.FAILED)
        await finished(it, SEGMENT, RunStatus.SUCCEEDED)
        assert await it.do(runs.facts) == Facts(stored=2)

        await finished(it, WHOLE, RunStatus.PARTIAL)
        whole = await it.do(runs.facts)
        await finished(it, CHANGED, RunStatus.SUCCEEDED)
        both = await it.do(runs.facts)

        assert whole == Facts(
            watermark=WHOLE.watermark, covered_at=whole.covered_at, complete_at=whole.covered_at, stored=2
        )
        assert whole.covered_at is not None
        assert both.covered_at is not None
        assert both == msgspec.structs.replace(whole, watermark=CHANGED.watermark, covered_at=both.covered_at)
        assert both.covered_at > whole.covered_at

    play(database_url, story)


def test_a_run_that_waits_for_a_person_goes_on_when_allowed(database_url: str) -> None:
    async def story(it: Mirror) -> None:
        run_id = await made(it)
        assert await it.do(lambda conn: runs.reopen(conn, run_id, 50)) is None
        await claimed(it, run_id)
        lease = Lease(run_id, "one", 60.0)
        await it.do(lambda conn: runs.finish(conn, lease, RunStatus.NEEDS_CONFIRMATION, missing=50))

        run = await it.do(lambda conn: runs.reopen(conn, run_id, 50))

        assert run is not None
        assert (run.status, run.request.allow_deletes, run.finished_at) == (RunStatus.QUEUED, 50, None)
        assert run.request.segments == REQUEST.segments
        assert await claimed(it, run_id, "two") is not None

    play(database_url, story)


def test_cursors_and_suspects_are_kept_with_the_run(database_url: str) -> None:
    parts = [Part(number=0, after=5, upto=9, remaining=3), Part(number=1, after=9, done=True)]

    async def story(it: Mirror) -> None:
        run_id = await made(it)
        async with it.db.transaction() as conn:
            for part in [Part(number=0), *reversed(parts)]:
                await runs.save_part(conn, run_id, part)
            await runs.suspect(conn, run_id, [3, 1, 2])
            await runs.suspect(conn, run_id, [2, 4])
            await runs.suspect(conn, run_id, [])
            assert await runs.parts(conn, run_id) == parts
            assert await runs.suspects(conn, run_id, 3) == [1, 2, 3]
            await runs.clear_suspects(conn, run_id, [1, 3])
            assert (await runs.suspects(conn, run_id, 9), await runs.count_suspects(conn, run_id)) == ([2, 4], 2)
            assert await runs.suspects(conn, UUID(int=1), 9) == []

    play(database_url, story)


def test_a_run_that_keeps_failing_rests_longer_each_time_and_lets_others_go_first(database_url: str) -> None:
    async def story(it: Mirror) -> None:
        failing, other = await made(it), await made(it)
        rests = []
        for _ in range(3):
            await claimed(it, failing)
            await it.do(lambda conn: runs.release(conn, Lease(failing, "one", 60.0), "Ploomes is away."))
            rests += await it.column(
                "select extract(epoch from resume_after - clock_timestamp())::float from ploomes_sync.runs "
                "where id = %(id)s",
                id=failing,
            )
        assert await it.do(runs.resumable) is None
        await it.rows("update ploomes_sync.runs set resume_after = now() - interval '1 s' returning 1")
        await claimed(it, other, seconds=0.0)

        first = await it.do(runs.resumable)
        await claimed(it, failing)
        await it.do(lambda conn: runs.advance(conn, Lease(failing, "one", 60.0), Outcome(pages=1), {}))
        after = await it.do(lambda conn: runs.find(conn, failing))

        assert [round(seconds) for seconds in rests] == [5, 10, 20]
        assert first is not None
        assert first.id == other
        assert after is not None
        assert after.failures == 0, "a page that gets through starts afresh"

    play(database_url, story)


def test_nobody_resumes_a_run_that_nobody_has_begun(database_url: str) -> None:
    """Its job is in the queue; whoever came by would only do the worker's work."""

    async def story(it: Mirror) -> None:
        await made(it)
        assert await it.do(runs.resumable) is None

    play(database_url, story)


def test_a_cancelled_run_is_out_of_its_owners_hands(database_url: str) -> None:
    async def story(it: Mirror) -> None:
        run_id = await made(it, WHOLE)
        await claimed(it, run_id)

        run = await it.do(lambda conn: runs.cancel(conn, run_id))

        assert run is not None
        assert (run.status, run.lease_until) == (RunStatus.CANCELLED, None)
        assert run.finished_at is not None
        with pytest.raises(LeaseLostError):
            await it.do(lambda conn: runs.advance(conn, Lease(run_id, "one", 60.0), Outcome(), {}))
        assert await it.do(lambda conn: runs.cancel(conn, run_id)) is None
        assert (await it.do(runs.facts)).watermark is None
        assert await it.do(lambda conn: planned(conn, WHOLE)) is not None, "another may begin"

    play(database_url, story)
