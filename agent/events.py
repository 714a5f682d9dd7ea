"""The one typed stream of a turn. Interfaces only turn these events into their own medium."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ..data.schema import Frozen
from .types import Intent, Pick, Question, Reply


class Understood(Frozen):
    """The message was read; nothing is retrieved yet. It comes again if a model read more than the rules."""

    type: Literal["understood"] = "understood"
    intent: Intent


class Notice(Frozen):
    """One line about the answer or the service ("the model is still loading"); not part of the prose."""

    type: Literal["notice"] = "notice"
    text: str


class Picks(Frozen):
    """The ranked picks with their reasons, complete without an LLM; ``lead`` is the line above them."""

    type: Literal["picks"] = "picks"
    lead: str
    items: tuple[Pick, ...]


class Reorder(Frozen):
    """The LLM's reranking changed the order: item ids, best first."""

    type: Literal["reorder"] = "reorder"
    ids: tuple[str, ...]


class Sentence(Frozen):
    """One sentence of the answer's prose, already checked against the evidence."""

    type: Literal["sentence"] = "sentence"
    text: str


class Asking(Frozen):
    """A question back; the picks are there already, and it need not be answered."""

    type: Literal["question"] = "question"
    text: str
    question: Question


class Done(Frozen):
    """The end of the turn."""

    type: Literal["done"] = "done"
    reply: Reply


Event = Annotated[
    Understood | Notice | Picks | Reorder | Sentence | Asking | Done,
    Field(discriminator="type"),
]
