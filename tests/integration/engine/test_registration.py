from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import httpx2
import msgspec
import pytest

from harness import World
from listening import URL, arrived, listening, waiting
from ploomes_simulator.faults import Fault
from ploomes_sync.engine import registration
from ploomes_sync.engine.registration import Report, State
from ploomes_sync.engine.webhooks import is_authentic
from ploomes_sync.errors import CredentialsError, RequestError, SettingsError
from ploomes_sync.ploomes import webhooks as source
from ploomes_sync.ploomes.webhooks import Webhook

OTHER_URL = "https://elsewhere.example/hooks"


def hooks(it: World) -> dict[int, dict[str, Any]]:
    return {key: dict(row) for key, row in it.simulator.world.tables["Webhooks"].items()}


def ours(it: World, url: str = URL) -> dict[int, dict[str, Any]]:
    return {key: row for key, row in hooks(it).items() if row["CallbackUrl"] == url}


def states(report: Report) -> Counter[State]:
    return Counter(one.state for one in report.ours)


def test_registering_makes_three_webhooks_with_one_key_and_again_changes_nothing(database_url: str) -> None:
    async def scenario() -> None:
        async with listening(database_url) as it:
            before = hooks(it)
            first = await registration.register(it.parts, URL)
            made = ours(it)
            it.simulator.reset_stats()
            second = await registration.register(it.parts, URL)

            assert first.healthy
            assert first == second
            assert [(row["EntityId"], row["ActionId"]) for row in made.values()] == [(10, 1), (10, 2), (10, 3)]
            (key,) = {row["ValidationKey"] for row in made.values()}
            assert hooks(it) == {**before, **made}
            assert set(it.simulator.stats.by_path) == {"/Webhooks"}
            assert it.simulator.stats.requests == 2
            assert await is_authentic(it.db, key)
            assert not await is_authentic(it.db, f"{key}x")
            assert not await is_authentic(it.db, None)
            assert key not in str(await it.rows("select k.* from ploomes_sync.webhook_keys k"))

    asyncio.run(scenario())


def test_what_is_missing_off_or_at_an_old_address_is_put_right(database_url: str) -> None:
    async def scenario() -> None:
        async with listening(database_url) as it:
            await registration.register(it.parts, URL)
            table = it.simulator.world.tables["Webhooks"]
            created, updated, deleted = ours(it)
            key = table[created]["ValidationKey"]
            del table[created]
            table[updated]["Active"] = False
            table[deleted]["ValidationKey"] = "someone edited it"

            sick = await registration.check(it.parts)
            well = await registration.check(it.parts, repair=True)

            assert states(sick) == {State.MISSING: 1, State.OFF: 1, State.CHANGED: 1}
            assert not sick.healthy
            assert states(well) == {State.OK: 3}
            assert {row["ValidationKey"] for row in ours(it).values()} == {key}
            assert {updated, deleted} < ours(it).keys()

            ids = ours(it).keys()
            moved = await registration.register(it.parts, OTHER_URL)
            assert moved.healthy
            assert ours(it) == {}
            assert ours(it, OTHER_URL).keys() == ids

    asyncio.run(scenario())


def test_webhooks_of_others_are_never_touched_even_at_our_address(database_url: str) -> None:
    async def scenario() -> None:
        async with listening(database_url) as it:
            table = it.simulator.world.tables["Webhooks"]
            foreign = {
                **table[min(table)],
                "Id": 77,
                "CallbackUrl": URL,
                "ValidationKey": "theirs",
                "Active": False,
                "UserWebhook": True,
            }
            table[77] = dict(foreign)
            before = hooks(it)
            report = await registration.register(it.parts, URL)
            assert {one.webhook_id for one in report.webhooks if one.state is State.FOREIGN} == before.keys()
            assert await registration.remove(it.parts) == 3

            assert hooks(it) == before
            assert not (await registration.check(it.parts)).ours
            assert await registration.remove(it.parts) == 0
            assert hooks(it) == before

    asyncio.run(scenario())


def test_an_id_that_now_belongs_to_another_webhook_is_not_ours(database_url: str) -> None:
    async def scenario() -> None:
        async with listening(database_url) as it:
            await registration.register(it.parts, URL)
            table = it.simulator.world.tables["Webhooks"]
            taken = max(ours(it))
            table[taken].update(CallbackUrl="https://theirs.example/", ValidationKey="theirs")
            theirs = dict(table[taken])

            assert (await registration.check(it.parts, repair=True)).healthy
            await registration.remove(it.parts)

            assert table[taken] == theirs

    asyncio.run(scenario())


