"""The awkward records that real accounts hold; each product draws at most one."""

from collections.abc import Callable
from enum import Enum

from ploomes_simulator.catalogue.records import Fields
from ploomes_simulator.catalogue.roles import Kind, Role, mix

LONGEST_NAME = 200
_BUCKETS = 1000


class Oddity(Enum):
    """What is strange about a record; the value is its place among a thousand."""

    NO_CODE = 0
    EMPTY_CODE = 1
    BLANK_CODE = 2
    SHARED_CODE = 3
    SHORT_NAME = 4
    LONG_NAME = 5
    EMOJI = 6
    QUOTES = 7
    HTML_NAME = 8
    BLANKS = 9
    NEAR_BRAND = 10
    NO_PRICE = 11
    NO_GROUP = 12
    NO_FAMILY = 13
    BARE = 14
    NO_DATE = 15
    IMPORTED = 16


_BY_BUCKET = {oddity.value: oddity for oddity in Oddity}


def of(seed: int, position: int) -> Oddity | None:
    """Return what is odd about the product at a position, mostly nothing."""
    return _BY_BUCKET.get(mix(seed + 4, position) % _BUCKETS)


def apply(oddity: Oddity | None, native: Fields, role: Role) -> Fields:
    """Return native fields with the oddity; codes of services and rentals stay as they are."""
    if oddity is None or oddity not in _CHANGES:
        return native
    changes = _CHANGES[oddity](str(native["Name"]))
    if role.kind is not Kind.PRODUCT:
        changes.pop("Code", None)
    return {**native, **changes}


_CHANGES: dict[Oddity, Callable[[str], Fields]] = {
    Oddity.NO_CODE: lambda _: {"Code": None},
    Oddity.EMPTY_CODE: lambda _: {"Code": ""},
    Oddity.BLANK_CODE: lambda _: {"Code": "   "},
    Oddity.SHARED_CODE: lambda _: {"Code": "00017"},
    Oddity.SHORT_NAME: lambda _: {"Name": "X"},
    Oddity.LONG_NAME: lambda name: {"Name": (name + " com acessórios e ção").ljust(LONGEST_NAME, "x")},
    Oddity.EMOJI: lambda name: {"Name": f"🔧 {name} – ñandú 𝛀"},
    Oddity.QUOTES: lambda name: {"Name": f'D\'Água "{name}" \\ 100% & cia;'},
    Oddity.HTML_NAME: lambda name: {"Name": f"<b>{name}</b>&nbsp;&lt;i&gt;"},
    Oddity.BLANKS: lambda name: {"Name": f"  {name}\t(conferir)  "},
    Oddity.NEAR_BRAND: lambda name: {"Name": f"{name} ATLASUL", "Code": "ATLANTE-09"},
    Oddity.NO_PRICE: lambda _: {"UnitPrice": None},
    Oddity.NO_GROUP: lambda _: {"GroupId": None},
    Oddity.NO_FAMILY: lambda _: {"GroupId": None, "FamilyId": None},
    Oddity.IMPORTED: lambda _: {"CreateImportId": 5501, "ImportationIdCreate": 5501},
}
