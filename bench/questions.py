"""What people ask a catalogue: a realistic mix of searches, drawn from the products that it holds."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple

import psycopg

from ploomes_sync.domain.product import Kind
from ploomes_sync.domain.search import SearchQuery, Sort

WORDS = ("filtro", "válvula", "compressor", "correia", "óleo", "rolamento", "secador", "sensor", "pressão")
PAIRS = ("filtro ar", "óleo sintético", "válvula admissão", "sensor pressão", "compressor parafuso", "kit juntas")
PLURALS = ("VALVULAS", "locações", "rolamento de esfera", "oleos", "Filtros de AR", "motores elétricos")
MISSPELT = ("rolamneto", "compresor parafuzo", "valvla", "filtor", "locasao", "termostatca")
RARE = ("laudo vaso", "plantão", "locação gerador", "bipartida 4711", "separador 1234")
NOTHING = ("xyzzy", "qwertz 99", "99-nada-99", "zzz")
FILTERS: tuple[dict[str, object], ...] = (
    {"segment": "atlas"},
    {"segment": "services"},
    {"brand": "Ingersoll Rand"},
    {"category": "Filtros"},
    {"in_stock": True},
    {"type": Kind.RENTAL},
    {"min_price": Decimal(100), "max_price": Decimal(200)},
    {"category": "Filtros", "brand": "WEG", "in_stock": True},
)
SEGMENTS = ("services", "rentals", "atlas", "ingersoll", "omie")


class Sample(NamedTuple):
    """Codes that the catalogue holds."""

    codes: tuple[str, ...]


def draw_sample(dsn: str) -> Sample:
    """Choose codes evenly over the whole catalogue."""
    with psycopg.connect(dsn) as conn:
        rows = conn.execute(
            "select p.code from public.products_enhanced p join (select floor(random() * m.top) as id "
            "from (select max(id) as top from public.products_enhanced) m, generate_series(1, 400)) r "
            "on p.id = r.id where p.code is not null"
        ).fetchall()
    return Sample(tuple(code for (code,) in rows))


def kinds(sample: Sample, rng: random.Random) -> dict[str, tuple[int, Callable[[], SearchQuery]]]:
    """Give each kind of question with its share in the mix."""

    def code() -> str:
        return rng.choice(sample.codes)

    def of(texts: Sequence[str], **filters: object) -> Callable[[], SearchQuery]:
        return lambda: SearchQuery(q=rng.choice(texts), **filters)  # type: ignore[arg-type]  # fields of the query

    def narrowed() -> SearchQuery:
        return SearchQuery(q=rng.choice(WORDS), **rng.choice(FILTERS))  # type: ignore[arg-type]  # likewise

    def listed(sort: Sort) -> Callable[[], SearchQuery]:
        return lambda: SearchQuery(sort=sort, in_stock=rng.choice((None, None, True)))

    def segment() -> SearchQuery:
        return SearchQuery(segment=rng.choice(SEGMENTS), sort=rng.choice((Sort.NAME, Sort.PRICE)))

    return {
        "exact code": (15, lambda: SearchQuery(q=code())),
        "beginning of a code": (10, lambda: SearchQuery(q=code()[: rng.randrange(3, 6)])),
        "part of a code": (5, lambda: SearchQuery(q=code()[2:8])),
        "one word": (14, of(WORDS)),
        "two words": (10, of(PAIRS)),
        "plural, accents": (6, of(PLURALS)),
        "misspelt": (5, of(MISSPELT)),
        "rare words": (5, of(RARE)),
        "word and filters": (10, narrowed),
        "list by name": (4, listed(Sort.NAME)),
        "list by price": (3, listed(rng.choice((Sort.PRICE, Sort.PRICE_DESC)))),
        "list by date": (3, listed(Sort.UPDATED)),
        "a segment": (4, segment),
        "a category": (2, lambda: SearchQuery(category=rng.choice(("Filtros", "Peças")), brand="WEG")),
        "words by price": (1, of(WORDS, sort=Sort.PRICE)),
        "words by name": (1, of(WORDS, sort=Sort.NAME)),
        "nothing there": (2, of(NOTHING)),
    }
