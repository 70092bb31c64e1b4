"""Generates the types that front-end developers use. Written anew, from the project's folder, by

PYTHONPATH=tests .venv/bin/python -m integration.supabase.generate
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from integration.supabase.cli import PROJECT, supabase
from servers import open_cluster

HEADS = {
    "types/database.types.ts": "// Made by `supabase gen types --lang typescript`; not to be edited.\n",
    "types/database_types.py": (
        "# Made by `supabase gen types --lang python`; not to be edited, and so in the style of that program.\n"
        "# ruff: noqa: D100, D101, E501, F401, F821, I001, ICN001, INP001, UP006, UP035, UP045\n# fmt: off\n"
    ),
}


def generated(folder: Path, dsn: str) -> dict[str, str]:
    """Return the files' texts by their places in the project, as the schema of a database has them."""
    made = {}
    for place, head in HEADS.items():
        language = "typescript" if place.endswith(".ts") else "python"
        text = supabase(folder, dsn, "gen", "types", "--lang", language, "--schema", "public")
        made[place] = head + text.strip() + "\n"
    return made


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, open_cluster("supabase") as cluster:
        for place, text in generated(Path(folder), cluster.dsn(cluster.create("migrated"))).items():
            file = PROJECT / place
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
