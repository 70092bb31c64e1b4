"""What a reader gets, and the form in which it waits in memory."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from hashlib import blake2b
from typing import Any, Generic, TypeVar

import msgspec

T = TypeVar("T")
S = TypeVar("S", bound=msgspec.Struct)
Again = Callable[[], Awaitable["Entry[Any]"]]
encoder = msgspec.json.Encoder(decimal_format="number")


class Answer(msgspec.Struct, Generic[T], frozen=True):
    """An answer as a value and as the JSON that was made of it once; `etag` is strong, quotes included.

    `age` is in seconds since it was read from the catalogue. `stale` says that it could not be checked, since the
    database is away: it may lag behind.
    """

    value: T
    body: bytes
    etag: str
    stale: bool
    age: float


@dataclass(slots=True)
class Entry(Generic[T]):
    """An answer in memory, read from the catalogue at `loaded` and to be believed until `until`.

    `names` are the ids and folded codes whose change makes it wrong; None when any product's does. `again`
    loads it anew.
    """

    value: T
    body: bytes
    etag: str
    loaded: float
    until: float
    names: frozenset[str] | None
    again: Again

    def answer(self, now: float, *, stale: bool = False) -> Answer[T]:
        """Hand it out."""
        return Answer(self.value, self.body, self.etag, stale, now - self.loaded)

    def told_by(self, changed: frozenset[str] | None) -> bool:
        """Tell whether it may differ once the named products (None: any) have changed."""
        return changed is None or self.names is None or not self.names.isdisjoint(changed)


def make_entry(value: T, *, loaded: float, until: float, names: frozenset[str] | None, again: Again) -> Entry[T]:
    """Write the body of an answer; the same value gets the same body and etag in every process."""
    body = encoder.encode(value)
    return Entry(value, body, _etag(body), loaded, until, names, again)


def fresh(value: T) -> Answer[T]:
    """Make an answer of what has just been read and is not kept."""
    body = encoder.encode(value)
    return Answer(value, body, _etag(body), stale=False, age=0.0)


def _etag(body: bytes) -> str:
    return f'"{blake2b(body, digest_size=16).hexdigest()}"'


class _Parcel(msgspec.Struct):
    shape: str
    answer: msgspec.Raw


def pack(value: msgspec.Struct) -> bytes:
    """Write an answer for other processes, which may be of another version of this program."""
    return encoder.encode(_Parcel(_shape(type(value)), msgspec.Raw(encoder.encode(value))))


def unpack(text: str, kind: type[S]) -> S | None:
    """Read what another process has written, with money to the last digit; None when its shape is not ours."""
    try:
        parcel = msgspec.json.decode(text, type=_Parcel)
    except msgspec.ValidationError:
        return None
    if parcel.shape != _shape(kind):
        return None
    return msgspec.json.Decoder(kind, float_hook=Decimal).decode(parcel.answer)


@cache
def _shape(kind: type[msgspec.Struct]) -> str:
    """Return a text that changes whenever the fields of a type do."""
    schema = msgspec.json.encode(msgspec.json.schema(kind), order="deterministic")
    return blake2b(schema, digest_size=8).hexdigest()
