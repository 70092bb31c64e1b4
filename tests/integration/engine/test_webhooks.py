from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from harness import World
from listening import URL, arrived, listening, waiting
from ploomes_simulator.faults import Fault
from ploomes_sync.domain.webhook import Ignored, Malformed
from ploomes_sync.engine import registration
from ploomes_sync.engine.parts import Parts
from ploomes_sync.engine.webhooks import drain, receive
from ploomes_sync.errors import CredentialsError
from ploomes_sync.store import webhooks as store


def told(product_id: int, change: str = "updated") -> bytes:
    return json.dumps({"EntityType": "Product", "EntityId": product_id, "ChangeType": change}).encode()


async def fetches(it: World) -> int:
    return len(it.product_requests())


@pytest.mark.once
def test_a_storm_of_events_costs_one_request_for_ten_products(database_url: str) -> None:
    async def scenario() -> None:
        rates = {"webhook_duplicate_rate": 0.2, "webhook_reorder_rate": 0.2}
        async with listening(database_url, window=0.5, **rates) as it:
            await registration.register(it.parts, URL)
            it.simulator.reset_stats()
            ids = it.ids()[:300]
            for number in range(2000):
                it.simulator.edit_product(ids[number % 300], {"UnitPrice": number})
            await arrived(it)
            assert len(await waiting(it)) == 300
            await asyncio.sleep(0.5)

            assert await drain(it.parts) == 300

            assert await it.value("select count(*) from ploomes_sync.webhook_events") > 2000
            assert await fetches(it) == 30
            assert (
                await it.value("select count(*) from ploomes_sync.runs where request ->> 'origin' = 'webhook'")
                == 30
            )
            assert await waiting(it) == []
            await it.assert_equal()

    asyncio.run(scenario())


def test_two_workers_keep_up_with_changes_that_go_on(database_url: str) -> None:
    async def scenario() -> None:
        rates = {"webhook_duplicate_rate": 0.3, "webhook_reorder_rate": 0.1, "latency_ms": 5}
        async with listening(database_url, window=0.05, **rates) as it:
            await registration.register(it.parts, URL)
            over = asyncio.Event()

            async def work(parts: Parts) -> None:
                while not over.is_set():
                    await drain(parts)
                    await asyncio.sleep(0.01)

            workers = [asyncio.create_task(work(replace(it.parts, owner=f"worker {n}"))) for n in (1, 2)]
            for _ in range(25):
                it.simulator.apply_churn(create=1, edit=6, delete=1)
                await asyncio.sleep(0.02)
            await arrived(it)
            async with asyncio.timeout(60):
                while await waiting(it):  # noqa: ASYNC110 - a test may poll
                    await asyncio.sleep(0.05)
            over.set()
            await asyncio.gather(*workers)

            await it.assert_equal()
            assert await it.value("select count(*) from public.products_enhanced where deleted_at is not null") > 0

    asyncio.run(scenario())


def test_an_event_that_comes_alone_is_due_at_once_and_a_burst_after_it_costs_one_request(
    database_url: str,
) -> None:
    async def scenario() -> None:
        async with listening(database_url) as it:
            product = it.ids()[0]
            first = await receive(it.db, told(product), window=0.4)
            assert await drain(it.parts) == 1

            receipts = [await receive(it.db, told(product), window=0.4) for _ in range(5)]
            assert await drain(it.parts) == 0
            await asyncio.sleep(0.4)
            assert await drain(it.parts) == 1

            assert [receipt.coalesced for receipt in (first, *receipts)] == [False, False, True, True, True, True]
            assert await fetches(it) == 2

    asyncio.run(scenario())


def test_an_event_that_comes_while_its_product_is_fetched_leads_to_another_fetch(database_url: str) -> None:
    async def scenario() -> None:
        async with listening(database_url, slow_seconds=0.5) as it:
            product = it.ids()[0]
            await receive(it.db, told(product), window=0.0)
            it.simulator.script_fault(Fault.SLOW, path="/Products")
            worker = asyncio.create_task(drain(it.parts))
            async with asyncio.timeout(60):
                while not await fetches(it):  # noqa: ASYNC110 - a test may poll
                    await asyncio.sleep(0.01)
            # The answer is written by now and on its way.
            it.simulator.edit_product(product, {"UnitPrice": 4321})
            await receive(it.db, told(product), window=0.0)
            await worker

            assert await fetches(it) == 2
            assert await waiting(it) == []
            await it.assert_equal()

    asyncio.run(scenario())


def test_what_a_killed_worker_held_is_done_by_the_next_when_the_claim_has_run_out(database_url: str) -> None:
    async def scenario() -> None:
        async with listening(database_url) as it:
            product = it.ids()[0]
            it.simulator.edit_product(product, {"UnitPrice": 4321})
            await receive(it.db, told(product), window=0.0)
            async with it.db.transaction() as conn:
                dead = await store.claim(conn, 10, 0.3)

            assert dead.product_ids == (product,)
            assert await drain(it.parts) == 0
            await asyncio.sleep(0.3)
            assert await drain(it.parts) == 1
            await it.assert_equal()

            # Should it have been asleep and not dead, it takes away nothing that came since.
            await receive(it.db, told(product), window=0.0)
            async with it.db.transaction() as conn:
                assert await store.settle(conn, dead) == 0
            assert await waiting(it) == [product]

    asyncio.run(scenario())


