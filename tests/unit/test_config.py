from __future__ import annotations

import traceback
from pathlib import Path

import pytest
from pydantic import SecretStr

from ploomes_sync.config import DEFAULT_URL, Environment, Origin, Settings, describe, read_settings, variables
from ploomes_sync.errors import SettingsError

SECRET = "hunter2-hunter2"
EVERY = [name for field in Settings.model_fields for name in variables(field)]


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in EVERY:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def test_without_a_single_variable_the_defaults_hold() -> None:
    assert read_settings().model_dump() == {
        "api_key": None,
        "api_url": DEFAULT_URL,
        "database_url": None,
        "database_password": None,
        "database_ca_file": None,
        "database_role": None,
        "batch_size": None,
        "concurrent": 3,
        "real_time": True,
        "real_time_excess": "chunk",
        "incremental_hours": 6,
        "complete_hours": 24,
        "warm_cache": True,
        "rate_limit": 120,
        "rate_burst": 1,
        "rate_reserve": 0,
        "lease_seconds": 60,
        "timeout_seconds": 60,
        "sync_schedule": "0 */6 * * *",
        "complete_schedule": "30 3 * * *",
        "schedule_timezone": "America/Sao_Paulo",
        "retention_days": 90,
        "changes_retention_days": 365,
        "http_rate": 6000,
        "http_body_bytes": 1_048_576,
        "http_timeout": 30,
        "http_in_flight": 64,
        "http_streams": 4,
        "cors_origins": "",
        "webhook_secret": None,
        "metrics_interval": 15,
        "traces_endpoint": "",
        "profile": None,
        "data_dir": None,
        "debug": "",
        "environment": Environment.DEVELOPMENT,
    }


