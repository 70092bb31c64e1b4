"""Random lives of a catalogue: source operations, syncs, stops, crashes and faults, and what must always hold."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from harness import World, world
from ploomes_simulator.faults import Fault
from ploomes_sync.domain.run import Run, RunStatus, Strategy
from ploomes_sync.engine.parts import Progress
from ploomes_sync.errors import TransientError
from ploomes_sync.resilience.breaker import Breaker
from servers import Cluster

T = TypeVar("T")
PRODUCTS = 120
PLACES = st.integers(0, 10**6)
STRATEGIES = st.sampled_from([None, Strategy.INCREMENTAL, Strategy.BATCH])
FAULTS = st.sampled_from([fault for fault in Fault if fault not in {Fault.SLOW, Fault.TOO_MANY_RETRY_AFTER}])
BAD = (
    b'{"Id": %d, "Name": null}',
    b'{"Id": %d, "Name": "x", "UnitPrice": "y"}',
    b'{"Id": %d, "Name": "x", "A": NaN}',
)


class Life(RuleBasedStateMachine):
    """One catalogue, one mirror; `cluster` is set by the test."""

    cluster: Cluster

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.database = self.cluster.create("migrated")
        self.crashes = 0
        self.newest: dict[int, datetime] = {}

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    @initialize()
    def open(self) -> None:
        options = {"PRODUCT_SYNC_BATCH_SIZE": 10, "PRODUCT_SYNC_LEASE_SECONDS": 2}
        made = world(self.cluster.dsn(self.database), settings=options, products=PRODUCTS, hang_seconds=0.01)
        self.it: World = self.do(self.stack.enter_async_context(made))
        self.it.parts = replace(self.it.parts, breaker=Breaker(cooldown=0.1))

    def teardown(self) -> None:
        """End every life in a quiet moment."""
        try:
            self.be_quiet()
        finally:
            self.do(self.stack.aclose())
            self.runner.close()
            self.cluster.drop(self.database)

    def one(self, place: int) -> int:
        ids = self.it.ids()
        return ids[place % len(ids)]

    def good(self, place: int) -> int | None:
        """Return a product whose record is not spoilt."""
        chosen = self.one(place)
        return chosen if self.it.simulator.world.products.get(chosen).raw is None else None

    @rule(place=PLACES, price=st.integers(0, 9999))
    def edit(self, place: int, price: int) -> None:
        if (chosen := self.good(place)) is not None:
            self.it.simulator.edit_product(chosen, {"UnitPrice": price})

    @rule(place=PLACES, stock=st.integers(0, 9999))
    def edit_custom_field(self, place: int, stock: int) -> None:
        if (chosen := self.good(place)) is not None:
            key = self.it.simulator.world.fields["Estoque"].key
            self.it.simulator.edit_product(chosen, {"OtherProperties": [{"FieldKey": key, "DecimalValue": stock}]})

    @rule(number=st.integers(1, 3))
    def create(self, number: int) -> None:
        for _ in range(number):
            self.it.simulator.create_product({"Name": f"Novo {number}"})

    @rule(place=PLACES)
    def delete(self, place: int) -> None:
        if len(self.it.ids()) > PRODUCTS // 2:
            self.it.simulator.delete_product(self.one(place))

    @rule(place=PLACES, bad=st.sampled_from(BAD))
    def spoil(self, place: int, bad: bytes) -> None:
        chosen = self.one(place)
        self.it.simulator.put_raw(chosen, bad % chosen)

    @rule(place=PLACES)
    def mend(self, place: int) -> None:
        ids = self.spoilt()
        if ids:
            chosen = ids[place % len(ids)]
            self.it.simulator.edit_product(chosen, {"Name": "Consertado", "UnitPrice": 1})

    def spoilt(self) -> list[int]:
        return [key for key in self.it.ids() if self.it.simulator.world.products.get(key).raw is not None]

    @rule(fault=FAULTS, times=st.integers(1, 5), skip=st.integers(0, 8))
    def let_fail(self, fault: Fault, times: int, skip: int) -> None:
        self.it.simulator.script_fault(fault, times=times, skip=skip)

    @rule(strategy=STRATEGIES)
    def sync(self, strategy: Strategy | None) -> None:
        self.attempt(strategy=strategy)

    @rule(places=st.lists(PLACES, min_size=1, max_size=14))
    def sync_named(self, places: list[int]) -> None:
        self.attempt(ids=tuple(dict.fromkeys(self.one(place) for place in places)))

    @rule(segment=st.sampled_from(["omie", "atlas", "rentals"]), strategy=STRATEGIES)
    def sync_segment(self, segment: str, strategy: Strategy | None) -> None:
        self.attempt(segments=(segment,), strategy=strategy)

    @rule(strategy=STRATEGIES, pages=st.integers(0, 9), churn=st.booleans())
    def sync_and_stop(self, strategy: Strategy | None, pages: int, churn: bool) -> None:  # noqa: FBT001 - drawn
        left = [pages]

        def observe(_: Progress) -> None:
            left[0] -= 1
            if churn:
                self.it.simulator.apply_churn(edit=2)
            if left[0] < 0:
                self.it.parts.stopping.set()

        self.attempt(observe, strategy=strategy)
        self.it.parts.stopping.clear()

    @rule(strategy=STRATEGIES, steps=st.integers(1, 400))
    def crash(self, strategy: Strategy | None, steps: int) -> None:
        self.do(self._crash(strategy, steps))

    async def _crash(self, strategy: Strategy | None, steps: int) -> None:
        """Let a sync die after some turns of the loop, with nobody to give its run back, and its lease run out."""
        task = asyncio.create_task(self._sync(strategy=strategy))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        async with self.it.db.transaction() as conn:
            await conn.execute(
                "update ploomes_sync.runs set status = 'running', lease_owner = 'dead:1', "
                "lease_until = now() - interval '1 s' where status = 'queued'"
            )
        self.crashes += 1
        self.it.parts = replace(self.it.parts, owner=f"process:{self.crashes}")

    def attempt(self, *args: Any, **request: Any) -> None:  # noqa: ANN401 - observer and fields of the request
        """Sync; when the faults outlast its patience, the next one has to cope with what is left."""
        self.do(self._sync(*args, **request))

    async def _sync(self, *args: Any, **request: Any) -> Run | None:  # noqa: ANN401 - as above
        try:
            return await self.it.sync(*args, **request, allow_deletes=10**6)
        except TransientError:
            return None

    @rule()
    def be_quiet(self) -> None:
        """After the faults: what was left over is finished, and then a full sync makes both sides equal."""
        self.do(self._be_quiet())

    async def _be_quiet(self) -> None:
        it = self.it
        it.simulator.clear_faults()
        await it.rows("update ploomes_sync.runs set resume_after = null returning 1")
        while await it.value("select count(*) from ploomes_sync.runs where status in ('queued', 'running')"):
            await it.sync(allow_deletes=10**6)
        run = await it.sync(strategy=Strategy.BATCH, allow_deletes=10**6)
        spoilt = self.spoilt()
        assert run.status is (RunStatus.PARTIAL if spoilt else RunStatus.SUCCEEDED)
        stored = await it.rows(
            "select ploomes_id from ploomes_sync.product_state "
            "where deleted_at is null and not (ploomes_id = any(%(spoilt)s)) order by 1",
            spoilt=spoilt,
        )
        assert [row["ploomes_id"] for row in stored] == [key for key in it.ids() if key not in spoilt]
        for key, payload in await self._payloads(spoilt):
            assert json.loads(payload) == json.loads(it.simulator.truth_of(key)), key
        parked = await it.rows("select ploomes_id from ploomes_sync.quarantine order by 1")
        assert [row["ploomes_id"] for row in parked] == spoilt

    async def _payloads(self, spoilt: list[int]) -> list[tuple[int, str]]:
        rows = await self.it.rows(
            "select p.ploomes_id, p.payload::text as payload from ploomes_sync.payloads p "
            "join ploomes_sync.product_state s using (ploomes_id) "
            "where s.deleted_at is null and not (p.ploomes_id = any(%(spoilt)s))",
            spoilt=spoilt,
        )
        return [(row["ploomes_id"], row["payload"]) for row in rows]

    @invariant()
    def nothing_goes_back_in_time(self) -> None:
        if hasattr(self, "it"):
            self.do(self._nothing_goes_back())

    async def _nothing_goes_back(self) -> None:
        """No older copy over a newer one; and both tables agree on what is deleted."""
        rows = await self.it.rows(
            "select s.ploomes_id, s.source_updated_at, s.deleted_at is null as alive, "
            "p.deleted_at is null as shown, p.active from ploomes_sync.product_state s "
            "left join public.products_enhanced p on p.ploomes_product_id = s.ploomes_id::text"
        )
        for row in rows:
            assert row["alive"] == row["shown"], row
            assert row["alive"] or not row["active"], row
            date = row["source_updated_at"]
            if date is not None:
                assert date >= self.newest.get(row["ploomes_id"], date), f"{row} after {self.newest}"
                self.newest[row["ploomes_id"]] = date


def test_whatever_happens_a_quiet_sync_makes_the_mirror_equal(cluster: Cluster) -> None:
    """On a failure Hypothesis prints the shortest life that leads to it, and the blob to repeat it."""

    class Here(Life):
        pass

    Here.cluster = cluster
    run_state_machine_as_test(
        Here,
        settings=settings(
            # What a pooler may change shows in a few lives.
            max_examples=4 if cluster.pooler else 18,
            stateful_step_count=12,
            deadline=None,
            derandomize=True,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
