"""Every setting with its variables, value, default and meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ploomes_sync.cli import output

if TYPE_CHECKING:
    from ploomes_sync.config import Setting


def document(found: list[Setting]) -> list[dict[str, object]]:
    """Return the settings for `--json`."""
    return [setting._asdict() for setting in found]


def tell(found: list[Setting]) -> None:
    """Print the settings."""
    table = output.Table(("variable", "value", "default", "meaning"))
    for setting in found:
        value = "wrong" if setting.wrong else setting.value
        table.add(" or ".join(setting.variables), value, setting.default, setting.meaning)
    output.show(table)
