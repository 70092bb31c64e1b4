"""The simulator as an object: its data, its behaviour, and what a test may do to both."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict

import httpx2

from ploomes_simulator.catalogue.records import Product
from ploomes_simulator.churn import Churn, Churned
from ploomes_simulator.editor import Change, Editor
from ploomes_simulator.faults import Fault, Faults, Script
from ploomes_simulator.limits import RateLimiter
from ploomes_simulator.odata.evaluate import Compiler
from ploomes_simulator.odata.options import Clause, Expand
from ploomes_simulator.render import RenderMemory, Writer, encode, make_writer
from ploomes_simulator.schema import ENTITIES
from ploomes_simulator.settings import SimulatorSettings, change_settings
from ploomes_simulator.stats import Stats
from ploomes_simulator.store import Snapshot
from ploomes_simulator.webhooks import WebhookSender
from ploomes_simulator.world import make_world

Clock = Callable[[], float]
_TRUTH = Clause(expand=(Expand("OtherProperties"), Expand("Lists"), Expand("Parts")))


class Simulator:
    """One pretend Ploomes account; the HTTP side is in `api` and `admin`."""

    def __init__(
        self,
        settings: SimulatorSettings,
        clock: Clock,
        webhook_transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.world = make_world(settings.seed, settings.products)
        self.stats = Stats()
        self.limiter = RateLimiter()
        self.faults = Faults(settings.seed)
        self.memory = RenderMemory()
        self.editor = Editor(self.world, self._now_ms, lambda: self.settings)
        self.churn = Churn(self.world, self.editor, settings.seed)
        self.webhooks = WebhookSender(
            self.world.tables["Webhooks"], lambda: self.settings, settings.seed, webhook_transport
        )
        self.world.products.on_change.append(self.memory.forget)
        self.editor.listeners.append(self._announce)
        self._snapshot: Snapshot | None = None
        self._ticked = clock()
        self._owed = 0.0

    def change_settings(self, changes: Mapping[str, object]) -> SimulatorSettings:
        """Change behaviour while running."""
        self.settings = change_settings(self.settings, changes)
        self.memory.clear()
        return self.settings

    def script_fault(self, fault: Fault, *, times: int = 1, path: str = "/", skip: int = 0) -> None:
        """Let the next requests to a path meet a fault."""
        self.faults.scripts.append(Script(fault, times, path, skip))

    def clear_faults(self) -> None:
        """Forget the scripts that have not been played."""
        self.faults.scripts.clear()

    def create_product(self, body: Mapping[str, object], product_id: int | None = None) -> Product:
        """Create one product."""
        return self.editor.create(body, product_id=product_id)

    def edit_product(self, product_id: int, body: Mapping[str, object]) -> Product:
        """Change one product."""
        return self.editor.edit(product_id, body)

    def delete_product(self, product_id: int) -> None:
        """Delete one product."""
        self.editor.delete(product_id)

    def put_raw(self, product_id: int, raw: bytes) -> None:
        """Let lists serve these bytes in place of a product."""
        self.editor.put_raw(product_id, raw)

    def apply_churn(self, *, create: int = 0, edit: int = 0, delete: int = 0) -> Churned:
        """Create, edit and delete random products."""
        return self.churn.apply(create=create, edit=edit, delete=delete)

    def tick(self) -> None:
        """Make the background changes that are due and set the webhooks going; call it inside a running loop."""
        now = self.clock()
        self._owed += max(0.0, now - self._ticked) * self.settings.churn_per_second
        self._ticked = now
        if self._owed >= 1:
            due = int(self._owed)
            self._owed -= due
            self.churn.mixed(due)
        self.webhooks.start()

    def report(self, *, with_log: bool = False) -> dict[str, object]:
        """Return the statistics."""
        webhooks = {"queued": len(self.webhooks), **asdict(self.webhooks.counts)}
        products = len(self.world.products)
        return {**self.stats.report(with_log=with_log), "products": products, "webhooks": webhooks}

    def reset_stats(self) -> None:
        """Start counting anew; what is under way stays counted as such."""
        self.stats = Stats(in_flight=self.stats.in_flight, most_at_once=self.stats.in_flight)

    def truth(self, names: Sequence[str] | None = None) -> Iterator[bytes]:
        """Yield every product as JSON, with its custom values, lists and parts, in the order of ids."""
        write = self._truth_writer(names)
        return (write(product) for product in self.world.products)

    def truth_of(self, product_id: int) -> bytes:
        """Return one product as JSON."""
        return self._truth_writer(None)(self.world.products.get(product_id))

    def digest(self) -> dict[str, object]:
        """Return the number of products and a hash over all that is known of them."""
        digest = hashlib.sha256()
        for line in self.truth():
            digest.update(line + b"\n")
        ids = self.world.products.ids
        return {"count": len(ids), "sha256": digest.hexdigest(), "last_id": ids[-1] if ids else None}

    def snapshot(self) -> None:
        """Remember the products as they are."""
        self._snapshot = self.editor.snapshot()

    def restore(self) -> bool:
        """Bring the remembered products back; False when there are none."""
        if self._snapshot is None:
            return False
        self.editor.restore(self._snapshot)
        self.memory.clear()
        return True

    def _now_ms(self) -> int:
        return int(self.clock() * 1000)

    def _announce(self, change: Change) -> None:
        self.webhooks.announce(change)

    def _truth_writer(self, names: Sequence[str] | None) -> Writer:
        clause = _TRUTH
        if names is not None:
            known = ENTITIES["Products"].relations
            expand = tuple(Expand(name) for name in names if name in known)
            clause = Clause(tuple(name for name in names if name not in known), expand)
        return make_writer(clause, ENTITIES["Products"], Compiler(self.world, fold_case=True))


def settings_report(settings: SimulatorSettings) -> bytes:
    """Write the settings as JSON."""
    return encode(asdict(settings))
