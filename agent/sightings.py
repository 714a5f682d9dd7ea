"""Everything that is named in a message, each word belonging to one thing only.

Where finds overlap, titles of several words win over bounds and facet words, bounds over bare years taken
for titles, references over pronouns taken for titles, and facet words over surnames.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..tools.everyday import EVERYDAY
from ..tools.names import NameSpan
from ..tools.text import tokens
from . import acts
from .leftovers import is_content
from .lexicon import Lexicon
from .makers import Makers
from .message import key, plural
from .occasions import PEOPLE, days, is_of_day, people
from .phrases import Bounds
from .references import References
from .roles import Cues, past_forms
from .spans import At, Person, apart, apart_from_each_other, within
from .title_finder import TitleFinder
from .title_places import SURE_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..data.catalog import Catalog
    from ..tools.lookup import TitleIndex
    from .facetwords import FacetWords
    from .lexicon import Term
    from .makers import Unnamed
    from .message import Message
    from .phrases import Found
    from .references import Reference
    from .spans import Ranged, Titled
    from .state import State


@dataclass(frozen=True)
class Sightings:
    """What was found, each list in the order of the message, nothing overlapping."""

    titles: tuple[Titled, ...]
    names: tuple[Person, ...]
    references: tuple[Reference, ...]
    bounds: tuple[Found, ...]
    terms: tuple[Term, ...]
    unnamed: tuple[Unnamed, ...] = ()
    occasions: tuple[At, ...] = ()
    """What says when and for whom it is to be; terms may stand in it."""

    def covered(self, size: int) -> list[bool]:
        """Whether each of ``size`` tokens belongs to anything found."""
        found = [False] * size
        ranges: list[Ranged] = [*self.titles, *self.names, *self.references, *self.bounds, *self.terms]
        ranges += self.unnamed
        for item in ranges:
            found[item.start : item.end] = [True] * (item.end - item.start)
        return found


class Finder:
    """Finds what messages name in one catalogue."""

    def __init__(self, catalog: Catalog, titles: TitleIndex, facets: FacetWords) -> None:
        spec = catalog.spec
        said = [spec.noun, spec.plural, *spec.nouns]
        self.nouns = sorted({key(word) for word in (*said, *map(plural, said))})
        self.lexicon = Lexicon(catalog)
        self._catalog = catalog
        self._titles = titles
        self._facets = facets
        year = next((facet.name for facet in spec.facets if facet.kind == "year"), None)
        years = catalog.numbers(year) if year else np.zeros(0, np.float32)
        self._bounds = Bounds(spec, float(np.nanmax(years)) if np.isfinite(years).any() else None)
        self._references = References(self.nouns)
        self.makers = Makers(catalog, facets, self.nouns)
        self._named = TitleFinder(
            catalog, titles, facets, self.lexicon, self.nouns, Cues(past_forms(spec.verb))
        )

    def find(self, message: Message, state: State) -> Sightings:
        """Everything that ``message`` names."""
        bounds = [bound for bound in self._bounds.find(message) if not self._is_setting(message, bound)]
        same = [At(first, last) for _, first, last in self._facets.same(message)]
        references = [ref for ref in self._references.find(message, state) if not _in_reset(message, ref)]
        references = apart(references, same)
        when = days(message)
        terms = [term for term in self.lexicon.find(message) if not _is_of_day(message, term, when)]
        names = self._people(message, state)
        titles = self._named.find(message, bounds, terms, names, references, state)
        titles = [title for title in titles if not any(_longer(one, title) for one in when)]
        bounds = apart(bounds, titles)
        references = apart(references, [*titles, *bounds])
        terms = [t for t in apart(terms, [*titles, *bounds]) if not _inside(t, references)]
        references = apart(references, [t for t in terms if t.end - t.start > 1])
        names = [p for p in apart(names, [*titles, *bounds, *references]) if self._is_name(p, terms)]
        terms = [t for t in apart(terms, names) if not _repeats(t, bounds)]
        known = [title for title in titles if title.is_known]
        strange = [title for title in titles if not title.is_known]
        strange += self._named.unknown(message, [*titles, *bounds, *references, *names], terms)
        known_or_not = sorted([*known, *strange], key=lambda title: title.start)
        whom = people(message)
        references = [
            ref
            for ref in references
            if not _is_degree(message, ref, terms, self.nouns)
            and not _is_relative(message, ref, [*terms, *bounds, *names])
        ]
        unnamed = self.makers.find(message, [*known, *references], terms)
        references = [ref for ref in references if not any(one.meets(ref) for one in unnamed)]
        terms = apart(terms, unnamed)
        return Sightings(
            tuple(known_or_not),
            tuple(names),
            tuple(references),
            tuple(bounds),
            tuple(term for term in terms if not self._is_whom(message, term, whom)),
            tuple(unnamed),
            (*when, *whom),
        )

    def _is_whom(self, message: Message, term: Term, whom: Iterable[At]) -> bool:
        """Whether a word for people says whom it is for ("my friends"), and not what a story is about."""
        one = term.end == term.start + 1 and message.lows[term.start] in PEOPLE
        judged = all(sense.facet and self._catalog.spec.facet(sense.facet).judged for sense in term.senses)
        return one and judged and any(within(term, spoken) for spoken in whom)

    def _is_setting(self, message: Message, bound: Found) -> bool:
        """Whether a time is that of the story ("set in the fifties") and notes know of it."""
        start = bound.start + (message.lows[bound.start] == "in")
        start += message.lows[start : start + 1] == ("the",)
        senses = self.lexicon.senses(message.lows[start : bound.end])
        judged = [self._catalog.spec.facet(sense.facet).judged for sense in senses if sense.facet]
        return any(judged) and "set" in message.lows[max(0, bound.start - 5) : bound.start]

    def _people(self, message: Message, state: State) -> list[Person]:
        found = []
        for span in self._titles.names.mentions(message.text):
            first, last = message.tokens_between(span.start, span.end)
            if first < last and span.matches and span.matches[0].certainty >= SURE_NAME:
                found.append(Person(first, last, span))
        return [*found, *apart(self._spoken_of(message, state), found)]

    def _spoken_of(self, message: Message, state: State) -> list[Person]:
        """People of the conversation by one of their names ("not Hanks", "more of Ada")."""
        asked = {value for facet, value in state.names}
        for facet, bound in state.where.items():
            if self._catalog.spec.facet(facet).kind == "name":
                asked |= {*bound.any_of, *bound.all_of, *bound.none_of}
        found = []
        for name in sorted(asked):
            parts = [part for part in tokens(name) if len(part) > 2 and part not in EVERYDAY]
            for at, low in enumerate(message.lows):
                if low in parts:
                    token = message.tokens[at]
                    matches = tuple(self._titles.names.find(name, k=5))
                    found.append(Person(at, at + 1, NameSpan(token.start, token.end, token.text, matches)))
        return apart_from_each_other([person for person in found if person.span.matches])

    def _is_name(self, person: Person, terms: list[Term]) -> bool:
        """A single surname that is also a facet's word is that word."""
        return person.end - person.start > 1 or not any(person.meets(term) for term in terms)


