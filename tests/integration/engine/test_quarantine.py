from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from harness import World, world
from ploomes_simulator.faults import Fault
from ploomes_sync.domain.run import RunStatus, Strategy

Spoil = Callable[[dict[str, Any]], bytes]


def _without(name: str) -> Spoil:
    return lambda record: json.dumps({key: value for key, value in record.items() if key != name}).encode()


def _with(**fields: object) -> Spoil:
    return lambda record: json.dumps({**record, **fields}).encode()


def _deep(record: dict[str, Any]) -> bytes:
    return b'{"Id": %d, "Name": "x", "Extra": %s%s}' % (record["Id"], b"[" * 3000, b"]" * 3000)


BAD: dict[str, tuple[Spoil, ...]] = {
    "no_id": (_without("Id"), _with(Id=None)),
    "bad_id": (_with(Id="abc"), _with(Id=2**63 + 5), _with(Id=-1)),
    "no_name": (_without("Name"), _with(Name="  "), _with(Name=None)),
    "bad_type": (_with(UnitPrice="dez"), _with(OtherProperties={"a": 1}), _with(Suspended=[1])),
    "number_overflow": (_with(UnitPrice=10**30), lambda r: json.dumps(r).encode()[:-1] + b', "X": 1e99999}'),
    "bad_date": (_with(LastUpdateDate="2024-02-31T00:00:00-03:00"), _with(CreateDate="ontem")),
    "too_deep": (_deep,),
    "too_large": (_with(Extra="x" * 1_100_000),),
}
MANY = ("no_id", "bad_id", "no_name", "bad_type", "number_overflow", "bad_date", "too_deep")


def _spoil(it: World, reasons: dict[str, int]) -> dict[int, str]:
    """Spoil products all over the catalogue, also the first and the last; returns the reason for each."""
    ids = it.ids()
    wanted = [reason for reason, count in reasons.items() for _ in range(count)]
    step = (len(ids) - 1) / (len(wanted) - 1)
    chosen = {ids[round(at * step)]: reason for at, reason in enumerate(wanted)}
    for number, (product_id, reason) in enumerate(chosen.items()):
        record = json.loads(it.simulator.truth_of(product_id))
        it.simulator.put_raw(product_id, BAD[reason][number % len(BAD[reason])](record))
    return chosen


async def _parked(it: World) -> Counter[str]:
    rows = await it.rows("select reason, count(*) as records from ploomes_sync.quarantine group by reason")
    return Counter({row["reason"]: row["records"] for row in rows})


@pytest.mark.once
def test_five_hundred_bad_records_are_parked_and_all_others_stored(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=12_000) as it:
            good = {product_id: json.loads(it.simulator.truth_of(product_id)) for product_id in it.ids()}
            spoilt = _spoil(it, {**dict.fromkeys(MANY, 71), "too_large": 3})
            assert len(spoilt) == 500

            run = await it.sync()

            assert run.status is RunStatus.PARTIAL
            assert run.outcome.inserted == 11_500
            assert await it.value("select count(*) from public.products_enhanced") == 11_500
            assert await _parked(it) == Counter(spoilt.values())
            again = await it.sync(strategy=Strategy.BATCH)
            assert (again.status, again.outcome.unchanged, again.outcome.deleted) == (RunStatus.PARTIAL, 11_500, 0)
            assert sum((await _parked(it)).values()) == 500, "meeting a record again parks nothing anew"

            for product_id in spoilt:
                mended = {**good[product_id], "LastUpdateDate": datetime.now(UTC).isoformat()}
                it.simulator.put_raw(product_id, json.dumps(mended).encode())
            healed = await it.sync()
            assert healed.plan is not None
            assert healed.plan.strategy is Strategy.INCREMENTAL
            assert (healed.status, healed.outcome.inserted) == (RunStatus.SUCCEEDED, 500)
            await it.assert_equal()
            # No id tells which product these belonged to: only a complete walk proves that they are gone.
            assert set(await _parked(it)) <= {"no_id", "bad_id"}
            await it.sync(strategy=Strategy.BATCH)
            assert await _parked(it) == Counter()

    asyncio.run(scenario())


