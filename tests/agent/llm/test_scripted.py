from __future__ import annotations

import pytest
from contracts.llm import LLMContract, ask, told
from palate.agent.errors import ModelUnavailable
from palate.agent.llm.scripted import ScriptedLLM


class TestScripted(LLMContract):
    @pytest.fixture
    def llm(self) -> ScriptedLLM:
        return ScriptedLLM(["one two three four five six"], preferences=lambda _, option: len(option))


async def test_it_goes_through_its_script_and_repeats_the_last() -> None:
    llm = ScriptedLLM(["first", "second"])
    assert [await told(llm, ask()) for _ in range(3)] == ["first", "second", "second"]
    assert [prompt.body for prompt in llm.asked] == [ask().body] * 3


async def test_an_exception_in_the_script_is_raised() -> None:
    with pytest.raises(ModelUnavailable, match="gone"):
        await told(ScriptedLLM([ModelUnavailable("gone")]), ask())


async def test_a_callable_sees_the_prompt() -> None:
    assert await told(ScriptedLLM(lambda prompt: prompt.body.upper()), ask("hi")) == "HI"


async def test_options_are_ranked_by_the_preferences() -> None:
    llm = ScriptedLLM(preferences=lambda _, option: {"A": 0.0, "B": 2.0}[option])
    a, b = await llm.rank(ask(), ["A", "B"])
    assert b - a == pytest.approx(2.0)
