"""Proper names: the values of ``name`` facets, by full name or by a surname that means one person."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from .everyday import EVERYDAY
from .text import Word, pack, tokens, unpack, words
from .titles import edits_allowed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from ..data.catalog import Catalog
    from .types import FloatArray

DOMINANT = 0.6
"""The share of a surname's weight that its best-known bearer must have for the surname to mean them."""
PARTICLES = frozenset({"de", "del", "della", "di", "da", "van", "von", "le", "la", "du", "mac", "st"})
"""Words that begin a surname ("De Niro")."""
OFTEN = 0.35
"""The share of their items that makes somebody known for what they did there."""
SURNAME_AT_LEAST = 4
BY = frozenset(("by", "with", "starring", "from", "featuring"))
"""Words after which a name stands."""


class Name(NamedTuple):
    """A value of a name facet, and how sure it is meant, in [0, 1]."""

    facet: str
    value: str
    certainty: float


class NameSpan(NamedTuple):
    """A name in running text: ``[start, end)``, as written, and the values it means, likeliest first."""

    start: int
    end: int
    surface: str
    matches: tuple[Name, ...]


class Bearer(NamedTuple):
    """Whom a surname means: the number of their name, and their share of what its bearers weigh."""

    number: int
    share: float


class NameIndex:
    """Full names and surnames of a catalogue's name facets.

    ``names[i]`` is a distinct folded name; ``weights[i]`` says how much of the catalogue is theirs: over
    their items, the root of how often an item is spoken of, times the facet's weight.
    """

    def __init__(
        self,
        catalog: Catalog,
        names: list[str],
        weights: FloatArray,
        where: NDArray[Any],
        surnames: dict[str, Bearer],
    ) -> None:
        self._catalog = catalog
        self._names = names
        self._weights = weights
        self._where = where  # rows of (name number, facet number, column, items), sorted
        self._surnames = surnames

    @classmethod
    def of(cls, catalog: Catalog, prominence: FloatArray) -> NameIndex:
        """The index of a catalogue whose items are spoken of ``prominence`` ``(n,)`` often."""
        numbers: dict[str, int] = {}
        weights: list[float] = []
        where: list[tuple[int, int, int, int]] = []
        root = np.sqrt(prominence)
        for facet_number, facet in enumerate(catalog.spec.facets):
            if facet.kind != "name":
                continue
            postings = catalog.postings(facet.name)
            mass = np.asarray(postings.T @ root) * max(facet.weight, 0.01)
            counts = np.bincount(postings.indices, minlength=postings.shape[1])
            for column, value in enumerate(catalog.values(facet.name)):
                number = numbers.setdefault(" ".join(tokens(value)), len(numbers))
                if number == len(weights):
                    weights.append(0.0)
                weights[number] += float(mass[column])
                where.append((number, facet_number, column, int(counts[column])))
        where.sort()
        places = np.array(where, np.int64).reshape(-1, 4)
        masses = np.array(weights, np.float32)
        return cls(catalog, list(numbers), masses, places, _surnames(list(numbers), masses))

    @classmethod
    def stored(cls, catalog: Catalog, arrays: dict[str, NDArray[Any]]) -> NameIndex:
        """The index from :meth:`arrays`."""
        bearers = zip(arrays["bearers"].tolist(), arrays["bearer_shares"].tolist(), strict=True)
        surnames = {
            surname: Bearer(number, share)
            for surname, (number, share) in zip(unpack(arrays["surnames"]), bearers, strict=True)
        }
        return cls(catalog, unpack(arrays["names"]), arrays["name_weights"], arrays["name_places"], surnames)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The index as arrays, for :func:`~palate.tools.artifacts.save_arrays`."""
        bearers = list(self._surnames.values())
        return {
            "names": pack(self._names),
            "name_weights": self._weights,
            "name_places": self._where,
            "surnames": pack(list(self._surnames)),
            "bearers": np.array([bearer.number for bearer in bearers], np.int64),
            "bearer_shares": np.array([bearer.share for bearer in bearers], np.float32),
        }

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self._names) if name}

    @cached_property
    def words(self) -> frozenset[str]:
        """The folded words of all names."""
        return frozenset(word for name in self._names for word in name.split())

    @cached_property
    def _notable(self) -> float:
        """The weight from which on a name is taken by surname alone: that of the best two percent."""
        return float(np.quantile(self._weights, 0.98)) if len(self._weights) else 0.0

    def is_notable(self, word: str) -> bool:
        """Whether a folded word is the surname, or the only name, of somebody of note."""
        return self._weight(word) >= self._notable > 0

    def find(self, text: str, k: int = 5) -> list[Name]:
        """Who ``text``, a name and nothing else, may mean; at most ``k``, the surest first. Never raises."""
        folded = " ".join(tokens(text))
        if not folded:
            return []
        number = self._numbers.get(folded)
        if number is not None:
            return self._as_names(number, 1.0)[:k]
        return (self._by_surname(folded) or self._misspelt(folded))[:k]

    def mentions(self, text: str, taken: Iterable[tuple[int, int]] = ()) -> list[NameSpan]:
        """The names in running text, in order; none overlaps the ``taken`` ``[start, end)`` (titles).

        Full names count anywhere. A surname needs a capital, a word like "by", or a bearer of note.
        """
        said = words(text)
        closed = list(taken)
        found: list[NameSpan] = []
        place = 0
        while place < len(said):
            span = self.at(text, said, place)
            if span is None or any(span.start < end and start < span.end for start, end in closed):
                place += 1
                continue
            found.append(span)
            place = next(
                (later for later in range(place, len(said)) if said[later].start >= span.end), len(said)
            )
        return found

    def at(self, text: str, said: Sequence[Word], place: int) -> NameSpan | None:
        """The name that begins at the word ``place`` of ``text``, whose words are ``said``."""
        after_by = place > 0 and said[place - 1].folded in BY
        for size in range(min(5, len(said) - place), 1, -1):
            chunk = said[place : place + size]
            for folded in _possessive(chunk):
                number = self._numbers.get(folded)
                if number is not None and not all(word in EVERYDAY for word in folded.split()):
                    return self._span(text, chunk, self._as_names(number, 1.0))
        if place + 1 < len(said):
            chunk = said[place : place + 2]
            strange = [word.folded for word in chunk if word.folded not in self.words]
            typed = len(strange) == 1 and len(strange[0]) > 3  # one half of a name, and one that nobody has
            if (after_by or typed) and not any(word.folded in EVERYDAY for word in chunk):
                names = self._misspelt(_possessive(chunk)[-1])
                if names:
                    return self._span(text, chunk, names)
        if said[place].folded in PARTICLES and place + 1 < len(said):
            chunk = said[place : place + 2]
            for folded in _possessive(chunk):
                if names := self._by_surname(folded):
                    return self._span(text, chunk, names)
        return self._surname_at(text, said[place], after_by)

    def _surname_at(self, text: str, word: Word, after_by: bool) -> NameSpan | None:
        capital = word.written[:1].isupper()
        for folded in _possessive([word]):
            if len(folded) < SURNAME_AT_LEAST or folded in EVERYDAY:
                continue
            names = self._by_surname(folded) or self._mononym(folded)
            notable = bool(names) and self._weight(folded) >= self._notable
            if names and (after_by or (notable and (capital or len(folded) > 5))):
                return self._span(text, [word], names)
            strange = capital and folded not in self.words
            if (after_by or strange) and len(folded) > 5 and not names:
                names = self._misspelt(folded)
                if names:
                    return self._span(text, [word], names)
        return None

    def _mononym(self, folded: str) -> list[Name]:
        number = self._numbers.get(folded)
        return [] if number is None else self._as_names(number, 0.8)

    def _weight(self, word: str) -> float:
        numbers = [self._surnames[word].number] if word in self._surnames else []
        if word in self._numbers:
            numbers.append(self._numbers[word])
        return max((float(self._weights[number]) for number in numbers), default=0.0)

    def _by_surname(self, folded: str) -> list[Name]:
        bearer = self._surnames.get(folded)
        return [] if bearer is None else self._as_names(bearer.number, 0.5 + 0.5 * bearer.share)

    def _misspelt(self, folded: str) -> list[Name]:
        """Who a full name with typing errors means, or the surname of a bearer of note."""
        allowed = edits_allowed(len(folded))
        pool = self._by_initial.get(folded[:1], ([], []))
        if " " not in folded:
            pool = self._known_surnames.get(folded[:1], ([], []))
        near = process.extract(
            folded, pool[0], scorer=OSA.distance, score_cutoff=allowed, limit=5, processor=None
        )
        if not near or not allowed:
            return []
        _, edits, place = min(near, key=lambda each: (each[1], -self._weights[pool[1][each[2]]]))
        return self._as_names(pool[1][place], 0.95 - 1.5 * edits / len(folded))

    @cached_property
    def _by_initial(self) -> dict[str, tuple[list[str], list[int]]]:
        """Full names by their first letter: names, numbers."""
        pools: dict[str, tuple[list[str], list[int]]] = {}
        for number, name in enumerate(self._names):
            if " " in name:
                texts, numbers = pools.setdefault(name[0], ([], []))
                texts.append(name)
                numbers.append(number)
        return pools

    @cached_property
    def _known_surnames(self) -> dict[str, tuple[list[str], list[int]]]:
        """Surnames of bearers of note by first letter: surnames, who is meant."""
        pools: dict[str, tuple[list[str], list[int]]] = {}
        for surname, bearer in self._surnames.items():
            if self._weights[bearer.number] >= self._notable:
                texts, numbers = pools.setdefault(surname[0], ([], []))
                texts.append(surname)
                numbers.append(bearer.number)
        return pools

    def _as_names(self, number: int, certainty: float) -> list[Name]:
        """The facet values that bear a name, the facet where it has most items first.

        Who is found much in a facet that tells more is meant there: Tarantino plays in what he directs.
        """
        first, last = np.searchsorted(self._where[:, 0], (number, number + 1))
        found = []
        for _, facet_number, column, count in self._where[first:last].tolist():
            facet = self._catalog.spec.facets[facet_number]
            name = Name(facet.name, self._catalog.values(facet.name)[column], certainty)
            found.append((facet.weight, count, name))
        most = max((count for _, count, _ in found), default=0)
        return [
            name
            for weight, count, name in sorted(
                found, key=lambda each: (-(each[1] >= OFTEN * most) * each[0], -each[0] * each[1])
            )
        ]

    def _span(self, text: str, chunk: Sequence[Word], names: list[Name]) -> NameSpan:
        start, end = chunk[0].start, chunk[-1].end
        return NameSpan(start, end, text[start:end], tuple(names))


def _surnames(names: list[str], weights: FloatArray) -> dict[str, Bearer]:
    """Last words of names that mean one bearer: who weighs most, if that is most of the weight."""
    bearers: dict[str, list[int]] = {}
    for number, name in enumerate(names):
        first, _, last = name.rpartition(" ")
        if first and len(last) >= SURNAME_AT_LEAST and last not in EVERYDAY:
            bearers.setdefault(last, []).append(number)
        start, _, particle = first.rpartition(" ")
        if start and particle in PARTICLES:
            bearers.setdefault(f"{particle} {last}", []).append(number)
    found = {}
    known = weights.tolist()
    for surname, numbers in bearers.items():
        best = max(numbers, key=known.__getitem__)
        share = known[best] / (sum(known[number] for number in numbers) or 1.0)
        if share >= DOMINANT:
            found[surname] = Bearer(best, share)
    return found


def _possessive(chunk: Sequence[Word]) -> list[str]:
    """The folded words of ``chunk``, as they stand and with the last one's "'s" taken off."""
    folded = " ".join(word.folded for word in chunk)
    owns = chunk[-1].written.casefold().endswith(("'s", "’s"))
    return [folded, folded[:-1]] if owns else [folded]
