"""Prepare the checkout: `.venv` with what the lock file says, and for the tests their servers.

Usage: python -m scripts.setup run|check|test. `run` is what the service needs, `check` adds the developers'
tools and `test` Debian's packages and all of npm's. Standard library only; a second call with nothing to do takes
a blink, and with --look it only tells by its exit code whether there is. Nothing outside the checkout changes
but Debian packages, and those only where this user may install them.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from scripts import machine

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
TOOLS = ROOT / ".cache" / "tools"
STAMP = VENV / "setup-stamp"
UV = "uv>=0.13,<0.14"
LEVELS = ("run", "check", "test")


def main(level: str) -> None:
    """Bring the checkout up to a level; one that it has already costs nothing."""
    if not os.access(ROOT, os.W_OK):
        machine.stop(f"you may not write to {ROOT}: clone the project into a folder of your own.")
    wanted = fingerprint()
    if not already(level, wanted) or not machine.has_npm(ROOT, level):
        TOOLS.parent.mkdir(exist_ok=True)
        with (TOOLS.parent / "setup.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not already(level, wanted):
                install(level)
                STAMP.write_text(f"{level} {wanted} {ROOT}\n")
            if not machine.has_npm(ROOT, level):
                machine.install_npm(ROOT, VENV, level)
    if level == "test":
        machine.install_programs()


def complete(level: str) -> bool:
    """Tell whether there is nothing to do."""
    ready = already(level, fingerprint()) and machine.has_npm(ROOT, level)
    return ready and (level != "test" or not machine.missing_debian())


def fingerprint() -> str:
    """Sum up everything that decides what has to be installed."""
    files = [ROOT / "uv.lock", ROOT / "pyproject.toml", Path(__file__)]
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()[:16]


def already(level: str, wanted: str) -> bool:
    """Tell whether an earlier call has installed this level, here, with an interpreter that still runs."""
    try:
        done, found, place = STAMP.read_text().rstrip("\n").split(" ", 2)
    except (OSError, ValueError):
        return False
    enough = LEVELS.index(level) == 0 or LEVELS.index(done) > 0
    return enough and found == wanted and place == str(ROOT) and runs(VENV)


def runs(venv: Path) -> bool:
    """Tell whether an environment's interpreter still works and is new enough."""
    python = venv / "bin" / "python"
    code = "import sys; sys.exit(sys.version_info < (3, 11))"
    try:
        return subprocess.run([python, "-I", "-S", "-c", code], check=False).returncode == 0  # noqa: S603 - our own
    except OSError:
        return False


def install(level: str) -> None:
    """Fill `.venv` with exactly the locked versions and the project itself, editable."""
    machine.say(f"installing the locked Python packages into {VENV}")
    clear_unusable()
    environment = machine.installer_environment()
    if not runs(VENV):
        machine.run([sys.executable, "-m", "venv", "--without-pip", VENV])
    STAMP.unlink(missing_ok=True)
    uv = find_uv()
    wanted = TOOLS.parent / "requirements.txt"
    groups = ["--no-dev"] if level == "run" else ["--group", "dev"]
    quiet = ["--quiet", "--project", str(ROOT)]
    machine.run([uv, "export", *quiet, "--locked", "--no-emit-project", *groups, "-o", wanted], environment)
    here = ["--quiet", "--python", str(VENV / "bin" / "python")]
    # As pip does: a program starts in half the time, also where PYTHONDONTWRITEBYTECODE is set.
    machine.run([uv, "pip", "sync", *here, "--compile-bytecode", "--require-hashes", wanted], environment)
    machine.run([uv, "pip", "install", *here, "--no-deps", "--editable", ROOT], environment)
    machine.run([VENV / "bin" / "python", "-m", "compileall", "-q", ROOT / "src"])


def clear_unusable() -> None:
    """Remove a `.venv` whose interpreter is gone or that was made elsewhere; stop at somebody else's."""
    if not VENV.exists() and not VENV.is_symlink():
        return
    if not os.access(VENV, os.W_OK) and VENV.exists():
        machine.stop(f"{VENV} belongs to another user: remove it (sudo rm -rf {VENV}) and try again.")
    moved = STAMP.exists() and not STAMP.read_text().rstrip("\n").endswith(f" {ROOT}")
    if runs(VENV) and not moved:
        return
    machine.say(f"{VENV} was moved or its Python is gone: making it again")
    if VENV.is_symlink():
        VENV.unlink()
        return
    try:
        shutil.rmtree(VENV)
    except OSError as error:
        machine.stop(f"{VENV} cannot be removed ({error.strerror}): remove it (sudo rm -rf {VENV}).")


def find_uv() -> Path:
    """Give the uv that reads our lock file, fetched by pip into a folder of the checkout."""
    uv = TOOLS / "bin" / "uv"
    if works(uv):
        return uv
    present = shutil.which("uv")
    if present and works(Path(present)):
        return Path(present)
    shutil.rmtree(TOOLS, ignore_errors=True)
    machine.run([*installer(), "--quiet", "--disable-pip-version-check", UV])
    return uv


def works(uv: Path) -> bool:
    """Tell whether a uv is there, runs, and is of the wanted line."""
    try:
        told = subprocess.run([uv, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - our own
    except OSError:
        return False
    return told.stdout.startswith("uv 0.13.")


def installer() -> list[str | Path]:
    """Find a pip that leaves every interpreter as it is: Debian's bare Python lacks some of the pieces."""
    if importlib.util.find_spec("ensurepip"):
        machine.run([sys.executable, "-m", "venv", TOOLS])
        return [TOOLS / "bin" / "python", "-m", "pip", "install"]
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip", "install", "--target", TOOLS]
    if shutil.which("virtualenv"):
        machine.run(["virtualenv", "--quiet", "--python", sys.executable, TOOLS])
        return [TOOLS / "bin" / "python", "-m", "pip", "install"]
    machine.install_debian([f"python3.{sys.version_info.minor}-venv"])
    machine.run([sys.executable, "-m", "venv", TOOLS])
    return [TOOLS / "bin" / "python", "-m", "pip", "install"]


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3) or sys.argv[1] not in LEVELS:
        sys.exit(__doc__)
    if sys.argv[2:] == ["--look"]:
        sys.exit(not complete(sys.argv[1]))
    main(sys.argv[1])
