"""Find the bounds on Id and LastUpdateDate in a filter, so that a page need not read every row."""

from dataclasses import dataclass, replace

from ploomes_simulator.odata.syntax import And, Compare, Kind, Literal, Node, Or, Path


@dataclass(frozen=True, slots=True)
class Bounds:
    """Ids in (above, up_to], or exactly these ids; dates in [since, until]; and what else is asked."""

    above: int | None = None
    up_to: int | None = None
    only: frozenset[int] | None = None
    since: int | None = None
    until: int | None = None
    rest: Node | None = None

    @property
    def dated(self) -> bool:
        """Tell whether dates are bounded."""
        return self.since is not None or self.until is not None


def find_bounds(node: Node | None) -> Bounds:
    """Split a filter into bounds and the rest; together they mean the same as the filter."""
    parts = _conjunction(node)
    bounds, rest = Bounds(), []
    for part in parts:
        narrowed = _narrow(bounds, part)
        if narrowed is None:
            rest.append(part)
        else:
            bounds = narrowed
    if not rest:
        return bounds
    return replace(bounds, rest=rest[0] if len(rest) == 1 else And(tuple(rest)))


def _conjunction(node: Node | None) -> list[Node]:
    if node is None:
        return []
    if isinstance(node, And):
        return [inner for part in node.parts for inner in _conjunction(part)]
    return [node]


def _narrow(bounds: Bounds, part: Node) -> Bounds | None:
    if isinstance(part, Or):
        wanted = [_equal_id(inner) for inner in part.parts]
        known = frozenset(value for value in wanted if value is not None)
        return _only(bounds, known) if None not in wanted else None
    if not isinstance(part, Compare) or not isinstance(part.left, Path) or not isinstance(part.right, Literal):
        return None
    value = part.right.value
    if part.left.names == ("Id",) and isinstance(value, int) and part.right.kind is Kind.NUMBER:
        return _narrow_id(bounds, part.operator, value)
    if part.left.names == ("LastUpdateDate",) and isinstance(value, int) and part.right.kind is Kind.DATE:
        return _narrow_date(bounds, part.operator, value)
    return None


def _equal_id(node: Node) -> int | None:
    match node:
        case Compare("eq", Path(("Id",)), Literal(Kind.NUMBER, int(value))):
            return value
        case _:
            return None


def _only(bounds: Bounds, ids: frozenset[int]) -> Bounds:
    return replace(bounds, only=ids if bounds.only is None else bounds.only & ids)


def _narrow_id(bounds: Bounds, operator: str, value: int) -> Bounds | None:
    match operator:
        case "eq":
            return _only(bounds, frozenset({value}))
        case "gt" | "ge":
            above = value if operator == "gt" else value - 1
            return replace(bounds, above=above if bounds.above is None else max(above, bounds.above))
        case "lt" | "le":
            up_to = value if operator == "le" else value - 1
            return replace(bounds, up_to=up_to if bounds.up_to is None else min(up_to, bounds.up_to))
        case _:
            return None


def _narrow_date(bounds: Bounds, operator: str, value: int) -> Bounds | None:
    match operator:
        case "eq":
            return _within(_within(bounds, value, None), None, value)
        case "gt" | "ge":
            return _within(bounds, value + 1 if operator == "gt" else value, None)
        case "lt" | "le":
            return _within(bounds, None, value if operator == "le" else value - 1)
        case _:
            return None


def _within(bounds: Bounds, since: int | None, until: int | None) -> Bounds:
    if since is not None:
        return replace(bounds, since=since if bounds.since is None else max(since, bounds.since))
    if until is not None:
        return replace(bounds, until=until if bounds.until is None else min(until, bounds.until))
    return bounds
