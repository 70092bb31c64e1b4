from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from system.support import Mirror, running_mirror


@pytest.fixture
def mirror(database_url: str, tmp_path: Path) -> Iterator[Mirror]:
    with running_mirror(
        database_url, tmp_path, {"PRODUCT_SYNC_BATCH_SIZE": 50}, products=1200, latency_ms=20
    ) as made:
        yield made


def test_of_two_processes_that_sync_everything_one_works_and_the_other_joins(mirror: Mirror) -> None:
    first, second = mirror.start(), mirror.start()

    runs = [first.result(), second.result()]

    assert [run["status"] for run in runs] == ["succeeded"] * 2
    assert runs[0]["id"] == runs[1]["id"]
    assert runs[0]["outcome"]["inserted"] == 1200
    assert len(mirror.rows("select from ploomes_sync.runs")) == 1
    assert len(mirror.source.pages()) <= 1200 / 50 + 8, "nothing was read twice"
    mirror.assert_equal()


def test_a_full_sync_that_was_asked_for_is_not_answered_by_somebodys_incremental_one(mirror: Mirror) -> None:
    mirror.sync()
    mirror.source.churn(edit=900)
    incremental = mirror.start(strategy="incremental")
    mirror.wait_for("exists (select from ploomes_sync.runs where status = 'running' and pages > 0)")
    (gone,) = mirror.source.churn(delete=1)["deleted"]

    batch = mirror.start(strategy="batch")
    runs = [incremental.result(), batch.result()]

    assert [run["plan"]["strategy"] for run in runs] == ["incremental", "batch"]
    assert mirror.rows(
        "select deleted_at is not null as deleted from ploomes_sync.product_state where ploomes_id = %(id)s",
        id=gone,
    ) == [{"deleted": True}]
    mirror.assert_equal()


def test_the_newest_copy_wins_whichever_process_brings_it(mirror: Mirror) -> None:
    """Full, incremental and real-time syncs touch the same products at once, while these are edited."""
    mirror.sync()
    ids = sorted(mirror.source.truth())[:5]
    full = mirror.start(strategy="batch", allow_deletes=100)
    prices = iter(range(1000, 1200))
    workers = []
    for _ in range(6):
        for product_id in ids:
            mirror.source.admin("PUT", f"/products/{product_id}", {"UnitPrice": next(prices)})
        workers.append(mirror.start(ids=ids))
        workers.append(mirror.start(ids=[*ids, ids[0] + 1], strategy="incremental"))
    runs = [worker.result() for worker in [full, *workers]]

    assert {run["status"] for run in runs} == {"succeeded"}
    mirror.assert_equal()
    (stored,) = mirror.rows(
        "select base_price from public.products_enhanced where ploomes_product_id = %(id)s", id=str(ids[0])
    )
    assert stored["base_price"] == mirror.source.truth()[ids[0]]["UnitPrice"]


def test_products_that_are_deleted_and_created_again_end_as_the_source_has_them(mirror: Mirror) -> None:
    mirror.sync()
    chosen = sorted(mirror.source.truth())[10:14]
    for _ in range(3):
        for product_id in chosen:
            mirror.source.admin("DELETE", f"/products/{product_id}")
        gone = [mirror.start(ids=chosen), mirror.start(strategy="batch")]
        for product_id in chosen[:2]:
            mirror.source.admin("PUT", f"/products/{product_id}", {"Name": "Compressor outra vez"})
        back = mirror.start(ids=chosen)
        assert {worker.result()["status"] for worker in [*gone, back]} == {"succeeded"}
        for product_id in chosen[2:]:
            mirror.source.admin("PUT", f"/products/{product_id}", {"Name": "Compressor outra vez"})
        mirror.sync(ids=chosen)

    mirror.assert_equal()
