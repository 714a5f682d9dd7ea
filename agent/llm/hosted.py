"""Any server that speaks OpenAI's Chat Completions: OpenAI, llama-server, vLLM, Ollama, by base URL."""

from __future__ import annotations

import asyncio
import os
import stat
import time
from typing import TYPE_CHECKING, Any

from ...data.errors import ModelUnavailable
from .base import Answer, Call, Capabilities, Prefix, Prompt, Usage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from pathlib import Path

    from openai import AsyncOpenAI, AsyncStream
    from openai.types.chat import ChatCompletion, ChatCompletionChunk

CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0
"""The longest silence of a server, before or within an answer."""
TRIES = 2
"""Answers without a call after which a model is taken for one that calls no tools."""
KEY_VARIABLES = ("PALATE_API_KEY", "OPENAI_API_KEY")
KEY_FILE = "api-key"
_NO_KEY = "none"
"""Servers on one's own machine ask for no key, but the SDK wants one."""


def find_key(state: Path) -> str:
    """The API key from the environment, else from the file ``api-key`` in ``state``; empty for none.

    Raises ModelUnavailable for a file that others can read.
    """
    for variable in KEY_VARIABLES:
        if key := os.environ.get(variable, "").strip():
            return key
    file = state / KEY_FILE
    if not file.is_file():
        return ""
    if os.name == "posix" and stat.S_IMODE(file.stat().st_mode) & 0o077:
        raise ModelUnavailable(
            f"The key file {file} can be read by others, so it is not used.", f"chmod 600 {file}"
        )
    return file.read_text("utf-8").strip()


