"""Reads connection strings as people paste them, and makes them ready for the driver.

What can only mean one thing is mended and noted; what cannot is refused by a sentence that says what to change and
never repeats the password. How a connection is encrypted is decided in `tls`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn
from urllib.parse import unquote

import psycopg
from psycopg import pq
from psycopg.conninfo import make_conninfo

from ploomes_sync.errors import SettingsError
from ploomes_sync.store import tls

Values = dict[str, str]

_DIRECT = re.compile(r"db\.(?P<ref>[a-z0-9]+)\.supabase\.(?:co|com|net)")
_API = re.compile(r"(?!db\.)[a-z0-9]+\.supabase\.(?:co|com|net)")
_POOLER = ".pooler.supabase.com"
_TRANSACTION_PORT = "6543"
_CONNECT = "copy the string that begins with postgresql:// from Connect in the dashboard"
_APART = "percent-encode the password or set it apart as DATABASE_PASSWORD"

_FOREIGN = (
    (r"https?://", f"is a web address, such as that of a project's API: {_CONNECT}"),
    (r"eyJ|sb_(?:secret|publishable)_|sbp_", f"is an API key, not a connection string: {_CONNECT}"),
    (r"psql\s", f"is a command: {_CONNECT}"),
    (r"(?i)[a-z]+(?: id)?=[^;\s]*;\s*[a-z ]+=", f"is in the form of .NET: {_CONNECT}"),
    (r"(?!postgres(?:ql)?(?:\+\w+)?://)\w[\w+.-]*://", "is not PostgreSQL's: it must begin with postgresql://"),
)
_ASSIGNED = re.compile(r"(?:export\s+)?[A-Z][A-Z0-9_]*\s*=\s*|psql\s+(?=[\"'`]?postgres)")
_BLANKS = " \t\r\n\ufeff\u200b\u00a0"
_QUOTES = "\"'`“”‘’;,"
_URL = re.compile(r"\w[\w+:.-]*://")
_SCHEME = re.compile(r"(?P<jdbc>jdbc:)?postgres(?P<ql>ql)?(?P<driver>\+\w+)?://")
_HOST = r"(?:\[[0-9A-Fa-f:.]+\]|[\w.%~-]*)(?::\d*)?"
_PAIR = r"[A-Za-z]\w*=[^&#]*"
_PLACE = re.compile(
    rf"(?P<hosts>{_HOST}(?:,{_HOST})*)(?:/(?P<dbname>[^/?#@]*))?(?:\?(?P<query>{_PAIR}(?:&{_PAIR})*)?)?"
)
_WORD = re.compile(r"(\w+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))\s*", re.DOTALL)
_PLACEHOLDER = re.compile(r"\W*your[-_ ]?(?:database[-_ ]?)?password\W*|<password>", re.IGNORECASE)
_OF_OTHERS = frozenset(
    {
        "pgbouncer",
        "connection_limit",
        "pool_timeout",
        "pool_size",
        "max_overflow",
        "pool_recycle",
        "socket_timeout",
    }
    | {"schema", "currentschema", "statement_cache_size", "prepared_statements", "prepared_statement_cache_size"}
    | {"preparethreshold", "supa", "workaround", "sslaccept", "sslfactory", "uselibpqcompat"}
)


@dataclass(frozen=True, slots=True)
class Address:
    """A connection string that the driver takes, and what was mended in it."""

    dsn: str = field(repr=False)
    notes: tuple[str, ...] = ()


def normalise(text: str, password: str | None = None, ca_file: Path | None = None) -> Address:
    """Read a pasted connection string; doing it to the result changes nothing more.

    A password given apart wins. Raises SettingsError when the text cannot be understood or must not be used.
    """
    notes: list[str] = []
    plain = _unwrapped(text, notes)
    for pattern, sentence in _FOREIGN:
        if re.match(pattern, plain):
            _refuse(sentence)
    values = _of_url(plain, notes) if _URL.match(plain) else _of_words(plain)
    values = _known(values, notes)
    _fill_password(values, password, notes)
    _mend_place(values, notes)
    said = {**_environment(), **values}
    values.update(tls.chosen(said, ca_file, notes))
    try:
        return Address(make_conninfo(**values), tuple(notes))
    except (psycopg.Error, UnicodeError):
        _refuse("cannot be read: it must look like postgresql://user:password@host:5432/database")


def pooling(dsn: str) -> str:
    """Name what a normalised string leads to, as far as its host and port tell: Supabase's are known."""
    values = _of_words(dsn)
    host, port = values.get("host", ""), values.get("port", "")
    if host.endswith(_POOLER):
        return "transaction pooler" if port == _TRANSACTION_PORT else "session pooler"
    if _DIRECT.fullmatch(host):
        return "dedicated pooler" if port == _TRANSACTION_PORT else "direct"
    return ""


