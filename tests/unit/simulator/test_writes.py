from unit.simulator.session import Session, open_session


def one(session: Session, product_id: int) -> dict[str, object]:
    (row,) = session.rows(filter=f"Id eq {product_id}", expand="OtherProperties,Lists")
    return row


def test_a_created_product_comes_back_and_is_found() -> None:
    session = open_session()
    key = session.simulator.world.fields["NCM"].key
    body = {
        "Name": "Novo",
        "Code": "N-1",
        "UnitPrice": 9.5,
        "Lists": [{"ListId": 400_901}],
        "OtherProperties": [{"FieldKey": key, "StringValue": "8421.39.90"}],
    }
    answer = session.ask("POST", "/Products?$expand=OtherProperties,Lists", body=body)
    (created,) = answer.json()["value"]

    assert answer.status_code == 200
    assert created == one(session, created["Id"])
    assert created["Name"] == "Novo"
    assert created["OtherProperties"][0]["StringValue"] == "8421.39.90"
    assert created["Lists"][0]["ListId"] == 400_901
    assert session.count() == 401


def test_a_change_moves_the_date_and_leaves_the_rest() -> None:
    session = open_session()
    product_id = session.simulator.world.products.ids[0]
    before = one(session, product_id)
    answer = session.ask("PATCH", f"/Products({product_id})", body={"UnitPrice": 1})
    after = one(session, product_id)

    assert answer.json()["value"][0]["UnitPrice"] == 1
    assert str(after.pop("LastUpdateDate")) > str(before.pop("LastUpdateDate"))
    assert after == {**before, "UnitPrice": 1, "UpdaterId": after["UpdaterId"]}


def test_dates_of_change_never_repeat_unless_told_to() -> None:
    for ties, distinct in ((False, 5), (True, 1)):
        session = open_session(equal_dates=ties)
        ids = session.simulator.world.products.ids[:5]
        for product_id in ids:
            session.simulator.edit_product(product_id, {"UnitPrice": 2})

        assert len({one(session, product_id)["LastUpdateDate"] for product_id in ids}) == distinct


def test_custom_values_are_merged_or_replaced() -> None:
    for mode, labels in (("merge", {"NCM", "CFOP"}), ("replace", {"CFOP"})):
        session = open_session(products=0, other_properties_patch=mode)
        fields = session.simulator.world.fields
        ncm = {"FieldKey": fields["NCM"].key, "StringValue": "1"}
        cfop = {"FieldKey": fields["CFOP"].key, "StringValue": "2"}
        session.simulator.create_product({"Name": "x", "OtherProperties": [ncm]}, 5)
        session.ask("PATCH", "/Products(5)", body={"OtherProperties": [cfop]})
        items = one(session, 5)["OtherProperties"]

        assert isinstance(items, list)
        assert {item["FieldKey"] for item in items} == {fields[label].key for label in labels}


def test_a_null_value_removes_a_custom_value() -> None:
    session = open_session(products=0)
    key = session.simulator.world.fields["NCM"].key
    session.simulator.create_product({"Name": "x", "OtherProperties": [{"FieldKey": key, "StringValue": "1"}]}, 5)
    session.simulator.edit_product(5, {"OtherProperties": [{"FieldKey": key, "StringValue": None}]})

    assert one(session, 5)["OtherProperties"] == []


def test_a_change_of_custom_fields_alone_may_leave_the_date() -> None:
    for moves in (True, False):
        session = open_session(custom_change_moves_date=moves)
        product_id = session.simulator.world.products.ids[0]
        before = one(session, product_id)["LastUpdateDate"]
        stock = {"FieldKey": session.simulator.world.fields["Estoque"].key, "DecimalValue": 3}
        session.simulator.edit_product(product_id, {"OtherProperties": [stock]})

        assert (one(session, product_id)["LastUpdateDate"] != before) is moves


def test_a_deleted_product_is_gone_for_good() -> None:
    session = open_session()
    product_id = session.simulator.world.products.ids[7]
    answer = session.ask("DELETE", f"/Products({product_id})")

    assert (answer.status_code, answer.content) == (200, b"")
    assert session.rows(filter=f"Id eq {product_id}") == []
    assert session.count() == session.count("Id gt 0 or Name eq null") == 399
    assert session.ask("DELETE", f"/Products({product_id})").status_code == 404


def test_wrong_bodies_are_a_400_with_a_sentence() -> None:
    session = open_session()
    product_id = session.simulator.world.products.ids[0]
    bodies: tuple[object, ...] = (
        {"Price": 1},
        {"Name": "x" * 201},
        {"UnitPrice": "1"},
        {"Suspended": 1},
        {"OtherProperties": {}},
        {"OtherProperties": [{"FieldKey": "product_nope"}]},
    )
    for body in bodies:
        answer = session.ask("PATCH", f"/Products({product_id})", body=body)
        assert answer.status_code == 400, body
        assert isinstance(answer.json()["value"], str)
    assert session.ask("POST", "/Products", body={"Code": "x"}).status_code == 400
    assert session.ask("POST", "/Products", content=b"{").status_code == 400
    assert session.ask("PUT", f"/Products({product_id})", body={}).status_code == 405
    assert session.ask("POST", "/Currencies", body={}).status_code == 403


def test_a_renamed_group_shows_in_products_but_does_not_touch_them() -> None:
    session = open_session(default_order="stable")
    before = session.rows(expand="Group($select=Id,Name)", top=300)
    group = before[0]["Group"]["Id"]
    session.ask("PATCH", f"/Products@Groups({group})", body={"Name": "NOVO NOME"})
    after = session.rows(expand="Group($select=Id,Name)", top=300)

    assert after[0]["Group"] == {"Id": group, "Name": "NOVO NOME"}
    assert [row["LastUpdateDate"] for row in after] == [row["LastUpdateDate"] for row in before]
