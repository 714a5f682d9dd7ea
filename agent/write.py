"""The personal prose under the picks: the model restates given facts, and each sentence is checked first."""

from __future__ import annotations

import logging
import re
import time
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .. import prompts
from .llm.base import LLM, Prefix, Prompt
from .words import split_sentences

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from ..data.schema import CatalogSpec
    from .check import Checker
    from .types import Pick, Reason

log = logging.getLogger(__name__)

SPOKEN_OF = 3
"""The prose is about as many of the first picks."""
VARIANTS = 2
"""How many beginnings the template has for each place."""
MAX_TOKENS = 80
"""For the one sentence on a pick."""
NOTES = 2
NOTE_CHARACTERS = 200
"""Room for the notes on a pick, so that a message stays within some 90 tokens."""
_JOINTS = (
    (re.compile(r"(?<=: )it is (?=\d+ of the \d+ \w+ who )"), ""),
    (re.compile(r"(?<=: )(?=(?:has|is) )"), "it "),
    (re.compile(r"; (?=(?:has|is) )"), ", and it "),
    (re.compile(r"; (?=with )"), ", and it comes "),
)
"""What is put in place of what between two notes."""
_WITH = "with"
_LEFT_OUT = frozenset({"constraint", "note", "quote", "graph_path", "counterfactual"})
"""Reasons that only repeat what was asked, are prose already (an item's text never reaches the model), or
speak of a third item or of the list."""


@dataclass(frozen=True)
class WriteFacts:
    """All that the prose may say: ``likes`` are titles the person named, ``wishes`` constraints in words.

    Nothing a person wrote reaches the model: titles are the catalogue's, constraints are worded by palate.
    """

    spec: CatalogSpec
    picks: tuple[Pick, ...]
    likes: tuple[str, ...] = ()
    wishes: tuple[str, ...] = ()


@dataclass
class Budget:
    """What the prose of one turn may cost: seconds from now, and tokens that are written (pieces of text).

    When it is used up, no further sentence is begun and the one that is being written is left out.
    """

    seconds: float = 45.0
    tokens: int = 600
    started: float = field(default_factory=time.monotonic)

    @property
    def is_spent(self) -> bool:
        """Whether nothing more may be written."""
        return self.tokens <= 0 or time.monotonic() - self.started > self.seconds


@dataclass
class Tally:
    """What became of the sentences of a reply; ``fallbacks`` is 1 where none survived."""

    written: int = 0
    kept: int = 0
    fallbacks: int = 0


def write_prefix() -> Prefix:
    """The constant part of the prompt, to warm up with."""
    prompt = prompts.load("write")
    return Prefix(prompt.system, prompt.examples)


def write_prompt(facts: WriteFacts, place: int, notes: int = NOTES) -> Prompt:
    """The prompt for the sentence on the pick at ``place`` (from 0), with at most ``notes`` reasons.

    Each pick has a message of its own: a small model then cannot mix up what it knows of several, and the
    first sentence is there after a third of the tokens.
    """
    pick = facts.picks[place]
    told = _notes(facts, pick, notes)
    cited = (title for text in told for title in facts.likes if title in text)
    body = prompts.load("write").render(
        seed=next(cited, facts.likes[0] if facts.likes else ""),
        asked=bool(facts.wishes),
        place=place + 1,
        variant=len(pick.title) % VARIANTS,
        label=pick.title,
        notes=told,
    )
    return Prompt(write_prefix(), body)


async def write(
    llm: LLM, facts: WriteFacts, checker: Checker, tally: Tally | None = None, budget: Budget | None = None
) -> AsyncGenerator[str, None]:
    """Sentences about the first picks, each released after its check; from a template if none survives.

    A pick whose sentence has no support is written about once more, from its strongest reason only.
    Closing the generator ends the writing. Raises ModelUnavailable when the model fails; sentences
    yielded before stand.
    """
    count = Tally() if tally is None else tally
    budget = budget or Budget()
    for place, pick in enumerate(facts.picks[:SPOKEN_OF]):
        before = count.kept
        if not _notes(facts, pick, NOTES):
            continue
        for notes in dict.fromkeys((NOTES, 1)):
            if budget.is_spent:
                break
            async with aclosing(
                _kept(llm, write_prompt(facts, place, notes), checker, count, budget)
            ) as kept:
                async for sentence in kept:
                    yield sentence
            if count.kept > before:
                break
    if facts.picks and not count.kept:
        count.fallbacks += 1
        for sentence in fallback(facts):
            yield sentence


