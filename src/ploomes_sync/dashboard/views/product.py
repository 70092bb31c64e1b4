"""One product as people read it: facts with their units, whatever a field holds, why it is what it is (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from urllib.parse import urlsplit

import msgspec

from ploomes_sync.dashboard.speech import NOTHING, Speech
from ploomes_sync.domain.changes import ChangeKind, ProductChange
from ploomes_sync.domain.explain import Line
from ploomes_sync.domain.product import ProductDetail, RentalSpecification, ServiceSpecification
from ploomes_sync.domain.run import OPEN_STATUSES, Run, RunStatus

_encode = msgspec.json.Encoder(decimal_format="number").encode
_RATES = ("daily_rate", "weekly_rate", "monthly_rate", "deposit", "late_fee", "damage_fee")
_TERMS = ("service", "rental")
_NUMERIC = ("_price", "_rate", "_fee", "_hours", "_order", "_quantity", "deposit", "weight", "variant.price")
"""How the names of columns end whose values are numbers."""
_MEASURES = ("height", "width", "depth")
_UNITS = ("days", "months")
_WAITING = timedelta(seconds=10)
_SETTLING = timedelta(seconds=5)
"""The catalogue is read a second old at most: after a run has ended, the page is read once more."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and a value; `lead` is where the value leads, if anywhere."""

    name: str
    value: str
    lead: str = ""


def shown(value: object, speech: Speech) -> str:
    """Write whatever a custom field holds."""
    if value is None or (isinstance(value, (str, list, dict)) and not value):
        return NOTHING
    match value:
        case bool():
            said = speech.t("yes" if value else "no")
        case int() | float() | Decimal():
            said = speech.number(value, 6)
        case list() | tuple():
            said = ", ".join(shown(one, speech) for one in value)
        case str():
            said = value
        case _:
            said = _encode(value).decode()
    return said


def terms(
    terms_of: ServiceSpecification | RentalSpecification | None, currency: str, speech: Speech
) -> list[Fact]:
    """Return the terms of a service or rental that are known."""
    if terms_of is None:
        return []
    values = msgspec.structs.asdict(terms_of)
    return [
        Fact(speech.t(f"terms.{name}"), _term(name, value, currency, speech))
        for name, value in values.items()
        if value not in (None, (), "")
    ]


def _term(name: str, value: object, currency: str, speech: Speech) -> str:
    if name in _RATES and isinstance(value, Decimal):
        return speech.money(value, currency)
    if name.endswith("_hours") and isinstance(value, Decimal):
        return f"{speech.number(value, 2)} h"
    unit = name.rpartition("_")[2]
    return speech.t(f"unit.{unit}", n=value) if unit in _UNITS else shown(value, speech)


def custom_fields(product: ProductDetail, speech: Speech) -> list[Fact]:
    """Return the custom fields that feed no column, by name."""
    given = product.custom_fields or {}
    return [Fact(name, shown(given[name], speech)) for name in sorted(given, key=str.casefold)]


def dimensions(product: ProductDetail, speech: Speech) -> str:
    """Write the measures of a product in one line."""
    given = product.dimensions or {}
    known = [name for name in _MEASURES if given.get(name)]
    return " × ".join(f"{speech.name('dimension', name)} {shown(given[name], speech)}" for name in known)


def safe_link(address: str | None) -> str:
    """Return an address that may be followed; blank for any other, whatever it would do."""
    try:
        found = urlsplit(address or "")
    except ValueError:
        return ""
    return address if address and found.scheme in ("http", "https") and found.netloc else ""


@dataclass(frozen=True, slots=True)
class Note:
    """How a sync that was asked for from the page goes; `open` means that it is worth asking again.

    `reread` means that it has just ended and the page may not show yet what it has written.
    """

    tone: str
    text: str
    open: bool
    reread: bool


def note(run: Run, speech: Speech) -> Note:
    """Tell how a run for one product goes."""
    if run.status in OPEN_STATUSES:
        waits = run.status is RunStatus.QUEUED and speech.now - run.created_at > _WAITING
        return Note(
            "", speech.t("product.run.waits" if waits else f"product.run.{run.status}"), open=True, reread=False
        )
    tone, key = _ended(run)
    reread = run.finished_at is None or speech.now - run.finished_at < _SETTLING
    return Note(tone, speech.t(key), open=False, reread=reread)


def _ended(run: Run) -> tuple[str, str]:
    outcome = run.outcome
    if outcome.rejected:
        return "warn", "product.run.rejected"
    if run.status is not RunStatus.SUCCEEDED:
        return ("bad" if run.status is RunStatus.FAILED else "warn"), f"product.run.{run.status}"
    if outcome.deleted:
        return "warn", "product.run.deleted"
    changed = outcome.inserted + outcome.updated + outcome.restored
    return "good", "product.run.changed" if changed else "product.run.unchanged"


def removal(product: ProductDetail, newest: Iterable[ProductChange]) -> ProductChange | None:
    """Return the change that removed a product, if it is deleted and that is among its newest changes."""
    if product.deleted_at is None:
        return None
    return next((one for one in newest if one.kind is ChangeKind.REMOVED), None)


def reasons(lines: Iterable[Line], speech: Speech) -> list[tuple[str, str, str]]:
    """Return what was asked, what came out and why, in the reader's words."""
    return [(_about(line.about, speech), _answer(line, speech), speech.say(line.reason)) for line in lines]


def _about(about: str, speech: Speech) -> str:
    sort, _, name = about.partition(" ")
    if about.startswith("custom field "):
        return about.removeprefix("custom field ")
    if sort == "segment":
        return speech.t("why.segment", name=speech.name("segment", name))
    if sort == "column":
        table, _, column = name.rpartition(".")
        return speech.name("terms" if table in _TERMS else "column", column if table in _TERMS else name)
    return speech.name("field", about)


def _answer(line: Line, speech: Speech) -> str:
    if line.answer is None:
        return NOTHING
    if line.about == "type":
        return speech.name("type", line.answer)
    if line.about.startswith("segment "):
        return speech.t(line.answer)
    column = line.about.removeprefix("column ")
    return speech.number(Decimal(line.answer), 6) if column.endswith(_NUMERIC) else line.answer


def pretty(payload: str) -> str:
    """Lay out a record for reading; every digit stays as it is."""
    return msgspec.json.format(payload.encode(), indent=2).decode()
