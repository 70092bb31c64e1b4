from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from harness import World, world
from ploomes_simulator.faults import Fault
from ploomes_sync.domain.run import Run, RunStatus, Strategy, SyncRequest
from ploomes_sync.engine.execute import sync
from ploomes_sync.engine.parts import Observe, Parts, Progress
from ploomes_sync.errors import CredentialsError, SourceDownError
from ploomes_sync.resilience.breaker import Breaker

PAGES = {"PRODUCT_SYNC_BATCH_SIZE": 50}
SMALL_PAGES = {"PRODUCT_SYNC_BATCH_SIZE": 30}


def _another(it: World) -> Parts:
    """Give the parts of another process on another machine."""
    return replace(it.parts, owner="elsewhere:1", stopping=asyncio.Event())


async def _leave_to_its_fate(it: World) -> None:
    """Make of a run that was given back one whose owner died in silence, long ago."""
    await it.rows(
        "update ploomes_sync.runs set status = 'running', lease_owner = 'dead:1', "
        "lease_until = now() - interval '1 s' where status = 'queued' returning 1"
    )


def _stop_after(it: World, pages: int) -> Observe:
    def observe(progress: Progress) -> None:
        if progress.outcome.pages >= pages:
            it.parts.stopping.set()

    return observe


@pytest.mark.parametrize("strategy", [Strategy.BATCH, Strategy.INCREMENTAL])
def test_a_run_that_dies_page_after_page_comes_to_its_end(database_url: str, strategy: Strategy) -> None:
    async def scenario() -> None:
        async with world(database_url, products=1200, latency_ms=2, settings=SMALL_PAGES) as it:
            await it.sync()
            it.simulator.apply_churn(edit=900, create=20)
            runs: list[Run] = []
            while not runs or runs[-1].status is RunStatus.QUEUED:
                it.parts.stopping.clear()
                pages = runs[-1].outcome.pages if runs else 0
                runs.append(await it.sync(_stop_after(it, pages + 1), strategy=strategy))
                await _leave_to_its_fate(it)
            it.parts.stopping.clear()

            assert len(runs) > 4
            assert {run.id for run in runs} == {runs[0].id}
            assert runs[-1].status is RunStatus.SUCCEEDED
            assert runs[-1].attempt == len(runs)
            await it.assert_equal()

    asyncio.run(scenario())


def test_another_machine_goes_on_where_the_first_one_stopped(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=1000, settings=PAGES) as it:
            stopped = await it.sync(_stop_after(it, 10))
            read = len(it.product_requests())

            run = await sync(_another(it), SyncRequest())

            assert (run.id, run.status, run.outcome.inserted) == (stopped.id, RunStatus.SUCCEEDED, 1000)
            parts = await it.value("select count(*) from ploomes_sync.run_parts")
            assert read < len(it.product_requests()) <= 1000 / 50 + parts + 1, "no page was read twice"
            await it.assert_equal()

    asyncio.run(scenario())


def test_an_outage_longer_than_all_patience_leaves_a_run_that_the_next_sync_resumes(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=1000, settings=PAGES) as it:

            def fail(progress: Progress) -> None:
                if progress.outcome.pages == 10:
                    it.simulator.change_settings({"outage": True})

            it.parts = replace(it.parts, breaker=Breaker(threshold=1000))
            with pytest.raises(SourceDownError):
                await it.sync(fail)
            (left,) = await it.rows("select id, status, pages, lease_owner, error from ploomes_sync.runs")
            it.simulator.change_settings({"outage": False})
            run = await it.sync()

            assert (left["status"], left["lease_owner"]) == ("queued", None)
            assert left["pages"] >= 10
            assert "Ploomes" in left["error"]
            assert (run.id, run.status, run.outcome.inserted) == (left["id"], RunStatus.SUCCEEDED, 1000)
            assert run.outcome.errors["network"] >= 4
            await it.assert_equal()

    asyncio.run(scenario())


def test_a_wrong_key_ends_the_run_at_once_and_the_next_sync_begins_anew(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=1000, settings=PAGES) as it:

            def revoke(progress: Progress) -> None:
                if progress.outcome.pages == 4:
                    it.simulator.change_settings({"key": "another"})

            with pytest.raises(CredentialsError):
                await it.sync(revoke)
            (failed,) = await it.rows("select status, errors, retries from ploomes_sync.runs")
            it.simulator.change_settings({"key": None})
            run = await it.sync()

            assert (failed["status"], failed["retries"]) == ("failed", 0)
            assert 1 <= failed["errors"]["authentication"] <= 3
            assert run.status is RunStatus.SUCCEEDED
            await it.assert_equal()

    asyncio.run(scenario())


def test_a_page_that_comes_back_broken_four_times_is_read_after_a_pause(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=1000, settings=PAGES) as it:
            it.simulator.script_fault(Fault.CUT, times=5, path="/Products", skip=6)

            run = await it.sync()

            assert (run.status, run.outcome.inserted, run.attempt) == (RunStatus.SUCCEEDED, 1000, 1)
            assert run.outcome.errors == {"network": 5}
            await it.assert_equal()

    asyncio.run(scenario())


def test_a_page_that_is_refused_for_its_size_does_not_cost_lists_and_parts(database_url: str) -> None:
    """The server refuses a large page as it would refuse an unknown expansion; only the size is to be given up."""

    async def scenario() -> None:
        async with world(database_url, products=900, max_top=300, max_top_mode="error") as it:
            await it.sync()

            asked = [request["query"] for request in it.product_requests() if "$expand" in request["query"]]
            assert asked
            assert all("Lists" in query for query in asked)
            assert await it.value("select count(*) from public.products_enhanced where tags <> '[]'") > 0

    asyncio.run(scenario())
