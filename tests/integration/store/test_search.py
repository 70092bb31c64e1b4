from __future__ import annotations

from decimal import Decimal
from typing import Any

import psycopg
import pytest

from integration.store.catalogue import ask, store
from ploomes_sync.domain.product import Kind
from ploomes_sync.domain.search import SearchQuery, Sort
from ploomes_sync.store import search
from ploomes_sync.store.db import Connection


def names(dsn: str, q: str = "", **options: Any) -> list[str]:  # noqa: ANN401 - fields of the query
    page = ask(dsn, lambda conn: search.search(conn, SearchQuery(q=q, **options)))
    return [hit.name for hit in page.items]


@pytest.mark.parametrize(
    ("singular", "plural"),
    [
        ("Locação", "Locações"),
        ("Iluminação", "Iluminações"),
        ("Pão", "Pães"),
        ("Balão", "Balões"),
        ("Mão", "Mãos"),
        ("Painel", "Painéis"),
        ("Inflável", "Infláveis"),
        ("Lençol", "Lençóis"),
        ("Válvula", "Válvulas"),
        ("Óleo", "Óleos"),
        ("Som", "Sons"),
        ("Luz", "Luzes"),
        ("Flor", "Flores"),
        ("Compressor", "Compressores"),
        ("Varal", "Varais"),
        ("Motor elétrico", "Motores elétricos"),
    ],
)
def test_singular_and_plural_find_each_other_with_and_without_accents(
    database_url: str, singular: str, plural: str
) -> None:
    store(database_url, {"name": singular}, {"name": plural}, {"name": "Zzzz"})
    plain = str.maketrans("çãõáéíóúâêô", "caoaeiouaeo")
    for q in (
        singular,
        plural,
        singular.lower().translate(plain),
        plural.upper(),
        plural.lower().translate(plain),
    ):
        assert sorted(names(database_url, q)) == sorted([singular, plural]), q


@pytest.mark.parametrize(
    ("q", "name"),
    [
        ("rolamneto", "Rolamento SKF 6205"),
        ("atlsa", "Filtro Atlas Copco"),
        ("maqina fumaca", "Locação de Máquina de Fumaça"),
        ("compresor parafuzo", "Compressor de parafuso"),
        ("compre", "Compressor de parafuso"),
        ("valvla", "Válvula solenoide"),
    ],
)
def test_typing_errors_are_forgiven(database_url: str, q: str, name: str) -> None:
    catalogue = (
        "Rolamento SKF 6205",
        "Filtro Atlas Copco",
        "Locação de Máquina de Fumaça",
        "Compressor de parafuso",
        "Válvula solenoide",
        "Correia",
    )
    store(database_url, *({"name": entry} for entry in catalogue))

    assert names(database_url, q)[:1] == [name]


def test_codes_come_first_whole_then_by_beginning_then_by_part(database_url: str) -> None:
    store(
        database_url,
        {"name": "text 1613", "code": "A"},
        {"name": "part", "code": "X-1613-9"},
        {"name": "beginning", "code": "1613-8390"},
        {"name": "whole", "code": "1613"},
        {"name": "other", "code": "77"},
    )

    assert names(database_url, " 1613 ") == ["whole", "beginning", "part", "text 1613"]
    assert names(database_url, "cia_loc_ç") == []


def test_a_code_counts_without_case_and_accents(database_url: str) -> None:
    store(database_url, {"name": "a", "code": "CIA_MÃO #12"}, {"name": "b", "code": "CIA_LOC"})

    assert names(database_url, "cia_mao #12") == ["a"]
    assert names(database_url, "CIA_") == ["b", "a"]


@pytest.mark.parametrize(
    "q", ["%", "_", "%%", "a%", "\\", "a\\", "\\_", "'", "''", '"', "$$", ":*", "|", "&", "!a"]
)
def test_signs_with_a_meaning_for_patterns_and_queries_are_only_signs(database_url: str, q: str) -> None:
    store(database_url, {"name": "um", "code": "11"}, {"name": "dois", "code": "22"})

    assert names(database_url, q) == []


