"""Texts without what would give an item away: its title, the names in the catalogue's facts, and digits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...data.documents import values_of
from ...tools.everyday import FUNCTION_WORDS
from ...tools.text import tokens, words
from ..words import split_sentences

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...data.catalog import Catalog
    from ...data.schema import Item
    from ...tools.text import Word

    Phrases = dict[str, set[tuple[str, ...]]]
    """Phrases in folded words by the first of them."""

LEAST_WORDS = 15
"""Words that must be left for a text to ask for an item."""


class Redactor:
    """Takes out of a text what names an item of a catalogue."""

    def __init__(self, catalog: Catalog) -> None:
        self._facets = [facet for facet in catalog.spec.facets if facet.kind == "name"]
        names = (name for facet in self._facets for name in catalog.values(facet.name))
        # Lists of names hold odd words, "The" among them.
        self._names = _phrases(name for name in names if name.casefold() not in FUNCTION_WORDS)

    def question(self, item: Item) -> str:
        """What the item's text says from its second sentence on, redacted; empty if too little is left."""
        said = " ".join(sentences(item.text)[1:])
        left = self.redacted(said, item)
        return left if len(tokens(left)) >= LEAST_WORDS else ""

    def redacted(self, text: str, item: Item) -> str:
        """``text`` without the titles of ``item``, any name in the catalogue's facts, and any digit.

        Of the item's own people each part of the name goes as well ("Hawn" for Goldie Hawn). A name of one
        word counts where it is written with a capital.
        """
        said = words(text)
        titles = _phrases((item.title, *item.aliases))
        own = {
            token
            for facet in self._facets
            for name in values_of(item, facet)
            for token in tokens(name)
            if len(token) > 1 and token not in FUNCTION_WORDS
        }
        kept, end, place = [], 0, 0
        while place < len(said):
            size = _longest(said, place, titles, written=False) or _longest(said, place, self._names)
            if not size and _is_capital(said[place]) and _bare(said[place]) in own:
                size = 1
            if size:
                kept.append(text[end : said[place].start])
                end = said[place + size - 1].end
            place += size or 1
        kept.append(text[end:])
        return re.sub(r"\s+", " ", re.sub(r"\d", "", " ".join(kept))).strip()


def sentences(text: str) -> list[str]:
    """The sentences of ``text``, the unfinished last one included."""
    finished, rest = split_sentences(text)
    return [*finished, rest] if rest else finished


def _phrases(texts: Iterable[str]) -> Phrases:
    found: Phrases = {}
    for text in texts:
        parts = tuple(tokens(text))
        if parts:
            found.setdefault(parts[0], set()).add(parts)
    return found


def _longest(said: list[Word], place: int, phrases: Phrases, *, written: bool = True) -> int:
    """Words of the longest phrase that begins at ``place``; with ``written`` single words need a capital."""
    best = 0
    for phrase in phrases.get(_bare(said[place]), ()):
        size = len(phrase)
        here = tuple(_bare(word) for word in said[place : place + size])
        if size > best and here == phrase and (size > 1 or not written or _is_capital(said[place])):
            best = size
    return best


def _bare(word: Word) -> str:
    """The folded word without a possessive "'s"."""
    return word.folded[:-1] if word.written.casefold().endswith(("'s", "’s")) else word.folded


def _is_capital(word: Word) -> bool:
    return word.written[:1].isupper()