def _refuse(sentence: str) -> NoReturn:
    raise SettingsError(f"DATABASE_URL: {sentence}.") from None


def _unwrapped(text: str, notes: list[str]) -> str:
    plain = text.strip(_BLANKS)
    if assigned := _ASSIGNED.match(plain):
        plain = plain[assigned.end() :]
    if plain[:1] in _QUOTES or _URL.match(plain):
        plain = plain.strip(_QUOTES + _BLANKS)
    if not plain:
        _refuse("is empty: " + _CONNECT)
    if plain != text.strip():
        notes.append("what stood around the connection string was left out")
    return plain


def _of_url(plain: str, notes: list[str]) -> Values:
    scheme = _SCHEME.match(plain)
    if scheme is None:
        _refuse("cannot be read: it must look like postgresql://user:password@host:5432/database")
    if scheme["jdbc"] or scheme["driver"]:
        notes.append(f"{scheme[0]} was read as postgresql://")
    rest = plain[scheme.end() :]
    if re.search(r"\s", rest):
        _refuse("has a blank or a line break in the middle: write it on one line, a blank in the password as %20")
    login, place = _split(rest)
    query = [pair.partition("=") for pair in (place["query"] or "").split("&") if pair]
    values = {"dbname": _decoded(place["dbname"] or ""), **_hosts(place["hosts"])}
    user, _, secret = login.partition(":")
    values.update(user=_decoded(user), password=_password(secret, notes))
    values.update({key: _decoded(value) for key, _, value in query})
    return {key: value for key, value in values.items() if value}


def _split(rest: str) -> tuple[str, re.Match[str]]:
    """Tell login and place apart; a password may hold any sign as long as only one reading makes sense."""
    starts = [0] if "@" not in rest else [0, *(at + 1 for at, sign in enumerate(rest) if sign == "@")]
    found = [(rest[: start - 1] if start else "", place) for start, place in _places(rest, starts)]
    if len(found) > 1:
        _refuse(f"can be read in two ways, since the password holds signs such as @ / ?: {_APART}")
    if not found:
        _refuse(
            "cannot be read: it must look like postgresql://user:password@host:5432/database; if the password "
            f"holds signs such as @ / ? #, {_APART}"
        )
    return found[0]


def _places(rest: str, starts: list[int]) -> Iterator[tuple[int, re.Match[str]]]:
    for start in starts:
        if place := _PLACE.fullmatch(rest, start):
            yield start, place


def _hosts(text: str) -> Values:
    pairs = [part.rpartition(":") if re.search(r":\d*$", part) else (part, "", "") for part in text.split(",")]
    names = [_decoded(name.removeprefix("[").removesuffix("]")) for name, _, _ in pairs]
    ports = [port for _, _, port in pairs]
    return {"host": ",".join(names), "port": ",".join(ports) if any(ports) else ""}


