"""Write rows as JSON bytes: select, expand, and a memory of what was written before."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from ploomes_simulator.catalogue.records import OtherProperty, Product, Row
from ploomes_simulator.odata.errors import UnknownNameError
from ploomes_simulator.odata.evaluate import Compiler
from ploomes_simulator.odata.options import Clause, Expand
from ploomes_simulator.schema import ENTITIES, Entity, Relation

Writer = Callable[[Row], bytes]
encode = msgspec.json.Encoder().encode
_MOST_SHAPES = 12
_MOST_BYTES = 200_000_000


def make_writer(clause: Clause, entity: Entity, compiler: Compiler) -> Writer:
    """Return a function that writes one row; unknown names are found here, before any row."""
    names = _selected(clause, entity)
    relations = [_relation_writer(expand, entity, compiler) for expand in clause.expand]

    def write(row: Row) -> bytes:
        if isinstance(row, Product) and row.raw is not None:
            return row.raw
        body = _write_fields(row, names, entity)
        if not relations:
            return body
        tail = b",".join(b'"%s":%s' % (name, relation(row)) for name, relation in relations)
        return body[:-1] + (b"," if len(body) > len(b"{}") else b"") + tail + b"}"

    return write


def _selected(clause: Clause, entity: Entity) -> tuple[str, ...] | None:
    if clause.select is None:
        return None
    for name in clause.select:
        if name not in entity.fields and name not in entity.relations:
            raise UnknownNameError(f"Could not find a property named '{name}' on type '{entity.name}'.")
    return tuple(name for name in entity.fields if name in clause.select)


def _write_fields(row: Row, names: tuple[str, ...] | None, entity: Entity) -> bytes:
    if names is not None:
        return encode({name: row[name] for name in names})
    if isinstance(row, Product):
        return encode(row.native)
    if isinstance(row, OtherProperty):
        return encode(row)
    return encode({name: row[name] for name in entity.fields})


def _relation_writer(expand: Expand, entity: Entity, compiler: Compiler) -> tuple[bytes, Writer]:
    relation = entity.relations.get(expand.name)
    if relation is None:
        raise UnknownNameError(f"Could not find a property named '{expand.name}' on type '{entity.name}'.")
    target = ENTITIES[relation.target]
    write_row = make_writer(expand.clause, target, compiler)
    narrow = _narrower(expand, target, compiler)
    plain = expand == Expand(expand.name) and relation.target == "OtherProperties"
    follow, world = relation.follow, compiler.world

    def write_many(row: Row) -> bytes:
        rows = follow(world, row)
        if plain:
            return encode(rows)
        found = rows if isinstance(rows, list | tuple) else ()
        return b"[" + b",".join(map(write_row, narrow(found))) + b"]"

    def write_one(row: Row) -> bytes:
        found: Any = follow(world, row)
        return b"null" if found is None else write_row(found)

    return expand.name.encode(), write_many if _is_many(relation) else write_one


def _is_many(relation: Relation) -> bool:
    return relation.many


def _narrower(expand: Expand, target: Entity, compiler: Compiler) -> Callable[[Sequence[Row]], Iterable[Row]]:
    """Return what the nested $filter and $orderby do with the related rows."""
    test = None if expand.filter is None else compiler.row_test(expand.filter, target)
    keys = [(compiler.row_value(order.names, target), order.descending) for order in expand.order]

    def narrow(rows: Sequence[Row]) -> Iterable[Row]:
        kept = [row for row in rows if test is None or test(row)]
        for read, descending in reversed(keys):
            kept.sort(key=lambda row, read=read: _nulls_first(read(row)), reverse=descending)  # type: ignore[misc]  # a bound default
        return kept

    return narrow


def _nulls_first(value: object) -> tuple[bool, Any]:
    return value is not None, value if value is not None else 0


@dataclass(slots=True)
class Shelf:
    """The written rows of one shape."""

    write: Writer
    rows: dict[int, bytes]


class RenderMemory:
    """Keeps written products by shape, forgets the changed ones, and starts anew when it grows too large."""

    def __init__(self) -> None:
        self._shelves: dict[str, Shelf] = {}
        self._bytes = 0

    def shelf(self, shape: str, make: Callable[[], Writer]) -> Shelf:
        """Return the shelf of a shape, made when it is new."""
        shelf = self._shelves.get(shape)
        if shelf is None:
            if len(self._shelves) >= _MOST_SHAPES:
                self.clear()
            shelf = self._shelves[shape] = Shelf(make(), {})
        return shelf

    def write(self, shelf: Shelf, ids: Sequence[int], get: Callable[[int], Row]) -> list[bytes]:
        """Write rows, those not on the shelf anew."""
        written = []
        for row_id in ids:
            body = shelf.rows.get(row_id)
            if body is None:
                body = shelf.write(get(row_id))
                self._keep(shelf, row_id, body)
            written.append(body)
        return written

    def forget(self, row_id: int) -> None:
        """Drop what was written of one product, also inside others that show it as a part."""
        for shape, shelf in self._shelves.items():
            if "Product" in shape:
                self._bytes -= sum(map(len, shelf.rows.values()))
                shelf.rows.clear()
            else:
                self._bytes -= len(shelf.rows.pop(row_id, b""))

    def clear(self) -> None:
        """Drop everything, as when a group is renamed."""
        self._shelves.clear()
        self._bytes = 0

    def _keep(self, shelf: Shelf, row_id: int, body: bytes) -> None:
        if self._bytes > _MOST_BYTES:
            for other in self._shelves.values():
                other.rows.clear()
            self._bytes = 0
        shelf.rows[row_id] = body
        self._bytes += len(body)
