"""Reads what a webhook says; a message is a hint to look at a product, never data to be stored (pure).

Two forms are understood: Ploomes' own body and the plain `{EntityType, EntityId, ChangeType}` of other senders.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from ploomes_sync.domain.product import ProductId
from ploomes_sync.errors import SettingsError

MAX_BODY_BYTES = 4_000_000
KEY_HEADER = "X-Ploomes-Validation-Key"

_MAX_BIGINT = (1 << 63) - 1
_MAX_DIGITS = 19
_SHOWN = 40
_PRODUCT_NAMES = frozenset({"product", "products"})


class Change(StrEnum):
    """What is said to have happened to a product; `OTHER` is any word that we do not know."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    OTHER = "other"


_CHANGES = {
    "create": Change.CREATED,
    "created": Change.CREATED,
    "update": Change.UPDATED,
    "updated": Change.UPDATED,
    "delete": Change.DELETED,
    "deleted": Change.DELETED,
}


@dataclass(frozen=True, slots=True)
class Event:
    """A product that something happened to."""

    product_id: ProductId
    change: Change
    webhook_id: int | None = None


@dataclass(frozen=True, slots=True)
class Ignored:
    """A message that is none of our business."""

    reason: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """Something that is no message at all."""

    reason: str


Message = Event | Ignored | Malformed


def parse_event(body: bytes) -> Message:
    """Say what a message means, whatever the bytes are; never raises."""
    document = _read(body)
    if isinstance(document, Malformed):
        return document
    fields = _folded(document)
    entity = fields.get("entity", fields.get("entitytype"))
    if not isinstance(entity, str):
        return Malformed("the body names no entity")
    if entity.strip().lower() not in _PRODUCT_NAMES:
        return Ignored(f"it is about {_shown(entity)}, not about a product")
    product_id = _product_id(fields)
    if product_id is None:
        return Malformed("the body names no product")
    return Event(product_id, _change(fields), _id(fields.get("webhookid")))


def _read(body: bytes) -> dict[str, object] | Malformed:
    if len(body) > MAX_BODY_BYTES:
        return Malformed(f"the body is larger than {MAX_BODY_BYTES // 1_000_000} MB")
    try:
        document = json.loads(body)
    except RecursionError:
        return Malformed("the body is nested too deeply")
    except ValueError:
        return Malformed("the body is no JSON")
    return document if isinstance(document, dict) else Malformed("the body is no object")


def _folded(document: Mapping[str, object]) -> dict[str, object]:
    """Return the fields under lower-case names without underscores: senders disagree on how to write them."""
    return {name.replace("_", "").lower(): value for name, value in document.items()}


def _product_id(fields: Mapping[str, object]) -> ProductId | None:
    """Return the id in `New`, else in `Old`; in the plain form it is `EntityId`."""
    for side in (fields.get("new"), fields.get("old")):
        if isinstance(side, dict) and (found := _id(_folded(side).get("id"))) is not None:
            return found
    # In Ploomes' own body an EntityId would be the number of a kind of record.
    return _id(fields.get("entityid")) if "entitytype" in fields else None


def _id(value: object) -> ProductId | None:
    """Return a number or a text of digits as an id that the database can hold."""
    if isinstance(value, str):
        text = value.strip()
        value = int(text) if text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS else None
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return ProductId(value) if 0 < value <= _MAX_BIGINT else None


def _change(fields: Mapping[str, object]) -> Change:
    word = fields.get("action", fields.get("changetype"))
    return _CHANGES.get(word.strip().lower(), Change.OTHER) if isinstance(word, str) else Change.OTHER


def _shown(text: str) -> str:
    """Return the beginning of a foreign text, without what a database or a terminal would refuse."""
    return "".join(char for char in text[:_SHOWN] if char.isprintable()) or "nothing"


def key_hash(key: str) -> str:
    """Return what is stored of a validation key: enough to know it again, too little to forge it."""
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def key_matches(expected: str, given: str | None) -> bool:
    """Tell whether the key that came with a message has the stored hash `expected`, in constant time."""
    return hmac.compare_digest(expected.encode("utf-8", "surrogatepass"), key_hash(given or "").encode()) and bool(
        given
    )


def key_matches_any(expected: Iterable[str], given: str | None) -> bool:
    """Tell whether a key has one of the stored hashes; all are compared, so that the time tells nothing."""
    return sum(key_matches(known, given) for known in expected) > 0


def check_callback(url: str) -> str:
    """Return the address that Ploomes shall call; raises SettingsError unless the key is safe there."""
    text = url.strip()
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise SettingsError(f"The callback address cannot be read: {error}.") from error
    if not host or not text.isprintable() or " " in text:
        raise SettingsError(
            "The callback must be a web address such as https://sync.example.com/webhooks/ploomes."
        )
    if parts.username is not None or parts.fragment:
        raise SettingsError("The callback address must not hold a user name or a fragment.")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(host)):
        raise SettingsError(
            "The callback must begin with https:// (the validation key would travel in the clear)."
        )
    return text


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def shown_callback(url: str | None) -> str:
    """Return a callback for people: its query may hold a secret and is left out."""
    try:
        parts = urlsplit(url or "")
        public = SplitResult(parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", "")
    except ValueError:
        return "?"
    return public.geturl() + ("?…" if parts.query else "")
