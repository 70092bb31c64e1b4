"""Reads what a form has sent."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import parse_qsl

from starlette.datastructures import ImmutableMultiDict
from starlette.requests import Request

from ploomes_sync.api.problems import BAD_REQUEST, ApiError, Kind

NO_FORM = Kind("not-a-form", "The body must be a form", HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
_MOST_FIELDS = 2000
_MEDIA = "application/x-www-form-urlencoded"


async def read_form(request: Request) -> ImmutableMultiDict[str, str]:
    """Return the fields of a form; raises ApiError when it is none, or has too many fields."""
    body = await request.body()
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if body and media != _MEDIA:
        raise ApiError(NO_FORM, f"Send the fields as {_MEDIA}.")
    try:
        return ImmutableMultiDict(
            parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
        )
    except ValueError:
        raise ApiError(BAD_REQUEST, f"The form cannot be read, or has more than {_MOST_FIELDS} fields.") from None
