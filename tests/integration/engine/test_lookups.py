from __future__ import annotations

import asyncio
import json

from harness import World, world
from ploomes_sync.domain.run import Strategy

INCREMENTAL = Strategy.INCREMENTAL
NEW_GROUP = 499_001


async def _let_time_pass(it: World) -> None:
    await it.rows("update ploomes_sync.lookups set read_at = now() - interval '11 min' returning 1")


def _add_group(it: World, group_id: int, name: str) -> None:
    some = next(iter(it.simulator.world.tables["Products@Groups"].values()))
    it.simulator.world.tables["Products@Groups"][group_id] = {**some, "Id": group_id, "Name": name}


async def _group_of(it: World, product_id: int) -> str | None:
    statement = "select group_name from public.products_enhanced where ploomes_product_id = %(id)s"
    name: str | None = await it.value(statement, id=str(product_id))
    return name


def _move(it: World, product_id: int, group_id: int) -> None:
    """Put a product into a group, as the list of products shows it."""
    it.simulator.edit_product(product_id, {"GroupId": group_id})
    record = json.loads(it.simulator.truth_of(product_id))
    it.put(product_id, **{**record, "GroupId": group_id, "Group": None})


def test_a_group_that_is_new_gets_its_name_with_the_first_product_in_it(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=100) as it:
            await it.sync()
            _add_group(it, NEW_GROUP, "PNEUMÁTICA")
            _move(it, it.ids()[0], NEW_GROUP)
            await _let_time_pass(it)

            run = await it.sync(strategy=INCREMENTAL)

            assert run.outcome.updated >= 1
            assert await _group_of(it, it.ids()[0]) == "PNEUMÁTICA"

    asyncio.run(scenario())


def test_what_is_never_found_is_not_asked_for_by_every_run(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=100) as it:
            await it.sync()
            await _let_time_pass(it)
            _move(it, it.ids()[0], NEW_GROUP)
            first = await it.sync(strategy=INCREMENTAL)
            _move(it, it.ids()[1], NEW_GROUP)

            second = await it.sync(strategy=INCREMENTAL)

            assert first.outcome.requests - second.outcome.requests == 6, "the six tables, once"
            assert await _group_of(it, it.ids()[1]) is None

    asyncio.run(scenario())
