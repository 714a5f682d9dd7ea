"""An LLM that says what it was told to say: for tests and demonstrations, through the real interface."""

from __future__ import annotations

import asyncio
import math
import re
from typing import TYPE_CHECKING, Any

from ...data.errors import Incapable
from .base import Answer, Capabilities, Prefix, Prompt, Usage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

Script = str | Exception


class ScriptedLLM:
    """Answers each request with the next of ``script`` (the last one again when it runs out).

    An exception in the script is raised in its place. A callable gets the prompt and returns the
    answer. ``preferences`` maps an option's text to its score in :meth:`rank`; without it options are
    equal. ``delay`` is the time per word in seconds. ``asked`` records the prompts, for assertions.
    ``calls`` are its answers where it is given tools; ``told`` records the messages that it got there.
    """

    def __init__(
        self,
        script: Sequence[Script] | Callable[[Prompt], str] = ("",),
        *,
        name: str = "scripted",
        preferences: Callable[[Prompt, str], float] | None = None,
        delay: float = 0.0,
        calls: Sequence[Answer | Exception] | None = None,
    ) -> None:
        self.name = name
        self.usage: Usage | None = None
        self.asked: list[Prompt] = []
        self.warmed: list[Prefix] = []
        self.pieces_written = 0
        self._script = script
        self._preferences = preferences
        self._delay = delay
        self._calls = calls
        self.told: list[list[dict[str, Any]]] = []

    @property
    def capabilities(self) -> Capabilities:
        """Logits when there are preferences to give, tools when there are calls to make."""
        return Capabilities(logits=self._preferences is not None, tools=self._calls is not None, context=4096)

    def ready(self) -> bool:
        """Always."""
        return True

    async def warm(self, prefix: Prefix) -> None:
        """Record the prefix."""
        self.warmed.append(prefix)

    async def stream(
        self,
        prompt: Prompt,
        *,
        max_tokens: int = 160,
        stop: Sequence[str] = (),
        schema: dict[str, Any] | None = None,  # noqa: ARG002  a script says what it says
    ) -> AsyncGenerator[str, None]:
        """The scripted answer, word by word; at most ``max_tokens`` words."""
        self.asked.append(prompt)
        answer = self._answer(prompt)
        for mark in stop:
            answer = answer.partition(mark)[0]
        pieces = re.findall(r"\s*\S+|\s+$", answer)[:max_tokens]
        for piece in pieces:
            await asyncio.sleep(self._delay)
            self.pieces_written += 1
            yield piece
        self.usage = Usage(prompt_tokens=len(prompt.body.split()), written_tokens=len(pieces))

    async def rank(self, prompt: Prompt, options: Sequence[str]) -> list[float]:
        """The preferences, normalised as log-probabilities."""
        self.asked.append(prompt)
        if self._preferences is None:
            raise Incapable(f"The model {self.name} gives no logits.")
        scores = [self._preferences(prompt, option) for option in options]
        total = math.log(sum(math.exp(score) for score in scores))
        return [score - total for score in scores]

    async def call(
        self,
        messages: Sequence[dict[str, Any]],
        tools: Sequence[dict[str, Any]],  # noqa: ARG002  a script calls what it likes
        *,
        max_tokens: int = 400,  # noqa: ARG002
    ) -> Answer:
        """The next of ``calls`` (the last one again when they run out)."""
        self.told.append(list(messages))
        if not self._calls:
            raise Incapable(f"The model {self.name} calls no tools.")
        await asyncio.sleep(self._delay)
        said = self._calls[min(len(self.told), len(self._calls)) - 1]
        if isinstance(said, Exception):
            raise said
        self.usage = Usage(prompt_tokens=len(str(messages).split()), written_tokens=len(str(said).split()))
        return said

    async def close(self) -> None:
        """Nothing to give back."""

    def _answer(self, prompt: Prompt) -> str:
        if callable(self._script):
            return self._script(prompt)
        said = self._script[min(len(self.asked), len(self._script)) - 1]
        if isinstance(said, Exception):
            raise said
        return said
