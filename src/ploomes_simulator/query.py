"""Answer a query with ids: narrow by bounds, test what is left, count, order, and cut out the page."""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from math import gcd
from typing import Any

from ploomes_simulator.catalogue.records import Row
from ploomes_simulator.catalogue.roles import mix
from ploomes_simulator.odata.bounds import Bounds, find_bounds
from ploomes_simulator.odata.evaluate import Compiler
from ploomes_simulator.odata.options import Order, Query
from ploomes_simulator.schema import Entity
from ploomes_simulator.world import World

_WORTH_SORTING = 4


@dataclass(frozen=True, slots=True)
class Ask:
    """A query as the server carries it out: `shuffle` is the seed of the order nobody asked for."""

    query: Query
    limit: int
    shuffle: int | None
    fold_case: bool
    visible: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The ids of a page, the count when it was asked for, and whether more rows follow."""

    ids: Sequence[int]
    count: int | None
    more: bool


@dataclass(frozen=True, slots=True)
class _Candidates:
    """Ids by position, and a further test of each id."""

    at: Callable[[int], int]
    positions: Sequence[int]
    test: Callable[[int], bool] | None

    def ids(self) -> Iterator[int]:
        everything = map(self.at, self.positions)
        return everything if self.test is None else filter(self.test, everything)


def find(world: World, entity: Entity, ask: Ask) -> Found:
    """Find the page of a query; all names are checked, also those of an empty table."""
    compiler = Compiler(world, ask.fold_case)
    bounds = find_bounds(ask.query.filter)
    if ask.query.filter is not None:
        compiler.row_test(ask.query.filter, entity)
    keys = [(compiler.row_value(order.names, entity), order) for order in ask.query.order]
    rest = None if bounds.rest is None else compiler.row_test(bounds.rest, entity)
    if entity.name == "Products":
        candidates = _products(world, bounds, rest, ask)
        get: Callable[[int], Row] = world.products.get
    else:
        rows = small_table(world, entity)
        test = None if ask.query.filter is None else compiler.row_test(ask.query.filter, entity)
        candidates = _small(rows, test)
        get = rows.__getitem__
    return _page(candidates, ask, keys, get)


def small_table(world: World, entity: Entity) -> dict[int, Row]:
    """Return the rows of a small entity by id; the parts are those of all kits."""
    if entity.name == "Products@Parts":
        return {part["Id"]: part for product in world.products for part in product.parts}  # type: ignore[misc]  # ids of parts are integers
    return dict(world.tables[entity.name])


def _small(rows: dict[int, Row], test: Callable[[Row], bool] | None) -> _Candidates:
    ids = sorted(row_id for row_id, row in rows.items() if test is None or test(row))
    return _Candidates(ids.__getitem__, range(len(ids)), None)


def _products(world: World, bounds: Bounds, rest: Callable[[Row], bool] | None, ask: Ask) -> _Candidates:
    store = world.products
    tests: list[Callable[[int], bool]] = []
    if ask.visible is not None:
        last = store.ids[min(ask.visible, len(store.ids)) - 1] if ask.visible and store.ids else -1
        tests.append(lambda product_id: product_id <= last)
    if rest is not None:
        keep = rest
        tests.append(lambda product_id: keep(store.get(product_id)))
    by_id = store.between_ids(bounds.above, bounds.up_to)
    if bounds.only is not None:
        ids = sorted(i for i in bounds.only if i in store and _in_range(i, bounds) and _in_dates(world, i, bounds))
        return _Candidates(ids.__getitem__, range(len(ids)), _all(tests))
    if not bounds.dated and not _by_date(ask.query.order):
        return _Candidates(store.ids.__getitem__, by_id, _all(tests))
    by_date = store.between_dates(bounds.since, bounds.until) if bounds.dated else range(len(store))
    if _by_date(ask.query.order):
        if len(by_id) < len(store):
            tests.insert(0, lambda product_id: _in_range(product_id, bounds))
        return _Candidates(store.ids_by_date.__getitem__, by_date, _all(tests))
    if len(by_date) * _WORTH_SORTING < len(by_id):
        dated = store.ids_by_date[by_date.start : by_date.stop]
        ids = sorted(product_id for product_id in dated if _in_range(product_id, bounds))
        return _Candidates(ids.__getitem__, range(len(ids)), _all(tests))
    tests.insert(0, lambda product_id: _in_dates(world, product_id, bounds))
    return _Candidates(store.ids.__getitem__, by_id, _all(tests))


def _by_date(order: Sequence[Order]) -> bool:
    """Tell whether rows are wanted in the very order of the index of dates."""
    return tuple(order) in (
        (Order(("LastUpdateDate",), descending=False), Order(("Id",), descending=False)),
        (Order(("LastUpdateDate",), descending=False),),
    )


def _by_id(order: Sequence[Order]) -> bool:
    return bool(order) and order[0].names == ("Id",)


def _in_range(product_id: int, bounds: Bounds) -> bool:
    return (bounds.above is None or product_id > bounds.above) and (
        bounds.up_to is None or product_id <= bounds.up_to
    )


def _in_dates(world: World, product_id: int, bounds: Bounds) -> bool:
    if not bounds.dated:
        return True
    time = world.products.time_of(product_id)
    since = bounds.since if bounds.since is not None else -(2**61)
    return time >= since and (bounds.until is None or time <= bounds.until)


def _all(tests: list[Callable[[int], bool]]) -> Callable[[int], bool] | None:
    if not tests:
        return None
    return tests[0] if len(tests) == 1 else lambda product_id: all(test(product_id) for test in tests)


def _page(
    candidates: _Candidates,
    ask: Ask,
    keys: list[tuple[Callable[[Row], Any], Order]],
    get: Callable[[int], Row],
) -> Found:
    query, begin, end = ask.query, ask.query.skip, ask.query.skip + ask.limit
    order = query.order
    ordered = _by_id(order) or _by_date(order) or (not order and ask.shuffle is None)
    if order and _by_id(order) and order[0].descending:
        candidates = _Candidates(candidates.at, candidates.positions[::-1], candidates.test)
    if ordered and candidates.test is not None and not query.count:
        ids = list(islice(candidates.ids(), begin, end + 1))
        return Found(ids[: ask.limit], None, more=len(ids) > ask.limit)
    if candidates.test is None:
        at, positions = candidates.at, candidates.positions
    else:
        matched = array("q", candidates.ids())
        at, positions = matched.__getitem__, range(len(matched))
    count = len(positions)
    if not ordered and order:
        ids = _sorted(map(at, positions), keys, get)
        return Found(ids[begin:end], count, more=count > end)
    chosen = positions[begin:end]
    if not ordered and ask.shuffle is not None:
        chosen = _shuffled(positions, chosen, ask.shuffle)
    return Found([at(position) for position in chosen], count, more=count > end)


def _shuffled(positions: Sequence[int], chosen: Sequence[int], seed: int) -> list[int]:
    """Send the chosen places of a list through a permutation that needs no copy of the list."""
    size = len(positions)
    if size < 2:  # noqa: PLR2004 - one row has one order
        return list(chosen)
    factor = _coprime(seed, size)
    shift = (seed >> 20) % size
    begin = positions.index(chosen[0]) if chosen else 0
    return [positions[((begin + step) * factor + shift) % size] for step in range(len(chosen))]


def _coprime(seed: int, size: int) -> int:
    factor = mix(seed, size) % size or 1
    while gcd(factor, size) != 1:
        factor += 1
    return factor


def _sorted(
    ids: Iterable[int], keys: list[tuple[Callable[[Row], Any], Order]], get: Callable[[int], Row]
) -> list[int]:
    """Order by several keys, the last one first; nulls come before everything when ascending."""
    result = list(ids)
    for read, order in reversed(keys):

        def key(row_id: int, read: Callable[[Row], Any] = read) -> tuple[bool, Any]:
            value = read(get(row_id))
            return value is not None, value if value is not None else 0

        result.sort(key=key, reverse=order.descending)
    return result
