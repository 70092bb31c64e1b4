"""The syntax tree of a filter."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The sorts of values a filter can compare."""

    NUMBER = "number"
    TEXT = "text"
    DATE = "date"
    FLAG = "flag"
    NULL = "null"


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant; dates are milliseconds."""

    kind: Kind
    value: int | float | str | bool | None


@dataclass(frozen=True, slots=True)
class Path:
    """Names joined by slashes, such as Group/Name."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compare:
    """Two operands and one of eq, ne, gt, ge, lt, le."""

    operator: str
    left: "Operand"
    right: "Operand"


@dataclass(frozen=True, slots=True)
class TextTest:
    """contains, startswith or endswith."""

    function: str
    text: "Operand"
    wanted: "Operand"


@dataclass(frozen=True, slots=True)
class Flag:
    """A bare boolean, such as Suspended."""

    operand: "Operand"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True when some row of a collection passes, or exists when there is no test."""

    path: Path
    variable: str
    test: "Node | None"


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    part: "Node"


@dataclass(frozen=True, slots=True)
class And:
    """True when all parts are."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """True when one part is."""

    parts: tuple["Node", ...]


Operand = Literal | Path
Node = Compare | TextTest | Flag | AnyOf | Not | And | Or
