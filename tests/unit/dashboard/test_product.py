from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest

from ploomes_sync.dashboard.speech import Speech
from ploomes_sync.dashboard.views import product as view
from ploomes_sync.domain.explain import Line
from ploomes_sync.domain.product import RentalSpecification, ServiceSpecification
from ploomes_sync.domain.run import Outcome, Run, RunStatus, SyncRequest

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
PT = Speech("pt", ZoneInfo("America/Sao_Paulo"), NOW)
EN = Speech("en", ZoneInfo("America/Sao_Paulo"), NOW)


def run(status: RunStatus, *, age: float = 1, ended: float | None = None, **outcome: int) -> Run:
    return Run(
        id=UUID(int=1),
        request=SyncRequest(ids=(7,)),
        status=status,
        created_at=NOW - timedelta(seconds=age),
        finished_at=None if ended is None else NOW - timedelta(seconds=ended),
        outcome=msgspec.structs.replace(Outcome(), **outcome),
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        ("", "–"),
        ([], "–"),
        (True, "Sim"),
        (55.359, "55,359"),
        (Decimal("1000.5"), "1.000,5"),
        (["a", 2, None], "a, 2, –"),
        ("<b>", "<b>"),
        ({"a": [1, Decimal("2.50")]}, '{"a":[1,2.50]}'),
    ],
)
def test_whatever_a_custom_field_holds_is_written(value: object, text: str) -> None:
    assert view.shown(value, PT) == text


def test_terms_are_told_with_their_units_and_only_if_known() -> None:
    service = ServiceSpecification(
        duration_hours=Decimal("1.50"), warranty_months=1, required_skills=("NR-10", "NR-12"), location=""
    )
    assert [(fact.name, fact.value) for fact in view.terms(service, "BRL", PT)] == [
        ("Duração", "1,5 h"),
        ("Qualificações", "NR-10, NR-12"),
        ("Garantia", "1 mês"),
    ]
    rental = RentalSpecification(minimum_period_days=30, daily_rate=Decimal("99.90"), delivery_available=False)
    assert [(fact.name, fact.value) for fact in view.terms(rental, "USD", EN)] == [
        ("Minimum period", "30 days"),
        ("Daily rate", "$99.90"),
        ("Delivery", "No"),
    ]
    assert view.terms(None, "BRL", PT) == []


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("https://images.example/a.png", "https://images.example/a.png"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("//images.example/a.png", ""),
        ("https://", ""),
        ("http://[", ""),
        (None, ""),
    ],
)
def test_only_addresses_of_the_web_become_links(address: str | None, link: str) -> None:
    assert view.safe_link(address) == link


@pytest.mark.parametrize(
    ("given", "tone", "key"),
    [
        (run(RunStatus.SUCCEEDED, ended=60, unchanged=1), "good", "unchanged"),
        (run(RunStatus.SUCCEEDED, ended=60, updated=1), "good", "changed"),
        (run(RunStatus.SUCCEEDED, ended=60, restored=1), "good", "changed"),
        (run(RunStatus.SUCCEEDED, ended=60, deleted=1), "warn", "deleted"),
        (run(RunStatus.PARTIAL, ended=60, rejected=1), "warn", "rejected"),
        (run(RunStatus.FAILED, ended=60), "bad", "failed"),
        (run(RunStatus.CANCELLED, ended=60), "warn", "cancelled"),
        (run(RunStatus.NEEDS_CONFIRMATION, ended=60), "warn", "needs_confirmation"),
    ],
)
def test_a_sync_that_has_ended_tells_what_came_of_it(given: Run, tone: str, key: str) -> None:
    told = view.note(given, PT)
    assert told == view.Note(tone, PT.t(f"product.run.{key}"), open=False, reread=False)


def test_a_sync_that_goes_on_is_asked_for_again_and_says_when_nobody_works() -> None:
    assert view.note(run(RunStatus.QUEUED), PT) == view.Note(
        "", PT.t("product.run.queued"), open=True, reread=False
    )
    assert view.note(run(RunStatus.QUEUED, age=20), PT).text == PT.t("product.run.waits")
    assert view.note(run(RunStatus.RUNNING, age=20), PT).text == PT.t("product.run.running")


def test_a_page_is_read_once_more_when_its_sync_has_only_just_ended() -> None:
    assert view.note(run(RunStatus.SUCCEEDED, ended=1), PT).reread
    assert not view.note(run(RunStatus.SUCCEEDED, ended=6), PT).reread


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (Line("type", "kit", "it has parts"), ("Tipo", "Kit", "tem componentes")),
        (Line("brand", None, "no rule applies"), ("Marca", "–", "nenhuma regra se aplica")),
        (Line("segment omie", "yes", "created by Omie"), ("Segmento Via Omie", "Sim", "criado por Omie")),
        (Line("column ncm_code", "84818099", 'the field "NCM"'), ("NCM", "84818099", "o campo “NCM”")),
        (Line("column cost_price", "1168.90", 'the field "Custo"'), ("Custo", "1.168,9", "o campo “Custo”")),
        (Line("column supplier.code", "1.5", 'the field "F"'), ("Código do fornecedor", "1.5", "o campo “F”")),
        (Line("column rental.daily_rate", "9.5", 'the field "D"'), ("Diária", "9,5", "o campo “D”")),
        (Line("custom field Cor (2)", "Azul", "kept as it came"), ("Cor (2)", "Azul", "guardado como veio")),
    ],
)
def test_reasons_are_told_in_the_readers_words(line: Line, told: tuple[str, str, str]) -> None:
    assert view.reasons([line], PT) == [told]


def test_a_record_is_set_out_without_losing_a_digit() -> None:
    assert (
        view.pretty('{"Id":9007199254740993,"Price":1250.10}')
        == '{\n  "Id": 9007199254740993,\n  "Price": 1250.10\n}'
    )


def test_every_column_of_a_rule_has_words() -> None:
    from ploomes_sync.domain.targets import TARGETS

    lines: list[Any] = [Line(f"column {name}", "1", "kept as it came") for name in TARGETS]
    assert {about for about, _, _ in view.reasons(lines, EN)}.isdisjoint(TARGETS)