VARIABLES: list[tuple[str, str, str, object]] = [
    ("PLOOME_API_KEY", SECRET, "api_key", SecretStr(SECRET)),
    ("PLOOMES_API_KEY", SECRET, "api_key", SecretStr(SECRET)),
    ("PLOOME_API_KEY", f"  {SECRET}\n", "api_key", SecretStr(SECRET)),
    ("PLOOME_API_KEY", "   ", "api_key", None),
    ("PLOOME_API_URL", "https://api.example/", "api_url", "https://api.example"),
    ("PLOOMES_API_URL", "http://127.0.0.1:8080", "api_url", "http://127.0.0.1:8080"),
    ("PLOOME_API_URL", "http://localhost:8080", "api_url", "http://localhost:8080"),
    ("PLOOME_API_URL", "http://[::1]:8080", "api_url", "http://[::1]:8080"),
    ("DATABASE_URL", "postgresql://h/d", "database_url", SecretStr("postgresql://h/d")),
    ("SUPABASE_DB_URL", "postgresql://h/d", "database_url", SecretStr("postgresql://h/d")),
    ("DATABASE_PASSWORD", " s@lt#", "database_password", SecretStr(" s@lt#")),
    ("DATABASE_CA_FILE", "ca.crt", "database_ca_file", Path("ca.crt")),
    ("DATABASE_ROLE", "catalog_sync", "database_role", "catalog_sync"),
    ("PRODUCT_SYNC_BATCH_SIZE", "100", "batch_size", 100),
    ("PRODUCT_SYNC_BATCH_SIZE", "", "batch_size", None),
    ("PRODUCT_SYNC_CONCURRENT", "6", "concurrent", 6),
    ("ENABLE_REAL_TIME_PRODUCT_SYNC", "false", "real_time", False),
    ("REAL_TIME_EXCESS", "refuse", "real_time_excess", "refuse"),
    ("INCREMENTAL_SYNC_HOURS", "0.5", "incremental_hours", 0.5),
    ("COMPLETE_SYNC_HOURS", "48", "complete_hours", 48.0),
    ("AUTO_WARM_CACHE", "0", "warm_cache", False),
    ("API_RATE_LIMIT_PER_MINUTE", "0", "rate_limit", 0),
    ("API_RATE_LIMIT_BURST", "5", "rate_burst", 5),
    ("API_RATE_LIMIT_RESERVE", "20", "rate_reserve", 20),
    ("PRODUCT_SYNC_LEASE_SECONDS", "2", "lease_seconds", 2.0),
    ("PLOOMES_TIMEOUT_SECONDS", "5", "timeout_seconds", 5.0),
    ("SYNC_SCHEDULE", " 5  * * * * ", "sync_schedule", "5 * * * *"),
    ("SYNC_SCHEDULE", "* * * * * */10", "sync_schedule", "* * * * * */10"),
    ("SYNC_SCHEDULE", "Off", "sync_schedule", "off"),
    ("COMPLETE_SYNC_SCHEDULE", "@daily", "complete_schedule", "@daily"),
    ("SCHEDULE_TIMEZONE", "UTC", "schedule_timezone", "UTC"),
    ("RETENTION_DAYS", "7", "retention_days", 7),
    ("CHANGES_RETENTION_DAYS", "30", "changes_retention_days", 30),
    ("HTTP_RATE_LIMIT_PER_MINUTE", "0", "http_rate", 0),
    ("HTTP_MAX_BODY_BYTES", "2048", "http_body_bytes", 2048),
    ("HTTP_TIMEOUT_SECONDS", "2.5", "http_timeout", 2.5),
    ("HTTP_MAX_IN_FLIGHT", "8", "http_in_flight", 8),
    ("HTTP_MAX_STREAMS", "2", "http_streams", 2),
    ("HTTP_CORS_ORIGINS", "https://a.example", "cors_origins", "https://a.example"),
    ("PLOOMES_WEBHOOK_SECRET", "  sixteen-characters ", "webhook_secret", SecretStr("sixteen-characters")),
    ("METRICS_INTERVAL_SECONDS", "5", "metrics_interval", 5.0),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318", "traces_endpoint", "http://127.0.0.1:4318"),
    ("PRODUCT_SYNC_PROFILE", "rules.toml", "profile", Path("rules.toml")),
    ("PLOOMES_SYNC_DATA", "/var/lib/x", "data_dir", Path("/var/lib/x")),
    ("DEBUG", "product-sync:*", "debug", "product-sync:*"),
    ("APP_ENV", "production", "environment", Environment.PRODUCTION),
    ("NODE_ENV", "PROD", "environment", Environment.PRODUCTION),
    ("APP_ENV", "dev", "environment", Environment.DEVELOPMENT),
    ("APP_ENV", "testing", "environment", Environment.TEST),
]


@pytest.mark.parametrize(("variable", "text", "name", "value"), VARIABLES)
def test_a_variable_sets_what_it_is_named_for(
    variable: str, text: str, name: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, text)

    assert getattr(read_settings(), name) == value


def test_no_variable_is_left_untried() -> None:
    assert set(EVERY) - {row[0] for row in VARIABLES} == set()


