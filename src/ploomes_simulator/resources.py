"""Carry out one request of the API: lists of every entity, and writes where the service allows them."""

import re
from collections.abc import Mapping
from urllib.parse import quote

import msgspec

from ploomes_simulator.answers import Answer, Request, list_answer, text_answer
from ploomes_simulator.catalogue.records import Fields, Row
from ploomes_simulator.catalogue.roles import mix
from ploomes_simulator.catalogue.tables import make_webhook
from ploomes_simulator.dates import format_date
from ploomes_simulator.odata.errors import QueryError, UnknownNameError
from ploomes_simulator.odata.evaluate import Compiler
from ploomes_simulator.odata.options import Query, parse_query, split_query
from ploomes_simulator.query import Ask, Found, find, small_table
from ploomes_simulator.render import make_writer
from ploomes_simulator.schema import ENTITIES, SERVED, Entity
from ploomes_simulator.simulator import Simulator
from ploomes_simulator.writes import BodyError

_PATH = re.compile(r"/([A-Za-z]+(?:@[A-Za-z]+)*)(?:\((\d+)\))?")
_WRITABLE_TABLES = frozenset({"Products@Groups", "Products@Families", "Products@Lists", "Webhooks"})
_FORBIDDEN = "Your request has been forbidden"
_EVERYTHING = 1 << 62
_PLAIN = Query()


