"""A client behind a circuit breaker: a server that keeps failing is left alone for a while.

After :data:`FAILURES` failures in a row, or one that says how long to wait (429 with Retry-After), requests
fail at once, in one line, until the time is over; then one is let through, and its failure doubles the wait.
The pattern is that of Nygard (Release It!, 2007). Nothing is retried: answers are complete without the model.
"""

from __future__ import annotations

import math
import time
from contextlib import aclosing, contextmanager
from typing import TYPE_CHECKING, Any

from ...data.errors import Incapable, ModelUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterator, Sequence

    from .base import LLM, Answer, Capabilities, Prefix, Prompt, Usage

FAILURES = 2
"""Failures in a row after which a server is left alone."""
REST, LONGEST_REST = 30.0, 300.0
"""Seconds of the first rest, and of the longest."""


class Guard:
    """``llm`` as long as it works; ``clock`` gives seconds."""

    def __init__(self, llm: LLM, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.llm = llm
        self.name = llm.name
        self._clock = clock
        self._failed = 0
        self._rest = REST
        self._closed_until = 0.0

    @property
    def usage(self) -> Usage | None:
        """Of the last finished request."""
        return self.llm.usage

    @property
    def capabilities(self) -> Capabilities:
        """What the model can do, as far as it is known yet."""
        return self.llm.capabilities

    def ready(self) -> bool:
        """Whether a request would be served at once."""
        return self.llm.ready() and self._clock() >= self._closed_until

    async def warm(self, prefix: Prefix) -> None:
        """Load the model; raises ModelUnavailable."""
        with self._watched():
            await self.llm.warm(prefix)

    async def stream(
        self,
        prompt: Prompt,
        *,
        max_tokens: int = 160,
        stop: Sequence[str] = (),
        schema: dict[str, Any] | None = None,
    ) -> AsyncGenerator[str, None]:
        """The answer in pieces; see :class:`~palate.agent.llm.base.LLM`."""
        with self._watched():
            answer = self.llm.stream(prompt, max_tokens=max_tokens, stop=stop, schema=schema)
            async with aclosing(answer) as pieces:
                async for piece in pieces:
                    yield piece

    async def rank(self, prompt: Prompt, options: Sequence[str]) -> list[float]:
        """Log-probabilities of the options; see :class:`~palate.agent.llm.base.LLM`."""
        with self._watched():
            return await self.llm.rank(prompt, options)

    async def call(
        self, messages: Sequence[dict[str, Any]], tools: Sequence[dict[str, Any]], *, max_tokens: int = 400
    ) -> Answer:
        """The model's next message; see :class:`~palate.agent.llm.base.LLM`."""
        with self._watched():
            return await self.llm.call(messages, tools, max_tokens=max_tokens)

    async def close(self) -> None:
        """Close the client; it is not held against it any more that it failed."""
        self._failed, self._rest, self._closed_until = 0, REST, 0.0
        await self.llm.close()

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Count how what is done inside ends; raises ModelUnavailable at once while the server rests."""
        left = self._closed_until - self._clock()
        if left > 0:
            raise ModelUnavailable(
                f"{self.name} failed and is left alone; it is asked again in {math.ceil(left)} s."
            )
        try:
            yield
        except Incapable:
            raise  # nothing is wrong with it
        except ModelUnavailable as error:
            self._failed += 1
            if error.retry_after or self._failed >= FAILURES:
                self._closed_until = self._clock() + max(error.retry_after, self._rest)
                self._rest = min(2 * self._rest, LONGEST_REST)
            raise
        else:
            self._failed, self._rest = 0, REST
