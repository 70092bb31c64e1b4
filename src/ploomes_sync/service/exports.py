"""The products with a fault as files that a spreadsheet opens, written as they are read."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from enum import StrEnum
from tempfile import TemporaryFile
from typing import IO, Any

from ploomes_sync.domain.quality import QualityItem

Cell = str | Decimal | datetime | None
Pages = AsyncIterator[Sequence[QualityItem]]
_SHEET_ROWS = 1_000_000
_LONGEST_CELL = 32_767
_CHUNK = 1 << 16
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a cell of a CSV file must not begin with: a spreadsheet would take it for a formula and run it."""


class ExportFormat(StrEnum):
    """A sort of file."""

    CSV = "csv"
    XLSX = "xlsx"


class Lang(StrEnum):
    """The language of headings and words, and the way numbers are written."""

    PT = "pt"
    EN = "en"


MEDIA_TYPES = {
    ExportFormat.CSV: "text/csv",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_HEADINGS = {
    Lang.PT: (
        "Id Ploomes",
        "Código",
        "Nome",
        "Tipo",
        "Categoria",
        "Marca",
        "Preço",
        "Moeda",
        "NCM",
        "Atualizado em",
    ),
    Lang.EN: ("Ploomes id", "Code", "Name", "Type", "Category", "Brand", "Price", "Currency", "NCM", "Updated at"),
}
_TYPES = {
    "product": "produto",
    "service": "serviço",
    "rental": "locação",
    "kit": "kit",
    "component": "componente",
}
_WIDTHS = (14, 18, 48, 11, 24, 20, 12, 8, 12, 17)


async def export(pages: Pages, sort: ExportFormat, lang: Lang, zone: tzinfo) -> AsyncIterator[bytes]:
    """Write a file piece by piece; times are those of `zone`."""
    written = csv_file(pages, lang, zone) if sort is ExportFormat.CSV else xlsx_file(pages, lang, zone)
    async for piece in written:
        yield piece


async def csv_file(pages: Pages, lang: Lang, zone: tzinfo) -> AsyncIterator[bytes]:
    """Write CSV as a spreadsheet of that language reads it."""
    yield _lines([_HEADINGS[lang]], lang).encode("utf-8-sig")
    async for items in pages:
        yield _lines(([_text(cell, lang) for cell in _cells(item, lang, zone)] for item in items), lang).encode()


def _lines(rows: Iterable[Sequence[str]], lang: Lang) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=";" if lang is Lang.PT else ",").writerows(rows)
    return text.getvalue()


def _text(cell: Cell, lang: Lang) -> str:
    match cell:
        case None:
            return ""
        case Decimal():
            return f"{cell:f}".replace(".", ",") if lang is Lang.PT else f"{cell:f}"
        case datetime():
            return f"{cell:%d/%m/%Y %H:%M}" if lang is Lang.PT else f"{cell:%Y-%m-%d %H:%M}"
        case _:
            return f"'{cell}" if cell.startswith(_FORMULAS) else cell


async def xlsx_file(pages: Pages, lang: Lang, zone: tzinfo) -> AsyncIterator[bytes]:
    """Write a workbook beside the event loop, in constant memory; its first byte comes after its last row."""
    with TemporaryFile() as file:
        book = await asyncio.to_thread(_Book, file, lang, zone)
        async for items in pages:
            await asyncio.to_thread(book.write, items)
        await asyncio.to_thread(book.close)
        file.seek(0)
        while piece := await asyncio.to_thread(file.read, _CHUNK):
            yield piece


class _Book:
    """A workbook with as many sheets as its rows need."""

    def __init__(self, file: IO[bytes], lang: Lang, zone: tzinfo) -> None:
        from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it has no types

        self._book = Workbook(file, {"constant_memory": True, "remove_timezone": True})
        self._lang, self._zone = lang, zone
        self._bold = self._book.add_format({"bold": True})
        self._money = self._book.add_format({"num_format": "#,##0.00"})
        date = "dd/mm/yyyy hh:mm" if lang is Lang.PT else "yyyy-mm-dd hh:mm"
        self._moment = self._book.add_format({"num_format": date})
        self._add_sheet()

    def _add_sheet(self) -> None:
        self._sheet: Any = self._book.add_worksheet()
        self._sheet.freeze_panes(1, 0)
        for column, width in enumerate(_WIDTHS):
            self._sheet.set_column(column, column, width)
        for column, heading in enumerate(_HEADINGS[self._lang]):
            self._sheet.write_string(0, column, heading, self._bold)
        self._row = 1

    def write(self, items: Sequence[QualityItem]) -> None:
        """Append rows."""
        for item in items:
            if self._row > _SHEET_ROWS:
                self._add_sheet()
            for column, cell in enumerate(_cells(item, self._lang, self._zone)):
                self._write_cell(column, cell)
            self._row += 1

    def _write_cell(self, column: int, cell: Cell) -> None:
        """Write a cell as what it is: a text is never a formula, a link or a number."""
        match cell:
            case None:
                return
            case Decimal():
                self._sheet.write_number(self._row, column, float(cell), self._money)
            case datetime():
                self._sheet.write_datetime(self._row, column, cell, self._moment)
            case _:
                self._sheet.write_string(self._row, column, cell[:_LONGEST_CELL])

    def close(self) -> None:
        """Put the file together."""
        self._book.close()


def _cells(item: QualityItem, lang: Lang, zone: tzinfo) -> tuple[Cell, ...]:
    sort = item.product_type.value
    updated = item.source_updated_at
    return (
        item.ploomes_product_id,
        item.code,
        item.name,
        _TYPES[sort] if lang is Lang.PT else sort,
        item.category,
        item.brand,
        item.base_price,
        item.currency,
        item.ncm_code,
        None if updated is None else updated.astimezone(zone),
    )
