from __future__ import annotations

import pytest

from ploomes_sync.domain.product import Kind
from ploomes_sync.domain.profile import parse_profile
from unit.domain.builders import (
    HUMAN,
    OMIE,
    make_context,
    make_field,
    make_item,
    make_record,
    product_of,
    transform,
)

MARCA = make_field("Marca")


@pytest.mark.parametrize(
    ("code", "kind", "segments"),
    [
        ("CIA_LOC_TAG #12", Kind.RENTAL, ("rentals",)),
        ("cia_loc_x", Kind.RENTAL, ("rentals",)),
        ("CIA_LOC_SERV_1", Kind.RENTAL, ("rentals",)),
        ("CIA_SERV_X", Kind.SERVICE, ("services",)),
        ("CIA_OUTRO", Kind.SERVICE, ("services",)),
        ("X_SERV_1", Kind.SERVICE, ("services",)),
        ("X_MAO_1", Kind.SERVICE, ("services",)),
        ("X_MÃO_1", Kind.SERVICE, ("services",)),
        ("X_mão_1", Kind.SERVICE, ("services",)),
        ("CIAX", Kind.PRODUCT, ()),
        ("XCIA_1", Kind.PRODUCT, ()),
        ("00017", Kind.PRODUCT, ()),
        (17, Kind.PRODUCT, ()),
        (None, Kind.PRODUCT, ()),
        ("", Kind.PRODUCT, ()),
    ],
)
def test_the_code_tells_rentals_before_services(code: object, kind: Kind, segments: tuple[str, ...]) -> None:
    product = product_of(Code=code)
    assert (product.product_type, product.segments) == (kind, segments)


def test_a_product_with_parts_is_a_kit_unless_a_rule_says_otherwise() -> None:
    assert product_of(Parts=[{"Id": 1}]).product_type == Kind.KIT
    assert product_of(Parts=[{"Id": 1}], Code="CIA_1").product_type == Kind.SERVICE


@pytest.mark.parametrize(
    "values",
    [
        {"Name": "Filtro ATLAS"},
        {"Code": "ATLAS_0017"},
        {"GroupId": 2},
        {"Group": {"Name": "Linha Atlas"}},
        {"OtherProperties": [make_item("Marca", StringValue="atlas copco brasil")]},
    ],
)
def test_a_brand_is_found_in_name_code_group_and_brand_field(values: dict[str, object]) -> None:
    product = product_of(MARCA, **values)
    assert (product.brand, product.segments) == ("Atlas Copco", ("atlas",))


def test_a_word_that_only_begins_like_a_brand_is_none() -> None:
    assert product_of(Name="Peça ATLASUL", Code="ATLANTE-09").brand is None


def test_the_brand_field_counts_more_than_the_name() -> None:
    product = product_of(
        MARCA, Name="Serve em Atlas", OtherProperties=[make_item("Marca", StringValue="Ingersoll-Rand")]
    )
    assert (product.brand, product.segments) == ("Ingersoll Rand", ("ingersoll",))


def test_an_unknown_brand_field_names_the_brand_unless_the_name_holds_a_known_one() -> None:
    field = [make_item("Marca", StringValue="Genial")]
    assert product_of(MARCA, OtherProperties=field).brand == "Genial"
    known = product_of(MARCA, Name="Filtro Atlas", OtherProperties=field)
    assert (known.brand, known.custom_fields) == ("Atlas Copco", {"Marca": "Genial"})


def test_a_product_of_the_omie_user_or_with_its_id_is_in_the_segment_omie() -> None:
    by_user, by_field = (
        product_of(CreatorId=OMIE),
        product_of(OtherProperties=[make_item("Id (Omie)", IntegerValue=9)]),
    )
    assert (by_user.segments, by_user.source_system, by_user.created_by) == (("omie",), "omie", "Omie")
    assert (by_field.segments, by_field.source_system, by_field.external_id) == (("omie",), "omie", "9")


def test_a_person_whose_name_looks_alike_is_not_omie_and_a_blank_id_is_none() -> None:
    product = product_of(CreatorId=HUMAN, OtherProperties=[make_item("Id (Omie)", StringValue=" ")])
    assert (product.segments, product.source_system) == ((), "ploomes")


@pytest.mark.parametrize(
    ("values", "category", "subcategory"),
    [
        ({"GroupId": 1, "Name": "Filtro de ar"}, "Peças", "Filtros de ar"),
        ({"GroupId": 3, "Name": "Filtro"}, "Bombas", None),
        ({"Name": "Óleo mineral"}, "Óleos e lubrificantes", None),
        ({"FamilyId": 6, "Name": "Hora técnica"}, "Serviços", "Mão de obra"),
        ({"FamilyId": 5, "Name": "Coisa"}, None, None),
        ({"Family": {"Name": "Tintas"}, "Name": "Coisa"}, "Tintas", None),
        ({"Code": "CIA_LOC_1", "Name": "Coisa"}, "Locação", None),
    ],
)
def test_group_and_family_give_the_category_before_words_do(
    values: dict[str, object], category: str | None, subcategory: str | None
) -> None:
    product = product_of(**values)
    assert (product.category, product.subcategory) == (category, subcategory)


def test_a_segment_can_except_what_is_in_another() -> None:
    profile = parse_profile(
        """
        name = "Teste"
        [[segments]]
        name = "used"
        words = ["usado"]
        [[segments]]
        name = "new"
        words = ["peça"]
        not_segment = ["used"]
        not_type = ["kit"]
        """,
        "test.toml",
    )
    context = make_context(profile=profile)
    names = ("Peça", "Peça usada", "Peça usado")
    assert [transform(make_record(Name=name), context).product.segments for name in names] == [
        ("new",),
        ("new",),
        ("used",),
    ]
    assert transform(make_record(Name="Peça", Parts=[{}]), context).product.segments == ()
