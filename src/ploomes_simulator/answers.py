"""Requests and answers as values, and the bodies that the pretend service gives in trouble."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

_JSON = "application/json; odata.metadata=minimal; charset=utf-8"
_HTML = "text/html; charset=utf-8"
_encode = msgspec.json.Encoder().encode


class Delivery(StrEnum):
    """How an answer travels."""

    WHOLE = "whole"
    CUT = "cut"
    SLOW = "slow"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Request:
    """One request, read whole."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, and how it travels; `rows` is set for lists."""

    status: int
    body: bytes
    content_type: str = _JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    delivery: Delivery = Delivery.WHOLE
    rows: int | None = None


def list_answer(
    context: str, rows: Sequence[bytes], *, count: int | None = None, link: str | None = None
) -> Answer:
    """Return a list of rows already written."""
    parts = [b'{"@odata.context":', _encode(context)]
    if count is not None:
        parts += [b',"@odata.count":', _encode(count)]
    parts += [b',"value":[', b",".join(rows), b"]"]
    if link is not None:
        parts += [b',"@odata.nextLink":', _encode(link)]
    return Answer(200, b"".join([*parts, b"}"]), rows=len(rows))


def text_answer(status: int, host: str, sentence: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Return an error as a sentence in `value`."""
    body = {"@odata.context": f"https://{host}/$metadata#Edm.String", "value": sentence}
    return Answer(status, _encode(body), headers=headers or {})


def html_answer(status: int, title: str) -> Answer:
    """Return an error page as a gateway in front of the service writes it."""
    return Answer(status, _page(status, title).encode(), _HTML)


def html_in_json_answer(status: int, title: str) -> Answer:
    """Return the same page inside a JSON string."""
    return Answer(status, _encode(_page(status, title)))


def _page(status: int, title: str) -> str:
    return (
        f"<!DOCTYPE html>\r\n<html><head><title>{status} {title}</title></head>\r\n"
        f"<body><center><h1>{status} {title}</h1></center><hr><center>nginx</center></body></html>\r\n"
    )
