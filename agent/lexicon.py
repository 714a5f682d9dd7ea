"""The everyday words of one catalogue: its facets' values, synonyms, comparatives and qualities as phrases.

Everything here comes from the catalogue's spec and vocabulary. A phrase may have several senses
("French" is a language, and said of a country); which is meant is decided from the words around it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from .message import Message, comparative, key, plural, singular, superlative

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..data.catalog import Catalog
    from ..data.schema import Facet, Quality

Kind = Literal["value", "low", "high", "less", "more", "quality", "unknown", "noun"]
LONGEST = 6
"""Words in the longest phrase that is looked for."""


@dataclass(frozen=True)
class Sense:
    """One meaning of a phrase.

    ``value``: ``facet`` has ``value``; ``exact`` when the phrase is the value itself and no synonym of it.
    ``low``, ``high``: a small or large number of ``facet``; ``less``, ``more``: a smaller or larger one.
    ``quality``: a word that leans the ranking; ``unknown``: one that nothing in the catalogue carries;
    ``noun``: what the catalogue's items are called.
    """

    kind: Kind
    facet: str = ""
    value: str = ""
    exact: bool = True
    quality: Quality | None = None
    is_plural: bool = False
    compares: bool = False
    """Whether the phrase is a comparative of the word ("scarier")."""


@dataclass(frozen=True)
class Term:
    """A phrase found in a message: tokens ``start`` to ``end`` (not included) and what it may mean."""

    start: int
    end: int
    senses: tuple[Sense, ...]

    def sense(self, *kinds: Kind) -> Sense | None:
        """The first sense of one of these kinds."""
        return next((sense for sense in self.senses if sense.kind in kinds), None)


class Lexicon:
    """All phrases of one catalogue."""

    def __init__(self, catalog: Catalog) -> None:
        self.spec = catalog.spec
        self._senses: dict[str, list[Sense]] = defaultdict(list)
        self._add_nouns()
        for facet in self.spec.facets:
            self._add_comparatives(facet)
            if facet.kind == "category":
                self._add_values(facet, catalog.values(facet.name))
        self._add_qualities()
        self._add_comparative_forms()

    def find(self, message: Message) -> list[Term]:
        """The phrases of ``message``, longest first from left to right, none overlapping."""
        found, at, lows = [], 0, message.lows
        while at < len(lows):
            for size in range(min(LONGEST, len(lows) - at), 0, -1):
                senses = self._senses.get(" ".join(lows[at : at + size]))
                if senses:
                    found.append(Term(at, at + size, tuple(senses)))
                    at += size
                    break
            else:
                at += 1
        return found

    @cached_property
    def words(self) -> dict[str, bool]:
        """The words of all phrases, and whether each says a fact of items or what items are called."""
        found: dict[str, bool] = {}
        for phrase, senses in self._senses.items():
            fact = any(
                sense.kind == "noun"
                or (sense.kind == "value" and not self.spec.facet(sense.facet).judged and not sense.compares)
                for sense in senses
            )
            for word in phrase.split():
                found[word] = found.get(word, False) or fact
        return found

    def senses(self, lows: Sequence[str]) -> tuple[Sense, ...]:
        """What the folded words ``lows`` mean as one phrase; empty where they are none."""
        return tuple(self._senses.get(" ".join(lows), ()))

    def _add(self, phrase: str, sense: Sense) -> None:
        folded = key(phrase)
        if not folded or len(folded.split()) > LONGEST:
            return
        self._put(folded, sense)
        self._put(plural(folded), replace(sense, is_plural=True))
        if folded.endswith("o"):
            self._put(f"{folded}es", replace(sense, is_plural=True))  # tomatoes, beside photos

    def _put_comparative(self, word: str, sense: Sense) -> None:
        """ "scarier" and "scariest" beside "scary", where these are no phrases of their own."""
        formed, most = comparative(word), superlative(word)
        if formed and formed not in self._senses:
            self._put(formed, replace(sense, compares=True))
        if most and most not in self._senses:
            self._put(most, sense)

    def _put(self, phrase: str, sense: Sense) -> None:
        known = self._senses[phrase]
        if not any((s.kind, s.facet, s.value) == (sense.kind, sense.facet, sense.value) for s in known):
            known.append(sense)

    def _add_nouns(self) -> None:
        for phrase in (self.spec.noun, self.spec.plural, *self.spec.nouns):
            self._add(phrase, Sense("noun"))

    def _add_comparatives(self, facet: Facet) -> None:
        for words, kind in (
            (facet.less, "less"),
            (facet.more, "more"),
            (facet.low, "low"),
            (facet.high, "high"),
        ):
            for word in words:
                if kind in {"less", "more"} or (facet.low_at if kind == "low" else facet.high_at) is not None:
                    self._put(key(word), Sense(kind, facet.name))  # type: ignore[arg-type]

    def _add_values(self, facet: Facet, values: list[str]) -> None:
        for value in values:
            self._add(value, Sense("value", facet.name, value))
            one = singular(key(value))
            if one and not facet.judged:
                self._put(one, Sense("value", facet.name, value))  # "a carrot", of the kind "Carrots"
        present = {value.casefold(): value for value in values}
        for value, words in facet.synonyms.items():
            stored = present.get(value.casefold())
            if stored is not None:
                for word in words:
                    self._add(word, Sense("value", facet.name, stored, exact=False))

    def _add_qualities(self) -> None:
        for quality in self.spec.qualities:
            for word in quality.words:
                self._put(key(word), Sense("quality", quality=quality))
        for word in self.spec.unknown_qualities:
            self._put(key(word), Sense("unknown"))

    def _add_comparative_forms(self) -> None:
        """Last, so that a comparative with a sense of its own keeps it."""
        for phrase, senses in list(self._senses.items()):
            for sense in senses:
                if sense.kind in {"quality", "unknown"} or (sense.kind == "value" and not sense.exact):
                    self._put_comparative(phrase, sense)