@pytest.mark.parametrize("reason", MANY)
def test_one_bad_record_is_parked_wherever_it_stands(database_url: str, reason: str) -> None:
    """Also as the first of a page, as the last one of all, and as the only one."""

    async def scenario() -> None:
        async with world(database_url, products=301) as it:
            ids = it.ids()
            for at in (0, 299, 300):
                record = json.loads(it.simulator.truth_of(ids[at]))
                it.simulator.put_raw(ids[at], BAD[reason][0](record))

            run = await it.sync()

            assert (run.status, run.outcome.inserted) == (RunStatus.PARTIAL, 298)
            assert await _parked(it) == Counter({reason: 3})

    asyncio.run(scenario())


def test_what_postgres_refuses_in_a_text_is_cleaned_and_stored(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=400) as it:
            nul, half, broken = (it.ids()[at] for at in (0, 200, 399))
            it.simulator.put_raw(nul, b'{"Id": %d, "Name": "Filtro\\u0000 de ar", "Code": "a\\u0000"}' % nul)
            it.simulator.put_raw(half, b'{"Id": %d, "Name": "Bico \\ud83d curvo"}' % half)
            it.simulator.put_raw(broken, b'{"Id": %d, "Name": "V\xe1lvula"}' % broken)

            run = await it.sync()
            again = await it.sync(strategy=Strategy.BATCH)

            assert (run.status, run.outcome.inserted) == (RunStatus.SUCCEEDED, 400)
            assert again.outcome.unchanged == 400
            names = await it.rows(
                "select name from public.products_enhanced where ploomes_product_id = any(%(ids)s) order by name",
                ids=[str(nul), str(half), str(broken)],
            )
            assert [row["name"] for row in names] == ["Bico � curvo", "Filtro de ar", "V�lvula"]

    asyncio.run(scenario())


@pytest.mark.parametrize("fault", [Fault.GARBAGE, Fault.CUT, Fault.WRONG_SHAPE, Fault.EMPTY])
def test_an_answer_that_is_no_page_is_a_failure_of_the_source_and_nothing_is_parked(
    database_url: str, fault: Fault
) -> None:
    async def scenario() -> None:
        async with world(database_url, products=900) as it:
            it.simulator.script_fault(fault, times=2, path="/Products", skip=2)

            run = await it.sync()

            assert (run.status, run.outcome.inserted) == (RunStatus.SUCCEEDED, 900)
            assert run.outcome.errors == {"network": 2}
            assert await _parked(it) == Counter()

    asyncio.run(scenario())


def test_a_row_that_only_the_database_refuses_loses_none_of_its_neighbours(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=900) as it:
            refused = it.ids()[450]
            it.put(refused, Name="Recusado")
            async with it.db.transaction() as conn:
                await conn.execute(
                    "alter table public.products_enhanced add constraint refuses check (name <> 'Recusado')"
                )

            run = await it.sync()

            assert (run.status, run.outcome.inserted, run.outcome.rejected) == (RunStatus.PARTIAL, 899, 1)
            parked = await it.rows("select ploomes_id, reason from ploomes_sync.quarantine")
            assert parked == [{"ploomes_id": refused, "reason": "refused_by_database"}]

    asyncio.run(scenario())


def test_a_stored_product_that_turns_bad_keeps_its_last_good_copy_until_it_is_mended(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=400) as it:
            await it.sync()
            chosen = it.ids()[7]
            name = await it.value(
                "select name from public.products_enhanced where ploomes_product_id = %(id)s", id=str(chosen)
            )
            it.put(chosen, Name=None)
            bad = await it.sync(strategy=Strategy.BATCH)
            kept = await it.rows(
                "select name, deleted_at from public.products_enhanced where ploomes_product_id = %(id)s",
                id=str(chosen),
            )
            it.simulator.edit_product(chosen, {"Name": "Consertado"})
            await it.sync()

            assert (bad.status, bad.outcome.deleted) == (RunStatus.PARTIAL, 0)
            assert kept == [{"name": name, "deleted_at": None}]
            assert await _parked(it) == Counter()
            await it.assert_equal()

    asyncio.run(scenario())


def test_a_product_that_turns_back_into_the_stored_copy_leaves_quarantine(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=30) as it:
            chosen = it.ids()[7]
            name = json.loads(it.simulator.truth_of(chosen))["Name"]
            it.put(chosen)
            await it.sync()
            it.put(chosen, Name=None)
            await it.sync(strategy=Strategy.BATCH)
            assert (await _parked(it)).total() == 1
            it.put(chosen, Name=name)
            run = await it.sync(strategy=Strategy.BATCH)

            assert (run.status, run.outcome.unchanged) == (RunStatus.SUCCEEDED, 30)
            assert await _parked(it) == Counter()

    asyncio.run(scenario())
