"""Draw the custom values of a product: what the ERP fills, what people fill, and the terms of its kind."""

import random
from collections.abc import Iterator

from ploomes_simulator.catalogue import words
from ploomes_simulator.catalogue.labels import BRANDS, SKILLS
from ploomes_simulator.catalogue.records import Fields
from ploomes_simulator.catalogue.roles import Brand, Kind, Role

Drawn = tuple[str, object]
_BRAND_OPTION = {Brand.ATLAS: 0, Brand.INGERSOLL: 1}
_COUNTED_BRANDS = 2
_NCM = ("8421.39.90", "84213990", "8414.80.12", "0402.10.10", "4010.32.00", "27101932", "84818099")


def draw_values(role: Role, rng: random.Random, price: object, marked: str, *, bare: bool) -> tuple[Drawn, ...]:
    """Return labels and values in a random order, as the service promises none."""
    drawn: list[Drawn] = []
    if role.linked:
        drawn.append(("Id (Omie)", str(4_000_000_000 + rng.randrange(900_000_000))))
    if marked:
        drawn.append(("Marca", _BRAND_OPTION[role.brand]))
    if not bare or role.kind is not Kind.PRODUCT:
        drawn.extend(_fiscal(rng))
        drawn.extend(_stock(rng, price if isinstance(price, int | float) else 0))
        if not role.brand and chance(rng, 0.5):
            drawn.append(("Marca", rng.randrange(_COUNTED_BRANDS, len(BRANDS))))
        drawn.extend(_purchase(rng))
        drawn.extend(_text(rng))
    if role.kind is Kind.SERVICE:
        drawn.extend(_service_terms(rng))
    elif role.kind is Kind.RENTAL:
        drawn.extend(_rental_terms(rng))
    rng.shuffle(drawn)
    return tuple(drawn)


def chance(rng: random.Random, share: float) -> bool:
    """Decide by lot."""
    return rng.random() < share


def _fiscal(rng: random.Random) -> Iterator[Drawn]:
    if chance(rng, 0.9):
        ncm = rng.choice(_NCM)
        yield "NCM", ncm if chance(rng, 0.8) else int(ncm.replace(".", ""))
    if chance(rng, 0.75):
        yield "CFOP", rng.choice(("5102", "5.102", "6102", "5405"))


def _stock(rng: random.Random, price: float) -> Iterator[Drawn]:
    if chance(rng, 0.8):
        yield "Estoque", rng.choice((0, rng.randrange(200), round(rng.random() * 90, 3)))
    if chance(rng, 0.7):
        yield "Custo", round(price * rng.uniform(0.4, 0.8), 2)
    if chance(rng, 0.5):
        yield "Peso (kg)", round(rng.lognormvariate(0, 1.5), 3)
    if chance(rng, 0.15):
        for label in ("Altura", "Largura", "Profundidade"):
            yield label, rng.randrange(2, 250)


def _purchase(rng: random.Random) -> Iterator[Drawn]:
    if chance(rng, 0.4):
        yield "Fornecedor", rng.choice(words.SUPPLIERS)
        yield "Código do fornecedor", f"F{rng.randrange(10**6):06d}"
    if chance(rng, 0.25):
        yield "Prazo de entrega (dias)", rng.choice((1, 5, 10, 30, 45, 90))
        yield "Custo do fornecedor", round(rng.lognormvariate(4, 1.2), 2)
    if chance(rng, 0.1):
        yield "Garantia (meses)", rng.choice((3, 6, 12, 24))


def _text(rng: random.Random) -> Iterator[Drawn]:
    if chance(rng, 0.25):
        yield "Descrição detalhada", rng.choice(words.HTML_TEXTS)
    if chance(rng, 0.06):
        yield "Tamanho", rng.choice(("P", "M", "G", "2.1/2", "DN 50"))
        yield "Cor", rng.randrange(5)
        yield "Modelo", words.model_name(rng)
    if chance(rng, 0.04):
        yield "Última revisão", f"2024-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}T00:00:00-03:00"


def _service_terms(rng: random.Random) -> Iterator[Drawn]:
    yield "Duração (h)", rng.choice((1, 2, 4.5, 8, 16))
    yield "Ciclo de cobrança", rng.randrange(4)
    yield "Tempo de resposta (h)", rng.choice((4, 8, 24, 48))
    yield "Tempo de conclusão (h)", rng.choice((24, 48, 72, 120))
    yield "Local", rng.randrange(3)
    for skill in rng.sample(range(len(SKILLS)), rng.randrange(1, 4)):
        yield "Habilidades", skill


def _rental_terms(rng: random.Random) -> Iterator[Drawn]:
    daily, units = rng.randrange(80, 1500), rng.randrange(1, 12)
    yield "Período mínimo", rng.choice((1, 3, 7))
    yield "Período máximo", rng.choice((90, 180, 365))
    yield "Diária", daily
    yield "Semanal", daily * 5
    yield "Mensal", round(daily * 16.5, 2)
    yield "Unidades totais", units
    yield "Unidades disponíveis", rng.randrange(units + 1)
    yield "Caução", daily * 10
    yield "Multa atraso", round(daily * 0.1, 2)
    yield "Multa dano", daily * 20
    yield "Entrega", chance(rng, 0.8)
    yield "Retirada", chance(rng, 0.7)


def make_part(part_id: int, kit: int, product: int, rng: random.Random) -> Fields:
    """Make one part of a kit."""
    quantity = rng.choice((1, 1, 2, 4, 10))
    return {
        "Id": 70_000_000 + part_id,
        "Name": None,
        "GroupId": None,
        "ProductId": kit,
        "ProductPartId": product,
        "GroupPartId": None,
        "ContactProductId": None,
        "ListPartId": None,
        "Default": True,
        "MinimumQuantity": 0,
        "MaximumQuantity": quantity * 5,
        "DefaultQuantity": quantity,
        "CurrencyId": 1,
        "MinimumUnitPrice": None,
        "MaximumUnitPrice": None,
        "DefaultUnitPrice": None,
        "LastUpdateDate": "2024-05-02T14:00:00-03:00",
        "Required": chance(rng, 0.5),
    }
