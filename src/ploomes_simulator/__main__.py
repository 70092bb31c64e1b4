"""Start the simulator from the command line."""

import logging
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from ploomes_simulator.app import create_simulator
from ploomes_simulator.server import serve
from ploomes_simulator.settings import SimulatorSettings

app = App(
    name="ploomes_simulator",
    help="Serve a pretend Ploomes CRM with a seeded catalogue. Every option below can also be changed while it "
    "runs: PATCH /_simulator/settings. Look at GET /_simulator/stats.",
    version_flags=[],
)
_DEFAULTS = SimulatorSettings()


@app.default
def run(
    settings: Annotated[SimulatorSettings, Parameter(name="*")] = _DEFAULTS,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    port_file: Path | None = None,
    exit_with_parent: bool = False,
) -> None:
    """Serve until stopped.

    Parameters
    ----------
    settings
        How the pretend service behaves.
    host
        Address to listen on.
    port
        Port to listen on, 0 for any free one.
    port_file
        File to write the port to, once it listens.
    exit_with_parent
        Stop when the process that started this one ends.
    """
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL + 1)
    serve(create_simulator(settings), host, port, port_file, exit_with_parent=exit_with_parent)


if __name__ == "__main__":
    app()
