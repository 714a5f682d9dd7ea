"""References to what was shown or spoken of: "the second one", "the first two", "number 3", "it"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .message import Message
    from .state import State

ORDINALS = {
    word: place
    for place, word in enumerate(
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"],
        start=1,
    )
}
COUNTS = {word: number for number, word in enumerate(["two", "three", "four", "five", "six"], start=2)}
ORDINAL = rf"(?:{'|'.join(ORDINALS)}|last|\d{{1,2}}(?:st|nd|rd|th))"
SEVERAL = re.compile(rf"\bthe (first|last) ({'|'.join(COUNTS)}|\d{{1,2}})\b(?! \w+ (?:of|years|minutes))")
NTH = re.compile(
    rf"\b(?:the|my|that|this) ({ORDINAL})(?: (?:one|pick|suggestion|recommendation|option|{{nouns}})"
    rf"(?! (?:of (?!these|those|them)|in|by|with|from|made)\b)\b|"
    rf"(?: (?:one|ones|pick|suggestion|recommendation|option|{{nouns}}))?"
    r"(?=$| (?:and|or|but|is|was|are|were|please|again|too|also|already|in|from|about|that|which)\b"
    r"| of (?:these|those)\b"
    rf"| [^\w ]))"
)
NUMBERED = re.compile(r"(?:\b(?:number|no\.?|nr|option|pick) |# )(\d{1,2})\b")
AFTER_CUE = re.compile(
    r"\b(?:why|why not|explain|like|liked|love|loved|enjoyed|hate|hated|dislike|disliked|seen|watched|read|"
    r"about|skip|saw|know|not)((?: (?:,|and|or|the|number|\d{1,2}|" + "|".join(COUNTS) + r"))+)"
    r"(?=$| [^\w ]| (?:and|but|please|already|was|were|is|again|too)\b)"
)
WHOLE = re.compile(
    r"\b(?:all of (?:them|these|those)|them all|both of (?:them|these|those)|both|them|these|those)\b"
)
ONE = re.compile(
    r"\b(?:it|that one|this one|that(?! \w+ (?:with|where|about|in which|who)\b)|this)\b"
    r"(?! (?:was|is) (?:a|an|the|raining)\b)"
)
GOES_ON = frozenset({"something", "anything", "nothing", "one", "ones", "someone", "somebody", "all"})
"""Behind these, and what the items are called, "that" is no reference ("something that makes me laugh")."""
MAX_PLACE = 50


@dataclass(frozen=True)
class Reference:
    """Tokens ``start`` to ``end`` (not included) that mean the shown picks at ``places``, counted from 1.

    ``ids`` are the items, empty where nothing was shown at these places; ``certainty`` in [0, 1].
    """

    start: int
    end: int
    places: tuple[int, ...]
    ids: tuple[str, ...]
    certainty: float = 1.0


class References:
    """Finds references, given what the catalogue's items are called."""

    def __init__(self, nouns: list[str]) -> None:
        self._before_that = GOES_ON | {word for noun in nouns for word in noun.split()}
        self._nth = re.compile(NTH.pattern.replace("{nouns}", "|".join(map(re.escape, nouns))))

    def find(self, message: Message, state: State) -> list[Reference]:
        """The references of ``message``, surest kinds first, none overlapping."""
        found: list[Reference] = []
        taken = [False] * len(message.tokens)
        for reference in (*self._placed(message, state), *_pronouns(message, state)):
            if self._goes_on(message, reference):
                continue
            if reference.start < reference.end and not any(taken[reference.start : reference.end]):
                taken[reference.start : reference.end] = [True] * (reference.end - reference.start)
                found.append(reference)
        return sorted(found, key=lambda reference: reference.start)

    def _goes_on(self, message: Message, reference: Reference) -> bool:
        """Whether it is the "that" of a relative clause."""
        at = reference.start
        that = message.lows[at : reference.end] == ("that",)
        return that and at > 0 and message.lows[at - 1] in self._before_that

    def _placed(self, message: Message, state: State) -> list[Reference]:
        shown, found = len(state.shown), []
        for match in SEVERAL.finditer(message.plain):
            count = COUNTS.get(match[2]) or int(match[2])
            first = 1 if match[1] == "first" else max(1, shown - count + 1)
            found.append(_reference(message, match, 0, list(range(first, first + count)), state))
        for match in self._nth.finditer(message.plain):
            found.append(_reference(message, match, 0, [_place(match[1], shown)], state))
        for match in NUMBERED.finditer(message.plain):
            found.append(_reference(message, match, 0, [int(match[1])], state))
        for match in AFTER_CUE.finditer(message.plain):
            places = [int(digits) for digits in re.findall(r"\d{1,2}", match[1])]
            if places:
                found.append(_reference(message, match, 1, places, state))
        return found


def _pronouns(message: Message, state: State) -> list[Reference]:
    found = []
    for match in WHOLE.finditer(message.plain):
        first, last = message.tokens_of(match)
        if state.shown and not (match[0] == "both" and last < len(message.tokens)):
            places = tuple(range(1, len(state.shown) + 1))
            found.append(Reference(first, last, places, state.shown))
    for match in ONE.finditer(message.plain):
        first, last = message.tokens_of(match)
        ids, certainty = _spoken_of(state)
        places = tuple(state.shown.index(item_id) + 1 for item_id in ids if item_id in state.shown)
        found.append(Reference(first, last, places, ids, certainty))
    return found


def _spoken_of(state: State) -> tuple[tuple[str, ...], float]:
    """What "it" means: the item spoken of last, else the first of those shown (with little certainty)."""
    if state.focus is not None:
        return (state.focus,), 1.0
    return (state.shown[:1], 0.5) if state.shown else ((), 0.0)


def _reference(
    message: Message, match: re.Match[str], group: int, places: list[int], state: State
) -> Reference:
    first, last = message.tokens_of(match, group)
    places = [place for place in places if 0 < place <= MAX_PLACE]
    ids = tuple(state.shown[place - 1] for place in places if place <= len(state.shown))
    return Reference(first, last, tuple(places), ids)


def _place(word: str, shown: int) -> int:
    if word == "last":
        return max(shown, 1)
    return ORDINALS.get(word) or int(re.sub(r"\D", "", word) or 0)
