"""Every change of a product passes here: it gets its date, is stored, and is told to the listeners."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from ploomes_simulator import writes
from ploomes_simulator.catalogue.records import Product, make_native
from ploomes_simulator.catalogue.tables import SYNC_USER
from ploomes_simulator.dates import format_date
from ploomes_simulator.settings import SimulatorSettings
from ploomes_simulator.store import Snapshot
from ploomes_simulator.world import World

_FIRST_NEW_ITEM = 500_000_000_000


@dataclass(frozen=True, slots=True)
class Change:
    """One change: what was, what is, and who did it."""

    old: Product | None
    new: Product | None
    user: int

    @property
    def action(self) -> int:
        """Return the service's number of the action: 1 create, 2 update, 3 delete."""
        if self.old is None:
            return 1
        return 3 if self.new is None else 2


class Editor:
    """Creates, edits and deletes products of one world; dates of change never go back."""

    def __init__(self, world: World, now_ms: Callable[[], int], settings: Callable[[], SimulatorSettings]) -> None:
        self._world, self._now_ms, self._settings = world, now_ms, settings
        self._last = world.products.latest()
        self._next_item = _FIRST_NEW_ITEM
        self.listeners: list[Callable[[Change], None]] = []

    def create(
        self,
        body: Mapping[str, object],
        *,
        product_id: int | None = None,
        user: int = SYNC_USER,
        notify: bool = True,
    ) -> Product:
        """Create a product from a POST body, with the next free id or a given one."""
        products = self._world.products
        chosen = product_id if product_id is not None else (products.ids[-1] + 1 if products.ids else 1)
        product = writes.create(self._world, chosen, body, self._stamp(user))
        products.put(product)
        if notify:
            self._tell(Change(None, product, user))
        return product

    def edit(
        self, product_id: int, body: Mapping[str, object], *, user: int = SYNC_USER, notify: bool = True
    ) -> Product:
        """Change a product by a PATCH body."""
        old = self._world.products.get(product_id)
        settings = self._settings()
        new = writes.change(self._world, old, body, self._stamp(user))
        if settings.custom_change_moves_date or not writes.only_custom(body):
            new = replace(new, native={**new.native, "LastUpdateDate": self._next_date()})
        self._world.products.put(new)
        if notify:
            self._tell(Change(old, new, user))
        return new

    def delete(self, product_id: int, *, user: int = SYNC_USER, notify: bool = True) -> None:
        """Delete a product for good."""
        old = self._world.products.get(product_id)
        self._world.products.remove(product_id)
        if notify:
            self._tell(Change(old, None, user))

    def put_raw(self, product_id: int, raw: bytes) -> Product:
        """Store bytes that lists serve verbatim at the place of this id; what can be read of them is filtered."""
        try:
            parsed: object = json.loads(raw)
        except (ValueError, RecursionError):
            parsed = {}
        known = parsed if isinstance(parsed, dict) else {}
        native = make_native({name: known.get(name) for name in make_native({})})
        product = Product(product_id, {**native, "Id": product_id}, raw=raw)
        self._world.products.put(product)
        return product

    def snapshot(self) -> Snapshot:
        """Keep the products as they are."""
        return self._world.products.snapshot()

    def restore(self, snapshot: Snapshot) -> None:
        """Bring kept products back; dates still never go back."""
        self._world.products.restore(snapshot)

    def item_id(self) -> int:
        """Return a new id for a custom value or a membership."""
        self._next_item += 1
        return self._next_item

    def _stamp(self, user: int) -> writes.Stamp:
        settings = self._settings()
        return writes.Stamp(
            user, self._next_date(), self.item_id, replace_others=settings.other_properties_patch == "replace"
        )

    def _next_date(self) -> str:
        step = 0 if self._settings().equal_dates else 1
        self._last = max(self._now_ms(), self._last + step)
        return format_date(self._last)

    def _tell(self, change: Change) -> None:
        for listener in self.listeners:
            listener(change)
