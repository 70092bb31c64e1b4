"""The classification profile: the rules of one company, read from a TOML text and checked.

Evaluating the rules belongs to `rules` and `classify`; reading the file belongs to the caller.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from hashlib import blake2b
from itertools import chain
from typing import TypeVar

import msgspec

from ploomes_sync.domain.lookups import Lookups
from ploomes_sync.domain.product import Kind
from ploomes_sync.domain.record import explain_invalid
from ploomes_sync.domain.rules import (
    BrandRule,
    CategoryRule,
    Conditions,
    Place,
    SegmentRule,
    SubcategoryRule,
    TypeRule,
    creators,
)
from ploomes_sync.domain.targets import TARGETS
from ploomes_sync.domain.text import fold, words
from ploomes_sync.errors import ProfileError

RuleT = TypeVar("RuleT", bound=Conditions)

MAX_ALTERNATIVES = 30
_SEGMENT_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_PLACEHOLDERS = ("{created_by}", "{has_field}")
_KEYS = ("name", "uninformative", "types", "brands", "categories", "subcategories", "segments", "fields")


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """How one company tells its products apart; `digest` changes whenever any of it does.

    `fields` says which labels feed a column, best first; names in `uninformative` never become a category.
    """

    name: str
    types: tuple[TypeRule, ...] = ()
    brands: tuple[BrandRule, ...] = ()
    categories: tuple[CategoryRule, ...] = ()
    subcategories: tuple[SubcategoryRule, ...] = ()
    segments: tuple[SegmentRule, ...] = ()
    fields: dict[str, tuple[str, ...]] = {}
    uninformative: tuple[str, ...] = ()
    digest: str = ""


def parse_profile(text: str, source: str) -> Profile:
    """Read a profile; `source` names the file in the one sentence of a ProfileError."""
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ProfileError(f"{source} is not valid TOML: {error}") from None
    reader = _Reader(source)
    reader.refuse_unknown("the top level", data, _KEYS)
    profile = Profile(
        name=reader.text(data, "name"),
        types=reader.rules(data, "types", TypeRule),
        brands=reader.rules(data, "brands", BrandRule),
        categories=reader.rules(data, "categories", CategoryRule),
        subcategories=reader.rules(data, "subcategories", SubcategoryRule),
        segments=reader.rules(data, "segments", SegmentRule),
        fields=reader.fields(data.get("fields", {})),
        uninformative=reader.texts("uninformative", data.get("uninformative", [])),
    )
    _check_segments(profile, reader)
    content = msgspec.json.encode(profile, order="deterministic")
    return msgspec.structs.replace(profile, digest=blake2b(content, digest_size=16).hexdigest())


class _Reader:
    """Reads values out of parsed TOML and words what is wrong with them."""

    def __init__(self, source: str) -> None:
        self.source = source

    def fault(self, where: str, what: str) -> ProfileError:
        return ProfileError(f"{self.source}, {where}: {what}")

    def refuse_unknown(self, where: str, given: Iterable[str], allowed: Iterable[str]) -> None:
        known = list(allowed)
        for key in given:
            if key not in known:
                raise self.fault(where, f"unknown key {key!r}; {_suggest(key, known)}")

    def text(self, table: Mapping[str, object], key: str) -> str:
        value = table.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self.fault(f"key {key}", "a text is needed")
        return value

    def texts(self, where: str, value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(part, str) and part.strip() for part in value):
            raise self.fault(where, "a list of texts is needed, none of them blank")
        return tuple(value)

    def rules(self, data: Mapping[str, object], table: str, kind: type[RuleT]) -> tuple[RuleT, ...]:
        rows = data.get(table, [])
        if not isinstance(rows, list):
            raise self.fault(f"table {table}", f"write each rule under its own [[{table}]]")
        return tuple(self._rule(f"table {table}, rule {i}", row, kind) for i, row in enumerate(rows, 1))

    def _rule(self, where: str, row: object, kind: type[RuleT]) -> RuleT:
        if not isinstance(row, dict):
            raise self.fault(where, "a table is needed")
        self.refuse_unknown(where, row, kind.__struct_fields__)
        for key, value in row.items():
            if value in ("", []) or (isinstance(value, list) and any(_is_blank(part) for part in value)):
                raise self.fault(f"{where}, key {key}", "blank values are not allowed")
        try:
            rule = msgspec.convert(row, kind)
        except msgspec.ValidationError as error:
            raise self.fault(where, _invalid(str(error))) from None
        if not any(getattr(rule, key) for key in _POSITIVE):
            raise self.fault(where, f"a rule needs at least one of {', '.join(_POSITIVE)}")
        for phrase in rule.words:
            if not words(phrase).strip():
                raise self.fault(f"{where}, key words", f"{phrase!r} holds no letter or digit")
        return rule

    def fields(self, value: object) -> dict[str, tuple[str, ...]]:
        if not isinstance(value, dict):
            raise self.fault("table fields", "a table is needed")
        labels: dict[str, tuple[str, ...]] = {}
        for target, given in _flatten(value):
            if target not in TARGETS:
                raise self.fault("table fields", f"unknown column {target!r}; {_suggest(target, TARGETS)}")
            labels[target] = self.texts(f"table fields, key {target}", given)
        self._refuse_shared_labels(labels)
        return labels

    def _refuse_shared_labels(self, labels: Mapping[str, tuple[str, ...]]) -> None:
        owner: dict[str, str] = {}
        for target, names in labels.items():
            for name in names:
                other = owner.setdefault(fold(name), target)
                if other != target:
                    raise self.fault("table fields", f"the label {name!r} feeds both {other} and {target}")


_POSITIVE = (
    "code_prefix",
    "code_contains",
    "words",
    "group",
    "family",
    "created_by",
    "has_field",
    "has_type",
    "has_brand",
)


def _check_segments(profile: Profile, reader: _Reader) -> None:
    brands = [rule.brand for rule in profile.brands]
    earlier: list[str] = []
    for segment in profile.segments:
        where = f"segment {segment.name!r}"
        if not _SEGMENT_NAME.fullmatch(segment.name):
            raise reader.fault(where, "a name is 1 to 40 of a-z, 0-9, _ and -, a letter first")
        if segment.name in earlier:
            raise reader.fault(where, "the name is used twice")
        for other in segment.not_segment:
            if other not in earlier:
                raise reader.fault(where, f"not_segment names {other!r}, which is no segment above it")
        for brand in segment.has_brand:
            if brand not in brands:
                raise reader.fault(where, f"unknown brand {brand!r}; {_suggest(brand, brands)}")
        _check_pushdown(segment, reader)
        earlier.append(segment.name)


def _check_pushdown(segment: SegmentRule, reader: _Reader) -> None:
    for clause in segment.pushdown:
        found = _PLACEHOLDER.findall(clause)
        if len(found) > 1 or any(f"{{{name}}}" not in _PLACEHOLDERS for name in found):
            allowed = " or ".join(_PLACEHOLDERS)
            raise reader.fault(f"segment {segment.name!r}", f"a pushdown filter may hold one {allowed}")


def segment_filter(profile: Profile, segment: str, lookups: Lookups) -> str | None:
    """Write the `$filter` that finds at least the products of a segment; None means that all must be read.

    A placeholder stands for each user or field key that the segment's own rule names: where the account has
    none, no product can match by it, and the clause is left out. While the account's tables are unread, nothing
    is known.
    """
    rule = next((rule for rule in profile.segments if rule.name == segment), None)
    if rule is None:
        raise ProfileError(f"there is no segment {segment!r}; {_suggest(segment, segment_names(profile))}")
    clauses: list[str] = []
    for clause in rule.pushdown:
        filled = _fill(clause, rule, lookups)
        if filled is None:
            return None
        clauses += filled
    return " or ".join(clauses) if 0 < len(clauses) <= MAX_ALTERNATIVES else None


def segment_names(profile: Profile) -> tuple[str, ...]:
    """Name the segments in the order of the profile."""
    return tuple(rule.name for rule in profile.segments)


def _fill(clause: str, rule: SegmentRule, lookups: Lookups) -> list[str] | None:
    if "{created_by}" in clause:
        ids = sorted(creators(rule.created_by, lookups))
        return [clause.replace("{created_by}", str(user)) for user in ids] if lookups.users else None
    if "{has_field}" in clause:
        labels = {fold(label) for label in rule.has_field}
        keys = sorted(field.key for field in lookups.fields.values() if fold(field.label) in labels)
        return [clause.replace("{has_field}", key.replace("'", "''")) for key in keys] if lookups.fields else None
    return [clause]


def _flatten(table: Mapping[str, object]) -> Iterable[tuple[str, object]]:
    """Read `[fields.supplier] name = …` like `"supplier.name" = …`."""
    return chain.from_iterable(
        ((f"{key}.{inner}", value) for inner, value in given.items())
        if isinstance(given, dict)
        else [(key, given)]
        for key, given in table.items()
    )


def _is_blank(value: object) -> bool:
    return isinstance(value, str) and not value.strip()


def _suggest(word: str, known: Iterable[str]) -> str:
    names = list(known)
    close = get_close_matches(word, names, n=3, cutoff=0.5)
    return f"did you mean {' or '.join(close)}?" if close else f"allowed are {', '.join(names)}"


def _invalid(message: str) -> str:
    sentence = explain_invalid(message)
    if "Invalid enum value" in message:
        names = Place if "words_in" in message else Kind
        return f"{sentence}; allowed are {', '.join(names)}"
    return sentence
