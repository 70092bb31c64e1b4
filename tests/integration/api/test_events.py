from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx2

from ploomes_sync.domain.run import SyncRequest
from served import PRODUCTS, Served, problem, served, until


async def told(http: httpx2.AsyncClient, path: str, after: str = "") -> list[dict[str, Any]]:
    """Read a stream to its end."""
    found: list[dict[str, Any]] = []
    headers = {"last-event-id": after} if after else {}
    async with http.stream("GET", path, headers=headers) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert (stream.headers["x-accel-buffering"], stream.headers["cache-control"]) == ("no", "no-store")
        assert "content-encoding" not in stream.headers
        fields: dict[str, Any] = {}
        async for line in stream.aiter_lines():
            name, _, value = line.partition(": ")
            if not line and fields:
                found.append(fields)
                fields = {}
            elif name:
                fields[name] = value
    return found


async def queued(it: Served) -> str:
    run = (await it.post(f"{PRODUCTS}/full"))["run"]
    return f"/api/sync/runs/{run['run_id']}/events"


def test_a_run_is_told_as_it_goes_on_until_it_has_ended(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it:
            path = await queued(it)
            stream = asyncio.create_task(told(it.http, path))
            await it.app.sync(SyncRequest())
            events = await asyncio.wait_for(stream, 60)

            assert events[-1]["event"] == "ended"
            last = json.loads(events[-1]["data"])
            assert last["detail"]["status"] == "succeeded"
            assert last["detail"]["fetched"] == len(it.ids())
            assert "progress" in {event["event"] for event in events}
            ids = [int(event["id"]) for event in events]
            assert ids == sorted(ids)

    asyncio.run(scenario())


def test_whoever_comes_back_gets_what_came_after_the_last_event_seen(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it:
            path = await queued(it)
            await it.app.sync(SyncRequest())
            events = await told(it.http, path)
            kept = [event for event in events if event["event"] not in ("progress", "ended")]
            assert len(kept) > 1

            again = await told(it.http, path, after=kept[0]["id"])

            assert [event["id"] for event in again][: len(kept) - 1] == [event["id"] for event in kept[1:]]
            assert again[-1]["event"] == "ended"
            answer = await it.http.get(path, headers={"last-event-id": "x"})
            assert problem(answer)["status"] == 422

    asyncio.run(scenario())


def test_a_client_may_hold_so_many_streams_and_gives_them_back_when_it_goes(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url, settings={"HTTP_MAX_STREAMS": 2, "HTTP_MAX_IN_FLIGHT": 1}) as it:
            path = await queued(it)
            async with it.http.stream("GET", path) as one, it.http.stream("GET", path) as two:
                assert (one.status_code, two.status_code) == (200, 200)
                answer = await it.http.get(path)
                assert problem(answer)["status"] == 429
                await it.get("/api/sync/whoami")

            async def is_let_in() -> bool:
                async with it.http.stream("GET", path) as stream:
                    return stream.status_code == 200

            await until(is_let_in)
            await it.get(path.replace("events", "none"), 404)

    asyncio.run(scenario())


def test_streams_and_waits_end_when_the_service_ends(database_url: str) -> None:
    async def scenario() -> tuple[httpx2.Response, list[dict[str, Any]]]:
        async with served(database_url) as it, httpx2.AsyncClient(base_url=it.url, timeout=30) as http:
            path = await queued(it)
            stream = asyncio.create_task(told(http, path))
            waiting = asyncio.create_task(http.post(f"{PRODUCTS}/full", headers={"prefer": "wait=60"}))
            await asyncio.sleep(0.5)
            gone = (waiting, stream)
            it.app.engine().stopping.set()
            return await asyncio.wait_for(gone[0], 60), await asyncio.wait_for(gone[1], 60)

    waited, events = asyncio.run(scenario())
    assert waited.status_code == 202
    assert [event["event"] for event in events] == ["progress"]
