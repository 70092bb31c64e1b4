"""Asks a database the way Supabase's Data API does: one transaction a request, in the caller's role."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.sql import SQL

from servers import Cluster

USER = "8f14e45f-ceea-467f-a0c2-2f1a4b6d0c11"
AS_JSON = SQL("select coalesce(json_agg(q), '[]') from ({}) q")


@dataclass(frozen=True)
class DataApi:
    """One database, reached as the API's own login."""

    dsn: str

    @contextmanager
    def request(self, role: str, *, read_only: bool = False) -> Iterator[psycopg.Connection[Any]]:
        with psycopg.connect(self.dsn, prepare_threshold=None) as conn:
            if read_only:
                conn.execute("set transaction read only")
            claims = {"role": role, **({"sub": USER} if role == "authenticated" else {})}
            conn.execute(
                "select set_config('search_path', 'public, extensions', true), set_config('role', %s, true), "
                "set_config('request.jwt.claims', %s, true)",
                [role, json.dumps(claims)],
            )
            yield conn

    def get(self, role: str, query: str) -> list[dict[str, Any]]:
        """Read as `GET` would: in a read-only transaction, as one JSON document."""
        with self.request(role, read_only=True) as conn:
            row = conn.execute(AS_JSON.format(SQL(query))).fetchone()
        assert row is not None
        return list(row[0])

    def change(self, role: str, statement: str) -> int:
        """Write as `POST`, `PATCH` or `DELETE` would; returns how many rows it met."""
        with self.request(role) as conn:
            return conn.execute(statement.encode()).rowcount

    def refused(self, role: str, statement: str) -> str:
        """Return the message of a statement that must be refused for want of a right."""
        try:
            self.change(role, statement)
        except psycopg.errors.InsufficientPrivilege as error:
            return str(error).splitlines()[0]
        raise AssertionError(f"{role} was allowed to: {statement}")


def data_api(cluster: Cluster, dsn: str) -> DataApi:
    """Log in to the database of an address as the API does."""
    return DataApi(cluster.dsn(dsn.rpartition("/")[2], user="authenticator"))
