from __future__ import annotations

import asyncio
import time

from integration.jobs.shop import shop
from ploomes_sync.domain.run import RunStatus, Strategy, SyncRequest
from servers import Server

AWAY_SECONDS = 2.5
SETTINGS = {"PRODUCT_SYNC_BATCH_SIZE": 10, "PRODUCT_SYNC_LEASE_SECONDS": 2}


def _away(server: Server, seconds: float) -> None:
    """Kill the server as a power failure would, and bring it back after a while."""
    server.kill()
    time.sleep(seconds)
    server.start_again()


def test_a_worker_outlives_the_time_without_postgres(own_server: Server) -> None:
    async def scenario() -> None:
        async with shop(own_server.dsn("mirror"), SETTINGS, products=400, latency_ms=40) as it, it.worker():
            run = (await it.app.submit(SyncRequest(strategy=Strategy.BATCH))).run
            await it.until("select exists (select from ploomes_sync.runs where pages > 3)")
            before = await it.rows("select id from ploomes_sync.procrastinate_workers")
            await asyncio.to_thread(_away, own_server, AWAY_SECONDS)

            assert (await it.ended(run)).status is RunStatus.SUCCEEDED
            await it.assert_equal()
            assert await it.rows("select id from ploomes_sync.procrastinate_workers") == before
            named = it.ids()[0]
            await it.execute(
                "insert into ploomes_sync.refresh_queue (ploomes_id, due_at) values (%(id)s, now())", id=named
            )
            await it.until("select count(*) = 0 from ploomes_sync.refresh_queue")
            await it.until(
                "select count(*) = 0 from ploomes_sync.procrastinate_jobs where status in ('todo', 'doing')"
            )

    asyncio.run(scenario())
