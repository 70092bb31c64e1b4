"""Everything at work on a pretend Ploomes: database, simulator, sync, proof."""

from __future__ import annotations

import asyncio
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from ploomes_sync.cli import catalogue, output, report, start, verify
from ploomes_sync.cli.failure import Exit, UsageError
from ploomes_sync.cli.progress import watched
from ploomes_sync.cli.serve import HOST, PORT, address, bound, link, serving

if TYPE_CHECKING:
    from ploomes_sync.cli.simulator import Simulator
    from ploomes_sync.config import Settings
    from ploomes_sync.domain.run import Run
    from ploomes_sync.embedded import EmbeddedServer
    from ploomes_sync.engine.parts import Parts

_LEASE_SECONDS = 10
"""Of a demo that was killed, the next one takes over the run after so long."""
_WATCH_SECONDS = 0.5
_OTHER_CATALOGUE = (
    "The demo's database holds the products of another pretend catalogue, and nothing is deleted unasked: "
    "run `ploomes-sync demo --fresh` to begin anew."
)


async def demo(
    *,
    once: Annotated[bool, Parameter(help="End after the summary.")] = False,
    products: Annotated[
        int | None, Parameter(validator=Number(gte=1, lte=1_000_000), help="Size of the pretend catalogue.")
    ] = None,
    fresh: Annotated[bool, Parameter(help="Forget what an earlier demo has stored.")] = False,
) -> int:
    """Show everything at work: a full sync of a pretend Ploomes into an embedded PostgreSQL, and the proof.

    DATABASE_URL and the key are not used, and nothing leaves this machine. What is stored stays:
    `search`, `status` and `show` work on it afterwards. Ctrl-C ends it at any moment; the next
    demo goes on from there.
    """
    from ploomes_sync import bootstrap
    from ploomes_sync.cli.simulator import running_simulator
    from ploomes_sync.cli.stopping import stopping

    ending, settings = stopping(), _settings()
    output.say("Demo: a pretend Ploomes on this machine, an embedded PostgreSQL, and the real thing in between.")
    options = _options(settings, products)
    async with _server(settings, fresh=fresh) as server, running_simulator(options) as simulator:
        output.say(f"Simulator {simulator.url}, database in {server.home.root}")
        settings = settings.model_copy(update={"api_url": simulator.url})
        if ending.is_set():
            return Exit.INTERRUPTED
        async with bootstrap.open_parts(settings, ending, database=bootstrap.DEMO_DATABASE) as parts:
            code = await _show(parts, settings)
        if code in (Exit.DONE, Exit.PARTIAL) and not once:
            await _stay(settings, simulator, ending)
        return code


def _settings() -> Settings:
    """Read the settings without what points to a real account or database."""
    return start.load_settings(
        PLOOME_API_KEY="demo",
        PLOOME_API_URL="http://127.0.0.1",
        DATABASE_URL=None,
        APP_ENV="development",
        PRODUCT_SYNC_LEASE_SECONDS=_LEASE_SECONDS,
    )


@asynccontextmanager
async def _server(settings: Settings, *, fresh: bool) -> AsyncIterator[EmbeddedServer]:
    from ploomes_sync import bootstrap
    from ploomes_sync.embedded import default_data_dir, running_server

    async with bootstrap.in_thread(running_server(settings.data_dir or default_data_dir())) as server:
        if server.notice:
            output.warn(server.notice)
        if fresh:
            await asyncio.to_thread(_drop, server, bootstrap.DEMO_DATABASE)
        yield server


def _drop(server: EmbeddedServer, database: str) -> None:
    from ploomes_sync.embedded.binaries import usable_binaries
    from ploomes_sync.errors import StoreDownError

    program = usable_binaries(server.home).program("dropdb")
    place = ["-h", str(server.socket_folder), "-p", "5432", "-U", "postgres"]
    done = server.home.account.run([program, *place, "--if-exists", "--force", "--", database])
    if done.returncode != 0:
        raise StoreDownError(f"The demo's database could not be dropped: {done.stderr.strip()}")


