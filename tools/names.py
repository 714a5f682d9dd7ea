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
SURNAME_AT_LEAST = 4
_BY = frozenset(("by", "with", "starring", "from", "featuring", "director", "directed", "actor", "actress"))


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


class NameIndex:
    """Full names and surnames of a catalogue's name facets.

    ``names[i]`` is a distinct folded name; ``weights[i]`` says how much of the catalogue is theirs: over
    their items, the root of how often an item is spoken of, times the facet's weight.
    """

    def __init__(self, catalog: Catalog, names: list[str], weights: FloatArray, where: NDArray[Any]) -> None:
        self._catalog = catalog
        self._names = names
        self._weights = weights
        self._where = where  # (rows of name number, facet number, column), sorted by name

    @classmethod
    def of(cls, catalog: Catalog, prominence: FloatArray) -> NameIndex:
        """The index of a catalogue whose items are spoken of ``prominence`` ``(n,)`` often."""
        numbers: dict[str, int] = {}
        weights: list[float] = []
        where: list[tuple[int, int, int]] = []
        root = np.sqrt(prominence)
        for facet_number, facet in enumerate(catalog.spec.facets):
            if facet.kind != "name":
                continue
            mass = np.asarray(catalog.postings(facet.name).T @ root) * max(facet.weight, 0.01)
            for column, value in enumerate(catalog.values(facet.name)):
                number = numbers.setdefault(" ".join(tokens(value)), len(numbers))
                if number == len(weights):
                    weights.append(0.0)
                weights[number] += float(mass[column])
                where.append((number, facet_number, column))
        where.sort()
        places = np.array(where, np.int64).reshape(-1, 3)
        return cls(catalog, list(numbers), np.array(weights, np.float32), places)

    @classmethod
    def stored(cls, catalog: Catalog, arrays: dict[str, NDArray[Any]]) -> NameIndex:
        """The index from :meth:`arrays`."""
        return cls(catalog, unpack(arrays["names"]), arrays["name_weights"], arrays["name_places"])

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The index as arrays, for :func:`~palate.tools.artifacts.save_arrays`."""
        return {"names": pack(self._names), "name_weights": self._weights, "name_places": self._where}

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self._names) if name}

    @cached_property
    def _surnames(self) -> dict[str, list[int]]:
        """Last word of a name → who bears it, the best-known first."""
        bearers: dict[str, list[int]] = {}
        for number, name in enumerate(self._names):
            first, _, last = name.rpartition(" ")
            if first and len(last) >= SURNAME_AT_LEAST and last not in EVERYDAY:
                bearers.setdefault(last, []).append(number)
        return bearers

    @cached_property
    def _notable(self) -> float:
        """The weight from which on a name is taken by surname alone: that of the best two percent."""
        return float(np.quantile(self._weights, 0.98)) if len(self._weights) else 0.0

    def find(self, text: str, k: int = 5) -> list[Name]:
        """Who ``text``, a name and nothing else, may mean; at most ``k``, the surest first. Never raises."""
        folded = " ".join(tokens(text))
        if not folded:
            return []
        number = self._numbers.get(folded)
        if number is not None:
            return self._as_names(number, 1.0)[:k]
        found = self._by_surname(folded)
        if not found and " " in folded:
            found = self._misspelt(folded)
        return found[:k]

    def mentions(self, text: str, taken: Iterable[tuple[int, int]] = ()) -> list[NameSpan]:
        """The names in running text, in order; none overlaps the ``taken`` ``[start, end)`` (titles).

        Full names count anywhere. A surname needs a capital, a word like "by", or a bearer of note.
        """
        said = words(text)
        closed = list(taken)
        found: list[NameSpan] = []
        place = 0
        while place < len(said):
            span = self._at(text, said, place)
            if span is None or any(span.start < end and start < span.end for start, end in closed):
                place += 1
                continue
            found.append(span)
            place = next(
                (later for later in range(place, len(said)) if said[later].start >= span.end), len(said)
            )
        return found

    def _at(self, text: str, said: Sequence[Word], place: int) -> NameSpan | None:
        for size in range(min(5, len(said) - place), 1, -1):
            chunk = said[place : place + size]
            for folded in _possessive(chunk):
                number = self._numbers.get(folded)
                if number is not None and not all(word in EVERYDAY for word in folded.split()):
                    return self._span(text, chunk, self._as_names(number, 1.0))
        word = said[place]
        after_by = place > 0 and said[place - 1].folded in _BY
        for folded in _possessive([word]):
            if len(folded) < SURNAME_AT_LEAST or folded in EVERYDAY:
                continue
            names = self._by_surname(folded) or self._mononym(folded)
            capital = word.written[:1].isupper()
            notable = bool(names) and self._weight(folded) >= self._notable
            if names and (after_by or (capital and notable) or (notable and len(folded) > 5)):
                return self._span(text, [word], names)
        return None

    def _mononym(self, folded: str) -> list[Name]:
        number = self._numbers.get(folded)
        return [] if number is None else self._as_names(number, 0.8)

    def _weight(self, surname: str) -> float:
        numbers = self._surnames.get(surname, ())
        if surname in self._numbers:
            numbers = [*numbers, self._numbers[surname]]
        return max((float(self._weights[number]) for number in numbers), default=0.0)

    def _by_surname(self, folded: str) -> list[Name]:
        bearers = self._surnames.get(folded)
        if not bearers:
            return []
        best = max(bearers, key=lambda number: self._weights[number])
        share = float(self._weights[best] / self._weights[bearers].sum())
        return self._as_names(best, 0.5 + 0.5 * share) if share >= DOMINANT else []

    def _misspelt(self, folded: str) -> list[Name]:
        allowed = edits_allowed(len(folded))
        near = process.extract(
            folded, self._names, scorer=OSA.distance, score_cutoff=allowed, limit=5, processor=None
        )
        if not near:
            return []
        _, edits, number = min(near, key=lambda each: (each[1], -self._weights[each[2]]))
        return self._as_names(number, 1 - 1.5 * edits / len(folded))

    def _as_names(self, number: int, certainty: float) -> list[Name]:
        """The facet values that bear a name, the facet where it has most items first."""
        first, last = np.searchsorted(self._where[:, 0], (number, number + 1))
        found = []
        for _, facet_number, column in self._where[first:last].tolist():
            facet = self._catalog.spec.facets[facet_number]
            count = int(self._catalog.postings(facet.name)[:, [column]].nnz)
            name = Name(facet.name, self._catalog.values(facet.name)[column], certainty)
            found.append((facet.weight * count, name))
        return [name for _, name in sorted(found, key=lambda each: -each[0])]

    def _span(self, text: str, chunk: Sequence[Word], names: list[Name]) -> NameSpan:
        start, end = chunk[0].start, chunk[-1].end
        return NameSpan(start, end, text[start:end], tuple(names))


def _possessive(chunk: Sequence[Word]) -> list[str]:
    """The folded words of ``chunk``, as they stand and with the last one's "'s" taken off."""
    folded = " ".join(word.folded for word in chunk)
    owns = chunk[-1].written.casefold().endswith(("'s", "’s"))
    return [folded, folded[:-1]] if owns else [folded]
