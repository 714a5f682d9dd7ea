"""The personal prose under the picks: the model restates given facts, and each sentence is checked first."""

from __future__ import annotations

import logging
from contextlib import aclosing
from dataclasses import dataclass
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
"""How many of the first picks the prose is about."""
MAX_SENTENCES = 4
MAX_TOKENS = 120
NOTE_CHARACTERS = 300
"""Room for the notes on the picks; about 75 tokens, so that the whole message stays within some 120."""
_LEFT_OUT = frozenset({"constraint"})
"""Reasons that repeat what was asked; the message says it once, above the picks."""


@dataclass(frozen=True)
class WriteFacts:
    """All that the prose may say. ``likes`` are titles the person named, ``wishes`` their constraints in words.

    Nothing a person wrote reaches the model: titles are the catalogue's and constraints are worded by palate.
    """

    spec: CatalogSpec
    picks: tuple[Pick, ...]
    likes: tuple[str, ...] = ()
    wishes: tuple[str, ...] = ()


@dataclass
class Tally:
    """What became of the sentences; ``fallbacks`` counts replies in which none survived."""

    written: int = 0
    kept: int = 0
    fallbacks: int = 0


def write_prefix() -> Prefix:
    """The constant part of the prompt, to warm up with."""
    prompt = prompts.load("write")
    return Prefix(prompt.system, prompt.examples)


def write_prompt(facts: WriteFacts) -> Prompt:
    """The prompt for ``facts``: the first three picks with their strongest reasons, within a bounded length."""
    picks = facts.picks[:SPOKEN_OF]
    notes = _notes(picks)
    body = prompts.load("write").render(
        likes=list(facts.likes[:3]),
        wishes=list(facts.wishes[:4]),
        picks=[{"label": pick.title, "reasons": notes[pick.id]} for pick in picks],
    )
    return Prompt(write_prefix(), body)


async def write(
    llm: LLM, facts: WriteFacts, checker: Checker, tally: Tally | None = None
) -> AsyncGenerator[str, None]:
    """Sentences about the picks, each released after its check; at least one, from a template if need be.

    Closing the generator ends the writing. Raises ModelUnavailable when the model fails; sentences
    yielded before stand.
    """
    count = Tally() if tally is None else tally
    kept = 0
    if not facts.picks:
        return
    pieces = llm.stream(write_prompt(facts), max_tokens=MAX_TOKENS, stop=("\n",))
    async with aclosing(pieces):
        async for sentence in sentences(pieces):
            count.written += 1
            verdict = checker.check(sentence)
            if not verdict.passes:
                log.debug("dropped %r: %s", sentence, verdict.why)
                continue
            kept += 1
            count.kept += 1
            yield sentence
            if kept == MAX_SENTENCES:
                return
    if not kept:
        count.fallbacks += 1
        for sentence in fallback(facts):
            yield sentence


async def sentences(pieces: AsyncIterator[str]) -> AsyncGenerator[str, None]:
    """Whole sentences from pieces of text. A last one that was cut off in the middle is left out."""
    held = ""
    async for piece in pieces:
        finished, held = split_sentences(held + piece)
        for sentence in finished:
            yield sentence
    if held.rstrip().endswith((".", "!", "?", "…")):
        yield held.strip()


def fallback(facts: WriteFacts) -> list[str]:
    """The prose without a model: the first pick and its strongest reason, from a template."""
    pick = facts.picks[0]
    text = prompts.load("fallback").render(
        likes=list(facts.likes[:3]),
        pick={
            "label": pick.title,
            "reasons": [_note(r) for r in pick.reasons if r.kind not in _LEFT_OUT][:1],
        },
    )
    return [text] if text else []


def _notes(picks: tuple[Pick, ...]) -> dict[str, list[str]]:
    """Each pick's strongest reason, then second reasons from the first pick on while there is room."""
    told = {pick.id: [_note(r) for r in pick.reasons if r.kind not in _LEFT_OUT] for pick in picks}
    notes = {pick_id: reasons[:1] for pick_id, reasons in told.items()}
    room = NOTE_CHARACTERS - sum(len(note) for chosen in notes.values() for note in chosen)
    for pick_id, reasons in told.items():
        for reason in reasons[1:2]:
            if len(reason) <= room:
                notes[pick_id].append(reason)
                room -= len(reason)
    return notes


def _note(reason: Reason) -> str:
    """A reason as a note: in lower case at its start, unless it begins with a value or name."""
    values = reason.evidence.get("values", ())
    starts_with_value = any(reason.text.startswith(str(value)) for value in values)
    return reason.text if starts_with_value else reason.text[:1].lower() + reason.text[1:]
