from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ploomes_sync.domain.explain import Line, explain
from ploomes_sync.domain.transform import to_product
from unit.domain.builders import OMIE, decode, make_context, make_field, make_item

CONTEXT = make_context(make_field("NCM"), make_field("Nota"))


def test_every_answer_comes_with_the_rule_that_gave_it() -> None:
    decoded = decode(
        Name="Filtro Atlas",
        Code="CIA_SERV_1",
        CreatorId=OMIE,
        OtherProperties=[make_item("NCM", StringValue="8421.39.90"), make_item("Nota", StringValue="x")],
    )
    assert explain(decoded, CONTEXT).lines == (
        Line("type", "service", "the code starts with CIA_"),
        Line("brand", "Atlas Copco", '"atlas" is in the name'),
        Line("category", "Serviços", "the type is service"),
        Line("subcategory", None, "no rule applies"),
        Line("segment rentals", "no", "no condition holds"),
        Line("segment services", "yes", "the type is service"),
        Line("segment atlas", "yes", "the brand is Atlas Copco"),
        Line("segment ingersoll", "no", "no condition holds"),
        Line("segment omie", "yes", "created by Omie"),
        Line("column ncm_code", "84213990", 'the field "NCM"'),
        Line("custom field Nota", "x", "kept as it came"),
    )


def test_a_term_that_the_type_has_no_place_for_is_shown_as_a_custom_field() -> None:
    context = make_context(make_field("Diária", "Decimal"))
    lines = explain(decode(OtherProperties=[make_item("Diária", DecimalValue=90)]), context).lines
    assert lines[-1] == Line("custom field Diária", "90", "kept as it came")


@given(
    st.sampled_from(["Peça", "Filtro Atlas", "Óleo Ingersoll"]),
    st.sampled_from([None, "CIA_1", "CIA_LOC_1", "X_MÃO"]),
    st.sampled_from([None, 1, 2, 3, 99]),
)
def test_the_explanation_never_contradicts_the_product(name: str, code: str | None, group: int | None) -> None:
    decoded = decode(Name=name, Code=code, GroupId=group)
    product = to_product(decoded, CONTEXT)
    answers = {line.about: line.answer for line in explain(decoded, CONTEXT).lines}
    assert (answers["type"], answers["brand"], answers["category"]) == (
        product.product_type,
        product.brand,
        product.category,
    )
    assert [key for key, value in answers.items() if value == "yes"] == [f"segment {s}" for s in product.segments]
