from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from integration.store.mirror import Mirror, batch, item, later, mirror, play, spoilt
from ploomes_sync.domain.changes import RECORDED, ChangeKind, ChangePage, ChangeQuery, ProductChange
from ploomes_sync.domain.page import Item
from ploomes_sync.domain.run import Outcome
from ploomes_sync.store import changes, products

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
R1, R2, R3 = later(100), later(101), later(102)


async def covered(it: Mirror) -> None:
    """Let a sync of everything have come to its end."""
    await it.rows(
        "insert into ploomes_sync.runs (request, status, covering, started_at) "
        "values ('{}', 'succeeded', true, now()) returning id"
    )


async def history(it: Mirror, key: int, limit: int = 50, before: int | None = None) -> ChangePage:
    return await it.do(lambda conn: changes.of_product(conn, key, limit, before))


async def latest(it: Mirror, **asked: Any) -> ChangePage:  # noqa: ANN401 - fields of the query
    return await it.do(lambda conn: changes.latest(conn, ChangeQuery(**asked)))


async def followed(it: Mirror, since: datetime = LONG_AGO, **asked: Any) -> ChangePage:  # noqa: ANN401 - fields of the query
    query = ChangeQuery(since=since, **asked)
    return await it.do(lambda conn: changes.followed(conn, query, since))


def told(found: list[ProductChange]) -> list[tuple[int, str, dict[str, tuple[Any, Any]]]]:
    return [(change.ploomes_id, change.kind.value, change.changes) for change in found]


def as_row(one: Item, **columns: object) -> Item:
    """Give an item other values of its columns."""
    return replace(one, row=msgspec.json.encode({**msgspec.json.decode(one.row), **columns}))


def test_a_change_is_told_with_the_values_before_and_after_its_run_and_its_time(database_url: str) -> None:
    async def story(it: Mirror) -> None:
        run_id = uuid4()
        await it.write(item(1, UnitPrice=10), item(2), at=R1)

        await it.write(item(1, UnitPrice=12.5, Name="Nova"), item(2), at=R2, run_id=run_id)

        (change,) = (await history(it, 1)).items
        assert change.changes == {
            "base_price": (Decimal("10.00"), Decimal("12.50")),
            "name": ("Produto 1", "Nova"),
        }
        assert (change.kind, change.run_id, change.name) == (ChangeKind.CHANGED, run_id, "Nova")
        assert timedelta() <= datetime.now(UTC) - change.changed_at < timedelta(minutes=1)
        assert (await history(it, 2)).items == []

    play(database_url, story)


def test_the_recorded_columns_are_all_recorded_and_no_others(database_url: str) -> None:
    async def story(it: Mirror) -> None:
        before: dict[str, object] = {name: name[:2] for name in RECORDED}
        before |= {"product_type": "product", "segments": ["a"], "base_price": 1, "cost_price": None}
        before |= {"stock_quantity": 1, "active": True, "available_for_sale": True}
        after: dict[str, object] = {name: f"{value}!" for name, value in before.items()}
        after |= {"product_type": "service", "segments": ["a", "b"], "base_price": 2, "cost_price": 1.25}
        after |= {"stock_quantity": None, "active": False, "available_for_sale": False}
        await it.write(as_row(item(1), **before, description="a", tags=["a"], image_url="a"), at=R1)

        await it.write(as_row(item(1, X=1), **after, description="b", tags=["b"], image_url="b"), at=R2)

        (change,) = (await history(it, 1)).items
        assert change.changes == {name: (before[name], after[name]) for name in RECORDED}

    play(database_url, story)


def test_values_that_the_table_rounds_to_the_same_are_no_change_nor_are_columns_that_nobody_follows(
    database_url: str,
) -> None:
    async def story(it: Mirror) -> None:
        await it.write(item(1, UnitPrice=10), at=R1)

        outcome = await it.write(as_row(item(1, Note="x"), base_price=10.001, description="new"), at=R2)

        assert outcome.updated == 1
        assert (await latest(it)).items == []

    play(database_url, story)