@pytest.mark.parametrize(
    ("first", "second", "name"),
    [
        ("PLOOME_API_URL", "PLOOMES_API_URL", "api_url"),
        ("DATABASE_URL", "SUPABASE_DB_URL", "database_url"),
        ("APP_ENV", "NODE_ENV", "environment"),
    ],
)
def test_of_two_names_for_one_setting_the_first_wins(
    first: str, second: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {"api_url": ("https://a.example", "https://b.example"), "environment": ("production", "test")}
    wins, loses = values.get(name, ("postgresql://a/d", "postgresql://b/d"))
    monkeypatch.setenv(first, wins)
    monkeypatch.setenv(second, loses)

    value = getattr(read_settings(), name)

    assert (value.get_secret_value() if isinstance(value, SecretStr) else str(value)) == wins


def test_a_file_named_env_is_read_and_the_environment_wins_over_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("PRODUCT_SYNC_CONCURRENT=2\nAPI_RATE_LIMIT_BURST=7\nUNKNOWN=1\nNODE_ENV\n")
    monkeypatch.setenv("API_RATE_LIMIT_BURST", "9")

    settings = read_settings()

    assert (settings.concurrent, settings.rate_burst) == (2, 9)
    assert {"concurrent", "rate_burst"} == settings.model_fields_set


def test_the_second_name_in_the_environment_wins_over_the_first_in_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("PLOOME_API_URL=https://file.example\n")
    monkeypatch.setenv("PLOOMES_API_URL", "https://environment.example")

    assert read_settings().api_url == "https://environment.example"


def test_names_of_variables_may_be_written_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("api_rate_limit_burst", "4")

    assert read_settings().rate_burst == 4


def test_every_default_passes_the_checks_of_its_setting() -> None:
    defaults = {variables(name)[0]: field.default for name, field in Settings.model_fields.items()}

    assert read_settings(**defaults).model_dump() == read_settings().model_dump()


MISTAKES = [
    ({"PRODUCT_SYNC_CONCURRENT": "7"}, ["PRODUCT_SYNC_CONCURRENT: ", "less than or equal to 6"]),
    ({"PRODUCT_SYNC_CONCURRENT": "0"}, ["PRODUCT_SYNC_CONCURRENT: "]),
    ({"PRODUCT_SYNC_CONCURRENT": "many"}, ["PRODUCT_SYNC_CONCURRENT: ", "integer"]),
    ({"PRODUCT_SYNC_BATCH_SIZE": "9"}, ["PRODUCT_SYNC_BATCH_SIZE: "]),
    ({"PRODUCT_SYNC_BATCH_SIZE": "1001"}, ["PRODUCT_SYNC_BATCH_SIZE: "]),
    ({"ENABLE_REAL_TIME_PRODUCT_SYNC": "perhaps"}, ["ENABLE_REAL_TIME_PRODUCT_SYNC: "]),
    ({"REAL_TIME_EXCESS": "explode"}, ["REAL_TIME_EXCESS: ", "chunk"]),
    ({"AUTO_WARM_CACHE": "perhaps"}, ["AUTO_WARM_CACHE: "]),
    ({"INCREMENTAL_SYNC_HOURS": "0"}, ["INCREMENTAL_SYNC_HOURS: "]),
    ({"COMPLETE_SYNC_HOURS": "-1"}, ["COMPLETE_SYNC_HOURS: "]),
    ({"API_RATE_LIMIT_PER_MINUTE": "-1"}, ["API_RATE_LIMIT_PER_MINUTE: "]),
    ({"API_RATE_LIMIT_BURST": "0"}, ["API_RATE_LIMIT_BURST: "]),
    ({"API_RATE_LIMIT_RESERVE": "-1"}, ["API_RATE_LIMIT_RESERVE: "]),
    ({"PRODUCT_SYNC_LEASE_SECONDS": "1"}, ["PRODUCT_SYNC_LEASE_SECONDS: "]),
    ({"PLOOMES_TIMEOUT_SECONDS": "0"}, ["PLOOMES_TIMEOUT_SECONDS: "]),
    ({"SYNC_SCHEDULE": "every day"}, ["SYNC_SCHEDULE: must be a cron line such as 0 */6 * * *, or off"]),
    ({"COMPLETE_SYNC_SCHEDULE": "61 * * * *"}, ["COMPLETE_SYNC_SCHEDULE: must be a cron line"]),
    ({"SCHEDULE_TIMEZONE": "Sao Paulo"}, ["SCHEDULE_TIMEZONE: must be the name of a time zone"]),
    ({"SCHEDULE_TIMEZONE": "../etc/passwd"}, ["SCHEDULE_TIMEZONE: must be the name of a time zone"]),
    ({"RETENTION_DAYS": "0"}, ["RETENTION_DAYS: "]),
    ({"APP_ENV": "moon"}, ["APP_ENV: ", "production"]),
    ({"PLOOME_API_URL": "ftp://api.example"}, ["PLOOME_API_URL: must be a web address"]),
    ({"PLOOME_API_URL": "api.example"}, ["PLOOME_API_URL: must be a web address"]),
    ({"PLOOMES_API_URL": "http://api.example"}, ["PLOOME_API_URL: must begin with https://"]),
    ({"PLOOME_API_URL": "http://localhost.example"}, ["must begin with https://"]),
    ({"PLOOME_API_URL": "http://[::1"}, ["PLOOME_API_URL: "]),
    ({"APP_ENV": "moon", "API_RATE_LIMIT_BURST": "x"}, ["APP_ENV: ", "API_RATE_LIMIT_BURST: "]),
]


@pytest.mark.parametrize(("given", "told"), MISTAKES)
def test_a_mistake_is_told_by_the_name_of_its_variable(
    given: dict[str, str], told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError) as failed:
        read_settings()

    assert [words for words in told if words not in str(failed.value)] == []


def test_no_message_and_no_text_of_the_settings_holds_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLOOME_API_KEY", SECRET)
    monkeypatch.setenv("DATABASE_URL", f"postgresql://user:{SECRET}@host/db")
    shown = f"{read_settings()!r} {read_settings()} {read_settings().model_dump_json()}"
    monkeypatch.setenv("PLOOME_API_URL", f"http://user:{SECRET}@host")
    monkeypatch.setenv("APP_ENV", "moon")

    with pytest.raises(SettingsError) as failed:
        read_settings()

    assert SECRET not in shown + "".join(traceback.format_exception(failed.value))


@pytest.mark.parametrize(
    ("given", "concurrent", "production"),
    [
        ({}, 3, False),
        ({"APP_ENV": "production"}, 5, True),
        ({"APP_ENV": "production", "PRODUCT_SYNC_CONCURRENT": "2"}, 2, True),
        ({"APP_ENV": "production", "PRODUCT_SYNC_CONCURRENT": ""}, 5, True),
        ({"APP_ENV": "test"}, 3, False),
    ],
)
def test_production_asks_more_at_once_unless_told_otherwise(
    given: dict[str, str],
    concurrent: int,
    production: bool,  # noqa: FBT001 - a table of cases
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)

    settings = read_settings()

    assert (settings.concurrent, settings.is_production) == (concurrent, production)


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("api_key", ("PLOOME_API_KEY", "PLOOMES_API_KEY")),
        ("NODE_ENV", ("APP_ENV", "NODE_ENV")),
        ("concurrent", ("PRODUCT_SYNC_CONCURRENT",)),
        ("nonsense", ()),
    ],
)
def test_a_setting_knows_its_variables(name: str, names: tuple[str, ...]) -> None:
    assert variables(name) == names


