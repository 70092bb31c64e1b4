from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from integration.store.mirror import Mirror, item, later, play, reject, spoilt
from ploomes_sync.domain.run import SyncRequest
from ploomes_sync.store import quarantine, runs

PARKED = "select ploomes_id, detail, payload from ploomes_sync.quarantine order by id"


def test_a_record_is_parked_once_however_often_it_comes(database_url: str) -> None:
    async def story(it: Mirror) -> None:
        for minute in range(3):
            outcome = await it.write(rejects=[reject(5, '{"Id":5}'), reject(None, "<html>")], at=later(minute))
            assert (outcome.fetched, outcome.rejected) == (2, 2)

        assert await it.rows(PARKED) == [
            {"ploomes_id": 5, "detail": "no name", "payload": '{"Id":5}'},
            {"ploomes_id": None, "detail": "no name", "payload": "<html>"},
        ]
        assert await it.do(quarantine.count_parked) == 2

    play(database_url, story)


def test_a_record_that_changed_but_is_still_bad_replaces_its_earlier_version(database_url: str) -> None:
    async def story(it: Mirror) -> None:
        await it.write(rejects=[reject(5, "old"), reject(6, "other")])
        await it.write(rejects=[reject(5, "new", detail="bad date")])

        assert await it.rows(PARKED) == [
            {"ploomes_id": 6, "detail": "no name", "payload": "other"},
            {"ploomes_id": 5, "detail": "bad date", "payload": "new"},
        ]

    play(database_url, story)


def test_a_product_that_could_be_stored_leaves_quarantine(database_url: str) -> None:
    async def story(it: Mirror) -> None:
        await it.write(rejects=[reject(5, "five"), reject(6, "six")])

        await it.write(item(5), item(7))

        assert [row["ploomes_id"] for row in await it.rows(PARKED)] == [6]

    play(database_url, story)


def test_a_product_that_went_back_to_its_stored_version_leaves_quarantine_too(database_url: str) -> None:
    async def story(it: Mirror) -> None:
        await it.write(item(5))
        await it.write(rejects=[reject(5, "broken")], at=later(1))

        outcome = await it.write(item(5), at=later(2))

        assert (outcome.unchanged, await it.rows(PARKED)) == (1, [])

    play(database_url, story)


def test_what_the_database_refused_can_be_read_with_its_payload(database_url: str) -> None:
    async def story(it: Mirror) -> None:
        await it.write(spoilt(5))
        (listed,) = await it.do(lambda conn: quarantine.list_parked(conn, 10))
        found = await it.do(lambda conn: quarantine.find_parked(conn, listed["id"]))

        assert found is not None
        assert (found.ploomes_id, found.reason) == (5, "refused_by_database")
        assert found.payload == spoilt(5).payload.decode()
        assert "payload" not in listed
        assert await it.do(lambda conn: quarantine.find_parked(conn, -1)) is None

    play(database_url, story)


def test_a_complete_walk_lets_go_of_what_it_did_not_meet(database_url: str) -> None:
    async def story(it: Mirror) -> None:
        await it.write(rejects=[reject(5, "gone"), reject(6, "still there")])
        await asyncio.sleep(0.01)
        (began,) = await it.column("select clock_timestamp()")
        run = await it.do(lambda conn: runs.create(conn, SyncRequest()))
        await it.write(rejects=[reject(6, "still there")], run_id=run.id)

        released = await it.do(lambda conn: quarantine.release_unseen(conn, began))

        assert (released, [row["ploomes_id"] for row in await it.rows(PARKED)]) == (1, [6])
        (linked,) = await it.column("select run_id from ploomes_sync.quarantine")
        assert linked == run.id
        assert began < datetime.now(UTC)

    play(database_url, story)
