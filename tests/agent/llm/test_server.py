"""The hosted client against a real server: llama.cpp's own, on loopback, with the smallest model."""

from __future__ import annotations

import importlib.util
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import pytest
from contracts.llm import PREFIX, LLMContract, ask, told
from palate.agent.app import Palate
from palate.agent.llm.guard import Guard
from palate.agent.llm.hosted import HostedLLM
from palate.agent.store import MemoryStore
from palate.data.home import models_dir
from small import set_up
from toy import SPEC, toy_interactions, toy_items

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(
        any(importlib.util.find_spec(name) is None for name in ("fastapi", "sse_starlette", "uvicorn")),
        reason="llama.cpp's server is not installed (pip install llama-cpp-python[server])",
    ),
]
START_SECONDS = 120


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


@pytest.fixture(scope="module")
def base_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with the smallest model that is here, its answers to tools in a format for any model."""
    model = min(models_dir().rglob("*.gguf"), key=lambda path: path.stat().st_size)
    port = free_port()
    log = tmp_path_factory.mktemp("server") / "log"
    command = [sys.executable, "-m", "llama_cpp.server", "--model", str(model), "--port", str(port)]
    command += ["--host", "127.0.0.1", "--n_ctx", "2048", "--chat_format", "chatml-function-calling"]
    command += ["--interrupt_requests", "false"]  # by default a new request cuts off the one being served
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out) as server:
        try:
            wait_for(f"http://127.0.0.1:{port}/v1/models", server, log)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            server.terminate()


def wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    pytest.fail(f"llama.cpp's server did not start: {log.read_text(errors='replace')[-500:]}")


@pytest.fixture
async def llm(base_url: str) -> AsyncIterator[Guard]:
    made = Guard(HostedLLM(base_url, read_seconds=60))
    yield made
    await made.close()


class TestServed(LLMContract):
    @pytest.fixture
    def llm(self, llm: Guard) -> Guard:
        return llm


async def test_what_it_cost_is_what_the_server_says(llm: Guard) -> None:
    await told(llm, ask(), max_tokens=5)
    assert llm.usage is not None
    assert llm.usage.written_tokens <= 5


async def test_capabilities_are_found_out_by_trying(llm: Guard) -> None:
    await llm.warm(PREFIX)
    tool = {"type": "function", "function": {"name": "popular", "parameters": {"type": "object"}}}
    for _ in range(2):
        await llm.call([{"role": "user", "content": "What is popular?"}], [tool], max_tokens=20)
    assert llm.capabilities.tools is not None


def test_a_whole_turn_goes_through_it(base_url: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    box = set_up(tmp_path_factory.mktemp("served") / "toy", toy_items(), toy_interactions(), SPEC)
    with Palate.over(box, model=base_url, store=MemoryStore()) as app:
        chat = app.chat()
        reply = chat.ask("something like Harvest Moon")
        assert reply.items
        assert reply.model == base_url
        assert chat.usage()[0].requests >= 1
