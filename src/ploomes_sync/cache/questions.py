"""What may be asked of the catalogue: under which key, how it is computed, for how long it is believed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Generic, TypeVar

import msgspec

from ploomes_sync.domain.product import Kind
from ploomes_sync.domain.profile import Profile, segment_names
from ploomes_sync.domain.quality import QualityReport
from ploomes_sync.domain.search import Categories, Facets, SearchPage, SearchQuery, Sort
from ploomes_sync.store import quality as judged
from ploomes_sync.store import search as store
from ploomes_sync.store.db import Connection

T = TypeVar("T", bound=msgspec.Struct)
LOOK_UP_SECONDS = 300.0
COUNT_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Question(Generic[T]):
    """A question whose answer any product may change, and which costs enough to be shared through `api_cache`.

    `ask` computes the answer; `dress` brings an answer, computed or shared, into the form that is handed out.
    """

    key: str
    kind: type[T]
    seconds: float
    ask: Callable[[Connection], Awaitable[T]]
    dress: Callable[[T], T]


def search(query: SearchQuery) -> Question[SearchPage]:
    """Ask for one page of a search."""
    asked = msgspec.structs.replace(query, q=query.q.strip())
    return Question(
        _hashed("search", asked), SearchPage, LOOK_UP_SECONDS, lambda c: store.search(c, asked), _as_is
    )


def facets(query: SearchQuery) -> Question[Facets]:
    """Ask for the counts of a whole search, whichever page and order is wanted of it."""
    asked = msgspec.structs.replace(query, q=query.q.strip(), sort=Sort.RELEVANCE, limit=1, after=None)
    return Question(_hashed("facets", asked), Facets, LOOK_UP_SECONDS, lambda c: store.facets(c, asked), ordered)


def counts(profile: Profile) -> Question[Facets]:
    """Ask for the counts of the whole catalogue."""

    async def ask(conn: Connection) -> Facets:
        return await store.segment_counts(conn, ())

    return Question("count:all", Facets, COUNT_SECONDS, ask, lambda found: ordered(with_empty(found, profile)))


def categories(profile: Profile) -> Question[Categories]:
    """Ask for the categories and the counts of the whole catalogue, both of the same moment."""

    async def ask(conn: Connection) -> Categories:
        found = await store.categories(conn)
        total = await store.segment_counts(conn, ())
        return Categories(
            categories=found,
            total=total.total,
            types=total.types,
            segments=total.segments,
            brands=total.brands,
        )

    def dress(found: Categories) -> Categories:
        plain = Facets(types=found.types, segments=found.segments, brands=found.brands)
        full = ordered(with_empty(plain, profile))
        return msgspec.structs.replace(found, types=full.types, segments=full.segments, brands=full.brands)

    return Question("cat:hierarchy", Categories, COUNT_SECONDS, ask, dress)


def quality() -> Question[QualityReport]:
    """Ask how many products have which fault."""
    return Question("count:quality", QualityReport, COUNT_SECONDS, judged.counts, _as_is)


def common(profile: Profile) -> list[Question[Any]]:
    """Name what people ask first: the counts, and the first page of all, of each type and of each segment."""
    firsts = [SearchQuery(), *(SearchQuery(type=kind) for kind in Kind)]
    firsts += [SearchQuery(segment=name) for name in segment_names(profile)]
    return [categories(profile), counts(profile), facets(SearchQuery()), *map(search, firsts)]


def with_empty(found: Facets, profile: Profile) -> Facets:
    """Name every type, and every segment and brand of the profile, also those without products."""
    return msgspec.structs.replace(
        found,
        types=_filled(found.types, [kind.value for kind in Kind]),
        segments=_filled(found.segments, segment_names(profile)),
        brands=_filled(found.brands, [rule.brand for rule in profile.brands]),
    )


def ordered(found: Facets) -> Facets:
    """Put the most frequent first, also after a way through the database, which keeps no order of names."""
    return msgspec.structs.replace(
        found,
        types=_by_count(found.types),
        brands=_by_count(found.brands),
        categories=_by_count(found.categories),
        segments=_by_count(found.segments),
    )


def _filled(counted: dict[str, int], names: Sequence[str]) -> dict[str, int]:
    return dict.fromkeys(names, 0) | counted


def _by_count(counted: dict[str, int]) -> dict[str, int]:
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def _as_is(found: T) -> T:
    return found


def _hashed(kind: str, query: SearchQuery) -> str:
    # Half a surrogate pair, which JSON could not hold, is a text as well as any.
    text = repr(msgspec.structs.astuple(query)).encode("utf-8", "surrogatepass")
    return f"{kind}:{blake2b(text, digest_size=16).hexdigest()}"
