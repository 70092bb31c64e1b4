from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg

from serving import environment, serving_process
from system.support import running_source

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
EXAMPLES = 6
SECONDS = "35"


def test_the_api_keeps_to_its_document_whatever_is_sent(database_url: str, tmp_path: Path) -> None:
    """Everything that the document allows, and much that it forbids, by a tool that invents requests."""
    with running_source(tmp_path, products=300) as source:
        env = environment(database_url, source.url, HTTP_RATE_LIMIT_PER_MINUTE=0)
        with serving_process(env, tmp_path, "--no-worker") as http:
            assert http.get("/openapi.json").json()["openapi"].startswith("3.1")
            done = subprocess.run(  # noqa: S603 - a tool of the project
                [
                    *(sys.executable, "-m", "schemathesis.cli", "run", f"{http.base_url}/openapi.json"),
                    *("--checks", CHECKS, "--mode", "all", "--max-examples", str(EXAMPLES), "--seed", "7"),
                    *("--phases", "examples,coverage,fuzzing", "--exclude-path-regex", "events$|health$"),
                    *("--request-timeout", "20", "--no-color", "--workers", "1", "--no-shrink"),
                    *("--max-time", SECONDS, "--continue-on-failure", "--header", "Prefer: respond-async"),
                ],
                cwd=tmp_path,
                env={**env, "PATH": os.environ["PATH"]},
                capture_output=True,
                text=True,
                timeout=180,
                check=False,
            )
    summary = done.stdout[-16000:]
    print(summary[-1500:])  # noqa: T201 - the figures belong to the report
    assert done.returncode == 0, summary
    said = (tmp_path / "said").read_text()
    assert "Traceback" not in said
    with psycopg.connect(database_url) as conn:
        assert conn.execute("select from ploomes_sync.runs limit 1").fetchone() is not None, "runs were asked for"
