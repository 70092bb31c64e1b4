"""The words and code shapes of a compressor dealer; no text here names a counted brand by accident."""

import random

_THINGS = (
    ("Filtro de ar", 2),
    ("Filtro de óleo", 2),
    ("Elemento separador ar/óleo", 2),
    ("Válvula de admissão", 1),
    ("VALVULA TERMOSTATICA", 1),
    ("Válvula solenóide 220V", 1),
    ("Óleo lubrificante sintético", 3),
    ("Rolamento de esferas", 0),
    ("Kit de juntas", 7),
    ("Retentor do eixo", 7),
    ("Correia em V", 0),
    ("Sensor de pressão", 8),
    ("Contator tripolar", 8),
    ("Mangueira de alta pressão", 0),
    ("Compressor de parafuso", 4),
    ("Compressor de pistão", 4),
    ("Secador por refrigeração", 5),
    ("Purgador automático", 5),
    ("MOTOR ELETRICO WEG", 6),
    ("Acoplamento elástico", 0),
    ("Anel O'Ring", 7),
    ("Engrenagem bipartida", 0),
)
_ENDS = (
    "20 bar",
    "10 µm",
    '1/2" NPT',
    "G 3/4",
    "30 HP",
    "75 kW",
    "380V",
    "Ø 32 mm",
    "modelo antigo",
    "c/ suporte",
)
_MODELS = (
    "GA 30",
    "GA 37 VSD+",
    "GX 7",
    "SSR UP5-30",
    "R55i",
    "ZT 90",
    "SRP 3020",
    "CSD 105",
    "QT-10",
    "XAS 97",
)
SERVICES = (
    "REVISAO",
    "VISITA_TECNICA",
    "ANALISE_OLEO",
    "SERV_PREVENTIVA",
    "SERV_CORRETIVA",
    "MAO_OBRA",
    "MÃO_OBRA_H2",
    "LAUDO_NR13",
    "SERV_PLANTAO",
)
_SERVICE_NAMES = (
    "Revisão preventiva de compressor",
    "Visita técnica",
    "Análise de óleo em laboratório",
    "Manutenção corretiva",
    "Mão de obra especializada",
    "Laudo NR-13 de vaso de pressão",
    "Plantão 24 h",
)
_RENTAL_NAMES = (
    "Locação de compressor de parafuso",
    "Locação de secador",
    "Locação de reservatório 1000 L",
    "Locação de gerador 150 kVA",
)
SUPPLIERS = ("Ar Total Ltda", "Irmãos Gonçalves S.A.", "Hidráulica São José", "Import Parts GmbH", "Vedabrás")
BRAND_TEXTS = {
    "atlas": ("Atlas Copco", "ATLAS COPCO", "atlas copco", "Atlas"),
    "ingersoll": ("Ingersoll Rand", "INGERSOLL RAND", "Ingersoll-Rand", "Ingersoll"),
}
HTML_TEXTS = (
    "<p>Peça original.</p><p>Vida útil de 4.000&nbsp;h.</p>",
    "<ul><li>Aço inox</li><li>Garantia de fábrica</li></ul>",
    "&lt;p&gt;Texto colado de outra tela &amp;amp; escapado&lt;/p&gt;",
    "Sem formatação; usar somente óleo indicado.\nTrocar a cada 2.000 h.",
)


_WORD_INSIDE = 9  # one service in so many has no CIA_ in front


def thing_name(rng: random.Random) -> tuple[str, int]:
    """Name a part or machine; the second value is the position of its group."""
    name, group = rng.choice(_THINGS)
    return f"{name} {rng.choice(_ENDS)} {rng.randrange(1, 9999)}", group


def service_name(rng: random.Random) -> str:
    """Name a service."""
    return f"{rng.choice(_SERVICE_NAMES)} {rng.choice(_MODELS)}"


def rental_name(rng: random.Random) -> str:
    """Name a rental."""
    return f"{rng.choice(_RENTAL_NAMES)} {rng.choice(_MODELS)}"


def model_name(rng: random.Random) -> str:
    """Name a machine's model."""
    return rng.choice(_MODELS)


def atlas_code(rng: random.Random) -> str:
    """Draw a part number such as 1613 6105 00."""
    return f"{rng.randrange(1000, 2999)} {rng.randrange(10_000):04d} {rng.randrange(100):02d}"


def ingersoll_code(rng: random.Random) -> str:
    """Draw a part number such as 39751391."""
    return str(rng.randrange(22_000_000, 99_999_999))


def plain_code(rng: random.Random, position: int) -> str:
    """Draw a code in one of the shapes that have grown over the years."""
    shapes = (
        f"{position:05d}",
        f"PC-{position:04d}",
        f"vlv {position} 1/2 npt",
        f"Fil.{position}a",
        f"ABC{position}X",
        f"{rng.randrange(10, 99)}.{position:06d}/B",
        f"EQ_TERC_{position}",
        f"ÓLEO {position}",
        f"{789_000_000_0000 + position}",
    )
    return rng.choice(shapes)


def service_code(rng: random.Random, rank: int) -> str:
    """Draw a code that makes a service: mostly CIA_…, some by a word inside."""
    if rank % _WORD_INSIDE == 0:
        return f"{rng.choice(('GA_SERV', 'COMP_MAO_OBRA', 'SEC_MÃO_OBRA', 'TEC_SERVICO'))}_{rank:03d}"
    return f"CIA_{SERVICES[rank % len(SERVICES)]}{rng.choice(('_', ' #'))}{rank:03d}"


def rental_code(rank: int) -> str:
    """Return a code that makes a rental."""
    return f"CIA_LOC_TAG #{rank:02d}" if rank % 3 else f"CIA_LOC_{rank:03d}"