def test_a_first_load_is_no_history_and_what_comes_later_is_told_without_its_values(database_url: str) -> None:
    async def story(it: Mirror) -> None:
        await it.write(item(1), item(2), at=R1)
        await covered(it)

        await it.write(item(1), item(2), item(3), at=R2)

        assert told((await latest(it)).items) == [(3, "created", {})]

    play(database_url, story)


def test_a_page_that_is_written_twice_is_told_once_and_an_older_copy_never(database_url: str) -> None:
    async def story(it: Mirror) -> None:
        await covered(it)
        await it.write(item(1), at=R1)
        await it.write(item(1, Name="new"), item(2), at=R3)
        once = told((await latest(it)).items)

        await it.write(item(1, Name="new"), item(2), at=R3)
        await it.write(item(1, Name="old"), item(2), at=R2)

        assert told((await latest(it)).items) == once
        assert len(once) == 3

    play(database_url, story)


def test_a_removed_product_is_told_and_so_is_its_return(database_url: str) -> None:
    async def story(it: Mirror) -> None:
        run_id = uuid4()
        await it.write(item(1, UnitPrice=5), item(2, Suspended=True), at=R1)
        marked = await it.do(lambda conn: products.mark_deleted(conn, run_id, [1, 2, 9], R2))
        again = await it.do(lambda conn: products.mark_deleted(conn, run_id, [1, 2, 9], R2))
        await it.write(item(1, UnitPrice=6), at=R3)

        assert (marked, again) == (2, 0)
        gone = {"active": (True, False), "available_for_sale": (True, False)}
        back = {"active": (False, True), "available_for_sale": (False, True)}
        assert told((await history(it, 1)).items) == [
            (1, "restored", back | {"base_price": (Decimal("5.00"), Decimal("6.00"))}),
            (1, "removed", gone),
        ]
        assert told((await history(it, 2)).items) == [(2, "removed", {})]
        assert [one.run_id for one in (await history(it, 1)).items] == [None, run_id]

    play(database_url, story)


def test_what_the_database_refuses_is_not_told_while_the_rest_of_its_page_is(database_url: str) -> None:
    async def story(it: Mirror) -> None:
        await it.write(item(1), item(2), item(3), at=R1)

        outcome = await it.write(
            item(1, Name="a"), replace(spoilt(2), fingerprint=b"2" * 16), item(3, Name="c"), at=R2
        )

        assert outcome == Outcome(fetched=3, updated=2, rejected=1)
        assert sorted(change.ploomes_id for change in (await latest(it)).items) == [1, 3]

    play(database_url, story)


def test_pages_meet_each_change_once_newest_first(database_url: str) -> None:
    async def story(it: Mirror) -> None:
        await it.write(item(1, Name="0"), item(2), at=R1)
        for name in "abcde":
            await it.write(item(1, Name=name), item(2, Name=f"2{name}"), at=R2)
        whole = (await latest(it)).items
        assert [change.change_id for change in whole] == sorted((c.change_id for c in whole), reverse=True)
        assert len(whole) == 10

        first = await latest(it, limit=4)
        second = await latest(it, limit=4, cursor=first.next)
        last = await latest(it, limit=4, cursor=second.next)
        assert [*first.items, *second.items, *last.items] == whole
        assert (first.more, last.more, last.next) == (True, False, None)

        page = await history(it, 1, limit=3)
        assert [change.changes["name"][1] for change in page.items] == ["e", "d", "c"]
        rest = await history(it, 1, limit=3, before=int(page.next or 0))
        assert [change.changes["name"][1] for change in rest.items] == ["b", "a"]
        assert rest.next is None

    play(database_url, story)


def test_changes_are_chosen_by_run_and_by_column(database_url: str) -> None:
    async def story(it: Mirror) -> None:
        one, other = uuid4(), uuid4()
        await it.write(item(1, UnitPrice=1), item(2), at=R1)
        await it.write(item(1, UnitPrice=2, Name="a"), at=R2, run_id=one)
        await it.write(item(1, UnitPrice=3, Name="a"), item(2, Name="b"), at=R3, run_id=other)

        by_run = await latest(it, run_id=one)
        names = await latest(it, columns=("name", "code"))
        counted = await it.do(lambda conn: changes.of_run(conn, other))

        assert [change.run_id for change in by_run.items] == [one]
        assert {(change.ploomes_id, change.run_id) for change in names.items} == {(1, one), (2, other)}
        assert [c.change_id for c in (await followed(it, columns=("name",))).items] == sorted(
            change.change_id for change in names.items
        )
        assert (await followed(it, run_id=other)).items == (await latest(it, run_id=other)).items[::-1]
        assert counted == {"kinds": {"changed": 2}, "columns": {"base_price": 1, "name": 1}}

    play(database_url, story)


