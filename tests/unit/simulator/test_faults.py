import asyncio
import time

import httpx2
import pytest

from ploomes_simulator import Fault
from unit.simulator.session import Session, open_session


def outcomes(session: Session, count: int) -> list[str]:
    """Tell apart what a client meets."""
    return [outcome(session) for _ in range(count)]


def outcome(session: Session) -> str:
    try:
        answer = session.get("/Products", top=5)
    except httpx2.TransportError as error:
        return type(error).__name__
    if answer.status_code != 200:
        return str(answer.status_code)
    if not answer.headers["Content-Type"].startswith("application/json"):
        return "garbage"
    value = answer.json()["value"]
    return f"{len(value)} rows" if isinstance(value, list) else "wrong shape"


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault.TOO_MANY, "429"),
        (Fault.TOO_MANY_RETRY_AFTER, "429"),
        (Fault.ERROR_500, "500"),
        (Fault.ERROR_502, "502"),
        (Fault.ERROR_503, "503"),
        (Fault.ERROR_504, "504"),
        (Fault.HTML_IN_JSON, "502"),
        (Fault.TIMEOUT, "ReadTimeout"),
        (Fault.CUT, "RemoteProtocolError"),
        (Fault.SLOW, "5 rows"),
        (Fault.EMPTY, "0 rows"),
        (Fault.GARBAGE, "garbage"),
        (Fault.WRONG_SHAPE, "wrong shape"),
    ],
)
def test_each_fault_shows_itself_by_script_and_by_chance(fault: Fault, expected: str) -> None:
    quick = {"hang_seconds": 0.01, "slow_seconds": 0.01, "products": 20}
    scripted = open_session(**quick)
    scripted.simulator.script_fault(fault)
    always = open_session(**quick, **{f"fault_{fault}": 1.0})

    assert outcomes(scripted, 2) == [expected, "5 rows"]
    assert outcomes(always, 2) == [expected, expected]


def test_a_script_waits_for_its_path_and_lasts_as_long_as_it_says() -> None:
    session = open_session()
    session.simulator.script_fault(Fault.ERROR_503, times=2, path="/Products", skip=1)
    session.get("/Currencies")

    assert outcomes(session, 4) == ["5 rows", "503", "503", "5 rows"]


def test_scripts_can_be_forgotten() -> None:
    session = open_session()
    session.simulator.script_fault(Fault.ERROR_503, times=9)
    session.simulator.clear_faults()

    assert outcomes(session, 1) == ["5 rows"]


def test_chance_is_the_same_for_the_same_seed() -> None:
    first, again, other = (
        outcomes(open_session(products=20, fault_502=0.3, fault_empty=0.3, seed=seed), 30) for seed in (1, 1, 2)
    )

    assert first == again != other
    assert set(first) == {"5 rows", "502", "0 rows"}


def test_a_storm_of_429_lasts() -> None:
    session = open_session(fault_429=1.0, storm_length=4)
    outcomes(session, 1)
    session.simulator.change_settings({"fault_429": 0.0})

    assert outcomes(session, 4) == ["429", "429", "429", "5 rows"]


def test_a_storm_can_say_when_to_come_back() -> None:
    session = open_session(fault_429_retry_after=1.0, storm_retry_after=7)

    assert session.get("/Products").headers["Retry-After"] == "7"


def test_an_html_page_can_hide_in_a_json_string() -> None:
    session = open_session(fault_html_in_json=1.0)

    assert "<html>" in session.get("/Products").json()


def test_an_outage_lasts_until_it_is_turned_off() -> None:
    session = open_session(outage=True)

    assert outcomes(session, 3) == ["503"] * 3
    session.simulator.change_settings({"outage": False})
    assert outcomes(session, 1) == ["5 rows"]


def test_a_wipe_shows_only_the_first_products() -> None:
    session = open_session(visible_products=3)

    assert session.count() == 3
    assert [row["Id"] for row in session.rows(orderby="Id")] == list(session.simulator.world.products.ids[:3])
    assert session.rows(orderby="Id desc", top=1)[0]["Id"] == session.simulator.world.products.ids[2]
    assert open_session(visible_products=0).count() == 0


def test_a_slow_answer_takes_its_time_and_lets_others_pass() -> None:
    session = open_session(slow_seconds=0.3)
    session.simulator.script_fault(Fault.SLOW)

    async def race() -> list[str]:
        finished: list[str] = []

        async def ask(name: str, delay: float) -> None:
            await asyncio.sleep(delay)
            assert (await client.get("/Products")).status_code == 200
            finished.append(name)

        async with session.client() as client:
            await asyncio.gather(ask("slow", 0), ask("quick", 0.05))
        return finished

    begin = time.monotonic()

    assert asyncio.run(race()) == ["quick", "slow"]
    assert time.monotonic() - begin >= 0.3
