from __future__ import annotations

from ploomes_sync.cache.answer import Entry, make_entry
from ploomes_sync.cache.memory import NEGATIVE_CAPACITY, Memory


async def again() -> Entry[object]:
    raise AssertionError("nothing is loaded here")


def entry(value: object = "x", *, until: float = 100, names: set[str] | None = None) -> Entry[object]:
    told = None if names is None else frozenset(names)
    return make_entry(value, loaded=0, until=until, names=told, again=again)


def test_the_least_recently_asked_gives_way() -> None:
    memory = Memory(capacity=3)
    for key in ("prod:1", "prod:2", "prod:3"):
        memory.put(key, entry())
    memory.get("prod:1")
    memory.put("prod:4", entry())

    assert [key for key in ("prod:1", "prod:2", "prod:3", "prod:4") if memory.get(key)] == [
        "prod:1",
        "prod:3",
        "prod:4",
    ]
    assert dict(memory.evictions) == {"prod": 1}
    assert dict(memory.sizes()) == {"prod": 3}


def test_it_holds_ten_thousand_small_answers_and_no_more() -> None:
    memory = Memory()
    for number in range(10_500):
        memory.put(f"prod:{number}", entry())

    assert memory.sizes()["prod"] == memory.capacity == 10_000
    assert memory.evictions["prod"] == 500


def test_large_answers_give_way_by_their_bytes() -> None:
    memory = Memory(capacity=1000, most_bytes=1_000_000)
    for number in range(20):
        memory.put(f"search:{number}", entry("x" * 100_000))

    assert memory.sizes()["search"] == 9
    assert memory.get("search:19") is not None


def test_an_answer_larger_than_everything_else_together_is_held_alone() -> None:
    memory = Memory(capacity=10, most_bytes=1000)
    memory.put("search:1", entry("x" * 5000))

    assert memory.get("search:1") is not None


def test_a_change_is_held_against_those_that_name_it_and_those_that_any_product_changes() -> None:
    memory = Memory()
    memory.put("prod:1", entry(names={"1", "a-1"}))
    memory.put("prod:a-1", entry(names={"1", "a-1"}))
    memory.put("prod:2", entry(names={"2", "b-2"}))
    memory.put("prod:nix", entry(None, names={"nix"}))
    memory.put("search:x", entry())

    assert memory.forget(frozenset({"1"})) == 3
    assert [
        key for key in ("prod:1", "prod:a-1", "prod:2", "prod:nix", "search:x") if memory.believes(key, 1)
    ] == [
        "prod:2",
        "prod:nix",
    ]
    assert memory.forget(frozenset({"nix"})) == 1
    assert memory.forget(None) == 1
    assert memory.get("prod:1") is not None, "it can still be served while the database is away"


def test_an_answer_is_believed_until_its_time_is_over() -> None:
    memory = Memory()
    memory.put("prod:1", entry(until=10))

    assert [memory.believes("prod:1", now) for now in (9.9, 10)] == [True, False]


def test_what_does_not_exist_takes_no_room_from_what_does() -> None:
    memory = Memory(capacity=10)
    memory.put("prod:1", entry())
    for number in range(NEGATIVE_CAPACITY + 10):
        memory.put(f"prod:none{number}", entry(None, names={"x"}))

    assert memory.get("prod:1") is not None
    assert memory.sizes()["prod"] == NEGATIVE_CAPACITY + 1


def test_a_product_that_appears_takes_the_place_of_its_absence_and_back() -> None:
    memory = Memory()
    for value in (None, "here", None):
        memory.put("prod:1", entry(value))
        held = memory.get("prod:1")

        assert held is not None
        assert held.value == value
        assert memory.sizes()["prod"] == 1


def test_the_most_recently_asked_are_the_first_to_be_loaded_again() -> None:
    memory = Memory()
    for number in range(5):
        memory.put(f"prod:{number}", entry(until=10 if number != 4 else 99))
    memory.get("prod:0")

    assert list(memory.outdated(20, limit=3)) == ["prod:0", "prod:3", "prod:2"]
