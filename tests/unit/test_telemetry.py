from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import structlog

from ploomes_sync import telemetry
from ploomes_sync.telemetry import areas, redact, strike_secrets

JWT = "eyJhbGciOiJIUzI1NiIs.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.abc-DEF_123"
HEX_KEY = "0123456789abcdef" * 8
REDACTIONS = [
    ("plain words: 12 products at 10:30", "plain words: 12 products at 10:30"),
    ("User-Key: abc123", "User-Key: ***"),
    ("{'user-key': 'abc123'}", "{'user-key': '***'}"),
    ('"User-Key"="abc123" next', '"User-Key"="***" next'),
    ("postgresql://user:geheim@host:5432/db", "postgresql://user:***@host:5432/db"),
    ("postgresql://user:ge%40heim@host/db", "postgresql://user:***@host/db"),
    ("postgresql://:geheim@host/db", "postgresql://:***@host/db"),
    ("postgresql://user:ge/heim@host/db", "postgresql://user:***@host/db"),
    ("postgresql://user@host/db", "postgresql://user@host/db"),
    (f"key {HEX_KEY} used", "key *** used"),
    (f"Bearer {JWT}", "Bearer ***"),
    ("sb_secret_AbC_123 found", "*** found"),
    ("host=db password=geheim user=me", "host=db password=*** user=me"),
    ("postgresql://u:p@ss@host/db", "postgresql://u:***@host/db"),
    ("asked http://127.0.0.1:8080/x", "asked http://127.0.0.1:8080/x"),
    ("a fingerprint 0123456789abcdef", "a fingerprint 0123456789abcdef"),
    ("two: a://b:c@d and e://f:g@h", "two: a://b:***@d and e://f:***@h"),
]


@pytest.mark.parametrize(("text", "struck"), REDACTIONS)
def test_secrets_are_struck_out_and_nothing_else(text: str, struck: str) -> None:
    assert redact(text) == struck


def test_every_text_of_an_event_is_looked_at() -> None:
    event = {
        "event": "User-Key: abc",
        "rows": 3,
        "error": "postgresql://u:p@h/d",
        "none": None,
        "nested": {"list": ["User-Key: abc"]},
    }

    assert strike_secrets(None, "info", event) == {
        "event": "User-Key: ***",
        "rows": 3,
        "error": "postgresql://u:***@h/d",
        "none": None,
        "nested": {"list": ["User-Key: ***"]},
    }


@pytest.mark.parametrize(
    ("debug", "patterns"),
    [
        ("", ()),
        ("1", ("*",)),
        ("True", ("*",)),
        ("*", ("*",)),
        ("product-sync:*", ("product-sync:*",)),
        ("product-sync:ploomes, product-sync:engine", ("product-sync:ploomes", "product-sync:engine")),
        ("express:* product-sync:store", ("product-sync:store",)),
        ("0", ()),
        ("false", ()),
    ],
)
def test_debug_names_areas_and_leaves_other_programs_alone(debug: str, patterns: tuple[str, ...]) -> None:
    assert areas(debug) == patterns


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def told(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    log = structlog.get_logger(area="product-sync:ploomes")
    other = structlog.get_logger(area="product-sync:engine")
    for level in ("debug", "info", "warning", "error"):
        getattr(log, level)("ploomes.said", level=level)
        getattr(other, level)("engine.said", key=HEX_KEY)
    output = capsys.readouterr()
    assert output.out == "", "standard output belongs to the commands"
    return [json.loads(line) for line in output.err.splitlines()]


@pytest.mark.parametrize(
    ("debug", "level", "ploomes", "engine"),
    [
        ("", "warning", 2, 2),
        ("", "error", 1, 1),
        ("", "info", 3, 3),
        ("product-sync:ploomes", "warning", 4, 2),
        ("product-sync:*", "warning", 4, 4),
        ("*", "error", 4, 4),
    ],
)
def test_areas_that_are_switched_on_tell_everything(
    debug: str, level: str, ploomes: int, engine: int, capsys: pytest.CaptureFixture[str]
) -> None:
    telemetry.configure(json=True, debug=debug, level=level)

    areas_told = [line["area"] for line in told(capsys)]

    assert (areas_told.count("product-sync:ploomes"), areas_told.count("product-sync:engine")) == (ploomes, engine)


def test_a_line_is_one_json_object_with_time_and_level_and_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.configure(json=True, level="error")

    _, line = told(capsys)

    assert str(line.pop("timestamp")).endswith("Z")
    assert line == {"area": "product-sync:engine", "event": "engine.said", "key": "***", "level": "error"}


def test_a_program_that_has_set_up_no_logs_hears_nothing_of_us_and_all_of_itself(
    capsys: pytest.CaptureFixture[str],
) -> None:
    structlog.reset_defaults()
    telemetry.keep_quiet()

    structlog.get_logger(area="product-sync:engine").error("run.paused")
    structlog.get_logger().info("its own line")

    output = capsys.readouterr()
    assert "its own line" in output.out
    assert "run.paused" not in output.out + output.err


def test_people_get_a_line_that_they_can_read(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.configure(json=False, level="info")

    structlog.get_logger(area="product-sync:engine").info("run.finished", pages=3)

    line = capsys.readouterr().err
    assert [word for word in ("run.finished", "pages=3", "info") if word not in line] == []
    assert "\x1b" not in line
