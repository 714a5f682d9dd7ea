"""Titles in running text: a spelling found there counts as a title when its surroundings support it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from .everyday import EVERYDAY
from .names import BY
from .text import ARTICLES, Word, numbered, tokens, words

if TYPE_CHECKING:
    from .lookup import TitleIndex
    from .names import NameSpan
    from .titles import Fit, Match

BELIEVED = 0.6
"""A spelling whose support reaches this is a title."""
PARTIAL = 0.62
"""A partial or misspelt title must fit this well, beside standing where a title would."""
PROMINENT = 0.7
"""The known-ness that a partial or misspelt title's item must have."""
CHUNK = 8
"""The most words of a title that is not written out in full."""

_STRONG = frozenset(
    [
        "like",
        "likes",
        "liked",
        "loved",
        "love",
        "loves",
        "adore",
        "adored",
        "enjoyed",
        "enjoy",
        "hated",
        "hate",
        "disliked",
        "dislike",
        "see",
        "seen",
        "saw",
        "watched",
        "rewatched",
        "watch",
        "rewatch",
        "finished",
        "finish",
        "read",
        "played",
        "play",
        "tried",
        "heard",
        "than",
        "called",
        "titled",
        "named",
    ]
)
_PHRASES = (
    ("similar", "to"),
    ("fan", "of"),
    ("fond", "of"),
    ("remind", "me", "of"),
    ("vein", "of"),
    ("style", "of"),
)
_WEAK = frozenset(("after", "as", "about", "of", "to", "from", "not", "except", "mean", "meant", "but"))
_FILLERS = frozenset(
    ("the", "both", "also", "really", "just", "maybe", "only", "either", "even", "still", "already")
)
_BETWEEN = frozenset(("and", "or", "then", "plus", "nor"))
_POLITE = frozenset(
    ("please", "thanks", "thank", "hi", "hello", "hey", "ok", "okay", "maybe", "perhaps", "yes", "no")
)
_DETERMINERS = frozenset(
    ("a", "an", "some", "any", "another", "more", "no", "this", "that", "my", "your", "every")
)
_VERDICTS = frozenset(("was", "is", "were", "wasnt", "isnt", "bored", "made", "rocks", "rules"))
_BREAKS = frozenset(
    [
        "but",
        "with",
        "without",
        "except",
        "because",
        "for",
        "in",
        "from",
        "that",
        "which",
        "who",
        "only",
        "not",
        "please",
        "so",
        "if",
        "when",
        "where",
        "set",
        "made",
        "directed",
        "starring",
        "by",
        "on",
        "at",
        "about",
        "more",
        "less",
        "instead",
        "too",
        "though",
        "although",
        "while",
        "since",
        "before",
        "after",
        "was",
        "is",
        "were",
        "are",
        "and",
        "or",
        "then",
    ]
)
_QUOTED = re.compile(r"[\"“”«»„]([^\"“”«»„]{1,90})[\"“”«»„]|(?<!\w)['‘]([^'‘’]{2,90})['’](?!\w)")
_AFTER_YEAR = re.compile(r"\s*[(\[]?\s*((?:1[5-9]|20)\d\d)\b\s*[)\]]?")
_STOP = re.compile(r"[.!?;:\n,/()\[\]\"“”«»„]")


class Span(NamedTuple):
    """A title in running text: ``[start, end)``, as written, and the items it may mean, likeliest first.

    ``certainty`` in [0, 1] says how sure it is that a title stands there at all.
    """

    start: int
    end: int
    surface: str
    matches: tuple[Match, ...]
    certainty: float


class Reading(NamedTuple):
    """What was found in a text: titles, and spans that look like titles and are none of the catalogue."""

    titles: list[Span]
    unknown: list[Span]


