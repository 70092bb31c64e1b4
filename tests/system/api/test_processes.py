from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import psycopg

from ploomes_sync.domain.webhook import KEY_HEADER, key_hash
from served import PRODUCTS, problem, told
from servers.scratch import accepts, free_port, wait_until
from serving import COMMAND, environment, running, serving_process
from system.support import Source, running_source

WAIT = {"prefer": "wait=60"}
KEY = "the-validation-key"
EXAMPLE = Path(__file__).parents[3] / "examples/mount_in_fastapi.py"


def test_a_run_asked_for_here_is_done_and_told_by_other_processes(database_url: str, tmp_path: Path) -> None:
    """Two servers without a worker, and one worker: any of the servers tells of any run."""
    with running_source(tmp_path, products=600) as source:
        env = environment(database_url, source.url)
        with (
            serving_process(env, tmp_path, "--no-worker") as one,
            serving_process(env, tmp_path, "--no-worker") as two,
        ):
            run = one.post(f"{PRODUCTS}/full").json()["run"]
            address = f"/api/sync/runs/{run['run_id']}"
            assert two.get(address).json()["status"] == "queued"
            assert two.get(f"{PRODUCTS}/search").json()["items"] == []

            with running([*COMMAND, "worker"], env, tmp_path), two.stream("GET", f"{address}/events") as stream:
                events = [
                    line.removeprefix("event: ") for line in stream.iter_lines() if line.startswith("event: ")
                ]
            assert events[-1] == "ended"
            assert one.get(address).json()["status"] == "succeeded"
            product = next(iter(source.truth()))
            answers = [server.get(f"{PRODUCTS}/{product}").json() for server in (one, two)]
            assert answers[0] == answers[1]


def test_a_price_that_changes_in_ploomes_is_read_in_another_process_within_a_second(
    database_url: str, tmp_path: Path
) -> None:
    """The source tells one server, a worker fetches the product, and the cache of another server forgets it."""
    with running_source(tmp_path, products=60) as source:
        env = environment(database_url, source.url)
        with (
            serving_process(env, tmp_path, "--no-worker") as server,
            serving_process(env, tmp_path, "--no-worker") as asked,
            running([*COMMAND, "worker"], env, tmp_path),
        ):
            assert server.post(f"{PRODUCTS}/full", headers=WAIT).json()["run"]["status"] == "succeeded"
            with psycopg.connect(database_url) as conn:
                conn.execute("insert into ploomes_sync.webhook_keys (key_hash) values (%s)", [key_hash(KEY)])
            seconds = [_felt(source, server, asked, product) for product in sorted(source.truth())[:5]]
        assert sorted(seconds)[2] < 1


def _felt(source: Source, server: httpx2.Client, asked: httpx2.Client, product: int) -> float:
    """Change a price and tell one server of it; returns the seconds until the other one knows."""
    address = f"{PRODUCTS}/{product}"
    price = (asked.get(address).json()["base_price"] or 0) + 1
    changed = source.http.patch(f"/Products({product})", json={"UnitPrice": price}, headers={"User-Key": "key"})
    assert changed.status_code == 200
    began = time.monotonic()
    told_of = server.post("/webhook/ploomes", content=told(product), headers={KEY_HEADER: KEY})
    assert told_of.status_code == 202
    wait_until(lambda: asked.get(address).json()["base_price"] == price, "the new price")
    return time.monotonic() - began


def test_serve_works_on_runs_itself_and_ends_in_good_order(database_url: str, tmp_path: Path) -> None:
    with running_source(tmp_path, products=300) as source:
        env = environment(database_url, source.url)
        with serving_process(env, tmp_path) as http:
            done = http.post(f"{PRODUCTS}/full", headers=WAIT)
            assert (done.status_code, done.json()["run"]["fetched"]) == (200, 300)
        said = (tmp_path / "said").read_text()
        assert "There are no tokens, so this machine alone is served." in said
        assert "Traceback" not in said


