from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from ploomes_sync.api import create_api
from ploomes_sync.config import read_settings

DOCUMENT = Path(__file__).parents[3] / "docs/api.md"


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return create_api(read_settings(_env_file=None)).openapi()


def test_every_address_is_named_in_the_documentation_and_no_other(described: dict[str, Any]) -> None:
    named = set(re.findall(r"`(GET|POST) (/[\w/{}.-]+)`", DOCUMENT.read_text(encoding="utf-8")))
    there = {(method.upper(), path) for path, operations in described["paths"].items() for method in operations}

    assert sorted(there - named) == []
    assert sorted(named - there) == []


def test_every_answer_has_a_schema_and_an_example(described: dict[str, Any]) -> None:
    bare = [
        (path, status, media)
        for path, operations in described["paths"].items()
        for operation in operations.values()
        for status, answer in operation["responses"].items()
        for media, content in answer.get("content", {}).items()
        if media.endswith("json") and ("example" not in content or not content["schema"].get("$ref"))
    ]
    assert bare == []


def test_every_reference_of_the_document_leads_somewhere(described: dict[str, Any]) -> None:
    wanted = set(re.findall(r"'#/components/schemas/(\w+)'", str(described)))
    assert sorted(wanted - described["components"]["schemas"].keys()) == []


def test_all_but_probes_and_webhooks_ask_for_a_token(described: dict[str, Any]) -> None:
    open_to_all = {
        path
        for path, operations in described["paths"].items()
        if any("security" not in operation for operation in operations.values())
    }
    assert open_to_all == {"/livez", "/readyz", "/webhook/ploomes", "/webhook/ploomes/{key}"}
