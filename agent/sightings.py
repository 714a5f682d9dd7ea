"""Everything that is named in a message, each word belonging to one thing only.

Where finds overlap, titles of several words win over bounds and facet words, bounds over bare years taken
for titles, references over pronouns taken for titles, and facet words over surnames.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from ..tools.mentions import Span
from . import acts
from .leftovers import is_content
from .lexicon import Lexicon, Sense, Term
from .message import Message, key, plural
from .phrases import Bounds, Found
from .quantities import YEAR
from .references import Reference, References
from .roles import ADVERBS, BAD, GOOD

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..data.catalog import Catalog
    from ..tools.lookup import TitleIndex
    from ..tools.names import NameSpan
    from .facetwords import FacetWords
    from .state import State

T = TypeVar("T", Found, Reference, Term, "Titled", "Person")
PRONOUNS = frozenset({"it", "that", "this", "them", "both", "these", "those", "other", "one", "others"})
QUOTED = re.compile(r'"([^"]{1,90})"')
SURE_TITLE = 0.7
"""From this certainty on, quoted words are taken for the title they resemble."""
FAMOUS = 0.95
"""Known-ness from which on a word is taken for a title although notes have it for a term."""
OBSCURE = 0.3
"""Known-ness below which an item is not meant by words that might be anything."""
VAGUE = frozenset({"something", "anything", "nothing", "some", "any", "more", "what", "just", "another"})
"""Words that begin a wish rather than a title that is not written with capitals."""
MAX_TITLE = 8
"""Words in the longest title that is looked for without other support."""
TITLE = "(?P<title>[^.!?,;]+?)"
END = "[ .!?]*$"
WH = "(?:who|when|where|what|which)"
ANNOUNCED = tuple(
    re.compile(pattern)
    for pattern in (
        "^(?:and |or )?(?P<title>.+?)(?: please)?$",
        rf"(?:^|[.!?,;] )(?:i think )?{TITLE} (?:is|was|were) {ADVERBS}(?:{GOOD}|{BAD})\b",
        rf"^(?:and )?{WH} (?:\w+ )?(?:directed|wrote|made|starred in|stars in|is in|was|is|designed|"
        rf"published) {TITLE}(?: made| released| about| from)?{END}",
        rf"^(?:and )?(?:is|was) {TITLE} (?:very |too |really |that |a )?\w+{END}",
        r"^(?:and )?(?:how \w+ (?:is|was)|tell me (?:more )?about|do you (?:have|know)|what about|"
        rf"how about|is|was) {TITLE}(?: (?:in|any|good|a|an|too|worth)\b.*)?{END}",
        r"(?<!\bi )(?<!\bwe )(?<!would )(?<!not )(?<!also )(?<!really )\b(?:like|similar to) "
        rf"{TITLE}(?= but| and| or| only| not| from| in| with| by|$| [.!?,;(])",
        rf"\b(?:than|i (?:meant|mean)) {TITLE}{END}",
        rf"^(?:and )?{WH} (?:\w+ ){{1,3}}(?:of|is|in) {TITLE}{END}",
    )
)
"""Where a title stands that has no other support."""
ASKED = re.compile(
    rf"^(?:and )?(?:(?P<own>(?:do|have) you (?:have|got)|is there)|{WH} (?:\w+ )?(?:directed|wrote|made))"
    rf" {TITLE}{END}"
)
"""A question that is about one item."""
ASKED_NOT = frozenset(
    {"any", "a", "an", "some", "more", "something", "anything", "it", "that", "this", "one"}
)
PARTLY = 0.5
"""The certainty from which on a part of a famous title is taken for it in such a question."""
SURE_NAME = 0.5
"""A name less certain than this is left to content search."""


class Ranged(Protocol):
    """Anything that covers tokens ``start`` to ``end`` (not included)."""

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


@dataclass(frozen=True)
class At:
    """Tokens ``start`` to ``end`` (not included)."""

    start: int
    end: int

    def meets(self, other: Ranged) -> bool:
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
        ranges: list[Ranged] = [*self.titles, *self.names, *self.references, *self.bounds, *self.terms]
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
        self._bounds = Bounds(spec)
        self._references = References(self.nouns)

    def find(self, message: Message, state: State) -> Sightings:
        """Everything that ``message`` names."""
        bounds = [bound for bound in self._bounds.find(message) if not self._is_setting(message, bound)]
        same = [At(first, last) for _, first, last in self._facets.same(message)]
        references = [ref for ref in self._references.find(message, state) if not _in_reset(message, ref)]
        references = _apart(references, same)
        terms = self.lexicon.find(message)
        people = self._people(message)
        quoted = self._quoted(message)
        announced = self._announced(message)
        named = [*quoted, *_apart([*announced, *_apart(self._titled(message), announced)], quoted)]
        titles = self._believed(message, named, announced, bounds, terms)
        titles = [
            t
            for t in titles
            if not any(p.end - p.start > 1 and p.meets(t) and not _within(p, t) for p in people)
        ]
        titles = [self._dated(message, t) for t in titles if not self._is_reference(message, t, references)]
        bounds = _apart(bounds, titles)
        references = _apart(references, [*titles, *bounds])
        terms = [t for t in _apart(terms, [*titles, *bounds]) if not _inside(t, references)]
        references = _apart(references, [t for t in terms if t.end - t.start > 1])
        people = [p for p in _apart(people, [*titles, *bounds, *references]) if self._is_name(p, terms)]
        terms = [t for t in _apart(terms, people) if not _repeats(t, bounds)]
        titles, strange = [t for t in titles if t.is_known], [t for t in titles if not t.is_known]
        unknown = strange + self._unknown(message, [*quoted, *titles, *bounds, *references, *people], terms)
        known_or_not = sorted([*titles, *unknown], key=lambda title: title.start)
        return Sightings(tuple(known_or_not), tuple(people), tuple(references), tuple(bounds), tuple(terms))

    def _titled(self, message: Message) -> list[Titled]:
        found = []
        for span in self._titles.mentions(message.text):
            first, last = message.tokens_between(span.start, span.end)
            if first < last and span.matches:
                found.append(Titled(first, last, span))
        return found

    def _dated(self, message: Message, title: Titled) -> Titled:
        """``title`` with a year in brackets behind it, which says which of several is meant."""
        behind = message.lows[title.end : title.end + 3]
        if (
            not title.is_known
            or len(behind) < 3
            or behind[0] + behind[2] != "()"
            or not YEAR.fullmatch(behind[1])
        ):
            return title
        surface = message.surface(title.start, title.end)
        matches = tuple(self._titles.find(surface, k=5, year=int(behind[1])))
        if not matches:
            return title
        end = message.tokens[title.end + 2].end
        span = Span(title.span.start, end, title.span.surface, matches, matches[0].certainty)
        return Titled(title.start, title.end + 3, span)

    def _quoted(self, message: Message) -> list[Titled]:
        """What stands in quotation marks: a title, or one that nobody knows."""
        found = []
        for match in QUOTED.finditer(message.text):
            first, last = message.tokens_between(match.start(1), match.end(1))
            if first < last:
                matches = tuple(self._titles.find(match[1], k=5))
                known = bool(matches) and matches[0].certainty >= SURE_TITLE
                certainty = matches[0].certainty if known else 0.0
                span = Span(match.start(1), match.end(1), match[1], matches, certainty)
                found.append(Titled(first, last, span, is_known=known))
        return found

    def _announced(self, message: Message) -> list[Titled]:
        """Titles, word for word, where only a title can stand: alone, judged, or asked about."""
        found = []
        for pattern in ANNOUNCED:
            match = pattern.search(message.plain)
            if match:
                first, last = message.tokens_of(match, "title")
                found += self._exactly(message, first, last, alone=match.group() == message.plain)
        return found[:1] or self._asked(message)

    def _asked(self, message: Message) -> list[Titled]:
        """The title in a question that can only be about one: part of a famous one, or an unknown one."""
        match = ASKED.search(message.plain)
        if match is None:
            return []
        first, last = message.tokens_of(match, "title")
        while last > first and not message.tokens[last - 1].is_word:
            last -= 1
        lows = message.lows[first:last]
        if not lows or lows[0] in VAGUE or lows[0] in ASKED_NOT or set(lows) & set(self.nouns):
            return []
        if any(first <= term.start < last for term in self.lexicon.find(message)):
            return []
        text = message.surface(first, last)
        near = [m for m in self._titles.find(text, k=3) if self._catalog.known[m.position] >= FAMOUS]
        known = bool(near) and near[0].certainty >= PARTLY
        if not known and match["own"] is None:
            return []
        start, end = message.tokens[first].start, message.tokens[last - 1].end
        matches = tuple(near if known else ())
        span = Span(start, end, text, matches, near[0].certainty if known else 0.0)
        return [Titled(first, last, span, is_known=known)]

    def _exactly(self, message: Message, first: int, last: int, *, alone: bool) -> list[Titled]:
        while last > first and not message.tokens[last - 1].is_word:
            last -= 1
        text = message.surface(first, last)
        if first >= last or last - first > MAX_TITLE or key(text) in PRONOUNS:
            return []
        if message.lows[first] in VAGUE and text[1:] == text[1:].lower():
            return []
        senses = self.lexicon.senses(message.lows[first:last])
        if any(self._is_fact(sense) for sense in senses):
            return []
        exact = [match for match in self._titles.find(text, k=3) if _bare(match.alias) == _bare(text)]
        if not exact or (self._catalog.known[exact[0].position] < OBSCURE and not alone):
            return []
        if text == text.lower() and any(sense.exact and sense.kind == "value" for sense in senses):
            # "vampires" means films with some; "aliens" may as well mean the one that everybody knows.
            exact = [match for match in exact if self._catalog.known[match.position] >= FAMOUS]
            if not exact:
                return []
        start, end = message.tokens[first].start, message.tokens[last - 1].end
        return [Titled(first, last, Span(start, end, text, tuple(exact), exact[0].certainty))]

    def _believed(
        self,
        message: Message,
        titles: list[Titled],
        announced: list[Titled],
        bounds: list[Found],
        terms: list[Term],
    ) -> list[Titled]:
        """The titles that nothing else explains better, none overlapping."""
        kept: list[Titled] = []
        for title in titles:
            if any(title.meets(other) for other in kept) or self._is_person(message, title):
                continue
            if any(title.meets(bound) and not _within(bound, title) for bound in bounds):
                continue
            text = message.surface(title.start, title.end)
            said = self._without_article(message, title)
            senses = [sense for term in terms if _same(said, term) for sense in term.senses]
            facet_word = any(
                self._is_fact(sense) or (sense.kind == "value" and title not in announced) for sense in senses
            )
            if not _quoted(message, title) and (
                (text == text.lower() and facet_word) or self._is_topic(message, title, terms)
            ):
                continue
            kept.append(title)
        return sorted(kept, key=lambda title: title.start)

    def _is_reference(self, message: Message, title: Titled, references: list[Reference]) -> bool:
        """Whether lower case words taken for a title refer to what was shown ("seen it", "the second")."""
        text = message.surface(title.start, title.end)
        if text != text.lower() or _quoted(message, title):
            return False
        return text in PRONOUNS or any(
            title.meets(ref) and (_same(title, ref) or len(ref.places) > 1) for ref in references
        )

    def _without_article(self, message: Message, title: Titled) -> At:
        """The words of a title that is only a part of one ("the golden age") without their article."""
        exact = any(_bare(match.alias) == _bare(title.span.surface) for match in title.span.matches[:1])
        article = message.lows[title.start] in {"a", "an", "the"} and title.end - title.start > 1
        return At(title.start + 1, title.end) if article and not exact else title

    def _is_fact(self, sense: Sense) -> bool:
        """Whether a word is about a fact of items, rather than a quality or what notes say of them."""
        if sense.kind in {"quality", "unknown"}:
            return False
        return not sense.facet or not self._catalog.spec.facet(sense.facet).judged

    def _is_topic(self, message: Message, title: Titled, terms: list[Term]) -> bool:
        """Whether the words say what items are about or where they are set ("films set in New York")."""
        two = message.lows[max(0, title.start - 2) : title.start]
        if two in {
            ("set", "in"),
            ("place", "in"),
            ("based", "in"),
            ("something", "about"),
            ("anything", "about"),
        }:
            return True
        return two[1:] == ("about",) and any(term.end == title.start - 1 for term in terms)

    def _is_setting(self, message: Message, bound: Found) -> bool:
        """Whether a time is that of the story ("set in the fifties") and notes know of it."""
        start = bound.start + (message.lows[bound.start] == "in")
        start += message.lows[start : start + 1] == ("the",)
        senses = self.lexicon.senses(message.lows[start : bound.end])
        judged = [self._catalog.spec.facet(sense.facet).judged for sense in senses if sense.facet]
        return any(judged) and "set" in message.lows[max(0, bound.start - 5) : bound.start]

    def _is_person(self, message: Message, title: Titled) -> bool:
        """Whether "by" or the like stands before a title that is also a name ("by Hitchcock")."""
        lows = message.lows
        asked = (
            bool(self._facets.by_verb(lows, title.start))
            or lows[max(0, title.start - 2) : title.start] == ("best", "of")
            or (title.start > 0 and lows[title.start - 1] in {"best", "early", "late", "classic", "other"})
            or (title.end < len(lows) and lows[title.end] in self.nouns)
        )
        return asked and any(
            name.certainty >= SURE_NAME
            for name in self._titles.names.find(message.surface(title.start, title.end), k=1)
        )

    def _people(self, message: Message) -> list[Person]:
        found = []
        for span in self._titles.names.mentions(message.text):
            first, last = message.tokens_between(span.start, span.end)
            if first < last and span.matches and span.matches[0].certainty >= SURE_NAME:
                found.append(Person(first, last, span))
        return found

    def _is_name(self, person: Person, terms: list[Term]) -> bool:
        """A single surname that is also a facet's word is that word."""
        return person.end - person.start > 1 or not any(person.meets(term) for term in terms)

    def _unknown(
        self, message: Message, taken: Iterable[At | Found | Reference], terms: list[Term]
    ) -> list[Titled]:
        found = []
        closed = list(taken)
        for span in self._titles.unknown(message.text):
            first, last = message.tokens_between(span.start, span.end)
            title = Titled(first, last, span, is_known=False)
            if first >= last or any(title.meets(other) for other in closed):
                continue
            if not any(is_content(low, self._facets.verbs) for low in message.lows[first:last]):
                continue
            if not _quoted(message, title) and any(title.meets(term) for term in terms):
                continue
            found.append(title)
        return found


