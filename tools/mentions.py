"""Titles in running text: a spelling found there counts as a title when its surroundings support it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from .context import BETWEEN, CHUNK, ENDING, POLITE, Before, Context, Vocabulary, owns
from .everyday import EVERYDAY, FUNCTION_WORDS
from .text import ARTICLES, numbered, tokens
from .titles import HEAD

if TYPE_CHECKING:
    from .lookup import TitleIndex
    from .titles import Fit, Match

BELIEVED = 0.6
"""A spelling whose support reaches this is a title."""
PARTIAL = 0.62
"""A partial or misspelt title must fit this well, beside standing where a title would."""
PROMINENT = 0.7
"""The known-ness that a partial or misspelt title's item must have."""
KNOWN = 0.85
"""The same where only one word of the title was written."""
LONGEST_NAME = 3
"""Words of a name before its possessive "'s"."""
_AFTER_YEAR = re.compile(r"\s*[(\[]?\s*((?:1[5-9]|20)\d\d)\b\s*[)\]]?")

_WITHIN_TITLES = ARTICLES | {"of", "and", "in", "to"}
"""Words without a capital that stand within titles."""


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
        self.vocabulary = Vocabulary(index.catalog)
        self._last: tuple[str, Reading] = ("", Reading([], []))

    def read(self, text: str) -> Reading:
        """The titles of ``text`` and what looks like titles; never raises."""
        if self._last[0] != text:
            self._last = (text, _Pass(self.index, self.vocabulary, text).run())
        return self._last[1]


