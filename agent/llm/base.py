"""What an LLM is to palate: a stream of text after a constant prefix and, with logits, a ranking.

Every client inherits the suite ``tests/contracts/llm.py``. None of them is ever needed for an answer: a
client that cannot serve raises :class:`~palate.data.errors.ModelUnavailable` with one line, and the
turn goes on without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence


@dataclass(frozen=True)
class Prefix:
    """The part of a prompt that never changes, byte for byte: its KV state is computed once and kept.

    ``examples`` are (message, answer) pairs shown to the model before the real message.
    """

    system: str
    examples: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Prompt:
    """A constant prefix and the variable message after it. The message is data, never instructions."""

    prefix: Prefix
    body: str

    def messages(self) -> list[dict[str, str]]:
        """The prompt as chat messages, oldest first."""
        told = [{"role": "system", "content": self.prefix.system}]
        for message, answer in self.prefix.examples:
            told += [{"role": "user", "content": message}, {"role": "assistant", "content": answer}]
        return [*told, {"role": "user", "content": self.body}]


@dataclass(frozen=True)
class Call:
    """A call of a tool as a model wrote it: ``arguments`` is text that should be a JSON object."""

    name: str
    arguments: str
    id: str = ""


@dataclass(frozen=True)
class Answer:
    """What a model that was given tools came back with: text, calls, or both."""

    text: str = ""
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True)
class Capabilities:
    """What a client can do; found out from the model or server, not assumed from its name."""

    logits: bool | None = False
    """Whether :meth:`LLM.rank` works; here and below None while it was not tried."""
    json_schema: bool | None = False
    """Whether an answer can be held to a schema."""
    tools: bool | None = False
    """Whether it calls tools."""
    context: int = 0
    """Context length in tokens; 0 while it is unknown."""


@dataclass(frozen=True)
class Usage:
    """What one request cost: tokens, and seconds from the request's start in the model's process."""

    cached_tokens: int = 0
    """Prompt tokens whose state was there already."""
    prompt_tokens: int = 0
    """Prompt tokens that had to be read for this request."""
    written_tokens: int = 0
    first_token_seconds: float = 0.0
    seconds: float = 0.0


class LLM(Protocol):
    """A language model that answers one request at a time; calls made meanwhile wait in one queue."""

    name: str

    @property
    def usage(self) -> Usage | None:
        """Of the last finished request."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What the model can do, as far as it is known yet."""
        ...

    def ready(self) -> bool:
        """Whether a request would be served at once; never waits."""
        ...

    async def warm(self, prefix: Prefix) -> None:
        """Load the model and make ``prefix`` ready; raises ModelUnavailable."""
        ...

    def stream(
        self,
        prompt: Prompt,
        *,
        max_tokens: int = 160,
        stop: Sequence[str] = (),
        schema: dict[str, Any] | None = None,
    ) -> AsyncGenerator[str, None]:
        """The answer in pieces as they are written, ending before the first of ``stop``.

        With ``schema`` (a JSON schema) it is JSON that follows it, where ``capabilities.json_schema`` holds;
        else whatever the model makes of the prompt. Closing the generator ends the writing within one token's
        time. Raises ModelUnavailable, before or between pieces.
        """
        ...

    async def rank(self, prompt: Prompt, options: Sequence[str]) -> list[float]:
        """The log-probability of each option, in their order, as the first token of the answer.

        One pass over the prompt, nothing is written. Normalised over the options. Raises ModelUnavailable,
        and Incapable for a model that gives no logits; ``capabilities.logits`` is false from then on.
        """
        ...

    async def call(
        self, messages: Sequence[dict[str, Any]], tools: Sequence[dict[str, Any]], *, max_tokens: int = 400
    ) -> Answer:
        """The model's next message where it may call ``tools``; both as Chat Completions take them.

        Raises ModelUnavailable, and Incapable for a model that cannot call tools; ``capabilities.tools`` is
        false from then on.
        """
        ...

    async def close(self) -> None:
        """Give back what the client holds; it may be used again and then starts anew."""
        ...
