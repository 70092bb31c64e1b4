from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ploomes_simulator.settings import SimulatorSettings
from ploomes_simulator.simulator import Simulator
from ploomes_sync.domain.page import Item, Reject
from ploomes_sync.domain.transform import transform_record
from ploomes_sync.domain.wire import read_known
from unit.domain.builders import OMIE, key_of, make_context, make_field, make_item, make_record, transform

COLOUR = make_field("Cor"), make_field("Peso", "Decimal")
VALUES = {
    "Code": "A-1",
    "UnitPrice": 149.90,
    "GroupId": 2,
    "CreatorId": OMIE,
    "Lists": [{"Id": 1, "ProductId": 7, "ListId": 8}],
    "OtherProperties": [
        make_item("Cor", StringValue="azul", UserValueAvatarUrl=None),
        make_item("Peso", DecimalValue=0.50),
    ],
    "Parts": [],
    "Editable": True,
}


def test_a_record_of_known_keys_makes_the_same_row_as_one_with_a_key_that_nobody_knows() -> None:
    context = make_context(*COLOUR)
    known, unknown = make_record(**VALUES), make_record(**VALUES, Unheard=[1])

    assert read_known(known) is not None
    assert read_known(unknown) is None
    assert transform(known, context).row == transform(unknown, context).row


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
PROPERTIES = st.fixed_dictionaries(
    {"FieldKey": st.sampled_from([None, key_of("Cor"), key_of("Peso"), "other"])},
    optional=dict.fromkeys(["Id", "StringValue", "DecimalValue", "ObjectValueName"], SCALARS),
)
RECORDS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(["Code", "UnitPrice", "GroupId", "Suspended", "MeasurementUnit", "Editable"], SCALARS),
        "OtherProperties": st.none() | st.lists(PROPERTIES, max_size=3),
        "Lists": st.lists(st.fixed_dictionaries({"ListId": SCALARS}), max_size=2),
    },
)


@given(RECORDS)
def test_both_ways_of_reading_agree_about_any_record(values: dict[str, object]) -> None:
    context = make_context(*COLOUR)
    short, long = make_record(**values), make_record(**values, Unheard=1)
    assert told(transform_record(short, context)) == told(transform_record(long, context))


def told(answer: Item | Reject) -> object:
    return (answer.reason, answer.detail) if isinstance(answer, Reject) else answer.row


@pytest.mark.parametrize(
    "values",
    [
        {"Id": 0},
        {"Id": 1 << 63},
        {"Name": " "},
        {"UnitPrice": "12"},
        {"Parts": [{"Id": 1}]},
        {"Editable": [[]] * 99},
        {"OtherProperties": [{"Unheard": 1}]},
        {"Lists": [{"Unheard": 1}]},
    ],
)
def test_whatever_is_not_plainly_sound_is_left_to_be_looked_at_piece_by_piece(values: dict[str, object]) -> None:
    assert read_known(make_record(**values)) is None


def test_most_records_of_a_catalogue_are_of_known_keys() -> None:
    records = list(Simulator(SimulatorSettings(products=300), time.time).truth())
    known = sum(read_known(record) is not None for record in records)
    assert known >= 0.8 * len(records)
