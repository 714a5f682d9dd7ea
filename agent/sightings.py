"""Everything that is named in a message, each word belonging to one thing only.

Where finds overlap, titles of several words win over bounds and facet words, bounds over bare years taken
for titles, references over pronouns taken for titles, and facet words over surnames.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from ..data.catalog import Catalog
from ..tools.lookup import TitleIndex
from ..tools.mentions import Span
from ..tools.names import NameSpan
from .lexicon import Lexicon, Term
from .phrases import Bounds, Found
from .references import Reference, References
from .state import State
from .words import Message, key, plural

T = TypeVar("T", Found, Reference, Term)
PRONOUNS = frozenset({"it", "that", "this", "them", "both", "these", "those", "other", "one", "others"})
SURE_NAME = 0.5
"""A name less certain than this is left to content search."""


@dataclass(frozen=True)
class At:
    """Tokens ``start`` to ``end`` (not included)."""

    start: int
    end: int

    def meets(self, other: At | Term | Found | Reference) -> bool:
        """Whether the two share a token."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True)
class Titled(At):
    """A title, or words that look like one and are in no entry (``is_known`` is False)."""

    span: Span
    is_known: bool = True


@dataclass(frozen=True)
class Person(At):
    """A value of a name facet."""

    span: NameSpan


@dataclass(frozen=True)
class Sightings:
    """What was found, each list in the order of the message, nothing overlapping."""

    titles: tuple[Titled, ...]
    names: tuple[Person, ...]
    references: tuple[Reference, ...]
    bounds: tuple[Found, ...]
    terms: tuple[Term, ...]

    def covered(self, size: int) -> list[bool]:
        """Whether each of ``size`` tokens belongs to anything found."""
        found = [False] * size
        for item in (*self.titles, *self.names, *self.references, *self.bounds, *self.terms):
            found[item.start : item.end] = [True] * (item.end - item.start)
        return found


class Finder:
    """Finds what messages name in one catalogue."""

    def __init__(self, catalog: Catalog, titles: TitleIndex) -> None:
        spec = catalog.spec
        said = [spec.noun, spec.plural, *spec.nouns]
        self.nouns = sorted({key(word) for word in (*said, *map(plural, said))})
        self.lexicon = Lexicon(catalog)
        self._titles = titles
        self._bounds = Bounds(spec)
        self._references = References(self.nouns)

    def find(self, message: Message, state: State) -> Sightings:
        """Everything that ``message`` names."""
        bounds = self._bounds.find(message)
        references = self._references.find(message, state)
        terms = self.lexicon.find(message)
        titles = self._believed(message, self._titled(message), bounds, references, terms)
        bounds = _apart(bounds, titles)
        references = _apart(references, [*titles, *bounds])
        terms = [t for t in _apart(terms, [*titles, *bounds]) if not _inside(t, references)]
        references = _apart(references, [t for t in terms if t.end - t.start > 1])
        names = self._people(message, [*titles, *bounds, *references], terms)
        terms = [t for t in terms if not any(name.meets(t) for name in names)]
        unknown = self._unknown(message, [*titles, *bounds, *references, *names], terms)
        known_or_not = sorted([*titles, *unknown], key=lambda title: title.start)
        return Sightings(tuple(known_or_not), tuple(names), tuple(references), tuple(bounds), tuple(terms))

    def _titled(self, message: Message) -> list[Titled]:
        found = []
        for span in self._titles.mentions(message.text):
            first, last = message.tokens_between(span.start, span.end)
            if first < last and span.matches:
                found.append(Titled(first, last, span))
        return found

    def _believed(
        self,
        message: Message,
        titles: list[Titled],
        bounds: list[Found],
        references: list[Reference],
        terms: list[Term],
    ) -> list[Titled]:
        """The titles that nothing else explains better."""
        kept = []
        for title in titles:
            quoted = _quoted(message, title)
            text = message.surface(title.start, title.end)
            if not quoted and text == text.lower():
                if text in PRONOUNS or any(_same(title, other) for other in (*references, *terms)):
                    continue
                if any(title.meets(ref) and len(ref.places) > 1 for ref in references):
                    continue
            if any(title.meets(bound) and not _within(bound, title) for bound in bounds):
                continue
            kept.append(title)
        return kept

    def _people(self, message: Message, taken: list[At | Found | Reference], terms: list[Term]) -> list[Person]:
        closed = [
            (message.tokens[item.start].start, message.tokens[item.end - 1].end)
            for item in taken
            if item.start < item.end
        ]
        found = []
        for span in self._titles.names.mentions(message.text, closed):
            first, last = message.tokens_between(span.start, span.end)
            if first >= last or not span.matches or span.matches[0].certainty < SURE_NAME:
                continue
            person = Person(first, last, span)
            if last - first > 1 or not any(person.meets(term) for term in terms):
                found.append(person)
        return found

    def _unknown(self, message: Message, taken: Iterable[At | Found | Reference], terms: list[Term]) -> list[Titled]:
        found = []
        closed = list(taken)
        for span in self._titles.unknown(message.text):
            first, last = message.tokens_between(span.start, span.end)
            title = Titled(first, last, span, is_known=False)
            if first >= last or any(title.meets(other) for other in closed):
                continue
            if not _quoted(message, title) and any(title.meets(term) for term in terms):
                continue
            found.append(title)
        return found


def _apart(items: list[T], taken: Iterable[At | Found | Reference | Term]) -> list[T]:
    """The items that share no word with anything ``taken``."""
    closed = [At(other.start, other.end) for other in taken]
    return [item for item in items if not any(other.meets(item) for other in closed)]


def _inside(term: Term, references: Iterable[Reference]) -> bool:
    return any(ref.start <= term.start and term.end <= ref.end for ref in references)


def _same(title: At, other: Reference | Term) -> bool:
    return (title.start, title.end) == (other.start, other.end)


def _within(inner: Found, outer: At) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _quoted(message: Message, title: At) -> bool:
    """Whether the title stands in quotation marks."""
    before = message.lows[title.start - 1] if title.start else ""
    after = message.lows[title.end] if title.end < len(message.lows) else ""
    return before in {'"', "'"} and after[:1] in {'"', "'"}
