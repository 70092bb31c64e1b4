"""Measures the service against the simulator on this machine: `python -m bench` prints the tables."""

from __future__ import annotations

import asyncio
import sys

from bench import throttled
from ploomes_sync import telemetry

if __name__ == "__main__":
    telemetry.configure(json=False, level="error")
    sys.exit(asyncio.run(throttled.main()))
