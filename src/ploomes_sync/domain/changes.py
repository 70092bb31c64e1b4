"""The history of products: what changed in which of them, when and by which run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

MAX_LIMIT = 500
RECORDED = (
    "name",
    "code",
    "external_id",
    "product_type",
    "category",
    "subcategory",
    "brand",
    "segments",
    "group_name",
    "family_name",
    "base_price",
    "cost_price",
    "currency",
    "stock_quantity",
    "unit_of_measure",
    "ncm_code",
    "cfop_code",
    "active",
    "available_for_sale",
    "source_system",
)
"""The columns of `products_enhanced` whose changes are recorded; `upsert_products` names the same ones."""
_PLACE = re.compile(r"(?:(?P<xid>[0-9]{1,20})\.)?(?P<change_id>[0-9]{1,19})", re.ASCII)
_LARGEST = (1 << 63) - 1


class ChangeKind(StrEnum):
    """What became of a product."""

    CREATED = "created"
    CHANGED = "changed"
    REMOVED = "removed"
    RESTORED = "restored"


class ProductChange(msgspec.Struct, frozen=True, kw_only=True):
    """One change of a product; `code` and `name` are those that it has now.

    `changes` gives by column the value before and after, nothing for a product that is new. Without `run_id` new
    rules were applied to stored records. The run itself may have been forgotten.
    """

    change_id: int
    ploomes_id: int
    code: str | None
    name: str | None
    changed_at: datetime
    run_id: UUID | None
    kind: ChangeKind
    changes: dict[str, tuple[Any, Any]]


class ChangePage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of changes; `next` is the `cursor` of the page after it, `more` says that it holds something now.

    Newest first the last page has no `next`. Followed from a time on, each page has one: what is committed later
    comes after it.
    """

    items: list[ProductChange]
    next: str | None
    more: bool


class Place(NamedTuple):
    """Where a page of changes ended; whoever follows them goes by transactions (`xid`)."""

    change_id: int
    xid: int | None = None

    def __str__(self) -> str:
        return str(self.change_id) if self.xid is None else f"{self.xid}.{self.change_id}"


class ChangeQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which changes to show: newest first, or from the time `since` on oldest first, to be followed without a gap.

    `columns` leaves only changes of one of these columns, `run_id` only those of one run, `kind` only those of one
    kind. `cursor` is the `next` of the page before, with the same filters. Raises ValueError when a value makes no
    sense.
    """

    since: datetime | None = None
    columns: tuple[str, ...] = ()
    run_id: UUID | None = None
    kind: ChangeKind | None = None
    limit: int = 50
    cursor: str | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= MAX_LIMIT:
            raise ValueError(f"limit must be between 1 and {MAX_LIMIT}")
        if self.since is not None and self.since.tzinfo is None:
            raise ValueError("since must name its time zone, such as 2026-01-31T12:00:00-03:00")
        if unknown := sorted(set(self.columns) - set(RECORDED)):
            raise ValueError(f"columns: {', '.join(unknown)} is not recorded, only {', '.join(RECORDED)}")
        place = self.place()
        if place is not None and (place.xid is None) is not (self.since is None):
            raise ValueError("cursor must be the `next` of a page with the same since")

    def place(self) -> Place | None:
        """Return where the page before ended."""
        return None if self.cursor is None else read_place(self.cursor)


def read_place(cursor: str) -> Place:
    """Read a cursor; raises ValueError when it is none."""
    found = _PLACE.fullmatch(cursor)
    place = found and Place(int(found["change_id"]), int(found["xid"]) if found["xid"] else None)
    if not place or place.change_id > _LARGEST or (place.xid or 0) > _LARGEST:
        raise ValueError("cursor must be the `next` of a page of changes")
    return place


def page(found: Sequence[ProductChange], limit: int) -> ChangePage:
    """Make a page, newest first, of what was found when one more than `limit` was asked for."""
    items, more = list(found[:limit]), len(found) > limit
    return ChangePage(items=items, next=str(Place(items[-1].change_id)) if more else None, more=more)
