import json

import pytest

from unit.simulator.session import open_session


def test_statistics_show_queries_when_asked_and_start_anew_when_reset() -> None:
    session = open_session()
    session.rows(orderby="Id", top=7)
    report = session.ask("GET", "/_simulator/stats?log=1", key=None).json()
    session.ask("POST", "/_simulator/stats/reset")

    assert report["log"] == [{"time": session.watch.time, "query": "%24orderby=Id&%24top=7", "rows": 7}]
    assert report["rows_served"] == 7
    assert "log" not in session.get("/_simulator/stats").json()
    assert session.get("/_simulator/stats").json()["requests"] == 0


def test_settings_are_shown_and_changed() -> None:
    session = open_session()
    changed = session.ask("PATCH", "/_simulator/settings", body={"page_size": 9, "outage": False}).json()

    assert changed["page_size"] == 9
    assert session.get("/_simulator/settings").json() == changed
    assert len(session.rows()) == 9


@pytest.mark.parametrize("body", [{"nope": 1}, {"page_size": "many"}, {"rate_window": "round"}, {"seed": 3}, []])
def test_wrong_settings_change_nothing_and_say_why(body: object) -> None:
    session = open_session()
    before = session.simulator.settings
    answer = session.ask("PATCH", "/_simulator/settings", body=body)

    assert answer.status_code == 400
    assert answer.json()["error"]
    assert session.simulator.settings == before


def test_faults_are_scripted_shown_and_forgotten() -> None:
    session = open_session()
    script = {"fault": "502", "times": 2, "path": "/Products", "skip": 0}
    added = session.ask("POST", "/_simulator/faults", body=script).json()
    first = session.get("/Products").status_code
    forgotten = session.ask("DELETE", "/_simulator/faults").json()

    assert (added, first, forgotten) == ([script], 502, [])
    assert session.ask("POST", "/_simulator/faults", body={"fault": "flood"}).status_code == 400


def test_churn_tells_what_it_touched() -> None:
    session = open_session()
    churned = session.ask("POST", "/_simulator/churn", body={"create": 2, "edit": 1, "delete": 1}).json()

    assert {name: len(ids) for name, ids in churned.items()} == {"created": 2, "edited": 1, "deleted": 1}


def test_the_whole_truth_is_a_line_per_product() -> None:
    session = open_session(products=1200)
    lines = session.get("/_simulator/products?fields=Id,Name,OtherProperties").text.splitlines()
    products = [json.loads(line) for line in lines]

    assert [product["Id"] for product in products] == list(session.simulator.world.products.ids)
    assert set(products[0]) == {"Id", "Name", "OtherProperties"}
    assert session.get("/_simulator/products?fields=Nope").status_code == 400


def test_named_products_are_created_changed_shown_and_deleted() -> None:
    session = open_session()
    url = "/_simulator/products/55"
    created = session.ask("PUT", url, body={"Name": "One", "Code": "C"}).json()
    changed = session.ask("PUT", url, body={"Name": "Two"}).json()
    shown = session.get(url).json()
    session.ask("DELETE", url)

    assert (created["Id"], created["Name"], changed["Name"], changed["Code"]) == (55, "One", "Two", "C")
    assert shown == changed
    assert session.get(url).status_code == 404
    assert session.ask("DELETE", url).status_code == 404


def test_raw_bytes_are_set_by_url() -> None:
    session = open_session(products=3)
    product_id = session.simulator.world.products.ids[0]
    session.ask("PUT", f"/_simulator/products/{product_id}/raw", content=b'{"Id":1,"Name":"\\u0000"}')

    assert session.rows(orderby="Id", top=1) == [{"Id": 1, "Name": "\0"}]


def test_digest_and_snapshot_work_by_url() -> None:
    session = open_session()
    nothing = session.ask("POST", "/_simulator/restore").status_code
    before = session.get("/_simulator/digest").json()
    session.ask("POST", "/_simulator/snapshot")
    session.ask("POST", "/_simulator/products", body={"Name": "More"})
    between = session.get("/_simulator/digest").json()
    restored = session.ask("POST", "/_simulator/restore").status_code

    assert (nothing, restored) == (409, 200)
    assert (before["count"], between["count"]) == (400, 401)
    assert session.get("/_simulator/digest").json() == before


def test_admin_requests_are_neither_counted_nor_limited() -> None:
    session = open_session(rate_per_minute=1, outage=True)
    for _ in range(3):
        assert session.ask("GET", "/_simulator/stats", key=None).json()["requests"] == 0
