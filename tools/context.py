"""What surrounds a place in running text, and how much it speaks for a title there."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from .everyday import EVERYDAY, FUNCTION_WORDS
from .names import BY
from .text import tokens, words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..data.catalog import Catalog
    from .names import NameSpan
    from .text import Word

COMPARED = 1.5
"""How much more than "I saw …" words like "similar to …" announce a title."""
CHUNK = 8
"""The most words of a title that is not written out in full."""

MOST_WORDS = 600
"""Words of a text that are read; who pastes more does not talk about titles."""

_TOLD = """
like likes liked loved love loves adore adored enjoyed enjoy hated hate disliked dislike see seen saw watched
rewatched watch rewatch finished finish bought eaten owned read played play tried heard called titled named
"""
_STRONG = frozenset(_TOLD.split())
_COMPARING = (
    ("similar", "to"),
    ("fan", "of"),
    ("fond", "of"),
    ("remind", "me", "of"),
    ("reminds", "me", "of"),
    ("vein", "of"),
    ("style", "of"),
    ("something", "like"),
    ("anything", "like"),
    ("one", "like"),
    ("ones", "like"),
    ("more", "like"),
)
WITHIN = frozenset(("in", "at", "near", "during", "around"))
_PLACED = frozenset(("set", "place", "based", "filmed", "shot", "live", "lives", "happens", "located"))
_WEAK = frozenset(("after", "as", "about", "of", "to", "from", "not", "except", "mean", "meant", "but"))
_FILLERS = frozenset(
    ("the", "both", "also", "really", "just", "maybe", "only", "either", "even", "still", "already")
)
BETWEEN = frozenset(("and", "or", "then", "plus", "nor"))
_POLITE = """
please pls plz thanks thank thx tbh btw lol again though tho hi hello hey ok okay maybe perhaps yes no
"""
POLITE = frozenset(_POLITE.split())
_DETERMINERS = frozenset(
    ("a", "an", "some", "any", "another", "more", "no", "this", "that", "my", "your", "every")
)
_VERDICTS = frozenset(("was", "is", "were", "wasnt", "isnt", "bored", "made", "rocks", "rules"))
_CUTS = """
but with without except because for in from that which who only not please so if when where set made directed
starring by on at about more less instead too though although while since before after was is were are and
or then
"""
_BREAKS = frozenset(_CUTS.split())
ENDING = _BREAKS | POLITE | BETWEEN
"""Words before which a title may end."""
_QUOTED = re.compile(r"[\"“”«»„]([^\"“”«»„]{1,90})[\"“”«»„]|(?<!\w)['‘]([^'‘’]{2,90})['’](?!\w)")
_STOP = re.compile(r"[.!?;:\n,/()\[\]\"“”«»„]")


class Vocabulary:
    """Words that describe the items of a catalogue, and so name none of them."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    @cached_property
    def nouns(self) -> frozenset[str]:
        """What items of this catalogue are called, in folded words."""
        spec = self._catalog.spec
        return frozenset(token for noun in (spec.noun, spec.plural, *spec.nouns) for token in tokens(noun))

    @cached_property
    def ordinary(self) -> frozenset[str]:
        """Words that describe items of this catalogue: its nouns, and values and synonyms of categories."""
        spec = self._catalog.spec
        found = {*self.nouns, *tokens(spec.verb)}
        for facet in spec.facets:
            found.update(tokens(facet.label))
            if facet.kind == "category":
                for value in self._catalog.values(facet.name):
                    found.update(tokens(value))
                found.update(
                    token for words in facet.synonyms.values() for word in words for token in tokens(word)
                )
            found.update(_single((*facet.less, *facet.more, *facet.low, *facet.high)))
        for quality in spec.qualities:
            found.update(_single(quality.words))
        found.update(_single(spec.unknown_qualities))
        return frozenset(found) - FUNCTION_WORDS

    def plain(self, word: str) -> bool:
        """Whether a folded word names nothing by itself."""
        return (
            word in EVERYDAY
            or word.isdigit()
            or word in self.ordinary
            or (word.endswith("s") and (word[:-1] in self.ordinary or word[:-1] in EVERYDAY))
            or (word.endswith("ies") and word[:-3] + "y" in self.ordinary)
        )


class Before(NamedTuple):
    """The last title (or what looks like one) before a place: where it ends, whether it is a known one."""

    end: int
    known: bool


