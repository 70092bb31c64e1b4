from __future__ import annotations

import asyncio

import pytest

from ploomes_sync.engine.parts import rest
from ploomes_sync.errors import CredentialsError, StoreDownError
from ploomes_sync.jobs.loops import repeat


@pytest.mark.parametrize("error", [StoreDownError("away"), CredentialsError("wrong"), KeyError("a mistake")])
def test_a_loop_goes_on_whatever_happens_in_it(error: Exception) -> None:
    async def scenario() -> int:
        stopping, steps = asyncio.Event(), 0

        async def step() -> None:
            nonlocal steps
            steps += 1
            if steps == 3:
                stopping.set()
            raise error

        await asyncio.wait_for(repeat("test", step, 0.001, stopping), 5)
        return steps

    assert asyncio.run(scenario()) == 3


def test_a_rest_ends_when_the_process_is_asked_to_stop() -> None:
    async def scenario() -> None:
        stopping = asyncio.Event()
        resting = asyncio.create_task(rest(60, stopping))
        await asyncio.sleep(0)
        stopping.set()
        await asyncio.wait_for(resting, 1)

    asyncio.run(scenario())