def _options(settings: Settings, products: int | None) -> Sequence[str]:
    """Let the simulator allow what the account's limit is said to be."""
    size = [] if products is None else ["--products", str(products)]
    return [*size, "--rate-per-minute", str(settings.rate_limit)]


async def _show(parts: Parts, settings: Settings) -> Exit:
    """Sync everything, prove it, and print what is there."""
    run = await _sync(parts, settings)
    interrupted = parts.stopping.is_set()
    report.tell(run, interrupted=interrupted)
    code = report.exit_code(run, interrupted=interrupted)
    if code is Exit.NEEDS_CONFIRMATION:
        output.warn(_OTHER_CATALOGUE)
    if code not in (Exit.DONE, Exit.PARTIAL):
        return code
    proof = await verify.verified(parts)
    if proof is None:
        return Exit.INTERRUPTED
    verify.tell(proof)
    await _summary(parts, settings)
    return code if proof.ok else Exit.FAILED


async def _summary(parts: Parts, settings: Settings) -> None:
    """Print what is stored, and commands that look into it."""
    from ploomes_sync.domain.search import SearchQuery
    from ploomes_sync.store import search

    async with parts.db.transaction() as conn:
        counts = await catalogue.counts(conn, settings.profile)
        found = await search.search(conn, SearchQuery(q="filtro", limit=1))
    output.heading("What is stored")
    catalogue.show_counts(counts.segments, counts.total)
    output.heading("What to try next")
    program = _program()
    output.show_facts(
        [
            (f"{program} search filtro", "look for a product"),
            *((f"{program} show {hit.ploomes_product_id}", "all about one of them") for hit in found.items),
            (f"{program} status", "how fresh the catalogue is"),
            (f"{program} logs", "what has been synced"),
        ]
    )


def _program() -> str:
    """Return how this person can call us: by name where the shell finds it, else by the path that was used."""
    if shutil.which("ploomes-sync"):
        return "ploomes-sync"
    used = Path(sys.argv[0])
    return str(used.relative_to(Path.cwd())) if used.is_relative_to(Path.cwd()) else str(used)


async def _sync(parts: Parts, settings: Settings) -> Run:
    from ploomes_sync.domain.run import Strategy, SyncRequest
    from ploomes_sync.engine import execute

    with watched(settings.rate_limit) as observe:
        return await execute.sync(parts, SyncRequest(strategy=Strategy.BATCH, origin="demo"), observe)


async def _stay(settings: Settings, simulator: Simulator, ending: asyncio.Event) -> None:
    """Keep simulator and database up, and serve dashboard and API with a worker, until somebody ends it."""
    from ploomes_sync import bootstrap
    from ploomes_sync.cli.stopping import stopping
    from ploomes_sync.dashboard.links import Links
    from ploomes_sync.jobs.worker import GRACE_SECONDS
    from ploomes_sync.service.app import open_app

    stopping(GRACE_SECONDS)
    links = Links()
    stays = open_app(settings, stopping=ending, database=bootstrap.DEMO_DATABASE, role="serve")
    async with stays as app:
        with _listening() as taken:
            output.say("", "The simulator stays up until Ctrl-C, and so do the dashboard and the HTTP API:")
            output.say(f"  {link(taken, links)}  (the dashboard; good once, for 15 minutes)")
            output.say(f"  curl {address(taken)}/api/sync/products/search?q=filtro")
            output.say(f"  curl {address(taken)}/openapi.json")
            output.say("To sync against the simulator from another terminal:")
            output.say(f"  export PLOOME_API_URL={simulator.url} PLOOME_API_KEY=demo")
            output.say(f"  {_program()} sync")
            async with serving(app, taken, ending, worker=True, links=links):
                while not ending.is_set():
                    simulator.check()
                    await asyncio.sleep(_WATCH_SECONDS)


@contextmanager
def _listening() -> Iterator[socket.socket]:
    """Take the usual port, or any if that is taken."""
    with ExitStack() as stack:
        try:
            taken = stack.enter_context(bound(HOST, PORT))
        except UsageError:
            taken = stack.enter_context(bound(HOST, 0))
        yield taken
