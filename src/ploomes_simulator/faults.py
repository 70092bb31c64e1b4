"""Faults: which one meets a request, by script or by chance, and what it does to the answer."""

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

import msgspec

from ploomes_simulator.answers import (
    Answer,
    Delivery,
    html_answer,
    html_in_json_answer,
    list_answer,
    text_answer,
)
from ploomes_simulator.settings import SimulatorSettings


class Fault(StrEnum):
    """What can go wrong with one request; each has a setting fault_… for its share."""

    TOO_MANY = "429"
    TOO_MANY_RETRY_AFTER = "429_retry_after"
    ERROR_500 = "500"
    ERROR_502 = "502"
    ERROR_503 = "503"
    ERROR_504 = "504"
    HTML_IN_JSON = "html_in_json"
    TIMEOUT = "timeout"
    CUT = "cut"
    SLOW = "slow"
    EMPTY = "empty"
    GARBAGE = "garbage"
    WRONG_SHAPE = "wrong_shape"


@dataclass(frozen=True, slots=True)
class Script:
    """The next `times` requests to paths that begin with `path` meet a fault, after `skip` good ones."""

    fault: Fault
    times: int = 1
    path: str = "/"
    skip: int = 0


RATE_SENTENCE = "API calls quota exceeded! Maximum admitted {limit} per minute."
TITLES = {
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Time-out",
}
_INSTEAD = frozenset(Fault) - {Fault.CUT, Fault.SLOW}


class Faults:
    """The scripts still to be played, and the dice."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)  # noqa: S311 - repeatable chance
        self.scripts: deque[Script] = deque()
        self._storm = 0

    def pick(self, path: str, settings: SimulatorSettings) -> Fault | None:
        """Return what meets this request: the first script that fits, a storm, or chance."""
        for position, script in enumerate(self.scripts):
            if not path.startswith(script.path):
                continue
            if script.skip > 0:
                self.scripts[position] = replace(script, skip=script.skip - 1)
                continue
            self.scripts[position] = replace(script, times=script.times - 1)
            if script.times <= 1:
                del self.scripts[position]
            return script.fault
        if self._storm > 0:
            self._storm -= 1
            return Fault.TOO_MANY
        return self._chance(settings)

    def _chance(self, settings: SimulatorSettings) -> Fault | None:
        draw = self._dice.random()
        for fault in Fault:
            draw -= getattr(settings, f"fault_{fault}")
            if draw < 0:
                if fault is Fault.TOO_MANY:
                    self._storm = settings.storm_length - 1
                return fault
        return None


def replaces_answer(fault: Fault) -> bool:
    """Tell whether the request is never carried out."""
    return fault in _INSTEAD


def fault_answer(fault: Fault, settings: SimulatorSettings, context: str) -> Answer:
    """Return what is answered instead."""
    return _ANSWERS[fault](settings, context)


def damage(answer: Answer, fault: Fault | None) -> Answer:
    """Let a good answer travel badly."""
    if fault is Fault.CUT:
        return replace(answer, delivery=Delivery.CUT)
    if fault is Fault.SLOW:
        return replace(answer, delivery=Delivery.SLOW)
    return answer


def _too_many(settings: SimulatorSettings, *, retry_after: bool) -> Answer:
    headers = {"Retry-After": str(settings.storm_retry_after)} if retry_after else {}
    sentence = RATE_SENTENCE.format(limit=settings.rate_per_minute or 120)
    return text_answer(429, settings.next_link_host, sentence, headers)


def _error(status: int) -> Callable[[SimulatorSettings, str], Answer]:
    return lambda _settings, _context: html_answer(status, TITLES[status])


_ANSWERS: dict[Fault, Callable[[SimulatorSettings, str], Answer]] = {
    Fault.TOO_MANY: lambda settings, _: _too_many(settings, retry_after=False),
    Fault.TOO_MANY_RETRY_AFTER: lambda settings, _: _too_many(settings, retry_after=True),
    Fault.ERROR_500: _error(500),
    Fault.ERROR_502: _error(502),
    Fault.ERROR_503: _error(503),
    Fault.ERROR_504: _error(504),
    Fault.HTML_IN_JSON: lambda _settings, _context: html_in_json_answer(502, TITLES[502]),
    Fault.TIMEOUT: lambda _settings, _context: Answer(200, b"", delivery=Delivery.NEVER),
    Fault.EMPTY: lambda _settings, context: list_answer(context, ()),
    Fault.GARBAGE: lambda _settings, _context: html_answer(200, "Ploomes"),
    Fault.WRONG_SHAPE: lambda _settings, context: Answer(
        200, msgspec.json.encode({"@odata.context": context, "value": "unexpected"})
    ),
}