class Resources:
    """The entities of one simulator behind their URLs."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._lists = 0

    def answer(self, request: Request) -> Answer:
        """Carry out a request; what is wrong with it becomes a 4xx."""
        match = _PATH.fullmatch(request.path)
        if match is None or match[1] not in SERVED:
            return self._not_found()
        entity, key = ENTITIES[match[1]], None if match[2] is None else int(match[2])
        settings = self._simulator.settings
        try:
            pairs = split_query(request.query, plus_is_blank=settings.plus_is_blank)
            query = parse_query(pairs, refuse_unknown=settings.unknown_option == "refused")
            if request.method == "GET":
                return self._get(entity, key, query, request)
            return self._write(entity, key, query, request)
        except UnknownNameError as error:
            status = 400 if entity.name == "Users" else settings.unknown_name_status
            sentence = str(error) if status == 400 else _FORBIDDEN  # noqa: PLR2004 - Bad Request
            return text_answer(status, settings.next_link_host, sentence)
        except (QueryError, BodyError) as error:
            return text_answer(400, settings.next_link_host, str(error))

    def context(self, entity: Entity, query: Query = _PLAIN) -> str:
        """Return the text of @odata.context."""
        shown = [*(query.clause.select or ()), *(expand.name for expand in query.clause.expand)]
        fragment = f"({','.join(shown)})" if shown else ""
        return f"https://{self._simulator.settings.next_link_host}/$metadata#{entity.name}{fragment}"

    def _not_found(self) -> Answer:
        return Answer(404, b"", "text/html; charset=utf-8")

    def _get(self, entity: Entity, key: int | None, query: Query, request: Request) -> Answer:
        settings = self._simulator.settings
        if key is not None:
            if settings.get_by_key == "missing" or not self._exists(entity, key):
                return self._not_found()
            return self._rows(entity, query, Found([key], None, more=False), None)
        limit = self._limit(query)
        self._lists += 1
        shuffled = settings.default_order == "shuffled"
        ask = Ask(
            query,
            limit,
            mix(settings.seed, self._lists) if shuffled else None,
            settings.text_compare == "insensitive",
            settings.visible_products if entity.name == "Products" else None,
        )
        found = find(self._simulator.world, entity, ask)
        follows = query.top is None and found.more and settings.next_link
        link = self._next_link(request, query.skip + len(found.ids)) if follows else None
        return self._rows(entity, query, found, link)

    def _limit(self, query: Query) -> int:
        settings = self._simulator.settings
        most = settings.max_top or _EVERYTHING
        if query.top is None:
            return settings.page_size
        if query.top > most and settings.max_top_mode == "error":
            raise QueryError(f"The limit of '{most}' for Top query has been exceeded.")
        return min(query.top, most)

    def _rows(self, entity: Entity, query: Query, found: Found, link: str | None) -> Answer:
        simulator = self._simulator
        if entity.name == "Products":
            shelf = simulator.memory.shelf(
                query.shape, lambda: make_writer(query.clause, entity, self._compiler())
            )
            written = simulator.memory.write(shelf, found.ids, simulator.world.products.get)
        else:
            write, rows = make_writer(query.clause, entity, self._compiler()), self._table(entity)
            written = [write(rows[row_id]) for row_id in found.ids]
        count = found.count if query.count and simulator.settings.supports_count else None
        return list_answer(self.context(entity, query), written, count=count, link=link)

    def _compiler(self) -> Compiler:
        return Compiler(self._simulator.world, self._simulator.settings.text_compare == "insensitive")

    def _table(self, entity: Entity) -> Mapping[int, Row]:
        return small_table(self._simulator.world, entity)

    def _exists(self, entity: Entity, key: int) -> bool:
        if entity.name == "Products":
            return key in self._simulator.world.products
        return key in self._table(entity)

    def _next_link(self, request: Request, position: int) -> str:
        settings = self._simulator.settings
        pairs = split_query(request.query, plus_is_blank=settings.plus_is_blank)
        kept = [(name, value) for name, value in pairs if name not in ("$skip", "$skiptoken")]
        kept.append((f"${settings.next_link_form}", str(position)))
        query = "&".join(f"{quote(name, safe='$')}={quote(value, safe='(),$;=/')}" for name, value in kept)
        return f"https://{settings.next_link_host}{request.path}?{query}"

    def _write(self, entity: Entity, key: int | None, query: Query, request: Request) -> Answer:
        creates = request.method == "POST" and key is None
        changes = request.method in ("PATCH", "DELETE") and key is not None
        if not creates and not changes:
            return text_answer(405, self._simulator.settings.next_link_host, "Method not allowed.")
        if key is not None and not self._exists(entity, key):
            return self._not_found()
        body = {} if request.method == "DELETE" else _read_body(request.body)
        if entity.name == "Products":
            return self._write_product(key, query, request, body)
        if entity.name in _WRITABLE_TABLES:
            return self._write_row(entity, key, request.method, body)
        return text_answer(403, self._simulator.settings.next_link_host, _FORBIDDEN)

    def _write_product(self, key: int | None, query: Query, request: Request, body: Fields) -> Answer:
        editor = self._simulator.editor
        notify = ("webhooks", "false") not in split_query(request.query, plus_is_blank=True)
        if key is None:
            key = editor.create(body, notify=notify).id
        elif request.method == "DELETE":
            editor.delete(key, notify=notify)
            return Answer(200, b"")
        else:
            editor.edit(key, body, notify=notify)
        return self._rows(ENTITIES["Products"], query, Found([key], None, more=False), None)

    def _write_row(self, entity: Entity, key: int | None, method: str, body: Fields) -> Answer:
        table = self._simulator.world.tables[entity.name]
        strange = set(body) - set(entity.fields)
        if strange:
            raise BodyError(f"The property '{min(strange)}' does not exist on type '{entity.name}'.")
        self._simulator.memory.clear()
        if key is not None and method == "DELETE":
            del table[key]
            return Answer(200, b"")
        body.pop("Id", None)
        if key is None:
            key = max(table, default=0) + 1
            table[key] = self._new_row(entity, key, body)
        else:
            table[key].update(body)
        write = make_writer(_PLAIN.clause, entity, self._compiler())
        return list_answer(self.context(entity), [write(table[key])])

    def _new_row(self, entity: Entity, key: int, body: Fields) -> Fields:
        if entity.name != "Webhooks":
            return {**dict.fromkeys(entity.fields), **body, "Id": key}
        if not (body.get("EntityId") and body.get("ActionId") and body.get("CallbackUrl")):
            raise BodyError("EntityId, ActionId e CallbackUrl são obrigatórios.")
        made = {"CreateDate": format_date(int(self._simulator.clock() * 1000))}
        return {**make_webhook(key, 0, 0), **made, **body}


def _read_body(body: bytes) -> Fields:
    try:
        return msgspec.json.decode(body, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BodyError(f"The body is no JSON object: {error}") from error
