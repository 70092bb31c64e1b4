"""Turn a filter's syntax tree into a test of rows, checking every name on the way."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, assert_never

from ploomes_simulator.catalogue.records import Row
from ploomes_simulator.dates import parse_date
from ploomes_simulator.odata.errors import QueryError, UnknownNameError
from ploomes_simulator.odata.syntax import (
    And,
    AnyOf,
    Compare,
    Flag,
    Kind,
    Node,
    Not,
    Operand,
    Or,
    Path,
    TextTest,
)
from ploomes_simulator.schema import ENTITIES, Entity, kind_of
from ploomes_simulator.world import World

Scope = tuple[Row, ...]
Test = Callable[[Scope], bool]
Read = Callable[[Scope], Any]

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_FITTING: dict[Kind, type | tuple[type, ...]] = {
    Kind.TEXT: str,
    Kind.FLAG: bool,
    Kind.NUMBER: (int, float),
}
_TEXT_TESTS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda text, wanted: wanted in text,
    "startswith": str.startswith,
    "endswith": str.endswith,
}


@dataclass(frozen=True, slots=True)
class Names:
    """Which rows a filter can speak of: the root, and one per variable of an enclosing any()."""

    entities: tuple[Entity, ...]
    variables: tuple[str, ...] = ("",)

    def with_variable(self, variable: str, entity: Entity) -> "Names":
        """Return the names inside an any()."""
        return Names((*self.entities, entity), (*self.variables, variable))


@dataclass(frozen=True, slots=True)
class Compiler:
    """Compiles filters against one world, with or without regard to case."""

    world: World
    fold_case: bool

    def row_test(self, node: Node, entity: Entity) -> Callable[[Row], bool]:
        """Return a test of one row."""
        test = self._test(node, Names((entity,)))
        return lambda row: test((row,))

    def row_value(self, path: tuple[str, ...], entity: Entity) -> Callable[[Row], Any]:
        """Return a reader of one value, for orders."""
        read, _ = self._path(Path(path), Names((entity,)))
        return lambda row: read((row,))

    def _test(self, node: Node, names: Names) -> Test:
        match node:
            case And(parts):
                tests = [self._test(part, names) for part in parts]
                return lambda scope: all(test(scope) for test in tests)
            case Or(parts):
                tests = [self._test(part, names) for part in parts]
                return lambda scope: any(test(scope) for test in tests)
            case Not(part):
                inner = self._test(part, names)
                return lambda scope: not inner(scope)
            case Compare() | TextTest() | Flag() | AnyOf():
                return self._single(node, names)
            case _:
                assert_never(node)

    def _single(self, node: Compare | TextTest | Flag | AnyOf, names: Names) -> Test:
        match node:
            case Compare():
                return self._compare(node, names)
            case TextTest():
                return self._text_test(node, names)
            case Flag(operand):
                return self._flag(operand, names)
            case AnyOf():
                return self._any(node, names)
            case _:
                assert_never(node)

    def _compare(self, node: Compare, names: Names) -> Test:
        left, left_kind = self._operand(node.left, names)
        right, right_kind = self._operand(node.right, names)
        if Kind.NULL not in (left_kind, right_kind) and left_kind is not right_kind:
            raise QueryError(
                "A binary operator with incompatible types was detected. Found operand types "
                f"'{left_kind}' and '{right_kind}' for operator kind '{node.operator}'."
            )
        compare = _OPERATORS[node.operator]
        if node.operator in ("eq", "ne"):
            return lambda scope: compare(left(scope), right(scope))

        def ordered(scope: Scope) -> bool:
            one, other = left(scope), right(scope)
            try:
                return one is not None and other is not None and compare(one, other)
            except TypeError:
                return False

        return ordered

    def _text_test(self, node: TextTest, names: Names) -> Test:
        read, text_kind = self._operand(node.text, names)
        wanted, wanted_kind = self._operand(node.wanted, names)
        if text_kind is not Kind.TEXT or wanted_kind is not Kind.TEXT:
            raise QueryError(f"No function signature for '{node.function}' matches the given arguments.")
        passes = _TEXT_TESTS[node.function]

        def test(scope: Scope) -> bool:
            text, part = read(scope), wanted(scope)
            return isinstance(text, str) and isinstance(part, str) and passes(text, part)

        return test

    def _flag(self, operand: Operand, names: Names) -> Test:
        read, kind = self._operand(operand, names)
        if kind is not Kind.FLAG:
            raise QueryError("The filter is no condition.")
        return lambda scope: read(scope) is True

    def _any(self, node: AnyOf, names: Names) -> Test:
        depth, path = _resolve_variable(node.path, names)
        entity, world = names.entities[depth], self.world
        relation = entity.relations.get(path[0])
        if len(path) != 1 or relation is None:
            raise UnknownNameError(f"Could not find a property named '{'/'.join(path)}'.")
        if not relation.many:
            raise QueryError(f"any() cannot be applied to the single-valued '{path[0]}'.")
        follow = relation.follow
        if node.test is None:
            return lambda scope: bool(follow(world, scope[depth]))
        inner = self._test(node.test, names.with_variable(node.variable, ENTITIES[relation.target]))

        def test(scope: Scope) -> bool:
            rows = follow(world, scope[depth])
            return any(inner((*scope, row)) for row in rows) if isinstance(rows, list | tuple) else False

        return test

    def _operand(self, operand: Operand, names: Names) -> tuple[Read, Kind]:
        if isinstance(operand, Path):
            return self._path(operand, names)
        value = operand.value
        if isinstance(value, str) and self.fold_case:
            value = value.casefold()
        return (lambda _: value), operand.kind

    def _path(self, path: Path, names: Names) -> tuple[Read, Kind]:
        depth, steps = _resolve_variable(path, names)
        entity = names.entities[depth]
        follows = []
        for step in steps[:-1]:
            relation = entity.relations.get(step)
            if relation is None:
                raise UnknownNameError(f"Could not find a property named '{step}' on '{entity.name}'.")
            if relation.many:
                raise QueryError(f"The collection '{step}' needs any().")
            follows.append(relation.follow)
            entity = ENTITIES[relation.target]
        name = steps[-1] if steps else ""
        if name not in entity.fields:
            raise UnknownNameError(f"Could not find a property named '{name}' on '{entity.name}'.")
        return self._reader(depth, follows, name), kind_of(name)

    def _reader(self, depth: int, follows: list[Any], name: str) -> Read:
        world = self.world
        finish = self._finish(kind_of(name))

        def read(scope: Scope) -> object:
            row: Any = scope[depth]
            for follow in follows:
                row = follow(world, row)
                if row is None:
                    return None
            return finish(row[name])

        return read

    def _finish(self, kind: Kind) -> Callable[[Any], Any]:
        """Bring a stored value into the form in which it is compared; what does not fit counts as null."""
        if kind is Kind.DATE:
            return parse_date
        if kind is Kind.TEXT and self.fold_case:
            return lambda value: value.casefold() if isinstance(value, str) else None
        fitting = _FITTING[kind]
        return lambda value: value if isinstance(value, fitting) else None


def _resolve_variable(path: Path, names: Names) -> tuple[int, tuple[str, ...]]:
    if path.names[0] in names.variables[1:]:
        return names.variables.index(path.names[0]), path.names[1:]
    return 0, path.names
