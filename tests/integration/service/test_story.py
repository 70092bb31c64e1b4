from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from integration.service.opened import opened
from ploomes_sync import PloomesSync
from ploomes_sync.domain.changes import ChangeKind
from ploomes_sync.domain.history import LogQuery
from ploomes_sync.domain.quality import Check
from ploomes_sync.domain.run import RunStatus, Strategy, SyncRequest
from ploomes_sync.errors import SettingsError, UnknownRunError
from ploomes_sync.store import metrics
from ploomes_sync.store.metrics import Sample
from served import until

BATCH = SyncRequest(strategy=Strategy.BATCH)


async def spoil(app: PloomesSync, product_ids: list[int]) -> None:
    """Park a record behind each of these products, as a run that cannot read them would."""
    async with app.db.transaction() as conn:
        await conn.execute(
            "insert into ploomes_sync.quarantine (payload_hash, ploomes_id, reason, detail, payload) "
            "select sha256(id::text::bytea), nullif(id, 0), "
            "case id %% 2 when 0 then 'no_name' else 'bad_date' end, "
            "'x', '{}' from unnest(%s::bigint[]) as t (id)",
            [product_ids],
        )


def test_a_run_tells_why_it_read_so_what_it_changed_and_what_it_refused(database_url: str) -> None:
    async def scenario() -> None:
        async with opened(database_url) as (app, source):
            first = await app.sync(SyncRequest())
            ids = list(source.world.products.ids)
            source.edit_product(ids[0], {"UnitPrice": 7.5})
            source.edit_product(ids[1], {"UnitPrice": 8.5, "Code": "NEW-1"})
            source.delete_product(ids[2])
            created = source.create_product({"Name": "Bomba nova", "Code": "NEW-2"})
            source.put_raw(ids[3], b'{"Id": %d, "Name": null}' % ids[3])

            run = await app.sync(BATCH)
            detail = await app.run_detail(run.id)

            assert (detail.run.run_id, detail.run.reason) == (run.id, "batch was asked for")
            assert detail.kinds == {ChangeKind.CHANGED: 2, ChangeKind.CREATED: 1, ChangeKind.REMOVED: 1}
            assert {"base_price": 2, "code": 1}.items() <= detail.columns.items()
            assert [(group.reason, group.records, group.retryable) for group in detail.rejected] == [
                ("no_name", 1, 1)
            ]
            told = {change.ploomes_id: change.kind for change in (await app.changes(run_id=run.id)).items}
            assert set(told) == {ids[0], ids[1], ids[2], int(created.id)}
            (parked,) = (await app.quarantined(run_id=run.id)).items
            record = await app.quarantined_record(parked.id)
            assert record is not None
            assert (parked.ploomes_id, record.payload) == (ids[3], f'{{"Id": {ids[3]}, "Name": null}}')
            before = await app.run_detail(first.id)
            assert (before.kinds, before.columns, before.rejected) == ({}, {}, ())
            with pytest.raises(UnknownRunError):
                await app.run_detail(uuid4())

    asyncio.run(scenario())


def test_a_first_load_and_a_sync_of_nothing_new_leave_no_history(database_url: str) -> None:
    async def scenario() -> None:
        async with opened(database_url) as (app, source):
            for _ in range(2):
                assert (await app.sync(BATCH)).status is RunStatus.SUCCEEDED

            assert (await app.changes()).items == []
            key = str(source.world.products.ids[0])
            page = await app.history(key)
            assert page is not None
            assert (page.items, page.next, page.more) == ([], None, False)
            assert await app.history("no such code") is None

    asyncio.run(scenario())


PLANS = [
    SyncRequest(),
    SyncRequest(strategy=Strategy.INCREMENTAL),
    SyncRequest(strategy=Strategy.BATCH, segments=("rentals",)),
]


def test_a_plan_is_told_before_anything_is_read_and_costs_about_what_it_says(database_url: str) -> None:
    async def scenario() -> None:
        async with opened(database_url, products=1200) as (app, source):
            for request in PLANS:
                runs = len((await app.logs(LogQuery())).items)
                source.reset_stats()
                plan = await app.plan(request)
                log: object = source.report(with_log=True)["log"]
                assert len((await app.logs(LogQuery())).items) == runs, "no run is made"
                assert isinstance(log, list)
                assert len(log) <= 1, "at most a count is asked for"

                run = await app.sync(request)

                assert run.plan is not None
                assert (plan.strategy, plan.reason) == (run.plan.strategy, run.plan.reason)
                assert (plan.products, plan.complete) == (run.plan.expected, run.plan.complete)
                assert abs(plan.requests - run.outcome.requests) <= 0.25 * run.outcome.requests + 2, request
            ids = tuple(source.world.products.ids[:3])
            named = await app.plan(SyncRequest(ids=ids))
            assert (named.strategy, named.products, named.requests) == (Strategy.REAL_TIME, 3, 1)
            with pytest.raises(SettingsError):
                await app.plan(SyncRequest(segments=("tyres",)))

    asyncio.run(scenario())


