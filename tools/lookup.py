"""Titles and names as people write them, resolved to the items and values they mean."""

from __future__ import annotations

import logging
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ..data.errors import DataError, NoData, SetupFailed
from .artifacts import load_arrays, save_arrays
from .mentions import Reader, Span
from .names import NameIndex
from .side import best_of
from .text import pack, tokens, unpack
from .titles import HEAD, PLAIN, Match, TitleTable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from ..data.catalog import Catalog
    from .titles import Fit
    from .types import FloatArray

__all__ = ["Match", "NameIndex", "Span", "TitleIndex"]

log = logging.getLogger(__name__)

KIND, VERSION = "titles", 3
_BRACKETED_YEAR = re.compile(r"[(\[]\s*((?:1[5-9]|20)\d\d)\s*[)\]]")
_YEAR = re.compile(r"\b((?:1[5-9]|20)\d\d)\b")
ESTEEM = 0.7
"""Of two items of one title that are about as well known, the better one is meant: originals, not remakes."""
BEGINS = 0.56
"""The least quality of a part that a title begins with."""
CLEAR = 0.75
"""From this quality on, a fit is taken without looking for worse ones."""


class TitleIndex:
    """Finds items by title, and titles and names in running text."""

    def __init__(self, catalog: Catalog, table: TitleTable, names: NameIndex | None = None) -> None:
        self.catalog = catalog
        self.table = table
        self._names = names
        self._weights = prominence(catalog.known) * np.exp(ESTEEM * best_of(catalog))

    @classmethod
    def build(cls, catalog: Catalog) -> TitleIndex:
        """Work the spellings out and store them beside the catalogue; raises SetupFailed."""
        index = cls(catalog, _spell_out(catalog))
        table = index.table
        arrays: dict[str, NDArray[Any]] = {
            "texts": pack(table.texts),
            "items": table.items,
            "aliases": table.aliases,
            "qualities": table.qualities,
            **index.names.arrays(),
        }
        folder = catalog.path / "artifacts" / KIND
        save_arrays(
            folder, arrays, kind=KIND, data_sha256=catalog.spec.data_sha256, config={}, version=VERSION
        )
        return index

    @classmethod
    def open(cls, catalog: Catalog) -> TitleIndex:
        """The index of a catalogue; where none is stored that fits, it is worked out (a second or two) and
        stored: it holds nothing but the catalogue's own titles and names.
        """
        try:
            arrays, _ = load_arrays(
                catalog.path / "artifacts" / KIND,
                kind=KIND,
                data_sha256=catalog.spec.data_sha256,
                version=VERSION,
            )
        except (NoData, DataError):
            return cls._made(catalog)
        table = TitleTable(unpack(arrays["texts"]), arrays["items"], arrays["aliases"], arrays["qualities"])
        return cls(catalog, table, NameIndex.stored(catalog, arrays))

    @classmethod
    def _made(cls, catalog: Catalog) -> TitleIndex:
        try:
            return cls.build(catalog)
        except SetupFailed as error:
            # A folder that cannot be written, or another process that stores the same at this moment.
            log.info("the index of titles is not stored: %s", error)
            return cls(catalog, _spell_out(catalog))

    @cached_property
    def names(self) -> NameIndex:
        """The people, brands and other proper names of the catalogue's ``name`` facets."""
        if self._names is not None:
            return self._names
        return NameIndex.of(self.catalog, prominence(self.catalog.known))

    @cached_property
    def _reader(self) -> Reader:
        return Reader(self)

    @cached_property
    def known(self) -> FloatArray:
        """The known-ness of each item, ``(n,)``; of a catalogue that does not know it, all may be meant."""
        known = self.catalog.known
        flat = len(known) > 0 and float(known.min()) == float(known.max())
        return np.ones_like(known) if flat else known

    def warm(self) -> None:
        """Build what the first look-up would otherwise wait a tenth of a second for."""
        self.mentions("a title by nobody, a title like none")
        self.fits(["warming", "upp"])

    def find(self, text: str, k: int = 5, year: int | None = None) -> list[Match]:
        """The items that ``text``, a title and nothing else, may mean: at most ``k``, the likeliest first.

        Forgives case, accents, punctuation, articles, ways of writing numbers, missing subtitles and typing
        errors. A year, given or within ``text``, prefers the item of that year. Items of one title are
        ranked by known-ness. Never raises; the last resorts have a certainty below one half.
        """
        bracketed = _BRACKETED_YEAR.search(text)
        if bracketed:
            text = _BRACKETED_YEAR.sub(" ", text)
            year = year or int(bracketed[1])
        parts = tokens(text) or text.casefold().split()
        fits = self.fits(parts)
        loose = _YEAR.search(text) if year is None else None
        if loose and max((fit.quality for fit in fits), default=0.0) < CLEAR:
            # A number that belongs to no title is a year: "the 1982 thing".
            without = [part for part in parts if part != loose[1]]
            dated = self.fits(without)
            if dated and without:
                return self.ranked(dated, k, int(loose[1]))
        return self.ranked(fits, k, year)

    def written(self, text: str, k: int = 5) -> list[Match]:
        """The items whose title, or a usual short form of it, ``text`` writes out: :meth:`find` without
        looking for parts and typing errors, and so a hundred times faster.
        """
        return self.ranked(self.fits(tokens(text), deep=False), k, None)

    def mentions(self, text: str) -> list[Span]:
        """The titles named in running text, in order, none overlapping another.

        A title of everyday words ("It", "Up") counts only when quotes, capitals, a year, or words like
        "similar to" support it.
        """
        return self._reader.read(text).titles

    def unknown(self, text: str) -> list[Span]:
        """What stands in running text where a title would and is none of the catalogue's.

        Each span's ``matches`` are the nearest titles there are.
        """
        return self._reader.read(text).unknown

    def fits(self, parts: list[str], *, deep: bool = True) -> list[Fit]:
        """Spellings that fit the tokens ``parts``; ``deep`` looks for parts and typing errors too."""
        found = self.table.titled(parts)
        best = max((fit.quality for fit in found), default=0.0)
        if HEAD >= best > 0.0:
            # "Harry Potter" heads one title and begins others, better known ones among them.
            found += [fit for fit in self.table.partial(parts) if fit.quality > BEGINS]
        if not deep or not parts or max((fit.quality for fit in found), default=0.0) >= CLEAR:
            return found
        found = found + self.table.partial(parts)
        text = " ".join(parts)
        found += self.table.misspelt(text)
        mended = self.table.mended(parts)
        if mended != parts:
            worse = [*self.table.titled(mended), *self.table.partial(mended)]
            found += [fit._replace(quality=fit.quality * 0.9) for fit in worse]
        return found

    def ranked(self, fits: Iterable[Fit], k: int, year: int | None) -> list[Match]:
        """The items of ``fits``, the likeliest first: how well a spelling fits, weighted by known-ness."""
        best: dict[int, tuple[float, int]] = {}
        for number, quality in fits:
            position = int(self.table.items[number])
            quality *= self._year_fit(position, year)
            if quality > best.get(position, (0.0, 0))[0]:
                best[position] = (quality, number)
        order = sorted(best, key=lambda position: -self._likelihood(position, best[position][0]))
        matches = []
        for position in order[:k]:
            quality, number = best[position]
            rivals = [other for other in order if best[other][0] >= quality - 0.1]
            share = float(self._weights[position] / self._weights[rivals].sum())
            matches.append(
                Match(
                    position,
                    self.catalog.titles[position],
                    quality * (0.7 + 0.3 * share),
                    self._alias(number),
                )
            )
        return matches

    def _likelihood(self, position: int, quality: float) -> float:
        # Quality counts far more than known-ness, which decides between spellings that fit alike.
        return float(quality**6 * self._weights[position] ** 0.5)

    def _year_fit(self, position: int, year: int | None) -> float:
        if year is None or self._years is None:
            return 1.0
        away = abs(float(self._years[position]) - year)
        if np.isnan(away):
            return 0.9
        return 1.0 if away == 0 else PLAIN if away == 1 else 0.6

    @cached_property
    def _years(self) -> FloatArray | None:
        facet = next((facet for facet in self.catalog.spec.facets if facet.kind == "year"), None)
        return None if facet is None else self.catalog.numbers(facet.name)

    def year(self, position: int) -> int | None:
        """The year of an item, where it is known."""
        if self._years is None or np.isnan(self._years[position]):
            return None
        return int(self._years[position])

    def _alias(self, number: int) -> str:
        position, alias = int(self.table.items[number]), int(self.table.aliases[number])
        return self.catalog.titles[position] if alias < 0 else self.catalog.aliases(position)[alias]


def prominence(known: FloatArray) -> FloatArray:
    """How often an item is meant, relative to others, from its known-ness: ``(n,)``, Zipf's law.

    Known-ness is a quantile, so ``1 - known`` is proportional to the rank, and what people speak of falls
    with the rank (G. K. Zipf, Human Behavior and the Principle of Least Effort, 1949).
    """
    weights: FloatArray = (1 / (1 - np.clip(known, 0, 1) + 1 / max(len(known), 1))).astype(np.float32)
    return weights


def _spell_out(catalog: Catalog) -> TitleTable:
    titles = ((position, -1, title) for position, title in enumerate(catalog.titles))
    aliases = (
        (position, number, alias)
        for position in range(catalog.n)
        for number, alias in enumerate(catalog.aliases(position))
    )
    return TitleTable.of([*titles, *aliases])
