"""The operating-system account that a server runs as: PostgreSQL refuses to run as root."""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ploomes_sync.errors import SettingsError, StoreDownError

STEP_SECONDS = 300
"""How long one helper program, the slowest of which is initdb, may take."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who owns the server's files; `switched` when this process is root and must become them."""

    uid: int
    gid: int
    name: str
    switched: bool

    def run(self, argv: list[str]) -> subprocess.CompletedProcess[str]:
        """Run one of PostgreSQL's programs to its end, out of reach of the terminal's Ctrl-C."""
        try:
            return subprocess.run(  # noqa: S603 - argv is built here from paths and never seen by a shell
                argv,
                cwd="/",
                env=clean_environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
                timeout=STEP_SECONDS,
                start_new_session=True,
                user=self.uid if self.switched else None,
                group=self.gid if self.switched else None,
                extra_groups=[] if self.switched else None,
            )
        except subprocess.TimeoutExpired as error:
            raise StoreDownError(f"{argv[0]} has not ended after {STEP_SECONDS} s.") from error

    def spawn(self, argv: list[str], log: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start a program that outlives this one: its own session, no terminal, output to the log."""
        return subprocess.Popen(  # noqa: S603 - argv is built here from paths and never seen by a shell
            argv,
            cwd="/",
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=0o077,
            user=self.uid if self.switched else None,
            group=self.gid if self.switched else None,
            extra_groups=[] if self.switched else None,
        )

    def adopt(self, path: Path) -> None:
        """Hand a file or folder that root has just made to the account."""
        if self.switched:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def can_enter(self, folder: Path) -> bool:
        """Tell whether the account may go through a folder, by its permission bits."""
        found = folder.stat()
        if found.st_uid == self.uid:
            return bool(found.st_mode & 0o100)
        if found.st_gid == self.gid:
            return bool(found.st_mode & 0o010)
        return bool(found.st_mode & 0o001)


def clean_environment() -> dict[str, str]:
    """Drop libpq's variables, which would change what the programs do, and have messages in English."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    return {**kept, "LC_ALL": "C"}


def account_for(owner: int | None) -> Account:
    """Choose the account: ourselves, or for root the existing folder's owner, else `postgres` or `nobody`."""
    me = os.geteuid()
    if me != 0:
        return Account(me, os.getegid(), name_of(me), switched=False)
    if owner:
        return Account(owner, group_of(owner), name_of(owner), switched=True)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid, name, switched=True)
    raise SettingsError(
        "PostgreSQL refuses to run as root and this machine has no account `postgres` or `nobody`: "
        "run as an ordinary user, or set DATABASE_URL."
    )


def name_of(uid: int) -> str:
    """Name an account for a message; containers often run under a number without a name."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def group_of(uid: int) -> int:
    """Find an account's own group; one without an entry gets the group of the same number."""
    try:
        return pwd.getpwuid(uid).pw_gid
    except KeyError:
        return uid
