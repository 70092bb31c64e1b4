from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict

from ploomes_sync.errors import SettingsError
from ploomes_sync.store.dsn import normalise, pooling

REF = "abcdefghijklmnopqrst"
DIRECT = f"db.{REF}.supabase.co"
SHARED = "aws-1-sa-east-1.pooler.supabase.com"
READY = {"host": DIRECT, "port": "5432", "user": "postgres", "password": "geheim", "dbname": "postgres"}
READY["sslmode"] = "require"


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PGHOST", "PGPASSWORD", "PGSSLMODE", "PGSSLROOTCERT", "PGSERVICE"):
        monkeypatch.delenv(name, raising=False)


def read(text: str, password: str | None = None, ca_file: Path | None = None) -> dict[str, str]:
    return {key: str(value) for key, value in conninfo_to_dict(normalise(text, password, ca_file).dsn).items()}


def complaint(text: str, password: str | None = None, ca_file: Path | None = None) -> str:
    with pytest.raises(SettingsError) as failed:
        normalise(text, password, ca_file)
    assert "geheim" not in str(failed.value)
    assert failed.value.__cause__ is None
    return str(failed.value)


PLAIN = f"postgresql://postgres:geheim@{DIRECT}:5432/postgres"
SAME = {
    "as it is": PLAIN,
    "the short scheme": f"postgres://postgres:geheim@{DIRECT}:5432/postgres",
    "of asyncpg": f"postgresql+asyncpg://postgres:geheim@{DIRECT}:5432/postgres",
    "of SQLAlchemy": f"postgresql+psycopg://postgres:geheim@{DIRECT}:5432/postgres",
    "in quotes": f'"{PLAIN}"',
    "in quotes, with blanks": f"  '{PLAIN}' \n",
    "with a line end": f"{PLAIN}\r\n",
    "as a line of .env": f'DATABASE_URL="{PLAIN}"',
    "as an export": f"export DATABASE_URL={PLAIN};",
    "as a command": f'psql "{PLAIN}"',
    "of Prisma": f"{PLAIN}?pgbouncer=true&connection_limit=1&schema=public",
    "of Vercel": f"{PLAIN}?sslmode=require&supa=base-pooler.x",
    "of Node": f"{PLAIN}?sslmode=no-verify",
    "with a flag for TLS": f"{PLAIN}?ssl=true",
    "of Java": f"jdbc:postgresql://{DIRECT}:5432/postgres?user=postgres&password=geheim",
    "in words": f"host={DIRECT} port=5432 user=postgres password=geheim dbname=postgres",
    "in words, quoted": f"host = {DIRECT}  port='5432' user=postgres password='geheim' dbname=postgres",
    "in lines": f"user=postgres\npassword=geheim\nhost={DIRECT}\nport=5432\ndbname=postgres",
    "with the pooler's user": f"postgresql://postgres.{REF}:geheim@{DIRECT}:5432/postgres",
    "without a database": f"postgresql://postgres:geheim@{DIRECT}:5432",
    "with too little TLS": f"{PLAIN}?sslmode=prefer",
}


@pytest.mark.parametrize("text", SAME.values(), ids=SAME.keys())
def test_a_string_is_read_however_it_was_copied(text: str) -> None:
    assert read(text) == READY


@pytest.mark.parametrize("text", SAME.values(), ids=SAME.keys())
def test_what_has_been_read_once_is_left_alone(text: str) -> None:
    once = normalise(text).dsn

    again = normalise(once)
    assert again.dsn == once
    assert again.notes == ()


RAW = (
    "a@b",
    "a#b",
    "a/b",
    "a?b",
    "a%b",
    "a:b",
    "p@ss/w?rd#1",
    "100%",
    "a@b@c",
    "%",
    "@",
    "[a]",
    "a+b",
    "a&b",
    "a=b",
)


