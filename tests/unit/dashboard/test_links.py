from __future__ import annotations

from ploomes_sync.dashboard.links import LINK_SECONDS, Links


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_link_lets_in_once_however_often_it_is_looked_at() -> None:
    links = Links()
    secret = links.make()
    for _ in range(3):
        assert links.is_usable(secret)

    assert links.take(secret)
    assert not links.is_usable(secret)
    assert not links.take(secret)


def test_a_link_runs_out() -> None:
    clock = Clock()
    links = Links(clock)
    first, second = links.make(), links.make()
    clock.now = LINK_SECONDS - 1
    assert links.take(first)
    clock.now = LINK_SECONDS
    assert not links.is_usable(second)
    assert not links.take(second)


def test_links_are_long_and_differ_and_only_their_maker_knows_them() -> None:
    links = Links()
    secrets = {links.make() for _ in range(10)}
    assert len(secrets) == 10
    assert all(len(secret) >= 43 for secret in secrets)
    assert not any(Links().is_usable(secret) for secret in secrets)
    assert not links.is_usable("")