def test_signs_in_codes_are_found_as_they_are(database_url: str) -> None:
    store(
        database_url,
        {"name": "a", "code": "50%_x"},
        {"name": "b", "code": "50axx"},
        {"name": "c", "code": "5\\0'"},
    )

    assert names(database_url, "50%_x") == ["a"]
    assert names(database_url, "50%") == ["a"]
    assert names(database_url, "5\\0'") == ["c"]


@pytest.mark.parametrize(
    "q",
    [
        "'; drop table public.products_enhanced; --",
        "x' or '1'='1",
        "{}",
        "\x00",
        "a\x00b",
        "\ud800",
        "%s",
        "%(q)s",
    ],
)
def test_no_text_is_ever_taken_for_a_statement(database_url: str, q: str) -> None:
    store(database_url, {"name": "Filtro"})
    names(database_url, q)
    for option in ("brand", "category", "segment", "source"):
        assert names(database_url, **{option: q}) == []

    assert names(database_url) == ["Filtro"]


@pytest.mark.parametrize("q", ["filtro " * 5000, "x" * 100_000, "ç" * 10_000, "a b " * 1000, "%" * 5000])
def test_a_very_long_question_is_answered(database_url: str, q: str) -> None:
    store(database_url, {"name": "Filtro de ar"}, {"name": "Correia"})

    assert names(database_url, q) == (["Filtro de ar"] if q.startswith("filtro") else [])


@pytest.mark.parametrize("q", ["", "   ", "\t\n"])
def test_without_words_all_are_listed_by_name(database_url: str, q: str) -> None:
    store(database_url, {"name": "Óleo"}, {"name": "anel"}, {"name": "Zinco"}, {"name": "Ácido"})

    assert names(database_url, q) == ["Ácido", "anel", "Óleo", "Zinco"]


def test_filters_narrow_down_and_combine(database_url: str) -> None:
    store(
        database_url,
        {
            "name": "a",
            "brand": "Atlas Copco",
            "base_price": 10,
            "segments": ["atlas", "omie"],
            "stock_quantity": 2,
        },
        {"name": "b", "brand": "Schulz", "base_price": 20, "category": "Filtros", "active": False},
        {"name": "c", "product_type": "rental", "base_price": 30, "source_system": "omie", "segments": ["omie"]},
        {"name": "d"},
    )

    assert names(database_url, brand="Atlas Copco") == ["a"]
    assert names(database_url, category="Filtros") == ["b"]
    assert names(database_url, type=Kind.RENTAL) == ["c"]
    assert names(database_url, segment="omie") == ["a", "c"]
    assert names(database_url, segment="omie", type=Kind.RENTAL) == ["c"]
    assert names(database_url, min_price=Decimal(20)) == ["b", "c"]
    assert names(database_url, min_price=Decimal("10.01"), max_price=Decimal("29.99")) == ["b"]
    assert names(database_url, in_stock=True) == ["a"]
    assert names(database_url, in_stock=False) == ["b", "c", "d"]
    assert names(database_url, active=False) == ["b"]
    assert names(database_url, source="omie") == ["c"]
    assert names(database_url, brand="Schulz", segment="omie") == []


def test_deleted_products_appear_only_when_asked_for(database_url: str) -> None:
    store(database_url, {"name": "Filtro vivo"}, {"name": "Filtro morto", "deleted_at": "2026-01-01T00:00:00Z"})

    assert names(database_url, "filtro") == names(database_url) == ["Filtro vivo"]
    assert sorted(names(database_url, "filtro", deleted=True)) == ["Filtro morto", "Filtro vivo"]


def test_sorting_puts_unpriced_and_undated_products_last(database_url: str) -> None:
    store(
        database_url,
        {"name": "x none"},
        {"name": "x dear", "base_price": "99.90", "source_updated_at": "2026-01-01T00:00:00Z"},
        {"name": "x cheap", "base_price": "0.00", "source_updated_at": "2026-02-01T00:00:00Z"},
    )

    for q in ("", "x"):
        assert names(database_url, q, sort=Sort.PRICE) == ["x cheap", "x dear", "x none"]
        assert names(database_url, q, sort=Sort.PRICE_DESC) == ["x dear", "x cheap", "x none"]
        assert names(database_url, q, sort=Sort.UPDATED) == ["x cheap", "x dear", "x none"]
        assert names(database_url, q, sort=Sort.NAME) == ["x cheap", "x dear", "x none"]


