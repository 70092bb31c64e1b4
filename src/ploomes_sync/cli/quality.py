"""What is wrong with the stored catalogue."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from zoneinfo import ZoneInfo

from cyclopts import Parameter
from cyclopts.validators import Number

from ploomes_sync.cli import output, start
from ploomes_sync.cli.failure import Exit, UsageError

if TYPE_CHECKING:
    from ploomes_sync.config import Settings
    from ploomes_sync.domain.quality import Check, QualityPage, QualityReport
    from ploomes_sync.service.exports import ExportFormat
    from ploomes_sync.store.db import Database

CheckName = Literal["no_code", "price_zero", "duplicate_code", "no_category", "no_ncm", "not_updated"]
_COLUMNS = ("id", "code", "name", "type", "category", "price", "NCM", "updated")


async def quality(  # noqa: PLR0913 - one parameter an option, and a person names them
    key: CheckName | None = None,
    *,
    csv: Annotated[Path | None, Parameter(help="Write the whole list into this CSV file.")] = None,
    xlsx: Annotated[Path | None, Parameter(help="Write the whole list into this workbook.")] = None,
    lang: Annotated[Literal["pt", "en"], Parameter(help="The language of a file; pt unless set.")] = "pt",
    limit: Annotated[
        int, Parameter(validator=Number(gte=1, lte=500), help="Show at most so many; 50 unless set.")
    ] = 50,
    cursor: Annotated[str | None, Parameter(help="Go on after a page: the `next` of the one before.")] = None,
    json: start.Json = False,
) -> int:
    """Count the products that lack something, or list those with one fault.

    KEY is the fault: no_code, price_zero, duplicate_code, no_category, no_ncm or not_updated. Only active products
    that are not deleted are judged.
    """
    from ploomes_sync.domain.quality import Check

    settings = start.load_settings()
    files = {name: path for name, path in (("csv", csv), ("xlsx", xlsx)) if path is not None}
    if files and key is None:
        raise UsageError(
            "A file holds one list: name the fault, such as `ploomes-sync quality no_ncm --csv FILE`."
        )
    async with start.opened_store(settings) as db:
        if key is None:
            _tell_report(await _counted(db), json=json)
        elif files:
            await _write(db, settings, Check(key), files, lang)
        else:
            _tell_page(await _listed(db, Check(key), limit, cursor), json=json)
    return Exit.DONE


async def _counted(db: Database) -> QualityReport:
    from ploomes_sync.store import quality as store

    async with db.transaction() as conn:
        return await store.counts(conn)


async def _listed(db: Database, key: Check, limit: int, cursor: str | None) -> QualityPage:
    from ploomes_sync.service import quality as service

    try:
        return await service.page(db, key, limit, cursor)
    except ValueError as error:
        raise UsageError(f"{error}.") from error


async def _write(db: Database, settings: Settings, key: Check, files: dict[str, Path], lang: str) -> None:
    from ploomes_sync.service import quality as service
    from ploomes_sync.service.exports import ExportFormat, Lang, export

    zone = ZoneInfo(settings.schedule_timezone)
    for name, path in files.items():
        sort: ExportFormat = ExportFormat(name)
        try:
            with path.open("wb") as file:
                async for piece in export(service.pages(db, key), sort, Lang(lang), zone):
                    file.write(piece)
        except OSError as error:
            raise UsageError(f"{path} cannot be written: {error.strerror}.") from error
        output.say(f"Wrote {path}.")


def _tell_report(report: QualityReport, *, json: bool) -> None:
    if json:
        output.write_json(report)
        return
    table = output.Table(("fault", "products", "share"), right=frozenset({1, 2}))
    for check in report.checks:
        table.add(check.key.value, output.number(check.count), f"{check.share:.1%}")
    output.show(table)
    output.say(f"Of {report.products:,} active products. `ploomes-sync quality FAULT` lists them.")


def _tell_page(page: QualityPage, *, json: bool) -> None:
    from shlex import quote

    if json:
        output.write_json(page)
        return
    if not page.items:
        output.say("No product has this fault.")
        return
    table = output.Table(_COLUMNS, right=frozenset({5}))
    for item in page.items:
        price = None if item.base_price is None else f"{item.base_price:,.2f}"
        updated = output.moment(item.source_updated_at)
        words = (item.ploomes_product_id, item.code, item.name, item.product_type.value, item.category)
        table.add(*words, price, item.ncm_code, updated)
    output.show(table)
    if page.next:
        output.say(f"There is more: add --cursor {quote(page.next)}, --csv FILE or --xlsx FILE.")
