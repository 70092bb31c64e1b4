from __future__ import annotations

import asyncio
import re
from typing import Any

from ploomes_sync.domain.run import Strategy, SyncRequest
from served import PRODUCTS, Served, served

WAIT = {"prefer": "wait=30"}
SEGMENTS = ("services", "rentals", "atlas", "ingersoll", "omie")


async def ended(it: Served, path: str, body: object = None) -> dict[str, Any]:
    """Ask for a sync, wait for its end and return the run."""
    document = await it.post(path, body, 200, headers=WAIT)
    run: dict[str, Any] = document["run"]
    assert run["status"] in ("succeeded", "partial"), run
    return run


def test_every_address_syncs_what_it_names(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url, worker=True, synced=True) as it:
            assert (await ended(it, PRODUCTS))["strategy"] == "incremental"
            assert (await ended(it, f"{PRODUCTS}/full"))["strategy"] == "batch"
            assert (await ended(it, f"{PRODUCTS}/incremental"))["strategy"] == "incremental"
            ids = it.ids()[:3]
            real_time = await ended(it, f"{PRODUCTS}/real-time", {"productIds": ids})
            assert (real_time["strategy"], real_time["ids"]) == ("real-time", ids)
            runs = await asyncio.gather(*(ended(it, f"{PRODUCTS}/{segment}") for segment in SEGMENTS))
            assert [run["segments"] for run in runs] == [[segment] for segment in SEGMENTS]

    asyncio.run(scenario())


