"""A fingerprint of what is stored of a product: equal when nothing that matters has changed."""

from __future__ import annotations

from hashlib import blake2b

import msgspec

from ploomes_sync.domain.record import exact_number

_VOLATILE = frozenset({"Editable", "Deletable", "UserValueAvatarUrl"})
_UNORDERED = frozenset({"OtherProperties", "Lists", "Parts"})
_SIZE = 16

_decode = msgspec.json.Decoder(float_hook=exact_number).decode
_encode = msgspec.json.Encoder(order="sorted", decimal_format="number").encode


def raw_digest(raw: bytes, reader: bytes) -> bytes:
    """Digest a record's very bytes behind the mark of who reads them: when equal, nothing has to be read again."""
    return reader + blake2b(raw, digest_size=_SIZE).digest()


def fingerprint(payload: bytes, row: bytes) -> bytes:
    """Digest a readable payload and its row.

    Order of keys and children, nulls, the caller's permissions and how a number is written do not count.
    """
    return fingerprint_tree(_decode(payload), row)


def fingerprint_tree(tree: object, row: bytes) -> bytes:
    """Digest a payload that has been read with `exact_number` already, and its row."""
    digest = blake2b(_encode(_canonical(tree)), digest_size=_SIZE)
    digest.update(b"\n")
    digest.update(row)
    return digest.digest()


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
