"""The pretend Ploomes, run in place of this process."""

from __future__ import annotations

import os
import sys
from typing import Annotated

from cyclopts import Parameter


def simulate(*arguments: Annotated[str, Parameter(allow_leading_hyphen=True)]) -> None:
    """Serve a pretend Ploomes over HTTP; all arguments are the simulator's, see `simulate --help`."""
    os.execv(sys.executable, [sys.executable, "-m", "ploomes_simulator", *arguments])  # noqa: S606 - our own program