def test_a_claim_is_kept_as_long_as_the_fetch_lasts(database_url: str) -> None:
    async def scenario() -> None:
        async with listening(database_url, slow_seconds=1.2) as it:
            parts = replace(it.parts, limits=replace(it.parts.limits, lease_seconds=0.5))
            await receive(it.db, told(it.ids()[0]), window=0.0)
            it.simulator.script_fault(Fault.SLOW, path="/Products")
            worker = asyncio.create_task(drain(parts))
            await asyncio.sleep(0.8)

            assert await drain(it.parts) == 0
            assert await worker == 1
            assert await fetches(it) == 1

    asyncio.run(scenario())


def test_workers_take_disjoint_products(database_url: str) -> None:
    async def scenario() -> None:
        async with listening(database_url) as it:
            for product in range(1, 26):
                await receive(it.db, told(product), window=0.0)

            async def take() -> tuple[int, ...]:
                async with it.db.transaction() as conn:
                    return (await store.claim(conn, 10, 60)).product_ids

            taken = await asyncio.gather(take(), take(), take())

            assert sorted(product for some in taken for product in some) == list(range(1, 26))

    asyncio.run(scenario())


def test_a_deletion_is_believed_only_when_ploomes_confirms_it(database_url: str) -> None:
    async def scenario() -> None:
        async with listening(database_url) as it:
            await registration.register(it.parts, URL)
            gone, alive = it.ids()[:2]
            it.simulator.delete_product(gone)
            await arrived(it)
            await receive(it.db, told(alive, "deleted"), window=0.0)
            await drain(it.parts)

            rows = await it.rows(
                "select ploomes_product_id::bigint as id, deleted_at is not null as deleted "
                "from public.products_enhanced where ploomes_product_id::bigint = any(%(ids)s) order by 1",
                ids=[gone, alive],
            )
            assert rows == [{"id": gone, "deleted": True}, {"id": alive, "deleted": False}]
            await it.assert_equal()

    asyncio.run(scenario())


def test_what_is_no_product_event_is_noted_and_asks_for_nothing(database_url: str) -> None:
    async def scenario() -> None:
        async with listening(database_url) as it:
            deal = await receive(it.db, b'{"Entity":"Deals","Action":"Win","New":{"Id":5}}')
            junk = await receive(it.db, b"\x00\xff")

            assert (deal.verdict, junk.verdict) == ("ignored", "malformed")
            assert isinstance(deal.message, Ignored)
            assert isinstance(junk.message, Malformed)
            assert await waiting(it) == []
            async with it.db.transaction() as conn:
                counts = {row["verdict"]: row["events"] for row in await store.received(conn)}
            assert counts == {"ignored": 1, "malformed": 1}

    asyncio.run(scenario())


def test_while_ploomes_is_away_events_stay_and_wait_longer_each_time(database_url: str) -> None:
    async def scenario() -> None:
        async with listening(database_url) as it:
            product = it.ids()[0]
            it.simulator.edit_product(product, {"UnitPrice": 4321})
            await receive(it.db, told(product), window=0.0)
            it.simulator.change_settings({"outage": True})
            policy = replace(it.parts.limits.policy, retries=1)
            parts = replace(it.parts, limits=replace(it.parts.limits, policy=policy))
            waits = []
            for _ in range(2):
                assert await drain(parts) == 0
                waits.append(
                    await it.value(
                        "select extract(epoch from due_at - clock_timestamp())::float8 "
                        "from ploomes_sync.refresh_queue where error like '%%503%%'"
                    )
                )
                await it.rows("update ploomes_sync.refresh_queue set due_at = now() returning ploomes_id")
                assert await it.value("select count(*) from ploomes_sync.runs where finished_at is null") == 0

            assert 1 < waits[0] <= 2 < waits[1] <= 4
            it.simulator.change_settings({"outage": False})
            assert await drain(it.parts) == 1
            await it.assert_equal()

    asyncio.run(scenario())


def test_a_wrong_key_is_told_and_loses_no_event(database_url: str) -> None:
    async def scenario() -> None:
        async with listening(database_url) as it:
            await receive(it.db, told(it.ids()[0]), window=0.0)
            it.simulator.change_settings({"key": "another"})

            with pytest.raises(CredentialsError):
                await drain(it.parts)

            assert await waiting(it) == it.ids()[:1]

    asyncio.run(scenario())


def test_a_worker_that_is_asked_to_stop_leaves_the_rest_to_others(database_url: str) -> None:
    async def scenario() -> None:
        async with listening(database_url, slow_seconds=0.2) as it:
            for product in it.ids()[:20]:
                await receive(it.db, told(product), window=0.0)
            it.simulator.script_fault(Fault.SLOW, path="/Products")
            worker = asyncio.create_task(drain(it.parts))
            await asyncio.sleep(0.1)
            it.parts.stopping.set()

            assert await worker == 10
            it.parts.stopping.clear()
            assert await drain(it.parts, limit=4) == 4
            assert await drain(it.parts) == 6

    asyncio.run(scenario())