def _repeats(term: Term, bounds: Iterable[Found]) -> bool:
    """Whether a word like "long" only completes an amount ("two hours long")."""
    return any(
        bound.end == term.start and any(sense.facet == bound.facet for sense in term.senses)
        for bound in bounds
    )


def _is_of_day(message: Message, term: Term, when: Iterable[At]) -> bool:
    """Whether a word only says what the day is like ("a cold night")."""
    one = term.end == term.start + 1 and any(within(term, time) for time in when)
    return one and is_of_day(message.lows[term.start])


def _longer(occasion: At, title: Titled) -> bool:
    """Whether words taken for a title only say when or for whom ("on friday night"), in no quotation."""
    return within(title, occasion) and title.end - title.start < occasion.end - occasion.start


def _is_relative(message: Message, reference: Reference, said: Iterable[Ranged]) -> bool:
    """Whether "that" begins a clause on what was said before it ("one from 2010 that is not too violent")."""
    that = message.lows[reference.start : reference.end] == ("that",)
    behind = message.tokens[reference.end : reference.end + 1]
    goes_on = bool(behind) and behind[0].is_word and behind[0].low not in {"and", "or", "but", "please"}
    return that and goes_on and any(one.end == reference.start for one in said)


def _is_degree(message: Message, reference: Reference, terms: Iterable[Term], nouns: Sequence[str]) -> bool:
    """Whether "that" says how much ("not that old")."""
    lows, end = message.lows, reference.end
    that = lows[reference.start : end] == ("that",)
    behind = lows[end] if end < len(lows) else ""
    if that and lows[reference.start - 1 : reference.start] == ("not",) and is_content(behind, frozenset()):
        return behind not in nouns
    return that and any(
        term.start == reference.end and term.sense("low", "high", "quality", "unknown") for term in terms
    )


def _in_reset(message: Message, reference: Reference) -> bool:
    """Whether "it" or "that" is all that was asked ("forget that")."""
    match = acts.RESET.search(message.plain)
    first, last = message.tokens_of(match) if match else (0, 0)
    return first <= reference.start and reference.end <= last


def _inside(term: Term, references: Iterable[Reference]) -> bool:
    return any(ref.start <= term.start and term.end <= ref.end for ref in references)
