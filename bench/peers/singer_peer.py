"""Singer: our tap piped into MeltanoLabs' target-postgres, with COPY. Runs in Singer's own environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path


def main() -> int:
    """Run the pipe and return the first exit status that is not 0."""
    state = Path(os.environ["BENCH_STATE"])
    state.mkdir(parents=True, exist_ok=True)
    config = state / "target.json"
    config.write_text(
        json.dumps(
            {
                "sqlalchemy_url": os.environ["BENCH_DATABASE"].replace("postgresql://", "postgresql+psycopg://"),
                "default_target_schema": "peer",
                "use_copy": True,
                "sanitize_null_text_characters": True,
                "validate_records": False,
                "add_record_metadata": False,
                "activate_version": False,
                "batch_size_rows": int(os.environ["BENCH_ROWS"]),
            }
        )
    )
    tap = [sys.executable, str(Path(__file__).with_name("singer_tap.py")), "--config", "ENV"]
    target = [str(Path(sys.executable).with_name("target-postgres")), "--config", str(config)]
    with subprocess.Popen(tap, stdout=subprocess.PIPE) as reading:  # noqa: S603 - our own programs
        with subprocess.Popen(target, stdin=reading.stdout, stdout=subprocess.DEVNULL) as writing:  # noqa: S603 - as above
            if reading.stdout is not None:
                reading.stdout.close()
            written = writing.wait()
        read = reading.wait()
    return written or read


if __name__ == "__main__":
    sys.exit(main())