def test_whoever_follows_misses_nothing_that_commits_late(database_url: str) -> None:
    """The transaction that began first, and took the lower numbers, commits last."""

    async def story(it: Mirror) -> None:
        await it.write(item(1), item(2), at=R1)
        async with mirror(database_url) as slow, slow.db.transaction() as conn:
            await products.write_batch(conn, None, batch(item(1, Name="slow"), at=R2))
            await it.write(item(2, Name="quick"), at=R2)

            early = await followed(it)
            assert [change.ploomes_id for change in (await latest(it)).items] == [2]
        late = await followed(it, cursor=early.next)
        after = await followed(it, cursor=late.next)

        found = [change.name for change in (*early.items, *late.items, *after.items)]
        assert sorted(str(name) for name in found) == ["quick", "slow"]
        assert late.next is not None
        assert (late.more, after.items) == (False, [])

    play(database_url, story)


def test_following_goes_oldest_first_from_a_time_on_page_by_page(database_url: str) -> None:
    async def story(it: Mirror) -> None:
        await it.write(item(1), at=R1)
        for name in "abc":
            await it.write(item(1, Name=name), at=R2)
        third = (await latest(it)).items[0]

        first = await followed(it, limit=2)
        second = await followed(it, limit=2, cursor=first.next)

        names = [change.changes["name"][1] for change in (*first.items, *second.items)]
        assert names == ["a", "b", "c"]
        assert (first.more, second.more) == (True, False)
        assert (await followed(it, since=third.changed_at)).items == [third]
        assert (await followed(it, since=datetime.now(UTC) + timedelta(hours=1))).items == []

    play(database_url, story)


def test_after_a_restore_elsewhere_old_changes_are_told_first_and_old_places_are_refused(
    database_url: str,
) -> None:
    async def story(it: Mirror) -> None:
        await it.write(item(1, Name="0"), item(2), at=R1)
        await it.write(item(1, Name="before"), at=R2)
        future = "update ploomes_sync.product_changes set xid = '9000000000' returning change_id"
        await it.rows(future)
        await it.write(item(1, Name="after"), at=R3)

        found = await followed(it)

        assert [change.changes["name"][1] for change in found.items] == ["before", "after"]
        assert (await followed(it, cursor=found.next)).items == []
        with pytest.raises(ValueError, match="begin again with since"):
            await followed(it, cursor="9000000000.7")

    play(database_url, story)


def test_old_changes_are_forgotten(database_url: str) -> None:
    async def story(it: Mirror) -> None:
        await it.write(item(1), at=R1)
        await it.write(item(1, Name="a"), at=R2)
        aged = "update ploomes_sync.product_changes set changed_at = now() - interval '9 days' returning 1"
        await it.rows(aged)
        await it.write(item(1, Name="b"), at=R3)

        gone = await it.do(lambda conn: changes.forget(conn, 8))

        assert gone == 1
        assert [change.changes["name"] for change in (await latest(it)).items] == [("a", "b")]

    play(database_url, story)


NONSENSE: list[tuple[str, dict[str, Any]]] = [
    ("limit", {"limit": 0}),
    ("limit", {"limit": 501}),
    ("since", {"since": datetime(2026, 1, 1)}),  # noqa: DTZ001 - the very fault
    ("description", {"columns": ("description",)}),
    ("cursor", {"cursor": "x"}),
    ("cursor", {"cursor": "-1"}),
    ("cursor", {"cursor": "9" * 19}),
    ("cursor", {"cursor": "7.7"}),
    ("cursor", {"cursor": "7", "since": LONG_AGO}),
]


@pytest.mark.parametrize(("named", "asked"), NONSENSE)
def test_what_makes_no_sense_is_refused(named: str, asked: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=named):
        ChangeQuery(**asked)
