from __future__ import annotations

import pytest

from ploomes_sync.domain.lookups import Lookups, User
from ploomes_sync.domain.product import Kind
from ploomes_sync.domain.profile import Profile, parse_profile, segment_filter, segment_names
from ploomes_sync.errors import ProfileError
from unit.domain.builders import BUILT_IN, built_in_profile, make_field, make_lookups


def parse(body: str) -> Profile:
    return parse_profile(f'name = "Teste"\n{body}', "test.toml")


def fault(body: str) -> str:
    with pytest.raises(ProfileError) as caught:
        parse(body)
    return str(caught.value)


def test_the_built_in_profile_has_the_five_segments() -> None:
    assert segment_names(built_in_profile()) == ("rentals", "services", "atlas", "ingersoll", "omie")


def test_rules_are_read_in_order() -> None:
    profile = parse('[[types]]\ntype="rental"\ncode_prefix=["L"]\n[[types]]\ntype="service"\ncode_prefix=["S"]')
    assert [(rule.type, rule.code_prefix) for rule in profile.types] == [
        (Kind.RENTAL, ("L",)),
        (Kind.SERVICE, ("S",)),
    ]


def test_columns_of_other_tables_are_written_as_subtables() -> None:
    assert parse('[fields]\nncm_code=["NCM"]\n[fields.supplier]\nname=["Fornecedor"]').fields == {
        "ncm_code": ("NCM",),
        "supplier.name": ("Fornecedor",),
    }


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("x = [", "test.toml is not valid TOML: "),
        ("segment = []", "test.toml, the top level: unknown key 'segment'; did you mean segments?"),
        (
            '[[types]]\ntype="rental"\ncode_prefixes=["A"]',
            "test.toml, table types, rule 1: unknown key 'code_prefixes'; did you mean code_prefix",
        ),
        (
            '[[types]]\ntype="rent"\nwords=["a"]',
            "allowed are product, service, rental, kit, component",
        ),
        (
            '[[types]]\ntype="rental"\nwords="a"',
            "test.toml, table types, rule 1: words: expected a list, got text",
        ),
        ('[[types]]\ntype="rental"', "test.toml, table types, rule 1: a rule needs at least one of code_prefix"),
        ('[[types]]\nwords=["a"]', "missing required field `type`"),
        (
            '[[types]]\ntype="rental"\nwords=["--"]',
            "table types, rule 1, key words: '--' holds no letter or digit",
        ),
        ('[[types]]\ntype="rental"\ncode_prefix=[""]', "key code_prefix: blank values are not allowed"),
        ('[[brands]]\nbrand="A"\nwords=["a"]\nwords_in=["nome"]', "allowed are name, code, group"),
        (
            '[[segments]]\nname="a"\nwords=["a"]\n[[segments]]\nname="a"\nwords=["b"]',
            "test.toml, segment 'a': the name is used twice",
        ),
        ('[[segments]]\nname="A b"\nwords=["a"]', "a name is 1 to 40 of a-z"),
        ('[[segments]]\nname="a"\nhas_brand=["Atla"]', "unknown brand 'Atla'"),
        ('[[segments]]\nname="a"\nwords=["a"]\nnot_segment=["b"]', "not_segment names 'b'"),
        ('[[segments]]\nname="a"\nwords=["a"]\npushdown=["X eq {field}"]', "{created_by} or {has_field}"),
        ('[fields]\nncm=["NCM"]', "test.toml, table fields: unknown column 'ncm'; did you mean ncm_code?"),
        ('[fields]\nncm_code="NCM"', "test.toml, table fields, key ncm_code: a list of texts is needed"),
        ('[fields]\nncm_code=["X"]\ncfop_code=["x "]', "the label 'x ' feeds both ncm_code and cfop_code"),
        ("uninformative = [1]", "test.toml, uninformative: a list of texts is needed"),
        ("types = 1", "table types: write each rule under its own [[types]]"),
    ],
)
def test_a_mistake_is_named_with_its_place(body: str, sentence: str) -> None:
    assert sentence in fault(body)


def test_a_profile_needs_a_name() -> None:
    with pytest.raises(ProfileError, match="key name"):
        parse_profile("", "test.toml")


def test_the_digest_follows_the_content_and_not_the_layout() -> None:
    assert parse("[fields]\n# a comment\nweight=['Peso']").digest == parse('fields = {weight = ["Peso"]}').digest
    assert parse('[fields]\nweight=["Peso"]').digest != parse('[fields]\nweight=["Massa"]').digest
    assert len(built_in_profile().digest) == 32


def test_a_segment_by_code_is_a_filter_of_its_own() -> None:
    assert segment_filter(built_in_profile(), "rentals", Lookups()) == "startswith(Code,'CIA_LOC_')"
    assert segment_filter(built_in_profile(), "services", Lookups()) == (
        "startswith(Code,'CIA_') or contains(Code,'_SERV') or contains(Code,'_MAO') or contains(Code,'_MÃO')"
    )


def test_a_brand_must_be_looked_for_everywhere() -> None:
    assert segment_filter(built_in_profile(), "atlas", make_lookups()) is None


def test_placeholders_become_one_clause_for_each_user_and_field_of_the_account() -> None:
    lookups = make_lookups(make_field("ID OMIE"))
    assert segment_filter(built_in_profile(), "omie", lookups) == (
        "CreatorId eq 12 or OtherProperties/any(o:o/FieldKey eq 'product_ID (OMIE)')"
        " or OtherProperties/any(o:o/FieldKey eq 'product_ID OMIE')"
    )


def test_a_clause_that_nothing_in_the_account_answers_to_is_left_out() -> None:
    lookups = Lookups(users={1: User(1, "Ana")}, fields={"k'": make_field("Id (Omie)", key="k'")})
    assert segment_filter(built_in_profile(), "omie", lookups) == "OtherProperties/any(o:o/FieldKey eq 'k''')"


def test_while_the_tables_are_unread_everything_must_be_walked() -> None:
    assert segment_filter(built_in_profile(), "omie", Lookups(users={1: User(1, "Omie")})) is None
    assert segment_filter(built_in_profile(), "omie", Lookups()) is None


def test_an_unknown_segment_is_named_with_what_was_probably_meant() -> None:
    with pytest.raises(ProfileError, match="did you mean rentals"):
        segment_filter(built_in_profile(), "rental", Lookups())


def test_the_built_in_profile_explains_itself_at_the_top() -> None:
    assert BUILT_IN.read_text(encoding="utf-8").startswith("# How CIA Máquinas tells its products apart.")
