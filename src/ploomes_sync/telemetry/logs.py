"""Structured logs on standard error, by area, with secrets struck out.

structlog is loaded with the first line: most commands write none, and it would be a fifth of what they cost.
"""

from __future__ import annotations

import fnmatch
import re
import sys
from collections.abc import Callable, MutableMapping
from functools import partial
from typing import Any, cast

_PREFIX = "product-sync:"
Event = MutableMapping[str, Any]
_SECRET = re.compile(
    r"""(?ix)
    (user-key["'\s:=]+ | \bpassword\s*=\s*'?) [^\s"',;&]+
    | (://[^:/@\s"']*:) (?!\d{1,5}(?:[/?\#\s"']|$)) [^\s"']* (?=@)
    | \b[0-9a-f]{64,}\b
    | \bsb_secret_\w+
    | \bpls_[\w-]{20,}
    | \beyJ[\w-]{10,}\.[\w.-]+
    """
)


class Log:
    """Says what happens in an area: `debug`, `info`, `warning` and `error` are structlog's."""

    def __init__(self, area: str) -> None:
        self._area = area

    def __getattr__(self, level: str) -> Callable[..., Any]:
        """Return structlog's method of this level."""
        import structlog

        _settle()
        return cast("Callable[..., Any]", getattr(structlog.get_logger(area=self._area), level))


_wanted: Callable[[], None] | None = None
"""How logs are to be set up, as long as structlog has not been loaded."""


def _settle() -> None:
    global _wanted
    if _wanted is not None:
        wanted, _wanted = _wanted, None
        wanted()


def configure(*, json: bool, debug: str = "", level: str = "warning") -> None:
    """Send logs to standard error: JSON for machines, aligned lines for people.

    `debug` names areas such as `product-sync:*` or `product-sync:ploomes`, whose details are then shown, too.
    """
    global _wanted  # noqa: PLW0603 - logs are set up for the whole process
    _wanted = partial(_configure, json=json, debug=debug, level=level)
    if "structlog" in sys.modules:
        _settle()


def _configure(*, json: bool, debug: str, level: str) -> None:
    import structlog

    renderer: Any = structlog.processors.JSONRenderer()
    if not json:
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=24)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            _AreaFilter(areas(debug), level),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            strike_secrets,
            renderer,
        ],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


def keep_quiet() -> None:
    """Say nothing in a program that has not set up its logs, and leave the program's own lines as they are."""
    import structlog

    structlog.configure(processors=[_without_ours, *structlog.get_config()["processors"]])


def _without_ours(_logger: object, method: str, event: Event) -> Event:
    if method != "critical" and str(event.get("area", "")).startswith(_PREFIX):
        from structlog import DropEvent

        raise DropEvent
    return event


def areas(debug: str) -> tuple[str, ...]:
    """Return the patterns of areas whose debug logs are on; `1` and `true` mean all of them."""
    words = [word.strip() for word in re.split(r"[\s,]+", debug) if word.strip()]
    if any(word.lower() in {"1", "true", "yes", "on"} for word in words):
        return ("*",)
    return tuple(word for word in words if word.startswith(("product-sync", "*")))


_RANKS = {"debug": 0, "info": 1, "warning": 2, "error": 3, "critical": 4}


class _AreaFilter:
    """Drops what is below the level, unless its area is switched on."""

    def __init__(self, patterns: tuple[str, ...], level: str) -> None:
        self._patterns = patterns
        self._least = _RANKS[level]

    def __call__(self, _logger: object, method: str, event: Event) -> Event:
        area = str(event.get("area", ""))
        shown = any(fnmatch.fnmatchcase(area, pattern) for pattern in self._patterns)
        if not shown and _RANKS.get(method, 4) < self._least:
            from structlog import DropEvent

            raise DropEvent
        return event


def strike_secrets(_logger: object, _method: str, event: Event) -> Event:
    """Replace keys, tokens and passwords in every text of the event."""
    for key, value in event.items():
        event[key] = _struck(value)
    return event


def _struck(value: object) -> object:
    match value:
        case str():
            return redact(value)
        case dict():
            return {key: _struck(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_struck(inner) for inner in value]
        case _:
            return value


def redact(text: str) -> str:
    """Return the text without keys, tokens and passwords of URLs."""
    return _SECRET.sub(lambda match: f"{match[1] or match[2] or ''}***", text)
