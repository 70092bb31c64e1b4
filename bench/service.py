"""The service in a process of its own, and what wrk measures of it."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

_PROGRAM = (sys.executable, "-m", "ploomes_sync.cli.main")
_EACH_ONCE = """
local paths, next_path = {}, 0
for line in io.lines("%s") do paths[#paths + 1] = line end
request = function()
  next_path = next_path %% #paths + 1
  return wrk.format("GET", paths[next_path])
end
"""


@asynccontextmanager
async def service(
    environment: Mapping[str, str], *arguments: str, program: Sequence[str | Path] = _PROGRAM
) -> AsyncIterator[str]:
    """Start `ploomes-sync serve` and give its address once it takes connections."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    argv = [*program, "serve", "--port", str(port), *arguments]
    process = await asyncio.create_subprocess_exec(*argv, env={**os.environ, **environment})
    try:
        while not await _accepts(port):
            if process.returncode is not None:
                raise RuntimeError("the service did not start")
            await asyncio.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _accepts(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


class Measured(NamedTuple):
    """Answers a second, and milliseconds at the median and the 99th percentile."""

    per_second: float
    median: float
    p99: float


async def measure(url: str, paths: Iterable[str], connections: int, seconds: int) -> Measured:
    """Ask for the paths in turn with wrk; raises RuntimeError when it is missing or an answer is no 2xx."""
    program = shutil.which("wrk")
    if program is None:
        raise RuntimeError("wrk is missing: install Debian's package wrk")
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "paths"
        await asyncio.to_thread(listed.write_text, "\n".join(paths))
        script = Path(folder) / "each.lua"
        await asyncio.to_thread(script.write_text, _EACH_ONCE % listed)
        options = ["-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "--latency", "-s", str(script)]
        process = await asyncio.create_subprocess_exec(program, *options, url, stdout=asyncio.subprocess.PIPE)
        told = (await process.communicate())[0].decode()
    if "Non-2xx" in told or "Socket errors" in told or "Requests/sec" not in told:
        raise RuntimeError(f"not all requests were answered:\n{told}")
    return Measured(
        _figure(told, r"Requests/sec:\s+([\d.]+)()"),
        _figure(told, r"50%\s+([\d.]+)(\w+)"),
        _figure(told, r"99%\s+([\d.]+)(\w+)"),
    )


def _figure(told: str, pattern: str) -> float:
    found = re.search(pattern, told)
    if found is None:
        raise RuntimeError(f"wrk told no {pattern}:\n{told}")
    return float(found[1]) * {"us": 0.001, "ms": 1, "s": 1000, "": 1}[found[2]]
