"""Records that could not be stored, as they are shown."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec


class QuarantinedRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A parked record: `ploomes_id` if it told one, why it could not be stored, and the run that met it last."""

    id: int
    ploomes_id: int | None
    reason: str
    detail: str
    run_id: UUID | None
    first_seen_at: datetime
    last_seen_at: datetime


class QuarantinedPayload(QuarantinedRecord, frozen=True, kw_only=True):
    """A parked record with the payload as it came."""

    payload: str


class QuarantineGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Parked records of one reason; `retryable` ones have an id by which Ploomes can be asked again."""

    reason: str
    records: int
    retryable: int
    oldest_at: datetime
    newest_at: datetime


class QuarantinePage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of the quarantine, oldest first; `next` is None on the last, `total` counts all."""

    items: list[QuarantinedRecord]
    total: int
    next: int | None = None
