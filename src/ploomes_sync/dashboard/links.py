"""One-time links: whoever reads what the process prints may sign in once. They live in this process only."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

LINK_SECONDS = 900.0
_RANDOM_BYTES = 32


class Links:
    """The links that were made and not yet used, with the moment until which each is good."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}

    def make(self) -> str:
        """Return the secret of a new link; it is 256 random bits, so that a look-up tells nothing by its time."""
        secret = secrets.token_urlsafe(_RANDOM_BYTES)
        self._until[secret] = self._clock() + LINK_SECONDS
        return secret

    def is_usable(self, secret: str) -> bool:
        """Tell whether a link would let somebody in; asking does not use it up."""
        return self._until.get(secret, float("-inf")) > self._clock()

    def take(self, secret: str) -> bool:
        """Use a link up; returns whether it was good."""
        return self._until.pop(secret, float("-inf")) > self._clock()
