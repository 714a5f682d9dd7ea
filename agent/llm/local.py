"""A local model through llama.cpp, in one child process: an abort there costs the prose, not the chat."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from ...data.errors import Incapable, ModelUnavailable
from .base import Answer, Capabilities, Prefix, Prompt, Usage
from .process import Mailbox, Message, ModelProcess

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from pathlib import Path

_RESTARTS = 1


class LocalLLM:
    """The GGUF file ``path``, loaded at first use by a process that palate owns.

    ``states`` is the folder for the KV state of constant prefixes, the only thing written to disk.
    ``fetch`` is the command that gets the file, for the message when it is absent. Whatever is missing
    (the file, llama-cpp-python) is looked for again at each request, so that it is picked up when it
    comes. The process is restarted once after a crash, and once again after each finished answer.
    """

    def __init__(self, path: Path, *, name: str, states: Path, fetch: str = "") -> None:
        self.name = name
        self.usage: Usage | None = None
        self._path = path
        self._states = states
        self._fetch = fetch
        self._process: ModelProcess | None = None
        self._starting: asyncio.Future[ModelProcess] | None = None
        self._context = 0
        self._restarts = _RESTARTS
        self._refused: tuple[tuple[int, int], ModelUnavailable] | None = None

    @property
    def capabilities(self) -> Capabilities:
        """Logits and grammars always; the context length once the model is loaded."""
        return Capabilities(logits=True, json_schema=True, context=self._context)

    @property
    def pid(self) -> int | None:
        """The id of the model's process, while there is one."""
        return self._process.pid if self._process is not None and self._process.alive else None

    def ready(self) -> bool:
        """Whether the model is loaded."""
        return self.pid is not None and self._context > 0

    async def warm(self, prefix: Prefix) -> None:
        """Load the model and the state of ``prefix``; raises ModelUnavailable."""
        async with aclosing(self._events("warm", Prompt(prefix, ""))) as events:
            async for _ in events:
                pass

    async def stream(
        self,
        prompt: Prompt,
        *,
        max_tokens: int = 160,
        stop: Sequence[str] = (),
        schema: dict[str, Any] | None = None,
    ) -> AsyncGenerator[str, None]:
        """The greedy answer in pieces; see :class:`~palate.agent.llm.base.LLM`."""
        request = self._events("write", prompt, max_tokens=max_tokens, stop=list(stop), schema=schema)
        async with aclosing(request) as events:
            async for event in events:
                if event["event"] == "text":
                    yield event["text"]
        self._restarts = _RESTARTS

    async def rank(self, prompt: Prompt, options: Sequence[str]) -> list[float]:
        """Log-probabilities of the options' first tokens; see :class:`~palate.agent.llm.base.LLM`."""
        ranks: list[float] = []
        async with aclosing(self._events("rank", prompt, options=list(options))) as events:
            async for event in events:
                ranks = event.get("ranks", ranks)
        return ranks

    async def call(
        self,
        messages: Sequence[dict[str, Any]],  # noqa: ARG002
        tools: Sequence[dict[str, Any]],  # noqa: ARG002
        *,
        max_tokens: int = 400,  # noqa: ARG002
    ) -> Answer:
        """Not here: models that fit two cores plan badly, rules do it for them; raises Incapable."""
        raise Incapable(f"The model {self.name} calls no tools.")

    async def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        self._context, self._restarts = 0, _RESTARTS
        if process is not None:
            await asyncio.to_thread(process.close)

    async def _events(self, do: str, prompt: Prompt, **fields: Any) -> AsyncGenerator[Message, None]:
        """The events of one request; asked again after a crash as long as nothing was delivered."""
        while True:
            process = await self._started()
            number, box = process.send(do, prefix={"messages": _constant(prompt)}, body=prompt.body, **fields)
            delivered = finished = False
            try:
                async for event in _until_done(box):
                    finished = event["event"] != "text"
                    if event["event"] == "gone":
                        break
                    self._raise_failure(event)
                    delivered = True
                    self._note(event)
                    yield event
                else:
                    return
            finally:
                process.forget(number, cancel=not finished)
            self._spend_restart(process)
            if delivered:
                raise ModelUnavailable(f"The model {self.name} stopped in mid-answer; it is started again.")

    def _raise_failure(self, event: Message) -> None:
        if event["event"] in ("failed", "cancelled"):
            raise ModelUnavailable(f"The model {self.name} gave no answer: {event.get('message', 'stopped')}")

    def _note(self, event: Message) -> None:
        if "usage" in event:
            self.usage = Usage(**event["usage"])

    def _spend_restart(self, process: ModelProcess) -> None:
        process.close()
        if self._process is process:
            self._process, self._context = None, 0
        self._restarts -= 1
        if self._restarts < 0:
            raise ModelUnavailable(
                f"The model {self.name} stopped twice; answers go on without it.", "palate doctor"
            )

    async def _started(self) -> ModelProcess:
        if self._process is not None and self._process.alive:
            return self._process
        if self._restarts < 0:
            raise ModelUnavailable(f"The model {self.name} keeps stopping.", "palate doctor")
        self._check_parts()
        process = await asyncio.to_thread(ModelProcess, self._path, self._states)
        self._process = process
        first = await process.loaded()
        if first["event"] == "loaded":
            self._context = first["context"]
            return process
        self._process = None
        await asyncio.to_thread(process.close)
        if first["event"] == "refused":
            refusal = ModelUnavailable(first["message"], self._fetch or "palate models")
        else:
            refusal = ModelUnavailable(
                f"{self._path.name} could not be loaded by llama.cpp.", "palate doctor"
            )
        self._refused = (self._signature(), refusal)
        raise refusal

    def _check_parts(self) -> None:
        if not self._path.is_file():
            raise ModelUnavailable(f"There is no model file {self._path}.", self._fetch or "palate models")
        if self._refused is not None and self._refused[0] == self._signature():
            raise self._refused[1]
        importlib.invalidate_caches()
        if importlib.util.find_spec("llama_cpp") is None:
            raise ModelUnavailable(
                "llama-cpp-python is not there (yet), so there is no local model.", "make setup"
            )

    def _signature(self) -> tuple[int, int]:
        stat = self._path.stat()
        return stat.st_size, stat.st_mtime_ns


def _constant(prompt: Prompt) -> list[dict[str, str]]:
    return prompt.messages()[:-1]


async def _until_done(box: Mailbox) -> AsyncGenerator[Message, None]:
    while True:
        event = await box.get()
        yield event
        if event["event"] != "text":
            return
