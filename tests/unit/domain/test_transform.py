from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ploomes_sync.domain.lookups import FieldDefinition
from ploomes_sync.domain.page import Item, RejectReason
from ploomes_sync.domain.product import (
    Kind,
    Product,
    RentalSpecification,
    ServiceSpecification,
    Supplier,
    Variant,
)
from ploomes_sync.domain.transform import transform_record, transform_records
from unit.domain.builders import (
    NOON,
    OMIE,
    key_of,
    make_context,
    make_field,
    make_item,
    make_record,
    product_of,
    product_with,
    transform,
)

AS_STORED = Product(
    ploomes_product_id="7",
    name="Filtro de ar",
    code="00017",
    description=None,
    product_type=Kind.PRODUCT,
    category="Peças",
    subcategory="Filtros de ar",
    brand=None,
    segments=("omie",),
    group_name="PEÇAS",
    family_name="Produtos",
    base_price=Decimal("149.90"),
    cost_price=None,
    currency="USD",
    weight=Decimal("1.500"),
    dimensions={"height": "30.5"},
    ncm_code="84213990",
    cfop_code=None,
    stock_quantity=None,
    unit_of_measure="PC",
    active=True,
    available_for_sale=True,
    external_id="123",
    source_system="omie",
    created_by="Omie",
    image_url="https://example.com/a.png",
    source_created_at=datetime(2024, 3, 5, 12, tzinfo=UTC),
    source_updated_at=datetime(2024, 3, 6, 12, tzinfo=UTC),
    tags=("Importado", "Promoção", "list:77"),
    custom_fields={},
)


def test_a_record_becomes_a_row_named_as_the_tables_name_it() -> None:
    fields = (make_field("NCM"), make_field("Peso (kg)", "Decimal"), make_field("Altura", "Decimal"))
    product = product_of(
        *fields,
        Name="  Filtro de ar ",
        Code=" 00017 ",
        GroupId=1,
        MeasurementUnit="pc",
        ImageUrl="https://example.com/a.png",
        CurrencyId=2,
        UnitPrice=149.9,
        CreatorId=OMIE,
        CreateDate="2024-03-05T09:00:00-03:00",
        LastUpdateDate="2024-03-06T09:00:00-03:00",
        Lists=[{"ListId": 9}, {"ListId": 8}, {"ListId": 77}],
        OtherProperties=[
            make_item("Peso (kg)", DecimalValue=1.5),
            make_item("NCM", StringValue="8421.39.90"),
            make_item("Altura", DecimalValue=30.5),
            make_item("Id (Omie)", StringValue="123"),
        ],
    )

    assert product == AS_STORED


def test_a_bare_record_gets_the_defaults() -> None:
    product = product_of()
    assert (product.currency, product.unit_of_measure, product.base_price, product.code) == (
        "BRL",
        "UN",
        None,
        None,
    )
    assert (product.active, product.available_for_sale, product.custom_fields) == (True, True, {})


def test_a_suspended_product_is_neither_active_nor_for_sale() -> None:
    product = product_of(Suspended=True)
    assert (product.active, product.available_for_sale) == (False, False)


def test_a_field_may_take_an_active_product_off_sale() -> None:
    product = product_with("Disponível para venda", "Não")
    assert (product.active, product.available_for_sale) == (True, False)


@pytest.mark.parametrize(
    ("price", "expected"),
    [(0, "0.00"), (149.9, "149.90"), (0.005, "0.01"), (0.125, "0.13"), (9_999_999_999_999, "9999999999999.00")],
)
def test_prices_have_two_places_and_half_a_cent_is_rounded_up(price: float, expected: str) -> None:
    assert str(product_of(UnitPrice=price).base_price) == expected


def test_a_currency_that_the_account_does_not_know_leaves_a_trace() -> None:
    assert product_of(CurrencyId=3).custom_fields == {"CurrencyId": 3}
    assert product_of(CurrencyId=99).currency == "BRL"


