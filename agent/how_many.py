"""How many picks are asked for: "three films", "give me 10", "just one"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .quantities import number

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from .message import Message

ASKS = frozenset(
    {
        "me",
        "top",
        "only",
        "just",
        "list",
        "exactly",
        "suggest",
        "recommend",
        "show",
        "give",
        "us",
        "need",
        "want",
        "find",
    }
)
COUNTED = frozenset(
    [
        "more",
        "others",
        "other",
        "suggestions",
        "recommendations",
        "picks",
        "ideas",
        "options",
        "things",
        "titles",
        "ones",
        "results",
        "choices",
        "good",
        "great",
        "best",
    ]
)
NOT_COUNTING = frozenset(
    {
        "is",
        "are",
        "am",
        "was",
        "turning",
        "turns",
        "age",
        "the",
        "number",
        "over",
        "under",
        "above",
        "below",
        "than",
        "past",
        "aged",
    }
)
"""Words before a number that make it no count of picks ("people over fifty")."""
SINGLE = re.compile(
    r"\b(?:just|only|exactly|at most) one\b(?! of (?:the|my|these|those))|\bone more\b|\ba single\b"
)
AHEAD = 4
"""Words behind a number within which the counted one follows."""
MAX_K = 100


def how_many(
    message: Message, taken: Sequence[bool], nouns: Sequence[str], plurals: Container[int] = ()
) -> tuple[int | None, tuple[int, int]]:
    """The number of picks asked for, and the tokens that say it.

    ``taken`` tokens say something else; ``plurals`` are tokens of kinds of items in the plural ("westerns").
    """
    if match := SINGLE.search(message.plain):
        first, last = message.tokens_of(match)
        return 1, (first, last)
    lows = message.lows
    for at in range(len(lows)):
        read = None if taken[at] else number(lows, at)
        if read is None or read.value != int(read.value) or read.value <= 0:
            continue
        before = lows[at - 1] if at else ""
        following = lows[read.end : read.end + AHEAD]
        ahead = range(read.end, min(read.end + AHEAD, len(lows)))
        kinds = any(i in plurals and all(map(str.isalpha, lows[read.end : i])) for i in ahead)
        counted = (_adjacent(following, nouns) or kinds) and before not in NOT_COUNTING
        term_next = (
            read.end < len(lows) and taken[read.end] and read.value > 1 and before not in {"the", "than"}
        )
        ends = not following or following[0] in {"please", ".", ",", "!", "?", "that", "with", "from", "of"}
        if counted or (term_next and before in ASKS | {""}) or (before in ASKS and ends):
            if read.value == 1 and not counted:
                continue
            return min(int(read.value), MAX_K), (at, read.end)
    return None, (0, 0)


def _adjacent(following: Sequence[str], nouns: Sequence[str]) -> bool:
    """Whether the counted word follows before the phrase ends."""
    for word in following:
        if word in COUNTED or word in nouns:
            return True
        if word in {
            ",",
            ".",
            "and",
            "or",
            "of",
            "in",
            "with",
            "hours",
            "minutes",
            "years",
            "the",
            "a",
            "each",
        }:
            return False
    return False
