from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import httpx2

from servers.scratch import wait_until
from serving import COMMAND, environment, serving_process

LINK = re.compile(r"http://127\.0\.0\.1:\d+(/link/[\w-]+)")
NOWHERE = "http://127.0.0.1:9"


def called(env: Mapping[str, str], *words: str) -> None:
    subprocess.run([*COMMAND, *words], env=dict(env), check=True, capture_output=True)  # noqa: S603 - our own program


def sent(http: httpx2.Client, path: str) -> int:
    return http.post(path, headers={"origin": str(http.base_url).rstrip("/")}).status_code


def test_the_printed_link_opens_the_dashboard_once_in_this_process_alone(
    database_url: str, tmp_path: Path
) -> None:
    """A session that it begins is known to all processes, and ends when all sessions are ended."""
    env = environment(database_url, NOWHERE)
    (tmp_path / "two").mkdir()
    called(env, "tokens", "add", "other")
    with (
        serving_process(env, tmp_path, "--no-worker") as one,
        serving_process(env, tmp_path / "two", "--no-worker", "--host", "0.0.0.0") as two,  # noqa: S104 - read from its port here
    ):
        links = [LINK.findall((tmp_path / place / "said").read_text()) for place in (".", "two")]
        assert [len(found) for found in links] == [1, 1]
        (link,) = links[0]
        assert one.get("/").status_code == 303
        assert sent(two, link) == 410
        assert [sent(one, link) for _ in range(2)] == [303, 410]
        assert "admin" in one.get("/").text
        (name, value), *others = one.cookies.items()
        assert others == []
        shown = {"cookie": f"{name}={value}", "host": f"127.0.0.1:{one.base_url.port}"}
        wait_until(lambda: two.get("/", headers=shown).status_code == 200, "the other process to know the session")

        called(env, "tokens", "revoke", "--sessions")
        wait_until(lambda: one.get("/").status_code == 303, "the session to end")
        assert sent(two, links[1][0]) == 303
    logs = (tmp_path / "said").read_text() + (tmp_path / "two/said").read_text()
    assert logs.count(link) == 1
    assert value not in logs


def test_in_production_no_link_gets_into_the_logs(database_url: str, tmp_path: Path) -> None:
    env = environment(database_url, NOWHERE, APP_ENV="production")
    with serving_process(env, tmp_path, "--no-worker") as http:
        said = (tmp_path / "said").read_text()
        assert "/link/" not in said
        assert f"The dashboard: http://127.0.0.1:{http.base_url.port}/" in said
