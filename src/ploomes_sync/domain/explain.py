"""Why a product was classified as it was, in the words of the rules that decided."""

from __future__ import annotations

from typing import NamedTuple

from ploomes_sync.domain.context import Context
from ploomes_sync.domain.record import Decoded
from ploomes_sync.domain.transform import read_record


class Line(NamedTuple):
    """One answer: what was asked (`type`, `segment atlas`, `column ncm_code` …), what came out, and why."""

    about: str
    answer: str | None
    reason: str


class Explanation(NamedTuple):
    """All answers about one product."""

    product_id: int
    name: str
    code: str | None
    lines: tuple[Line, ...]


def explain(decoded: Decoded, context: Context) -> Explanation:
    """Say what the rules made of a record; the answers are those that `to_product` uses."""
    reading = read_record(decoded, context)
    found, columns = reading.findings, reading.columns
    lines = [
        Line("type", found.type.value, found.type.reason or "no rule applies"),
        Line("brand", found.brand.value, found.brand.reason or "no rule applies"),
        Line("category", found.category.value, found.category.reason or "no rule applies"),
        Line("subcategory", found.subcategory.value, found.subcategory.reason or "no rule applies"),
    ]
    reasons = {answer.value: answer.reason for answer in found.segments}
    for name, _ in context.segments:
        reason = reasons.get(name)
        lines.append(Line(f"segment {name}", "yes" if reason else "no", reason or "no condition holds"))
    for column, value in columns.values.items():
        lines.append(Line(f"column {column}", _show(value), f'the field "{columns.sources[column].label}"'))
    for label, value in columns.rest.items():
        lines.append(Line(f"custom field {label}", _show(value), "kept as it came"))
    code = str(reading.product.Code) if reading.product.Code is not None else None
    return Explanation(decoded.id, reading.product.Name, code, tuple(lines))


def _show(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
