"""All settings, read once from the environment and `.env`; nothing else in the project reads either."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

from pydantic import AliasChoices, BaseModel, Field, SecretStr, ValidationError, field_validator, model_validator

from ploomes_sync.errors import SettingsError

DEFAULT_URL = "https://public-api2.ploomes.com"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_USER = re.compile(r"(?<=://)[^/@\s]*@")


class Environment(StrEnum):
    """Where the service runs; production turns production defaults on."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"
    TEST = "test"


class Settings(BaseModel):
    """The settings, each with what it means, its unit and its default."""

    api_key: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("PLOOME_API_KEY", "PLOOMES_API_KEY"),
        description="The key of Ploomes' integration user. Without it only the demo and stored data work.",
    )
    api_url: str = Field(
        DEFAULT_URL,
        validation_alias=AliasChoices("PLOOME_API_URL", "PLOOMES_API_URL"),
        description="The address of Ploomes' API. The key is sent to this host only.",
    )
    database_url: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("DATABASE_URL", "SUPABASE_DB_URL"),
        description="The PostgreSQL connection string. Without it an embedded PostgreSQL is used.",
    )
    database_password: SecretStr | None = Field(
        None,
        validation_alias="DATABASE_PASSWORD",
        description="The database's password apart, as it is, so that nobody needs to percent-encode it.",
    )
    database_ca_file: Path | None = Field(
        None,
        validation_alias="DATABASE_CA_FILE",
        description="The certificate that the database server must prove itself by; without it TLS only encrypts.",
    )
    database_role: str | None = Field(
        None,
        validation_alias="DATABASE_ROLE",
        description="The role to become in each transaction, such as catalog_sync; with DATABASE_URL only.",
    )
    batch_size: int | None = Field(
        None,
        ge=10,
        le=1000,
        validation_alias="PRODUCT_SYNC_BATCH_SIZE",
        description="The most rows a page. Unset: the most that the API serves.",
    )
    concurrent: int = Field(
        3,
        ge=1,
        le=6,
        validation_alias="PRODUCT_SYNC_CONCURRENT",
        description="Requests in flight, 1 to 6; Ploomes refuses a seventh. In production 5 unless set.",
    )
    real_time: bool = Field(
        True,
        validation_alias="ENABLE_REAL_TIME_PRODUCT_SYNC",
        description="Whether a few named products are read at once, by id.",
    )
    real_time_excess: Literal["chunk", "refuse"] = Field(
        "chunk",
        validation_alias="REAL_TIME_EXCESS",
        description="What a real-time sync of more than 10 products does: read them in chunks, or refuse.",
    )
    incremental_hours: float = Field(
        6.0,
        gt=0,
        validation_alias="INCREMENTAL_SYNC_HOURS",
        description="Hours after which an incremental sync no longer suffices and everything is read.",
    )
    complete_hours: float = Field(
        24.0,
        gt=0,
        validation_alias="COMPLETE_SYNC_HOURS",
        description="Hours after which a scheduled sync reads everything, since nothing proves that "
        "LastUpdateDate moves on every change.",
    )
    warm_cache: bool = Field(
        True,
        validation_alias="AUTO_WARM_CACHE",
        description="Whether the cache is filled at start and after a batch.",
    )
    rate_limit: int = Field(
        120,
        ge=0,
        le=100_000,
        validation_alias="API_RATE_LIMIT_PER_MINUTE",
        description="Requests a minute that Ploomes allows this account; 0 switches pacing off.",
    )
    rate_burst: int = Field(
        1,
        ge=1,
        le=20,
        validation_alias="API_RATE_LIMIT_BURST",
        description="Requests that may go out at once after a pause; 1 is one request per 500 ms.",
    )
    rate_reserve: int = Field(
        0,
        ge=0,
        validation_alias="API_RATE_LIMIT_RESERVE",
        description="Requests a minute left to the company's other integrations.",
    )
    lease_seconds: float = Field(
        60.0,
        ge=2,
        le=3600,
        validation_alias="PRODUCT_SYNC_LEASE_SECONDS",
        description="Seconds after which a dead run may be taken over.",
    )
    timeout_seconds: float = Field(
        60.0,
        gt=0,
        le=600,
        validation_alias="PLOOMES_TIMEOUT_SECONDS",
        description="Seconds to wait for an answer of Ploomes.",
    )
    http_rate: int = Field(
        6000,
        ge=0,
        le=10_000_000,
        validation_alias="HTTP_RATE_LIMIT_PER_MINUTE",
        description="Requests a minute that one client of the HTTP API may send; 0 switches the limit off.",
    )
    http_body_bytes: int = Field(
        1_048_576,
        ge=1024,
        le=100_000_000,
        validation_alias="HTTP_MAX_BODY_BYTES",
        description="The largest body of a request to the HTTP API, in bytes; webhooks have their own limit.",
    )
    http_timeout: float = Field(
        30.0,
        gt=0,
        le=600,
        validation_alias="HTTP_TIMEOUT_SECONDS",
        description="Seconds after which a request to the HTTP API is given up.",
    )
    http_in_flight: int = Field(
        64,
        ge=1,
        le=10_000,
        validation_alias="HTTP_MAX_IN_FLIGHT",
        description="Requests that the HTTP API answers at once; as many may wait a second, the rest get 503.",
    )
    http_streams: int = Field(
        4,
        ge=1,
        le=1000,
        validation_alias="HTTP_MAX_STREAMS",
        description="Streams of events that one client of the HTTP API may hold open.",
    )
    cors_origins: str = Field(
        "",
        validation_alias="HTTP_CORS_ORIGINS",
        description="Origins of web pages that may call the HTTP API, separated by commas. Unset: none.",
    )
    webhook_secret: SecretStr | None = Field(
        None,
        min_length=16,
        validation_alias="PLOOMES_WEBHOOK_SECRET",
        description="A secret that may stand in the callback's address, for senders without a validation key.",
    )
    sync_schedule: str = Field(
        "0 */6 * * *",
        validation_alias="SYNC_SCHEDULE",
        description="When a worker syncs by itself: minute, hour, day, month, weekday as in cron; off: never.",
    )
    complete_schedule: str = Field(
        "30 3 * * *",
        validation_alias="COMPLETE_SYNC_SCHEDULE",
        description="When a worker reads everything, like SYNC_SCHEDULE; off: never.",
    )
    schedule_timezone: str = Field(
        "America/Sao_Paulo",
        validation_alias="SCHEDULE_TIMEZONE",
        description="The time zone of the schedules.",
    )
    retention_days: int = Field(
        90,
        ge=1,
        le=36500,
        validation_alias="RETENTION_DAYS",
        description="Days after which ended runs and jobs, errors and measurements are forgotten.",
    )
    changes_retention_days: int = Field(
        365,
        ge=1,
        le=36500,
        validation_alias="CHANGES_RETENTION_DAYS",
        description="Days after which the history of what changed in products is forgotten.",
    )
    profile: Path | None = Field(
        None,
        validation_alias="PRODUCT_SYNC_PROFILE",
        description="A TOML file with classification rules. Unset: the built-in profile.",
    )
    data_dir: Path | None = Field(
        None,
        validation_alias="PLOOMES_SYNC_DATA",
        description="The folder of the embedded PostgreSQL. Unset: the user's data folder.",
    )
    metrics_interval: float = Field(
        15.0,
        ge=0,
        le=3600,
        validation_alias="METRICS_INTERVAL_SECONDS",
        description="Seconds between two samples that each process keeps for the charts; 0: none.",
    )
    traces_endpoint: str = Field(
        "",
        validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT",
        description="The OpenTelemetry collector that traces go to; needs the extra `otel`. Unset: no traces.",
    )
    debug: str = Field(
        "",
        validation_alias="DEBUG",
        description="Areas whose debug logs are shown, such as product-sync:* or product-sync:ploomes.",
    )
    environment: Environment = Field(
        Environment.DEVELOPMENT,
        validation_alias=AliasChoices("APP_ENV", "NODE_ENV"),
        description="development, production or test. Production needs DATABASE_URL and logs JSON.",
    )

    @field_validator("api_url")
    @classmethod
    def _safe_url(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"must be a web address such as {DEFAULT_URL}")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise ValueError("must begin with https:// (the key would travel in the clear)")
        return value.rstrip("/")

    @field_validator("api_key", "database_url", "webhook_secret", mode="before")
    @classmethod
    def _trimmed(cls, value: object) -> object:
        return value.strip() or None if isinstance(value, str) else value

    @field_validator("sync_schedule", "complete_schedule")
    @classmethod
    def _cron(cls, value: str) -> str:
        from croniter import croniter  # type: ignore[import-untyped]  # brought by the job engine, without types

        if value.strip().lower() == "off":
            return "off"
        if not croniter.is_valid(value):
            raise ValueError("must be a cron line such as 0 */6 * * *, or off")
        return " ".join(value.split())

    @field_validator("schedule_timezone")
    @classmethod
    def _timezone(cls, value: str) -> str:
        from zoneinfo import ZoneInfo

        try:
            ZoneInfo(value)
        except (OSError, ValueError, KeyError):
            raise ValueError("must be the name of a time zone such as America/Sao_Paulo or UTC") from None
        return value

    @field_validator("environment", mode="before")
    @classmethod
    def _short_names(cls, value: object) -> object:
        names = {"prod": "production", "dev": "development", "testing": "test"}
        return names.get(value.lower(), value.lower()) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _production(self) -> Settings:
        if self.environment is Environment.PRODUCTION and "concurrent" not in self.model_fields_set:
            self.concurrent = 5
            self.model_fields_set.discard("concurrent")  # it is a default still
        return self

    @property
    def is_production(self) -> bool:
        """Tell whether production defaults are on."""
        return self.environment is Environment.PRODUCTION


