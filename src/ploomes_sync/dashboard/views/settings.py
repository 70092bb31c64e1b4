"""What stands behind the service, as the settings pages show it (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ploomes_sync.config import Setting
from ploomes_sync.domain.status import SystemStatus, WebhookStatus
from ploomes_sync.domain.token import Scope, Token, TokenState

GROUPS: dict[str, tuple[str, ...]] = {
    "ploomes": (
        "api_key",
        "api_url",
        "timeout_seconds",
        "concurrent",
        "batch_size",
        "rate_limit",
        "rate_burst",
        "rate_reserve",
    ),
    "sync": (
        "sync_schedule",
        "complete_schedule",
        "schedule_timezone",
        "incremental_hours",
        "complete_hours",
        "real_time",
        "real_time_excess",
        "lease_seconds",
        "profile",
    ),
    "database": (
        "database_url",
        "database_password",
        "database_ca_file",
        "database_role",
        "data_dir",
        "retention_days",
        "changes_retention_days",
    ),
    "http": (
        "http_rate",
        "http_in_flight",
        "http_timeout",
        "http_body_bytes",
        "http_streams",
        "cors_origins",
        "webhook_secret",
    ),
    "running": ("environment", "warm_cache", "metrics_interval", "traces_endpoint", "debug"),
}
"""The settings by what they are about; one that is in none is shown last."""
OTHER = "other"
_UNNAMED = "other"
_ACTIONS = 3
_SLOW_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Group:
    """Settings that belong together."""

    key: str
    settings: tuple[Setting, ...]


def groups(settings: Sequence[Setting]) -> list[Group]:
    """Put every setting into its group."""
    known = {one.name: one for one in settings}
    placed = {name for names in GROUPS.values() for name in names}
    rest = tuple(one for one in settings if one.name not in placed)
    found = [Group(key, tuple(known[name] for name in names)) for key, names in GROUPS.items()]
    return [*found, Group(OTHER, rest)] if rest else found


@dataclass(frozen=True, slots=True)
class Due:
    """Something that happens by the clock; `next_at` is None when it is off."""

    name: str
    cron: str
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class Received:
    """Messages of webhooks by what they told of; what asked for nothing is `ignored` or `malformed`."""

    name: str
    events: int
    last_at: datetime


def received(rows: Iterable[Mapping[str, Any]]) -> list[Received]:
    """Return the messages of late, those that asked for a product by their change."""
    return [
        Received(
            f"hook.{(row['change'] or _UNNAMED) if row['verdict'] == 'queued' else row['verdict']}",
            row["events"],
            row["last_at"],
        )
        for row in rows
    ]


def webhook_advice(webhooks: WebhookStatus) -> tuple[str, str]:
    """Judge how webhooks stand: a tone, and the words that say what to do."""
    if webhooks.callback_url is None:
        return "", "webhooks.say.none"
    if webhooks.registered < _ACTIONS:
        return "warn", "webhooks.say.few"
    if webhooks.failing or webhooks.error:
        return "warn", "webhooks.say.failing"
    if (webhooks.oldest_seconds or 0.0) > _SLOW_SECONDS:
        return "warn", "webhooks.say.slow"
    return "good", "webhooks.say.good"


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token as it is listed; `mine` is the visitor's own, `last_admin` the only one left of that scope."""

    token: Token
    state: TokenState
    mine: bool
    last_admin: bool


def tokens(found: Sequence[Token], client: str, now: datetime) -> list[TokenRow]:
    """Return those that count first, newest first."""
    valid = [one for one in found if one.state(now) is TokenState.VALID]
    admins = [one for one in valid if one.scope is Scope.ADMIN]
    rows = [
        TokenRow(one, one.state(now), mine=client == f"token:{one.id}", last_admin=[one] == admins)
        for one in found
    ]
    return sorted(rows, key=lambda row: row.state is not TokenState.VALID)


def schema_tone(status: SystemStatus) -> str:
    """Tell whether the schema is the one that this program needs."""
    return "good" if status.schema_version == status.schema_expected else "bad"
