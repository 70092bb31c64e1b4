"""Every setting with its variables, value, default and meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ploomes_sync.cli import output

if TYPE_CHECKING:
    from ploomes_sync.config import Settings


class Setting(NamedTuple):
    """One setting; `value` never is a secret, `wrong` says what is wrong with it."""

    variables: tuple[str, ...]
    value: str
    default: str
    meaning: str
    wrong: str | None = None


def read(settings: Settings | None, complaint: str = "") -> list[Setting]:
    """Describe all settings; without any, `complaint` tells which are wrong."""
    from ploomes_sync.config import Settings, variables

    found = []
    for name, field in Settings.model_fields.items():
        names = variables(name)
        value = "" if settings is None else _shown(getattr(settings, name))
        wrong = complaint if any(f"{variable}:" in complaint for variable in names) else None
        found.append(Setting(names, value, _shown(field.default), field.description or "", wrong))
    return found


def _shown(value: object) -> str:
    from pydantic import SecretStr

    if isinstance(value, SecretStr):
        return "set"
    if isinstance(value, bool):
        return str(value).lower()
    if value is None or value == "":
        return "not set"
    return f"{value:g}" if isinstance(value, float) else str(value)


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
