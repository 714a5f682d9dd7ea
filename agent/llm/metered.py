"""A client that keeps an account: what the requests of one turn cost."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from ..types import Spent

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from .base import LLM, Answer, Capabilities, Prefix, Prompt, Usage


class Metered:
    """``llm``, with the cost of each finished request appended to ``spent``."""

    def __init__(self, llm: LLM, spent: list[Usage]) -> None:
        self.llm = llm
        self.name = llm.name
        self.spent = spent

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
        answer = self.llm.stream(prompt, max_tokens=max_tokens, stop=stop, schema=schema)
        async with aclosing(answer) as pieces:
            async for piece in pieces:
                yield piece
        self._note()

    async def rank(self, prompt: Prompt, options: Sequence[str]) -> list[float]:
        """Log-probabilities of the options; see :class:`~palate.agent.llm.base.LLM`."""
        ranks = await self.llm.rank(prompt, options)
        self._note()
        return ranks

    async def call(
        self, messages: Sequence[dict[str, Any]], tools: Sequence[dict[str, Any]], *, max_tokens: int = 400
    ) -> Answer:
        """The model's next message; see :class:`~palate.agent.llm.base.LLM`."""
        answer = await self.llm.call(messages, tools, max_tokens=max_tokens)
        self._note()
        return answer

    async def close(self) -> None:
        """Close the client."""
        await self.llm.close()

    def _note(self) -> None:
        if self.llm.usage is not None:
            self.spent.append(self.llm.usage)


def account(spent: Sequence[Usage]) -> Spent:
    """What requests cost together."""
    return Spent(
        requests=len(spent),
        cached_tokens=sum(usage.cached_tokens for usage in spent),
        prompt_tokens=sum(usage.prompt_tokens for usage in spent),
        written_tokens=sum(usage.written_tokens for usage in spent),
        first_token_seconds=spent[0].first_token_seconds if spent else 0.0,
        seconds=sum(usage.seconds for usage in spent),
    )
