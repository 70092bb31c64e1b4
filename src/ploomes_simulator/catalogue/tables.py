"""The small tables around the products: groups, families, users, fields, webhooks and the like."""

from collections.abc import Iterable, Sequence

from ploomes_simulator.catalogue.labels import CustomField
from ploomes_simulator.catalogue.records import Fields

Table = dict[int, Fields]
Tables = dict[str, Table]

ACCOUNT_ID = 4006
OMIE_USER = 400_600_012
SYNC_USER = 400_600_020
_PEOPLE = (
    (400_600_001, "Ciara Máquinas", False, False),
    (400_600_002, "José Antônio Conceição", False, False),
    (400_600_003, "Ângela Muñoz", False, False),
    (400_600_004, "Vendedor desligado", True, False),
    (OMIE_USER, "Omie", False, True),
    (SYNC_USER, "Integração de catálogo", False, True),
)
HUMAN_USERS = (400_600_001, 400_600_002, 400_600_003, 400_600_004)

PRODUCTS_FAMILY, SERVICES_FAMILY, RENTALS_FAMILY, OTHER_FAMILY = 400_051, 400_052, 400_053, 400_054
_FAMILIES = (
    (PRODUCTS_FAMILY, "Produtos"),
    (SERVICES_FAMILY, "Serviços"),
    (RENTALS_FAMILY, "Locação"),
    (OTHER_FAMILY, "Outros"),
)

ATLAS_GROUP, INGERSOLL_GROUP, LABOUR_GROUP, SERVICE_GROUP, RENTAL_GROUP = 9, 10, 11, 12, 13
GROUPS = (
    ("PEÇAS", PRODUCTS_FAMILY),
    ("VALVULA", PRODUCTS_FAMILY),
    ("FILTROS", PRODUCTS_FAMILY),
    ("ÓLEOS", PRODUCTS_FAMILY),
    ("COMPRESSORES", PRODUCTS_FAMILY),
    ("SECADORES", PRODUCTS_FAMILY),
    ("EQUIPAMENTOS DE TERCEIROS", PRODUCTS_FAMILY),
    ("VEDAÇÕES & JUNTAS", PRODUCTS_FAMILY),
    ("Elétrica / Automação", OTHER_FAMILY),
    ("PEÇAS ATLAS COPCO", PRODUCTS_FAMILY),
    ("PEÇAS INGERSOLL RAND", PRODUCTS_FAMILY),
    ("MÃO DE OBRA", SERVICES_FAMILY),
    ("SERVIÇOS", SERVICES_FAMILY),
    ("LOCAÇÃO", RENTALS_FAMILY),
)
_FIRST_GROUP = 400_301

LISTS = ("Promoção", "Estoque crítico", "Fora de linha", "Importado", "Revisar cadastro")
FIRST_LIST = 400_901

CURRENCIES = ((1, "R$", "BRL"), (2, "US$", "USD"), (3, "€", "EUR"))

ENTITIES = (
    (1, "Cliente"),
    (2, "Negócio"),
    (3, "Lead"),
    (4, "Venda"),
    (7, "Proposta"),
    (10, "Produto"),
    (12, "Tarefa"),
)
PRODUCT_ENTITY = 10
_TYPES = (
    (1, "Texto", "String"),
    (2, "Texto longo", "BigString"),
    (4, "Número inteiro", "Integer"),
    (5, "Número decimal", "Decimal"),
    (7, "Lista de opções", "Integer"),
    (8, "Data", "DateTime"),
    (10, "Caixa de seleção", "Bool"),
)
_TYPE_OF = {"String": 1, "BigString": 2, "Integer": 4, "Decimal": 5, "DateTime": 8, "Bool": 10}
_OPTION_TYPE = 7
_MADE = "2019-02-01T08:00:00-03:00"


def group_id(position: int) -> int:
    """Return the id of the group at a position of the table of groups."""
    return _FIRST_GROUP + position


def make_tables(fields: Iterable[CustomField]) -> Tables:
    """Build every small table of the account."""
    custom = tuple(fields)
    return {
        "Products@Groups": _index(_group(position) for position in range(len(GROUPS))),
        "Products@Families": _index(_family(*row) for row in _FAMILIES),
        "Products@Lists": _index(_tag(position) for position in range(len(LISTS))),
        "Currencies": _index({"Id": i, "Symbol": s, "Code": c, "Editable": False} for i, s, c in CURRENCIES),
        "Users": _index(_user(*row) for row in _PEOPLE),
        "Fields": _index((*_custom_fields(custom), *_built_in_fields())),
        "Fields@Types": _index({"Id": i, "Name": n, "NativeType": t} for i, n, t in _TYPES),
        "Fields@Entities": _index({"Id": i, "Name": n} for i, n in ENTITIES),
        "Fields@OptionsTables": _index(_options_table(field) for field in custom if field.label.options),
        "Fields@OptionsTables@Options": _index(row for field in custom for row in _options(field)),
        "Webhooks": _index([_own_webhook()]),
        "Webhooks@Actions": _index({"Id": i, "Name": n} for i, n in ((1, "Create"), (2, "Update"), (3, "Delete"))),
        "Account": _index([{"Id": ACCOUNT_ID, "Name": "CIA Máquinas", "Register": "00000000000191"}]),
        "Self": _index([_user(*_PEOPLE[-1])]),
    }


