"""Learns by a dozen read-only calls what the account's server really does."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from ploomes_sync.domain.run import Lane
from ploomes_sync.domain.vendor import VendorFacts
from ploomes_sync.errors import ForbiddenError, RequestError
from ploomes_sync.ploomes import odata
from ploomes_sync.ploomes.client import Answer, PloomesClient
from ploomes_sync.ploomes.wire import ids_of

_LANE = Lane.INCREMENTAL
_EXPANSIONS = ("OtherProperties", "Lists", "Parts", "Creator", "Currency")
_OMIE_FIELD = "id (omie)"


@dataclass(frozen=True, slots=True)
class Finding:
    """One question of the probe and its answer, in words for a person."""

    question: str
    answer: str
    good: bool = True


@dataclass(slots=True)
class _Learnt:
    """What has been learnt so far; becomes VendorFacts at the end."""

    facts: dict[str, Any] = field(default_factory=dict)
    some_id: int = 0
    some_date: datetime | None = None


async def probe(client: PloomesClient, learnt: Callable[[VendorFacts], None]) -> AsyncIterator[Finding]:
    """Ask about fifteen questions, yielding each answer; at the end `learnt` gets what to remember.

    Raises CredentialsError when the key is refused and TransientError when the server cannot be reached.
    """
    so_far = _Learnt()
    questions = (_fields, _cap, _paging, _count, _key_walk, _by_key, _dates, _operators, _unknown, _omie)
    for question in questions:
        yield await question(client, so_far)
    refused = [name for name in _EXPANSIONS if not await _works(client, [("$top", "1"), ("$expand", name)])]
    so_far.facts["refused_expansions"] = tuple(refused)
    yield Finding(
        "Which expansions work?", f"refused: {', '.join(refused) or 'none'}", "OtherProperties" not in refused
    )
    learnt(VendorFacts(**so_far.facts, probed_at=datetime.now(UTC)))


async def _ask(client: PloomesClient, options: list[tuple[str, str]], path: str = "/Products") -> Answer:
    return await client.get(odata.url(path, options), _LANE)


async def _works(client: PloomesClient, options: list[tuple[str, str]]) -> bool:
    try:
        await _ask(client, options)
    except (ForbiddenError, RequestError):
        return False
    return True


async def _fields(client: PloomesClient, learnt: _Learnt) -> Finding:
    answer = await _ask(client, [("$orderby", "Id desc"), ("$top", "1")])
    record = msgspec.json.decode(answer.records[0]) if answer.records else {}
    learnt.facts["product_fields"] = tuple(sorted(record))
    learnt.some_id = record.get("Id", 0)
    return Finding("Which fields has a product?", ", ".join(sorted(record)) or "no product yet", bool(record))


async def _cap(client: PloomesClient, learnt: _Learnt) -> Finding:
    for top in (1000, 300, 100):
        try:
            answer = await _ask(client, [("$select", "Id"), ("$orderby", "Id"), ("$top", str(top))])
        except RequestError:
            continue
        learnt.facts["page_cap"] = len(answer.records) if len(answer.records) > 1 else None
        return Finding("How many rows fit on a page?", f"{len(answer.records)} of the {top} asked for")
    return Finding("How many rows fit on a page?", "every size was refused", good=False)


async def _paging(client: PloomesClient, learnt: _Learnt) -> Finding:
    answer = await _ask(client, [("$select", "Id")])
    learnt.facts["default_page"] = len(answer.records)
    learnt.facts["next_link"] = answer.next_link
    form = "no nextLink" if answer.next_link is None else f"nextLink {answer.next_link.partition('?')[2][:60]}"
    return Finding("What comes without $top?", f"{len(answer.records)} rows, {form}")


async def _count(client: PloomesClient, learnt: _Learnt) -> Finding:
    answer = await _ask(client, [("$count", "true"), ("$top", "0")])
    learnt.facts["counts"] = answer.count is not None
    return Finding("Does $count work?", f"{answer.count} products" if answer.count is not None else "no count")


async def _key_walk(client: PloomesClient, learnt: _Learnt) -> Finding:
    """Check what the whole walk stands on: two pages by key follow each other in the order of Id."""
    options = [("$select", "Id"), ("$orderby", "Id"), ("$top", "5")]
    first = ids_of((await _ask(client, options)).records)
    last = first[-1] if first else 0
    second = ids_of((await _ask(client, [("$filter", f"Id gt {last}"), *options])).records)
    good = first == sorted(first) and second == sorted(second) and all(number > last for number in second)
    learnt.facts["key_walk"] = good
    return Finding(
        "Can the catalogue be walked by Id?", "yes" if good else "no: the order or the filter is ignored", good
    )


async def _by_key(client: PloomesClient, learnt: _Learnt) -> Finding:
    try:
        await client.get(f"/Products({learnt.some_id})", _LANE)
    except (ForbiddenError, RequestError) as error:
        learnt.facts["get_by_key"] = False
        return Finding(
            "Does Products(id) answer?", f"no ({getattr(error, 'status', 403)}); a filter is used instead"
        )
    learnt.facts["get_by_key"] = True
    return Finding("Does Products(id) answer?", "yes")


async def _dates(client: PloomesClient, learnt: _Learnt) -> Finding:
    options = [("$select", "Id,LastUpdateDate"), ("$orderby", "LastUpdateDate desc"), ("$top", "20")]
    dates = [_date(record) for record in (await _ask(client, options)).records]
    known = [date for date in dates if date is not None]
    ordered = known == sorted(known, reverse=True)
    learnt.facts["orders_by_date"] = ordered
    since = odata.timestamp(known[0]) if known else "2020-01-01T00:00:00.000Z"
    works = await _works(client, [("$filter", f"LastUpdateDate ge {since}"), ("$top", "1"), ("$select", "Id")])
    learnt.facts["date_filter"] = works
    answer = f"order {'kept' if ordered else 'ignored'}, filter {'works' if works else 'refused'}"
    return Finding("Does LastUpdateDate order and filter?", answer, ordered and works)


def _date(record: bytes) -> datetime | None:
    text = json.loads(record).get("LastUpdateDate")
    return datetime.fromisoformat(text) if isinstance(text, str) else None


async def _operators(client: PloomesClient, learnt: _Learnt) -> Finding:
    works = await _works(client, [("$filter", "Code in ('a','b')"), ("$top", "1"), ("$select", "Id")])
    learnt.facts["in_operator"] = works
    return Finding("Is the operator `in` known?", "yes" if works else "no; chains of `or` are used")


async def _unknown(client: PloomesClient, learnt: _Learnt) -> Finding:
    try:
        await _ask(client, [("$select", "Nope"), ("$top", "1")])
    except (ForbiddenError, RequestError) as error:
        status = getattr(error, "status", 403)
        learnt.facts["unknown_field_status"] = status
        return Finding("How is an unknown field refused?", f"with {status}")
    return Finding("How is an unknown field refused?", "it is not: mistakes stay unseen", good=False)


async def _omie(client: PloomesClient, learnt: _Learnt) -> Finding:
    fields = await client.table("/Fields", [("$filter", "EntityId eq 10")], _LANE)
    users = await client.table("/Users", [("$select", "Id,Name,Suspended,Integration")], _LANE)
    labels = [(row["Name"], row["Key"]) for row in map(json.loads, fields)]
    field_key = next((key for label, key in labels if label.strip().lower() == _OMIE_FIELD), None)
    user = next((row["Name"] for row in map(json.loads, users) if "omie" in (row["Name"] or "").lower()), None)
    learnt.facts |= {"omie_field": field_key, "omie_user": user}
    return Finding(
        "Where is Omie?", f"field {field_key or 'not found'}, user {user or 'not found'}", bool(field_key)
    )
