"""What the load test's users do: mostly read products, some far more often than others."""

# Runs in an environment of its own, where the types of locust are not to be seen from here.
# mypy: disable-error-code="import-not-found, misc, untyped-decorator"

from __future__ import annotations

import os
import random
from itertools import accumulate
from pathlib import Path
from urllib.parse import quote

from locust import FastHttpUser, between, task

PRODUCTS = "/api/sync/products"
IDS = Path(os.environ["LOAD_IDS"]).read_text().split()
ZIPF = list(accumulate(1 / rank for rank in range(1, len(IDS) + 1)))
WORDS = ("filtro", "óleo sintético", "valvulas", "compresor", "atlas copco", "CIA_", "locação", "1613")
KEY = {"X-Ploomes-Validation-Key": os.environ["LOAD_WEBHOOK_KEY"]}


def some_id() -> str:
    """Draw a product; the first of the list far more often than the last."""
    return random.choices(IDS, cum_weights=ZIPF)[0]  # noqa: S311 - pretend users


class Person(FastHttpUser):
    """Someone at a screen of the company, or a program of theirs."""

    wait_time = between(0.05, 0.15)

    @task(160)
    def read(self) -> None:
        """Read one product."""
        self.client.get(f"{PRODUCTS}/{some_id()}", name="read")

    @task(24)
    def search(self) -> None:
        """Search for words."""
        words = quote(random.choice(WORDS))  # noqa: S311 - pretend users
        self.client.get(f"{PRODUCTS}/search?q={words}&limit=20", name="search")

    @task(8)
    def categories(self) -> None:
        """Look at the categories."""
        self.client.get(f"{PRODUCTS}/categories", name="categories")

    @task(7)
    def webhook(self) -> None:
        """Send what Ploomes sends when a product has changed."""
        product = {"Id": int(some_id())}
        message = {"AccountId": 1, "Action": "Update", "Entity": "Products", "New": product, "Old": product}
        self.client.post("/webhook/ploomes", json=message, headers=KEY, name="webhook")

    @task(1)
    def sync(self) -> None:
        """Ask for a sync; it is joined to one that is under way."""
        self.client.post(PRODUCTS, json={}, name="sync")