class Context:
    """A text as words, with capitals, quotations and the names in it."""

    def __init__(self, text: str, vocabulary: Vocabulary, people: list[NameSpan]) -> None:
        self.text = text
        self.vocabulary = vocabulary
        self.people = people
        self.words: list[Word] = words(text)[:MOST_WORDS]
        self.quotes = [(match.start(), match.end()) for match in _QUOTED.finditer(text)]
        capitals = [word.written[:1].isupper() for word in self.words]
        # Where everything is capitalised capitals tell nothing.
        shouted = len(capitals) >= 3 and sum(capitals) > 0.75 * len(capitals)
        self.capitals = [False] * len(capitals) if shouted else capitals

    def described(self, place: int, end: int) -> float:
        """How much the words around speak of a kind of thing instead ("a ghost story", "alien films")."""
        against = 0.0
        before = self.words[place - 1].folded if place else ""
        if before in _DETERMINERS or (place and self.words[place].folded in ("a", "an") and end - place < 3):
            against += 0.5
        if end < len(self.words) and not self.stop_between(end - 1):
            after = self.words[end].folded
            if after in self.vocabulary.ordinary or after.rstrip("s") in self.vocabulary.ordinary:
                against += 0.4
            elif after not in EVERYDAY and not self.vocabulary.plain(after):
                against += 0.3
        return against

    def introduced(self, place: int, previous: Before | None) -> float:
        """How strongly what stands before ``place`` announces a title, from 0 to :data:`COMPARED`.

        A joining word after the ``previous`` title announces another one.
        """
        at = place
        owner = self.person_at(place - 1) if place else None
        if owner is not None and owns(self.words[place - 1]):
            return COMPARED
        skipped = _FILLERS | self.vocabulary.nouns
        while at > 0 and self.words[at - 1].folded in skipped and not self.stop_between(at - 1):
            at -= 1
        if previous is not None:
            gap = self.text[previous.end : self.words[place].start]
            if all(word in BETWEEN or word in _FILLERS for word in tokens(gap)) and not re.search(
                r"[.!?\n]", gap
            ):
                return 1.0 if gap.strip() else 0.3
        if at == 0 or self.stop_between(at - 1, quotes=False):
            return 0.0
        before = [word.folded for word in self.words[max(0, at - 3) : at]]
        if any(tuple(before[-len(phrase) :]) == phrase for phrase in _COMPARING):
            return COMPARED
        if before[-1] == "like" and before[-2:-1] and before[-2] in self.vocabulary.nouns:
            return COMPARED
        if before[-1] in _STRONG:
            return 1.0
        return 0.4 if before[-1] in _WEAK else 0.0

    def located(self, place: int) -> float:
        """How much the words before speak of a place or time ("set in New York"), 0 to 1."""
        if place == 0 or self.words[place - 1].folded not in WITHIN:
            return 0.0
        return 1.0 if place > 1 and self.words[place - 2].folded in _PLACED else 0.3

    def closed(self, end: int) -> bool:
        return end == len(self.words) or self.stop_between(end - 1) or self.words[end].folded in BETWEEN

    def person_at(self, place: int) -> NameSpan | None:
        start = self.words[place].start
        return next((person for person in self.people if person.start <= start < person.end), None)

    def of_a_name(self, place: int, end: int) -> bool:
        """Whether the words are part of a longer name, or a name after a word like "by"."""
        person = self.person_at(place)
        if person is None or self.quoted_from(place) == end:
            return False
        size = sum(person.start <= word.start < person.end for word in self.words)
        announced = place > 0 and self.words[place - 1].folded in BY
        return end - place < size or (end - place == size and announced)

    def judged(self, end: int) -> bool:
        return (
            end < len(self.words) and self.words[end].folded in _VERDICTS and not self.stop_between(end - 1)
        )

    def capital(self, place: int, end: int) -> bool:
        """Whether capitals mark a title: on all words that mean something, not only as a sentence begins."""
        marks = [
            self.capitals[at] or word.folded.isdigit()
            for at, word in enumerate(self.words[place:end], place)
            if at == place or word.folded not in EVERYDAY
        ]
        begins = place == 0 or self._sentence_between(place - 1)
        if (begins and end - place == 1) or self._goes_on(end):
            return False
        if begins:
            return any(self.capitals[at] for at in range(place + 1, end))
        return self.words[place].written != "I" and all(marks)

    def _goes_on(self, end: int) -> bool:
        """Whether the next word, capitalised too, belongs to what would be a title ("Grace Kelly")."""
        if end >= len(self.words) or self.stop_between(end - 1):
            return False
        return self.capitals[end] and self.words[end].folded not in EVERYDAY

    def named(self, place: int) -> bool:
        """Whether a capital that no sentence's beginning explains stands at ``place``."""
        begins = place == 0 or self._sentence_between(place - 1)
        return self.capitals[place] and not begins and not self.words[place].written.startswith(("I'", "I’"))

    def quoted_from(self, place: int) -> int | None:
        """The end of the quotation whose first word is ``place``; None where none begins."""
        for start, stop in self.quotes:
            inside = [at for at, word in enumerate(self.words) if start <= word.start < stop]
            if inside and inside[0] == place:
                return inside[-1] + 1
        return None

    def chunk_end(self, place: int) -> int:
        end = place + 1
        while end < len(self.words) and end - place < CHUNK:
            if self.stop_between(end - 1) or self.words[end].folded in _BREAKS:
                break
            end += 1
        return end

    def stop_between(self, place: int, *, quotes: bool = True) -> bool:
        """Whether punctuation separates the word ``place`` from the next."""
        gap = self.text[self.words[place].end : self.words[place + 1].start]
        if not quotes:
            gap = re.sub(r"[:\"“”«»„(\[]", "", gap)
        return _STOP.search(gap) is not None

    def _sentence_between(self, place: int) -> bool:
        gap = self.text[self.words[place].end : self.words[place + 1].start]
        return re.search(r"[.!?:\n\"“”«»„]", gap) is not None


def _single(phrases: Iterable[str]) -> list[str]:
    """The phrases of one word, folded: the words of longer ones ("coming of age") say nothing alone."""
    split = (tokens(phrase) for phrase in phrases)
    return [parts[0] for parts in split if len(parts) == 1]


def owns(word: Word) -> bool:
    """Whether the word is written with a possessive "'s"."""
    return word.written.casefold().endswith(("'s", "’s"))