@pytest.mark.parametrize("password", RAW)
def test_a_password_that_nobody_encoded_is_taken_as_it_stands(password: str) -> None:
    assert read(f"postgresql://postgres:{password}@{DIRECT}:5432/postgres")["password"] == password


@pytest.mark.parametrize(("encoded", "password"), [("a%40b", "a@b"), ("100%25", "100%"), ("%C3%A7", "ç")])
def test_a_password_that_was_encoded_is_decoded(encoded: str, password: str) -> None:
    assert read(f"postgresql://postgres:{encoded}@{DIRECT}/postgres")["password"] == password


@given(password=st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1))
def test_any_password_can_be_given_apart(password: str) -> None:
    text = f"postgresql://postgres:[YOUR-PASSWORD]@{DIRECT}:5432/postgres"

    assert read(text, password)["password"] == password
    assert read(normalise(text, password).dsn)["password"] == password


def test_a_password_given_apart_wins_and_the_other_is_spoken_of() -> None:
    made = normalise(PLAIN, "other")

    assert conninfo_to_dict(made.dsn)["password"] == "other"
    assert made.notes == ("DATABASE_PASSWORD was taken, not the password in DATABASE_URL",)


def test_a_password_of_the_environment_stands_in_for_the_placeholder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", "other")

    assert "password" not in read(f"postgresql://postgres:[YOUR-PASSWORD]@{DIRECT}/postgres")
    assert read(PLAIN)["password"] == "geheim"


REFUSED = {
    "": "is empty",
    "''": "is empty",
    f"https://{REF}.supabase.co": "is a web address",
    "eyJhbGciOiJIUzI1NiJ9.geheim": "is an API key",
    "sb_secret_geheim": "is an API key",
    f"psql -h {DIRECT} -U postgres": "is a command",
    f"User Id=postgres.{REF};Password=geheim;Server={SHARED};Port=5432;Database=postgres": "form of .NET",
    f"mysql://root:geheim@{DIRECT}/x": "must begin with postgresql://",
    DIRECT: "cannot be read",
    "postgresql://user:geheim@[::1/db": "cannot be read",
    f"postgresql://postgres:geheim@{DIRECT}:port/postgres": "cannot be read",
    f"postgresql://postgres:ge\nheim@{DIRECT}/postgres": "line break",
    f"postgresql://postgres:[YOUR-PASSWORD]@{DIRECT}:5432/postgres": "set DATABASE_PASSWORD",
    f"host={DIRECT} user=postgres password=[YOUR-PASSWORD]": "set DATABASE_PASSWORD",
    "postgresql://postgres:geheim@db.[YOUR-PROJECT-REF].supabase.co/postgres": "cannot be read",
    "postgresql://postgres:geheim@db.project-ref.supabase.co/postgres": "placeholder in its host",
    f"postgresql://postgres:geheim@{REF}.supabase.co:5432/postgres": f"is db.{REF}.supabase.co",
    f"postgresql://postgres:geheim@{SHARED}:6543/postgres": "write postgres.<project ref>",
    f"host={SHARED} password=geheim": "write postgres.<project ref>",
    f"{PLAIN}?options=-csearch_path%3Dx": "the parameter options",
    f"{PLAIN}?options=reference%3D{REF}": "postgres.<project ref>",
    f"{PLAIN}?colour=geheim": "unknown parameter colour",
    f"{PLAIN}?sslmode=sure": "sslmode=sure is unknown",
    f"{PLAIN}?sslmode=disable": "in the clear through the internet",
    "postgresql://postgres:geheim@203.0.114.5/x?sslmode=disable": "in the clear through the internet",
    f"postgresql://postgres:geheim%40@x@{DIRECT}/postgres": "encoded in parts only",
    f"postgresql://postgres:%E7geheim@{DIRECT}/postgres": "not in UTF-8",
    "postgresql://postgres:1234?geheim=x@db/y": "two ways",
}


