"""The small tables of an account by which a product's ids become words."""

from __future__ import annotations

import msgspec


class FieldDefinition(msgspec.Struct, frozen=True):
    """A custom field: `label` is for people, `native_type` says which `<native_type>Value` holds it."""

    key: str
    label: str
    native_type: str
    multiple: bool = False
    options: dict[int, str] = {}


class User(msgspec.Struct, frozen=True):
    """A user of the account; `integration` is true for machine users such as Omie's."""

    id: int
    name: str
    integration: bool = False


class Group(msgspec.Struct, frozen=True):
    """A product group; it belongs to a family."""

    id: int
    name: str
    family_id: int | None = None


class Lookups(msgspec.Struct, frozen=True, kw_only=True):
    """All lookup tables of an account, by id (fields by key)."""

    fields: dict[str, FieldDefinition] = {}
    groups: dict[int, Group] = {}
    families: dict[int, str] = {}
    lists: dict[int, str] = {}
    users: dict[int, User] = {}
    currencies: dict[int, str] = {}
