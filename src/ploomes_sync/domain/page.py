"""What one answer of Ploomes becomes on its way to the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ploomes_sync.domain.product import Product, ProductId


@dataclass(frozen=True, slots=True)
class Page:
    """One page of raw records; `count` is how many records matched the query in all, if the server told."""

    records: tuple[bytes, ...]
    requested_at: datetime
    count: int | None = None


class RejectReason(StrEnum):
    """Why a record cannot be stored."""

    UNREADABLE = "unreadable"
    NO_ID = "no_id"
    BAD_ID = "bad_id"
    NO_NAME = "no_name"
    BAD_TYPE = "bad_type"
    NUMBER_OVERFLOW = "number_overflow"
    BAD_DATE = "bad_date"
    TOO_DEEP = "too_deep"
    TOO_LARGE = "too_large"
    REFUSED_BY_DATABASE = "refused_by_database"


@dataclass(frozen=True, slots=True)
class Reject:
    """A record for quarantine: what is wrong with it and the payload as text that PostgreSQL can keep."""

    product_id: ProductId | None
    reason: RejectReason
    detail: str
    payload: str


@dataclass(frozen=True, slots=True)
class Item:
    """One product on its way to be written.

    `row` is the product as JSON, `payload` the record as it came (cleaned of what PostgreSQL refuses);
    `fingerprint` (16 bytes) changes with the row, `raw_digest` (24 bytes) with every byte of the answer and with
    the rules that it was read by.
    """

    id: ProductId
    product: Product
    row: bytes
    payload: bytes
    fingerprint: bytes
    raw_digest: bytes
    updated_at: datetime | None
    cleaned: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """A page after transformation; `ids` are all that the page held, rejected ones too, in rising order.

    `same` are products whose record is byte for byte what the mirror has been made from; they were not read.
    """

    items: tuple[Item, ...]
    rejects: tuple[Reject, ...]
    ids: tuple[ProductId, ...]
    requested_at: datetime
    same: tuple[ProductId, ...] = ()

    @property
    def size(self) -> int:
        """How many records the page held, of several copies of a product one."""
        return len(self.items) + len(self.same) + len(self.rejects)
