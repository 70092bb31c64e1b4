"""The products that the source serves: written once, multiplied to any number, changed on demand."""

from __future__ import annotations

import random
import re
import time
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from heapq import nlargest
from typing import Any

import msgspec

from bench.source.query import Query
from ploomes_simulator.dates import format_date, parse_date
from ploomes_simulator.simulator import Simulator

BASE = 12_000
NO_DATE = -(2**62)
_FIRST_COPY = 9_000_000_000
_DAY_MS = 86_400_000
_NUMBER = re.compile(r"\b\d{3,4}\b")
_DATE = re.compile(rb'("LastUpdateDate":)(?:"[^"]*"|null)')
_encode = msgspec.json.Encoder().encode


class Known(msgspec.Struct, frozen=True, rename="pascal"):
    """What a mirror is held against."""

    id: int
    name: Any
    unit_price: Any
    last_update_date: str | None


class Shop:
    """Parallel arrays in the order of ids. The first BASE products are the simulator's, the others are copies.

    A copy has numbers in its name and code, a price and dates of its own.
    """

    def __init__(self, simulator: Simulator, products: int) -> None:
        self._templates = [_Template(line) for line in simulator.truth()]
        self.ids: array[int] = array("q")
        self._origins: array[int] = array("q", range(products))
        self._dates: array[int] = array("q")
        self._changed: dict[int, bytes] = {}
        self._rng = random.Random(7)  # noqa: S311 - repeatable changes
        self._last_change = 0
        self._version = 0
        self._dated: tuple[object, list[int]] = (None, [])
        for position in range(products):
            product_id, date = self._describe(position)
            self.ids.append(product_id)
            self._dates.append(date)
        self._by_date: list[tuple[int, int]] = []

    def _describe(self, position: int) -> tuple[int, int]:
        copy, number = divmod(position, len(self._templates))
        template = self._templates[number]
        if not copy:
            return template.id, template.date
        back = (position * 2_654_435_761 % 300) * _DAY_MS
        return _FIRST_COPY + position * 7, NO_DATE if template.date == NO_DATE else template.date - back

    def page(self, query: Query) -> tuple[list[bytes], int]:
        """Return the rows of a page as JSON, and how many match."""
        if query.only:
            ids: Sequence[int] = [one for one in sorted(set(query.only)) if self._position(one) is not None]
        else:
            ids = self.ids if query.since is None else self._since(query.since, undated=query.undated)
        begin = bisect_right(ids, query.after)
        end = len(ids) if query.upto is None else bisect_right(ids, query.upto)
        first = begin + query.skip
        if query.newest:
            chosen: Sequence[int] = nlargest(query.skip + query.top, ids[begin:end], key=self._date)[query.skip :]
        else:
            chosen = ids[first : min(end, first + query.top)]
        return [self.row(one) for one in chosen], max(0, end - begin)

    def _since(self, since: int, *, undated: bool) -> list[int]:
        """Return the ids of what changed since then, rising; the answer is kept until something changes."""
        key = (since, undated, self._version)
        if self._dated[0] != key:
            self._order()
            dated = self._by_date[bisect_left(self._by_date, (since, 0)) :]
            blank = self._by_date[: bisect_left(self._by_date, (NO_DATE + 1, 0))] if undated else []
            kept = {one for _, one in (*dated, *blank)} - self._changed.keys()
            kept = {one for one in kept if self._position(one) is not None} if self._version else kept
            for one in self._changed:
                at = self._position(one)
                if at is not None and (self._dates[at] >= since or (undated and self._dates[at] == NO_DATE)):
                    kept.add(one)
            self._dated = (key, sorted(kept))
        return self._dated[1]

    def _order(self) -> None:
        """Make the list by date, once: what is changed later is looked at by itself."""
        if not self._by_date:
            self._by_date = sorted(zip(self._dates, self.ids, strict=True))

    def _date(self, product_id: int) -> int:
        return self._dates[bisect_left(self.ids, product_id)]

    def _position(self, product_id: int) -> int | None:
        at = bisect_left(self.ids, product_id)
        return at if at < len(self.ids) and self.ids[at] == product_id else None

    def row(self, product_id: int) -> bytes:
        """Return one product as JSON."""
        if (changed := self._changed.get(product_id)) is not None:
            return changed
        at = bisect_left(self.ids, product_id)
        copy, number = divmod(self._origins[at], len(self._templates))
        template = self._templates[number]
        return template.copy(product_id, copy, self._dates[at]) if copy else template.record

    def known(self) -> Iterator[Known]:
        """Yield what every product is, in the order of ids."""
        decode = msgspec.json.Decoder(Known).decode
        return (decode(self.row(one)) for one in self.ids)

    def _now(self) -> int:
        self._last_change = max(int(time.time() * 1000), self._last_change + 1)
        return self._last_change

    def put(self, product_id: int, fields: dict[str, object]) -> None:
        """Change one product, with the present as its date, unless another is given."""
        at = bisect_left(self.ids, product_id)
        now = self._now()
        record = {**msgspec.json.decode(self.row(product_id)), "LastUpdateDate": format_date(now), **fields}
        self._changed[product_id] = _encode(record)
        self._dates[at] = parse_date(record["LastUpdateDate"]) or NO_DATE
        self._version += 1

    def edit(self, product_id: int) -> None:
        """Give one product a new price."""
        self.put(product_id, {"UnitPrice": round(self._rng.uniform(1, 9000), 2)})

    def edit_share(self, share: float) -> int:
        """Edit an evenly spread share of the products; returns how many."""
        self._order()
        step = max(1, round(1 / share))
        chosen = self.ids[step // 2 :: step]
        for one in chosen:
            self.edit(one)
        return len(chosen)

    def restore(self) -> None:
        """Undo changes of products; those created or deleted stay so."""
        self._changed.clear()
        self._version += 1

    def delete(self, product_id: int) -> None:
        """Remove one product."""
        at = bisect_left(self.ids, product_id)
        self._order()
        del self.ids[at], self._origins[at], self._dates[at]
        self._changed.pop(product_id, None)
        self._version += 1

    def create(self) -> None:
        """Add one product behind all others."""
        origin = self._rng.randrange(len(self._templates))
        self._order()
        new = max(self.ids[-1], _FIRST_COPY) + 7
        self.ids.append(new)
        self._origins.append(origin)
        self._dates.append(NO_DATE)
        self._changed[new] = self._templates[origin].copy(new, 1, 0)
        self.put(new, {})

    def churn(self, *, edits: int, creates: int, deletes: int) -> None:
        """Change random products."""
        for _ in range(edits):
            self.edit(self._rng.choice(self.ids))
        for _ in range(deletes):
            self.delete(self._rng.choice(self.ids))
        for _ in range(creates):
            self.create()


class _Template:
    """One record as it is, and as a form to make copies from."""

    __slots__ = ("_form", "date", "id", "record")

    def __init__(self, record: bytes) -> None:
        fields = msgspec.json.decode(record)
        self.record = record
        self.id: int = fields["Id"]
        date = parse_date(fields["LastUpdateDate"])
        self.date = NO_DATE if date is None else date
        shown = {"Name": _NUMBER.sub("{n}", str(fields["Name"]))}
        if str(fields["Code"] or "").strip():
            shown["Code"] = f"{fields['Code']}-{{c}}"
        form = _encode({**fields, **shown}).replace(b"%", b"%%")
        form = form.replace(b"{n}", b"%(n)d").replace(b"{c}", b"%(c)d")
        form = form.replace(b'Id":%d' % self.id, b'Id":%(id)d')
        if isinstance(fields["UnitPrice"], float):
            form = form.replace(b'"UnitPrice":' + _encode(fields["UnitPrice"]), b'"UnitPrice":%(p)d.%(c)d')
        self._form = _DATE.sub(rb'\1"%(date)s"' if date is not None else rb"\1null", form)

    def copy(self, product_id: int, copy: int, date: int) -> bytes:
        """Write a copy with an id, numbers, a price and a date of its own."""
        drawn = product_id * 2_654_435_761 % 9_973
        shown = b"" if date == NO_DATE else format_date(date).encode()
        return self._form % {b"id": product_id, b"n": drawn + 1, b"c": copy, b"p": drawn, b"date": shown}
