from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from harness import World, world
from ploomes_sync.domain.run import RunStatus
from ploomes_sync.domain.vendor import VendorFacts
from ploomes_sync.ploomes.probe import Finding, probe
from ploomes_sync.store import vendor


async def learn(it: World) -> tuple[VendorFacts, list[Finding]]:
    kept: list[VendorFacts] = []
    findings = [finding async for finding in probe(it.parts.client(), kept.append)]
    return kept[0], findings


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        ({}, {"page_cap": 300, "counts": True, "get_by_key": False, "unknown_field_status": 403}),
        ({"max_top": 100}, {"page_cap": 100}),
        ({"max_top": 0}, {"page_cap": 1000}),
        ({"max_top_mode": "error"}, {"page_cap": 300}),
        ({"supports_count": False}, {"counts": False}),
        ({"get_by_key": "list"}, {"get_by_key": True}),
        ({"unknown_name_status": 400}, {"unknown_field_status": 400}),
        ({"page_size": 100}, {"default_page": 100}),
    ],
)
def test_the_probe_learns_what_the_server_really_does(
    database_url: str, server: dict[str, Any], expected: dict[str, Any]
) -> None:
    async def scenario() -> None:
        async with world(database_url, products=1200, **server) as it:
            facts, findings = await learn(it)

            assert {name: getattr(facts, name) for name in expected} == expected
            assert (facts.key_walk, facts.orders_by_date, facts.date_filter) == (True, True, True)
            assert facts.omie_user is not None
            assert facts.omie_field is not None
            assert all(finding.answer for finding in findings)
            assert len(findings) == 11

    asyncio.run(scenario())


def test_the_probe_makes_about_twenty_calls_and_none_that_writes(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=600) as it:
            before = it.simulator.digest()

            await learn(it)

            assert it.simulator.digest() == before
            requests: Any = it.simulator.report()["requests"]
            assert requests <= 24

    asyncio.run(scenario())


def test_what_was_learnt_is_kept_and_obeyed(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=1200, supports_count=False, max_top=100) as it:
            facts, _ = await learn(it)
            async with it.db.transaction() as conn:
                await vendor.save(conn, facts)
            async with it.db.transaction() as conn:
                kept = await vendor.load(conn)
            it.parts = replace(it.parts, vendor=kept)
            it.simulator.reset_stats()

            run = await it.sync()

            assert kept == facts
            assert run.status is RunStatus.SUCCEEDED
            pages = [entry for entry in it.product_requests() if "expand" in entry["query"]]
            assert all("top=100" in entry["query"] and "count" not in entry["query"] for entry in pages)
            await it.assert_equal()

    asyncio.run(scenario())