def test_every_setting_is_described_with_a_meaning() -> None:
    found = describe(read_settings())

    assert [setting.variables for setting in found] == [variables(name) for name in Settings.model_fields]
    assert all(setting.meaning.endswith(".") for setting in found)


def test_a_described_secret_is_only_said_to_be_set() -> None:
    found = describe(
        read_settings(
            PLOOME_API_KEY=SECRET,
            DATABASE_URL=f"postgresql://u:{SECRET}@host/x",
            OTEL_EXPORTER_OTLP_ENDPOINT=f"https://u:{SECRET}@collector/v1",
        )
    )

    assert SECRET not in repr(found)
    assert {setting.name: setting.value for setting in found if setting.origin is Origin.GIVEN} == {
        "api_key": "set",
        "database_url": "set",
        "traces_endpoint": "https://…@collector/v1",
    }


def test_a_described_setting_tells_where_its_value_is_from(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("APP_ENV", "production")
    (tmp_path / ".env").write_text("DEBUG=product-sync:*\n")

    found = {setting.name: setting.origin for setting in describe(read_settings())}

    assert found.pop("environment") is Origin.ENVIRONMENT
    assert found.pop("debug") is Origin.GIVEN
    assert set(found.values()) == {Origin.DEFAULT}


def test_a_wrong_setting_is_marked() -> None:
    complaint = "PRODUCT_SYNC_CONCURRENT: input should be less than or equal to 6."

    wrong = [setting for setting in describe(None, complaint) if setting.wrong]

    assert [setting.variables for setting in wrong] == [("PRODUCT_SYNC_CONCURRENT",)]
