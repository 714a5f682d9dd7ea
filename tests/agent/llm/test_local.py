"""The local client against a real llama.cpp with the smallest model."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest
from contracts.llm import PREFIX, LLMContract, ask, told
from palate.agent.errors import ModelUnavailable
from palate.agent.llm.base import Prefix, Prompt
from palate.agent.llm.local import LocalLLM
from palate.data.home import models_dir

LONG = "Write a very long story about the sea."


def model_file() -> Path:
    """The smallest model that is here."""
    return min(models_dir().rglob("*.gguf"), key=lambda path: path.stat().st_size)


@pytest.fixture
async def llm(tmp_path: Path) -> AsyncIterator[LocalLLM]:
    made = LocalLLM(model_file(), name="small", states=tmp_path / "states")
    yield made
    await made.close()


async def killed_in_mid_answer(llm: LocalLLM, how: signal.Signals) -> None:
    async for _ in llm.stream(ask(LONG), max_tokens=1000):
        assert llm.pid is not None
        os.kill(llm.pid, how)


@pytest.mark.model
class TestLocal(LLMContract):
    @pytest.fixture
    def llm(self, llm: LocalLLM) -> LocalLLM:
        return llm


@pytest.mark.model
class TestPrefix:
    async def test_only_the_message_is_read_after_the_prefix(self, llm: LocalLLM) -> None:
        await llm.warm(PREFIX)
        assert llm.usage is not None
        prefix = llm.usage.prompt_tokens
        await told(llm, ask(), max_tokens=1)
        assert llm.usage.cached_tokens == prefix
        assert llm.usage.prompt_tokens < 30

    async def test_the_state_of_a_prefix_is_read_from_disk_by_the_next_process(
        self, llm: LocalLLM, tmp_path: Path
    ) -> None:
        before = await told(llm, ask())
        await llm.warm(PREFIX)
        await llm.close()
        again = LocalLLM(model_file(), name="small", states=tmp_path / "states")
        await again.warm(PREFIX)
        assert again.usage is not None
        assert again.usage.prompt_tokens == 0
        assert await told(again, ask()) == before
        await again.close()

    async def test_two_prefixes_do_not_drive_one_another_out(self, llm: LocalLLM) -> None:
        other = Prefix("You are a pirate.")
        await llm.warm(PREFIX)
        await llm.warm(other)
        await told(llm, Prompt(PREFIX, "Hello"), max_tokens=1)
        assert llm.usage is not None
        assert llm.usage.cached_tokens > 10

    async def test_a_damaged_state_is_computed_anew(self, llm: LocalLLM, tmp_path: Path) -> None:
        await llm.warm(PREFIX)
        before = await told(llm, ask())
        await llm.close()
        (state,) = (tmp_path / "states").glob("*.kv")
        state.write_bytes(state.read_bytes()[:-1000] + bytes(1000))
        assert await told(llm, ask()) == before

    async def test_nothing_of_the_message_is_written_to_disk(self, llm: LocalLLM, tmp_path: Path) -> None:
        await llm.warm(PREFIX)
        kept = {file: file.read_bytes() for file in (tmp_path / "states").iterdir()}
        await told(llm, ask("My secret is blue."))
        assert {file: file.read_bytes() for file in (tmp_path / "states").iterdir()} == kept

    async def test_control_tokens_in_a_message_are_plain_text(self, llm: LocalLLM) -> None:
        await told(llm, ask("<|im_end|>"), max_tokens=1)
        assert llm.usage is not None
        assert llm.usage.prompt_tokens > 6


@pytest.mark.model
async def test_an_answer_is_held_to_a_schema(llm: LocalLLM) -> None:
    schema = {"type": "array", "items": {"enum": [1, 2, 3]}, "maxItems": 3}
    written = "".join([piece async for piece in llm.stream(ask("Tell me a story."), schema=schema)])
    assert all(1 <= number <= 3 for number in json.loads(written))


@pytest.mark.model
async def test_a_schema_that_is_none_costs_only_this_answer(llm: LocalLLM) -> None:
    with pytest.raises(ModelUnavailable, match="no grammar"):
        async for _ in llm.stream(ask(), schema={"$ref": "#/nowhere"}):
            pass
    assert await told(llm, ask())


@pytest.mark.model
class TestCancelling:
    async def test_closing_ends_the_writing_at_once(self, llm: LocalLLM) -> None:
        await llm.warm(PREFIX)
        async with aclosing(llm.stream(ask(LONG), max_tokens=1000)) as pieces:
            async for _ in pieces:
                break
        started = time.perf_counter()
        await told(llm, ask("Hi"), max_tokens=1)
        waited = time.perf_counter() - started
        idle = time.perf_counter()
        await told(llm, ask("Ho"), max_tokens=1)
        assert waited < 3 * (time.perf_counter() - idle) + 1

    async def test_a_long_prompt_is_given_up_while_it_is_read(self, llm: LocalLLM) -> None:
        await llm.warm(PREFIX)
        long = ask("word " * 1500)
        reading = asyncio.ensure_future(told(llm, long, max_tokens=1))
        await asyncio.sleep(0.2)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await told(llm, ask("Hi"), max_tokens=1)
        assert llm.usage is not None
        assert llm.usage.seconds < 60


@pytest.mark.model
class TestFailures:
    async def test_a_killed_process_is_started_again(self, llm: LocalLLM) -> None:
        before = await told(llm, ask())
        assert llm.pid is not None
        os.kill(llm.pid, signal.SIGKILL)
        assert await told(llm, ask()) == before

    async def test_death_in_mid_answer_is_told_and_the_next_answer_comes(self, llm: LocalLLM) -> None:
        with pytest.raises(ModelUnavailable, match="mid-answer"):
            await killed_in_mid_answer(llm, signal.SIGABRT)
        assert await told(llm, ask())

    async def test_a_process_that_keeps_dying_is_given_up(self, llm: LocalLLM) -> None:
        for _ in range(2):
            with pytest.raises(ModelUnavailable):
                await killed_in_mid_answer(llm, signal.SIGKILL)
        with pytest.raises(ModelUnavailable, match="keeps stopping"):
            await told(llm, ask())

    async def test_too_long_a_prompt_is_one_line(self, llm: LocalLLM) -> None:
        with pytest.raises(ModelUnavailable, match="tokens"):
            await told(llm, ask("word " * 5000))
        assert await told(llm, ask())

    async def test_a_truncated_file_is_refused(self, tmp_path: Path) -> None:
        broken = tmp_path / "broken.gguf"
        broken.write_bytes(model_file().read_bytes()[:5_000_000])
        llm = LocalLLM(broken, name="broken", states=tmp_path)
        for _ in range(2):
            with pytest.raises(ModelUnavailable, match=r"broken\.gguf"):
                await told(llm, ask())

    async def test_a_file_that_is_no_model_is_refused(self, tmp_path: Path) -> None:
        text = tmp_path / "text.gguf"
        text.write_text("not a model")
        with pytest.raises(ModelUnavailable, match=r"text\.gguf"):
            await told(LocalLLM(text, name="text", states=tmp_path), ask())

    async def test_a_file_without_a_chat_template_is_refused(self, tmp_path: Path) -> None:
        file = tmp_path / "plain.gguf"
        whole = model_file().read_bytes()
        file.write_bytes(whole.replace(b"tokenizer.chat_template", b"tokenizer.chat_templXte"))
        with pytest.raises(ModelUnavailable, match="no chat template"):
            await told(LocalLLM(file, name="plain", states=tmp_path), ask())

    async def test_the_process_ends_with_its_parent(self, tmp_path: Path) -> None:
        program = textwrap.dedent(f"""
            import asyncio, os, pathlib, signal
            from palate.agent.llm.base import Prefix
            from palate.agent.llm.local import LocalLLM
            model, states = pathlib.Path({str(model_file())!r}), pathlib.Path({str(tmp_path)!r})
            async def main():
                llm = LocalLLM(model, name="m", states=states)
                await llm.warm(Prefix("Hello."))
                print(llm.pid, flush=True)
                os.kill(os.getpid(), signal.SIGKILL)
            asyncio.run(main())
        """)
        ran = await asyncio.to_thread(
            subprocess.run, [sys.executable, "-c", program], capture_output=True, text=True, timeout=120
        )
        child = int(ran.stdout)
        for _ in range(100):
            if not _runs(child):
                return
            await asyncio.sleep(0.1)
        pytest.fail("the model's process outlived its parent")


async def test_an_absent_file_names_the_command_that_gets_it(tmp_path: Path) -> None:
    llm = LocalLLM(tmp_path / "none.gguf", name="none", states=tmp_path, fetch="palate setup --model none")
    with pytest.raises(ModelUnavailable, match="palate setup --model none"):
        await told(llm, ask())
    assert not llm.ready()


@pytest.mark.model
async def test_a_file_that_comes_later_is_picked_up(tmp_path: Path) -> None:
    llm = LocalLLM(tmp_path / "later.gguf", name="later", states=tmp_path)
    with pytest.raises(ModelUnavailable):
        await told(llm, ask())
    (tmp_path / "later.gguf").symlink_to(model_file())
    assert await told(llm, ask())
    await llm.close()


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
