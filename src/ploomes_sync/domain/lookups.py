"""The small tables of an account by which a product's ids become words."""

from __future__ import annotations

from collections.abc import Container, Iterable

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


class _Property(msgspec.Struct, rename="pascal"):
    field_key: str | None = None


class _Membership(msgspec.Struct, rename="pascal"):
    list_id: int | None = None


class _References(msgspec.Struct, rename="pascal"):
    """What a record refers to by id."""

    group_id: int | None = None
    family_id: int | None = None
    creator_id: int | None = None
    currency_id: int | None = None
    other_properties: list[_Property] | None = None
    lists: list[_Membership] | None = None

    def are_known(self, lookups: Lookups) -> bool:
        pairs: tuple[tuple[int | None, Container[int]], ...] = (
            (self.group_id, lookups.groups),
            (self.family_id, lookups.families),
            (self.creator_id, lookups.users),
            (self.currency_id, lookups.currencies),
        )
        return (
            all(key is None or key in table for key, table in pairs)
            and all(
                item.field_key is None or item.field_key in lookups.fields for item in self.other_properties or ()
            )
            and all(item.list_id is None or item.list_id in lookups.lists for item in self.lists or ())
        )


_decode = msgspec.json.Decoder(_References).decode


def lacks_words(records: Iterable[bytes], lookups: Lookups) -> bool:
    """Tell whether a record refers to something that the tables do not know; one that cannot be read does not."""
    for record in records:
        try:
            known = _decode(record).are_known(lookups)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            continue
        if not known:
            return True
    return False
