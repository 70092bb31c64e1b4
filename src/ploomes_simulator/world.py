"""Everything the pretend account holds: the products, the small tables, the custom fields."""

from dataclasses import dataclass

from ploomes_simulator.catalogue.generate import Catalogue
from ploomes_simulator.catalogue.labels import CustomField, make_fields
from ploomes_simulator.catalogue.tables import Tables, make_tables
from ploomes_simulator.store import ProductStore


@dataclass(frozen=True, slots=True)
class World:
    """The data of one account."""

    products: ProductStore
    tables: Tables
    fields: dict[str, CustomField]


def make_world(seed: int, products: int) -> World:
    """Build an account from its seed and size."""
    fields = make_fields(seed)
    return World(ProductStore(Catalogue(seed, products, fields)), make_tables(fields.values()), fields)
