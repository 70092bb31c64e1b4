from __future__ import annotations

import pytest

from ploomes_sync.api import problems
from ploomes_sync.api.admission import needed_scope
from ploomes_sync.api.problems import as_api_error, shown_path
from ploomes_sync.api.replies import knows
from ploomes_sync.api.syncs import preferred_wait
from ploomes_sync.domain.token import Scope, bearer_token
from ploomes_sync.errors import (
    CircuitOpenError,
    CredentialsError,
    MigrationError,
    RateLimitedError,
    RunStateError,
    StoreDownError,
    StoreError,
    SyncError,
    UnknownRunError,
)

PREFERENCES = [
    ([], 0),
    (["wait=10"], 10),
    (["respond-async, wait=5"], 5),
    (["respond-async", 'Wait = "7"; x=1'], 7),
    (["wait=100000"], 120),
    (["wait=-1"], 0),
    (["wait=soon"], 0),
    (["wait"], 0),
    (["wait=٣"], 0),
]


@pytest.mark.parametrize(("prefer", "seconds"), PREFERENCES)
def test_a_preference_to_wait_is_read_and_an_odd_one_ignored(prefer: list[str], seconds: int) -> None:
    assert preferred_wait(prefer) == seconds


ERRORS: list[tuple[Exception, int, str | None]] = [
    (StoreDownError("connection to 10.0.0.7 failed for user x"), 503, "5"),
    (RateLimitedError("Ploomes asks to slow down (429).", 17.0), 503, "17"),
    (CircuitOpenError("Ploomes failed.", 0.2), 503, "1"),
    (UnknownRunError("There is no run 1."), 404, None),
    (RunStateError("It has ended."), 409, None),
    (CredentialsError("Ploomes refused the key (401)."), 502, None),
    (MigrationError("relation x is missing"), 503, "5"),
    (StoreError("PostgreSQL refused a statement: permission denied for table secret."), 500, None),
    (SyncError("anything"), 500, None),
    (KeyError("secret"), 500, None),
]


@pytest.mark.parametrize(("error", "status", "retry_after"), ERRORS)
def test_every_error_has_its_status_and_keeps_the_inner_things_in(
    error: Exception, status: int, retry_after: str | None
) -> None:
    refusal = as_api_error(error)

    assert (refusal.kind.status, refusal.headers.get("retry-after")) == (status, retry_after)
    assert not any(word in refusal.detail for word in ("10.0.0.7", "secret", "relation", "anything"))


def test_every_kind_of_problem_has_a_name_of_its_own() -> None:
    kinds = [value for value in vars(problems).values() if isinstance(value, problems.Kind)]
    assert len({kind.slug for kind in kinds}) == len(kinds) > 15


def test_the_secret_in_the_address_of_a_webhook_is_never_shown() -> None:
    assert shown_path({"path": "/ploomes/webhook/ploomes/secret"}) == "/ploomes/webhook/ploomes"


SCOPES = [
    ("GET", "/api/sync/products/search", Scope.READ),
    ("HEAD", "/metrics", Scope.READ),
    ("POST", "/api/sync/products", Scope.SYNC),
    ("POST", "/api/sync/runs/1/cancel", Scope.SYNC),
    ("POST", "/api/sync/runs/1/confirm", Scope.ADMIN),
    ("DELETE", "/anything", Scope.SYNC),
]


@pytest.mark.parametrize(("method", "path", "scope"), SCOPES)
def test_what_a_request_needs_follows_from_what_it_does(method: str, path: str, scope: Scope) -> None:
    assert needed_scope(method, path) is scope


def test_scopes_include_one_another() -> None:
    allowed = {(mine.value, asked.value) for mine in Scope for asked in Scope if mine.allows(asked)}
    assert allowed == {
        ("read", "read"),
        ("sync", "read"),
        ("sync", "sync"),
        ("admin", "read"),
        ("admin", "sync"),
        ("admin", "admin"),
    }


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer pls_abc", "pls_abc"),
        ("bearer  pls_abc ", "pls_abc"),
        ("Basic pls_abc", None),
        ("Bearer abc", None),
        ("pls_abc", None),
        ("", None),
        (None, None),
        ("Bearer pls_" + "x" * 300, None),
    ],
)
def test_only_what_could_be_a_token_is_taken_for_one(header: str | None, token: str | None) -> None:
    assert bearer_token(header) == token


@pytest.mark.parametrize(
    ("given", "known"), [(b'"a"', True), (b'W/"a"', True), (b'"b", "a"', True), (b"*", True), (b'"b"', False)]
)
def test_an_entity_tag_is_known_in_any_of_its_forms(given: bytes, known: bool) -> None:  # noqa: FBT001 - a table of cases
    assert knows([(b"if-none-match", given)], b'"a"') is known