class _Pass:
    """One text being read, left to right."""

    def __init__(self, index: TitleIndex, vocabulary: Vocabulary, text: str) -> None:
        self.index = index
        self.vocabulary = vocabulary
        # A name that stands alone may be a title; words within a longer name are none.
        self.context = Context(text, vocabulary, index.names.mentions(text))
        self._fitting: dict[str, list[Match]] = {}
        self.titles: list[Span] = []
        self.unknown: list[Span] = []
        self.all_titles = bool(self.context.words) and self._covered(0)

    def run(self) -> Reading:
        place = 0
        while place < len(self.context.words):
            found = self._owned(place) or self._written_out(place) or self._nearly(place)
            if found is None:
                place += 1
                continue
            span, place = found
            (self.titles if span.certainty > 0 else self.unknown).append(span)
        if not self.titles and not self.unknown and not self.context.people:
            self._nothing_else()
        return Reading(self.titles, self.unknown)

    def _nothing_else(self) -> None:
        """Take a text that is nothing but misspelt or partial titles for them."""
        words, first = self.context.words, 0
        cuts = [at for at, word in enumerate(words) if word.folded in BETWEEN]
        spans = []
        for last in [*cuts, len(words)] if cuts else ():
            spans.append(self._alone(first, last))
            first = last + 1
        spans = spans if all(spans) else []
        self.titles += [span for span in spans or [self._alone(0, len(words))] if span]

    def _alone(self, first: int, last: int) -> Span | None:
        """The misspelt or partial title that the words ``first`` to ``last`` (not included) are."""
        while first < last and self.context.words[first].folded in POLITE:
            first += 1
        while first < last and self.context.words[last - 1].folded in POLITE:
            last -= 1
        parts = [word.folded for word in self.context.words[first:last]]
        telling = [part for part in parts if not self.vocabulary.plain(part)]
        if not telling or len(parts) > 6 or len(telling) * 2 < len(parts):
            return None
        matches = self._matches(parts)
        known = matches and self.index.catalog.known[matches[0].position] >= PROMINENT
        if known and matches[0].certainty >= PARTIAL and min(map(self.index.table.titles_with, telling)) <= 3:
            return self._span(first, last, None, matches, matches[0].certainty)
        return None

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
        for end in range(place + 1, min(place + table.longest, len(self.context.words)) + 1):
            word = self.context.words[end - 1]
            key += numbered([word.folded])[0] if len(word.folded) > 1 or end > place + 1 else word.folded
            if end > place + 1 and len(word.folded) == 1:
                key = key[: -len(word.folded)] + numbered(["", word.folded])[1]
            fits = table.exact(key)
            if not fits and owns(word):
                fits = table.exact(key[:-1])
            if fits:
                found.append((end, fits))
        return found[::-1]

    def _or_begun(self, place: int, end: int, fits: list[Fit]) -> list[Fit]:
        """``fits`` with the titles that the words begin, where they are no whole title."""
        if max(fit.quality for fit in fits) > HEAD:
            return fits
        return self.index.fits([word.folded for word in self.context.words[place:end]], deep=False) or fits

    def _owned(self, place: int) -> tuple[Span, int] | None:
        """A title behind the name of who made it: "Tarkovsky's Solaris" (not the other one)."""
        said = self.context.words
        for size in range(1, min(LONGEST_NAME, len(said) - place - 1) + 1):
            if not owns(said[place + size - 1]):
                continue
            *first, last = (word.folded for word in said[place : place + size])
            name = [*first, last[:-1]]
            for end, fits in self._candidates(place + size):
                theirs = [
                    fit for fit in fits if self._made_by(int(self.index.table.items[fit.spelling]), name)
                ]
                if theirs:
                    matches = self.index.ranked(theirs, 5, None)
                    return self._span(place, end, None, matches, 1.0), end
        return None

    def _made_by(self, item: int, name: list[str]) -> bool:
        """Whether the last words of a name that the item carries are ``name``."""
        catalog = self.index.catalog
        facets = catalog.item(item).facets
        for facet in catalog.spec.facets:
            value = facets.get(facet.name) if facet.kind == "name" else None
            for known in value if isinstance(value, tuple) else () if value is None else (str(value),):
                if tokens(known)[-len(name) :] == name:
                    return True
        return False

    def _written_out(self, place: int) -> tuple[Span, int] | None:
        for end, fits in self._candidates(place):
            if self.context.of_a_name(place, end):
                continue
            fits = self._or_begun(place, end, fits)
            year, stop = self._year_after(end, fits)
            matches = self.index.ranked(fits, 5, year)
            certainty = self._support(place, end, matches[0], dated=year is not None)
            if certainty >= BELIEVED:
                return self._span(place, end, stop, matches, certainty), self._next(end, stop)
        return None

    def _nearly(self, place: int) -> tuple[Span, int] | None:
        """A partial or misspelt title, or an unknown one, where the words before it announce a title."""
        quoted = self.context.quoted_from(place)
        strength = 1.0 if quoted else self.context.introduced(place, self._previous())
        named = self.context.named(place)
        if strength < (0.3 if named else 1.0) or self.context.person_at(place) is not None:
            return None
        limit = quoted or self.context.chunk_end(place)
        longer = [] if quoted else self._mistyped_ends(place)
        if self.context.words[place].folded in EVERYDAY and not quoted and not named and not longer:
            return None
        for end in dict.fromkeys((*longer, limit, min(limit, place + 2), place + 1)):
            matches = self._near(place, end, bool(quoted))
            if matches:
                return self._span(place, end, None, matches, min(0.95, matches[0].certainty)), end
        # "I like …" without capitals is more often about a kind of thing than about an unknown title.
        announced = named or strength > 1
        close = quoted or (self._unknown_end(place, limit) if announced else None)
        if close is None:
            return None
        nearest = self._matches([word.folded for word in self.context.words[place:close]])[:3]
        return self._span(place, close, None, nearest, 0.0), close

    def _mistyped_ends(self, place: int) -> list[int]:
        """Where a title with a typing error that begins at ``place`` may end, the longest first.

        There is an error where a word stands in no title at all; only then are words like "with" and "and"
        taken for a part of one.
        """
        ends, strange = [], False
        for end in range(place + 1, min(place + CHUNK, len(self.context.words)) + 1):
            word = self.context.words[end - 1].folded
            if word in POLITE:
                break
            strange = strange or not (self.vocabulary.plain(word) or self.index.table.titles_with(word))
            last = end == len(self.context.words) or self.context.stop_between(end - 1)
            if strange and end > place + 1 and (last or self.context.words[end].folded in ENDING):
                ends.append(end)
            if last:
                break
        return ends[::-1]

    def _near(self, place: int, end: int, quoted: bool) -> list[Match]:
        parts = [word.folded for word in self.context.words[place:end]]
        telling = [part for part in parts if not self.vocabulary.plain(part)]
        if not telling or (len(parts) == 1 and len(parts[0]) < 4):
            return []
        named = quoted or any(self.context.capitals[place:end])
        table = self.index.table
        if not named and len(telling) == 1 and table.titles_with(telling[0]) > 6:
            return []
        if not named and self.context.described(place, end):
            return []
        matches = self._matches(parts)
        # A series shares its certainty among its parts, and one word of a title must be of a known one.
        needed = PARTIAL * (0.7 if len(telling) > 1 and named else 0.85)
        if not matches or matches[0].certainty < needed:
            return []
        known = float(self.index.known[matches[0].position])
        return matches if known >= (PROMINENT if len(telling) > 1 else KNOWN) else []

    def _unknown_end(self, place: int, limit: int) -> int | None:
        """Where a title that nobody knows ends, if one seems to begin at ``place``."""
        if self.context.named(place):
            return self._capitals_end(place, limit)
        chunk = [word.folded for word in self.context.words[place:limit]]
        strange = [
            word
            for word in chunk
            if not self.vocabulary.plain(word) and not self.index.table.titles_with(word)
        ]
        return limit if strange and len(chunk) <= 4 and len(strange) * 2 >= len(chunk) else None

    def _capitals_end(self, place: int, limit: int) -> int | None:
        """Where the capitalised words end that begin at ``place``; None where they name a kind of item."""
        said, capitals = self.context.words, self.context.capitals
        end = place + 1
        while end < limit and (capitals[end] or said[end].folded in _WITHIN_TITLES):
            end += 1
        while not capitals[end - 1]:
            end -= 1
        telling = any(not self.vocabulary.plain(word.folded) for word in said[place:end])
        kind = end < len(said) and said[end].folded in self.vocabulary.nouns
        return end if (telling or end - place > 1) and not kind else None

    # What surrounds it

    def _support(self, place: int, end: int, match: Match, *, dated: bool) -> float:
        chunk = self.context.words[place:end]
        rare = sum(not self.vocabulary.plain(word.folded) for word in chunk)
        size = len(chunk)
        if size == 1 and chunk[0].folded in self.vocabulary.ordinary and not dated:
            rare = 0
        base = {0: (0.0, 0.0, 0.12, 0.25, 0.35), 1: (0.0, 0.3, 0.45, 0.5, 0.55)}.get(rare, (0.55,) * 5)
        score = base[min(size, 4)]
        known = float(self.index.catalog.known[match.position])
        score += 0.1 if known >= 0.9 else 0.0 if known >= 0.5 else -0.15
        score += 0.35 * match.certainty - 0.35
        quoted = self.context.quoted_from(place) == end
        capital = self.context.capital(place, end)
        if size == 1 and chunk[0].folded in POLITE and not (quoted or dated):
            return 0.0
        score += 0.6 * quoted + 0.5 * dated
        score -= 0.0 if quoted else 0.3 * self.context.located(place)
        score += capital * (0.35 if rare or size > 1 else 0.25)
        introduced = self.context.introduced(place, self._previous())
        if introduced > 1 and not rare and any(word.folded in FUNCTION_WORDS for word in chunk):
            introduced = 1.0
        score += 0.35 * introduced + 0.25 * self.context.judged(end)
        if introduced >= 1 and self._follows_title(place) and self.context.closed(end):
            score += 0.2
        if self.all_titles:
            score += 0.7 if rare or size > 3 else 0.35
        if not (quoted or dated or capital or self.all_titles):
            score -= self.context.described(place, end)
        return max(0.0, min(1.0, score))

    def _previous(self) -> Before | None:
        last = max([*self.titles, *self.unknown], key=lambda span: span.end, default=None)
        return None if last is None else Before(last.end, last.certainty > 0)

    def _follows_title(self, place: int) -> bool:
        """Whether the word before ``place`` joins it to a title ("and", "or")."""
        return bool(self.titles) and place > 0 and self.context.words[place - 1].folded in BETWEEN

    def _covered(self, place: int, depth: int = 0) -> bool:
        """Whether the words from ``place`` on are titles and what stands between titles, nothing else."""
        joining = BETWEEN | POLITE if depth else POLITE
        while place < len(self.context.words) and self.context.words[place].folded in joining:
            place += 1
        if place == len(self.context.words):
            return depth > 0
        if depth > 8:
            return False
        for end, fits in self._candidates(place):
            _, stop = self._year_after(end, fits)
            after = self._next(end, stop)
            separated = (
                after == len(self.context.words)
                or self.context.stop_between(after - 1)
                or self.context.words[after].folded in BETWEEN
            )
            if separated and self._covered(after, depth + 1):
                return True
        return False

    # Places in the text

    def _year_after(self, end: int, fits: list[Fit]) -> tuple[int | None, int | None]:
        """The year behind a title, if an item of ``fits`` is of about that year, and where it ends."""
        match = _AFTER_YEAR.match(self.context.text, self.context.words[end - 1].end)
        if match is None:
            return None, None
        year = int(match[1])
        items = {int(self.index.table.items[number]) for number, _ in fits}
        near = any(abs((self.index.year(item) or 0) - year) <= 1 for item in items)
        return (year, match.end()) if near else (None, None)

    def _next(self, end: int, stop: int | None) -> int:
        """The first word behind the title that ends with word ``end``, or behind its year."""
        while stop is not None and end < len(self.context.words) and self.context.words[end].start < stop:
            end += 1
        return end

    def _span(self, place: int, end: int, stop: int | None, matches: list[Match], certainty: float) -> Span:
        start, last = self.context.words[place].start, self.context.words[end - 1].end
        if owns(self.context.words[end - 1]) and stop is None and matches:
            whole = "".join(tokens(self.context.text[start:last]))
            last -= 2 if not "".join(tokens(matches[0].alias)).endswith(whole[-4:]) else 0
        last = max(last, stop or 0)
        return Span(start, last, self.context.text[start:last], tuple(matches), certainty)