def pages(dsn: str, limit: int, **options: Any) -> list[int]:  # noqa: ANN401 - fields of the query
    async def walk(conn: Connection) -> list[int]:
        found: list[int] = []
        after = None
        while True:
            query = SearchQuery(limit=limit, after=after, **options)
            page = await search.search(conn, query)
            found += [hit.id for hit in page.items]
            after = page.next
            if after is None:
                return found

    return ask(dsn, walk)


@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize("q", ["", "filtro"])
def test_pages_meet_every_match_once_and_in_order(database_url: str, q: str, sort: Sort) -> None:
    store(
        database_url,
        *(
            {
                "name": f'Filtro "{n % 7}" \\ de ar',
                "code": f"F-{n}",
                "base_price": [None, n % 3, n % 5][n % 3],
                "source_updated_at": [None, "2026-01-01T00:00:00.123456Z", "2026-01-02T00:00:00Z"][n % 3],
            }
            for n in range(100)
        ),
    )
    whole = pages(database_url, 500, q=q, sort=sort)

    assert sorted(whole) == list(range(1, 101))
    assert pages(database_url, 7, q=q, sort=sort) == whole
    assert pages(database_url, 50, q=q, sort=sort) == whole


def test_more_matches_than_can_be_weighed_are_paged_through_all_the_same(database_url: str) -> None:
    store(
        database_url,
        {"name": "whole code", "code": "filtro"},
        *({"name": f"Filtro {999 - n:04}"} for n in range(1000)),
        *({"name": f"Kit {n:04}", "description": "filtro"} for n in range(800)),
        *({"name": f"Anel do filtro {n:04}"} for n in range(800)),
    )
    whole = pages(database_url, 500, q="filtro")
    first, *_ = names(database_url, "filtro", limit=1)

    assert first == "whole code"
    assert whole == [1, *range(1001, 1, -1), *range(1802, 2602), *range(1002, 1802)]
    assert pages(database_url, 113, q="filtro") == whole


def test_a_cursor_of_another_order_or_of_nobody_is_refused() -> None:
    for after in ("", "x", "[]", '["price",1,"",2]', '["name",1,"",2,3]', '["name","a","",2]', "null", "\ud800"):
        with pytest.raises(ValueError, match="after must be"):
            SearchQuery(after=after)
    for limit in (0, -1, 501):
        with pytest.raises(ValueError, match="limit must be"):
            SearchQuery(limit=limit)


def test_words_that_were_found_are_marked_and_names_are_escaped(database_url: str) -> None:
    store(database_url, {"name": "<b>Válvulas</b> & solenoide"})
    page = ask(database_url, lambda conn: search.search(conn, SearchQuery(q="valvula")))

    assert page.items[0].highlight == "&lt;b&gt;<mark>Válvulas</mark>&lt;/b&gt; &amp; solenoide"


def test_a_change_of_a_product_is_searched_at_once_and_other_rows_stay(database_url: str) -> None:
    store(database_url, {"name": "Filtro"}, {"name": "Correia"})
    with psycopg.connect(database_url, prepare_threshold=None) as conn:
        conn.execute("update public.products_enhanced set name = 'Polia', code = 'NEW' where name = 'Filtro'")

    assert names(database_url, "filtro") == []
    assert names(database_url, "polia") == names(database_url, "new") == ["Polia"]
    with psycopg.connect(database_url, prepare_threshold=None) as conn:
        conn.execute("delete from public.products_enhanced where name = 'Polia'")

    assert names(database_url) == ["Correia"]


def test_no_text_is_too_long_for_the_indexes(database_url: str) -> None:
    words = " ".join(f"palavra{n}" for n in range(60_000))
    store(database_url, {"name": words, "code": "ç" * 9000, "description": words * 2, "brand": "b" * 9000})

    assert len(names(database_url, "palavra1")) == 1


def test_nobody_may_search_without_being_granted_it(database_url: str) -> None:
    with psycopg.connect(database_url, prepare_threshold=None) as conn:
        open_to_all = conn.execute(
            "select p.oid::regprocedure::text from pg_proc p "
            "where p.pronamespace::regnamespace::text in ('public', 'ploomes_sync') "
            "and (p.proacl is null or array_to_string(p.proacl, ',') ~ '(^|,)=X')"
        ).fetchall()

    assert open_to_all == []