def read_settings(**overrides: Any) -> Settings:  # noqa: ANN401 - keyword arguments of pydantic, checked there
    """Read the environment; raises SettingsError that names every wrong variable and what it must be."""
    try:
        return Settings.model_validate(_environment() | overrides)
    except ValidationError as error:
        raise SettingsError(" ".join(_complaint(fault) for fault in error.errors())) from None


def _environment() -> dict[str, str]:
    """Return what is set to something, by each setting's preferred variable; the environment wins over `.env`."""
    found = {}
    for source in (_env_file(), os.environ):
        present = {name.upper(): value for name, value in source.items() if value}
        for field in Settings.model_fields:
            names = variables(field)
            given = [present[name] for name in names if name in present]
            if given:
                found[names[0]] = given[0]
    return found


def _env_file() -> Mapping[str, str | None]:
    if not Path(".env").exists():
        return {}
    from dotenv import dotenv_values

    return dotenv_values(".env")


def _complaint(fault: Any) -> str:  # noqa: ANN401 - pydantic's error dict
    """Say what is wrong with one variable, without its value when that is a secret."""
    name = str(fault["loc"][0]) if fault["loc"] else "settings"
    variable = next((known for known in variables(name)), name)
    message = fault["msg"].removeprefix("Value error, ")
    return f"{variable}: {message[:1].lower()}{message[1:]}."


