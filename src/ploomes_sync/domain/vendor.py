"""What an account's server was seen to do; the vendor's documentation leaves it open."""

from __future__ import annotations

from datetime import datetime

import msgspec


class VendorFacts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Facts that a probe has learnt; the defaults are what is safe to assume without one.

    `page_cap` is the most rows that one answer holds. `refused_expansions` are those that the server answers with
    an error. `counts` tells whether `$count=true` works, `key_walk` whether `Id gt n` with `$orderby=Id` does: the
    whole walk stands on it. `orders_by_date` tells whether `$orderby=LastUpdateDate desc` gives the newest first.
    """

    page_cap: int | None = None
    default_page: int | None = None
    next_link: str | None = None
    counts: bool = True
    key_walk: bool = True
    orders_by_date: bool = True
    date_filter: bool = True
    in_operator: bool = False
    get_by_key: bool = False
    refused_expansions: tuple[str, ...] = ()
    unknown_field_status: int | None = None
    omie_user: str | None = None
    omie_field: str | None = None
    product_fields: tuple[str, ...] = ()
    limit_headers: dict[str, str] = {}
    probed_at: datetime | None = None
