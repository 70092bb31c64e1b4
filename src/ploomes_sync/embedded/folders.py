"""Where the embedded server keeps its files, who owns them, and locks on them."""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ploomes_sync.embedded.account import Account, account_for, name_of
from ploomes_sync.errors import SettingsError, StoreDownError

LONGEST_SOCKET = 103
"""Bytes of a socket's whole path that every system takes; Linux alone would take 107."""
SOCKET_NAME = ".s.PGSQL.5432"
LOCK_SECONDS = 150.0
LOG_BYTES = 5_000_000


@dataclass(frozen=True, slots=True)
class Home:
    """The private folder of one server and the account that owns it."""

    root: Path
    account: Account

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own data directory."""
        return self.root / "data"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.root / "server.log"

    @contextmanager
    def start_lock(self) -> Iterator[None]:
        """Hold the lock under which a server is made, started or stopped; one command at a time."""
        handle = open_private(self.root / "start.lock", self.account)
        try:
            deadline = time.monotonic() + LOCK_SECONDS
            while not try_lock(handle, fcntl.LOCK_EX):
                if time.monotonic() > deadline:
                    raise StoreDownError(
                        f"Another command has been starting PostgreSQL in {self.root} too long; try again."
                    )
                time.sleep(0.01)
            yield
        finally:
            os.close(handle)

    def join_users(self) -> int:
        """Count this command among the server's users until the returned handle is closed, or it dies."""
        handle = open_private(self.root / "users.lock", self.account)
        fcntl.flock(handle, fcntl.LOCK_SH)
        return handle


def is_last_user(handle: int) -> bool:
    """Tell whether nobody else uses the server; to be asked under the start lock."""
    return try_lock(handle, fcntl.LOCK_EX)


def default_data_dir() -> Path:
    """Tell the data folder of whoever chose none; root's own home is closed to the server's account."""
    if os.geteuid() == 0:
        return Path("/var/lib/ploomes-sync")
    try:
        if sys.platform == "darwin":
            return Path.home() / "Library" / "Application Support" / "ploomes-sync"
        chosen = Path(os.environ.get("XDG_DATA_HOME", ""))
        base = chosen if chosen.is_absolute() else Path.home() / ".local" / "share"
    except RuntimeError as error:
        raise SettingsError("There is no home folder: set PLOOMES_SYNC_DATA to a folder.") from error
    return base / "ploomes-sync"


def open_home(data_dir: Path) -> Home:
    """Make the server's folder inside the data folder, or check the one that is there."""
    root = data_dir.expanduser().resolve() / "postgres"
    try:
        root.parent.mkdir(mode=0o755 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
        owner = owner_of(root)
        account = account_for(owner)
        check_path(root, account)
        if owner is None:
            root.mkdir(mode=0o700, exist_ok=True)
        check_owner(root, account)
    except OSError as error:
        raise SettingsError(
            f"The data folder {data_dir} cannot be used: {error.strerror or error}. "
            "Set PLOOMES_SYNC_DATA to a folder that you may write to."
        ) from error
    return Home(root, account)


def owner_of(path: Path) -> int | None:
    """Tell who owns a path, of a link the link itself; none when nothing is there."""
    try:
        return path.lstat().st_uid
    except FileNotFoundError:
        return None


def check_path(root: Path, account: Account) -> None:
    """Refuse a place that root can see but the server's account cannot."""
    if not account.switched:
        return
    for folder in reversed(root.parents):
        if not account.can_enter(folder):
            raise SettingsError(
                f"As root, PostgreSQL runs as {account.name}, who may not enter {folder}: "
                "set PLOOMES_SYNC_DATA to another folder, for example /var/lib/ploomes-sync."
            )


def check_owner(root: Path, account: Account) -> None:
    """Refuse a folder that is a link or somebody else's; one that root has just made is handed over."""
    found = root.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise SettingsError(f"{root} is no folder: move it away, or set PLOOMES_SYNC_DATA to another folder.")
    if account.switched and found.st_uid == 0:
        account.adopt(root)
    elif found.st_uid != account.uid:
        raise SettingsError(
            f"{root} belongs to {name_of(found.st_uid)}, not to {account.name}: "
            "run as that user, or set PLOOMES_SYNC_DATA to a folder of your own."
        )


def socket_folder(home: Home) -> Path:
    """Choose where the socket lies: in the server's folder, or where that is too long, in a private one."""
    inside = home.root
    if len(os.fsencode(inside / SOCKET_NAME)) <= LONGEST_SOCKET and "," not in str(inside):
        return inside
    key = hashlib.sha256(os.fsencode(inside)).hexdigest()[:12]
    short = Path("/tmp") / f"ploomes-sync-{home.account.uid}-{key}"  # noqa: S108 - checked below, and sticky
    try:
        short.mkdir(mode=0o700)
        home.account.adopt(short)
    except FileExistsError:
        found = short.lstat()
        private = stat.S_ISDIR(found.st_mode) and not stat.S_IMODE(found.st_mode) & 0o077
        if not private or found.st_uid != home.account.uid:
            raise SettingsError(
                f"{short} is not a private folder of {home.account.name}: remove it, "
                "or set PLOOMES_SYNC_DATA to a folder with a shorter name."
            ) from None
    return short


def open_log(home: Home) -> int:
    """Open the server's log for appending; a big one is put aside first, so that two are kept at most."""
    try:
        if home.log.lstat().st_size > LOG_BYTES:
            home.log.replace(home.log.with_suffix(".log.1"))
    except FileNotFoundError:
        pass
    return open_private(home.log, home.account)


def open_private(path: Path, account: Account) -> int:
    """Open a file for appending that only the account can read; a symbolic link is refused."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise SettingsError(f"{path} cannot be opened: {error.strerror}.") from error
    if account.switched:
        os.fchown(handle, account.uid, account.gid)
    return handle


def try_lock(handle: int, kind: int) -> bool:
    """Take a lock unless somebody holds it; the kernel drops it when the holder dies."""
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise SettingsError(
            f"The data folder's file system cannot lock files ({error.strerror}): "
            "set PLOOMES_SYNC_DATA to a folder on a local disk."
        ) from error
    return True
