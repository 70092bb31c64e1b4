"""The custom fields of products: one row per label, so that readers find them all here."""

import random
import uuid
from dataclasses import dataclass
from typing import Literal

Native = Literal["String", "BigString", "Integer", "Decimal", "DateTime", "Bool"]


@dataclass(frozen=True, slots=True)
class Label:
    """One custom field: its name, the kind of its value, and its options when it is a list."""

    name: str
    native: Native
    options: tuple[str, ...] = ()
    multiple: bool = False


@dataclass(frozen=True, slots=True)
class CustomField:
    """A label as this account knows it: with its id, its key and the ids of its options."""

    id: int
    key: str
    label: Label
    first_option: int

    def option_id(self, position: int) -> int:
        """Return the id of the option at a position."""
        return self.first_option + position


BRANDS = (
    "Atlas Copco",
    "Ingersoll Rand",
    "Schulz",
    "Chicago Pneumatic",
    "Kaeser",
    "Worthington",
    "Danfoss",
    "Parker",
    "SKF",
    "Metalplan",
)
SKILLS = ("Mecânica", "Elétrica", "Refrigeração", "Automação", "Análise de vibração", "NR-13")

LABELS = (
    Label("Id (Omie)", "String"),
    Label("NCM", "String"),
    Label("CFOP", "String"),
    Label("Estoque", "Decimal"),
    Label("Custo", "Decimal"),
    Label("Peso (kg)", "Decimal"),
    Label("Altura", "Decimal"),
    Label("Largura", "Decimal"),
    Label("Profundidade", "Decimal"),
    Label("Marca", "Integer", BRANDS),
    Label("Fornecedor", "String"),
    Label("Código do fornecedor", "String"),
    Label("Prazo de entrega (dias)", "Integer"),
    Label("Custo do fornecedor", "Decimal"),
    Label("Descrição detalhada", "BigString"),
    Label("Duração (h)", "Decimal"),
    Label("Ciclo de cobrança", "Integer", ("Avulso", "Mensal", "Trimestral", "Anual")),
    Label("Tempo de resposta (h)", "Integer"),
    Label("Tempo de conclusão (h)", "Integer"),
    Label("Habilidades", "Integer", SKILLS, multiple=True),
    Label("Local", "Integer", ("Cliente", "Oficina", "Remoto")),
    Label("Garantia (meses)", "Integer"),
    Label("Período mínimo", "Integer"),
    Label("Período máximo", "Integer"),
    Label("Diária", "Decimal"),
    Label("Semanal", "Decimal"),
    Label("Mensal", "Decimal"),
    Label("Unidades totais", "Integer"),
    Label("Unidades disponíveis", "Integer"),
    Label("Caução", "Decimal"),
    Label("Multa atraso", "Decimal"),
    Label("Multa dano", "Decimal"),
    Label("Entrega", "Bool"),
    Label("Retirada", "Bool"),
    Label("Tamanho", "String"),
    Label("Cor", "Integer", ("Amarelo", "Azul", "Cinza", "Preto", "Vermelho")),
    Label("Modelo", "String"),
    Label("Última revisão", "DateTime"),
)

_FIRST_FIELD = 400_700
_FIELD_STEP = 3
_OPTION_STEP = 100
_FIRST_OPTION = 400_800_000


def make_fields(seed: int) -> dict[str, CustomField]:
    """Give each label the id and the key it has in this account; keys differ between seeds."""
    return {
        label.name: CustomField(
            id=_FIRST_FIELD + position * _FIELD_STEP,
            key=_key(seed, label.name),
            label=label,
            first_option=_FIRST_OPTION + position * _OPTION_STEP,
        )
        for position, label in enumerate(LABELS)
    }


def _key(seed: int, name: str) -> str:
    bits = random.Random(f"{seed}:{name}").getrandbits(128)  # noqa: S311 - a pretend key, no secret
    return f"product_{str(uuid.UUID(int=bits, version=4)).upper()}"
