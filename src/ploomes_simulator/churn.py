"""Random changes, as people and the ERP make them all day: seeded, and never against the rules of data."""

import random
from dataclasses import dataclass, field

from ploomes_simulator.catalogue import words
from ploomes_simulator.catalogue.oddities import LONGEST_NAME
from ploomes_simulator.catalogue.records import Fields
from ploomes_simulator.catalogue.tables import HUMAN_USERS, OMIE_USER, group_id
from ploomes_simulator.editor import Editor
from ploomes_simulator.world import World

_OMIE_SHARE = 0.93
_EDIT_SHARE, _CREATE_SHARE = 0.7, 0.85
_ROOM = 12


@dataclass(frozen=True, slots=True)
class Churned:
    """The ids that random changes touched."""

    created: list[int] = field(default_factory=list)
    edited: list[int] = field(default_factory=list)
    deleted: list[int] = field(default_factory=list)


class Churn:
    """The mutator: the same seed and the same calls make the same changes."""

    def __init__(self, world: World, editor: Editor, seed: int) -> None:
        self._world, self._editor = world, editor
        self._rng = random.Random(seed)  # noqa: S311 - repeatable chance

    def apply(self, *, create: int = 0, edit: int = 0, delete: int = 0) -> Churned:
        """Create, edit and delete so many random products."""
        churned = Churned()
        for _ in range(create):
            churned.created.append(self._create())
        for _ in range(edit):
            churned.edited.extend(self._edit())
        for _ in range(delete):
            churned.deleted.extend(self._delete())
        return churned

    def mixed(self, count: int) -> Churned:
        """Make random changes of random sorts, mostly edits."""
        churned = Churned()
        for _ in range(count):
            draw = self._rng.random()
            if draw < _EDIT_SHARE:
                churned.edited.extend(self._edit())
            elif draw < _CREATE_SHARE:
                churned.created.append(self._create())
            else:
                churned.deleted.extend(self._delete())
        return churned

    def split(self, count: int) -> tuple[int, int]:
        """Divide changes into those before and those after an answer."""
        before = self._rng.randrange(count + 1)
        return before, count - before

    def _any_id(self) -> int | None:
        ids = self._world.products.ids
        return ids[self._rng.randrange(len(ids))] if ids else None

    def _create(self) -> int:
        rng = self._rng
        name, group = words.thing_name(rng)
        omie = rng.random() < _OMIE_SHARE
        key = self._world.fields["Id (Omie)"].key
        body: Fields = {
            "Name": name,
            "Code": f"NOVO-{rng.randrange(10**7):07d}",
            "GroupId": group_id(group),
            "UnitPrice": self._price(),
            "MeasurementUnit": "UN",
        }
        if omie:
            body["OtherProperties"] = [{"FieldKey": key, "StringValue": str(5_000_000_000 + rng.randrange(10**9))}]
        return self._editor.create(body, user=OMIE_USER if omie else HUMAN_USERS[0]).id

    def _edit(self) -> list[int]:
        chosen = self._any_id()
        if chosen is None:
            return []
        self._editor.edit(chosen, self._changes(chosen), user=self._rng.choice((OMIE_USER, *HUMAN_USERS)))
        return [chosen]

    def _delete(self) -> list[int]:
        chosen = self._any_id()
        if chosen is None:
            return []
        self._editor.delete(chosen, user=HUMAN_USERS[0])
        return [chosen]

    def _changes(self, product_id: int) -> Fields:
        """Change the price, the stock or the name; the name only gains a number."""
        sort = self._rng.choice(("price", "stock", "name"))
        if sort == "stock":
            key = self._world.fields["Estoque"].key
            return {"OtherProperties": [{"FieldKey": key, "DecimalValue": self._rng.randrange(500)}]}
        name = self._world.products.get(product_id)["Name"]
        if sort == "name" and isinstance(name, str) and name.strip() and len(name) < LONGEST_NAME - _ROOM:
            return {"Name": f"{name.partition(' rev.')[0]} rev.{self._rng.randrange(10**5)}"}
        return {"UnitPrice": self._price()}

    def _price(self) -> float:
        return round(self._rng.lognormvariate(5, 1.4), 2)
