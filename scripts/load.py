"""Install the load generator, which patches sockets, into an environment of its own: `python -m scripts.load`."""

from __future__ import annotations

import fcntl
import sys

from scripts import machine, setup

PLACE = setup.TOOLS.parent / "load"


def main() -> None:
    """Bring the environment up to the lock file."""
    stamp, wanted = PLACE / "setup-stamp", setup.fingerprint()
    with (setup.TOOLS.parent / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text() == wanted and setup.runs(PLACE):
            return
        machine.say(f"installing the load generator into {PLACE}")
        environment = machine.installer_environment()
        machine.run([sys.executable, "-m", "venv", "--without-pip", "--clear", PLACE])
        uv, listed = setup.find_uv(), PLACE / "requirements.txt"
        quiet = ["--quiet", "--project", str(setup.ROOT)]
        groups = ["--only-group", "load"]
        machine.run([uv, "export", *quiet, "--locked", "--no-emit-project", *groups, "-o", listed], environment)
        machine.run([uv, "pip", "sync", "--quiet", "--python", PLACE / "bin" / "python", listed], environment)
        stamp.write_text(wanted)


if __name__ == "__main__":
    main()