class Reader:
    """Reads texts against the titles of one catalogue."""

    def __init__(self, index: TitleIndex) -> None:
        self.index = index
        self._last: tuple[str, Reading] = ("", Reading([], []))

    @cached_property
    def nouns(self) -> frozenset[str]:
        """What items of this catalogue are called, in folded words."""
        spec = self.index.catalog.spec
        return frozenset(token for noun in (spec.noun, spec.plural, *spec.nouns) for token in tokens(noun))

    @cached_property
    def ordinary(self) -> frozenset[str]:
        """Words that describe items of this catalogue: its nouns, and values and synonyms of categories."""
        spec = self.index.catalog.spec
        found = {*self.nouns, *tokens(spec.verb)}
        for facet in spec.facets:
            found.update(tokens(facet.label))
            if facet.kind == "category":
                for value in self.index.catalog.values(facet.name):
                    found.update(tokens(value))
            for synonyms in facet.synonyms.values():
                found.update(token for synonym in synonyms for token in tokens(synonym))
            for word in (*facet.less, *facet.more, *facet.low, *facet.high):
                found.update(tokens(word))
        for quality in spec.qualities:
            found.update(token for word in quality.words for token in tokens(word))
        found.update(token for word in spec.unknown_qualities for token in tokens(word))
        return frozenset(found)

    def plain(self, word: str) -> bool:
        """Whether a folded word names nothing by itself."""
        return (
            word in EVERYDAY
            or word.isdigit()
            or word in self.ordinary
            or (word.endswith("s") and (word[:-1] in self.ordinary or word[:-1] in EVERYDAY))
            or (word.endswith("ies") and word[:-3] + "y" in self.ordinary)
        )

    def read(self, text: str) -> Reading:
        """The titles of ``text`` and what looks like titles; never raises."""
        if self._last[0] != text:
            self._last = (text, _Pass(self, text).run())
        return self._last[1]


