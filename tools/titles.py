"""The spellings under which an item is found, and how well a spelling fits."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cached_property
from math import log
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from .text import ARTICLES, numbered, tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .types import FloatArray, IntArray

# How well a spelling names its item: the whole title; without the word "part", or one of two titles in
# brackets; without its article; the head or the tail of a title with a colon or dash.
WHOLE, PLAIN, BARE, HEAD, TAIL = 1.0, 0.98, 0.95, 0.78, 0.76
_PARTS = frozenset(("part", "episode", "chapter", "volume", "vol", "no", "book"))
_BRACKETS = re.compile(r"[(\[]([^()\[\]]+)[)\]]")
_SEGMENTS = re.compile(r":\s|\s[-–—]\s|\s[-–—]|;\s")
_YEAR = re.compile(r"\d{4}")


class Spelling(NamedTuple):
    """One way to write an item's title: its tokens, and how well they name it, in (0, 1]."""

    parts: tuple[str, ...]
    quality: float


class Match(NamedTuple):
    """An item that a text may mean: how sure that is, in [0, 1], and the title or alias that fits."""

    position: int
    title: str
    certainty: float
    alias: str


class Fit(NamedTuple):
    """A spelling in the table that fits what was written, with the quality of the fit in (0, 1]."""

    spelling: int
    quality: float


def spellings(title: str) -> list[Spelling]:
    """The ways to write ``title``, best first; the first two are the whole title, with numbers as digits
    and as written."""
    found: dict[tuple[str, ...], float] = {}
    for text, quality in _readings(title):
        plain = tokens(text) or text.casefold().split()
        for parts, worth in _shortened(plain, quality):
            if parts:
                found.setdefault(parts, worth)
    return [Spelling(parts, quality) for parts, quality in found.items()]


def _readings(title: str) -> Iterator[tuple[str, float]]:
    yield title, WHOLE
    bare = title
    if "(" in title or "[" in title:
        bare = _BRACKETS.sub(" ", title).strip()
        yield bare, PLAIN
        for inner in _BRACKETS.findall(title):
            if not _YEAR.fullmatch(inner.strip()):
                yield inner, PLAIN
    if ", " in bare:
        # Catalogues that sort by title move the article to the end: "Usual Suspects, The".
        stem, _, article = bare.rpartition(", ")
        if article.casefold() in ARTICLES:
            bare = f"{article} {stem}"
            yield bare, WHOLE
    segments = [segment for segment in _SEGMENTS.split(bare) if segment.strip()]
    if len(segments) > 1:
        yield segments[0], HEAD
        yield f"{segments[0]} {segments[-1]}", PLAIN
        yield f"{segments[0]} {segments[1]}", HEAD
        yield segments[-1], TAIL


def _shortened(plain: list[str], quality: float) -> Iterator[tuple[tuple[str, ...], float]]:
    counted = numbered(plain)
    variants = [counted] if counted == plain else [counted, plain]
    for parts in variants:
        yield tuple(parts), quality
    for parts in variants:
        if len(parts) > 1 and parts[0] in ARTICLES:
            yield tuple(parts[1:]), quality * BARE
    without = without_part(counted)
    if without != counted:
        yield tuple(without), quality * PLAIN
        if len(without) > 1 and without[0] in ARTICLES:
            yield tuple(without[1:]), quality * BARE


def without_part(parts: Sequence[str]) -> list[str]:
    """``parts`` without words like "part" before a number ("godfather part 2" → "godfather 2")."""
    following = [*parts[1:], ""]
    return [
        part
        for part, after in zip(parts, following, strict=False)
        if not (part in _PARTS and after.isdigit())
    ]


def edits_allowed(length: int) -> int:
    """How many typing errors (insertions, omissions, swaps) are forgiven in ``length`` characters."""
    return 0 if length < 4 else 1 if length < 8 else 2 if length < 14 else 3


