import json
import re
import unicodedata
from collections import Counter
from functools import cache
from typing import Any

import pytest

from ploomes_simulator.catalogue.roles import make_quotas
from ploomes_simulator.catalogue.tables import OMIE_USER
from unit.simulator.session import Session, open_session


@cache
def whole_catalogue() -> Session:
    return open_session(products=11_793)


@cache
def whole_truth() -> list[dict[str, Any]]:
    return [json.loads(line) for line in whole_catalogue().simulator.truth()]


def key_of(label: str) -> str:
    return whole_catalogue().simulator.world.fields[label].key


def words_of(product: dict[str, Any]) -> set[str]:
    groups = whole_catalogue().simulator.world.tables["Products@Groups"]
    group = groups[product["GroupId"]]["Name"] if product["GroupId"] else ""
    brand = key_of("Marca")
    brands = [item["ObjectValueName"] for item in product["OtherProperties"] if item["FieldKey"] == brand]
    text = " ".join(str(part) for part in (product["Name"], product["Code"], group, *brands))
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return set(re.findall(r"[a-z0-9]+", plain))


def test_it_holds_exactly_the_numbers_of_the_company() -> None:
    found: Counter[str] = Counter()
    linked = key_of("Id (Omie)")
    for product in whole_truth():
        code, words = product["Code"] or "", words_of(product)
        rental = code.startswith("CIA_LOC_")
        marked = code.startswith("CIA_") or any(mark in code for mark in ("_SERV", "_MAO", "_MÃO"))
        by_omie = product["CreatorId"] == OMIE_USER
        has_id = any(item["FieldKey"] == linked for item in product["OtherProperties"])
        found["rentals"] += rental
        found["services"] += marked and not rental
        found["atlas"] += "atlas" in words
        found["ingersoll"] += "ingersoll" in words
        found["both"] += {"atlas", "ingersoll"} <= words
        found["omie"] += by_omie or has_id
        found["omie only one way"] += by_omie != has_id

    assert found.pop("omie only one way") > 100
    assert found == {
        "rentals": 95,
        "services": 127,
        "atlas": 1_307,
        "ingersoll": 1_952,
        "both": 0,
        "omie": 10_982,
    }


def test_every_record_can_be_stored_and_awkward_ones_are_among_them() -> None:
    products = whole_truth()
    names = [product["Name"] for product in products]
    codes = Counter(product["Code"] for product in products)

    assert all(isinstance(name, str) and name.strip() and "\0" not in name for name in names)
    assert {min(map(len, names)), max(map(len, names))} == {1, 200}
    assert codes[None]
    assert codes[""]
    assert codes["   "]
    assert codes["00017"] > 1
    assert {product["UnitPrice"] for product in products} >= {0, None}
    assert 5 <= sum(product["LastUpdateDate"] is None for product in products) <= 20
    assert any(product["GroupId"] is None for product in products)
    assert any(not product["OtherProperties"] for product in products)
    assert 200 < sum(product["Suspended"] for product in products) < 500
    assert {str(product["Id"])[:4] for product in products} == {"4006", "8000"}


def test_some_instants_are_shared_by_more_products_than_a_page_holds() -> None:
    shared = Counter(product["LastUpdateDate"] for product in whole_truth())

    assert shared.most_common(1)[0][1] > 300


def test_ncm_is_text_on_some_products_and_a_whole_number_on_others() -> None:
    items = [item for product in whole_truth() for item in product["OtherProperties"]]
    kinds = {type(i["StringValue"] or i["IntegerValue"]) for i in items if i["FieldKey"] == key_of("NCM")}

    assert kinds == {str, int}


def test_several_choices_come_as_several_items_of_one_field() -> None:
    skills = key_of("Habilidades")
    most = max(sum(i["FieldKey"] == skills for i in product["OtherProperties"]) for product in whole_truth())

    assert most == 3


def test_the_same_seed_makes_the_same_catalogue_and_another_seed_another() -> None:
    first, again, other = (open_session(seed=seed).simulator.digest() for seed in (1, 1, 2))

    assert first == again
    assert first != other


@pytest.mark.parametrize("size", [0, 1, 3, 50])
def test_small_catalogues_work(size: int) -> None:
    session = open_session(products=size)

    assert session.count() == size
    assert len(session.rows(orderby="Id")) == size


def test_other_sizes_keep_the_proportions() -> None:
    quotas = make_quotas(117_930)

    assert (quotas.services, quotas.rentals, quotas.atlas, quotas.omie) == (1_270, 950, 13_070, 109_820)
