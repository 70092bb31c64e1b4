"""The rules of a profile: conditions as data, and their evaluation, which answers with a reason in words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from ploomes_sync.domain.lookups import Lookups
from ploomes_sync.domain.product import Kind
from ploomes_sync.domain.text import fold, words


class Place(StrEnum):
    """Where a rule may look for words."""

    NAME = "name"
    CODE = "code"
    GROUP = "group"
    FAMILY = "family"
    BRAND_FIELD = "brand_field"


class Conditions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a rule asks: one of the first ones must hold, and none of the `not_…` ones.

    Codes are compared without regard to case, as Ploomes does, so that a pushed-down filter finds no fewer;
    everything else without regard to accents too.
    """

    code_prefix: tuple[str, ...] = ()
    code_contains: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    words_in: tuple[Place, ...] = (Place.NAME, Place.CODE, Place.GROUP, Place.BRAND_FIELD)
    group: tuple[str, ...] = ()
    family: tuple[str, ...] = ()
    created_by: tuple[str, ...] = ()
    has_field: tuple[str, ...] = ()
    has_type: tuple[Kind, ...] = ()
    has_brand: tuple[str, ...] = ()
    not_type: tuple[Kind, ...] = ()
    not_segment: tuple[str, ...] = ()


class TypeRule(Conditions, frozen=True):
    """Gives a product its type."""

    type: Kind


class BrandRule(Conditions, frozen=True):
    """Gives a product its brand."""

    brand: str


class CategoryRule(Conditions, frozen=True):
    """Gives a product its category."""

    category: str


class SubcategoryRule(Conditions, frozen=True):
    """Gives a product its subcategory, within the categories `of` if any are named."""

    subcategory: str
    of: tuple[str, ...] = ()


class SegmentRule(Conditions, frozen=True):
    """Puts a product into a segment; `pushdown` are filters of which the API is to grant any."""

    name: str
    pushdown: tuple[str, ...] = ()


@dataclass(slots=True)
class Evidence:
    """What rules may look at; type, brand and segments are filled in as they become known."""

    code: str
    texts: dict[Place, str]
    group: str
    family: str
    creator: int | None
    labels: Collection[str]
    type: Kind = Kind.PRODUCT
    brand: str | None = None
    segments: list[str] = field(default_factory=list)


Matcher = Callable[[Evidence], str | None]
"""Says why a rule applies, or None."""

ASKS = ("code", "words", "group", "family", "creator", "field", "type", "brand")


def compile_rule(
    rule: Conditions, lookups: Lookups, asks: Collection[str] = ASKS, places: Collection[Place] = tuple(Place)
) -> Matcher:
    """Prepare a rule for many products; `asks` narrows which conditions count, `places` where it looks."""
    tests = tuple(test for ask, test in _tests(rule, lookups, places) if ask in asks)
    barred_types, barred_segments = frozenset(rule.not_type), frozenset(rule.not_segment)
    if len(tests) == 1 and not barred_types and not barred_segments:
        return tests[0]

    def match(evidence: Evidence) -> str | None:
        for test in tests:
            reason = test(evidence)
            if reason is not None:
                barred = evidence.type in barred_types or not barred_segments.isdisjoint(evidence.segments)
                return None if barred else reason
        return None

    return match


def asks_any(rule: Conditions, asks: Collection[str]) -> bool:
    """Tell whether a rule has a condition of one of these sorts."""
    return any(ask in asks for ask, _ in _tests(rule, Lookups(), tuple(Place)))


def creators(names: Iterable[str], lookups: Lookups) -> frozenset[int]:
    """Find the users that carry one of the names; people do not count where machine users carry it too."""
    phrases = [words(name) for name in names]
    found = [user for user in lookups.users.values() if any(phrase in words(user.name) for phrase in phrases)]
    machines = [user for user in found if user.integration]
    return frozenset(user.id for user in machines or found)


def _tests(rule: Conditions, lookups: Lookups, places: Collection[Place]) -> Iterator[tuple[str, Matcher]]:
    if rule.code_prefix:
        yield "code", _code_starts(rule.code_prefix)
    if rule.code_contains:
        yield "code", _code_holds(rule.code_contains)
    if rule.group:
        yield "group", _is_one_of("group", rule.group)
    if rule.family:
        yield "family", _is_one_of("family", rule.family)
    if rule.words:
        yield "words", _holds_words(rule.words, tuple(place for place in rule.words_in if place in places))
    if rule.created_by:
        yield "creator", _was_created_by(creators(rule.created_by, lookups), lookups)
    if rule.has_field:
        yield "field", _has_field(rule.has_field)
    yield from _test_answers(rule)


def _test_answers(rule: Conditions) -> Iterator[tuple[str, Matcher]]:
    kinds, brands = frozenset(rule.has_type), frozenset(rule.has_brand)
    if kinds:
        yield "type", lambda evidence: f"the type is {evidence.type}" if evidence.type in kinds else None
    if brands:
        yield "brand", lambda evidence: f"the brand is {evidence.brand}" if evidence.brand in brands else None


def _code_starts(prefixes: tuple[str, ...]) -> Matcher:
    folded = tuple(prefix.casefold() for prefix in prefixes)

    def match(evidence: Evidence) -> str | None:
        if not evidence.code.startswith(folded):
            return None
        which = next(i for i, prefix in enumerate(folded) if evidence.code.startswith(prefix))
        return f"the code starts with {prefixes[which]}"

    return match


def _code_holds(parts: tuple[str, ...]) -> Matcher:
    folded = tuple((part.casefold(), part) for part in parts)

    def match(evidence: Evidence) -> str | None:
        for part, original in folded:
            if part in evidence.code:
                return f"the code contains {original}"
        return None

    return match


def _is_one_of(place: str, names: tuple[str, ...]) -> Matcher:
    by_name = {fold(name): name for name in names}

    def match(evidence: Evidence) -> str | None:
        name = by_name.get(evidence.group if place == "group" else evidence.family)
        return None if name is None else f"the {place} is {name}"

    return match


def _holds_words(phrases: tuple[str, ...], places: tuple[Place, ...]) -> Matcher:
    folded = tuple((words(phrase), phrase) for phrase in phrases)

    def match(evidence: Evidence) -> str | None:
        texts = evidence.texts
        for place in places:
            text = texts.get(place)
            if text:
                for phrase, original in folded:
                    if phrase in text:
                        return f'"{original}" is in the {place.replace("_", " ")}'
        return None

    return match


def _was_created_by(ids: frozenset[int], lookups: Lookups) -> Matcher:
    def match(evidence: Evidence) -> str | None:
        creator = evidence.creator
        return f"created by {lookups.users[creator].name}" if creator is not None and creator in ids else None

    return match


def _has_field(labels: tuple[str, ...]) -> Matcher:
    by_label = {fold(label): label for label in labels}

    def match(evidence: Evidence) -> str | None:
        for folded, label in by_label.items():
            if folded in evidence.labels:
                return f'the field "{label}" is filled'
        return None

    return match
