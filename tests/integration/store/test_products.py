from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import msgspec
import pytest

from integration.store.mirror import NOON, Mirror, batch, item, later, play, reject, spoilt
from ploomes_sync.domain.page import Item
from ploomes_sync.domain.product import RentalSpecification, ServiceSpecification, Supplier, Variant
from ploomes_sync.domain.run import Outcome
from ploomes_sync.store import products
from ploomes_sync.store.products import Span

NAMES = "select name from public.products_enhanced order by ploomes_product_id::bigint"
VERSIONS = (
    "select p.xmin::text as product, s.xmin::text as state, d.xmin::text as payload "
    "from public.products_enhanced p "
    "join ploomes_sync.product_state s on s.ploomes_id = p.ploomes_product_id::bigint "
    "join ploomes_sync.payloads d using (ploomes_id) order by s.ploomes_id"
)
D1, D2 = NOON, later(10)
R1, R2 = later(100), later(101)
Copy = tuple[datetime | None, datetime]

DUELS: list[tuple[str, Copy, Copy]] = [
    ("the later date and the later request", (D1, R1), (D2, R2)),
    ("the later date, though its request began earlier", (D1, R2), (D2, R1)),
    ("of equal dates the later request", (D1, R1), (D1, R2)),
    ("without dates the later request", (None, R1), (None, R2)),
    ("a date that went away, by the later request", (D1, R1), (None, R2)),
    ("a date that came, by the later request", (None, R1), (D1, R2)),
]


@pytest.mark.parametrize(("older", "newer"), [row[1:] for row in DUELS], ids=[row[0] for row in DUELS])
def test_an_older_copy_never_overwrites_a_newer_one(database_url: str, older: Copy, newer: Copy) -> None:
    async def story(it: Mirror) -> list[tuple[Outcome, Outcome]]:
        counted = []
        for key, first, second in [(1, older, newer), (2, newer, older)]:
            names = {older: "older", newer: "newer"}
            outcomes = [
                await it.write(item(key, date, Name=names[date, at]), at=at) for date, at in (first, second)
            ]
            counted.append((outcomes[0], outcomes[1]))
        assert await it.column(NAMES) == ["newer", "newer"]
        assert await it.column("select payload ->> 'Name' from ploomes_sync.payloads") == ["newer", "newer"]
        return counted

    new = Outcome(fetched=1, inserted=1)
    assert play(database_url, story) == [
        (new, Outcome(fetched=1, updated=1)),
        (new, Outcome(fetched=1, stale=1)),
    ]


def test_of_two_copies_of_one_request_the_one_that_comes_last_stays(database_url: str) -> None:
    async def story(it: Mirror) -> None:
        await it.write(item(1, Name="first"))
        await it.write(item(1, Name="last"))
        assert await it.column(NAMES) == ["last"]

    play(database_url, story)


def test_rows_that_did_not_change_are_not_written(database_url: str) -> None:
    async def story(it: Mirror) -> None:
        await it.write(item(1), item(2), at=R1)
        before = await it.rows(VERSIONS)

        outcome = await it.write(item(1), item(2), at=R2)

        assert outcome == Outcome(fetched=2, unchanged=2)
        assert await it.rows(VERSIONS) == before

    play(database_url, story)


def test_new_rules_that_change_no_row_are_noted_once_and_other_bytes_that_mean_the_same_never(
    database_url: str,
) -> None:
    def read_by(mark: bytes) -> Item:
        one = item(1)
        return replace(one, raw_digest=mark * 8 + one.raw_digest[8:])

    async def story(it: Mirror) -> None:
        await it.write(read_by(b"a"), at=R1)
        assert await it.write(read_by(b"b"), at=R2) == Outcome(fetched=1, unchanged=1)
        noted = await it.rows(VERSIONS)
        assert await it.column("select raw_digest from ploomes_sync.product_state") == [read_by(b"b").raw_digest]

        await it.write(read_by(b"b"), at=R2)
        await it.write(replace(read_by(b"b"), raw_digest=b"b" * 8 + bytes(16)), at=R2)
        assert await it.rows(VERSIONS) == noted

    play(database_url, story)


def test_a_record_that_makes_the_same_row_is_kept_only_when_it_means_something_else(database_url: str) -> None:
    async def story(it: Mirror) -> None:
        await it.write(item(1, Unheard=1.0, Code=None), at=R1)

        assert await it.write(item(1, Editable=True, Unheard=1), at=R2) == Outcome(fetched=1, unchanged=1)
        assert await it.write(item(1, Unheard=2), at=R2) == Outcome(fetched=1, updated=1)

        stored = await it.column("select payload ->> 'Unheard' from ploomes_sync.payloads")
        assert stored == ["2"]

    play(database_url, story)


