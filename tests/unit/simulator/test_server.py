"""The simulator as a process: ready, cut, stopped. One process serves all tests of this file."""

import gzip
import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import httpx2
import pytest


def start(*arguments: str) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "ploomes_simulator", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, process.stdout.readline().split()[-1]


def rest(stream: IO[str] | None) -> str:
    assert stream is not None
    with stream:
        return stream.read()


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    process, url = start("--products", "400", "--rate-per-minute", "0", "--exit-with-parent")
    yield url
    process.terminate()
    process.wait(5)
    rest(process.stdout)
    rest(process.stderr)


def settings(base: str, **changes: object) -> None:
    httpx2.patch(f"{base}/_simulator/settings", json=changes).raise_for_status()


def test_a_list_is_packed_for_those_who_take_it(base: str) -> None:
    host, _, port = base.removeprefix("http://").partition(":")
    connection = http.client.HTTPConnection(host, int(port))
    connection.request("GET", "/Products?$orderby=Id", headers={"User-Key": "k", "Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()

    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(body).startswith(b'{"@odata.context"')


def test_a_cut_answer_is_a_real_cut(base: str) -> None:
    settings(base, fault_cut=1.0)
    try:
        with pytest.raises(httpx2.RemoteProtocolError):
            httpx2.get(f"{base}/Products", headers={"User-Key": "k"})
    finally:
        settings(base, fault_cut=0.0)


def test_an_unanswered_request_ends_with_the_clients_patience_or_a_closed_connection(base: str) -> None:
    settings(base, fault_timeout=1.0)
    with pytest.raises(httpx2.ReadTimeout):
        httpx2.get(f"{base}/Products", headers={"User-Key": "k"}, timeout=0.1)
    settings(base, hang_seconds=0.05)
    try:
        with pytest.raises(httpx2.RemoteProtocolError):
            httpx2.get(f"{base}/Products", headers={"User-Key": "k"}, timeout=5)
    finally:
        settings(base, fault_timeout=0.0)


def test_background_churn_needs_no_request(base: str) -> None:
    before = httpx2.get(f"{base}/_simulator/digest").json()
    settings(base, churn_per_second=200.0)
    time.sleep(0.3)
    settings(base, churn_per_second=0.0)

    assert httpx2.get(f"{base}/_simulator/digest").json() != before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_quickly_and_quietly_with_a_request_open(number: signal.Signals, tmp_path: Path) -> None:
    port_file = tmp_path / "port"
    process, url = start("--products", "10", "--fault-timeout", "1", "--port-file", str(port_file))
    port = int(port_file.read_text())
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/Products", headers={"User-Key": "k"})
    time.sleep(0.2)
    begin = time.monotonic()
    process.send_signal(number)
    code = process.wait(5)
    took = time.monotonic() - begin
    connection.close()

    assert url.endswith(f":{port}")
    assert (code, rest(process.stdout), rest(process.stderr)) == (0, "", "")
    assert took < 1.0


def test_it_ends_with_its_parent() -> None:
    command = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-m', 'ploomes_simulator', '--exit-with-parent', "
        "'--products', '1'], stdout=subprocess.PIPE, text=True)\n"
        "child.stdout.readline()\n"
        "print(child.pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    parent = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()

    deadline = time.monotonic() + 5
    while alive(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(child)


def alive(process_id: int) -> bool:
    """Tell whether a process runs; one that only waits to be buried does not."""
    try:
        os.kill(process_id, 0)
        status = Path(f"/proc/{process_id}/stat").read_text(encoding="ascii", errors="replace")
    except (ProcessLookupError, FileNotFoundError):
        return False
    return status.rpartition(")")[2].split()[0] != "Z"