class TitleTable:
    """Spellings of all items, looked up exactly, by some of their words, and with typing errors.

    ``texts[i]`` is spelling ``i`` as tokens joined by spaces, ``items[i]`` the position of its item,
    ``aliases[i]`` the number of the alias it comes from (-1: the title), ``qualities[i]`` how well it names
    the item.
    """

    def __init__(self, texts: list[str], items: IntArray, aliases: IntArray, qualities: FloatArray) -> None:
        self.texts = texts
        self.items = items
        self.aliases = aliases
        self.qualities = qualities

    @classmethod
    def of(cls, titles: Iterable[tuple[int, int, str]]) -> TitleTable:
        """The table of (position, alias number, title)."""
        texts: list[str] = []
        items: list[int] = []
        aliases: list[int] = []
        qualities: list[float] = []
        for position, alias, title in titles:
            for spelling in spellings(title):
                texts.append(" ".join(spelling.parts))
                items.append(position)
                aliases.append(alias)
                qualities.append(spelling.quality)
        return cls(
            texts, np.array(items, np.int64), np.array(aliases, np.int64), np.array(qualities, np.float32)
        )

    @cached_property
    def _by_key(self) -> dict[str, list[int]]:
        by_key: dict[str, list[int]] = {}
        for number, text in enumerate(self.texts):
            by_key.setdefault(text.replace(" ", ""), []).append(number)
        return by_key

    @cached_property
    def longest(self) -> int:
        """The most tokens that a spelling has."""
        return max((text.count(" ") + 1 for text in self.texts), default=0)

    @cached_property
    def _whole(self) -> list[tuple[str, ...]]:
        """Tokens of whole titles with numbers as digits, empty for other spellings."""
        seen: set[tuple[int, int]] = set()
        whole: list[tuple[str, ...]] = []
        for text, item, alias in zip(self.texts, self.items.tolist(), self.aliases.tolist(), strict=True):
            first = (item, alias) not in seen
            seen.add((item, alias))
            whole.append(tuple(text.split()) if first else ())
        return whole

    @cached_property
    def _by_word(self) -> dict[str, list[int]]:
        by_word: dict[str, list[int]] = {}
        for number, parts in enumerate(self._whole):
            for part in set(parts):
                by_word.setdefault(part, []).append(number)
        return by_word

    @cached_property
    def _by_length(self) -> tuple[list[int], list[int], list[str]]:
        """Spellings in order of their length: lengths, numbers, texts."""
        order = sorted(range(len(self.texts)), key=lambda number: len(self.texts[number]))
        texts = [self.texts[number] for number in order]
        return [len(text) for text in texts], order, texts

    @cached_property
    def _words_by_length(self) -> tuple[list[int], list[str]]:
        words = sorted((word for word in self._by_word if len(word) > 3), key=len)
        return [len(word) for word in words], words

    def exact(self, key: str) -> list[Fit]:
        """The spellings with the key ``key`` (tokens with numbers as digits, written together)."""
        return [Fit(number, float(self.qualities[number])) for number in self._by_key.get(key, ())]

    def titled(self, parts: list[str]) -> list[Fit]:
        """The spellings that ``parts`` writes out, give or take an article and the word "part"."""
        counted = numbered(parts)
        found = self.exact("".join(counted))
        if not found:
            shorter = without_part(counted)
            shorter = shorter[1:] if len(shorter) > 1 and shorter[0] in ARTICLES else shorter
            found = [Fit(number, quality * BARE) for number, quality in self.exact("".join(shorter))]
        if not found and len(counted) > 1 and counted[-1] == "1":
            # The first of a series seldom has a number in its title.
            found = [Fit(number, quality * HEAD) for number, quality in self.titled(counted[:-1])]
        return found

    def rarity(self, word: str) -> float:
        """How much a word of a title tells, in nats: the logarithm of titles per title that has it."""
        total = len(self._by_word) + 1
        return log(total / (len(self._by_word.get(word, ())) + 1))

    def titles_with(self, word: str) -> int:
        """How many whole titles have the word."""
        return len(self._by_word.get(word, ()))

    def with_words(self, parts: Sequence[str]) -> set[int]:
        """Positions of the items whose whole title has all of ``parts``, be they in the plural or not."""
        found: set[int] | None = None
        for part in numbered(list(parts)):
            forms = {part, f"{part}s", part.removesuffix("s"), part.removesuffix("es")}
            having = {int(self.items[number]) for form in forms for number in self._by_word.get(form, ())}
            found = having if found is None else found & having
        return found or set()

    def partial(self, parts: list[str], at_most: int = 400) -> list[Fit]:
        """Whole titles that have all of ``parts``: best where they stand together, first, and tell most."""
        wanted = [part for part in numbered(parts) if part not in ARTICLES]
        if not wanted or any(part not in self._by_word for part in wanted):
            return []
        lists = sorted((self._by_word[part] for part in set(wanted)), key=len)
        numbers = set(lists[0])
        for other in lists[1:]:
            numbers &= set(other)
        if len(numbers) > at_most:
            return []
        said = sum(self.rarity(part) for part in set(wanted))
        found = [Fit(number, self._coverage(number, wanted, said)) for number in sorted(numbers)]
        if parts[0] not in ARTICLES:
            return found
        # Who writes "The …" has seen it in the title.
        return [
            fit if self._whole[fit.spelling][0] == parts[0] else fit._replace(quality=fit.quality * 0.8)
            for fit in found
        ]

    def _coverage(self, number: int, wanted: list[str], said: float) -> float:
        title = [part for part in self._whole[number] if part not in ARTICLES]
        share = said / (sum(self.rarity(part) for part in set(title)) or 1.0)
        size = len(wanted)
        together = any(title[start : start + size] == wanted for start in range(len(title) - size + 1))
        start = 0.56 if title[:size] == wanted else 0.5 if together else 0.4
        return start + 0.3 * min(share, 1.0)

    def misspelt(self, text: str, at_most: int = 20) -> list[Fit]:
        """Spellings that differ from ``text`` (tokens joined by spaces) by a few typing errors."""
        allowed = edits_allowed(len(text))
        if not allowed:
            return []
        lengths, order, texts = self._by_length
        first = bisect_left(lengths, len(text) - allowed)
        last = bisect_left(lengths, len(text) + allowed + 1)
        near = process.extract(
            text, texts[first:last], scorer=OSA.distance, score_cutoff=allowed, limit=at_most, processor=None
        )
        found = []
        for written, edits, place in near:
            if written[:1] != text[:1] and len(text) < 7:
                continue
            number = order[first + place]
            quality = 0.95 * (1 - 1.5 * edits / len(text)) * float(self.qualities[number])
            found.append(Fit(number, max(quality, 0.05)))
        return found

    def mended(self, parts: list[str]) -> list[str]:
        """``parts`` with each word that no title has replaced by the likeliest one meant, if any."""
        return [part if part in self._by_word else self._mend(part) for part in numbered(parts)]

    def _mend(self, word: str) -> str:
        allowed = edits_allowed(len(word)) if len(word) > 4 else 0
        if not allowed:
            return word
        lengths, known = self._words_by_length
        first, last = bisect_left(lengths, len(word) - allowed), bisect_left(lengths, len(word) + allowed + 1)
        near = process.extract(
            word, known[first:last], scorer=OSA.distance, score_cutoff=allowed, limit=10, processor=None
        )
        near = [each for each in near if each[0][:1] == word[:1]]
        if not near:
            return word
        return min(near, key=lambda each: (each[1], -self.titles_with(each[0])))[0]
