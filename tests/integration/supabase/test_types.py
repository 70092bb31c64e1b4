"""The types that are shipped for front-end developers are those of the schema."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import psycopg
from psycopg.rows import dict_row

from integration.store.catalogue import store
from integration.supabase import generate
from integration.supabase.cli import PROJECT
from servers import Cluster

VIEWS = {
    "PublicProductsWithSpecifications": "table public.products_with_specifications",
    "PublicProductCategories": "table public.product_categories",
    "PublicCatalogueFreshness": "table public.catalogue_freshness",
    "PublicProductsEnhanced": "table public.products_enhanced",
}


def test_the_shipped_types_are_those_of_the_schema(clusters: Callable[[str], Cluster], tmp_path: Path) -> None:
    cluster = clusters("supabase")
    cluster.need("migrated")
    now = generate.generated(tmp_path, cluster.dsn("migrated"))

    for place, text in now.items():
        assert (PROJECT / place).read_text(encoding="utf-8") == text, generate.__doc__


def test_typescript_knows_what_a_front_end_reads() -> None:
    text = (PROJECT / "types/database.types.ts").read_text(encoding="utf-8")

    for name in ("products_with_specifications", "product_categories", "catalogue_freshness", "search_products"):
        assert f'"{name}":' in text


def test_the_python_types_take_the_rows_that_the_database_gives(database_url: str) -> None:
    store(database_url, {"name": "Filtro", "code": "F-1", "category": "Filtros", "segments": ["atlas"]})
    types = shipped()
    with psycopg.connect(database_url, row_factory=dict_row) as conn:
        for model, statement in VIEWS.items():
            (row,) = conn.execute(statement.encode()).fetchall()
            parsed = getattr(types, model).model_validate(row)

            assert parsed.model_dump(by_alias=True).keys() == row.keys()


def shipped() -> ModuleType:
    spec = importlib.util.spec_from_file_location("database_types", PROJECT / "types/database_types.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where annotations are looked up
    spec.loader.exec_module(module)
    return module
