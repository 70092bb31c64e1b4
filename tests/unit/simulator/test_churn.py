import pytest

from unit.simulator.session import Session, open_session


def walk(session: Session) -> set[int]:
    met: set[int] = set()
    while page := session.rows(filter=f"Id gt {max(met, default=0)}", orderby="Id", top=20):
        met.update(row["Id"] for row in page)
    return met


def test_asked_for_changes_are_made_and_named() -> None:
    session = open_session()
    before = set(session.simulator.world.products.ids)
    churned = session.simulator.apply_churn(create=3, edit=4, delete=2)
    after = set(session.simulator.world.products.ids)

    assert (len(churned.created), len(churned.edited), len(churned.deleted)) == (3, 4, 2)
    assert after == (before | set(churned.created)) - set(churned.deleted)


def test_edits_set_the_date_of_change_to_now() -> None:
    session = open_session()
    begin = session.count("LastUpdateDate ge 2026-01-01T00:00:00Z")
    churned = session.simulator.apply_churn(edit=10)

    assert begin == 0
    assert session.count("LastUpdateDate ge 2026-01-01T00:00:00Z") == len(set(churned.edited))


def test_churn_around_each_list_reaches_rows_behind_and_ahead() -> None:
    session = open_session(churn_per_request=5)
    before = session.simulator.digest()
    met = walk(session)
    now = set(session.simulator.world.products.ids)

    assert session.simulator.digest() != before
    assert met - now
    assert met & now


def test_the_same_seed_makes_the_same_changes() -> None:
    digests = []
    for seed in (3, 3, 4):
        session = open_session(products=50, seed=seed, churn_per_request=4)
        walk(session)
        digests.append(session.simulator.digest()["sha256"])

    assert digests[0] == digests[1] != digests[2]


def test_background_changes_follow_the_clock() -> None:
    session = open_session(churn_per_second=2.0)
    before = session.simulator.digest()
    session.get("/Currencies")
    unchanged = session.simulator.digest()
    session.watch.time += 10
    session.get("/Currencies")

    assert before == unchanged != session.simulator.digest()


def test_a_snapshot_brings_everything_back() -> None:
    session = open_session()
    before = session.simulator.digest()
    session.simulator.snapshot()
    session.simulator.apply_churn(create=5, edit=50, delete=5)
    changed = session.simulator.digest()
    rows = session.rows(orderby="Id", top=300)
    session.simulator.restore()

    assert changed != before == session.simulator.digest()
    assert session.rows(orderby="Id", top=300) != rows
    assert session.count("LastUpdateDate ge 2026-01-01T00:00:00Z") == 0


def test_an_empty_catalogue_can_be_churned() -> None:
    session = open_session(products=0)
    churned = session.simulator.apply_churn(edit=2, delete=2)
    session.simulator.apply_churn(create=1)

    assert (churned.edited, churned.deleted, session.count()) == ([], [], 1)


MALFORMED = (
    b'{"Id":%d,"Name":null}',
    b'{"Id":%d}',
    b'{"Name":"no id","Suspended":false}',
    b'{"Id":%d,"Name":"NUL \\u0000","Code":{"a":[1]}}',
    b'{"Id":%d,"Name":"\\ud83d half an emoji","UnitPrice":1e400}',
    b'{"Id":%d,"Name":"x","LastUpdateDate":"2024-02-31T25:00:00-03:00","GroupId":[1],"Suspended":"yes"}',
)


@pytest.mark.parametrize("pattern", MALFORMED)
def test_malformed_records_are_served_byte_for_byte(pattern: bytes) -> None:
    session = open_session(products=30)
    product_id = session.simulator.world.products.ids[4]
    raw = pattern % product_id if b"%d" in pattern else pattern
    session.simulator.put_raw(product_id, raw)
    answer = session.get("/Products", orderby="Id", filter=f"Id le {product_id}", expand="OtherProperties")

    assert answer.content.endswith(b"," + raw + b"]}")
    assert session.count() == 30
    for condition in ("LastUpdateDate ge 2000-01-01T00:00:00Z and Group/Name ne 'x'", "Suspended eq true"):
        assert session.get("/Products", filter=condition, orderby="Name,UnitPrice,GroupId").status_code == 200


def test_a_malformed_record_can_be_healed() -> None:
    session = open_session(products=30)
    product_id = session.simulator.world.products.ids[4]
    session.simulator.put_raw(product_id, b"not even JSON")
    session.simulator.edit_product(product_id, {"Name": "Well again"})

    assert session.rows(filter=f"Id eq {product_id}")[0]["Name"] == "Well again"
