from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from msgspec import structs

from ploomes_sync.domain.context import Context
from ploomes_sync.domain.transform import transform_records
from unit.domain.builders import NOON, make_context, make_record


def digests(records: Sequence[bytes], context: Context) -> dict[int, bytes]:
    return {item.id: item.raw_digest for item in transform_records(records, NOON, context).items}


def test_a_record_of_the_very_bytes_that_are_stored_is_not_read_again() -> None:
    context = make_context()
    records = [make_record(Id=3), make_record(Id=5, Name=None), make_record(Id=9)]
    stored = digests(records, context)

    again = transform_records([records[0], records[1], make_record(Id=9, UnitPrice=7)], NOON, context, stored)
    assert (again.same, [item.id for item in again.items], again.ids) == ((3,), [9], (3, 5, 9))


def test_other_rules_read_even_equal_bytes_again() -> None:
    record = make_record(Id=3)
    stored = digests([record], make_context())
    context = make_context()
    others = [
        replace(context, code=b"another program"),
        replace(context, lookups=structs.replace(context.lookups, lists={1: "another list"})),
        replace(context, profile=structs.replace(context.profile, uninformative=("another word",))),
    ]
    assert [transform_records([record], NOON, other, stored).same for other in others] == [(), (), ()]


def test_a_copy_of_the_stored_bytes_beside_a_different_one_counts_once() -> None:
    context = make_context()
    old, new = make_record(Id=3, Name="old"), make_record(Id=3, Name="new")
    stored = digests([old], context)
    batch = transform_records([old, new], NOON, context, stored)
    assert (batch.same, [item.product.name for item in batch.items], batch.size) == ((), ["new"], 1)
