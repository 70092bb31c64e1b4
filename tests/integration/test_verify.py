from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from harness import FAST, World, world
from ploomes_simulator import Fault
from ploomes_sync.domain.run import Strategy
from ploomes_sync.engine.verify import Content, Verification, verify
from ploomes_sync.ploomes.audit import Source
from ploomes_sync.ploomes.client import Turns


async def prove(it: World, content: Content = "all") -> Verification:
    turns = it.parts.turns()
    return await verify(Source(it.parts.http, turns, policy=FAST), it.db, content=content)


async def change(it: World, statement: str, **values: object) -> None:
    async with it.db.transaction() as conn:
        await conn.execute(statement.encode(), values)


@pytest.mark.parametrize("content", ["all", 100, "none"])
def test_a_fresh_mirror_equals_the_source(database_url: str, content: Content) -> None:
    async def scenario() -> None:
        async with world(database_url, products=600) as it:
            await it.sync()
            seen: list[int] = []
            turns = it.parts.turns()
            proof = await verify(Source(it.parts.http, turns), it.db, content=content, progress=seen.append)

            assert proof == replaced(proof, content=str(content), checked=600)
            assert proof.ok
            assert seen == list(range(1, 601))

    asyncio.run(scenario())


def replaced(proof: Verification, **values: Any) -> Verification:  # noqa: ANN401 - fields of the result
    return Verification(requests=proof.requests, duration_seconds=proof.duration_seconds, **values)


def test_a_whole_catalogue_is_proven_equal(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=900) as it:
            await it.sync()
            proof = await prove(it)

            assert proof == replaced(proof, content="all", checked=900)
            assert proof.requests <= 900 / 300 + 10

    asyncio.run(scenario())


def test_what_is_missing_extra_or_wrongly_deleted_is_found(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=700) as it:
            await it.sync()
            first, second, third, fourth, *_ = it.ids()
            await change(
                it, "delete from public.products_enhanced where ploomes_product_id = %(id)s", id=str(first)
            )
            await change(
                it,
                "update public.products_enhanced set deleted_at = now() where ploomes_product_id = %(id)s",
                id=str(second),
            )
            await change(it, "delete from ploomes_sync.payloads where ploomes_id = %(id)s", id=third)
            it.simulator.delete_product(fourth)
            proof = await prove(it)

            assert (proof.missing, proof.missing_ids) == (2, [first, second])
            assert (proof.extra, proof.extra_ids) == (1, [fourth])
            assert [(d.id, d.field) for d in proof.differences] == [(third, "payload")]
            assert not proof.ok
            assert (await prove(it, "none")).missing == 2

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("name", "Something else"),
        ("code", "X-1"),
        ("base_price", "0.01"),
        ("active", "false"),
        ("currency", "EUR"),
        ("unit_of_measure", "XYZ"),
        ("group_name", "Nowhere"),
        ("family_name", "Nobody"),
        ("source_updated_at", "2001-01-01T00:00:00Z"),
    ],
)
def test_a_column_that_lies_is_named(database_url: str, column: str, value: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=20) as it:
            await it.sync()
            chosen = await it.value(
                "select min(ploomes_product_id) from public.products_enhanced where active and name <> 'X'"
            )
            statement = (
                f"update public.products_enhanced set {column} = %(value)s where ploomes_product_id = %(id)s"  # noqa: S608 - a column of the table above
            )
            await change(it, statement, value=value, id=chosen)
            proof = await prove(it)

            assert proof.different == 1
            assert column in [d.field for d in proof.differences if d.id == int(chosen)]

    asyncio.run(scenario())


def test_a_custom_field_that_got_lost_is_named_by_its_label(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=50) as it:
            await it.sync()
            await change(it, "update public.products_enhanced set external_id = null, custom_fields = '{}'")
            proof = await prove(it)

            assert proof.different > 40
            assert "custom_fields.Id (Omie)" in {d.field for d in proof.differences}

    asyncio.run(scenario())


