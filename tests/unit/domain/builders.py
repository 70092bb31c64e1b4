"""Builders of records and contexts that name only what matters to a test."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import msgspec

from ploomes_sync.domain.context import Context
from ploomes_sync.domain.lookups import FieldDefinition, Group, Lookups, User
from ploomes_sync.domain.page import Item, Reject
from ploomes_sync.domain.product import Product
from ploomes_sync.domain.profile import Profile, parse_profile
from ploomes_sync.domain.record import Decoded, decode_record
from ploomes_sync.domain.transform import transform_record

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
BUILT_IN = Path(__file__).parents[3] / "src/ploomes_sync/profiles/cia.toml"
HUMAN, OMIE = 11, 12


@cache
def built_in_profile() -> Profile:
    return parse_profile(BUILT_IN.read_text(encoding="utf-8"), "cia.toml")


def make_field(label: str, native: str = "String", **options: object) -> FieldDefinition:
    return msgspec.convert(
        {"key": key_of(label), "label": label, "native_type": native, **options}, FieldDefinition
    )


def key_of(label: str) -> str:
    return f"product_{label.upper()}"


def make_lookups(*fields: FieldDefinition) -> Lookups:
    return Lookups(
        fields={field.key: field for field in (make_field("Id (Omie)"), *fields)},
        groups={1: Group(1, "PEÇAS", 5), 2: Group(2, "Peças Atlas Copco", 5), 3: Group(3, "Bombas", 5)},
        families={5: "Produtos", 6: "Serviços"},
        lists={8: "Promoção", 9: "Importado"},
        users={HUMAN: User(HUMAN, "Ângela Omielle"), OMIE: User(OMIE, "Omie", integration=True)},
        currencies={1: "BRL", 2: "usd", 3: "R$"},
    )


def make_context(*fields: FieldDefinition, profile: Profile | None = None) -> Context:
    return Context(profile or built_in_profile(), make_lookups(*fields))


def make_item(label: str, **values: object) -> dict[str, object]:
    return {"Id": 1, "FieldId": 2, "FieldKey": key_of(label), "ProductId": 7, **values}


def make_record(**values: object) -> bytes:
    return msgspec.json.encode({"Id": 7, "Name": "Peça", **values})


def decode(**values: object) -> Decoded:
    decoded = decode_record(make_record(**values))
    assert isinstance(decoded, Decoded)
    return decoded


def refused(raw: bytes) -> Reject:
    reject = decode_record(raw)
    assert isinstance(reject, Reject)
    return reject


def transform(raw: bytes, context: Context | None = None) -> Item:
    item = transform_record(raw, context or make_context())
    assert isinstance(item, Item), item
    return item


def product_of(*fields: FieldDefinition, **values: object) -> Product:
    return transform(make_record(**values), make_context(*fields)).product


def product_with(label: str, value: object, native: str = "String") -> Product:
    """Transform a record with one custom field of the given type."""
    return product_of(make_field(label, native), OtherProperties=[make_item(label, **{f"{native}Value": value})])
