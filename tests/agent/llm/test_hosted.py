"""The hosted client against a server on loopback."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from contracts.llm import PREFIX, LLMContract, ask, told
from loopback import Server
from palate.agent.errors import Incapable, ModelUnavailable
from palate.agent.llm.hosted import HostedLLM, find_key

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
async def llm(server: Server) -> AsyncIterator[HostedLLM]:
    made = HostedLLM(server.base_url, read_seconds=0.5)
    yield made
    await made.close()


class TestHosted(LLMContract):
    @pytest.fixture
    def llm(self, llm: HostedLLM) -> HostedLLM:
        return llm


async def test_it_sends_the_whole_prompt_and_the_key(server: Server) -> None:
    llm = HostedLLM(server.base_url, model="large", key="secret")
    assert await told(llm, ask("Hi"), max_tokens=3, stop=("\n",))
    (asked,) = server.asked
    assert [message["role"] for message in asked["messages"]] == ["system", "user", "assistant", "user"]
    assert asked["messages"][-1]["content"] == "Hi"
    assert (asked["model"], asked["max_tokens"], asked["stop"]) == ("large", 3, ["\n"])
    assert server.keys == ["Bearer secret"]
    await llm.close()


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        ("401", "does not accept the key"),
        ("404", "not there"),
        ("429", "wait 7 s"),
        ("500", "status 500"),
        ("503", "status 503"),
        ("hang", "did not answer within"),
        ("not-json", "lists no model"),
        ("no-models", "lists no model"),
        ("cut", "broke off"),
        ("garbage", "broke off"),
        ("refusal", "declined"),
        ("filtered", "declined"),
        ("too-long", "so long a prompt"),
        ("empty", "empty answer"),
    ],
)
async def test_every_failure_is_one_line_without_a_retry(
    server: Server, llm: HostedLLM, fault: str, line: str
) -> None:
    server.fault = fault
    started = time.perf_counter()
    with pytest.raises(ModelUnavailable, match=line) as caught:
        await told(llm, ask())
    assert "\n" not in str(caught.value)
    assert len(server.asked) <= 1
    assert time.perf_counter() - started < 5
    server.fault = ""
    assert await told(llm, ask())


async def test_a_server_that_is_not_there_is_one_line(server: Server) -> None:
    llm = HostedLLM(server.base_url, model="small")
    server.shutdown()
    server.server_close()
    with pytest.raises(ModelUnavailable, match="cannot be reached"):
        await told(llm, ask())


async def test_a_parameter_the_model_does_not_take_is_left_out_from_then_on(
    server: Server, llm: HostedLLM
) -> None:
    server.fault = "no-max-tokens"
    await told(llm, ask(), max_tokens=3)
    await told(llm, ask(), max_tokens=3)
    assert [("max_tokens" in asked) for asked in server.asked] == [True, False, False]
    assert server.asked[-1]["max_completion_tokens"] == 3


async def test_nothing_is_connected_before_it_is_used(server: Server, llm: HostedLLM) -> None:
    assert not llm.ready()
    await llm.warm(PREFIX)
    assert llm.ready()
    assert server.asked == []


class TestKey:
    @pytest.fixture(autouse=True)
    def no_keys_around(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for variable in ("PALATE_API_KEY", "OPENAI_API_KEY"):
            monkeypatch.delenv(variable, raising=False)

    def test_the_environment_comes_first(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", "from outside")
        (tmp_path / "api-key").write_text("from the file")
        assert find_key(tmp_path) == "from outside"

    def test_a_private_file_is_read(self, tmp_path: Path) -> None:
        file = tmp_path / "api-key"
        file.write_text("from the file\n")
        file.chmod(0o600)
        assert find_key(tmp_path) == "from the file"

    def test_a_file_that_others_can_read_is_refused(self, tmp_path: Path) -> None:
        file = tmp_path / "api-key"
        file.write_text("from the file")
        file.chmod(0o644)
        with pytest.raises(ModelUnavailable, match="chmod 600"):
            find_key(tmp_path)

    def test_no_key_is_no_error(self, tmp_path: Path) -> None:
        assert find_key(tmp_path) == ""


TOOL = {"type": "function", "function": {"name": "popular", "parameters": {"type": "object"}}}


async def test_calls_of_tools_come_back_with_what_they_cost(server: Server, llm: HostedLLM) -> None:
    assert llm.capabilities.tools is None
    server.calls = [("popular", '{"k": 3}'), ("popular", "{broken")]
    said = await llm.call([{"role": "user", "content": "Hi"}], [TOOL])
    assert [(call.name, call.arguments, call.id) for call in said.calls] == [
        ("popular", '{"k": 3}', "c0"),
        ("popular", "{broken", "c1"),
    ]
    assert server.asked[0]["tools"] == [TOOL]
    assert llm.capabilities.tools is True
    assert llm.usage is not None
    assert (llm.usage.prompt_tokens, llm.usage.written_tokens) == (50, 7)


async def test_a_server_that_takes_no_tools_is_known_from_then_on(server: Server, llm: HostedLLM) -> None:
    server.fault = "no-tools"
    with pytest.raises(ModelUnavailable, match="takes no tools"):
        await llm.call([{"role": "user", "content": "Hi"}], [TOOL])
    assert llm.capabilities.tools is False
    assert await told(llm, ask())


async def test_a_model_that_never_calls_is_not_asked_for_ever(server: Server, llm: HostedLLM) -> None:
    for _ in range(2):
        said = await llm.call([{"role": "user", "content": "Hi"}], [TOOL])
        assert (said.text, said.calls) == ("No need.", ())
    assert llm.capabilities.tools is False
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        ("401", "does not accept the key"),
        ("429", "wait 7 s"),
        ("500", "status 500"),
        ("hang", "did not answer within"),
        ("cut", "broke off"),
        ("empty", "broke off"),
    ],
)
async def test_a_failing_call_is_one_line(server: Server, llm: HostedLLM, fault: str, line: str) -> None:
    await llm.warm(PREFIX)
    server.fault = fault
    with pytest.raises(ModelUnavailable, match=line) as caught:
        await llm.call([{"role": "user", "content": "Hi"}], [TOOL])
    assert "\n" not in str(caught.value)
    assert llm.capabilities.tools is None


async def test_a_ranking_is_read_from_the_first_token_s_alternatives(server: Server, llm: HostedLLM) -> None:
    assert llm.capabilities.logits is None
    ranks = await llm.rank(ask("A, B or C?"), ["A", "B", "C"])
    assert ranks[0] > ranks[1] == ranks[2]
    assert llm.capabilities.logits is True
    assert (server.asked[0]["max_tokens"], server.asked[0]["top_logprobs"]) == (1, 20)


@pytest.mark.parametrize("how", ["refused", "left out"])
async def test_a_server_without_logits_is_known_from_then_on(
    server: Server, llm: HostedLLM, how: str
) -> None:
    server.tops = []
    server.fault = "logprobs" if how == "refused" else ""
    for _ in range(2):
        with pytest.raises(Incapable, match="gives no logits"):
            await llm.rank(ask("A or B?"), ["A", "B"])
    assert llm.capabilities.logits is False
    assert len(server.asked) <= 2


async def test_an_answer_is_held_to_a_schema_where_the_server_can(server: Server, llm: HostedLLM) -> None:
    schema = {"type": "array", "items": {"type": "integer"}}
    server.words = ["[1,", "2]"]
    async for _ in llm.stream(ask(), schema=schema):
        pass
    assert server.asked[0]["response_format"]["json_schema"]["schema"] == schema
    assert llm.capabilities.json_schema is True
    ignoring = HostedLLM(server.base_url)
    server.words = ["Well, ", "first …"]
    async for _ in ignoring.stream(ask(), schema=schema):
        pass
    assert ignoring.capabilities.json_schema is False
    await ignoring.close()
    other = HostedLLM(server.base_url)
    server.fault = "response_format"
    assert [piece async for piece in other.stream(ask(), schema=schema)]
    assert other.capabilities.json_schema is False
    assert "response_format" not in server.asked[-1]
    await other.close()


async def test_the_context_length_is_what_the_server_says(llm: HostedLLM) -> None:
    assert llm.capabilities.context == 0
    await llm.warm(PREFIX)
    assert llm.capabilities.context == 4096
