"""A profile made ready for one account: what is worked out once and then used for every record."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from ploomes_sync.domain.lookups import Lookups
from ploomes_sync.domain.product import Kind
from ploomes_sync.domain.profile import Profile
from ploomes_sync.domain.rules import ASKS, Conditions, Matcher, Place, asks_any, compile_rule
from ploomes_sync.domain.text import fold, words


class Target(NamedTuple):
    """The column that a label feeds; of several labels for it, the one of lowest rank wins."""

    column: str
    rank: int


class Label(NamedTuple):
    """A custom field as records mean it."""

    text: str
    folded: str
    native: str
    multiple: bool
    options: dict[int, str]


class GroupText(NamedTuple):
    """A name in the forms that rules compare."""

    name: str
    folded: str
    words: str


class BrandMatcher(NamedTuple):
    """A rule of a brand, and the part of it that only looks into the brand field."""

    brand: str
    by_field: Matcher
    by_any: Matcher


class Ruling(NamedTuple):
    """A name that a rule gives, within the categories `of` if there are any."""

    name: str
    of: tuple[str, ...]
    match: Matcher


Rulings = tuple[tuple[Ruling, ...], ...]
"""Rules split by what they ask: those of groups come first, then those of families, then the rest."""


MARK_SIZE = 8
"""Bytes of the mark of a reader, at the head of each raw digest."""
_encode = msgspec.json.Encoder(order="sorted").encode
NOTHING = GroupText("", "", "")


@dataclass(frozen=True)
class Context:
    """All that turning records into products needs besides the records; make one for each run.

    `code` stands for the program that reads them: it changes when the program does.
    """

    profile: Profile
    lookups: Lookups
    code: bytes = b""

    @cached_property
    def reader(self) -> bytes:
        """The mark of everything besides a record that decides what its row looks like."""
        rules = _encode(msgspec.to_builtins((self.profile, self.lookups), str_keys=True))
        return blake2b(self.code + rules, digest_size=MARK_SIZE).digest()

    @cached_property
    def labels(self) -> dict[str, Label]:
        """Custom fields by key."""
        return {
            key: Label(field.label.strip(), fold(field.label), field.native_type, field.multiple, field.options)
            for key, field in self.lookups.fields.items()
        }

    @cached_property
    def targets(self) -> dict[str, Target]:
        """Columns by the folded label that feeds them."""
        return {
            fold(label): Target(column, rank)
            for column, labels in self.profile.fields.items()
            for rank, label in enumerate(labels)
        }

    @cached_property
    def groups(self) -> dict[int, GroupText]:
        """Names of groups, ready to compare."""
        return {key: group_text(group.name) for key, group in self.lookups.groups.items()}

    @cached_property
    def families(self) -> dict[int, GroupText]:
        """Names of families, ready to compare."""
        return {key: group_text(name) for key, name in self.lookups.families.items()}

    @cached_property
    def uninformative(self) -> frozenset[str]:
        """Folded names that never become a category."""
        return frozenset(fold(name) for name in self.profile.uninformative)

    @cached_property
    def types(self) -> tuple[tuple[Kind, Matcher], ...]:
        """Rules of types."""
        return tuple((rule.type, compile_rule(rule, self.lookups)) for rule in self.profile.types)

    @cached_property
    def brands(self) -> tuple[BrandMatcher, ...]:
        """Rules of brands."""
        return tuple(
            BrandMatcher(
                rule.brand,
                compile_rule(rule, self.lookups, ("words",), (Place.BRAND_FIELD,)),
                compile_rule(rule, self.lookups),
            )
            for rule in self.profile.brands
        )

    @cached_property
    def categories(self) -> Rulings:
        """Rules of categories."""
        return self._split([(rule.category, (), rule) for rule in self.profile.categories])

    @cached_property
    def subcategories(self) -> Rulings:
        """Rules of subcategories."""
        return self._split([(rule.subcategory, rule.of, rule) for rule in self.profile.subcategories])

    @cached_property
    def segments(self) -> tuple[tuple[str, Matcher], ...]:
        """Rules of segments."""
        return tuple((rule.name, compile_rule(rule, self.lookups)) for rule in self.profile.segments)

    def _split(self, rules: list[tuple[str, tuple[str, ...], Conditions]]) -> Rulings:
        rest = tuple(ask for ask in ASKS if ask not in ("group", "family"))
        return tuple(
            tuple(
                Ruling(name, of, compile_rule(rule, self.lookups, asks))
                for name, of, rule in rules
                if asks_any(rule, asks)
            )
            for asks in (("group",), ("family",), rest)
        )


def group_text(name: str) -> GroupText:
    """Prepare a name for comparing."""
    return GroupText(name, fold(name), words(name))
