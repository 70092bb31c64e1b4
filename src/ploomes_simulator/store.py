"""The products in memory: ordered by id and by date of change, built only when somebody looks."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ploomes_simulator.catalogue.generate import Catalogue
from ploomes_simulator.catalogue.records import Product
from ploomes_simulator.dates import parse_date

NO_DATE = -(2**62)
_CHANGED = -1
_BUILT_KEPT = 60_000


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything needed to bring the products back."""

    ids: bytes
    times: bytes
    origins: bytes
    changed: dict[int, Product]


class ProductStore:
    """Parallel arrays in the order of ids, a second pair in the order of dates, and the changed rows."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        size = range(catalogue.size)
        self.ids = array("q", map(catalogue.product_id, size))
        self._times = array("q", (_known(catalogue.changed_at(position)) for position in size))
        self._origins = array("q", size)
        self._changed: dict[int, Product] = {}
        self._built: dict[int, Product] = {}
        self.on_change: list[Callable[[int], None]] = []
        self._index_times()

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, product_id: int) -> bool:
        return self._position(product_id) is not None

    def __iter__(self) -> Iterator[Product]:
        return (self.get(product_id) for product_id in tuple(self.ids))

    def get(self, product_id: int) -> Product:
        """Return one product, built now if nobody asked before."""
        changed = self._changed.get(product_id)
        if changed is not None:
            return changed
        built = self._built.get(product_id)
        if built is None:
            position = self._position(product_id)
            if position is None:
                raise KeyError(product_id)
            built = self._catalogue.build(self._origins[position])
            if len(self._built) >= _BUILT_KEPT:
                self._built.clear()
            self._built[product_id] = built
        return built

    def time_of(self, product_id: int) -> int:
        """Return when a product was last changed, far in the past when it has no date."""
        position = self._position(product_id)
        if position is None:
            raise KeyError(product_id)
        return self._times[position]

    def latest(self) -> int:
        """Return the latest date of change of all products."""
        return self.times_by_date[-1] if self.times_by_date else NO_DATE

    def put(self, product: Product) -> None:
        """Add or replace one product."""
        time = _known(parse_date(product["LastUpdateDate"]))
        position = self._position(product.id)
        if position is None:
            position = bisect_left(self.ids, product.id)
            self.ids.insert(position, product.id)
            self._times.insert(position, time)
            self._origins.insert(position, _CHANGED)
        else:
            self._forget_time(product.id, self._times[position])
            self._times[position] = time
            self._origins[position] = _CHANGED
        self._changed[product.id] = product
        self._built.pop(product.id, None)
        self._remember_time(product.id, time)
        self._announce(product.id)

    def remove(self, product_id: int) -> None:
        """Remove one product; it must be there."""
        position = self._position(product_id)
        if position is None:
            raise KeyError(product_id)
        self._forget_time(product_id, self._times[position])
        del self.ids[position], self._times[position], self._origins[position]
        self._changed.pop(product_id, None)
        self._built.pop(product_id, None)
        self._announce(product_id)

    def snapshot(self) -> Snapshot:
        """Keep the present state."""
        return Snapshot(self.ids.tobytes(), self._times.tobytes(), self._origins.tobytes(), dict(self._changed))

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to a kept state."""
        touched = {*self._changed, *snapshot.changed}
        self.ids = array("q", snapshot.ids)
        self._times = array("q", snapshot.times)
        self._origins = array("q", snapshot.origins)
        self._changed = dict(snapshot.changed)
        self._built.clear()
        self._index_times()
        for product_id in touched:
            self._announce(product_id)

    def between_ids(self, above: int | None, up_to: int | None) -> range:
        """Return the positions in `ids` of ids in (above, up_to]."""
        low = 0 if above is None else bisect_right(self.ids, above)
        high = len(self.ids) if up_to is None else bisect_right(self.ids, up_to)
        return range(low, max(low, high))

    def between_dates(self, since: int | None, until: int | None) -> range:
        """Return the positions in `ids_by_date` of dates in [since, until]; without a date never."""
        low = bisect_left(self.times_by_date, NO_DATE + 1 if since is None else since)
        high = len(self.times_by_date) if until is None else bisect_right(self.times_by_date, until)
        return range(low, max(low, high))

    def _position(self, product_id: int) -> int | None:
        position = bisect_left(self.ids, product_id)
        if position < len(self.ids) and self.ids[position] == product_id:
            return position
        return None

    def _index_times(self) -> None:
        pairs = sorted(zip(self._times, self.ids, strict=True))
        self.times_by_date = array("q", (time for time, _ in pairs))
        self.ids_by_date = array("q", (product_id for _, product_id in pairs))

    def _date_position(self, product_id: int, time: int) -> int:
        low = bisect_left(self.times_by_date, time)
        high = bisect_right(self.times_by_date, time, low)
        return bisect_left(self.ids_by_date, product_id, low, high)

    def _remember_time(self, product_id: int, time: int) -> None:
        position = self._date_position(product_id, time)
        self.times_by_date.insert(position, time)
        self.ids_by_date.insert(position, product_id)

    def _forget_time(self, product_id: int, time: int) -> None:
        position = self._date_position(product_id, time)
        del self.times_by_date[position], self.ids_by_date[position]

    def _announce(self, product_id: int) -> None:
        for listener in self.on_change:
            listener(product_id)


def _known(time: int | None) -> int:
    return NO_DATE if time is None else time
