"""The catalogue as its readers ask it: from memory while that is current, else from the database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar

import msgspec

from ploomes_sync.cache import questions
from ploomes_sync.cache.answer import Again, Answer, Entry, make_entry, pack, unpack
from ploomes_sync.cache.flights import Flights
from ploomes_sync.cache.memory import CAPACITY, Memory, kind_of
from ploomes_sync.cache.questions import LOOK_UP_SECONDS, Question
from ploomes_sync.cache.tally import Tally, total
from ploomes_sync.cache.watch import Beat, Clock, Watch
from ploomes_sync.domain.cache import CacheStats
from ploomes_sync.domain.product import ProductDetail
from ploomes_sync.domain.profile import Profile
from ploomes_sync.domain.quality import QualityReport
from ploomes_sync.domain.search import Categories, Facets, SearchPage, SearchQuery
from ploomes_sync.errors import SyncError, TransientError
from ploomes_sync.store import cache as store
from ploomes_sync.store import search
from ploomes_sync.store.db import Database
from ploomes_sync.telemetry import Log

T = TypeVar("T", bound=msgspec.Struct)
log = Log("product-sync:cache")

SHARED_SECONDS = 600.0
NEGATIVE_SECONDS = 30.0
STALE_SECONDS = 24 * 3600.0
LONGEST_KEY = 300
LOADS_AT_ONCE = 4
WARMED_ENTRIES = 200
QUIET_SECONDS = 2.0
LONGEST_UNREST = 30.0
BEAT = Beat()


class Catalogue:
    """Reads through the cache; open it with `open_catalogue`.

    Every answer is the catalogue's as of at most a second ago, or marked as stale. All reads raise StoreDownError
    when the database is away and memory cannot help.
    """

    def __init__(self, db: Database, profile: Profile, capacity: int, clock: Clock, beat: Beat) -> None:
        self._db, self._profile, self._clock = db, profile, clock
        self._memory = Memory(capacity)
        self._tally = Tally()
        self._flights = Flights()
        self._slots = asyncio.Semaphore(LOADS_AT_ONCE)
        self._unrest = asyncio.Event()
        self._watch = Watch(db, self._forget, self._flights.fail, clock=clock, beat=beat)

    async def product(self, key: str) -> Answer[ProductDetail] | None:
        """Return one product by Ploomes' id or by code, deleted ones too; None when there is none."""
        load = partial(self._load_product, key)
        if len(key) <= LONGEST_KEY:
            answer = await self._answer(f"prod:{key}", load)
        else:
            answer = (await load()).answer(self._clock())
        return None if answer.value is None else answer

    async def search(self, query: SearchQuery) -> Answer[SearchPage]:
        """Return one page of a search."""
        return await self._ask(questions.search(query))

    async def facets(self, query: SearchQuery) -> Answer[Facets]:
        """Count what a whole search finds."""
        return await self._ask(questions.facets(query))

    async def counts(self) -> Answer[Facets]:
        """Count the whole catalogue without deleted products."""
        return await self._ask(questions.counts(self._profile))

    async def categories(self) -> Answer[Categories]:
        """Return the categories with their counts."""
        return await self._ask(questions.categories(self._profile))

    async def quality(self) -> Answer[QualityReport]:
        """Count what is wrong with the catalogue."""
        return await self._ask(questions.quality())

    async def catch_up(self) -> None:
        """Forget what has changed up to now: whoever has waited for a sync reads what it wrote."""
        await self._watch.catch_up()

    async def warm(self) -> int:
        """Load what people ask first, and what was asked lately and has changed; returns how many answers."""
        await self._watch.settle()
        now = self._clock()
        wanted: dict[str, Again] = {q.key: partial(self._load, q) for q in questions.common(self._profile)}
        wanted = {key: load for key, load in wanted.items() if not self._memory.believes(key, now)}
        wanted |= self._memory.outdated(now, WARMED_ENTRIES)
        for key, load in wanted.items():
            await self._load_once(key, load)
        return len(wanted)

    def stats(self) -> CacheStats:
        """Count what has been asked since this process began, and what is held."""
        checked = self._watch.checked
        kinds = self._tally.kinds(self._memory)
        return CacheStats(
            total=total(kinds),
            kinds=kinds,
            capacity=self._memory.capacity,
            checked=None if checked is None else self._clock() - checked,
            away=self._watch.away is not None,
        )

    async def _ask(self, question: Question[T]) -> Answer[T]:
        return await self._answer(question.key, partial(self._load, question))

    async def _answer(self, key: str, load: Again) -> Answer[Any]:
        now = self._clock()
        held = self._memory.get(key)
        if held is None or held.until <= now or not self._watch.current(now):
            return await self._answer_checked(key, load)
        self._tally.hits[kind_of(key)] += 1
        return held.answer(now)

    async def _answer_checked(self, key: str, load: Again) -> Answer[Any]:
        """Answer what memory alone could not: hear what has changed, load, or make do with what there is."""
        if not self._watch.current(self._clock()):
            await self._watch.settle()
        now, kind = self._clock(), kind_of(key)
        held = self._memory.get(key)
        if held is not None and now < held.until:
            checked = self._watch.current(now)
            (self._tally.hits if checked else self._tally.stale)[kind] += 1
            return held.answer(now, stale=not checked)
        try:
            loaded = await self._load_once(key, load)
        except TransientError:
            if held is None or held.value is None or now - held.loaded > STALE_SECONDS:
                raise
            self._tally.stale[kind] += 1
            return held.answer(now, stale=True)
        self._tally.misses[kind] += 1
        return loaded.answer(self._clock())

    async def _load_once(self, key: str, load: Again) -> Entry[Any]:
        if self._watch.away is not None:
            raise self._watch.error()
        entry: Entry[Any] = await self._flights.join(key, load)
        return entry

    async def _load_product(self, key: str) -> Entry[ProductDetail | None]:
        """Read one product from its tables: as cheap as reading a copy of it from `api_cache`."""
        epoch, began = self._watch.epoch, self._clock()
        async with self._slots, self._db.transaction() as conn:
            found = await search.find(conn, key)
        self._tally.loads["prod"] += 1
        seconds = NEGATIVE_SECONDS if found.product is None else LOOK_UP_SECONDS
        again = partial(self._load_product, key)
        entry = make_entry(found.product, loaded=began, until=began + seconds, names=found.names, again=again)
        self._hold(f"prod:{key}", entry, epoch)
        return entry

    async def _load(self, question: Question[T]) -> Entry[T]:
        """Take an answer from `api_cache`, or compute it and put it there."""
        epoch, began, kind = self._watch.epoch, self._clock(), kind_of(question.key)
        async with self._slots, self._db.transaction() as conn:
            shared = await store.shared(conn, question.key)
            copy = None if shared.data is None else unpack(shared.data, question.kind)
            value = await question.ask(conn) if copy is None else copy
        if copy is None:
            self._tally.loads[kind] += 1
            self._flights.spawn(self._share(question, value, shared.snapshot))
        else:
            self._tally.shared[kind] += 1
        entry = make_entry(
            question.dress(value),
            loaded=began if copy is None else began - shared.age,
            until=began + question.seconds,
            names=None,
            again=partial(self._load, question),
        )
        self._hold(question.key, entry, epoch)
        return entry

    async def _share(self, question: Question[T], value: T, snapshot: str) -> None:
        """Let other processes have what this one has computed; they can do without."""
        try:
            async with self._slots, self._db.transaction() as conn:
                await store.share(conn, question.key, pack(value), snapshot, SHARED_SECONDS)
        except SyncError as error:
            log.warning("cache.share_failed", key=question.key, reason=str(error))

    def _hold(self, key: str, entry: Entry[Any], epoch: int | None) -> None:
        """Keep an entry, unless something has changed since its load began or nobody knows whether it has."""
        if epoch is not None and epoch == self._watch.epoch and len(key) <= LONGEST_KEY:
            self._memory.put(key, entry)

    def _forget(self, changed: frozenset[str] | None) -> None:
        told = self._memory.forget(changed)
        self._flights.let_go()
        self._unrest.set()
        log.debug("cache.forgotten", entries=told, products=None if changed is None else len(changed))

    async def watch(self) -> None:
        """Hear of changes, for ever."""
        await self._watch.run()

    async def keep_warm(self) -> None:
        """Warm up now and whenever the catalogue has come to rest after a change, for ever."""
        while True:
            try:
                await self.warm()
            except SyncError as error:
                log.info("cache.not_warmed", reason=str(error))
            await self._unrest.wait()
            until = self._clock() + LONGEST_UNREST
            while self._unrest.is_set() and self._clock() < until:
                self._unrest.clear()
                await asyncio.sleep(QUIET_SECONDS)

    async def close(self) -> None:
        """End all that is under way."""
        await self._watch.close()
        await self._flights.close()


@asynccontextmanager
async def open_catalogue(
    db: Database,
    profile: Profile,
    *,
    warm: bool = True,
    capacity: int = CAPACITY,
    clock: Clock = time.monotonic,
    beat: Beat = BEAT,
) -> AsyncIterator[Catalogue]:
    """Open the catalogue, with what keeps its answers current; `warm` fills it in the background."""
    catalogue = Catalogue(db, profile, capacity, clock, beat)
    tasks = [asyncio.create_task(catalogue.watch())]
    if warm:
        tasks.append(asyncio.create_task(catalogue.keep_warm()))
    try:
        yield catalogue
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await catalogue.close()
