"""The browser libraries of the dashboard: from npm's pinned packages to where the wheel takes them."""

from __future__ import annotations

import shutil
from pathlib import Path

VENDOR = Path("src/ploomes_sync/dashboard/static/vendor")
FILES = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "htmx.LICENSE": "htmx.org/LICENSE",
    "uplot.min.js": "uplot/dist/uPlot.iife.min.js",
    "uplot.min.css": "uplot/dist/uPlot.min.css",
    "uplot.LICENSE": "uplot/LICENSE",
    "inter.woff2": "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
    "inter.LICENSE": "@fontsource-variable/inter/LICENSE",
}


def missing(root: Path) -> bool:
    """Tell whether a file that the dashboard needs is not in its place."""
    return not all((root / VENDOR / name).exists() for name in FILES)


def copy(root: Path) -> None:
    """Copy what the dashboard serves, with the licences."""
    (root / VENDOR).mkdir(exist_ok=True)
    for name, source in FILES.items():
        shutil.copyfile(root / "node_modules" / source, root / VENDOR / name)
