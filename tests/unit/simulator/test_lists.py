from urllib.parse import urlsplit

import pytest

from unit.simulator.session import Session, open_session


@pytest.fixture(scope="module")
def session() -> Session:
    return open_session(products=700)


def ids(session: Session) -> list[int]:
    return list(session.simulator.world.products.ids)


def test_a_walk_by_key_meets_every_product_once(session: Session) -> None:
    met: list[int] = []
    while page := session.rows(filter=f"Id gt {met[-1] if met else 0}", orderby="Id", top=300, select="Id"):
        met.extend(row["Id"] for row in page)

    assert met == ids(session)


def test_a_walk_by_date_and_id_meets_every_dated_product_once(session: Session) -> None:
    met: list[int] = []
    begin = "2019-01-01T00:00:00Z"
    condition = f"LastUpdateDate ge {begin}"
    while page := session.rows(filter=condition, orderby="LastUpdateDate,Id", top=100):
        met.extend(row["Id"] for row in page)
        last = page[-1]["LastUpdateDate"].replace("+", "%2B")
        condition = f"LastUpdateDate ge {last} and (LastUpdateDate gt {last} or Id gt {page[-1]['Id']})"
    dated = [product.id for product in session.simulator.world.products if product["LastUpdateDate"]]

    assert sorted(met) == dated
    assert len(met) == len(set(met))


def test_a_larger_top_is_cut_silently_and_has_no_next_link(session: Session) -> None:
    answer = session.get("/Products", top=1000, orderby="Id", select="Id").json()

    assert len(answer["value"]) == 300
    assert "@odata.nextLink" not in answer


def test_the_cap_on_top_can_be_another_none_or_an_error() -> None:
    assert len(open_session(max_top=100).rows(top=300)) == 100
    assert len(open_session(max_top=0).rows(top=1000)) == 400
    assert open_session(max_top_mode="error").get("/Products", top=301).status_code == 400


@pytest.mark.parametrize("form", ["skip", "skiptoken"])
def test_without_top_next_links_on_another_host_lead_through_everything(form: str) -> None:
    session = open_session(products=250, page_size=100, next_link_form=form)
    url = "/Products?$orderby=Id&$select=Id&$filter=contains(Name,'e')%20or%20true%20eq%20true"
    met: list[int] = []
    while url:
        answer = session.ask("GET", url).json()
        met.extend(row["Id"] for row in answer["value"])
        link = urlsplit(answer.get("@odata.nextLink", ""))
        assert link.netloc in ("", "public9-api2.ploomes.com")
        url = f"{link.path}?{link.query}" if link.path else ""

    assert met == ids(session)


def test_next_links_can_be_missing() -> None:
    assert "@odata.nextLink" not in open_session(next_link=False, page_size=10).get("/Products").json()


def test_count_ignores_top_and_skip_and_top_0_gives_the_count_alone(session: Session) -> None:
    answer = session.get("/Products", count="true", top=5, skip=20, filter="Suspended eq true").json()

    assert answer["@odata.count"] == sum(product["Suspended"] for product in session.simulator.world.products)
    assert session.get("/Products", count="true", top=0).json()["@odata.count"] == 700
    assert session.rows(top=0) == []


def test_count_can_be_unsupported() -> None:
    assert "@odata.count" not in open_session(supports_count=False).get("/Products", count="true").json()


def test_without_an_order_pages_are_shuffled_anew_for_each_request(session: Session) -> None:
    first, second = ([row["Id"] for row in session.rows(top=300, select="Id")] for _ in range(2))

    assert first != second
    assert first != sorted(first)
    assert len(set(first)) == 300


def test_the_order_can_be_stable_without_being_asked_for() -> None:
    session = open_session(default_order="stable")

    assert [row["Id"] for row in session.rows(top=300)] == ids(session)[:300]


def test_past_the_end_a_list_is_empty(session: Session) -> None:
    assert session.rows(orderby="Id", skip=5000) == []


def test_several_keys_order_a_list_with_nulls_first(session: Session) -> None:
    rows = session.rows(orderby="GroupId desc,UnitPrice,Id desc", top=300)
    wanted = sorted(
        session.simulator.world.products,
        key=lambda p: (
            -(p["GroupId"] or 0),
            p["UnitPrice"] is not None,
            p["UnitPrice"] or 0,
            -p["Id"],
        ),
    )

    assert [row["Id"] for row in rows] == [product.id for product in wanted[:300]]


def test_descending_ids_are_the_ascending_ones_turned_round(session: Session) -> None:
    assert [row["Id"] for row in session.rows(orderby="Id desc", top=10)] == ids(session)[:-11:-1]


