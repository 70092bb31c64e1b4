from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from starlette.datastructures import QueryParams

from ploomes_sync.dashboard.speech import Speech
from ploomes_sync.dashboard.views import history, sync
from ploomes_sync.dashboard.views import runs as view
from ploomes_sync.domain.changes import ChangeKind
from ploomes_sync.domain.history import RunDetail, RunEntry, RunEvent, entry
from ploomes_sync.domain.run import Lane, Outcome, Plan, Run, RunStatus, Strategy, SyncRequest, Urgency

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ZONE = ZoneInfo("America/Sao_Paulo")
PT, EN = (Speech(language, ZONE, NOON) for language in ("pt", "en"))
SEGMENTS = ("services", "rentals")
PLAN = Plan(strategy=Strategy.BATCH, reason="batch was asked for", lane=Lane.SWEEP, expected=1000)


def run(status: RunStatus = RunStatus.RUNNING, request: SyncRequest | None = None, **values: object) -> RunEntry:
    fields = {"plan": PLAN, "started_at": NOON - timedelta(seconds=10), **values}
    made = Run(id=UUID(int=7), request=request or SyncRequest(), status=status, created_at=NOON, **fields)  # type: ignore[arg-type]  # values of the test
    return entry(made, NOON)


def event(name: str, after: int = 0, /, **detail: object) -> RunEvent:
    return RunEvent(id=after, at=NOON + timedelta(seconds=after), event=name, detail=detail)


def asked(query: str, *, refuse_excess: bool = False) -> sync.Asked:
    return sync.asked(QueryParams(query), SEGMENTS, refuse_excess=refuse_excess)


def test_an_empty_form_asks_for_what_the_service_chooses() -> None:
    form = asked("")

    assert form.request == SyncRequest(origin="dashboard")
    assert form.faults == {}


def test_a_form_that_is_filled_in_says_all_of_it() -> None:
    form = asked("strategy=incremental&segment=rentals&segment=services&urgency=high&context=stock_alert&key=x")

    assert form.request == SyncRequest(
        strategy=Strategy.INCREMENTAL,
        segments=("rentals", "services"),
        urgency=Urgency.HIGH,
        context=("stock_alert",),
        origin="dashboard",
    )


def test_ids_stand_between_blanks_commas_and_lines() -> None:
    assert asked("ids=3, 1;2%0A1").request.ids == (3, 1, 2)


@pytest.mark.parametrize(
    ("query", "field", "said"),
    [
        ("ids=3 x7", "ids", "“x7” não é um id"),
        ("ids=0", "ids", "“0”"),
        ("ids=99999999999999999999", "ids", "não é um id"),
        ("ids=٣", "ids", "não é um id"),
        ("ids=" + "1 " * 10_001, "ids", "10.000 ids"),
        ("ids=1&segment=rentals", "ids", "não os dois"),
        ("ids=1&strategy=batch", "ids", "completa lê tudo"),
        ("strategy=real-time", "ids", "diga os ids"),
        ("strategy=faster", "strategy", "faster não existe"),
        ("segment=nowhere", "segment", "nowhere"),
        ("urgency=now", "urgency", "now"),
        ("context=boredom", "context", "boredom"),
    ],
)
def test_what_is_wrong_is_said_at_the_field(query: str, field: str, said: str) -> None:
    form = asked(query)

    key, values = form.faults[field]
    assert said in PT.t(key, **values)
    assert EN.t(key, **values)


def test_more_ids_than_a_request_reads_are_refused_where_the_settings_say_so() -> None:
    eleven = "strategy=real-time&ids=" + ",".join(map(str, range(1, 12)))

    assert asked(eleven).faults == {}
    assert "ids" in asked(eleven, refuse_excess=True).faults


def test_the_same_form_has_one_key_and_other_choices_another() -> None:
    key, one = "0" * 32, SyncRequest(origin="dashboard")

    assert sync.key_of(key, one) == sync.key_of(key, SyncRequest(origin="dashboard"))
    assert sync.key_of(key, one) != sync.key_of(key, SyncRequest(origin="dashboard", ids=(1,)))
    assert sync.key_of("anything else", one) is sync.key_of(None, one) is None