@pytest.mark.parametrize(("text", "words"), REFUSED.items(), ids=REFUSED.values())
def test_what_cannot_work_is_refused_by_one_sentence_without_the_password(text: str, words: str) -> None:
    said = complaint(text)

    assert said.startswith("DATABASE_URL: ")
    assert words in said
    assert "\n" not in said


@given(text=st.text())
def test_no_text_whatever_ends_in_another_error(text: str) -> None:
    with suppress(SettingsError):
        normalise(text)


WAYS = [
    (f"postgresql://postgres:x@{DIRECT}:5432/postgres", "direct"),
    (f"postgresql://postgres:x@{DIRECT}:6543/postgres", "dedicated pooler"),
    (f"postgresql://postgres.{REF}:x@{SHARED}:5432/postgres", "session pooler"),
    (f"postgresql://postgres.{REF}:x@{SHARED}/postgres", "session pooler"),
    (f"postgresql://postgres.{REF}:x@{SHARED}:6543/postgres", "transaction pooler"),
    ("postgresql://postgres@127.0.0.1:6543/postgres", ""),
]


@pytest.mark.parametrize(("text", "way"), WAYS)
def test_the_strings_of_supabase_name_their_way(text: str, way: str) -> None:
    assert pooling(normalise(text).dsn) == way


LOCAL = [
    "postgresql://u@127.0.0.1/x",
    "postgresql://u@localhost/x",
    "postgresql://u@[::1]:5432/x",
    "postgresql://u@/x?host=%2Ftmp%2Fserver&port=5432",
    "postgresql:///x",
    "host=127.0.0.1,::1 user=u",
]


@pytest.mark.parametrize("text", LOCAL)
def test_on_this_machine_tls_is_left_to_the_string(text: str) -> None:
    assert "sslmode" not in read(text)


@pytest.mark.parametrize("mode", ["disable", "verify-full"])
def test_on_this_machine_a_wish_is_kept(mode: str) -> None:
    assert read(f"postgresql://u@127.0.0.1/x?sslmode={mode}")["sslmode"] == mode


@pytest.mark.parametrize("host", ["db", "10.0.0.5", "192.168.1.9", "db.internal", "fd00--1"])
def test_on_a_private_network_the_clear_is_a_choice(host: str) -> None:
    assert read(f"postgresql://u:p@{host}/x?sslmode=disable")["sslmode"] == "disable"
    assert read(f"postgresql://u:p@{host}/x")["sslmode"] == "require"


def test_one_far_host_among_near_ones_is_enough_for_tls() -> None:
    assert read("postgresql://u:p@127.0.0.1,db.example.com:5433/x")["sslmode"] == "require"


def test_a_named_certificate_is_used(tmp_path: Path) -> None:
    certificate = tmp_path / "ca.crt"
    certificate.touch()

    for text in (PLAIN, f"{PLAIN}?sslmode=require", normalise(PLAIN, None, certificate).dsn):
        assert read(text, None, certificate) == {
            **READY,
            "sslmode": "verify-full",
            "sslrootcert": str(certificate),
        }
    assert read(f"{PLAIN}?sslmode=verify-ca", None, certificate)["sslmode"] == "verify-ca"
    assert read(f"{PLAIN}?sslrootcert={certificate}")["sslmode"] == "verify-full"
    assert "contradicts" in complaint(f"{PLAIN}?sslmode=disable", None, certificate)


def test_a_certificate_that_is_not_there_is_named(tmp_path: Path) -> None:
    said = complaint(PLAIN, None, tmp_path / "lost.crt")

    assert said.startswith("DATABASE_CA_FILE: ")
    assert "lost.crt is not there" in said


def test_what_the_environment_says_of_tls_is_not_weakened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSSLMODE", "verify-full")

    assert read(PLAIN)["sslmode"] == "verify-full"


def test_a_host_of_the_environment_is_far_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", DIRECT)

    assert read("postgresql:///x")["sslmode"] == "require"