def variables(name: str) -> tuple[str, ...]:
    """Return the environment variables of a setting, preferred first; also when given one of them."""
    for field_name, field in Settings.model_fields.items():
        alias = field.validation_alias
        names = alias.choices if isinstance(alias, AliasChoices) else [alias]
        words = tuple(str(word) for word in names)
        if name == field_name or name in words:
            return words
    return ()


class Origin(StrEnum):
    """Where a setting's value comes from; `given` is `.env`, or the program that made the settings."""

    ENVIRONMENT = "environment"
    GIVEN = "given"
    DEFAULT = "default"


class Setting(NamedTuple):
    """One setting as it may be shown; `value` never is a secret, `wrong` says what is wrong with it."""

    name: str
    variables: tuple[str, ...]
    value: str
    default: str
    meaning: str
    origin: Origin
    wrong: str | None = None


def describe(settings: Settings | None, complaint: str = "") -> list[Setting]:
    """Describe all settings; without any, `complaint` tells which are wrong."""
    exported = {name.upper() for name, value in os.environ.items() if value}
    found = []
    for name, field in Settings.model_fields.items():
        names = variables(name)
        value = "" if settings is None else _shown(getattr(settings, name))
        given = Origin.GIVEN if settings and name in settings.model_fields_set else Origin.DEFAULT
        origin = Origin.ENVIRONMENT if exported.intersection(names) else given
        wrong = complaint if any(f"{variable}:" in complaint for variable in names) else None
        found.append(Setting(name, names, value, _shown(field.default), field.description or "", origin, wrong))
    return found


def _shown(value: object) -> str:
    """Write a value; secrets and what may stand for one in an address are left out."""
    if isinstance(value, SecretStr):
        return "set"
    if isinstance(value, bool):
        return str(value).lower()
    if value is None or value == "":
        return "not set"
    return f"{value:g}" if isinstance(value, float) else _USER.sub("…@", str(value))