@pytest.mark.parametrize("fault", [Fault.CUT, Fault.ERROR_503, Fault.GARBAGE, Fault.WRONG_SHAPE])
def test_a_stumble_of_ploomes_leaves_three_webhooks_and_no_more(database_url: str, fault: Fault) -> None:
    async def scenario() -> None:
        async with listening(database_url, products=1) as it:
            for good_ones in range(5):
                it.simulator.script_fault(fault, path="/Webhooks", skip=good_ones)
                report = await registration.register(it.parts, URL)

                assert report.healthy
                assert len(ours(it)) == 3
                it.simulator.script_fault(fault, path="/Webhooks", skip=good_ones)
                assert await registration.remove(it.parts) == 3
                assert ours(it) == {}

    asyncio.run(scenario())


def test_a_process_killed_before_it_stored_an_id_leaves_no_webhook_for_ever(database_url: str) -> None:
    async def scenario() -> None:
        async with listening(database_url) as it:
            await registration.register(it.parts, URL)
            ids = ours(it).keys()
            await it.rows("delete from ploomes_sync.webhook_registrations returning webhook_id")

            assert (await registration.register(it.parts, URL)).healthy
            assert ours(it).keys() == ids

            # Of two that are ours one is enough.
            table = it.simulator.world.tables["Webhooks"]
            table[max(table) + 1] = {**table[min(ids)], "Id": max(table) + 1}
            assert (await registration.register(it.parts, URL)).healthy
            assert ours(it).keys() == ids

    asyncio.run(scenario())


def test_when_the_key_is_no_longer_known_ours_get_a_new_one(database_url: str) -> None:
    async def scenario() -> None:
        async with listening(database_url) as it:
            await registration.register(it.parts, URL)
            before = ours(it)
            await it.rows("delete from ploomes_sync.webhook_keys returning key_hash")

            assert states(await registration.check(it.parts)) == {State.CHANGED: 3}
            await registration.register(it.parts, URL)

            after = ours(it)
            (key,) = {row["ValidationKey"] for row in after.values()}
            assert after.keys() == before.keys()
            assert key not in {row["ValidationKey"] for row in before.values()}
            assert await is_authentic(it.db, key)

    asyncio.run(scenario())


def test_where_ploomes_shows_no_keys_ours_are_known_by_their_ids(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch = source.fetch_webhooks

    async def without_keys(client: Any) -> list[Webhook]:  # noqa: ANN401 - passed on
        return [msgspec.structs.replace(hook, validation_key=None) for hook in await fetch(client)]

    async def scenario() -> None:
        async with listening(database_url) as it:
            await registration.register(it.parts, URL)
            first = ours(it)
            assert (await registration.register(it.parts, URL)).healthy
            assert ours(it) == first

            del it.simulator.world.tables["Webhooks"][max(first)]
            assert (await registration.register(it.parts, URL)).healthy
            (key,) = {row["ValidationKey"] for row in ours(it).values()}
            assert len(ours(it)) == 3
            assert await is_authentic(it.db, key)
            assert await registration.remove(it.parts) == 3

    monkeypatch.setattr(source, "fetch_webhooks", without_keys)
    asyncio.run(scenario())


def test_a_refusal_is_told_at_once(database_url: str) -> None:
    async def scenario() -> None:
        async with listening(database_url) as it:
            with pytest.raises(SettingsError, match="https"):
                await registration.register(it.parts, "http://receiver.example/hooks")
            with pytest.raises(SettingsError, match="register"):
                await registration.check(it.parts, repair=True)
            it.simulator.world.tables["Webhooks"].clear()
            it.simulator.change_settings({"key": "another"})
            with pytest.raises((CredentialsError, RequestError)):
                await registration.register(it.parts, URL)

            assert ours(it) == {}

    asyncio.run(scenario())


def test_a_webhook_that_ploomes_switched_off_brings_events_again_after_a_repair(database_url: str) -> None:
    async def scenario() -> None:
        async with listening(database_url, webhook_failures_allowed=2) as it:
            await registration.register(it.parts, URL)
            door, nobody = it.simulator.webhooks._transport, httpx2.MockTransport(lambda _: httpx2.Response(500))
            it.simulator.webhooks._transport = nobody
            it.simulator.apply_churn(edit=3)
            await arrived(it)
            it.simulator.webhooks._transport = door

            assert states(await registration.check(it.parts)) == {State.OK: 2, State.OFF: 1}
            assert (await registration.check(it.parts, repair=True)).healthy
            it.simulator.edit_product(it.ids()[0], {"UnitPrice": 4321})
            await arrived(it)

            assert await waiting(it) == it.ids()[:1]

    asyncio.run(scenario())
