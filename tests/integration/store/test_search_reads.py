from __future__ import annotations

import psycopg
import pytest
from psycopg.types.json import Jsonb

from integration.store.catalogue import ask, store
from ploomes_sync.domain.product import ProductDetail
from ploomes_sync.domain.search import Facets, SearchQuery, Subcategory
from ploomes_sync.store import search


def test_one_product_is_found_by_id_or_code_with_all_that_hangs_on_it(database_url: str) -> None:
    store(
        database_url,
        {"id": "100", "name": "by id", "code": "A-1", "base_price": "10.10", "product_type": "service"},
        {"id": "200", "name": "by code", "code": "100"},
        {"id": "300", "name": "gone", "code": "a-1", "deleted_at": "2026-01-01T00:00:00Z"},
    )
    with psycopg.connect(database_url, prepare_threshold=None) as conn:
        conn.execute(
            "update public.products_enhanced set custom_fields = %s where code = 'A-1'", [Jsonb({"Cor": "Azul"})]
        )
        (owner,) = conn.execute("select id from public.products_enhanced where code = 'A-1'").fetchone() or (0,)
        conn.execute(
            "insert into public.service_specifications (product_id, location) values (%s, 'Oficina')", [owner]
        )
        conn.execute("insert into public.product_suppliers (product_id, name) values (%s, 'Fornecedor')", [owner])
        conn.execute(
            "insert into public.product_variants (product_id, variant_key, kind) values (%s, 'part:1', 'part')",
            [owner],
        )

    def get(key: str) -> ProductDetail | None:
        return ask(database_url, lambda conn: search.product(conn, key))

    found = get("100")
    assert found is not None
    assert (found.name, found.custom_fields) == ("by id", {"Cor": "Azul"})
    assert str(found.base_price) == "10.10"
    assert found.service is not None
    assert found.service.location == "Oficina"
    assert found.rental is None
    assert [supplier.name for supplier in found.suppliers] == ["Fornecedor"]
    assert [variant.key for variant in found.variants] == ["part:1"]
    assert [getattr(get(key), "name", None) for key in ("a-1", "200")] == ["by id", "by code"]
    for nobody in ("nothing", "", "%", "\x00", "x" * 10_000):
        assert get(nobody) is None


def test_categories_are_listed_with_their_subcategories_and_counts(database_url: str) -> None:
    store(
        database_url,
        {"name": "a", "category": "Filtros", "subcategory": "De ar"},
        {"name": "b", "category": "Filtros"},
        {"name": "c", "category": "Filtros", "subcategory": "De óleo"},
        {"name": "d", "category": "Anéis"},
        {"name": "e"},
        {"name": "f", "category": "Filtros", "deleted_at": "2026-01-01T00:00:00Z"},
    )
    found = ask(database_url, search.categories)

    assert {c.name: c.products for c in found} == {"Filtros": 3, "Anéis": 1}
    (filters,) = [c for c in found if c.name == "Filtros"]
    assert sorted(filters.subcategories, key=lambda s: s.name) == [
        Subcategory("De ar", 1),
        Subcategory("De óleo", 1),
    ]


def test_counts_name_every_segment_and_type_even_when_empty(database_url: str) -> None:
    store(
        database_url,
        {"name": "a", "brand": "WEG", "segments": ["atlas", "omie"]},
        {"name": "b", "product_type": "service", "segments": ["omie"]},
        {"name": "c", "segments": ["omie"], "deleted_at": "2026-01-01T00:00:00Z"},
    )
    counts = ask(database_url, lambda conn: search.segment_counts(conn, ["rentals", "omie", "atlas"]))

    assert counts.total == 2
    assert counts.segments == {"omie": 2, "atlas": 1, "rentals": 0}
    assert counts.brands == {"WEG": 1}
    assert counts.types == {"product": 1, "service": 1, "rental": 0, "kit": 0, "component": 0}


def test_counts_of_an_empty_catalogue_are_zero(database_url: str) -> None:
    counts = ask(database_url, lambda conn: search.segment_counts(conn, ["omie"]))

    assert (counts.total, counts.segments) == (0, {"omie": 0})
    assert ask(database_url, search.categories) == []


def test_facets_count_the_whole_search_and_not_the_page(database_url: str) -> None:
    store(
        database_url,
        *({"name": "Filtro", "brand": "WEG", "category": "Filtros", "segments": ["omie"]} for _ in range(3)),
        {"name": "Filtro", "brand": "SKF", "product_type": "kit"},
        {"name": "Correia", "brand": "SKF"},
    )

    def count(query: SearchQuery) -> tuple[int, dict[str, int]]:
        found = ask(database_url, lambda conn: search.facets(conn, query))
        return found.total, found.brands

    assert count(SearchQuery(q="filtros", limit=1)) == (4, {"WEG": 3, "SKF": 1})
    assert count(SearchQuery(q="filtros", brand="SKF", min_price=None)) == (1, {"SKF": 1})
    assert count(SearchQuery()) == (5, {"WEG": 3, "SKF": 2})
    assert count(SearchQuery(q="nada disso")) == (0, {})


@pytest.mark.once
def test_facets_of_very_many_matches_are_estimates_and_say_so(database_url: str) -> None:
    with psycopg.connect(database_url, prepare_threshold=None) as conn:
        conn.execute(
            "insert into public.products_enhanced (id, ploomes_product_id, name, brand) "
            "select n, n::text, 'Kit ' || n || case when n % 24 = 0 then ' raro' else '' end, "
            "       case when n % 4 = 0 then 'WEG' else 'SKF' end from generate_series(1, 24000) n"
        )

    def count(**asked: str) -> Facets:
        return ask(database_url, lambda conn: search.facets(conn, SearchQuery(**asked)))  # type: ignore[arg-type]  # texts

    many, few = count(q="kit"), count(q="raro")

    assert (many.approximate, few.approximate) == (True, False)
    assert many.total == pytest.approx(24000, rel=0.05)
    assert many.brands["WEG"] == pytest.approx(6000, rel=0.05)
    assert (few.total, few.brands) == (1000, {"WEG": 1000})
