"""A client around another one, which does something before and after each request."""

from __future__ import annotations

from contextlib import aclosing, contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator, Sequence

    from .base import LLM, Answer, Capabilities, Prefix, Prompt, Usage


class Wrapped:
    """``llm`` with :meth:`_request` around whatever is asked of it."""

    def __init__(self, llm: LLM) -> None:
        self.llm = llm
        self.name = llm.name

    @contextmanager
    def _request(self) -> Iterator[None]:
        """Around one request; what it raises is what the request raised."""
        yield

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
        return self.llm.ready()

    async def warm(self, prefix: Prefix) -> None:
        """Load the model; raises ModelUnavailable."""
        with self._request():
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
        with self._request():
            answer = self.llm.stream(prompt, max_tokens=max_tokens, stop=stop, schema=schema)
            async with aclosing(answer) as pieces:
                async for piece in pieces:
                    yield piece

    async def rank(self, prompt: Prompt, options: Sequence[str]) -> list[float]:
        """Log-probabilities of the options; see :class:`~palate.agent.llm.base.LLM`."""
        with self._request():
            return await self.llm.rank(prompt, options)

    async def call(
        self, messages: Sequence[dict[str, Any]], tools: Sequence[dict[str, Any]], *, max_tokens: int = 400
    ) -> Answer:
        """The model's next message; see :class:`~palate.agent.llm.base.LLM`."""
        with self._request():
            return await self.llm.call(messages, tools, max_tokens=max_tokens)

    async def close(self) -> None:
        """Close the client."""
        await self.llm.close()
