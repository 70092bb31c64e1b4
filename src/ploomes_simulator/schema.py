"""The entities as a table: the fields of each, and the relations that lead from one to another."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ploomes_simulator.catalogue.records import OTHER_PROPERTY_NAMES, PRODUCT_NAMES, Product, Row
from ploomes_simulator.odata.syntax import Kind
from ploomes_simulator.world import World

Follow = Callable[[World, Row], Row | Sequence[Row] | None]


@dataclass(frozen=True, slots=True)
class Relation:
    """A way from one row to another entity's rows."""

    target: str
    many: bool
    follow: Follow


@dataclass(frozen=True, slots=True)
class Entity:
    """One entity: its name, its fields in wire order, its relations."""

    name: str
    fields: tuple[str, ...]
    relations: Mapping[str, Relation] = field(default_factory=dict)


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_DATES = frozenset({"CreateDate", "LastUpdateDate", "UpdateDate", "DateTimeValue"})
_FLAGS = frozenset(
    _names(
        "Editable Deletable Suspended Integration FixedPrice Default Required Unique Multiple Dynamic "
        "Active UserWebhook BoolValue"
    )
)
_TEXTS = frozenset(
    _names(
        "Name Code MeasurementUnit ImageUrl Color Symbol Email AvatarUrl Key NativeType CallbackUrl "
        "ValidationKey Register FieldKey StringValue BigStringValue ObjectValueName UserValueName "
        "UserValueAvatarUrl ProductValueName AttachmentValueName ContactValueName ContactValueRegister "
        "AttachmentItemValueName SendExternalKey"
    )
)


def kind_of(name: str) -> Kind:
    """Return what sort of value a field holds."""
    if name in _DATES:
        return Kind.DATE
    if name in _FLAGS:
        return Kind.FLAG
    return Kind.TEXT if name in _TEXTS else Kind.NUMBER


def _row_of(world: World, target: str, row_id: object) -> Row | None:
    return world.tables[target].get(row_id) if isinstance(row_id, int) else None


def _one(target: str, key: str) -> Relation:
    """Follow an id to a row of a small table."""
    return Relation(target, many=False, follow=lambda world, row: _row_of(world, target, row[key]))


def _many(target: str, key: str, own: str = "Id") -> Relation:
    """Follow back from a row to those of a small table that point at it."""

    def follow(world: World, row: Row) -> Sequence[Row]:
        return [other for other in world.tables[target].values() if other[key] == row[own]]

    return Relation(target, many=True, follow=follow)


def _product(key: str) -> Relation:
    """Follow an id to a product."""

    def follow(world: World, row: Row) -> Row | None:
        product_id = row[key]
        if not isinstance(product_id, int) or product_id not in world.products:
            return None
        return world.products.get(product_id)

    return Relation("Products", many=False, follow=follow)


def _within(target: str, read: Callable[[Product], Sequence[Row]]) -> Relation:
    """Show rows that a product carries itself."""

    def follow(_: World, row: Row) -> Sequence[Row]:
        return read(row) if isinstance(row, Product) else ()

    return Relation(target, many=True, follow=follow)


_NOTHING = Relation("OtherProperties", many=True, follow=lambda _world, _row: ())

_PART_NAMES = _names(
    "Id Name GroupId ProductId ProductPartId GroupPartId ContactProductId ListPartId Default "
    "MinimumQuantity MaximumQuantity DefaultQuantity CurrencyId MinimumUnitPrice MaximumUnitPrice "
    "DefaultUnitPrice LastUpdateDate Required"
)


def _entities() -> Iterable[Entity]:
    yield Entity(
        "Products",
        PRODUCT_NAMES,
        {
            "Group": _one("Products@Groups", "GroupId"),
            "Family": _one("Products@Families", "FamilyId"),
            "Currency": _one("Currencies", "CurrencyId"),
            "Creator": _one("Users", "CreatorId"),
            "Updater": _one("Users", "UpdaterId"),
            "OtherProperties": _within("OtherProperties", lambda product: product.others),
            "Lists": _within("ListMembers", lambda product: product.lists),
            "Parts": _within("Products@Parts", lambda product: product.parts),
        },
    )
    yield Entity("OtherProperties", OTHER_PROPERTY_NAMES)
    yield Entity("ListMembers", ("Id", "ListId", "ProductId"), {"List": _one("Products@Lists", "ListId")})
    yield Entity(
        "Products@Parts",
        _PART_NAMES,
        {"Product": _product("ProductId"), "ProductPart": _product("ProductPartId")},
    )
    yield Entity(
        "Products@Groups",
        _names(
            "Id Name FamilyId FixedPrice CreateImportId UpdateImportId Editable Deletable Default LastUpdateDate"
        ),
        {"Family": _one("Products@Families", "FamilyId"), "OtherProperties": _NOTHING},
    )
    yield Entity("Products@Families", ("Id", "Name", "Editable", "Deletable"), {"OtherProperties": _NOTHING})
    yield Entity(
        "Products@Lists",
        _names("Id Name Color CreatorId CreateDate UpdaterId UpdateDate Editable"),
        {"Creator": _one("Users", "CreatorId")},
    )
    yield Entity("Currencies", ("Id", "Symbol", "Code", "Editable"))
    yield from _people()
    yield from _field_entities()
    yield from _webhook_entities()


def _people() -> Iterable[Entity]:
    names = _names("Id Name Email AvatarUrl ProfileId Suspended Integration")
    yield Entity("Users", names)
    yield Entity("Self", names)
    yield Entity("Account", ("Id", "Name", "Register"))


def _field_entities() -> Iterable[Entity]:
    yield Entity(
        "Fields",
        _names(
            "Id Name Key EntityId SecondaryEntityId TypeId Dynamic Required Unique Multiple Integration "
            "IntegrationCustomFieldId SendExternalKey OptionsTableId ProductGroupId ProductFamilyId"
        ),
        {
            "Type": _one("Fields@Types", "TypeId"),
            "Entity": _one("Fields@Entities", "EntityId"),
            "OptionsTable": _one("Fields@OptionsTables", "OptionsTableId"),
        },
    )
    yield Entity("Fields@Types", ("Id", "Name", "NativeType"))
    yield Entity("Fields@Entities", ("Id", "Name"))
    yield Entity(
        "Fields@OptionsTables",
        ("Id", "Name"),
        {"Options": _many("Fields@OptionsTables@Options", "TableId")},
    )
    yield Entity(
        "Fields@OptionsTables@Options",
        ("Id", "Name", "TableId", "Ordination", "Suspended"),
        {"Table": _one("Fields@OptionsTables", "TableId")},
    )


def _webhook_entities() -> Iterable[Entity]:
    yield Entity(
        "Webhooks",
        _names(
            "Id EntityId SecondaryEntityId ActionId Name CallbackUrl ValidationKey CreatorId CreateDate "
            "Active UserWebhook"
        ),
        {"Action": _one("Webhooks@Actions", "ActionId")},
    )
    yield Entity("Webhooks@Actions", ("Id", "Name"))


ENTITIES = {entity.name: entity for entity in _entities()}
SERVED = frozenset(ENTITIES) - {"OtherProperties", "ListMembers"}