@pytest.mark.parametrize(
    "condition",
    [
        "Id gt 400601000 and Id le 8000000500",
        "LastUpdateDate ge 2024-06-01T00:00:00Z",
        "LastUpdateDate ge 2020-06-01T00:00:00Z and LastUpdateDate lt 2024-06-01T00:00:00Z and Id gt 400601000",
        "LastUpdateDate eq 2023-05-22T14:02:13.333-03:00",
    ],
)
def test_bounds_find_the_same_as_a_test_of_every_row(session: Session, condition: str) -> None:
    everything = f"({condition}) or Name eq 'nobody'"

    assert session.count(condition) == session.count(everything) > 0
    for order in ("Id", "LastUpdateDate,Id", "Id desc"):
        quick = session.rows(filter=condition, orderby=order, top=50, skip=3)
        slow = session.rows(filter=everything, orderby=order, top=50, skip=3)
        assert quick == slow


def test_expanded_relations_are_shown_and_narrowed() -> None:
    session = open_session(products=300)
    key = session.simulator.world.fields["CFOP"].key
    rows = session.rows(
        orderby="Id",
        select="Id,Name",
        expand=f"Group($select=Name;$expand=Family($select=Name)),Creator,Lists($orderby=ListId desc),Parts,"
        f"OtherProperties($select=FieldKey,StringValue;$filter=FieldKey eq '{key}')",
    )

    assert set(rows[0]) == {"Id", "Name", "Group", "Creator", "Lists", "Parts", "OtherProperties"}
    assert rows[0]["Group"]["Family"] == {"Name": "Produtos"}
    assert {tuple(item) for row in rows for item in row["OtherProperties"]} == {("FieldKey", "StringValue")}
    assert any(row["Parts"] for row in rows)
    assert any(row["Lists"] for row in rows)
    assert {row["Creator"]["Name"] for row in rows} >= {"Omie"}


def test_custom_values_carry_all_keys_and_null_where_unused(session: Session) -> None:
    item = next(
        row["OtherProperties"][0] for row in session.rows(expand="OtherProperties") if row["OtherProperties"]
    )

    assert len(item) == 26
    assert item["ProductId"]
    assert sum(value is not None for value in item.values()) in (5, 7)


def test_dates_have_an_offset_and_no_trailing_zeros(session: Session) -> None:
    dates = [row["CreateDate"] for row in session.rows(top=300)]

    assert all(date.endswith("-03:00") for date in dates)
    assert not any(date.removesuffix("-03:00").endswith("0") and "." in date for date in dates)


def test_fields_tell_type_and_options(session: Session) -> None:
    fields = session.rows(
        "/Fields",
        filter="EntityId eq 10 and Dynamic eq true",
        expand="Type($select=NativeType),OptionsTable($expand=Options)",
    )
    by_name = {field["Name"]: field for field in fields}

    assert by_name["Peso (kg)"]["Type"] == {"NativeType": "Decimal"}
    assert [option["Name"] for option in by_name["Local"]["OptionsTable"]["Options"]] == [
        "Cliente",
        "Oficina",
        "Remoto",
    ]
    assert by_name["Id (Omie)"]["OptionsTable"] is None
    assert len(fields) == len(by_name) == 38


@pytest.mark.parametrize(
    "path",
    [
        "Products@Groups",
        "Products@Families",
        "Products@Parts",
        "Products@Lists",
        "Currencies",
        "Users",
        "Fields",
        "Fields@Types",
        "Fields@Entities",
        "Fields@OptionsTables",
        "Fields@OptionsTables@Options",
        "Webhooks",
        "Webhooks@Actions",
        "Account",
        "Self",
    ],
)
def test_every_entity_is_listed(session: Session, path: str) -> None:
    answer = session.get(f"/{path}").json()

    assert answer["value"]
    assert answer["@odata.context"].endswith(f"$metadata#{path}")


@pytest.mark.parametrize("path", ["/Products/Groups", "/Nope", "/Products(1)", "/", "/OtherProperties"])
def test_what_does_not_exist_is_404(session: Session, path: str) -> None:
    assert session.get(path).status_code == 404


def test_a_product_can_be_had_by_key_when_the_settings_say_so() -> None:
    session = open_session(get_by_key="list")
    first = ids(session)[0]

    assert session.rows(f"/Products({first})")[0]["Id"] == first


def test_unknown_options_are_ignored_or_refused(session: Session) -> None:
    assert session.get("/Products", offset=10).status_code == 200
    assert open_session(unknown_option="refused").get("/Products", offset=10).status_code == 400


@pytest.mark.parametrize(
    "query", ["$top=x", "$top=-1", "$count=yes", "$orderby=Id%20up", "$filter=Id%20eq%201&$filter=Id%20eq%201"]
)
def test_options_that_cannot_be_read_are_a_400(session: Session, query: str) -> None:
    assert session.ask("GET", f"/Products?{query}").status_code == 400


@pytest.mark.parametrize(
    "expand", ["Group(", "Group($top=1)", "Group($select)", "Group)", "Group($filter=Name eq 'x)"]
)
def test_an_expand_that_cannot_be_read_is_a_400(session: Session, expand: str) -> None:
    assert session.get("/Products", expand=expand).status_code == 400
