"""What no source file may hold: promises, blanket exemptions, hidden settings, a clock in the pure parts."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator

from guards.tree import SERVICE, files, nodes, parsed, place

PROMISES = re.compile(r"(?:#|--|//|/\*|<!--)\s*(?:TODO|FIXME|XXX)\b")
WITH_REASON = {
    "noqa": re.compile(r"# noqa: [A-Z]+\d+(?:, [A-Z]+\d+)* - \S"),
    "type: ignore": re.compile(r"# type: ignore\[[\w, -]+\]  # \S"),
    "pragma": re.compile(r"# pragma: [\w ]+ - \S"),
}
EXEMPTION = re.compile(r"#\s*(noqa|type:\s*ignore|pragma)\b")
HOSTS = re.compile(r"https?://[^\s/\"'`]*(?:pypi|npm|registry|artifact|mirror|nexus)[^\s/\"'`]*", re.IGNORECASE)
PUBLIC_REGISTRIES = ("https://pypi.org", "https://registry.npmjs.org", "https://docs.npmjs.com")
HOMES = re.compile(r"(?<![\w.$}-])/(?:wo" + r"rk|ro" + r"ot|ho" + r"me|Us" + r"ers|opt)/[\w.-]+")
READS_THE_ENVIRONMENT = {
    "config.py": "the settings",
    "embedded/folders.py": "XDG_DATA_HOME, where a user's programs keep data",
    "embedded/account.py": "what the server's helper programs inherit",
    "cli/output.py": "NO_COLOR, which all command lines obey",
}
CLOCKS = {"now", "utcnow", "today", "monotonic", "time", "perf_counter"}


def lines() -> Iterator[tuple[str, str]]:
    for path in files():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            yield place(path, number), line


def test_nothing_is_left_for_later() -> None:
    assert [where for where, line in lines() if PROMISES.search(line)] == []


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    assert [f"{where} {found[0]}" for where, line in lines() if (found := HOMES.search(line))] == []


def test_only_the_public_registries_are_named() -> None:
    named = [(where, found[0]) for where, line in lines() for found in HOSTS.finditer(line)]

    assert [(where, host) for where, host in named if not host.startswith(PUBLIC_REGISTRIES)] == []


def test_every_exemption_names_its_rule_and_its_reason() -> None:
    blanket = []
    for path in files(".py"):
        for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline):
            found = EXEMPTION.search(token.string) if token.type == tokenize.COMMENT else None
            if found and not WITH_REASON[" ".join(found[1].split())].search(token.string):
                blanket.append(f"{place(path, token.start[0])} {token.string}")

    assert blanket == []


def test_catching_everything_says_why_unless_it_cleans_up_and_raises_again() -> None:
    silent = []
    for path, node in nodes():
        if not isinstance(node, ast.ExceptHandler) or not _catches_all(node):
            continue
        last = node.body[-1]
        raises_again = isinstance(last, ast.Raise) and last.exc is None
        around = path.read_text(encoding="utf-8").splitlines()[node.lineno - 1 : node.body[0].lineno]
        if not raises_again and not any("#" in line for line in around):
            silent.append(place(path, node.lineno))

    assert silent == []


def _catches_all(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(isinstance(kind, ast.Name) and kind.id in {"Exception", "BaseException"} for kind in kinds)


def test_only_the_named_places_read_the_environment() -> None:
    readers = set()
    for path in SERVICE.rglob("*.py"):
        for node in ast.walk(parsed(path)):
            name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
            if name in {"environ", "environb", "getenv", "BaseSettings", "load_dotenv"}:
                readers.add(path.relative_to(SERVICE).as_posix())

    assert readers == set(READS_THE_ENVIRONMENT)


def test_the_pure_parts_never_look_at_the_clock() -> None:
    looks = []
    for folder in ("domain", "resilience"):
        for path in (SERVICE / folder).rglob("*.py"):
            for node in ast.walk(parsed(path)):
                called = node.func if isinstance(node, ast.Call) else None
                if isinstance(called, ast.Attribute) and called.attr in CLOCKS:
                    looks.append(place(path, called.lineno))

    assert looks == []