def test_a_plan_says_how_long_its_requests_take_at_the_pace_of_the_budget(database_url: str) -> None:
    async def scenario() -> None:
        async with opened(database_url, settings={"API_RATE_LIMIT_PER_MINUTE": 60}) as (app, _):
            plan = await app.plan(BATCH)

            assert plan.requests == 1 + 6 + 6
            assert 0.2 < plan.minutes < 0.5

    asyncio.run(scenario())


def test_a_held_deletion_names_the_products_and_when_ploomes_was_last_seen_to_have_them(database_url: str) -> None:
    async def scenario() -> None:
        async with opened(database_url) as (app, source):
            await app.sync(SyncRequest())
            walked = await app.sync(BATCH)
            source.change_settings({"visible_products": 3})
            held = await app.sync(BATCH)

            first = await app.missing(held.id, limit=200)
            rest = await app.missing(held.id, after=first[-1].id, limit=200)

            assert [one.id for one in (*first, *rest)] == list(source.world.products.ids)[3:]
            assert {one.last_seen_at for one in (*first, *rest)} == {walked.started_at}
            assert all(one.name for one in first)

    asyncio.run(scenario())


def test_quarantine_is_grouped_by_reason_and_a_group_is_retried(database_url: str) -> None:
    async def scenario() -> None:
        async with opened(database_url) as (app, source):
            await app.sync(SyncRequest())
            ids = list(source.world.products.ids)
            odd, even = [i for i in ids if i % 2][:3], [i for i in ids if i % 2 == 0][:2]
            await spoil(app, [*odd, *even, 0])

            groups = await app.quarantine_groups()
            page = await app.quarantined(reason="no_name")
            submission = await app.retry_quarantine(reason="bad_date")

            assert [(g.reason, g.records, g.retryable) for g in groups] == [("bad_date", 3, 3), ("no_name", 3, 2)]
            assert ([record.reason for record in page.items], page.total) == (["no_name"] * 3, 3)
            assert submission is not None
            assert submission.run.request.ids == tuple(odd)
            assert await app.retry_quarantine(reason="too_deep") is None
            assert await app.quarantined_record(0) is None

    asyncio.run(scenario())


def test_totals_are_held_against_those_of_a_day_ago_and_of_no_other_day(database_url: str) -> None:
    async def scenario() -> None:
        async with opened(database_url) as (app, _):
            await app.sync(SyncRequest())
            now = datetime.now(UTC)
            await measured(app, now - timedelta(days=4), 1)
            assert (await app.totals()).change is None

            await measured(app, now - timedelta(hours=25), 290)
            # What was read a moment ago is told for a second.
            await until(lambda: changed(app))
            totals = await app.totals()

            assert (totals.products, totals.change) == (300, 10)
            assert totals.change_by_segment == {"rentals": totals.segments["rentals"] - 2}

    asyncio.run(scenario())


async def changed(app: PloomesSync) -> bool:
    return (await app.totals()).change is not None


async def measured(app: PloomesSync, at: datetime, products: int) -> None:
    async with app.db.transaction() as conn:
        await metrics.write(conn, "test", [Sample(at, {"products": products, "products.rentals": 2})])


def test_all_products_with_a_fault_are_told_however_many_there_are(database_url: str) -> None:
    async def scenario() -> None:
        async with opened(database_url, products=2500) as (app, _):
            await app.sync(SyncRequest())
            async with app.db.transaction() as conn:
                await conn.execute("update public.products_enhanced set base_price = 0, active = true")

            told = [item.ploomes_product_id async for item in app.quality_rows(Check.PRICE_ZERO)]

            assert (len(told), len(set(told))) == (2500, 2500)
            (check,) = [check for check in await app.quality() if check.key is Check.PRICE_ZERO]
            assert (check.count, check.share) == (2500, 1.0)

    asyncio.run(scenario())
