from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ploomes_sync.domain.fingerprint import fingerprint, mean_the_same


def same(one: dict[str, object], other: dict[str, object]) -> bool:
    return mean_the_same(msgspec.json.encode(one), msgspec.json.encode(other))


def test_a_fingerprint_has_sixteen_bytes_of_its_row() -> None:
    assert len(fingerprint(b"1")) == 16
    assert fingerprint(b"1") != fingerprint(b"2")


def test_the_order_of_keys_and_children_nulls_and_permissions_do_not_count() -> None:
    assert same(
        {"Id": 1, "Lists": [{"ListId": 1}, {"ListId": 2}], "Editable": True, "Code": None},
        {"Lists": [{"Deletable": False, "ListId": 2}, {"ListId": 1, "X": None}], "Id": 1},
    )


def test_the_way_a_number_is_written_does_not_count() -> None:
    assert mean_the_same(b'{"UnitPrice":149.90,"X":0.0}', b'{"UnitPrice":149.9,"X":0}')
    assert mean_the_same(b'{"X":1e2}', b'{"X":100}')


def test_the_order_of_other_lists_counts() -> None:
    assert not same({"X": [1, 2]}, {"X": [2, 1]})


@pytest.mark.parametrize("other", [{"Name": "b"}, {"Name": "a", "New": 1}, {}, {"Name": True}])
def test_any_value_counts(other: dict[str, object]) -> None:
    assert not same({"Name": "a"}, other)
    assert not same({"Name": 1}, other)


@pytest.mark.parametrize("broken", [b"", b"{", b'{"X":1e999999999}', b"[" * 200_000])
def test_what_cannot_be_read_means_nothing_else(broken: bytes) -> None:
    assert not mean_the_same(broken, broken)


ITEMS = st.lists(st.dictionaries(st.sampled_from(["FieldKey", "StringValue", "IntegerValue"]), st.integers()))


@given(ITEMS, st.randoms(use_true_random=False))
def test_shuffled_items_mean_the_same(items: list[dict[str, int]], rng: random.Random) -> None:
    shuffled = [dict(rng.sample(list(item.items()), len(item))) for item in rng.sample(items, len(items))]
    assert same({"OtherProperties": items}, {"OtherProperties": shuffled})
