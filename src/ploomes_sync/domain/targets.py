"""The columns that custom fields may feed, and how a value is brought to fit each of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from ploomes_sync.domain.text import fold, parse_number, plain_text

_INT32 = (1 << 31) - 1
_NCM_DIGITS = 8
_CFOP_DIGITS = 4
UNIT_LENGTH = 10
_TRUE = frozenset({"sim", "s", "true", "verdadeiro", "yes", "y", "1", "x"})
_FALSE = frozenset({"nao", "n", "false", "falso", "no", "0"})
_DIGITS = re.compile(r"[0-9][0-9.\-/ ]*")


class Fit(NamedTuple):
    """A value as a column takes it; `exact` is false when something of the original was lost."""

    value: object
    exact: bool = True


Reader = Callable[[object], Fit | None]
"""Brings a value to fit a column, or says None when it cannot."""


def read_text(value: object) -> Fit | None:
    """Take any single value or list of values as text."""
    match value:
        case str():
            return Fit(value.strip())
        case bool():
            return Fit("Sim" if value else "Não")
        case int():
            return Fit(str(value))
        case Decimal():
            return Fit(f"{value:f}")
        case list():
            parts = [read_text(part) for part in value]
            return Fit(", ".join(str(part.value) for part in parts if part)) if all(parts) else None
        case _:
            return None


def read_description(value: object) -> Fit | None:
    """Take the words out of what may be HTML."""
    fit = read_text(value)
    return fit and Fit(plain_text(str(fit.value)) or None)


def read_texts(value: object) -> Fit | None:
    """Take a list, or a text that names several things."""
    if isinstance(value, list):
        fits = [read_text(part) for part in value]
        return Fit(tuple(str(fit.value) for fit in fits if fit)) if all(fits) else None
    fit = read_text(value)
    if fit is None:
        return None
    parts = (part.strip() for part in re.split(r"[,;\n]", str(fit.value)))
    return Fit(tuple(part for part in parts if part))


def read_number(value: object) -> Decimal | None:
    """Take a number, also one that was typed into a text field."""
    match value:
        case str():
            return parse_number(value)
        case Decimal():
            return value
        case int() if not isinstance(value, bool):
            return Decimal(value)
        case _:
            return None


def numeric(precision: int, places: int) -> Reader:
    """Make the reader of a `numeric(precision, places)` column: half a unit is rounded up."""
    limit, unit = Decimal(10) ** (precision - places), Decimal(1).scaleb(-places)

    def read(value: object) -> Fit | None:
        number = read_number(value)
        if number is None or abs(number) >= limit:
            return None
        rounded = number.quantize(unit, ROUND_HALF_UP)
        return Fit(rounded, rounded == number) if abs(rounded) < limit else None

    return read


def read_integer(value: object) -> Fit | None:
    """Take the whole part of a number for an integer column."""
    number = read_number(value)
    if number is None or abs(number) > _INT32:
        return None
    whole = int(number)
    return Fit(whole, number == whole)


def read_boolean(value: object) -> Fit | None:
    """Take yes or no, also in words."""
    if isinstance(value, bool):
        return Fit(value)
    word = fold(str(value)) if isinstance(value, (str, int)) else ""
    if word in _TRUE:
        return Fit(value=True)
    return Fit(value=False) if word in _FALSE else None


def read_ncm(value: object) -> Fit | None:
    """Bring an NCM to its eight digits; a number has lost the zero in front."""
    digits = _digits(value)
    return Fit(digits.zfill(_NCM_DIGITS)) if len(digits) in (_NCM_DIGITS - 1, _NCM_DIGITS) else None


def read_cfop(value: object) -> Fit | None:
    """Bring a CFOP to its four digits."""
    digits = _digits(value)
    return Fit(digits) if len(digits) == _CFOP_DIGITS else None


def read_unit(value: object) -> Fit | None:
    """Take a unit in capitals, so that un and UN are one."""
    fit = read_text(value)
    unit = str(fit.value).strip().upper() if fit else ""
    return Fit(unit) if 0 < len(unit) <= UNIT_LENGTH else None


def read_dimension(value: object) -> Fit | None:
    """Take a length as text, numbers in plain notation."""
    number = read_number(value) if not isinstance(value, str) else None
    return Fit(f"{number:f}") if number is not None else read_text(value)


def _digits(value: object) -> str:
    text = str(value).strip() if isinstance(value, (str, int)) else ""
    return re.sub(r"\D", "", text) if _DIGITS.fullmatch(text) else ""


money = numeric(15, 2)
_hours = numeric(10, 2)
_quantity = numeric(15, 3)

TARGETS: dict[str, Reader] = {
    "external_id": read_text,
    "description": read_description,
    "brand": read_text,
    "ncm_code": read_ncm,
    "cfop_code": read_cfop,
    "stock_quantity": read_integer,
    "cost_price": money,
    "weight": numeric(10, 3),
    "unit_of_measure": read_unit,
    "available_for_sale": read_boolean,
    "dimensions.height": read_dimension,
    "dimensions.width": read_dimension,
    "dimensions.depth": read_dimension,
    "supplier.name": read_text,
    "supplier.code": read_text,
    "supplier.cost_price": money,
    "supplier.lead_time_days": read_integer,
    "supplier.minimum_order": _quantity,
    "supplier.preferred": read_boolean,
    "service.duration_hours": _hours,
    "service.billing_cycle": read_text,
    "service.response_hours": _hours,
    "service.completion_hours": _hours,
    "service.required_skills": read_texts,
    "service.location": read_text,
    "service.warranty_months": read_integer,
    "rental.minimum_period_days": read_integer,
    "rental.maximum_period_days": read_integer,
    "rental.daily_rate": money,
    "rental.weekly_rate": money,
    "rental.monthly_rate": money,
    "rental.total_units": read_integer,
    "rental.available_units": read_integer,
    "rental.deposit": money,
    "rental.late_fee": money,
    "rental.damage_fee": money,
    "rental.delivery_available": read_boolean,
    "rental.pickup_available": read_boolean,
    "variant.size": read_text,
    "variant.color": read_text,
    "variant.model": read_text,
    "variant.code": read_text,
    "variant.price": money,
}
