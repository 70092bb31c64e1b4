"""The optional recipe for pg_cron: what it would run does run."""

from __future__ import annotations

import re

import psycopg

from integration.supabase.cli import PROJECT

JOB = re.compile(r"cron\.schedule\('ploomes-sync (\w+)', '([^']+)', \$\$(.*?)\$\$\)", re.DOTALL)


OLD_ANSWER = """
insert into public.api_cache (key, data, expires_at)
values (%s::text, '1', now() + interval '1 hour' - %s::interval)
"""
OLD_EVENT = "insert into ploomes_sync.run_events (at, event) values (now() - %s::interval, 'x')"


def test_each_chore_runs_and_takes_what_is_old_only(database_url: str) -> None:
    jobs = JOB.findall((PROJECT / "docs/pg_cron.sql").read_text(encoding="utf-8"))
    with psycopg.connect(database_url) as conn:
        for age in ("1 second", "1 year"):
            conn.execute(OLD_ANSWER, [age, age])
            conn.execute(OLD_EVENT, [age])
        for _, schedule, statements in jobs:
            assert len(schedule.split()) == 5
            conn.execute(statements)
        kept = conn.execute("select key from public.api_cache").fetchall()
        events = conn.execute("select count(*) from ploomes_sync.run_events").fetchone()

    assert [name for name, _, _ in jobs] == ["cache", "changes", "history"]
    assert kept == [("1 second",)]
    assert events == (1,)
