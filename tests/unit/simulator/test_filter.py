import pytest

from ploomes_simulator.odata.errors import QueryError
from ploomes_simulator.odata.lexer import tokenize
from ploomes_simulator.odata.parser import parse_filter
from ploomes_simulator.odata.syntax import And, Compare, Kind, Literal, Not, Or, Path
from unit.simulator.session import Session, open_session


@pytest.fixture(scope="module")
def session() -> Session:
    session = open_session(products=0)
    rows: tuple[dict[str, object], ...] = (
        {"Name": "Filtro de Ar", "Code": "00017", "UnitPrice": 10, "GroupId": 400_303},
        {"Name": "Válvula D'Água", "Code": "CIA_SERV_1", "UnitPrice": 20.5, "Suspended": True},
        {"Name": "Óleo", "Code": None, "UnitPrice": None, "Lists": [{"ListId": 400_901}]},
        {"Name": "A+B", "Code": "", "UnitPrice": 0, "GroupId": 400_301},
    )
    for position, row in enumerate(rows):
        session.simulator.create_product(row, position + 1)
    brand = session.simulator.world.fields["Marca"]
    session.simulator.edit_product(
        1, {"OtherProperties": [{"FieldKey": brand.key, "IntegerValue": brand.option_id(0)}]}
    )
    return session


CASES: tuple[tuple[str, list[int]], ...] = (
    ("Id eq 1", [1]),
    ("Id ne 1", [2, 3, 4]),
    ("Id gt 1 and Id le 3", [2, 3]),
    ("Id ge 2 and Id lt 3", [2]),
    ("Id eq 1 or Id eq 4 or Id eq 99", [1, 4]),
    ("(Id eq 1 or Id eq 2) and Suspended eq true", [2]),
    ("Id gt 1 and (Id eq 1 or Id eq 2)", [2]),
    ("not (Id eq 1) and not Suspended", [3, 4]),
    ("not not Suspended", [2]),
    ("Suspended ne true", [1, 3, 4]),
    ("Code eq null", [3]),
    ("Code ne null", [1, 2, 4]),
    ("Code eq ''", [4]),
    ("Code eq 'cia_serv_1'", [2]),
    ("Code eq '00017'", [1]),
    ("Name eq 'válvula d''água'", [2]),
    ("Name eq 'A%2BB'", [4]),
    ("contains(Name,'FILTRO')", [1]),
    ("contains(Name,'filtro') eq false", [2, 3, 4]),
    ("startswith(Code,'CIA_') eq true", [2]),
    ("endswith(Name,'ar') or endswith(Name, 'EO')", [1, 3]),
    ("UnitPrice gt 0", [1, 2]),
    ("UnitPrice le 20.5", [1, 2, 4]),
    ("UnitPrice ge -1.5e1", [1, 2, 4]),
    ("Group/Name eq 'filtros'", [1]),
    ("Group/Family/Name eq 'Produtos'", [1, 4]),
    ("Group/Name eq null", [2, 3]),
    ("Lists/any()", [3]),
    ("Lists/any(l: l/ListId eq 400901)", [3]),
    ("not Lists/any(l: l/ListId eq 400901)", [1, 2, 4]),
    ("OtherProperties/any(o: o/ObjectValueName eq 'atlas copco' and o/ProductId eq Id)", [1]),
    ("LastUpdateDate ge 2020-01-01T00:00:00Z", [1, 2, 3, 4]),
    ("LastUpdateDate lt 2020-01-01T00:00:00.123-03:00", []),
    ("CreateDate gt 2020-01-01T00:00:00%2B02:00 and Id eq 1", [1]),
)


@pytest.mark.parametrize(("condition", "expected"), CASES, ids=[case[0] for case in CASES])
def test_a_filter_finds_what_it_says(session: Session, condition: str, expected: list[int]) -> None:
    answer = session.ask("GET", f"/Products?$orderby=Id&$select=Id&$filter={condition}")

    assert answer.status_code == 200, answer.text
    assert [row["Id"] for row in answer.json()["value"]] == expected


WRONG = (
    "Id eq",
    "Id eq 1 and",
    "(Id eq 1",
    "Id eq 1)",
    "Id == 1",
    "Id in (1,2)",
    "tolower(Name) eq 'x'",
    "Name eq 'x",
    "Code eq 17",
    "Id eq '1'",
    "Id",
    "contains(Name,1)",
    "contains(Name,'x') eq 1",
    "LastUpdateDate ge '2024-01-01T00:00:00Z'",
    "LastUpdateDate ge 2024-01-01T00:00:00",
    "LastUpdateDate ge 2024-01-01",
    "LastUpdateDate ge 2024-13-01T00:00:00Z",
    "LastUpdateDate ge 2024-01-01T00:00:00+03:00",
    "OtherProperties/FieldKey eq 'x'",
    "Group/any(g: g/Id eq 1)",
    "Id eq 1 $",
    "(" * 100 + "Id eq 1" + ")" * 100,
)


@pytest.mark.parametrize("condition", WRONG)
def test_a_filter_that_cannot_be_read_is_a_400_with_a_sentence(session: Session, condition: str) -> None:
    answer = session.ask("GET", f"/Products?$filter={condition}")

    assert answer.status_code == 400
    assert isinstance(answer.json()["value"], str)


UNKNOWN = (
    {"filter": "Price gt 1"},
    {"filter": "Group/Nope eq 1"},
    {"filter": "Nope/any(n: n/Id eq 1)"},
    {"filter": "OtherProperties/any(o: o/Nope eq 1)"},
    {"select": "Id,Active"},
    {"orderby": "Nope desc"},
    {"expand": "Nope"},
    {"expand": "Group($select=Nope)"},
    {"expand": "Group($expand=Nope)"},
)


@pytest.mark.parametrize("options", UNKNOWN, ids=str)
def test_an_unknown_name_is_forbidden(session: Session, options: dict[str, str]) -> None:
    answer = session.get("/Products", **options)

    assert answer.status_code == 403
    assert answer.json()["value"] == "Your request has been forbidden"


def test_an_unknown_name_can_be_a_400_and_always_is_on_users() -> None:
    assert open_session(unknown_name_status=400).get("/Products", select="Nope").status_code == 400
    assert open_session().get("/Users", select="Active").status_code == 400


def test_text_can_be_compared_with_regard_to_case() -> None:
    sensitive, insensitive = open_session(text_compare="sensitive"), open_session()

    assert sensitive.count("startswith(Code,'pc-')") == 0
    assert insensitive.count("startswith(Code,'pc-')") == sensitive.count("startswith(Code,'PC-')") > 0


def test_a_strict_server_refuses_a_plus_as_blank() -> None:
    url = "/Products?$filter=Id+gt+1"

    assert open_session().ask("GET", url).status_code == 200
    assert open_session(plus_is_blank=False).ask("GET", url).status_code == 400


def test_and_binds_tighter_than_or_and_not_tighter_than_both() -> None:
    a, b, c = (Compare("eq", Path((name,)), Literal(Kind.NUMBER, 1)) for name in "ABC")

    assert parse_filter("A eq 1 or B eq 1 and not C eq 1") == Or((a, And((b, Not(c)))))


def test_a_syntax_error_names_its_position() -> None:
    with pytest.raises(QueryError, match="position 5"):
        tokenize("Id eq#1")


def test_a_chain_of_many_ids_is_read() -> None:
    condition = " or ".join(f"Id eq {number}" for number in range(500))

    assert isinstance(parse_filter(condition), Or)