def test_matches_that_are_many_at_a_glance_are_paged_through_without_counting_them(database_url: str) -> None:
    with psycopg.connect(database_url, prepare_threshold=None) as conn:
        conn.execute(
            "insert into public.products_enhanced (id, ploomes_product_id, name, code, category) "
            "select i.id, i.id::text, 'Kit ' || i.id || case when i.id % 3 = 0 then ' filtro' else '' end, 'K', "
            "       case when i.id % 3 = 1 then 'Filtros' end "
            "from (select n + 1024 * (n / 60) as id from generate_series(1, 6000) n) i"
        )
        ids = [i for (i,) in conn.execute("select id from public.products_enhanced order by id").fetchall()]
    named = [i for i in ids if i % 3 == 0]
    other = [i for i in ids if i % 3 == 1]

    assert pages(database_url, 450, q="filtro") == named + other
    assert pages(database_url, 450, q="filtro", category="Filtros") == other
    assert pages(database_url, 450, q="filtro", sort=Sort.UPDATED) == sorted(named + other)


def buffers(dsn: str, q: str, brand: str | None) -> int:
    """Count the pages that the second one of two equal searches reads."""
    with psycopg.connect(dsn, prepare_threshold=None) as conn:
        for _ in range(2):
            ((plan,),) = conn.execute(
                "explain (analyze, buffers, format json) "
                "select f.id from public.search_products(%s, of_brand => %s, page_size => 5) f",
                [q, brand],
            ).fetchall()
    return int(plan[0]["Plan"]["Shared Hit Blocks"] + plan[0]["Plan"]["Shared Read Blocks"])


@pytest.mark.once
def test_a_beginning_of_many_codes_is_not_walked_for_a_brand_that_none_of_them_has(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True, prepare_threshold=None) as conn:
        conn.execute(
            "insert into public.products_enhanced (id, ploomes_product_id, name, code, brand) "
            "select n, n::text, case when n % 3 = 0 then 'Óleo ' else 'Kit ' end || n, "
            "       case when n % 3 > 0 then 'OLEO-' || n end, case when n % 3 = 0 then 'WEG' end "
            "from generate_series(1, 15000) n"
        )
        conn.execute("vacuum analyze ploomes_sync.product_search")

    assert names(database_url, "óleo", brand="WEG", limit=2) == ["Óleo 10002", "Óleo 10005"]
    assert buffers(database_url, "óleo", "WEG") < 1000
    assert buffers(database_url, "óleo", None) < 1000


def test_many_matches_are_met_once_in_the_order_of_name_and_of_price(database_url: str) -> None:
    with psycopg.connect(database_url, prepare_threshold=None) as conn:
        conn.execute(
            "insert into public.products_enhanced "
            "(id, ploomes_product_id, name, code, description, segments, base_price) "
            "select i.id, i.id::text, chr(97 + i.id::int % 19) || chr(97 + i.id::int % 5) || 'c ' || i.id, "
            "       case when i.id % 500 = 0 then 'FILTRO-' || i.id end, "
            "       case when i.id % 3 > 0 and i.id % 19 <> 4 then 'filtro' end, "
            "       case when i.id % 3 > 0 then '{atlas}'::text[] else '{}' end, i.id * 7919 % 5003 "
            "from (select n + 1024 * (n / 60) as id from generate_series(1, 6000) n) i"
        )
        rows = conn.execute(
            "select id, name, base_price, description is not null or code is not null, segments <> '{}' "
            "from public.products_enhanced"
        ).fetchall()
    by_name = sorted(rows, key=lambda row: (row[1], row[0]))
    by_price = sorted(rows, key=lambda row: (row[2], row[0]))

    assert pages(database_url, 450, q="filtro", sort=Sort.NAME) == [row[0] for row in by_name if row[3]]
    assert pages(database_url, 450, q="filtro", sort=Sort.PRICE) == [row[0] for row in by_price if row[3]]
    assert pages(database_url, 450, segment="atlas", sort=Sort.NAME) == [row[0] for row in by_name if row[4]]
    assert pages(database_url, 450, segment="atlas", sort=Sort.PRICE) == [row[0] for row in by_price if row[4]]