def test_a_post_answers_at_once_with_the_run_and_where_it_is(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it:
            answer = await it.http.post(PRODUCTS, json={"urgency": "high", "businessContext": ["stock_alert"]})

            assert answer.status_code == 202
            run = answer.json()["run"]
            assert (run["status"], run["urgency"], run["context"]) == ("queued", "high", ["stock_alert"])
            assert answer.headers["location"] == f"/api/sync/runs/{run['run_id']}"
            assert await it.get(answer.headers["location"]) == run | {"progress": None}

    asyncio.run(scenario())


def test_names_may_be_written_in_snake_case(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it:
            body = {"product_ids": [1, 2, 2], "business_context": {"affects_pricing": True}, "dry_run": False}
            run = (await it.post(PRODUCTS, body))["run"]

            assert (run["ids"], run["context"]) == ([1, 2], ["affects_pricing"])

    asyncio.run(scenario())


def test_a_wait_that_is_too_short_answers_202_with_the_run_as_it_stands(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it:
            answer = await it.http.post(PRODUCTS, headers={"prefer": "respond-async, wait=1"})

            assert (answer.status_code, answer.headers["preference-applied"]) == (202, "wait=1")
            assert answer.json()["run"]["status"] == "queued"

    asyncio.run(scenario())


def test_a_sync_under_way_is_joined_and_a_key_gives_the_same_run(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it:
            keyed = {"idempotency-key": "order-17"}
            first = await it.post(f"{PRODUCTS}/rentals", headers=keyed)
            again = await it.post(f"{PRODUCTS}/rentals", headers=keyed)
            other = await it.post(f"{PRODUCTS}/rentals")

            assert (first["created"], first["joined"]) == (True, False)
            assert (again["created"], again["joined"]) == (False, False)
            assert (other["created"], other["joined"]) == (False, True)
            assert first["run"]["run_id"] == again["run"]["run_id"] == other["run"]["run_id"]
            await it.post(f"{PRODUCTS}/atlas", status=409, headers=keyed)

    asyncio.run(scenario())


def test_a_dry_run_tells_what_would_change_and_changes_nothing(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it:
            document = await it.post(f"{PRODUCTS}/full", {"dryRun": True}, 200)

            assert document["dry_run"]
            assert document["run"]["run_id"] is None
            assert document["run"]["inserted"] == len(it.ids())
            assert await it.rows("select from public.products_enhanced") == []
            assert await it.rows("select from ploomes_sync.runs") == []

    asyncio.run(scenario())


def test_a_run_is_cancelled_once_and_for_all(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it:
            run = (await it.post(PRODUCTS))["run"]
            address = f"/api/sync/runs/{run['run_id']}"

            assert (await it.post(f"{address}/cancel", status=200))["status"] == "cancelled"
            assert (await it.get(address))["status"] == "cancelled"
            await it.post(f"{address}/confirm", status=409)

    asyncio.run(scenario())


def test_a_held_deletion_is_shown_and_happens_once_it_is_confirmed(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url, worker=True, synced=True) as it:
            gone = sorted(it.ids()[:40])
            for product_id in gone:
                it.simulator.delete_product(product_id)
            document = await it.post(f"{PRODUCTS}/full", None, 200, headers=WAIT)
            run = document["run"]
            assert (run["status"], run["missing"]) == ("needs_confirmation", 40)

            address = f"/api/sync/runs/{run['run_id']}"
            first = await it.get(f"{address}/missing", params={"limit": 30})
            rest = await it.get(f"{address}/missing", params={"limit": 30, "after": first["next"]})
            assert [one["id"] for one in first["items"] + rest["items"]] == gone
            assert rest["next"] is None

            done = await it.post(f"{address}/confirm", {"allowDeletes": 40}, 200, headers=WAIT)
            assert (done["run"]["status"], done["run"]["deleted"]) == ("succeeded", 40)

    asyncio.run(scenario())


def test_quarantine_is_listed_and_retried(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url, worker=True) as it:
            bad = it.ids()[0]
            await it.post("/api/sync/quarantine/retry", status=409)
            it.simulator.put_raw(bad, b'{"Id": %d, "Name": null}' % bad)
            run = await ended(it, f"{PRODUCTS}/full")
            assert (run["status"], run["rejected"]) == ("partial", 1)

            page = await it.get("/api/sync/quarantine")
            assert [record["ploomes_id"] for record in page["items"]] == [bad]
            it.simulator.edit_product(bad, {"Name": "Mended"})
            await ended(it, "/api/sync/quarantine/retry", {"ids": [page["items"][0]["id"]]})
            assert (await it.get("/api/sync/quarantine"))["total"] == 0

    asyncio.run(scenario())


def test_logs_are_filtered_and_paged(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url, worker=True) as it:
            for path in ("full", "rentals", "atlas"):
                await ended(it, f"{PRODUCTS}/{path}")
            logs = f"{PRODUCTS}/logs"

            assert [run["segments"] for run in (await it.get(logs))["items"]] == [["atlas"], ["rentals"], []]
            found = await it.get(logs, params={"category": "rentals", "status": "succeeded"})
            assert [run["segments"] for run in found["items"]] == [["rentals"]]
            assert (await it.get(logs, params={"since": "2100-01-01T00:00:00Z"}))["items"] == []
            page = await it.get(logs, params={"limit": 2})
            rest = await it.get(logs, params={"limit": 2, "after": page["next"]})
            assert len({run["run_id"] for run in page["items"] + rest["items"]}) == 3

    asyncio.run(scenario())


def test_the_state_of_the_service_is_told(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url, worker=True, synced=True) as it:
            status = await it.get(f"{PRODUCTS}/status")
            assert status["totals"]["products"] == len(it.ids())
            assert status["database"]["ok"]
            assert (await it.get("/api/sync/whoami")) == {"name": "this machine", "scope": "admin"}
            assert (await it.get("/api/sync/errors", params={"hours": 1})) == {"hours": 1, "errors": []}
            assert (await it.get("/api/sync/cache"))["capacity"] == 10_000
            assert (await it.get("/livez"))["ok"]
            assert (await it.get("/readyz")) == {"ok": True, "reason": ""}
            await it.get("/api/sync/metrics/history", params={"name": "rows_per_second"})
            await it.get("/api/sync/metrics/history", 422, params={"name": "weather"})
            metrics = await it.http.get("/metrics")
            assert re.search(r"^ploomes_sync_products\S* 200", metrics.text, re.MULTILINE), metrics.text[:2000]

            health = await it.http.get(f"{PRODUCTS}/health")
            assert health.status_code == (200 if health.json()["ok"] else 503)
            assert {part["name"] for part in health.json()["parts"]} >= {"quarantine", "deletions"}

    asyncio.run(scenario())


def test_a_sync_asked_for_here_is_done_by_another_process_of_the_library(database_url: str) -> None:
    """A run is a row: whoever works on it, this process tells how it goes."""

    async def scenario() -> None:
        async with served(database_url) as it:
            run = (await it.post(f"{PRODUCTS}/rentals"))["run"]

            done = await it.app.sync(SyncRequest(segments=("rentals",)))

            assert str(done.id) == run["run_id"]
            assert (await it.get(f"/api/sync/runs/{run['run_id']}"))["status"] == "succeeded"
            assert done.plan is not None
            assert done.plan.strategy is Strategy.BATCH

    asyncio.run(scenario())


def test_without_a_key_to_ploomes_what_is_stored_is_served_and_nothing_synced(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url, synced=True) as it:
            product = it.ids()[0]
        async with served(database_url, settings={"PLOOME_API_KEY": None}) as it:
            assert (await it.get(f"{PRODUCTS}/{product}"))["ploomes_product_id"] == str(product)
            for path in ("", "/rentals"):
                assert "PLOOME_API_KEY" in (await it.post(f"{PRODUCTS}{path}", status=409))["detail"]
            await it.post(PRODUCTS, {"dryRun": True}, 409)

    asyncio.run(scenario())


def test_the_probe_says_what_the_database_lacks(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it:
            await it.rows("delete from ploomes_sync.schema_migrations where version > 4 returning 1")
            answer = await it.http.get("/readyz")

            assert answer.status_code == 503
            assert "ploomes-sync migrate" in answer.json()["reason"]
            await it.get("/livez")

    asyncio.run(scenario())
