"""Build any product of the catalogue from the seed and its position, without building the others."""

import random
from dataclasses import replace

from ploomes_simulator.catalogue import oddities, tables, values, words
from ploomes_simulator.catalogue.labels import CustomField
from ploomes_simulator.catalogue.records import Fields, Product, make_native, make_other
from ploomes_simulator.catalogue.roles import Brand, Casting, Kind, Role, mix
from ploomes_simulator.dates import format_date

ITEM_STEP = 64
_FIRST_ITEM = 91_000_000
_LOW_IDS, _HIGH_IDS = 400_600_000, 8_000_000_000
_LOW_SHARE = 0.65
_BEGIN = 1_551_441_600_000  # 2019-03-01
_SPAN = 200_000_000_000  # until about mid 2025
_IMPORTS = tuple(_BEGIN + _SPAN * part // 3 for part in range(1, 4))
_NEVER_TOUCHED, _IMPORTED = frozenset({0, 1, 2}), 3  # tenths of the catalogue
_WORD_PLACES = ("name", "name", "name", "field", "name+field", "group", "code")


class Catalogue:
    """The catalogue as it was before anybody changed it."""

    def __init__(self, seed: int, size: int, fields: dict[str, CustomField]) -> None:
        self.seed, self.size, self.fields = seed, size, fields
        self._casting = Casting(seed, size)
        self._low = int(size * _LOW_SHARE)

    def product_id(self, position: int) -> int:
        """Return an id: two prefixes, growing, with gaps small and large."""
        first, offset = (_LOW_IDS, 0) if position < self._low else (_HIGH_IDS, self._low)
        step = position - offset
        return first + step * 7 + step // 500 * 1500 + mix(self.seed, position) % 7

    def changed_at(self, position: int) -> int | None:
        """Return when a product was last changed; some share an import's instant, some have no date."""
        draw = mix(self.seed + 1, position)
        if oddities.of(self.seed, position) is oddities.Oddity.NO_DATE:
            return None
        created = self._created_at(position)
        tenth = draw % 10
        if tenth in _NEVER_TOUCHED:
            return created
        if tenth == _IMPORTED:
            return next((moment for moment in _IMPORTS if moment > created), created)
        return created + (draw >> 8) % (_BEGIN + _SPAN - created)

    def role(self, position: int) -> Role:
        """Return what the product at a position is."""
        return self._casting.role(position)

    def build(self, position: int) -> Product:
        """Build one product."""
        role = self.role(position)
        rng = random.Random(mix(self.seed + 2, position))  # noqa: S311 - pretend data
        product_id = self.product_id(position)
        places = rng.choice(_WORD_PLACES) if role.brand else ""
        if role.kind is not Kind.PRODUCT and places not in ("name", "field", "name+field"):
            places = "name"
        native = self._native(position, role, rng, places)
        odd = oddities.of(self.seed, position)
        marked = role.brand if "field" in places else ""
        bare = odd is oddities.Oddity.BARE or (not role.linked and role.rank % 5 == 0)
        drawn = values.draw_values(role, rng, native["UnitPrice"], marked, bare=bare)
        first_item = _FIRST_ITEM + position * ITEM_STEP
        others = tuple(
            make_other(first_item + step, product_id, self.fields[label], value)
            for step, (label, value) in enumerate(drawn)
        )
        product = Product(
            product_id,
            native,
            others,
            lists=_memberships(rng, first_item, product_id),
            parts=self._parts(role, rng, position),
        )
        return product if role.brand else replace(product, native=oddities.apply(odd, native, role))

    def _created_at(self, position: int) -> int:
        low = position < self._low
        done = position / max(self._low, 1) if low else (position - self._low) / max(self.size - self._low, 1)
        return _BEGIN + int(done * _SPAN * 0.9) + mix(self.seed + 3, position) % 60_000

    def _native(self, position: int, role: Role, rng: random.Random, places: str) -> Fields:
        name, code, group, family = _describe(position, role, rng)
        text = rng.choice(words.BRAND_TEXTS[role.brand]) if role.brand else ""
        if "name" in places:
            name = f"{name} {text}" if values.chance(rng, 0.7) else f"{text} - {name}"
        if places == "code":
            code = f"{text.upper()} {code}"
        if places == "group":
            group = tables.ATLAS_GROUP if role.brand is Brand.ATLAS else tables.INGERSOLL_GROUP
        changed, created = self.changed_at(position), self._created_at(position)
        human = rng.choice(tables.HUMAN_USERS)
        return make_native(
            {
                "Id": self.product_id(position),
                "GroupId": tables.group_id(group),
                "FamilyId": family,
                "Name": name,
                "Code": code,
                "MeasurementUnit": rng.choice(("UN", "un", "PC", "kg", "L", "H", "CJ", None)),
                "ImageUrl": f"https://images.example.com/{position}.png" if _every(11, position) else None,
                "CurrencyId": 2 if _every(40, position) else 1,
                "UnitPrice": _price(rng),
                "Suspended": _every(37, position),
                "CreatorId": tables.OMIE_USER if role.by_omie else human,
                "UpdaterId": None if changed in (None, created) else human,
                "CreateDate": format_date(created),
                "LastUpdateDate": None if changed is None else format_date(changed),
            }
        )

    def _parts(self, role: Role, rng: random.Random, position: int) -> tuple[Fields, ...]:
        """Give a few products the parts of a kit."""
        if role.kind is not Kind.PRODUCT or role.brand or not _every(90, position):
            return ()
        product_id = self.product_id(position)
        return tuple(
            values.make_part(position * 10 + step, product_id, self.product_id(rng.randrange(self.size)), rng)
            for step in range(rng.randrange(2, 6))
        )


def _describe(position: int, role: Role, rng: random.Random) -> tuple[str, str, int, int]:
    """Return name, code, position of the group, and family."""
    if role.kind is Kind.SERVICE:
        group = rng.choice((tables.LABOUR_GROUP, tables.SERVICE_GROUP))
        return words.service_name(rng), words.service_code(rng, role.rank), group, tables.SERVICES_FAMILY
    if role.kind is Kind.RENTAL:
        return (
            words.rental_name(rng),
            words.rental_code(role.rank),
            tables.RENTAL_GROUP,
            tables.RENTALS_FAMILY,
        )
    name, group = words.thing_name(rng)
    if role.brand is Brand.ATLAS:
        code = words.atlas_code(rng)
    elif role.brand is Brand.INGERSOLL:
        code = words.ingersoll_code(rng)
    else:
        code = words.plain_code(rng, position)
    return name, code, group, tables.GROUPS[group][1]


def _every(count: int, position: int) -> bool:
    """Tell one position in so many."""
    return position % count == count // 2


def _price(rng: random.Random) -> float | int:
    if values.chance(rng, 0.06):
        return 0
    if values.chance(rng, 0.15):
        return rng.randrange(1, 9000)
    return round(rng.lognormvariate(5, 1.4), rng.choice((2, 2, 2, 4)))


def _memberships(rng: random.Random, first_item: int, product_id: int) -> tuple[Fields, ...]:
    if not values.chance(rng, 0.15):
        return ()
    chosen = rng.sample(range(len(tables.LISTS)), rng.choice((1, 1, 2)))
    return tuple(
        {"Id": first_item + ITEM_STEP - 1 - step, "ListId": tables.FIRST_LIST + tag, "ProductId": product_id}
        for step, tag in enumerate(sorted(chosen))
    )