def test_only_the_row_that_changed_is_written_and_counted(database_url: str) -> None:
    async def story(it: Mirror) -> None:
        await it.write(item(1), item(2), item(3), at=R1)
        before = await it.rows(VERSIONS)

        outcome = await it.write(item(1), item(2, Name="new"), item(3), item(4), at=R2)

        after = await it.rows(VERSIONS)
        assert outcome == Outcome(fetched=4, inserted=1, updated=1, unchanged=2)
        assert [now == then for now, then in zip(after, before, strict=False)] == [True, False, True]
        counts = "select sync_version from public.products_enhanced order by ploomes_product_id::bigint"
        assert await it.column(counts) == [1, 2, 1, 1]

    play(database_url, story)


def test_a_product_is_stored_whole(database_url: str) -> None:
    async def story(it: Mirror) -> None:
        await it.write(item(7, Code="CIA_LOC_9", UnitPrice=149.9, GroupId=1), at=R1)
        (row,) = await it.rows(
            "select p.name, p.code, p.product_type, p.segments, p.base_price, p.group_name, p.source_updated_at, "
            "p.active, p.deleted_at, s.requested_at from public.products_enhanced p "
            "join ploomes_sync.product_state s on s.ploomes_id = 7"
        )
        assert row == {
            "name": "Produto 7",
            "code": "CIA_LOC_9",
            "product_type": "rental",
            "segments": ["rentals"],
            "base_price": Decimal("149.90"),
            "group_name": "PEÇAS",
            "source_updated_at": NOON,
            "active": True,
            "deleted_at": None,
            "requested_at": R1,
        }

    play(database_url, story)


@pytest.mark.parametrize("bad", [[1], [4], [7], [1, 7], [3, 4], [1, 2, 3, 4, 5, 6, 7]])
def test_a_row_that_the_database_refuses_is_parked_and_its_neighbours_are_kept(
    database_url: str, bad: list[int]
) -> None:
    async def story(it: Mirror) -> None:
        outcome = await it.write(*(spoilt(key) if key in bad else item(key) for key in range(1, 8)))

        good = [key for key in range(1, 8) if key not in bad]
        assert outcome == Outcome(fetched=7, inserted=len(good), rejected=len(bad))
        assert await it.column(NAMES) == [f"Produto {key}" for key in good]
        parked = await it.rows("select ploomes_id, reason from ploomes_sync.quarantine order by ploomes_id")
        assert parked == [{"ploomes_id": key, "reason": "refused_by_database"} for key in bad]
        assert await it.column("select ploomes_id from ploomes_sync.product_state order by 1") == good

    play(database_url, story)


def test_a_refused_change_leaves_the_stored_copy_as_it_was(database_url: str) -> None:
    async def story(it: Mirror) -> None:
        await it.write(item(1, Name="stored"), at=R1)

        outcome = await it.write(replace(spoilt(1), fingerprint=b"x" * 16), at=R2)

        assert outcome == Outcome(fetched=1, rejected=1)
        assert await it.column(NAMES) == ["stored"]

    play(database_url, story)


STATES = (
    "select p.active, p.available_for_sale, p.deleted_at is not null as deleted, s.deleted_at is not null as gone "
    "from public.products_enhanced p "
    "join ploomes_sync.product_state s on s.ploomes_id = p.ploomes_product_id::bigint"
)
ALIVE = {"active": True, "available_for_sale": True, "deleted": False, "gone": False}
DEAD = {"active": False, "available_for_sale": False, "deleted": True, "gone": True}


@pytest.mark.parametrize(
    ("proof", "state"), [(R1, ALIVE), (R2, ALIVE), (later(102), DEAD)], ids=["before", "at once", "after"]
)
def test_a_product_is_marked_deleted_only_by_proof_that_is_younger_than_its_copy(
    database_url: str, proof: datetime, state: dict[str, bool]
) -> None:
    async def story(it: Mirror) -> None:
        await it.write(item(1), at=R2)

        marked = await it.do(lambda conn: products.mark_deleted(conn, None, [1], proof))

        assert (marked, await it.rows(STATES)) == (int(state is DEAD), [state])

    play(database_url, story)


@pytest.mark.parametrize(
    ("at", "date", "state"),
    [
        (R1, later(999), DEAD),
        (R2, later(999), DEAD),
        (later(102), later(-999), ALIVE),
        (later(102), None, ALIVE),
        (later(102), NOON, ALIVE),
    ],
)
def test_a_tombstone_yields_only_to_a_later_request(
    database_url: str, at: datetime, date: datetime | None, state: dict[str, bool]
) -> None:
    async def story(it: Mirror) -> None:
        await it.write(item(1), at=NOON)
        await it.do(lambda conn: products.mark_deleted(conn, None, [1], R2))

        outcome = await it.write(item(1, date), at=at)

        back = state is ALIVE
        assert outcome == Outcome(fetched=1, restored=int(back), stale=int(not back))
        assert await it.rows(STATES) == [state]

    play(database_url, story)