async def _kept(
    llm: LLM, prompt: Prompt, checker: Checker, count: Tally, budget: Budget
) -> AsyncGenerator[str, None]:
    """The sentences of one answer that pass the check."""
    async with (
        aclosing(llm.stream(prompt, max_tokens=MAX_TOKENS, stop=("\n",))) as pieces,
        aclosing(_within(pieces, budget)) as counted,
    ):
        async for said in sentences(counted):
            sentence = tidy(said)
            count.written += 1
            verdict = checker.check(sentence)
            if verdict.passes:
                count.kept += 1
                yield sentence
            else:
                log.debug("dropped %r: %s", sentence, verdict.why)


async def _within(pieces: AsyncIterator[str], budget: Budget) -> AsyncGenerator[str, None]:
    """The pieces as long as there is budget for them."""
    async for piece in pieces:
        budget.tokens -= 1
        yield piece
        if budget.is_spent:
            return


async def sentences(pieces: AsyncIterator[str]) -> AsyncGenerator[str, None]:
    """Whole sentences from pieces of text. A last one that was cut off in the middle is left out."""
    held = ""
    async for piece in pieces:
        finished, held = split_sentences(held + piece)
        for sentence in finished:
            yield sentence
    if held.rstrip().endswith((".", "!", "?", "…")):
        yield held.strip()


def tidy(sentence: str) -> str:
    """The sentence with the joints mended where a small model sets notes side by side; says nothing new."""
    for pattern, joint in _JOINTS:
        sentence = pattern.sub(joint, sentence)
    return sentence


def fallback(facts: WriteFacts) -> list[str]:
    """The prose without a model: the first pick and its strongest reason, from a template."""
    pick = facts.picks[0]
    told = [
        note(facts.spec, reason).removeprefix("is ") if reason.kind == "noted" else reason.text
        for reason in pick.reasons
        if reason.kind not in _LEFT_OUT
    ][:1]
    text = prompts.load("fallback").render(
        likes=list(facts.likes[:3]),
        pick={"label": pick.title, "reasons": [reason[:1].lower() + reason[1:] for reason in told]},
    )
    return [text] if text else []


def _notes(facts: WriteFacts, pick: Pick, most: int) -> list[str]:
    """A pick's strongest reasons as notes, as far as there is room; always the first."""
    told = [note(facts.spec, reason) for reason in pick.reasons if reason.kind not in _LEFT_OUT][:most]
    told = [text for n, text in enumerate(told) if not n or sum(map(len, told[: n + 1])) <= NOTE_CHARACTERS]
    ends = [f", like {title}" for title in facts.likes]
    shared = next((end for end in ends if len(told) > 1 and all(text.endswith(end) for text in told)), "")
    # "…, like X" twice in one sentence is one time too many.
    return [*(text.removesuffix(shared) for text in told[:-1]), *told[-1:]]


def note(spec: CatalogSpec, reason: Reason) -> str:
    """A reason as words that can follow "it": a small model then only has to join them."""
    text = reason.text[:1].lower() + reason.text[1:]
    if reason.kind == "contrast":
        return f"is {text}"
    if reason.kind == "noted":
        source, _, said = text.partition(": ")
        return f"is {said.replace('; ', ', ')} by {source}"
    for facet in spec.facets:
        label = facet.label[:1].lower() + facet.label[1:]
        if facet.kind == "number" and text.startswith(f"{label} "):
            return f"has a {label} of {text[len(label) + 1 :]}"
        if facet.verb and facet.verb != _WITH and text.startswith(facet.verb):
            return f"is {text}"
    values = [str(value) for value in reason.evidence.get("values", ())]
    if values and reason.text.startswith(values[0]):
        return f"is {reason.text}"
    return f"is {text}" if reason.kind == "known" else text