@pytest.mark.parametrize(
    ("label", "native", "value", "column", "expected", "kept"),
    [
        ("NCM", "String", "8421.39.90", "ncm_code", "84213990", False),
        ("NCM", "Integer", 1012100, "ncm_code", "01012100", False),
        ("ncm", "String", "123456789012", "ncm_code", None, True),
        ("CFOP", "String", "5.102", "cfop_code", "5102", False),
        ("CFOP", "Integer", 51020, "cfop_code", None, True),
        ("Estoque", "Decimal", 12.75, "stock_quantity", 12, True),
        ("Estoque", "Decimal", -12.75, "stock_quantity", -12, True),
        ("Estoque", "String", "1.234,0", "stock_quantity", 1234, False),
        ("Estoque", "Decimal", 3_000_000_000, "stock_quantity", None, True),
        ("Custo", "String", "R$ 1.234,56", "cost_price", Decimal("1234.56"), False),
        ("Custo", "Decimal", 1e20, "cost_price", None, True),
        ("Custo", "String", "a combinar", "cost_price", None, True),
        ("Peso (kg)", "Decimal", 1.23456, "weight", Decimal("1.235"), True),
        ("Unidade", "String", "cx", "unit_of_measure", "CX", False),
        ("Unidade", "String", "caixa com doze", "unit_of_measure", "UN", True),
        ("Descrição detalhada", "BigString", "<p>Bom&nbsp;filtro</p>", "description", "Bom filtro", False),
    ],
)
def test_a_field_feeds_its_column_and_what_does_not_fit_is_kept(
    label: str,
    native: str,
    value: object,
    column: str,
    expected: object,
    kept: bool,  # noqa: FBT001 - likewise
) -> None:
    product = product_with(label, value, native)
    assert getattr(product, column) == expected
    assert (label in product.custom_fields) is kept


def test_a_unit_of_ploomes_that_is_too_long_is_kept_beside_the_default() -> None:
    product = product_of(MeasurementUnit="caixa com doze")
    assert (product.unit_of_measure, product.custom_fields) == ("UN", {"MeasurementUnit": "caixa com doze"})


def test_the_first_label_of_the_profile_wins_and_the_others_are_kept() -> None:
    product = product_of(
        make_field("Preço de custo", "Decimal"),
        make_field("CUSTO ", "Decimal"),
        OtherProperties=[make_item("Preço de custo", DecimalValue=2), make_item("CUSTO ", DecimalValue=1)],
    )
    assert (product.cost_price, product.custom_fields) == (Decimal("1.00"), {"Preço de custo": 2})


@pytest.mark.parametrize(
    ("definition", "values", "expected"),
    [
        (make_field("F"), {"StringValue": "x", "IntegerValue": 1}, "x"),
        (make_field("F"), {"IntegerValue": 5}, 5),
        (make_field("F", "Integer", options={5: "Azul"}), {"IntegerValue": 5}, "Azul"),
        (make_field("F", "Integer", options={5: "Azul"}), {"IntegerValue": 6}, 6),
        (make_field("F", "Integer"), {"IntegerValue": 5, "ObjectValueName": "Azul"}, "Azul"),
        (make_field("F", "Integer"), {"IntegerValue": 5, "UserValueName": "Ana"}, "Ana"),
        (make_field("F", "Decimal"), {"DecimalValue": 12.5}, Decimal("12.5")),
        (make_field("F", "Bool"), {"BoolValue": False}, False),
        (make_field("F", "DateTime"), {"DateTimeValue": "2024-01-01T00:00:00-03:00"}, "2024-01-01T00:00:00-03:00"),
        (make_field("F", "Unheard"), {"StringValue": "x"}, "x"),
    ],
)
def test_a_custom_field_is_kept_by_its_label(
    definition: FieldDefinition, values: dict[str, object], expected: object
) -> None:
    assert product_of(definition, OtherProperties=[make_item("F", **values)]).custom_fields == {"F": expected}


