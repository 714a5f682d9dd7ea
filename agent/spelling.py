"""Typing errors in the words of a catalogue: "comedys", "thriler", "reccomend".

Only a word that nobody knows is mended: one that is no everyday word and stands in no phrase of the
catalogue, in no more than a title or two, and in no name of note. Titles and names are mended where they are
looked up, from the text as it was written.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from rapidfuzz import process
from rapidfuzz.distance import OSA

from ..tools.everyday import EVERYDAY
from .leftovers import STOP
from .message import Message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..tools.lookup import TitleIndex

SHORTEST = 5
"""Letters of the shortest word that is mended."""
TWO_ERRORS = 9
"""Letters from which on two errors are forgiven."""
COMMON = 3
"""Titles with a word, from which on it is taken for one. Of rarer ones, many look like typing errors."""
ENDINGS = ("s", "es", "ed", "ing", "er", "est", "ly")
ASKING = frozenset(
    """
    recommend recommendation recommendations something anything nothing similar suggest without between before
    after shorter longer newer older under about please instead except directed starring written another
    """.split()  # noqa: SIM905
)
"""Words of requests that are worth mending, beside those of the catalogue."""


class Speller:
    """Mends the words of messages about one catalogue.

    ``words`` are those that mean something there, and whether each is likelier to be meant than the others.
    """

    def __init__(self, words: Mapping[str, bool], titles: TitleIndex) -> None:
        self._words = {word: likely for word, likely in words.items() if word.isalpha()}
        self._titles = titles

    def mended(self, message: Message) -> Message:
        """``message`` with each word that nobody knows read as the word it was meant for, if there is one."""
        better = {
            at: word
            for at, token in enumerate(message.tokens)
            if (word := self._mend(token.low, is_name=token.text[:1].isupper()))
        }
        if not better:
            return message
        tokens = [
            replace(token, low=better[at]) if at in better else token
            for at, token in enumerate(message.tokens)
        ]
        return Message(message.text, tuple(tokens))

    def _mend(self, low: str, *, is_name: bool) -> str:
        if len(low) < SHORTEST or not low.isascii() or not low.isalpha() or self._is_word(low):
            return ""
        if is_name and low in self._titles.names.words:
            return ""
        if low.removesuffix("s") in self._words:
            return low.removesuffix("s")  # "comedys", of which the plural is known in another form
        if self._is_known(low):
            return ""
        allowed = 1 if len(low) < TWO_ERRORS else 2
        lengths, words = self._by_length
        near = process.extract(
            low,
            words[bisect_left(lengths, len(low) - allowed) : bisect_left(lengths, len(low) + allowed + 1)],
            scorer=OSA.distance,
            score_cutoff=allowed,
            limit=5,
            processor=None,
        )
        likeliest = sorted((edits, not self._is_likely(w), w) for w, edits, _ in near if w[0] == low[0])
        tied = [word for *rank, word in likeliest if rank == list(likeliest[0][:2])]
        return tied[0] if tied and len({word[:4] for word in tied}) == 1 else ""

    def _is_likely(self, word: str) -> bool:
        return word in ASKING or self._words.get(word, False)

    def _is_known(self, low: str) -> bool:
        """Whether the word, or one that it is a regular form of, is known to anybody."""
        stems = {low.removesuffix(ending) for ending in ENDINGS}
        return any(map(self._is_word, {*stems, *(f"{stem}e" for stem in stems - {low})}))

    def _is_word(self, low: str) -> bool:
        return (
            low in EVERYDAY
            or low in STOP
            or low in self._words
            or self._titles.names.is_notable(low)
            or self._titles.table.titles_with(low) >= COMMON
        )

    @cached_property
    def _by_length(self) -> tuple[list[int], list[str]]:
        words = sorted(
            (w for w in {*self._words, *ASKING} if len(w) >= SHORTEST - 1), key=lambda w: (len(w), w)
        )
        return [len(word) for word in words], words