class HostedLLM:
    """The model ``model`` at ``base_url``; without a name, the first one that the server lists.

    Nothing is retried: the answer is complete without prose, so a server that fails costs one line and
    no waiting.
    """

    def __init__(
        self, base_url: str, *, model: str = "", key: str = "", read_seconds: float = READ_SECONDS
    ) -> None:
        self.name = f"{base_url}#{model}" if model else base_url
        self.usage: Usage | None = None
        self._base_url = base_url
        self._model = model
        self._key = key
        self._read_seconds = read_seconds
        self._client: AsyncOpenAI | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._refused: set[str] = set()
        self._tools: bool | None = None
        self._tried = 0

    @property
    def capabilities(self) -> Capabilities:
        """What Chat Completions promises of every server, text, and whether tools were called or refused."""
        return Capabilities(tools=self._tools)

    def ready(self) -> bool:
        """Whether the server was reached and the model is known."""
        return self._client is not None and bool(self._model)

    async def warm(self, prefix: Prefix) -> None:  # noqa: ARG002  servers keep their own prefix caches
        """Reach the server and find the model's name; raises ModelUnavailable."""
        import openai

        client = await self._connected()
        try:
            if not self._model:
                self._model = (await client.models.list()).data[0].id
        except openai.OpenAIError as error:
            raise self._unavailable(error) from error
        except (IndexError, AttributeError, TypeError) as error:
            raise self._failed("lists no model; name one after '#'") from error

    async def stream(
        self, prompt: Prompt, *, max_tokens: int = 160, stop: Sequence[str] = ()
    ) -> AsyncGenerator[str, None]:
        """The answer in pieces; see :class:`~palate.agent.llm.base.LLM`."""
        import httpx2
        import openai

        await self.warm(prompt.prefix)
        started, first, pieces, finish = time.perf_counter(), 0.0, 0, None
        try:
            ends = {"stop": list(stop)[:4]} if stop else {}
            answer: AsyncStream[ChatCompletionChunk] = await self._create(
                prompt.messages(), max_tokens, stream=True, **ends
            )
            async with answer as chunks:
                async for chunk in chunks:
                    for choice in chunk.choices[:1]:
                        finish = choice.finish_reason or finish
                        if choice.delta.refusal or finish == "content_filter":
                            raise self._failed("declined to answer")
                        if choice.delta.content:
                            first = first or time.perf_counter() - started
                            pieces += 1
                            yield choice.delta.content
        except openai.OpenAIError as error:
            raise self._unavailable(error) from error
        except (httpx2.HTTPError, ValueError) as error:
            raise self._failed("broke off in mid-answer") from error
        if finish is None:
            raise self._failed("broke off in mid-answer")
        if not pieces:
            raise self._failed("gave an empty answer")
        self.usage = Usage(
            written_tokens=pieces, first_token_seconds=first, seconds=time.perf_counter() - started
        )

    async def rank(self, prompt: Prompt, options: Sequence[str]) -> list[float]:  # noqa: ARG002
        """Not to be had through Chat Completions; raises ModelUnavailable."""
        raise self._failed("gives no logits")

    async def call(
        self, messages: Sequence[dict[str, Any]], tools: Sequence[dict[str, Any]], *, max_tokens: int = 400
    ) -> Answer:
        """The model's next message; see :class:`~palate.agent.llm.base.LLM`."""
        import httpx2
        import openai

        await self.warm(Prefix(""))
        started = time.perf_counter()
        try:
            said: ChatCompletion = await self._create(messages, max_tokens, tools=list(tools))
            message = said.choices[0].message
        except openai.APIStatusError as error:
            if "tool" in error.message and self._tools is None:
                self._tools = False
                raise self._failed("takes no tools") from error
            raise self._unavailable(error) from error
        except openai.OpenAIError as error:
            raise self._unavailable(error) from error
        except (httpx2.HTTPError, ValueError, AttributeError, TypeError, IndexError) as error:
            raise self._failed("broke off in mid-answer") from error
        calls = tuple(
            Call(called.function.name, called.function.arguments, called.id)
            for called in message.tool_calls or ()
            if called.type == "function"
        )
        self._tried += 1
        if calls:
            self._tools = True
        elif self._tools is None and self._tried >= TRIES:
            self._tools = False
        spent = said.usage
        self.usage = Usage(
            prompt_tokens=spent.prompt_tokens if spent else 0,
            written_tokens=spent.completion_tokens if spent else 0,
            seconds=time.perf_counter() - started,
        )
        return Answer(message.content or "", calls)

    async def close(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None and self._loop is asyncio.get_running_loop():
            await client.close()

    async def _connected(self) -> AsyncOpenAI:
        """The client of the running event loop: connections cannot move between loops."""
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            self._client = await asyncio.to_thread(self._make_client)
            self._loop = loop
        return self._client

    def _make_client(self) -> AsyncOpenAI:
        import openai

        return openai.AsyncOpenAI(
            base_url=self._base_url,
            api_key=self._key or _NO_KEY,
            timeout=openai.Timeout(self._read_seconds, connect=CONNECT_SECONDS),
            max_retries=0,
        )

    async def _create(self, messages: Sequence[dict[str, Any]], max_tokens: int, **more: Any) -> Any:
        """Start the answer. A parameter that this model does not take is left out from then on."""
        import openai

        client = await self._connected()
        while True:
            wanted: dict[str, Any] = {"max_tokens": max_tokens, "temperature": 0.0, **more}
            if "max_tokens" in self._refused:
                wanted["max_completion_tokens"] = max_tokens
            given = {name: value for name, value in wanted.items() if name not in self._refused}
            try:
                create: Any = client.chat.completions.create
                return await create(model=self._model, messages=list(messages), **given)
            except openai.BadRequestError as error:
                if error.param not in given or error.param in more.keys() - {"stop"}:
                    raise
                self._refused.add(str(error.param))

    def _failed(self, what: str) -> ModelUnavailable:
        return ModelUnavailable(f"The model at {self._base_url} {what}.")

    def _unavailable(self, error: Exception) -> ModelUnavailable:
        import openai

        match error:
            case openai.AuthenticationError() | openai.PermissionDeniedError():
                message = (
                    f"{self._base_url} does not accept the key (${KEY_VARIABLES[0]} or ${KEY_VARIABLES[1]})."
                )
                return ModelUnavailable(message)
            case openai.NotFoundError():
                return self._failed(
                    f"is not there: no model {self._model!r}" if self._model else "is not there"
                )
            case openai.RateLimitError():
                after = error.response.headers.get("retry-after", "")
                return self._failed(
                    f"is asked too often{f'; it asks to wait {after} s' if after.isdigit() else ''}"
                )
            case openai.APITimeoutError():
                return self._failed(f"did not answer within {self._read_seconds:g} s")
            case openai.APIConnectionError():
                return self._failed("cannot be reached")
            case openai.APIStatusError():
                return self._failed(f"failed with status {error.status_code}")
            case _:
                return self._failed("broke off in mid-answer")
