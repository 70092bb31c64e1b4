from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ploomes_sync.config import Settings, describe, read_settings
from ploomes_sync.dashboard.views import quality, settings
from ploomes_sync.dashboard.words import WORDS
from ploomes_sync.domain.health import HealthLimits, judge
from ploomes_sync.domain.quality import Check, QualityCheck
from ploomes_sync.domain.status import Level, SystemStatus, WebhookStatus
from ploomes_sync.domain.token import Scope, Token, TokenState

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def token(number: int, scope: Scope = Scope.READ, **fields: Any) -> Token:  # noqa: ANN401 - fields of the token
    return Token(id=number, name=str(number), scope=scope, created_at=NOW, **fields)


def test_every_setting_has_its_group_and_its_meaning_in_both_languages() -> None:
    grouped = settings.groups(describe(read_settings(_env_file=None)))
    shown = [one.name for group in grouped for one in group.settings]

    assert sorted(shown) == sorted(Settings.model_fields)
    assert [group.key for group in grouped] == list(settings.GROUPS)
    for name in Settings.model_fields:
        portuguese, english = WORDS[f"setting.{name}"]
        assert portuguese != english, name


def test_every_part_of_health_and_every_level_has_words() -> None:
    parts = judge(SystemStatus(generated_at=NOW), HealthLimits()).parts

    assert {f"part.{part.name}" for part in parts} <= WORDS.keys()
    assert {f"level.{level.value}" for level in Level} <= WORDS.keys()


def test_tokens_that_count_come_first_and_tell_what_revoking_them_means() -> None:
    past = NOW - timedelta(days=1)
    found = [
        token(5, revoked_at=past),
        token(4, Scope.ADMIN),
        token(3, Scope.ADMIN, expires_at=past),
        token(2, Scope.ADMIN, revoked_at=past),
        token(1, expires_at=NOW + timedelta(days=1)),
    ]

    rows = settings.tokens(found, "token:1", NOW)

    assert [row.token.id for row in rows] == [4, 1, 5, 3, 2]
    assert [row.state for row in rows[1:4]] == [TokenState.VALID, TokenState.REVOKED, TokenState.EXPIRED]
    assert [row.token.id for row in rows if row.mine] == [1]
    assert [row.token.id for row in rows if row.last_admin] == [4]
    assert not any(row.last_admin for row in settings.tokens([token(6, Scope.ADMIN), *found], "", NOW))


@pytest.mark.parametrize(
    ("webhooks", "tone"),
    [
        (WebhookStatus(), ""),
        (WebhookStatus(callback_url="https://a", registered=2), "warn"),
        (WebhookStatus(callback_url="https://a", registered=3, failing=1), "warn"),
        (WebhookStatus(callback_url="https://a", registered=3, waiting=5, oldest_seconds=200), "warn"),
        (WebhookStatus(callback_url="https://a", registered=3, waiting=5, oldest_seconds=3), "good"),
    ],
)
def test_webhooks_are_judged_and_the_advice_has_words(webhooks: WebhookStatus, tone: str) -> None:
    found, advice = settings.webhook_advice(webhooks)

    assert found == tone
    assert advice in WORDS


def test_messages_are_named_by_what_they_told_of() -> None:
    rows = [
        {"verdict": "queued", "change": "updated", "events": 5, "last_at": NOW},
        {"verdict": "ignored", "change": "", "events": 2, "last_at": NOW},
        {"verdict": "queued", "change": "", "events": 1, "last_at": NOW},
    ]

    assert [one.name for one in settings.received(rows)] == ["hook.updated", "hook.ignored", "hook.other"]


def test_a_check_with_little_still_has_a_bar_and_one_with_nothing_has_none() -> None:
    checks = [
        QualityCheck(key=Check.NO_CODE, count=count, share=share) for count, share in ((0, 0), (1, 1e-4), (9, 1))
    ]

    assert [row.bar for row in quality.rows(checks)] == [0, 1, 100]
    assert {f"check.{key.value}{part}" for key in Check for part in ("", ".means", ".why")} <= WORDS.keys()
    assert quality.find("no_code") is Check.NO_CODE
    assert quality.find("No_Code'--") is None