def test_a_field_that_the_account_does_not_know_is_kept_by_its_key() -> None:
    product = product_of(OtherProperties=[make_item("Z", StringValue="x"), {"StringValue": "no key"}])
    assert product.custom_fields == {key_of("Z"): "x"}


def test_a_field_without_a_value_is_not_kept() -> None:
    assert product_of(make_field("F"), OtherProperties=[make_item("F"), make_item("F", StringValue="")]) == (
        product_of()
    )


def test_several_choices_are_a_list_in_the_order_of_their_ids() -> None:
    field = make_field("Cores", "Integer", multiple=True)
    items = [{**make_item("Cores", ObjectValueName=name), "Id": number} for number, name in ((2, "B"), (1, "A"))]
    assert product_of(field, OtherProperties=items).custom_fields == {"Cores": ["A", "B"]}


def test_two_fields_of_one_label_are_both_kept() -> None:
    twin = FieldDefinition("product_twin", "Nota", "String")
    items = [make_item("Nota", StringValue="a"), {"FieldKey": "product_twin", "StringValue": "b"}]
    product = product_of(make_field("Nota"), twin, OtherProperties=items)
    assert product.custom_fields == {"Nota": "a", "Nota (2)": "b"}


def test_the_terms_of_a_service_go_to_its_specification() -> None:
    product = product_of(
        make_field("Duração (h)", "Decimal"),
        make_field("Habilidades"),
        make_field("Garantia (meses)", "Integer"),
        Code="CIA_SERV_1",
        OtherProperties=[
            make_item("Duração (h)", DecimalValue=1.5),
            make_item("Habilidades", StringValue="Mecânica; Elétrica"),
            make_item("Garantia (meses)", IntegerValue=3),
        ],
    )
    assert product.service == ServiceSpecification(
        duration_hours=Decimal("1.50"), required_skills=("Mecânica", "Elétrica"), warranty_months=3
    )
    assert (product.rental, product.custom_fields) == (None, {})


def test_the_terms_of_a_rental_go_to_its_specification() -> None:
    product = product_of(
        make_field("Diária", "Decimal"),
        make_field("Entrega", "Bool"),
        Code="CIA_LOC_1",
        OtherProperties=[make_item("Diária", DecimalValue=90), make_item("Entrega", BoolValue=False)],
    )
    assert product.rental == RentalSpecification(daily_rate=Decimal("90.00"), delivery_available=False)


def test_services_and_rentals_always_have_a_specification_and_others_keep_such_terms_as_fields() -> None:
    assert product_of(Code="CIA_1").service == ServiceSpecification()
    product = product_with("Garantia (meses)", 12, "Integer")
    assert (product.service, product.custom_fields) == (None, {"Garantia (meses)": 12})


def test_a_supplier_needs_a_name() -> None:
    fields = (make_field("Fornecedor"), make_field("Custo do fornecedor", "Decimal"))
    cost = make_item("Custo do fornecedor", DecimalValue=9.9)
    named = product_of(*fields, OtherProperties=[cost, make_item("Fornecedor", StringValue="Peças SA")])
    nameless = product_of(*fields, OtherProperties=[cost])
    assert (named.suppliers, named.custom_fields) == (
        (Supplier(name="Peças SA", cost_price=Decimal("9.90")),),
        {},
    )
    assert (nameless.suppliers, nameless.custom_fields) == ((), {"Custo do fornecedor": Decimal("9.9")})