def _password(raw: str, notes: list[str]) -> str:
    """Decode a password, unless it was obviously never encoded."""
    bare = re.search(r"[@/?#]|%(?![0-9A-Fa-f]{2})", raw)
    if bare and re.search(r"%[0-9A-Fa-f]{2}", raw):
        _refuse(f"has a password that is percent-encoded in parts only: {_APART}")
    if bare:
        notes.append("the password holds signs that should be percent-encoded; it was taken as it stands")
        return raw
    if re.fullmatch(r"\[.+\]", raw) and not _PLACEHOLDER.fullmatch(raw):
        notes.append("the password stands in square brackets: if the login is refused, leave them out")
    return _decoded(raw)


def _decoded(text: str) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        _refuse(f"is percent-encoded, but not in UTF-8: {_APART}")


def _of_words(plain: str) -> Values:
    """Read `host=… user=…`."""
    values: Values = {}
    at = 0
    while at < len(plain):
        word = _WORD.match(plain, at)
        if word is None:
            _refuse("cannot be read: it must look like postgresql://user:password@host:5432/database")
        at = word.end()
        values[word[1]] = re.sub(r"\\(.)", r"\1", word[2] if word[2] is not None else word[3])
    return values


def _known(values: Values, notes: list[str]) -> Values:
    """Drop what only other programs understand, refuse what nobody does."""
    ours = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}
    kept: Values = {}
    for key, value in values.items():
        if key == "options":
            _refuse(
                "holds the parameter options, which no transaction pooler takes: leave it out; what is needed is "
                "set in each transaction, and the user of Supabase's pooler is postgres.<project ref>"
            )
        if key in ours:
            kept[key] = value
        elif key.lower() == "ssl":
            kept.setdefault("sslmode", tls.mode_of_flag(value))
        elif key.lower() in _OF_OTHERS:
            notes.append(f"{key}= is for other programs and was left out")
        else:
            _refuse(f"holds the unknown parameter {key[:40]}: leave it out")
    return kept


def _fill_password(values: Values, apart: str | None, notes: list[str]) -> None:
    held = values.get("password", "")
    if apart:
        if held and held != apart and not _PLACEHOLDER.fullmatch(held):
            notes.append("DATABASE_PASSWORD was taken, not the password in DATABASE_URL")
        values["password"] = apart
    elif _PLACEHOLDER.fullmatch(held) and "password" in _environment():
        del values["password"]
    elif _PLACEHOLDER.fullmatch(held):
        _refuse(
            "still holds the placeholder for the password: put the database's password in its place, "
            "or set DATABASE_PASSWORD"
        )


def _mend_place(values: Values, notes: list[str]) -> None:
    """Hold Supabase's hosts against what they expect."""
    host, user = values.get("host", ""), values.get("user", "")
    if re.search(r"[\[\]<>{}]", host + user) or re.search(r"project[-_ ]?ref", host + user, re.IGNORECASE):
        _refuse(f"still holds a placeholder in its host or user: {_CONNECT}")
    if _API.fullmatch(host):
        _refuse(f"names {host}, the host of the API; that of the database is db.{host}")
    if host.endswith(_POOLER) and "." not in user:
        _refuse(
            f"names the user {user or 'of this machine'} on the pooler, which needs the project too: "
            f"write {user or 'postgres'}.<project ref>, as Connect in the dashboard shows it"
        )
    direct = _DIRECT.fullmatch(host)
    if direct and user.endswith(f".{direct['ref']}"):
        values["user"] = user.removesuffix(f".{direct['ref']}")
        notes.append(f"the user of this host is {values['user']}, without the project")
    if (direct or host.endswith(_POOLER)) and "dbname" not in values:
        values["dbname"] = "postgres"
        notes.append("no database was named; postgres was taken")


def _environment() -> Values:
    """Return what the driver would take from its own environment variables, such as PGPASSWORD."""
    options = {option.keyword.decode(): option.val for option in pq.Conninfo.get_defaults()}
    return {key: val.decode() for key, val in options.items() if val and (key, val) != ("sslmode", b"prefer")}
