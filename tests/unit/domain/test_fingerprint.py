from __future__ import annotations

import random

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from ploomes_sync.domain.fingerprint import fingerprint

ROW = b'{"name":"a"}'


def digest(payload: dict[str, object]) -> bytes:
    return fingerprint(msgspec.json.encode(payload), ROW)


def test_a_fingerprint_has_sixteen_bytes() -> None:
    assert len(digest({"Id": 1})) == 16


def test_the_order_of_keys_and_children_nulls_and_permissions_do_not_count() -> None:
    one = digest({"Id": 1, "Lists": [{"ListId": 1}, {"ListId": 2}], "Editable": True, "Code": None})
    other = digest({"Lists": [{"Deletable": False, "ListId": 2}, {"ListId": 1, "X": None}], "Id": 1})
    assert one == other


def test_the_way_a_number_is_written_does_not_count() -> None:
    assert fingerprint(b'{"UnitPrice":149.90,"X":0.0}', ROW) == fingerprint(b'{"UnitPrice":149.9,"X":0}', ROW)
    assert fingerprint(b'{"X":1e2}', ROW) == fingerprint(b'{"X":100}', ROW)


def test_the_order_of_other_lists_counts() -> None:
    assert digest({"X": [1, 2]}) != digest({"X": [2, 1]})


def test_any_value_counts_and_so_does_the_row() -> None:
    assert len({digest({"Name": "a"}), digest({"Name": "b"}), digest({"Name": "a", "New": 1})}) == 3
    assert fingerprint(b"{}", b"1") != fingerprint(b"{}", b"2")


ITEMS = st.lists(st.dictionaries(st.sampled_from(["FieldKey", "StringValue", "IntegerValue"]), st.integers()))


@given(ITEMS, st.randoms(use_true_random=False))
def test_shuffled_items_have_the_same_fingerprint(items: list[dict[str, int]], rng: random.Random) -> None:
    shuffled = [dict(rng.sample(list(item.items()), len(item))) for item in rng.sample(items, len(items))]
    assert digest({"OtherProperties": items}) == digest({"OtherProperties": shuffled})
