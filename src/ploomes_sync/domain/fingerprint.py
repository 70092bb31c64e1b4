"""How a copy of a product is known again: by the row made of it, by its very bytes, by what they mean."""

from __future__ import annotations

from hashlib import blake2b

import msgspec

from ploomes_sync.domain.wire import exact_number

_VOLATILE = frozenset({"Editable", "Deletable", "UserValueAvatarUrl"})
_UNORDERED = frozenset({"OtherProperties", "Lists", "Parts"})
_SIZE = 16

_decode = msgspec.json.Decoder(float_hook=exact_number).decode
_encode = msgspec.json.Encoder(order="sorted", decimal_format="number").encode


def raw_digest(raw: bytes, reader: bytes) -> bytes:
    """Digest a record's very bytes behind the mark of who reads them: when equal, nothing has to be read again."""
    return reader + blake2b(raw, digest_size=_SIZE).digest()


def fingerprint(row: bytes) -> bytes:
    """Digest the row that was made of a record."""
    return blake2b(row, digest_size=_SIZE).digest()


def mean_the_same(one: bytes, other: bytes) -> bool:
    """Tell whether two records differ in nothing that matters; what cannot be read differs.

    Order of keys and children, nulls, the caller's permissions and how a number is written do not count.
    """
    try:
        return _encode(_canonical(_decode(one))) == _encode(_canonical(_decode(other)))
    except (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError):
        return False


def _canonical(value: object) -> object:
    if isinstance(value, dict):
        return {
            key: _children(inner, key in _UNORDERED) if type(inner) in (dict, list) else inner
            for key, inner in value.items()
            if inner is not None and key not in _VOLATILE
        }
    return _children(value, unordered=False)


def _children(value: object, unordered: bool) -> object:  # noqa: FBT001 - called by position on the hot path
    if not isinstance(value, list):
        return _canonical(value) if isinstance(value, dict) else value
    items = [_canonical(item) for item in value]
    return sorted(items, key=_encode) if unordered else items
