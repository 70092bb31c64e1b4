"""Writes the migrations as files for `supabase db push`; the ledger lets both ways of applying them meet."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

from ploomes_sync.store.migrate import Migration, migrations
from ploomes_sync.store.statements import statements

_EXPORTED = re.compile(r"^\d+_ploomes_sync_(\d{4})_\w+\.sql$")
_STAMPED = re.compile(r"^(\d{14})_.*\.sql$")
_STAMP = "%Y%m%d%H%M%S"
_HEAD = "-- Written by `ploomes-sync migrations export`; harmless where `ploomes-sync migrate` has applied it.\n"


def export(folder: Path, now: datetime) -> list[Path]:
    """Write each migration that the folder lacks, stamped later than all it holds; return what was written.

    Raises OSError when the folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = [file.name for file in folder.iterdir()]
    present = {int(match[1]) for name in names if (match := _EXPORTED.match(name))}
    stamp = max([_moment(now), *(_after(match[1]) for name in names if (match := _STAMPED.match(name)))])
    written = []
    for migration in migrations():
        if migration.version not in present:
            written.append(_write(folder, stamp, migration))
            stamp += timedelta(seconds=1)
    return written


def _write(folder: Path, stamp: datetime, migration: Migration) -> Path:
    path = folder / f"{stamp:{_STAMP}}_ploomes_sync_{migration.version:04}_{migration.name}.sql"
    # The lock of `migrate`, so that both may run at once; it holds for the file, which is one transaction.
    lock = statements("migrate")["lock"]
    path.write_text(f"{_HEAD}{lock}\n\n{migration.text}", encoding="utf-8")
    return path


def _moment(now: datetime) -> datetime:
    return now.replace(microsecond=0, tzinfo=None)


def _after(digits: str) -> datetime:
    """Return the second after a stamp; digits that are no time, such as a counter, hold nobody up."""
    try:
        return datetime.strptime(digits, _STAMP) + timedelta(seconds=1)  # noqa: DTZ007 - the CLI's stamps are UTC
    except ValueError:
        return datetime.min  # noqa: DTZ901 - compared with stamps, which are naive too
