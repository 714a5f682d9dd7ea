"""The circuit breaker and the account, over a server on loopback and a scripted model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from contracts.llm import PREFIX, LLMContract, ask, told
from loopback import Server
from palate.agent.errors import Incapable, ModelUnavailable
from palate.agent.llm.base import Usage
from palate.agent.llm.guard import LONGEST_REST, REST, Guard
from palate.agent.llm.hosted import HostedLLM
from palate.agent.llm.metered import Metered, account
from palate.agent.llm.scripted import ScriptedLLM

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
async def llm(server: Server) -> AsyncIterator[Guard]:
    made = Guard(HostedLLM(server.base_url, read_seconds=0.5))
    yield made
    await made.close()


class TestGuarded(LLMContract):
    @pytest.fixture
    def llm(self, llm: Guard) -> Guard:
        return llm


class TestMetered(LLMContract):
    @pytest.fixture
    def llm(self, llm: Guard) -> Metered:
        return Metered(llm, [])


async def fail(llm: Guard) -> str:
    with pytest.raises(ModelUnavailable) as caught:
        await told(llm, ask())
    return str(caught.value)


async def test_a_server_that_keeps_failing_is_left_alone_for_a_while(server: Server) -> None:
    clock = Clock()
    llm = Guard(HostedLLM(server.base_url, read_seconds=0.5), clock=clock)
    await llm.warm(PREFIX)
    server.fault = "500"
    for _ in range(4):
        await fail(llm)
    assert len(server.asked) == 2
    assert not llm.ready()
    assert "asked again in 30 s" in await fail(llm)
    clock.now += REST
    await fail(llm)  # one is let through, and fails
    assert len(server.asked) == 3
    clock.now += REST
    assert "left alone" in await fail(llm)
    server.fault = ""
    clock.now += REST
    assert await told(llm, ask())
    server.fault = "500"
    await fail(llm)
    server.fault = ""
    assert await told(llm, ask())  # one failure alone closes nothing
    await llm.close()


async def test_the_rest_is_bounded(server: Server) -> None:
    clock = Clock()
    llm = Guard(HostedLLM(server.base_url, read_seconds=0.5), clock=clock)
    await llm.warm(PREFIX)
    server.fault = "500"
    for _ in range(12):
        await fail(llm)
        clock.now += LONGEST_REST
    assert len(server.asked) == 12
    await llm.close()


async def test_a_server_that_says_how_long_is_left_alone_so_long(server: Server) -> None:
    clock = Clock()
    llm = Guard(HostedLLM(server.base_url, read_seconds=0.5), clock=clock)
    await llm.warm(PREFIX)
    server.fault = "429"
    assert "wait 7 s" in await fail(llm)
    assert "left alone" in await fail(llm)
    assert len(server.asked) == 1
    await llm.close()


async def test_what_a_model_cannot_do_is_no_failure() -> None:
    llm = Guard(ScriptedLLM(["one two"]))
    for _ in range(3):
        with pytest.raises(Incapable):
            await llm.rank(ask(), ["A", "B"])
    assert await told(llm, ask()) == "one two"


async def test_an_account_is_kept_of_what_was_finished() -> None:
    spent: list[Usage] = []
    llm = Metered(ScriptedLLM(["one two three"], preferences=lambda *_: 0.0), spent)
    await told(llm, ask())
    await told(llm, ask())
    total = account(spent)
    assert (total.requests, total.written_tokens) == (2, 6)
    assert account([]).requests == 0
