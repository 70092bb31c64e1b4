"""Reads the source a second way, so that a mistake of the sync's reader cannot hide itself.

It shares no decoding, no query text and no retry with the client; only the budget of the account and the words
for errors are the same. It is made to be believed, not to be fast: one request at a time.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from http import HTTPStatus
from itertools import pairwise
from typing import Any

import httpx2
import stamina

from ploomes_sync.domain.run import Lane
from ploomes_sync.errors import (
    ErrorClass,
    ForbiddenError,
    RateLimitedError,
    RequestError,
    SourceDownError,
    SourceGarbledError,
    TransientError,
)
from ploomes_sync.ploomes import wire
from ploomes_sync.ploomes.client import RetryPolicy, Turns

BY_IDS = 50
UNREADABLE = "unreadable"
"""The key that marks a record of which only the id could be read."""
_PAGE = 300
_FIRST_ID = re.compile(r'"value"\s*:\s*\[\s*\{[^{}\[\]]*?"Id"\s*:\s*([1-9][0-9]{0,18})')
_FULL = "OtherProperties,Lists,Parts"
_PLAIN = "OtherProperties"


@dataclass(slots=True)
class Source:
    """How to ask; counts the requests and remembers which expansion Ploomes grants."""

    http: httpx2.AsyncClient
    turns: Turns
    lane: Lane = Lane.SWEEP
    policy: RetryPolicy = field(default_factory=RetryPolicy)
    requests: int = 0
    expand: str = _FULL


@dataclass(frozen=True, slots=True)
class _Page:
    records: list[dict[str, Any]]
    count: int | None


class _TooDeepError(Exception):
    """A page that holds a record nested too deeply; asking for fewer records at once finds which."""

    def __init__(self, first_id: int) -> None:
        super().__init__(first_id)
        self.first_id = first_id


async def read_all(source: Source, *, detail: bool = True) -> AsyncGenerator[dict[str, Any], None]:
    """Yield every product in the order of Id; without `detail` only Id and LastUpdateDate of each.

    Raises the error of the last attempt: TransientError when waiting may help, PermanentError when not.
    """
    after, top = 0, _PAGE
    while True:
        query = f"$filter=Id%20gt%20{after}&$orderby=Id&$top={top}&$count=true"
        try:
            page = await _products(source, query, after, detail=detail)
        except _TooDeepError as error:
            if top == 1:
                yield {"Id": error.first_id, UNREADABLE: True}
                after = error.first_id
            top = max(1, top // 2)
            continue
        for record in page.records:
            yield record
        ids = _ids(page.records)
        if not ids:
            return
        after, top = ids[-1], min(_PAGE, top * 2)


async def read_ids(source: Source, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return those of the products that exist, by id."""
    found: dict[int, dict[str, Any]] = {}
    for start in range(0, len(ids), BY_IDS):
        chunk = ids[start : start + BY_IDS]
        wanted = "%20or%20".join(f"Id%20eq%20{key}" for key in chunk)
        query = f"$filter={wanted}&$orderby=Id&$top={len(chunk)}&$count=true"
        try:
            records = (await _products(source, query, 0, detail=True)).records
        except _TooDeepError:
            records = [{"Id": key, UNREADABLE: True} for key in chunk]
        found.update((record["Id"], record) for record in records if record.get("Id") in chunk)
    return found


async def read_table(source: Source, path: str, options: str = "") -> list[dict[str, Any]]:
    """Return all rows of a small table; `options` go between the cursor and the order, as URL text."""
    rows: list[dict[str, Any]] = []
    after = 0
    while True:
        url = f"{path}?$filter=Id%20gt%20{after}{options}&$orderby=Id&$top={_PAGE}&$count=true"
        page = await _nonempty(source, url, after)
        if not page.records:
            return rows
        rows += page.records
        after = _ids(page.records)[-1]


async def _products(source: Source, query: str, after: int, *, detail: bool) -> _Page:
    """Ask for a page of products; does without lists and parts once Ploomes has refused them."""
    what = f"$expand={source.expand}" if detail else "$select=Id,LastUpdateDate"
    try:
        return await _nonempty(source, f"/Products?{query}&{what}", after)
    except (ForbiddenError, RequestError):
        if not detail or source.expand == _PLAIN:
            raise
        source.expand = _PLAIN
        return await _products(source, query, after, detail=detail)


async def _nonempty(source: Source, url: str, after: int) -> _Page:
    """Ask again what comes back empty, unless the count says so too."""
    page = await _get(source, url, after)
    if page.records or page.count == 0:
        return page
    return await _get(source, url, after)


async def _get(source: Source, url: str, after: int) -> _Page:
    attempts = stamina.retry_context(
        on=_may_heal,
        attempts=source.policy.retries + 1,
        timeout=None,
        wait_initial=source.policy.first_wait,
        wait_max=source.policy.longest_wait,
        wait_jitter=source.policy.first_wait / 2,
    )
    async for attempt in attempts:
        with attempt:
            return await _ask(source, url, after)
    raise AssertionError("unreachable: the last attempt returns or raises")


async def _ask(source: Source, url: str, after: int) -> _Page:
    turn = await source.turns.take(source.lane)
    await asyncio.sleep(turn.wait)
    source.requests += 1
    try:
        response = await source.http.get(url)
    except (httpx2.TransportError, httpx2.DecodingError) as error:
        raise SourceDownError(f"Ploomes did not answer: {type(error).__name__}.") from error
    if response.status_code != HTTPStatus.OK:
        now = datetime.now(UTC)
        refusal = wire.error_for(response.status_code, response.headers, response.content, url, now)
        if isinstance(refusal, RateLimitedError):
            await source.turns.slow_down(refusal.retry_after or source.policy.first_wait * 2)
        raise refusal
    page = _read(response.content.decode("utf-8", "replace"))
    _check(page, after)
    return page


def _read(body: str) -> _Page:
    """Read an envelope; raises SourceGarbledError when it is none, _TooDeepError when nobody can read a record."""
    try:
        document = json.loads(body, parse_float=Decimal, parse_int=int, parse_constant=str)
    except RecursionError:
        found = _FIRST_ID.search(body)
        if found is None:
            raise SourceGarbledError("Ploomes sent records nested too deeply to be read.") from None
        raise _TooDeepError(int(found[1])) from None
    except ValueError as error:
        raise SourceGarbledError("Ploomes answered 200 with something that is no JSON.") from error
    records = document.get("value") if isinstance(document, dict) else None
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise SourceGarbledError("Ploomes answered 200 without a list of records.")
    count = document.get("@odata.count")
    if not records and isinstance(count, int) and count > 0:
        raise SourceGarbledError(f"Ploomes counts {count} records and sends none.")
    return _Page(records, count if isinstance(count, int) else None)


def _check(page: _Page, after: int) -> None:
    ids = _ids(page.records)
    if page.records and not ids:
        raise SourceGarbledError("Ploomes sent a page without a single readable Id.")
    if any(later <= earlier for earlier, later in pairwise([after, *ids])):
        raise SourceGarbledError("Ploomes did not send the page in the order of Id.")


def _ids(records: Sequence[dict[str, Any]]) -> list[int]:
    return [key for record in records if type(key := record.get("Id")) is int and key > 0]


def _may_heal(error: Exception) -> bool | float:
    if not isinstance(error, TransientError) or error.error_class is ErrorClass.DATABASE:
        return False
    return error.retry_after if error.retry_after is not None else True