@dataclass
class _Pass:
    """One text being read, left to right."""

    reader: Reader
    text: str

    def __post_init__(self) -> None:
        self.index = self.reader.index
        self.words: list[Word] = words(self.text)
        self.quotes = [(match.start(), match.end()) for match in _QUOTED.finditer(self.text)]
        capitals = [word.written[:1].isupper() for word in self.words]
        # Where everything is capitalised (or nothing has a lower case) capitals tell nothing.
        shouted = len(capitals) >= 3 and sum(capitals) > 0.75 * len(capitals)
        self.capitals = [False] * len(capitals) if shouted else capitals
        # A name that stands alone may be a title; words within a longer name are none.
        self.people = self.index.names.mentions(self.text)
        self._fitting: dict[str, list[Match]] = {}
        self.titles: list[Span] = []
        self.unknown: list[Span] = []
        self.all_titles = bool(self.words) and self._covered(0)

    def run(self) -> Reading:
        place = 0
        while place < len(self.words):
            found = self._written_out(place) or self._nearly(place)
            if found is None:
                place += 1
                continue
            span, place = found
            (self.titles if span.certainty > 0 else self.unknown).append(span)
        if not self.titles and not self.unknown and not self.people:
            self._nothing_else()
        return Reading(self.titles, self.unknown)

    def _nothing_else(self) -> None:
        """Take a text that is nothing but a misspelt or partial title for one."""
        parts = [word.folded for word in self.words if word.folded not in _POLITE]
        telling = [part for part in parts if not self.reader.plain(part)]
        if not telling or len(parts) > 6 or len(telling) * 2 < len(parts):
            return
        matches = self._matches(parts)
        known = matches and self.index.catalog.known[matches[0].position] >= PROMINENT
        if known and matches[0].certainty >= PARTIAL and min(map(self.index.table.titles_with, telling)) <= 3:
            first = next(at for at, word in enumerate(self.words) if word.folded == parts[0])
            self.titles.append(self._span(first, first + len(parts), None, matches, matches[0].certainty))

    def _matches(self, parts: list[str]) -> list[Match]:
        key = " ".join(parts)
        if key not in self._fitting:
            self._fitting[key] = self.index.ranked(self.index.fits(parts), 5, None)
        return self._fitting[key]

    # What may stand at a place

    def _candidates(self, place: int) -> list[tuple[int, list[Fit]]]:
        """(end, fits) of the spellings written out from the word ``place`` on, the longest first."""
        table = self.index.table
        found = []
        key = ""
        for end in range(place + 1, min(place + table.longest, len(self.words)) + 1):
            word = self.words[end - 1]
            key += numbered([word.folded])[0] if len(word.folded) > 1 or end > place + 1 else word.folded
            if end > place + 1 and len(word.folded) == 1:
                key = key[: -len(word.folded)] + numbered(["", word.folded])[1]
            fits = table.exact(key)
            if not fits and _owns(word):
                fits = table.exact(key[:-1])
            if fits:
                found.append((end, fits))
        return found[::-1]

    def _written_out(self, place: int) -> tuple[Span, int] | None:
        for end, fits in self._candidates(place):
            if self._of_a_name(place, end):
                continue
            year, stop = self._year_after(end, fits)
            matches = self.index.ranked(fits, 5, year)
            certainty = self._support(place, end, matches[0], dated=year is not None)
            if certainty >= BELIEVED:
                return self._span(place, end, stop, matches, certainty), self._next(end, stop)
        return None

    def _nearly(self, place: int) -> tuple[Span, int] | None:
        """A partial or misspelt title, or an unknown one, where the words before it announce a title."""
        quoted = self._quoted_from(place)
        strength = 1.0 if quoted else self._introduced(place)
        named = self._named(place)
        if strength < (0.3 if named else 0.9) or self._person_at(place) is not None:
            return None
        if self.words[place].folded in EVERYDAY and not quoted and not named:
            return None
        limit = quoted or self._chunk_end(place)
        for end in dict.fromkeys((limit, min(limit, place + 2), place + 1)):
            matches = self._near(place, end, bool(quoted))
            if matches:
                return self._span(place, end, None, matches, min(0.95, matches[0].certainty)), end
        close = quoted or self._unknown_end(place, limit)
        if close is None:
            return None
        nearest = self._matches([word.folded for word in self.words[place:close]])[:3]
        return self._span(place, close, None, nearest, 0.0), close

    def _near(self, place: int, end: int, quoted: bool) -> list[Match]:
        parts = [word.folded for word in self.words[place:end]]
        telling = [part for part in parts if not self.reader.plain(part)]
        if not telling or (len(parts) == 1 and len(parts[0]) < 4):
            return []
        named = quoted or any(self.capitals[place:end])
        table = self.index.table
        if not named and len(telling) == 1 and table.titles_with(telling[0]) > 6:
            return []
        matches = self._matches(parts)
        if not matches or matches[0].certainty < PARTIAL * 0.85:
            return []
        known = float(self.index.catalog.known[matches[0].position])
        return matches if known >= PROMINENT else []

    def _unknown_end(self, place: int, limit: int) -> int | None:
        """Where a title that nobody knows ends, if one seems to begin at ``place``."""
        if self._named(place):
            end = place + 1
            while end < limit and (
                self.capitals[end] or self.words[end].folded in ARTICLES | {"of", "and", "in", "to"}
            ):
                end += 1
            while not self.capitals[end - 1]:
                end -= 1
            telling = [word for word in self.words[place:end] if not self.reader.plain(word.folded)]
            return end if telling or end - place > 1 else None
        chunk = self.words[place:limit]
        table = self.index.table
        strange = [
            word
            for word in chunk
            if not self.reader.plain(word.folded) and not table.titles_with(word.folded)
        ]
        return limit if strange and len(chunk) <= 4 and len(strange) * 2 >= len(chunk) else None

    # What surrounds it

    def _support(self, place: int, end: int, match: Match, *, dated: bool) -> float:
        chunk = self.words[place:end]
        rare = sum(not self.reader.plain(word.folded) for word in chunk)
        size = len(chunk)
        if size == 1 and chunk[0].folded in self.reader.ordinary and not dated:
            rare = 0
        base = {0: (0.0, 0.0, 0.12, 0.25, 0.35), 1: (0.0, 0.3, 0.45, 0.5, 0.55)}.get(rare, (0.55,) * 5)
        score = base[min(size, 4)]
        known = float(self.index.catalog.known[match.position])
        score += 0.1 if known >= 0.9 else 0.0 if known >= 0.5 else -0.15
        score += 0.35 * match.certainty - 0.35
        quoted = self._quoted_from(place) == end
        capital = self._capital(place, end)
        score += 0.6 * quoted + 0.5 * dated
        score += capital * (0.35 if rare or size > 1 else 0.25)
        introduced = self._introduced(place)
        score += 0.35 * introduced + 0.15 * self._judged(end)
        if introduced == 1.0 and self._follows_title(place) and self._closed(end):
            score += 0.2
        if self.all_titles:
            score += 0.7 if rare or size > 3 else 0.35
        if not (quoted or dated or capital or self.all_titles):
            score -= self._described(place, end)
        return max(0.0, min(1.0, score))

    def _described(self, place: int, end: int) -> float:
        """How much the words around speak of a kind of thing instead ("a ghost story", "alien films")."""
        against = 0.0
        before = self.words[place - 1].folded if place else ""
        if before in _DETERMINERS or (place and self.words[place].folded in ("a", "an") and end - place < 3):
            against += 0.5
        if end < len(self.words) and not self._stop_between(end - 1):
            after = self.words[end].folded
            if after in self.reader.ordinary or after.rstrip("s") in self.reader.ordinary:
                against += 0.4
            elif after not in EVERYDAY and not self.reader.plain(after):
                against += 0.3
        return against

    def _introduced(self, place: int) -> float:
        """How strongly what stands before ``place`` announces a title, 0 to 1."""
        at = place
        previous = max([*self.titles, *self.unknown], key=lambda span: span.end, default=None)
        owner = self._person_at(place - 1) if place else None
        if owner is not None and _owns(self.words[place - 1]):
            return 0.9
        while at > 0 and self.words[at - 1].folded in _FILLERS and not self._stop_between(at - 1):
            at -= 1
        if at and self.words[at - 1].folded in self.reader.nouns and not self._stop_between(at - 1):
            at -= 1
        if previous is not None:
            gap = self.text[previous.end : self.words[place].start]
            if all(word in _BETWEEN or word in _FILLERS for word in tokens(gap)) and not re.search(
                r"[.!?\n]", gap
            ):
                return 1.0 if previous.certainty > 0 or tokens(gap) else 0.5
        if at == 0 or self._stop_between(at - 1, quotes=False):
            return 0.0
        before = [word.folded for word in self.words[max(0, at - 3) : at]]
        if before[-1] in _STRONG or any(tuple(before[-len(phrase) :]) == phrase for phrase in _PHRASES):
            return 1.0
        return 0.4 if before[-1] in _WEAK else 0.0

    def _follows_title(self, place: int) -> bool:
        """Whether the word before ``place`` joins it to a title ("and", "or")."""
        return bool(self.titles) and place > 0 and self.words[place - 1].folded in _BETWEEN

    def _closed(self, end: int) -> bool:
        return end == len(self.words) or self._stop_between(end - 1) or self.words[end].folded in _BETWEEN

    def _person_at(self, place: int) -> NameSpan | None:
        start = self.words[place].start
        return next((person for person in self.people if person.start <= start < person.end), None)

    def _of_a_name(self, place: int, end: int) -> bool:
        """Whether the words are part of a longer name, or a name after a word like "by"."""
        person = self._person_at(place)
        if person is None or self._quoted_from(place) == end:
            return False
        size = sum(person.start <= word.start < person.end for word in self.words)
        return end - place < size or (
            end - place == size and place > 0 and self.words[place - 1].folded in BY
        )

    def _judged(self, end: int) -> bool:
        return (
            end < len(self.words) and self.words[end].folded in _VERDICTS and not self._stop_between(end - 1)
        )

    def _capital(self, place: int, end: int) -> bool:
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
            marks = [self.capitals[at] for at in range(place + 1, end)]
            return any(marks)
        return self.words[place].written != "I" and all(marks)

    def _goes_on(self, end: int) -> bool:
        """Whether the next word, capitalised too, belongs to what would be a title ("Grace Kelly")."""
        if end >= len(self.words) or self._stop_between(end - 1):
            return False
        return self.capitals[end] and self.words[end].folded not in EVERYDAY

    def _named(self, place: int) -> bool:
        """Whether a capital that no sentence's beginning explains stands at ``place``."""
        begins = place == 0 or self._sentence_between(place - 1)
        return self.capitals[place] and not begins and self.words[place].written != "I"

    def _covered(self, place: int, depth: int = 0) -> bool:
        """Whether the words from ``place`` on are titles and what stands between titles, nothing else."""
        while place < len(self.words) and self.words[place].folded in (
            _BETWEEN | _POLITE if depth else _POLITE
        ):
            place += 1
        if place == len(self.words):
            return depth > 0
        if depth > 8:
            return False
        for end, fits in self._candidates(place):
            _, stop = self._year_after(end, fits)
            after = self._next(end, stop)
            separated = (
                after == len(self.words)
                or self._stop_between(after - 1)
                or self.words[after].folded in _BETWEEN
            )
            if separated and self._covered(after, depth + 1):
                return True
        return False

    # Places in the text

    def _year_after(self, end: int, fits: list[Fit]) -> tuple[int | None, int | None]:
        """The year behind a title, if an item of ``fits`` is of about that year, and where it ends."""
        match = _AFTER_YEAR.match(self.text, self.words[end - 1].end)
        if match is None:
            return None, None
        year = int(match[1])
        items = {int(self.index.table.items[number]) for number, _ in fits}
        near = any(abs((self.index.year(item) or 0) - year) <= 1 for item in items)
        return (year, match.end()) if near else (None, None)

    def _next(self, end: int, stop: int | None) -> int:
        """The first word behind the title that ends with word ``end``, or behind its year."""
        while stop is not None and end < len(self.words) and self.words[end].start < stop:
            end += 1
        return end

    def _span(self, place: int, end: int, stop: int | None, matches: list[Match], certainty: float) -> Span:
        start, last = self.words[place].start, self.words[end - 1].end
        if _owns(self.words[end - 1]) and stop is None and matches:
            whole = "".join(tokens(self.text[start:last]))
            last -= 2 if not "".join(tokens(matches[0].alias)).endswith(whole[-4:]) else 0
        last = max(last, stop or 0)
        return Span(start, last, self.text[start:last], tuple(matches), certainty)

    def _quoted_from(self, place: int) -> int | None:
        """The end of the quotation whose first word is ``place``; None where none begins."""
        for start, stop in self.quotes:
            inside = [at for at, word in enumerate(self.words) if start <= word.start < stop]
            if inside and inside[0] == place:
                return inside[-1] + 1
        return None

    def _chunk_end(self, place: int) -> int:
        end = place + 1
        while end < len(self.words) and end - place < CHUNK:
            if self._stop_between(end - 1) or self.words[end].folded in _BREAKS:
                break
            end += 1
        return end

    def _stop_between(self, place: int, *, quotes: bool = True) -> bool:
        """Whether punctuation separates the word ``place`` from the next."""
        gap = self.text[self.words[place].end : self.words[place + 1].start]
        if not quotes:
            gap = re.sub(r"[:\"“”«»„(\[]", "", gap)
        return _STOP.search(gap) is not None

    def _sentence_between(self, place: int) -> bool:
        gap = self.text[self.words[place].end : self.words[place + 1].start]
        return re.search(r"[.!?:\n\"“”«»„]", gap) is not None


def _owns(word: Word) -> bool:
    return word.written.casefold().endswith(("'s", "’s"))
