"""Recorded conversations in which items were named: what :mod:`.dialogue_rank` learns from.

A file of dialogues is JSON lines, one dialogue a line::

    {"turns": [{"who": "person", "text": "Something like Alien?", "items": ["tt0078748"]},
               {"who": "agent", "text": "Try The Thing.", "items": ["tt0084787"]}]}

``items`` are the ids of the items that a turn names, in order; ids that the catalogue lacks are passed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import ValidationError

from ..data.errors import DataError
from ..data.importers.redial import dialogue_lines
from ..data.schema import Frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from ..data.catalog import Catalog


class Turn(Frozen):
    """One turn: who spoke, what was said, and the ids of the items that it names, in order."""

    who: Literal["person", "agent"]
    text: str = ""
    items: tuple[str, ...] = ()


class Dialogue(Frozen):
    """The turns of one conversation, in order."""

    turns: tuple[Turn, ...]


@dataclass(frozen=True)
class Context:
    """What was said before an answer, with items as positions."""

    said: str
    """All that the person and the agent said."""
    person: str
    """All that the person said."""
    last: str
    """What the person said last."""
    mentioned: tuple[int, ...]
    """Items named so far, each once, in the order of their first mention."""


@dataclass(frozen=True)
class Example:
    """An answer that recommended something."""

    dialogue: int
    """Its number among the dialogues."""
    context: Context
    wanted: tuple[int, ...]
    """The items that the answer names and that were not mentioned before."""


def read_dialogues(path: Path) -> list[Dialogue]:
    """The dialogues of a JSON lines file; raises NoData where there is none, DataError for a broken line."""
    dialogues = []
    for number, line in dialogue_lines(path):
        try:
            dialogues.append(Dialogue.model_validate_json(line))
        except ValidationError as error:
            first = error.errors()[0]["msg"]
            raise DataError(f"Line {number} of {path.name} is not a dialogue ({first}).") from error
    return dialogues


def context_of(catalog: Catalog, turns: Sequence[Turn]) -> Context:
    """What ``turns`` say; ids that the catalogue lacks are passed over."""
    person = [turn.text for turn in turns if turn.who == "person" and turn.text]
    mentioned = dict.fromkeys(item for turn in turns for item in positions(catalog, turn.items))
    said = " ".join(turn.text for turn in turns if turn.text)
    return Context(said, " ".join(person), person[-1] if person else "", tuple(mentioned))


def examples_of(catalog: Catalog, dialogues: Iterable[Dialogue]) -> Iterator[Example]:
    """Every answer of the agent that names an item which was not mentioned before."""
    for number, dialogue in enumerate(dialogues):
        for place, turn in enumerate(dialogue.turns):
            if turn.who == "agent":
                context = context_of(catalog, dialogue.turns[:place])
                named = dict.fromkeys(positions(catalog, turn.items))
                wanted = tuple(item for item in named if item not in context.mentioned)
                if wanted:
                    yield Example(number, context, wanted)


def positions(catalog: Catalog, ids: Iterable[str]) -> list[int]:
    """The positions of those ``ids`` that the catalogue has."""
    found = []
    for item_id in ids:
        try:
            found.append(catalog.position(item_id))
        except KeyError:
            continue
    return found
