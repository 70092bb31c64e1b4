"""Who is what: for each position in the catalogue its kind, brand and origin, in exact numbers."""

import math
from dataclasses import dataclass
from enum import StrEnum

_WHOLE = 11_793
_MASK = (1 << 64) - 1


class Kind(StrEnum):
    """What a product is to the company."""

    PRODUCT = "product"
    SERVICE = "service"
    RENTAL = "rental"


class Brand(StrEnum):
    """The two brands that are counted."""

    NONE = ""
    ATLAS = "atlas"
    INGERSOLL = "ingersoll"


@dataclass(frozen=True, slots=True)
class Role:
    """What one product is; `by_omie` tells of its creator and `linked` of its field "Id (Omie)"."""

    kind: Kind
    brand: Brand
    by_omie: bool
    linked: bool
    rank: int


@dataclass(frozen=True, slots=True)
class Quotas:
    """How many products of each sort a catalogue of some size holds."""

    size: int
    services: int
    rentals: int
    atlas: int
    ingersoll: int
    omie: int


def make_quotas(size: int) -> Quotas:
    """Scale the company's real numbers to another size."""

    def scaled(count: int) -> int:
        return round(count * size / _WHOLE)

    return Quotas(size, scaled(127), scaled(95), scaled(1_307), scaled(1_952), scaled(10_982))


def mix(seed: int, position: int) -> int:
    """Hash two numbers into 64 well-mixed bits, fast enough to be called for every product at start."""
    value = (seed * 0x9E3779B97F4A7C15 + position * 0xBF58476D1CE4E5B9 + 0x94D049BB133111EB) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)


class Casting:
    """Gives out the roles of a catalogue; each is computed from its position alone."""

    def __init__(self, seed: int, size: int) -> None:
        self.quotas = make_quotas(size)
        self._kinds = _Shuffle(mix(seed, 1), size)
        self._origins = _Shuffle(mix(seed, 2), size)

    def role(self, position: int) -> Role:
        """Return what the product at a position is."""
        rank = self._kinds.rank(position)
        kind, brand = self._kind_and_brand(rank)
        origin = self._origins.rank(position)
        omie = origin < self.quotas.omie
        return Role(kind, brand, by_omie=omie and origin % 33 != 1, linked=omie and origin % 33 != 0, rank=rank)

    def _kind_and_brand(self, rank: int) -> tuple[Kind, Brand]:
        quotas = self.quotas
        if rank < quotas.services:
            atlas, ingersoll = _shared(quotas.services)
            return Kind.SERVICE, _brand(rank, atlas, ingersoll)
        rank -= quotas.services
        if rank < quotas.rentals:
            atlas, ingersoll = _shared(quotas.rentals)
            return Kind.RENTAL, _brand(rank, atlas, ingersoll)
        rank -= quotas.rentals
        taken = tuple(map(sum, zip(_shared(quotas.services), _shared(quotas.rentals), strict=True)))
        return Kind.PRODUCT, _brand(rank, quotas.atlas - taken[0], quotas.ingersoll - taken[1])


def _shared(count: int) -> tuple[int, int]:
    """How many services (or rentals) also belong to each brand."""
    return count // 10, count // 14


def _brand(rank: int, atlas: int, ingersoll: int) -> Brand:
    if rank < atlas:
        return Brand.ATLAS
    return Brand.INGERSOLL if rank < atlas + ingersoll else Brand.NONE


class _Shuffle:
    """A fixed permutation of 0..size-1 that needs no table."""

    def __init__(self, seed: int, size: int) -> None:
        self._size = max(size, 1)
        factor = seed % self._size | 1
        while math.gcd(factor, self._size) != 1:
            factor += 2
        self._factor, self._shift = factor, (seed >> 32) % self._size

    def rank(self, position: int) -> int:
        return (position * self._factor + self._shift) % self._size
