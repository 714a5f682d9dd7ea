"""Seconds from the picks to the model's first token, beside bare llama.cpp on the same tokens.

Both read the same prompts with the constant prefix in their state already; the two take turns, so that a
busy machine troubles both. The second figure is the first checked sentence on screen.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from contextlib import aclosing
from typing import Any

from palate import Palate
from palate.agent.check import Checker
from palate.agent.llm.base import LLM, Prompt
from palate.agent.llm.models import DEFAULT, resolve
from palate.agent.store import MemoryStore
from palate.agent.turn import Prose
from palate.agent.types import Reply
from palate.agent.write import WriteFacts, write, write_prefix, write_prompt
from palate.data.fetch import located

from benchmarks.common import row, write_result
from benchmarks.requests import requests

N = 24


def facts_of_requests() -> list[WriteFacts]:
    """What the prose of some requests may say, made by whole turns without a model."""
    found = []
    with Palate.open("films", model="none", store=MemoryStore()) as app:
        app.warm(wait=True)
        for number, text in enumerate(requests(app.box.catalog, 60)):
            chat = app.chat(f"facts-{number}")
            reply: Reply = chat.ask(text, k=5)
            if reply.items:
                plan = chat.session.plan()
                found.append(Prose(chat.session, plan, reply.items, []).facts())
    return found[:N]


class Bare:
    """llama.cpp without palate: one Llama object, greedy, the prefix evaluated once."""

    def __init__(self, path: str) -> None:
        import llama_cpp
        from llama_cpp.llama_chat_format import Jinja2ChatFormatter

        self.llama: Any = llama_cpp.Llama(path, n_ctx=2048, n_threads=2, n_threads_batch=2, verbose=False)
        template = self.llama.metadata["tokenizer.chat_template"]
        self.format = Jinja2ChatFormatter(template=template, eos_token="", bos_token="")

    def tokens(self, prompt: Prompt) -> list[int]:
        """The tokens of a prompt, as its chat template has them."""
        messages: Any = prompt.messages()
        text = self.format(messages=messages).prompt
        tokens: list[int] = self.llama.tokenize(text.encode(), add_bos=False, special=True)
        return tokens

    def first(self, tokens: list[int], prefix: int) -> float:
        """Seconds to the first token once the state holds the first ``prefix`` tokens."""
        self.llama.reset()
        self.llama.eval(tokens[:prefix])
        start = time.perf_counter()
        next(self.llama.generate(tokens, temp=0.0, reset=True))
        return time.perf_counter() - start


async def ours(llm: LLM, facts: WriteFacts) -> tuple[float, float, int]:
    """Seconds to the first token and to the first checked sentence, and the prompt tokens read."""
    await llm.warm(write_prefix())
    start, first = time.perf_counter(), 0.0
    async with aclosing(llm.stream(write_prompt(facts, 0), max_tokens=4)) as pieces:
        async for _ in pieces:
            first = first or time.perf_counter() - start
    read = llm.usage.prompt_tokens if llm.usage else 0
    await llm.warm(write_prefix())
    start, sentence = time.perf_counter(), float("nan")
    async with aclosing(write(llm, facts, Checker(facts))) as sentences:
        async for _ in sentences:
            sentence = time.perf_counter() - start
            break
    return first, sentence, read


async def measure(name: str) -> dict[str, float]:
    """All figures for one model."""
    path = located(name)
    llm = resolve(name)
    if path is None or llm is None:
        raise SystemExit(f"{name} is not here. Try: palate setup --model {name}")
    bare, every = Bare(str(path)), facts_of_requests()
    shared = bare.tokens(write_prompt(every[0], 0)), bare.tokens(write_prompt(every[1], 0))
    prefix = next(place for place, (a, b) in enumerate(zip(*shared, strict=False)) if a != b)
    firsts, bares, sentences, read = [], [], [], []
    for facts in every:
        first, sentence, tokens = await ours(llm, facts)
        firsts.append(first)
        sentences.append(sentence)
        read.append(tokens)
        bares.append(bare.first(bare.tokens(write_prompt(facts, 0)), prefix))
    await llm.close()
    return {
        "seconds": statistics.median(firsts),
        "bare_seconds": statistics.median(bares),
        "ratio_to_bare": statistics.median(firsts) / statistics.median(bares),
        "first_checked_sentence_seconds": statistics.median(sentences),
        "prompt_tokens": statistics.median(read),
    }


def main() -> None:
    """Measure the default model and write the result."""
    write_result("first-token", "films", [row("palate", DEFAULT, N, **asyncio.run(measure(DEFAULT)))])


if __name__ == "__main__":
    main()
