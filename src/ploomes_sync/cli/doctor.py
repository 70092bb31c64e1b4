"""Whether everything that a sync needs is there, and what to do where it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ploomes_sync.cli import checks, output, settings_table, start
from ploomes_sync.cli.check import Check
from ploomes_sync.cli.failure import Exit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ploomes_sync.config import Setting, Settings


async def doctor(
    *,
    settings: Annotated[bool, Parameter(help="Only show the settings.")] = False,
    probe: Annotated[
        bool, Parameter(help="Learn by some twenty reading calls what the account's server does, and keep it.")
    ] = False,
    json: start.Json = False,
) -> int:
    """Check the settings, the classification profile, the database and the key, and say what to do next.

    Exit 1 when a check fails, 2 when a setting is wrong. Secrets are never shown.
    """
    from ploomes_sync.config import describe
    from ploomes_sync.errors import SettingsError

    read: Settings | None = None
    complaint = ""
    try:
        read = start.load_settings()
    except SettingsError as error:
        complaint = str(error)
    shown = describe(read, complaint)
    found: list[Check] = []
    if read is None:
        found.append(Check("fail", "settings", complaint, wrong_setting=True))
    elif not settings:
        found = [Check("ok", "settings", "all are valid"), *await checks.run(read)]
        if probe and not any(check.result == "fail" for check in found):
            found += await checks.probe(read)
    if json:
        output.write_json({"settings": settings_table.document(shown), "checks": [c.document() for c in found]})
    else:
        _tell(shown if settings else [], found)
    return _code(found)


def _tell(shown: list[Setting], found: Sequence[Check]) -> None:
    if shown:
        settings_table.tell(shown)
    width = max((len(check.about) for check in found), default=0)
    for check in found:
        output.say(output.clean(f"{check.result:<4}  {check.about:<{width}}  {check.said}"))
    if found and not shown:
        output.say("", "`ploomes-sync doctor --settings` shows every setting.")


def _code(found: Sequence[Check]) -> Exit:
    if any(check.wrong_setting for check in found):
        return Exit.USAGE
    return Exit.FAILED if any(check.result == "fail" for check in found) else Exit.DONE
