"""Tell registered callbacks of changes: in the background, one try, sometimes twice or out of order."""

import asyncio
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import httpx2
import msgspec

from ploomes_simulator.catalogue.records import Fields, Product
from ploomes_simulator.catalogue.tables import ACCOUNT_ID, PRODUCT_ENTITY, Table
from ploomes_simulator.editor import Change
from ploomes_simulator.settings import SimulatorSettings

_ACTIONS = {1: "Create", 2: "Update", 3: "Delete"}
_DATES = ("CreateDate", "LastUpdateDate")
_OVERTAKING_SECONDS = 0.3
_OFFSET = len("-03:00")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one callback; `tries` are those still allowed after a failure."""

    webhook_id: int
    body: bytes
    tries: int


@dataclass(slots=True)
class WebhookCounts:
    """What became of the messages."""

    sent: int = 0
    failed: int = 0
    turned_off: int = 0


class WebhookSender:
    """The registrations' messages, in a queue that one task empties."""

    def __init__(
        self,
        table: Table,
        settings: Callable[[], SimulatorSettings],
        seed: int,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._table, self._settings, self._transport = table, settings, transport
        self._dice = random.Random(seed)  # noqa: S311 - repeatable chance
        self._queue: deque[Delivery] = deque()
        self._failures: dict[int, int] = {}
        self._task: asyncio.Task[None] | None = None
        self.counts = WebhookCounts()

    def __len__(self) -> int:
        return len(self._queue)

    def announce(self, change: Change) -> None:
        """Queue the messages about a change, some of them twice."""
        settings = self._settings()
        for row in self._table.values():
            wanted = (row["EntityId"], row["ActionId"]) == (PRODUCT_ENTITY, change.action)
            if not wanted or not row["Active"] or not row["UserWebhook"] or not row["CallbackUrl"]:
                continue
            body = msgspec.json.encode(message(change, row, settings))
            delivery = Delivery(webhook_id=_id(row), body=body, tries=settings.webhook_retries)
            copies = 2 if self._dice.random() < settings.webhook_duplicate_rate else 1
            self._queue.extend([delivery] * copies)

    def start(self) -> None:
        """Empty the queue in the background, when there is something and nobody does it yet."""
        if self._queue and (self._task is None or self._task.done()):
            self._task = asyncio.get_running_loop().create_task(self.deliver())

    async def stop(self) -> None:
        """Give up what is under way."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def deliver(self) -> None:
        """Send until the queue is empty."""
        client = httpx2.AsyncClient(
            transport=self._transport, timeout=self._settings().webhook_timeout, trust_env=False
        )
        async with client:
            while self._queue:
                if self._dice.random() < self._settings().webhook_reorder_rate:
                    await self._let_overtake()
                await self._send(client, self._queue.popleft())

    async def _let_overtake(self) -> None:
        """Let the second message go first, and wait a little for one to come."""
        if len(self._queue) == 1:
            await asyncio.sleep(_OVERTAKING_SECONDS)
        if len(self._queue) > 1:
            self._queue[0], self._queue[1] = self._queue[1], self._queue[0]

    def _receiver(self, webhook_id: int) -> Fields | None:
        row = self._table.get(webhook_id)
        return row if row is not None and row["Active"] else None

    async def _send(self, client: httpx2.AsyncClient, delivery: Delivery) -> None:
        row = self._receiver(delivery.webhook_id)
        if row is None:
            return
        headers = {"Content-Type": "application/json"}
        if row["ValidationKey"]:
            headers["X-Ploomes-Validation-Key"] = str(row["ValidationKey"])
        try:
            answer = await client.post(str(row["CallbackUrl"]), content=delivery.body, headers=headers)
            good = answer.is_success
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError):
            good = False
        if good:
            self.counts.sent += 1
            self._failures[delivery.webhook_id] = 0
        else:
            self._failed(delivery, row)

    def _failed(self, delivery: Delivery, row: Fields) -> None:
        self.counts.failed += 1
        failures = self._failures[delivery.webhook_id] = self._failures.get(delivery.webhook_id, 0) + 1
        if delivery.tries > 0:
            self._queue.append(Delivery(delivery.webhook_id, delivery.body, delivery.tries - 1))
        allowed = self._settings().webhook_failures_allowed
        if allowed and failures >= allowed:
            row["Active"] = False
            self._failures[delivery.webhook_id] = 0
            self.counts.turned_off += 1


def _id(row: Fields) -> int:
    if not isinstance(row["Id"], int):
        raise TypeError("The id of a webhook is a number.")
    return row["Id"]


def message(change: Change, row: Fields, settings: SimulatorSettings) -> Fields:
    """Write the body of one message."""
    body: Fields = {
        "AccountId": ACCOUNT_ID,
        "Action": _ACTIONS[change.action],
        "ActionUserId": change.user,
        "Entity": "Products" if settings.webhook_entity == "plural" else "Product",
        "New": _side(change.new),
        "Old": _side(change.old),
        "WebhookCreatorId": row["CreatorId"],
        "WebhookId": row["Id"],
    }
    if settings.webhook_missing_side == "absent":
        return {name: value for name, value in body.items() if value is not None}
    return body


def _side(product: Product | None) -> Fields | None:
    """Write a product as webhooks do: no nulls, dates without offset, custom values by key."""
    if product is None:
        return None
    side = {name: value for name, value in product.native.items() if value is not None}
    for name in _DATES:
        value = side.get(name)
        if isinstance(value, str):
            side[name] = value[:-_OFFSET]
    side["OtherProperties"] = _values_by_key(product)
    if product.lists:
        side["Lists"] = [{"ListId": member["ListId"]} for member in product.lists]
    return side


def _values_by_key(product: Product) -> Fields:
    values: dict[str, list[object]] = {}
    for item in product.others:
        values.setdefault(item.field_key, []).append(item.bare_value())
    return {key: found[0] if len(found) == 1 else found for key, found in values.items()}