def test_attributes_and_parts_are_variants_each_part_once() -> None:
    product = product_of(
        make_field("Cor"),
        OtherProperties=[make_item("Cor", StringValue="Azul")],
        Parts=[
            {"Id": 5, "ProductPartId": 70, "DefaultQuantity": 2, "DefaultUnitPrice": 1.5, "Required": True},
            {"Id": 5, "ProductPartId": 70, "DefaultQuantity": 2, "DefaultUnitPrice": 1.5, "Required": True},
            {"Id": 4, "GroupPartId": 3},
        ],
    )
    assert product.variants == (
        Variant(key="attribute", kind="attribute", color="Azul"),
        Variant(key="part:4", kind="part"),
        Variant(
            key="part:5",
            kind="part",
            price=Decimal("1.50"),
            part_product_id="70",
            quantity=Decimal("2.000"),
            required=True,
        ),
    )


def test_a_page_becomes_a_batch_with_rising_ids_and_knows_its_rejects() -> None:
    records = [make_record(Id=9), make_record(Id=3), make_record(Id=5, Name=None), make_record(Id=None)]
    batch = transform_records(records, NOON, make_context())
    assert [item.id for item in batch.items] == [3, 9]
    assert [(reject.product_id, reject.reason) for reject in batch.rejects] == [
        (5, RejectReason.NO_NAME),
        (None, RejectReason.NO_ID),
    ]
    assert (batch.ids, batch.requested_at) == ((3, 5, 9), NOON)


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        ("05", "06", "second"),
        ("06", "05", "first"),
        ("05", "05", "second"),
        (None, "05", "second"),
        ("05", None, "first"),
    ],
)
def test_of_two_copies_in_a_page_the_newer_one_stays(first: str | None, second: str | None, kept: str) -> None:
    def copy(name: str, day: str | None) -> bytes:
        return make_record(Name=name, LastUpdateDate=day and f"2024-03-{day}T00:00:00-03:00")

    batch = transform_records([copy("first", first), copy("second", second)], NOON, make_context())
    assert [item.product.name for item in batch.items] == [kept]


def test_the_row_is_json_with_exact_numbers_and_clean_text() -> None:
    item = transform(b'{"Id":7,"Name":"a\\u0000b","UnitPrice":0.10}')
    row = msgspec.json.decode(item.row)
    assert (row["name"], item.cleaned) == ("ab", True)
    assert b'"base_price":0.10,' in item.row


def test_a_nul_in_a_label_of_the_account_does_not_reach_the_row() -> None:
    field = FieldDefinition("k", "No\x00ta", "String")
    record = make_record(OtherProperties=[{"FieldKey": "k", "StringValue": "x"}])
    assert b"\\u0000" not in transform(record, make_context(field)).row


def test_the_order_of_items_changes_nothing() -> None:
    fields = tuple(make_field(label) for label in ("NCM", "Nota", "Marca"))
    items = [make_item(label, StringValue="8421.39.90") for label in ("NCM", "Nota", "Marca")]
    context = make_context(*fields)
    first = transform(make_record(OtherProperties=items), context)
    second = transform(make_record(OtherProperties=items[::-1]), context)
    assert (first.row, first.fingerprint) == (second.row, second.fingerprint)


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | (st.text(alphabet="0123456789.,R$ <p>&é\x00\ue000", max_size=12))
)
LABELS = (
    "NCM",
    "CFOP",
    "Estoque",
    "Custo",
    "Peso (kg)",
    "Altura",
    "Habilidades",
    "Entrega",
    "Marca",
    "Fornecedor",
)
CONTEXT = make_context(*(make_field(label) for label in LABELS))


@given(
    st.lists(st.tuples(st.sampled_from(LABELS), SCALARS), max_size=6), st.sampled_from(["CIA_1", "CIA_LOC_1", "X"])
)
def test_no_value_of_a_field_keeps_a_product_out(values: list[tuple[str, object]], code: str) -> None:
    items = [make_item(label, StringValue=value) for label, value in values]
    item = transform_record(make_record(Code=code, OtherProperties=items), CONTEXT)
    assert isinstance(item, Item)
    assert item.product.stock_quantity is None or abs(item.product.stock_quantity) < 1 << 31
    assert item.product.cost_price is None or abs(item.product.cost_price) < 10**13
    assert b"\\u0000" not in item.row
