"""Any server that speaks OpenAI's Chat Completions: OpenAI, llama-server, vLLM, Ollama, by base URL."""

from __future__ import annotations

import asyncio
import json
import math
import os
import re
import stat
import time
from typing import TYPE_CHECKING, Any

from ...data.errors import Incapable, ModelUnavailable
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
TOP_LOGPROBS = 20
"""As many alternatives of the first token as Chat Completions give at most."""
OPTIONAL = ("max_tokens", "temperature", "stop", "stream_options", "response_format", "logprobs", "tools")
"""Parameters that a server may not know; its error names them one way or another."""
SHOWS = {"response_format": "json_schema", "logprobs": "logits"}
"""Refused parameter → the capability that is not there."""
_TOO_LONG = re.compile(r"context (?:length|window)|too long|exceeds? .*context", re.IGNORECASE)
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
        self._able: dict[str, bool] = {}
        """Capability → whether it is there, once it was tried."""
        self._tried = 0
        self._context = 0

    @property
    def capabilities(self) -> Capabilities:
        """What was found out so far: what a server was asked for and gave, or refused."""
        return Capabilities(
            logits=self._able.get("logits"),
            json_schema=self._able.get("json_schema"),
            tools=self._able.get("tools"),
            context=self._context,
        )

    def ready(self) -> bool:
        """Whether the server was reached and the model is known."""
        return self._client is not None and bool(self._model)

    async def warm(self, prefix: Prefix) -> None:  # noqa: ARG002  servers keep their own prefix caches
        """Reach the server and find the model's name; raises ModelUnavailable."""
        import openai

        client = await self._connected()
        try:
            if not self._model:
                listed = (await client.models.list()).data[0]
                self._model, self._context = listed.id, _context_of(listed)
        except openai.OpenAIError as error:
            raise self._unavailable(error) from error
        except (IndexError, AttributeError, TypeError) as error:
            raise self._failed("lists no model; name one after '#'") from error

    async def stream(
        self,
        prompt: Prompt,
        *,
        max_tokens: int = 160,
        stop: Sequence[str] = (),
        schema: dict[str, Any] | None = None,
    ) -> AsyncGenerator[str, None]:
        """The answer in pieces; see :class:`~palate.agent.llm.base.LLM`."""
        import httpx2
        import openai

        await self.warm(prompt.prefix)
        started, first, pieces, finish, spent = time.perf_counter(), 0.0, 0, None, None
        written = ""
        more: dict[str, Any] = {"stream": True, "stream_options": {"include_usage": True}}
        if stop:
            more["stop"] = list(stop)[:4]
        if schema is not None:
            shape = {"name": "answer", "schema": schema, "strict": True}
            more["response_format"] = {"type": "json_schema", "json_schema": shape}
        try:
            answer: AsyncStream[ChatCompletionChunk] = await self._create(
                prompt.messages(), max_tokens, **more
            )
            async with answer as chunks:
                async for chunk in chunks:
                    spent = chunk.usage or spent
                    for choice in chunk.choices[:1]:
                        finish = choice.finish_reason or finish
                        if choice.delta.refusal or finish == "content_filter":
                            raise self._failed("declined to answer")
                        if choice.delta.content:
                            first = first or time.perf_counter() - started
                            pieces += 1
                            written += choice.delta.content
                            yield choice.delta.content
        except openai.OpenAIError as error:
            raise self._unavailable(error) from error
        except (httpx2.HTTPError, ValueError) as error:
            raise self._failed("broke off in mid-answer") from error
        if finish is None:
            raise self._failed("broke off in mid-answer")
        if not pieces:
            raise self._failed("gave an empty answer")
        if schema is not None and finish == "stop":
            # Some servers take a schema and ignore it, so that being taken shows nothing.
            self._able.setdefault("json_schema", _is_json(written))
        self.usage = Usage(
            prompt_tokens=spent.prompt_tokens if spent else 0,
            written_tokens=spent.completion_tokens if spent else pieces,
            first_token_seconds=first,
            seconds=time.perf_counter() - started,
        )

    async def rank(self, prompt: Prompt, options: Sequence[str]) -> list[float]:
        """Log-probabilities among the server's most probable first tokens; an option that is not there gets
        that of the least probable one. See :class:`~palate.agent.llm.base.LLM`.
        """
        import httpx2
        import openai

        if self._able.get("logits") is False:
            raise self._incapable("gives no logits")
        await self.warm(prompt.prefix)
        try:
            said: ChatCompletion = await self._create(
                prompt.messages(), 1, logprobs=True, top_logprobs=TOP_LOGPROBS
            )
            told = said.choices[0].logprobs
            content = told.content or [] if told is not None else []
            top = content[0].top_logprobs if content else []
        except openai.OpenAIError as error:
            raise self._unavailable(error) from error
        except (httpx2.HTTPError, ValueError, AttributeError, TypeError, IndexError) as error:
            raise self._failed("broke off in mid-answer") from error
        found: dict[str, float] = {}
        for each in top:
            found.setdefault(each.token.strip(), each.logprob)
        self._able["logits"] = bool(found)
        if not found:
            raise self._incapable("gives no logits")
        least = min(found.values())
        scores = [found.get(option.strip(), least) for option in options]
        total = math.log(sum(math.exp(score) for score in scores))
        return [score - total for score in scores]

    async def call(
        self, messages: Sequence[dict[str, Any]], tools: Sequence[dict[str, Any]], *, max_tokens: int = 400
    ) -> Answer:
        """The model's next message; see :class:`~palate.agent.llm.base.LLM`."""
        import httpx2
        import openai

        if self._able.get("tools") is False:
            raise self._incapable("takes no tools")
        await self.warm(Prefix(""))
        started = time.perf_counter()
        try:
            said: ChatCompletion = await self._create(messages, max_tokens, tools=list(tools))
            message = said.choices[0].message
        except openai.APIStatusError as error:
            if "tool" in error.message and "tools" not in self._able:
                self._able["tools"] = False
                raise self._incapable("takes no tools") from error
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
            self._able["tools"] = True
        elif self._tried >= TRIES:
            self._able.setdefault("tools", False)
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
        """Start the answer. What this model or server does not take is left out from then on."""
        import openai

        client = await self._connected()
        while True:
            wanted: dict[str, Any] = {"max_tokens": max_tokens, "temperature": 0.0, **more}
            if "max_tokens" in self._refused:
                wanted["max_completion_tokens"] = max_tokens
            given = {name: value for name, value in wanted.items() if name not in self._refused}
            try:
                create: Any = client.chat.completions.create
                answer = await create(model=self._model, messages=list(messages), **given)
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                named = error.param or next((name for name in OPTIONAL if name in error.message), "")
                if named not in given or named in ("tools", "stream"):
                    raise
                self._refused.add(named)
                if named in SHOWS:
                    self._able[SHOWS[named]] = False
                if named == "logprobs":
                    raise self._incapable("gives no logits") from error
            else:
                return answer

    def _failed(self, what: str, retry_after: float = 0.0) -> ModelUnavailable:
        return ModelUnavailable(f"The model at {self._base_url} {what}.", retry_after=retry_after)

    def _incapable(self, what: str) -> Incapable:
        return Incapable(f"The model at {self._base_url} {what}.")

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
                asks = f"; it asks to wait {after} s" if after.isdigit() else ""
                return self._failed(f"is asked too often{asks}", float(after) if after.isdigit() else 0.0)
            case openai.BadRequestError() if error.code == "context_length_exceeded" or _TOO_LONG.search(
                error.message
            ):
                return self._failed("cannot take so long a prompt")
            case openai.APITimeoutError():
                return self._failed(f"did not answer within {self._read_seconds:g} s")
            case openai.APIConnectionError():
                return self._failed("cannot be reached")
            case openai.APIStatusError():
                return self._failed(f"failed with status {error.status_code}")
            case _:
                return self._failed("broke off in mid-answer")


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _context_of(listed: object) -> int:
    """The context length in tokens that a server tells of a model it lists; 0 where it does not."""
    told: dict[str, Any] = getattr(listed, "model_extra", None) or {}
    meta = told.get("meta")
    trained = meta.get("n_ctx_train") if isinstance(meta, dict) else None
    numbers = (told.get("max_model_len"), told.get("context_length"), trained)
    return next((number for number in numbers if isinstance(number, int)), 0)
