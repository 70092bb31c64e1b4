from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from ploomes_sync.dashboard.views import quarantine as view
from ploomes_sync.dashboard.words import WORDS
from ploomes_sync.domain.page import Reject, RejectReason
from ploomes_sync.domain.quarantine import QuarantinedPayload
from ploomes_sync.domain.record import decode_record

AT = datetime(2026, 1, 1, tzinfo=UTC)
SOUND = {
    "Id": 7,
    "Name": "Filtro",
    "UnitPrice": 1,
    "Lists": [{"A": [1, 2]}, {"B": {"C": "x"}}],
    "Group": {"Name": "g"},
}


def parked(payload: str, reason: str = "bad_type", detail: str = "") -> QuarantinedPayload:
    return QuarantinedPayload(
        id=1,
        ploomes_id=7,
        reason=reason,
        detail=detail,
        run_id=None,
        first_seen_at=AT,
        last_seen_at=AT,
        payload=payload,
    )


def marked(record: QuarantinedPayload) -> list[str]:
    return [line.marked for line in view.payload(record).lines if line.marked]


def test_each_reason_says_what_it_means_and_what_to_do() -> None:
    for reason in RejectReason:
        assert {f"reason.{reason.value}{part}" for part in ("", ".means", ".do")} <= WORDS.keys()


def test_each_line_of_a_payload_knows_what_it_holds() -> None:
    lines = [line.before for line in view.payload(parked(json.dumps(SOUND))).lines]
    held = dict(zip([line.strip().rstrip(",") for line in lines], view.paths(lines), strict=True))

    assert held['"Id": 7'] == "Id"
    assert held['"C": "x"'] == "Lists[1].B.C"
    assert held["2"] == "Lists[0].A[1]"
    assert held['"Group": {'] == "Group"
    assert held['"Name": "g"'] == "Group.Name"


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"UnitPrice": "doze"}, '"UnitPrice": "doze",'),
        ({"Name": " "}, '"Name": " ",'),
        ({"Id": 0}, '"Id": 0,'),
        ({"LastUpdateDate": "31/02/2025"}, '"LastUpdateDate": "31/02/2025"'),
        ({"OtherProperties": [{"FieldKey": "a"}, {"FieldKey": 5}]}, '"FieldKey": 5'),
        ({"UnitPrice": 10**40}, '"UnitPrice": 1' + 40 * "0" + ","),
        ({"Group": {"Name": 5}}, '"Name": 5'),
    ],
)
def test_the_place_of_a_fault_is_marked_in_what_was_received(fields: dict[str, object], fault: str) -> None:
    rejected = decode_record(json.dumps(SOUND | fields).encode())
    assert isinstance(rejected, Reject)

    assert marked(parked(rejected.payload, rejected.reason.value, rejected.detail)) == [fault]


def test_a_broken_payload_is_shown_as_it_came_with_the_place_where_it_breaks() -> None:
    rejected = decode_record('{"Id": 7,\n"Nome": "ção" x}'.encode())
    assert isinstance(rejected, Reject)

    shown = view.payload(parked(rejected.payload, rejected.reason.value, rejected.detail))

    assert not shown.formatted
    assert shown.lines[1] == view.Line(2, '"Nome": "ção" ', "x", "}")


@pytest.mark.parametrize("payload", ["", "[" * 5000, "null", "x\x00y", '{"a": 1', "\ud7ff" * 50])
def test_any_payload_can_be_shown(payload: str) -> None:
    for detail in ("", "not JSON: JSON is malformed: odd (byte 99999)", "A: expected text, got null"):
        assert view.payload(parked(payload, detail=detail)).lines


def test_a_huge_payload_is_cut_and_its_fault_is_still_shown() -> None:
    huge = json.dumps({"Many": list(range(9000)), "UnitPrice": "x" * 9000})
    shown = view.payload(parked(huge, detail="UnitPrice: expected a number, got text"))

    assert shown.total > 9000 > len(shown.lines)
    assert [line.marked[:12] for line in shown.lines if line.marked] == ['"UnitPrice":']
    assert max(len(line.before + line.marked + line.after) for line in shown.lines) <= view.LONGEST + 5
