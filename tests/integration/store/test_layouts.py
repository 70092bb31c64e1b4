"""That the clusters which stand in for Supabase have what matters there: roles, rights and time limits."""

from __future__ import annotations

import psycopg
import pytest

from servers import Cluster, Template

CALLERS = ("anon", "authenticated", "service_role")


@pytest.mark.parametrize(("template", "granted"), [("empty", False), ("empty_exposed", True)])
def test_a_new_table_is_open_to_the_api_roles_in_older_projects_only(
    supabase: Cluster,
    template: Template,
    granted: bool,  # noqa: FBT001 - a table of cases
) -> None:
    name = supabase.create(template)
    with psycopg.connect(supabase.server.dsn(name, user="postgres")) as conn:
        conn.execute("create table public.fresh (id int)")
        rows = conn.execute(
            "select has_table_privilege(r, 'public.fresh', 'select'), "
            "has_table_privilege(r, 'public.fresh', 'truncate') from unnest(%s::text[]) as r",
            [list(CALLERS)],
        ).fetchall()
    supabase.drop(name)

    # The right to truncate is never taken back by the platform.
    assert rows == [(granted, True)] * len(CALLERS)


def test_callers_come_through_the_authenticator_under_its_limits(supabase: Cluster, supabase_url: str) -> None:
    name = supabase_url.rsplit("/", 1)[1]
    with psycopg.connect(supabase.server.dsn(name, user="authenticator")) as conn:
        row = conn.execute(
            "select current_setting('statement_timeout'), current_setting('pgrst.db_schemas'), "
            "set_config('role', 'anon', true), set_config('request.jwt.claims', '{\"role\": \"anon\"}', true)"
        ).fetchone()
        caller = conn.execute("select current_user, auth.role()").fetchone()

    assert row is not None
    assert row[:2] == ("8s", "public, graphql_public")
    assert caller == ("anon", "anon")


def test_postgres_is_no_superuser_and_has_two_minutes(supabase: Cluster, supabase_url: str) -> None:
    name = supabase_url.rsplit("/", 1)[1]
    with psycopg.connect(supabase.server.dsn(name, user="postgres")) as conn:
        row = conn.execute(
            "select current_setting('is_superuser'), current_setting('statement_timeout'), "
            "(select count(*) from pg_publication where pubname = 'supabase_realtime')"
        ).fetchone()

    assert row == ("off", "2min", 1)
