from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from integration.service.opened import opened
from ploomes_sync.domain.run import SyncRequest
from system.test_cli import Cli


@pytest.fixture
def repriced(database_url: str) -> list[str]:
    """Fill a database in which one product after the other has got a new price; returns their ids."""

    async def fill() -> list[str]:
        async with opened(database_url, products=60) as (app, source):
            await app.sync(SyncRequest())
            ids = list(source.world.products.ids)[:3]
            for product_id in ids:
                source.edit_product(product_id, {"UnitPrice": 77.25})
                await app.sync(SyncRequest())
            return [str(product_id) for product_id in ids]

    return asyncio.run(fill())


def test_what_changed_is_told_of_a_product_and_of_all_page_by_page(
    tmp_path: Path, database_url: str, repriced: list[str]
) -> None:
    cli = Cli(tmp_path, {"DATABASE_URL": database_url})

    first = cli.json("changes", "--column", "base_price", "--limit", "2")
    rest = cli.json("changes", "--column", "base_price", "--cursor", first["next"])
    followed = cli.json("changes", "--since", "2026-01-01")

    found = [*first["items"], *rest["items"]]
    assert [str(change["ploomes_id"]) for change in found] == repriced[::-1]
    assert followed["items"] == found[::-1]
    assert cli.json("changes", "--run", found[0]["run_id"])["items"] == found[:1]
    assert cli.json("history", repriced[0])["items"] == found[2:]
    assert "→ 77.25" in cli.run("history", repriced[0]).stdout
    assert cli.run("history", repriced[0], "--cursor", "1").stdout.startswith("Nothing has changed")
    assert "description is not recorded" in cli.fails("changes", "--column", "description", code=2)
    assert "no product" in cli.fails("history", "none", code=1)


def test_what_is_wrong_is_counted_listed_and_written_into_files(
    tmp_path: Path, database_url: str, repriced: list[str]
) -> None:
    assert repriced
    cli = Cli(tmp_path, {"DATABASE_URL": database_url})

    faults = {check["key"]: check["count"] for check in cli.json("quality")["checks"]}
    key = max(faults, key=lambda name: faults[name])
    assert faults[key] > 2
    first = cli.json("quality", key, "--limit", "2")
    rest = cli.json("quality", key, "--limit", "500", "--cursor", first["next"])
    assert len(first["items"]) + len(rest["items"]) == faults[key]
    assert key in cli.run("quality").stdout
    assert first["items"][0]["ploomes_product_id"] in cli.run("quality", key).stdout

    said = cli.run("quality", key, "--csv", "list.csv", "--xlsx", "list.xlsx").stdout
    assert said == "Wrote list.csv.\nWrote list.xlsx.\n"
    assert (tmp_path / "list.csv").read_text(encoding="utf-8-sig").count("\n") == faults[key] + 1
    assert (tmp_path / "list.xlsx").read_bytes().startswith(b"PK")
    assert "name the fault" in cli.fails("quality", "--csv", "list.csv", code=2)
    assert "cannot be written" in cli.fails("quality", key, "--csv", "none/list.csv", code=2)
