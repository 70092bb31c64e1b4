"""Reads the small tables by which ids become words."""

from __future__ import annotations

import asyncio

import msgspec

from ploomes_sync.domain.lookups import FieldDefinition, Group, Lookups, User
from ploomes_sync.domain.run import Lane
from ploomes_sync.errors import SourceGarbledError
from ploomes_sync.ploomes.client import PloomesClient

TABLES = 6
"""How many requests reading them takes, unless one has many rows."""
_PRODUCT_ENTITY = 10
_FIELDS = [
    ("$filter", f"EntityId eq {_PRODUCT_ENTITY} and Dynamic eq true"),
    ("$expand", "Type($select=NativeType),OptionsTable($expand=Options)"),
]


class _Named(msgspec.Struct, rename="pascal"):
    id: int
    name: str | None = None
    family_id: int | None = None
    code: str | None = None
    integration: bool | None = None


class _Type(msgspec.Struct, rename="pascal"):
    native_type: str | None = None


class _Options(msgspec.Struct, rename="pascal"):
    options: list[_Named] | None = None


class _Field(msgspec.Struct, rename="pascal"):
    key: str
    name: str | None = None
    multiple: bool | None = None
    type: _Type | None = None
    options_table: _Options | None = None


async def fetch_lookups(client: PloomesClient, lane: Lane) -> Lookups:
    """Read all lookup tables, as many at once as the client allows."""
    fields, groups, families, lists, users, currencies = await asyncio.gather(
        client.table("/Fields", _FIELDS, lane),
        client.table("/Products@Groups", [], lane),
        client.table("/Products@Families", [], lane),
        client.table("/Products@Lists", [], lane),
        client.table("/Users", [("$select", "Id,Name,Integration")], lane),
        client.table("/Currencies", [], lane),
    )
    try:
        return Lookups(
            fields={field.key: field for field in map(_field, fields)},
            groups={g.id: Group(g.id, g.name or "", g.family_id) for g in map(_named, groups)},
            families={f.id: f.name or "" for f in map(_named, families)},
            lists={tag.id: tag.name or "" for tag in map(_named, lists)},
            users={u.id: User(u.id, u.name or "", bool(u.integration)) for u in map(_named, users)},
            currencies={c.id: c.code or "" for c in map(_named, currencies)},
        )
    except msgspec.ValidationError as error:
        raise SourceGarbledError(f"A lookup table of Ploomes has an unknown shape: {error}.") from error


def _named(raw: bytes) -> _Named:
    return msgspec.json.decode(raw, type=_Named)


def _field(raw: bytes) -> FieldDefinition:
    field = msgspec.json.decode(raw, type=_Field)
    options = (field.options_table.options if field.options_table else None) or []
    return FieldDefinition(
        key=field.key,
        label=field.name or field.key,
        native_type=(field.type.native_type if field.type else None) or "String",
        multiple=bool(field.multiple),
        options={option.id: option.name or "" for option in options},
    )
