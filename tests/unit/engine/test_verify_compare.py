from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from ploomes_sync.engine.verify_compare import Names, compare, compare_dates, instant

NAMES = Names(
    groups={7: {"Id": 7, "Name": "Peças", "FamilyId": 9}},
    families={9: "Família"},
    currencies={1: "BRL"},
    labels={"product_a": "NCM", "product_b": "Modelo"},
)
MOMENT = datetime(2026, 3, 5, 12, 12, 44, 130_000, UTC)


def item(key: str, **values: object) -> dict[str, object]:
    return {"FieldKey": key, "StringValue": None, **values}


def make_record(**changes: object) -> dict[str, Any]:
    record = {
        "Id": 1,
        "Name": "Filtro de ar",
        "Code": "00017",
        "GroupId": 7,
        "CurrencyId": 1,
        "MeasurementUnit": "un",
        "UnitPrice": Decimal("149.9"),
        "Suspended": False,
        "Editable": True,
        "CreateDate": "2026-03-05T09:12:44.13-03:00",
        "LastUpdateDate": "2026-03-05T09:12:44.13-03:00",
        "OtherProperties": [item("product_a", StringValue="8421.39.90"), item("product_b", StringValue="GA 37")],
    }
    return {**record, **changes}


def make_row(payload: dict[str, Any] | None = None, **changes: object) -> dict[str, Any]:
    row = {
        "payload": json.dumps(payload or make_record(), default=float),
        "name": "Filtro de ar",
        "code": "00017",
        "base_price": Decimal("149.90"),
        "active": True,
        "currency": "BRL",
        "unit_of_measure": "UN",
        "image_url": None,
        "group_name": "Peças",
        "family_name": "Família",
        "source_created_at": MOMENT,
        "source_updated_at": MOMENT,
        "custom_fields": '{"Modelo": "GA 37"}',
        "columns": '{"ncm_code": "84213990", "base_price": 149.90, "active": true}',
    }
    return {**row, **changes}


def fields(record: dict[str, Any], row: dict[str, Any]) -> list[str]:
    return [mismatch.field for mismatch in compare(record, row, NAMES)]


def test_a_faithful_copy_has_no_mismatch() -> None:
    assert compare(make_record(), make_row(), NAMES) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Filtro"},
        {"code": None},
        {"base_price": Decimal("149.91")},
        {"base_price": None},
        {"active": False},
        {"active": None},
        {"currency": "USD"},
        {"unit_of_measure": "KG"},
        {"image_url": "https://host/picture.png"},
        {"group_name": None},
        {"family_name": "Outra"},
        {"source_created_at": None},
        {"source_updated_at": datetime(2026, 3, 5, 12, 12, 44, 131_000, UTC)},
    ],
)
def test_each_column_is_compared(changes: dict[str, Any]) -> None:
    assert fields(make_record(), make_row(**changes)) == list(changes)


def test_a_change_that_only_the_record_shows_is_found() -> None:
    assert fields(make_record(UpdaterId=3), make_row()) == ["payload.UpdaterId"]


def test_permissions_nulls_order_of_fields_and_spelling_of_numbers_do_not_count() -> None:
    record = make_record(Editable=False, UpdaterId=None, UnitPrice=Decimal("149.900"))
    record["OtherProperties"] = list(reversed(record["OtherProperties"]))

    assert compare(record, make_row(), NAMES) == []


def test_a_price_counts_to_the_cent() -> None:
    record = make_record(UnitPrice=Decimal("10.005"))

    assert fields(record, make_row(record, base_price=Decimal("10.01"))) == []
    assert fields(record, make_row(record, base_price=Decimal("10.02"))) == ["base_price"]


def test_a_field_that_is_neither_in_a_column_nor_under_its_label_is_named() -> None:
    (mismatch,) = compare(make_record(), make_row(custom_fields='{"Outro": "GA 37"}'), NAMES)

    assert (mismatch.field, mismatch.source, mismatch.mirror) == ("custom_fields.Modelo", "GA 37", "null")


@pytest.mark.parametrize(
    ("value", "column"),
    [
        ({"StringValue": "8421.39.90"}, "84213990"),
        ({"IntegerValue": 4021010}, "04021010"),
        ({"StringValue": "1.234,50 kg"}, 1234.5),
        ({"DecimalValue": Decimal("0.10")}, 0.1),
        ({"IntegerValue": 3, "ObjectValueName": "Três"}, "Três"),
        ({"BigStringValue": "<p>Um&nbsp;texto</p>"}, "Um texto"),
        ({"BoolValue": True}, "Sim"),
        ({"StringValue": "a, b"}, ["a", "b"]),
        ({"StringValue": "  "}, None),
    ],
)
def test_a_value_is_recognised_in_the_shape_its_column_gives_it(value: dict[str, object], column: object) -> None:
    record = make_record(OtherProperties=[item("product_a", **value)])
    row = make_row(record, custom_fields="{}", columns=json.dumps({"column": column}))

    assert compare(record, row, NAMES) == []


def test_a_unit_may_come_from_a_field_or_be_kept_when_it_does_not_fit() -> None:
    long = make_record(MeasurementUnit="caixa com doze")
    kept = '{"MeasurementUnit": "caixa com doze", "Modelo": "GA 37"}'

    assert fields(long, make_row(long, custom_fields=kept)) == []
    assert fields(make_record(), make_row(unit_of_measure="GA 37")) == []


def test_what_postgresql_refuses_is_cleaned_before_comparing() -> None:
    record = make_record(Name="a\x00b \ud800")
    row = make_row(make_record(Name="ab �"), name="ab �")

    assert compare(record, row, NAMES) == []


def test_dates_alone_can_be_compared() -> None:
    row = {"source_updated_at": MOMENT}

    assert compare_dates({"LastUpdateDate": "2026-03-05T12:12:44.13Z"}, row) == []
    assert [m.field for m in compare_dates({"LastUpdateDate": None}, row)] == ["source_updated_at"]


def test_a_date_without_an_offset_is_local_time_of_the_source() -> None:
    assert instant("2026-03-05T09:12:44.13") == MOMENT
    assert instant("yesterday") is None
    assert instant(None) is None
