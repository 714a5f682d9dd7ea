"""What every LLM client does, whatever is behind it."""

from __future__ import annotations

import asyncio
import math
from contextlib import aclosing

import pytest
from palate.agent.errors import ModelUnavailable
from palate.agent.llm.base import LLM, Prefix, Prompt

PREFIX = Prefix("You answer in one short line.", (("Say hello.", "Hello to you."),))


def ask(body: str = "Count from one to nine.") -> Prompt:
    return Prompt(PREFIX, body)


async def told(llm: LLM, prompt: Prompt, max_tokens: int = 16, stop: tuple[str, ...] = ()) -> str:
    return "".join([piece async for piece in llm.stream(prompt, max_tokens=max_tokens, stop=stop)])


class LLMContract:
    """Inherited by the tests of each client; they give a fixture ``llm`` that answers several words."""

    async def test_it_answers_in_pieces_of_text(self, llm: LLM) -> None:
        assert (await told(llm, ask())).strip()

    async def test_it_is_ready_after_warming(self, llm: LLM) -> None:
        await llm.warm(PREFIX)
        assert llm.ready()

    async def test_it_counts_what_a_request_cost(self, llm: LLM) -> None:
        await told(llm, ask(), max_tokens=4)
        assert llm.usage is not None
        assert 1 <= llm.usage.written_tokens <= 4
        assert llm.usage.seconds >= llm.usage.first_token_seconds >= 0

    async def test_the_same_prompt_gets_the_same_answer(self, llm: LLM) -> None:
        assert await told(llm, ask()) == await told(llm, ask())

    async def test_it_ends_before_a_stop(self, llm: LLM) -> None:
        whole = await told(llm, ask())
        stop = whole[3:5]
        assert await told(llm, ask(), stop=(stop,)) == whole[: whole.index(stop)]

    async def test_after_closing_early_the_next_request_is_served(self, llm: LLM) -> None:
        whole = await told(llm, ask())
        async with aclosing(llm.stream(ask(), max_tokens=200)) as pieces:
            async for _ in pieces:
                break
        assert await told(llm, ask()) == whole

    async def test_requests_made_at_once_are_all_served(self, llm: LLM) -> None:
        alone = await told(llm, ask())
        assert await asyncio.gather(*(told(llm, ask()) for _ in range(3))) == [alone] * 3

    async def test_a_ranking_is_a_distribution_or_refused(self, llm: LLM) -> None:
        await llm.warm(PREFIX)
        if llm.capabilities.logits is not False:
            ranks = await llm.rank(ask("Answer A, B or C."), ["A", "B", "C"])
            assert sum(math.exp(rank) for rank in ranks) == pytest.approx(1.0)
        else:
            with pytest.raises(ModelUnavailable):
                await llm.rank(ask(), ["A", "B"])

    async def test_tools_are_called_or_refused(self, llm: LLM) -> None:
        await llm.warm(PREFIX)
        messages = [{"role": "user", "content": "What is popular?"}]
        tool = {"type": "function", "function": {"name": "popular", "parameters": {"type": "object"}}}
        if llm.capabilities.tools is False:
            with pytest.raises(ModelUnavailable):
                await llm.call(messages, [tool])
        else:
            said = await llm.call(messages, [tool])
            assert said.text or said.calls

    async def test_it_can_be_used_after_closing(self, llm: LLM) -> None:
        await llm.close()
        await llm.close()
        assert (await told(llm, ask())).strip()
        await llm.close()