def _apart(items: list[T], taken: Iterable[At | Found | Reference | Term]) -> list[T]:
    """The items that share no word with anything ``taken``."""
    closed = [At(other.start, other.end) for other in taken]
    return [item for item in items if not any(other.meets(item) for other in closed)]


def _repeats(term: Term, bounds: Iterable[Found]) -> bool:
    """Whether a word like "long" only completes an amount ("two hours long")."""
    return any(
        bound.end == term.start and any(sense.facet == bound.facet for sense in term.senses)
        for bound in bounds
    )


def _in_reset(message: Message, reference: Reference) -> bool:
    """Whether "it" or "that" is all that was asked ("forget that")."""
    match = acts.RESET.search(message.plain)
    first, last = message.tokens_of(match) if match else (0, 0)
    return first <= reference.start and reference.end <= last


def _bare(text: str) -> str:
    """``text`` folded, without an article in front."""
    return re.sub(r"^(?:the|a|an) ", "", key(text))


def _inside(term: Term, references: Iterable[Reference]) -> bool:
    return any(ref.start <= term.start and term.end <= ref.end for ref in references)


def _same(title: At, other: Reference | Term) -> bool:
    return (title.start, title.end) == (other.start, other.end)


def _within(inner: Found | At, outer: At) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _quoted(message: Message, title: At) -> bool:
    """Whether the title stands in quotation marks."""
    before = message.lows[title.start - 1] if title.start else ""
    after = message.lows[title.end] if title.end < len(message.lows) else ""
    return before in {'"', "'"} and after[:1] in {'"', "'"}
