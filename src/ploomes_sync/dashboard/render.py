"""Turns templates and what they show into answers, in the reader's language and theme."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from ploomes_sync.api.gate import gate_of, service_of
from ploomes_sync.dashboard import assets
from ploomes_sync.dashboard.speech import LANGUAGES, Speech
from ploomes_sync.dashboard.visitor import Visitor
from ploomes_sync.domain.token import Scope

THEMES = ("auto", "light", "dark")
LANGUAGE_COOKIE, THEME_COOKIE = "lang", "theme"


def speech_of(request: Request) -> Speech:
    """Return how to speak to whoever asks: Portuguese unless the reader chose otherwise."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    language = chosen if chosen in LANGUAGES else LANGUAGES[0]
    return Speech(language, ZoneInfo(gate_of(request.scope).settings.schedule_timezone))


@dataclass(frozen=True, slots=True)
class Frame:
    """What the frame of every page tells: what waits for a person, and whether what is shown is old."""

    parked: int = 0
    waiting: int = 0
    stale: bool = False
    read_at: datetime | None = None
    source: bool = True


async def page(request: Request, template: str, **context: Any) -> HTMLResponse:  # noqa: ANN401 - whatever it shows
    """Render a whole page with its frame; `code` and `headers` are the answer's."""
    told = await service_of(request.scope).status()
    frame = Frame(told.quarantine.parked, len(told.waiting), told.stale, told.read_at, told.source_configured)
    return fragment(request, template, frame=frame, **context)


def fragment(
    request: Request,
    template: str,
    *,
    code: int = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
    **context: Any,  # noqa: ANN401 - whatever it shows
) -> HTMLResponse:
    """Render what has no frame: a part of a page, or a page that must not wait."""
    return HTMLResponse(render(request, template, context), status_code=code, headers=headers)


def render(request: Request, template: str, context: Mapping[str, Any]) -> str:
    """Return a template filled in; `s` speaks, `t` gives words, `visitor` is who reads."""
    speech = speech_of(request)
    theme = request.cookies.get(THEME_COOKIE, "")
    visitor: Visitor | None = request.scope["state"].get("visitor")
    return (
        environment()
        .get_template(template)
        .render(
            request=request,
            s=speech,
            t=speech.t,
            visitor=visitor,
            may_sync=visitor is not None and visitor.may(Scope.SYNC),
            may_admin=visitor is not None and visitor.may(Scope.ADMIN),
            theme=theme if theme in THEMES else THEMES[0],
            **context,
        )
    )


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the one environment: everything escaped, nothing undefined."""
    made = Environment(
        loader=PackageLoader("ploomes_sync.dashboard"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals["asset"] = assets.load().url
    made.filters |= {"stamp": _stamp, "prose": _prose}
    return made


def _prose(sentence: str) -> Markup:
    """Show what a sentence quotes, such as commands, as code."""
    said = escape(sentence).split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if at % 2 else part for at, part in enumerate(said)
    )


def _stamp(moment: datetime | None, speech: Speech, form: str = "ago") -> str:
    """Write a moment as `<time>`: said in short, told in full on hovering."""
    if moment is None:
        return speech.t("never") if form == "ago" else "–"
    said = getattr(speech, form)(moment)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(moment.isoformat(), speech.full(moment), said)