def test_a_product_edited_after_the_sync_differs_and_is_counted_as_changed_since(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=300) as it:
            await it.sync()
            chosen = it.ids()[7]
            it.simulator.edit_product(chosen, {"UnitPrice": 77.5})
            proof = await prove(it)

            assert (proof.different, proof.changed_since) == (1, 1)
            assert "base_price" in {d.field for d in proof.differences}
            await it.sync(strategy=Strategy.BATCH)
            assert (await prove(it)).ok

    asyncio.run(scenario())


def test_a_change_that_both_sides_made_meanwhile_is_no_difference(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=900) as it:
            await it.sync()
            last = it.ids()[-1]
            it.simulator.delete_product(last)
            turns = it.parts.turns()
            tasks: list[asyncio.Task[Any]] = []

            def catch_up(checked: int) -> None:
                if checked == 899:
                    tasks.append(asyncio.get_running_loop().create_task(it.sync(strategy=Strategy.BATCH)))

            source = Source(it.parts.http, replace(turns, take=slowly(turns, tasks)), policy=FAST)
            proof = await verify(source, it.db, progress=catch_up)

            assert proof.ok
            assert (
                await it.value("select count(*) from ploomes_sync.product_state where deleted_at is not null") == 1
            )

    def slowly(turns: Turns, tasks: list[asyncio.Task[Any]]) -> Any:  # noqa: ANN401 - a callable
        async def take(lane: Any) -> Any:  # noqa: ANN401 - handed through
            if tasks:
                await tasks[0]
            return await turns.take(lane)

        return take

    asyncio.run(scenario())


def test_records_in_quarantine_count_apart(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=310) as it:
            deep = b'{"Id":%d,"Name":"deep","X":' + b"[" * 20_000 + b"]" * 20_000 + b"}"
            nameless, nested = it.ids()[3], it.ids()[200]
            it.simulator.put_raw(nameless, b'{"Id":%d,"Name":null,"OtherProperties":[]}' % nameless)
            it.simulator.put_raw(nested, deep % nested)
            await it.sync()
            proof = await prove(it)

            assert (proof.quarantined, proof.quarantined_ids) == (2, sorted([nameless, nested]))
            assert (proof.ok, proof.checked) == (True, 310)

    asyncio.run(scenario())


def test_signs_that_postgresql_refuses_are_no_difference(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=5) as it:
            chosen = it.ids()[2]
            it.simulator.put_raw(
                chosen,
                b'{"Id":%d,"Name":"nul \\u0000 half \\ud800 whole \\ud83d\\ude00","Code":" A ","UnitPrice":1.005,'
                b'"Suspended":false,"LastUpdateDate":"2026-01-02T03:04:05.6-03:00","OtherProperties":[]}' % chosen,
            )
            await it.sync()
            proof = await prove(it)

            assert proof.differences == []
            assert proof.ok

    asyncio.run(scenario())


# Without a wire there is no time-out of the transport to end an answer that never comes.
@pytest.mark.parametrize("fault", sorted(set(Fault) - {Fault.TIMEOUT}))
def test_a_source_in_trouble_delays_the_proof_and_never_falsifies_it(database_url: str, fault: Fault) -> None:
    async def scenario() -> None:
        async with world(database_url, products=650, storm_retry_after=0) as it:
            await it.sync()
            it.simulator.script_fault(fault, times=1, path="/Products", skip=3)
            proof = await prove(it)

            assert proof == replaced(proof, content="all", checked=650)

    asyncio.run(scenario())


def test_without_counts_an_empty_page_is_asked_for_twice(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=650, supports_count=False) as it:
            await it.sync()
            it.simulator.script_fault(Fault.EMPTY, path="/Products?", skip=1)
            assert (await prove(it)).ok

    asyncio.run(scenario())


def test_instants_are_compared_and_not_their_spelling(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=3) as it:
            await it.sync()
            stored = await it.value("select max(source_updated_at) from public.products_enhanced")

            assert isinstance(stored, datetime)
            assert (await prove(it, "none")).ok

    asyncio.run(scenario())