def _index(rows: Iterable[Fields]) -> Table:
    return {_int(row["Id"]): row for row in rows}


def _int(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"{value!r} is no id.")
    return value


def _group(position: int) -> Fields:
    name, family = GROUPS[position]
    return {
        "Id": group_id(position),
        "Name": name,
        "FamilyId": family,
        "FixedPrice": False,
        "CreateImportId": None,
        "UpdateImportId": None,
        "Editable": True,
        "Deletable": True,
        "Default": position == 0,
        "LastUpdateDate": _MADE,
    }


def _family(family_id: int, name: str) -> Fields:
    return {"Id": family_id, "Name": name, "Editable": True, "Deletable": family_id == OTHER_FAMILY}


def _tag(position: int) -> Fields:
    return {
        "Id": FIRST_LIST + position,
        "Name": LISTS[position],
        "Color": "#3366CC",
        "CreatorId": HUMAN_USERS[0],
        "CreateDate": _MADE,
        "UpdaterId": None,
        "UpdateDate": None,
        "Editable": True,
    }


def _user(user_id: int, name: str, suspended: bool, integration: bool) -> Fields:  # noqa: FBT001 - a row
    return {
        "Id": user_id,
        "Name": name,
        "Email": f"usuario{user_id % 1000}@example.com",
        "AvatarUrl": None,
        "ProfileId": 1,
        "Suspended": suspended,
        "Integration": integration,
    }


def _field_row(field_id: int, key: str, name: str, entity: int, type_id: int) -> Fields:
    return {
        "Id": field_id,
        "Name": name,
        "Key": key,
        "EntityId": entity,
        "SecondaryEntityId": None,
        "TypeId": type_id,
        "Dynamic": True,
        "Required": False,
        "Unique": False,
        "Multiple": False,
        "Integration": False,
        "IntegrationCustomFieldId": None,
        "SendExternalKey": None,
        "OptionsTableId": None,
        "ProductGroupId": None,
        "ProductFamilyId": None,
    }


def _custom_fields(fields: Sequence[CustomField]) -> Iterable[Fields]:
    for field in fields:
        label = field.label
        type_id = _OPTION_TYPE if label.options else _TYPE_OF[label.native]
        yield {
            **_field_row(field.id, field.key, label.name, PRODUCT_ENTITY, type_id),
            "Multiple": label.multiple,
            "Integration": label.name == "Id (Omie)",
            "OptionsTableId": field.first_option // 100 if label.options else None,
        }


def _built_in_fields() -> Iterable[Fields]:
    """Native fields of products, and a namesake on another entity that must not be mistaken."""
    native = (("Nome", "product_name", 1), ("Código", "product_code", 1), ("Preço", "product_unit_price", 5))
    for position, (name, key, type_id) in enumerate(native):
        yield {**_field_row(1001 + position, key, name, PRODUCT_ENTITY, type_id), "Dynamic": False}
    yield _field_row(400_690, "contact_5B8F3C1A-0D6E-4B7A-9F21-3E4D5C6B7A89", "Id (Omie)", 1, _TYPE_OF["String"])


def _options_table(field: CustomField) -> Fields:
    return {"Id": field.first_option // 100, "Name": field.label.name}


def _options(field: CustomField) -> Iterable[Fields]:
    for position, name in enumerate(field.label.options):
        yield {
            "Id": field.option_id(position),
            "Name": name,
            "TableId": field.first_option // 100,
            "Ordination": position,
            "Suspended": False,
        }


def _own_webhook() -> Fields:
    """One registration made by the service itself, which clients must leave alone."""
    return {
        **make_webhook(40_099_001, PRODUCT_ENTITY, 2),
        "Name": "Ploomes",
        "CallbackUrl": "https://integrations.ploomes.com/products",
        "CreatorId": None,
        "CreateDate": _MADE,
        "UserWebhook": False,
    }


def make_webhook(webhook_id: int, entity: int, action: int) -> Fields:
    """Return the row of a new webhook registration, without its callback."""
    return {
        "Id": webhook_id,
        "EntityId": entity,
        "SecondaryEntityId": None,
        "ActionId": action,
        "Name": None,
        "CallbackUrl": None,
        "ValidationKey": None,
        "CreatorId": SYNC_USER,
        "CreateDate": None,
        "Active": True,
        "UserWebhook": True,
    }
