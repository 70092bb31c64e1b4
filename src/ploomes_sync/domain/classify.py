"""What a product is: type, brand, category, subcategory and segments, each with the reason."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from ploomes_sync.domain.context import NOTHING, Context, GroupText, Rulings, group_text
from ploomes_sync.domain.product import Kind
from ploomes_sync.domain.rules import Evidence, Place
from ploomes_sync.domain.text import words
from ploomes_sync.domain.wire import WireProduct

_NO_BRAND = frozenset({"", " ", " n a ", " na ", " sem marca ", " outros ", " outras ", " nao informado "})


class Answer(NamedTuple):
    """A finding and why; the reason is None only where nothing was found."""

    value: str | None
    reason: str | None


class Classification(NamedTuple):
    """All findings about a product; `segments` holds the ones that it belongs to."""

    type: Answer
    brand: Answer
    category: Answer
    subcategory: Answer
    segments: tuple[Answer, ...]
    group: GroupText
    family: GroupText

    @property
    def kind(self) -> Kind:
        """The type as a kind."""
        return Kind(self.type.value or Kind.PRODUCT)

    @property
    def segment_names(self) -> tuple[str, ...]:
        """The names of the segments, in the order of the profile."""
        return tuple(answer.value for answer in self.segments if answer.value)


def classify(
    product: WireProduct, labels: Collection[str], brand_field: str | None, context: Context
) -> Classification:
    """Apply the profile's rules; `labels` are the filled fields, folded; `brand_field` is the brand's."""
    group, family = _group(product, context), _family(product, context)
    code = str(product.Code).strip() if product.Code is not None else ""
    evidence = Evidence(
        code=code.casefold(),
        texts={
            Place.NAME: words(product.Name),
            Place.CODE: words(code),
            Place.GROUP: group.words,
            Place.FAMILY: family.words,
            Place.BRAND_FIELD: words(brand_field) if brand_field else "",
        },
        group=group.folded,
        family=family.folded,
        creator=product.CreatorId,
        labels=labels,
    )
    kind = _type(evidence, product, context)
    brand = _brand(evidence, brand_field, context)
    evidence.brand = brand.value
    category = _category(evidence, group, family, context)
    subcategory = _ruled(evidence, context.subcategories, category.value)
    return Classification(kind, brand, category, subcategory, _segments(evidence, context), group, family)


def _group(product: WireProduct, context: Context) -> GroupText:
    if product.GroupId is not None and product.GroupId in context.groups:
        return context.groups[product.GroupId]
    return group_text(product.Group.Name) if product.Group and product.Group.Name else NOTHING


def _family(product: WireProduct, context: Context) -> GroupText:
    family_id = product.FamilyId
    if family_id is None and product.GroupId is not None:
        group = context.lookups.groups.get(product.GroupId)
        family_id = group.family_id if group else None
    if family_id is not None and family_id in context.families:
        return context.families[family_id]
    return group_text(product.Family.Name) if product.Family and product.Family.Name else NOTHING


def _type(evidence: Evidence, product: WireProduct, context: Context) -> Answer:
    for kind, matcher in context.types:
        reason = matcher(evidence)
        if reason is not None:
            evidence.type = kind
            return Answer(kind, reason)
    if product.Parts:
        evidence.type = Kind.KIT
        return Answer(Kind.KIT, "it has parts")
    return Answer(Kind.PRODUCT, "no rule names another type")


def _brand(evidence: Evidence, brand_field: str | None, context: Context) -> Answer:
    own = evidence.texts[Place.BRAND_FIELD]
    if own:
        for brand, by_field, _ in context.brands:
            reason = by_field(evidence)
            if reason is not None:
                return Answer(brand, reason)
    for brand, _, by_any in context.brands:
        reason = by_any(evidence)
        if reason is not None:
            return Answer(brand, reason)
    if brand_field and own not in _NO_BRAND:
        return Answer(brand_field, "the brand field says so")
    return Answer(None, None)


def _category(evidence: Evidence, group: GroupText, family: GroupText, context: Context) -> Answer:
    known = _ruled(evidence, context.categories[:1], None)
    if known.value is None and group.folded and group.folded not in context.uninformative:
        known = Answer(group.name, "the name of the group")
    if known.value is None:
        known = _ruled(evidence, context.categories[1:], None)
    if known.value is None and family.folded and family.folded not in context.uninformative:
        known = Answer(family.name, "the name of the family")
    return known


def _ruled(evidence: Evidence, rulings: Rulings, within: str | None) -> Answer:
    for ruling in rulings:
        for name, of, match in ruling:
            if not of or within in of:
                reason = match(evidence)
                if reason is not None:
                    return Answer(name, reason)
    return Answer(None, None)


def _segments(evidence: Evidence, context: Context) -> tuple[Answer, ...]:
    found: list[Answer] = []
    for name, matcher in context.segments:
        reason = matcher(evidence)
        if reason is not None:
            evidence.segments.append(name)
            found.append(Answer(name, reason))
    return tuple(found)