def test_serve_lets_no_other_machine_in_without_a_token(database_url: str, tmp_path: Path) -> None:
    env = environment(database_url, "http://127.0.0.1:9")

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - our own program
            [*COMMAND, *arguments], env=env, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
        )

    refused = call("serve", "--host", "0.0.0.0", "--port", "0")  # noqa: S104 - that is what must be refused
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "there is no valid token" in refused.stderr

    made = call("tokens", "add", "front-end", "--days", "1")
    token = made.stdout.strip()
    assert token.startswith("pls_")
    assert call("tokens", "add", "front-end").returncode == 2
    assert "front-end" in call("tokens", "list").stdout
    assert token not in call("tokens", "list", "--json").stdout
    with serving_process(env, tmp_path, "--host", "0.0.0.0", "--no-worker") as http:  # noqa: S104 - now it is let
        assert problem(http.get("/api/sync/whoami"))["status"] == 401
        bearer = {"authorization": f"Bearer {token}"}
        assert http.get("/api/sync/whoami", headers=bearer).json() == {"name": "front-end", "scope": "read"}
        assert call("tokens", "revoke", "front-end").returncode == 0
        wait_until(lambda: http.get("/api/sync/whoami", headers=bearer).status_code == 401, "the revocation", 8)
    assert call("tokens", "revoke", "front-end").returncode == 1
    assert "revoked" in call("tokens", "list").stdout


def test_a_port_that_is_taken_is_told_in_one_sentence(database_url: str, tmp_path: Path) -> None:
    env = environment(database_url, "http://127.0.0.1:9")
    with serving_process(env, tmp_path, "--no-worker") as http:
        port = str(http.base_url.port)
        said = subprocess.run(  # noqa: S603 - our own program
            [*COMMAND, "serve", "--port", port],
            env=env,
            cwd=tmp_path,
            capture_output=True,
            timeout=60,
            check=False,
        )
    assert said.returncode == 2
    assert b"choose another with --port" in said.stderr


def test_the_api_lives_in_another_application_under_a_prefix(database_url: str, tmp_path: Path) -> None:
    shutil.copy(EXAMPLE, tmp_path / "application.py")
    with running_source(tmp_path, products=300) as source:
        env = environment(database_url, source.url)
        uvicorn = [sys.executable, "-m", "uvicorn", "application:app", "--no-proxy-headers", "--port"]
        with serving_process(env, tmp_path, argv=uvicorn) as http:
            assert http.get("/").json() == {"catalogue": "/ploomes/api/sync/products/search"}
            assert http.get("/ploomes/readyz").json()["ok"]
            done = http.post(f"/ploomes{PRODUCTS}/full", headers=WAIT)
            assert done.headers["location"].startswith("/ploomes/api/sync/runs/")
            assert http.get(done.headers["location"]).json()["status"] == "succeeded"
            assert len(http.get(f"/ploomes{PRODUCTS}/search").json()["items"]) == 50
            assert problem(http.get(f"/ploomes{PRODUCTS}/nothing"))["instance"] == f"/ploomes{PRODUCTS}/nothing"
            assert http.post("/ploomes/webhook/ploomes", content=b"{}").status_code == 401
            assert http.get("/ploomes/openapi.json").json()["servers"] == [{"url": "/ploomes"}]
            assert http.get("/livez").status_code == 404


def test_a_signal_ends_a_server_that_holds_streams(database_url: str, tmp_path: Path) -> None:
    env, port = environment(database_url, "http://127.0.0.1:9"), free_port()
    with running([*COMMAND, "serve", "--no-worker", "--port", str(port)], env, tmp_path) as process:
        wait_until(lambda: accepts(port), "the API to listen")
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
            run = http.post(PRODUCTS).json()["run"]
            with http.stream("GET", f"/api/sync/runs/{run['run_id']}/events") as stream:
                lines = stream.iter_lines()
                assert next(lines)
                process.send_signal(signal.SIGTERM)
                list(lines)
        assert process.wait(15) == 0