def test_marking_twice_counts_once(database_url: str) -> None:
    async def story(it: Mirror) -> list[int]:
        await it.write(item(1), item(2))

        async def mark(at: datetime) -> int:
            return await it.do(lambda conn: products.mark_deleted(conn, None, [1, 99], at))

        return [await mark(R1), await mark(R2)]

    assert play(database_url, story) == [1, 0]


def test_the_mirror_knows_what_a_page_lacks(database_url: str) -> None:
    async def story(it: Mirror) -> None:
        await it.write(*(item(key) for key in range(1, 7)), item(7, Code="CIA_LOC_7"))
        await it.write(item(8), at=R2)
        await it.do(lambda conn: products.mark_deleted(conn, None, [2], R1))
        page = batch(item(3), rejects=[reject(4)], at=R2)

        async def missing(span: Span, *segments: str) -> list[int]:
            return await it.do(lambda conn: products.missing_from(conn, span, page, segments))

        assert await missing(Span(0, None)) == [1, 5, 6, 7]
        assert await missing(Span(1, 6)) == [5, 6]
        assert await missing(Span(0, None), "rentals") == [7]

    play(database_url, story)


def with_children(whole: Item, mark: bytes, **children: object) -> Item:
    return replace(whole, product=msgspec.structs.replace(whole.product, **children), fingerprint=mark * 16)


async def children(it: Mirror) -> dict[str, list[object]]:
    return {
        "services": await it.column("select duration_hours from public.service_specifications"),
        "rentals": await it.column("select daily_rate from public.rental_specifications"),
        "variants": [
            (row["variant_key"], row["size"])
            for row in await it.rows("select variant_key, size from public.product_variants order by 1")
        ],
        "suppliers": [
            (row["name"], row["cost_price"])
            for row in await it.rows("select name, cost_price from public.product_suppliers order by 1")
        ],
    }


RICH = {
    "service": ServiceSpecification(duration_hours=Decimal(2)),
    "variants": (Variant(key="a", kind="attribute", size="P"), Variant(key="b", kind="attribute", size="M")),
    "suppliers": (Supplier(name="Atlas", cost_price=Decimal(5)), Supplier(name="Omie")),
}


def test_children_follow_their_product(database_url: str) -> None:
    changed = {
        "rental": RentalSpecification(daily_rate=Decimal(90)),
        "variants": (Variant(key="a", kind="attribute", size="G"), Variant(key="c", kind="part")),
        "suppliers": (Supplier(name="Atlas", cost_price=Decimal(5)),),
    }

    async def story(it: Mirror) -> None:
        await it.write(with_children(item(1), b"1", **RICH), at=R1)
        assert await children(it) == {
            "services": [Decimal(2)],
            "rentals": [],
            "variants": [("a", "P"), ("b", "M")],
            "suppliers": [("Atlas", Decimal(5)), ("Omie", None)],
        }

        await it.write(with_children(item(1), b"2", **changed), at=R2)

        assert await children(it) == {
            "services": [],
            "rentals": [Decimal(90)],
            "variants": [("a", "G"), ("c", None)],
            "suppliers": [("Atlas", Decimal(5))],
        }

    play(database_url, story)


def test_children_of_other_products_and_equal_ones_are_left_alone(database_url: str) -> None:
    versions = "select xmin::text || ctid::text from public.{} order by 1"
    tables = ("service_specifications", "product_variants", "product_suppliers")

    async def story(it: Mirror) -> None:
        await it.write(with_children(item(1), b"1", **RICH), with_children(item(2), b"1", **RICH), at=R1)
        before = [await it.column(versions.format(table)) for table in tables]

        await it.write(with_children(item(1), b"2", **RICH), at=R2)

        assert [await it.column(versions.format(table)) for table in tables] == before

    play(database_url, story)


def test_an_older_copy_changes_no_children(database_url: str) -> None:
    async def story(it: Mirror) -> None:
        await it.write(with_children(item(1, D2), b"1", **RICH), at=R1)
        before = await children(it)

        await it.write(with_children(item(1, D1), b"2"), at=R2)

        assert await children(it) == before

    play(database_url, story)


def test_a_stored_record_is_found_by_id_before_it_is_found_by_code(database_url: str) -> None:
    async def story(it: Mirror) -> list[str | None]:
        await it.write(item(1, Code="2"), item(2, Code="Bomba"))
        found = []
        for key in ("1", "2", "bOMBA", "nothing"):
            row = await it.do(lambda conn, key=key: products.payload_of(conn, key))  # type: ignore[misc]  # a bound default
            found.append(None if row is None else row["ploomes_product_id"])
        return found

    assert play(database_url, story) == ["1", "2", "2", None]