def test_the_filters_become_a_question_in_the_readers_days() -> None:
    found = history.asked(
        {"since": "2026-03-01", "until": "2026-03-01", "status": "failed", "strategy": "batch", "text": " key "},
        SEGMENTS,
        ZONE,
    )

    assert (found.query.since, found.query.until) == (NOON.replace(hour=3), NOON.replace(day=2, hour=3))
    assert (found.query.status, found.query.strategy, found.query.text) == ("failed", "batch", "key")
    assert found.following("x/y&z") == (
        "/runs?text=key&status=failed&strategy=batch&since=2026-03-01&until=2026-03-01&after=x%2Fy%26z"
    )


@pytest.mark.parametrize("name", ["status", "strategy", "category", "error_class", "since", "until"])
def test_a_filter_that_makes_no_sense_is_left_out_and_said(name: str) -> None:
    found = history.asked({name: "9999-99-99", "after": "nowhere"}, SEGMENTS, ZONE)

    assert found.ignored == (name,)
    assert not found.filtered
    assert found.query == history.asked({}, SEGMENTS, ZONE).query


def test_what_happened_is_told_newest_first_in_the_readers_words() -> None:
    events = [
        event("run.finished", 9, status="partial", rejected=2),
        event("run.paused", 5, seconds=5.0, error="Ploomes did not answer in time."),
        event("tuner.step", 4, what="lanes", before=3, after=1, reason="Ploomes asked to slow down"),
        event("run.planned", 2, strategy="batch", reason="batch was asked for", expected=11793),
        event("something.new", 1, of="<b>"),
    ]

    lines = view.timeline(run(), events, PT)

    assert [(line.title, line.text, line.tone) for line in lines] == [
        ("Terminou", "Parcial", "warn"),
        ("Pausa", "O Ploomes não respondeu a tempo. Espera 5 s.", "warn"),
        ("Ritmo ajustado", "Requisições em paralelo: 3 → 1 · o Ploomes pediu para ir mais devagar", "warn"),
        ("Planejada", "Completa · foi pedida a completa · 11.793 produtos a ler", ""),
        ("something.new", "of: <b>", ""),
        ("Pedida", "linha de comando", ""),
        ("Começou", "", ""),
    ]
    assert view.lanes(events, 5) == 1
    assert view.lanes([], 5) == 5


def test_who_listens_hears_of_each_tenth_only() -> None:
    said = {view.spoken_progress(run(outcome=Outcome(fetched=count)), PT) for count in range(100, 200)}

    assert said == {"Em andamento, 10 %"}


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (SyncRequest(), "Catálogo inteiro"),
        (SyncRequest(segments=("rentals", "new")), "Locações, new"),
        (SyncRequest(ids=(1, 2)), "2 produtos pelo id"),
    ],
)
def test_a_run_says_what_it_is_about(request_: SyncRequest, said: str) -> None:
    assert view.scope(request_.segments, request_.ids, PT) == said


def test_what_to_do_follows_from_the_errors_of_a_run_that_failed() -> None:
    failed = run(RunStatus.FAILED, error="No.", outcome=Outcome(errors={"authentication": 1, "unheard": 2}))

    assert view.advice(failed, PT) == [
        "O Ploomes recusou a chave: ponha a chave atual do usuário de integração em PLOOME_API_KEY."
    ]
    assert view.advice(run(outcome=Outcome(errors={"network": 1})), PT) == []


def test_asking_again_asks_the_same_and_allows_no_deletion() -> None:
    request = SyncRequest(strategy=Strategy.BATCH, segments=("rentals",), allow_deletes=90, origin="schedule")

    assert view.again(request) == SyncRequest(strategy=Strategy.BATCH, segments=("rentals",), origin="dashboard")


def test_what_a_run_changed_leads_to_the_changes() -> None:
    detail = RunDetail(
        run=run(RunStatus.SUCCEEDED),
        kinds={ChangeKind.REMOVED: 3, ChangeKind.CHANGED: 9},
        columns={"base_price": 7},
        rejected=(),
    )

    assert [(one.key, one.count) for one in view.kinds(detail, PT)] == [("changed", 9), ("removed", 3)]
    (price,) = view.columns(detail, PT)
    assert price.href == f"/changes?run_id={UUID(int=7)}&columns=base_price"


@pytest.mark.parametrize(("text", "place"), [("", 0), ("17", 17), ("-1", 0), ("x", 0), ("9" * 19, (1 << 63) - 1)])
def test_a_page_of_missing_products_begins_where_the_address_says(text: str, place: int) -> None:
    assert view.place(text) == place
