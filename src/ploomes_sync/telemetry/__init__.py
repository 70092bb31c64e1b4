"""What a process tells of itself: logs, counters and traces.

`metrics` and `traces` are imported by whoever needs them, so that a command that only prints starts fast.
"""

from ploomes_sync.telemetry.logs import Log, areas, configure, keep_quiet, redact, strike_secrets

__all__ = ["Log", "areas", "configure", "keep_quiet", "redact", "strike_secrets"]
