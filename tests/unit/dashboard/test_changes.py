from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest

from ploomes_sync.dashboard.speech import Speech
from ploomes_sync.dashboard.views import changes as view
from ploomes_sync.domain.changes import ChangeKind, ChangePage, ProductChange

ZONE = ZoneInfo("America/Sao_Paulo")
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
PT, EN = Speech("pt", ZONE, NOW), Speech("en", ZONE, NOW)
RUN = UUID("3f2a9c1b-0000-4000-8000-000000000000")

Pair = tuple[object, object]


def change(
    number: int = 1, at: datetime = NOW, kind: ChangeKind = ChangeKind.CHANGED, **columns: Pair
) -> ProductChange:
    return ProductChange(
        change_id=number,
        ploomes_id=7,
        code="C7",
        name="Bomba",
        changed_at=at,
        run_id=RUN,
        kind=kind,
        changes=dict(columns),
    )


def told(speech: Speech = PT, **columns: Pair) -> view.Delta:
    (delta,) = view.deltas(msgspec.structs.replace(change(), changes=columns), speech)
    return delta


def test_money_tells_how_far_it_moved_and_which_way() -> None:
    assert told(base_price=(Decimal("1200.00"), Decimal("1350.00"))) == view.Delta(
        "Preço", "1.200,00", "1.350,00", "up", "12,5 %"
    )
    assert told(EN, cost_price=(Decimal(200), Decimal(100))) == view.Delta(
        "Cost", "200.00", "100.00", "down", "50 %"
    )


def test_money_of_a_product_at_hand_is_in_its_currency() -> None:
    (delta,) = view.deltas(change(base_price=(1, 2.5)), PT, "USD")
    assert (delta.old, delta.new) == ("US$ 1,00", "US$ 2,50")


@pytest.mark.parametrize(("old", "new"), [(None, 5), (Decimal(0), Decimal(5)), (Decimal("0.01"), Decimal(5000))])
def test_a_share_that_tells_nothing_is_not_told(old: object, new: object) -> None:
    assert told(base_price=(old, new)).by == ""


def test_stock_tells_by_how_many_it_moved() -> None:
    assert told(stock_quantity=(1130, 460)) == view.Delta("Estoque", "1.130", "460", "down", "670")


def test_other_values_are_told_in_words() -> None:
    assert told(active=(True, False)) == view.Delta("Ativo", "Sim", "Não")
    assert told(segments=([], ["omie", "rentals"])) == view.Delta("Segmentos", "–", "Via Omie, Locações")
    assert told(product_type=("product", "kit")) == view.Delta("Tipo", "Produto", "Kit")
    assert told(name=(None, "Bomba")) == view.Delta("Nome", "–", "Bomba")
    assert told(future_column=("a", "b")) == view.Delta("future_column", "a", "b")


def test_columns_come_in_their_order_whatever_the_record_says() -> None:
    found = view.deltas(change(stock_quantity=(1, 2), zz=(1, 2), name=("a", "b"), base_price=(1, 2)), PT)
    assert [delta.name for delta in found] == ["Nome", "Preço", "Estoque", "zz"]


def test_a_deleted_product_is_not_told_to_be_inactive_as_well() -> None:
    gone = change(kind=ChangeKind.REMOVED, active=(True, False), available_for_sale=(True, False), name=("a", "b"))
    assert [delta.name for delta in view.deltas(gone, PT)] == ["Nome"]


def test_days_are_the_readers_and_named_as_people_do() -> None:
    midnight = datetime(2026, 3, 10, 3, tzinfo=UTC)
    moments = [NOW, midnight, midnight - timedelta(seconds=1), datetime(2026, 2, 20, 15, tzinfo=UTC)]
    moments.append(datetime(2025, 12, 31, 15, tzinfo=UTC))
    found = view.days([change(9 - at, moment) for at, moment in enumerate(moments)], PT)
    assert [(day.title, len(day.lines)) for day in found] == [
        ("Hoje", 2),
        ("Ontem", 1),
        ("sexta-feira, 20 de fevereiro", 1),
        ("quarta-feira, 31 de dezembro de 2025", 1),
    ]
    assert [line.clock for line in found[0].lines] == ["09:00:00", "00:00:00"]
    assert found[0].lines[0].run == "3f2a9c1b"
    assert view.day_title(date(2025, 12, 31), EN) == "Wednesday, December 31, 2025"


def test_a_page_that_goes_on_with_a_day_does_not_name_it_again() -> None:
    (first, second) = view.days([change(2), change(1, NOW - timedelta(days=1))], PT, "2026-03-10")
    assert (first.title, second.title) == ("", "Ontem")


def test_a_page_ends_where_it_reaches_back_before_the_day() -> None:
    items = [change(3), change(2, NOW - timedelta(days=1)), change(1, NOW - timedelta(days=2))]
    page = ChangePage(items=items, next="1", more=True)
    assert view.until(page, None, ZONE) is page
    assert view.until(page, date(2026, 3, 9), ZONE) == ChangePage(items=items[:2], next=None, more=False)
    assert view.until(page, date(2026, 3, 1), ZONE) == page


def test_filters_are_read_from_an_address_and_written_back() -> None:
    asked = view.read(
        {"column": "base_price", "kind": "changed", "run_id": str(RUN), "since": "2026-03-01", "cursor": "9"}
    )
    assert asked == view.Filter("base_price", ChangeKind.CHANGED, RUN, date(2026, 3, 1), "9")
    assert asked.narrowed
    again = view.read(dict(parse_qsl(urlsplit(asked.address(cursor="9")).query)))
    assert again == asked
    assert asked.asked(50) == {
        "columns": ("base_price",),
        "kind": ChangeKind.CHANGED,
        "run_id": RUN,
        "cursor": "9",
        "limit": 50,
    }
    assert view.Filter().address() == "/changes"


def test_filters_that_make_no_sense_are_left_out_and_named() -> None:
    given = {"column": "secret", "kind": "x", "run_id": "y", "since": "once", "cursor": "-1"}
    asked = view.read(given)
    assert asked == view.Filter(ignored=tuple(given))
    assert not asked.narrowed
