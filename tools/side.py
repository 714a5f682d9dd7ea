"""What is known of a catalogue's items whoever asks: facets as weighted matrices, years, quality."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from ..data.catalog import Catalog
    from .types import BoolArray, FloatArray


@dataclass(frozen=True)
class Side:
    """What is known of a catalogue's items whoever asks; worked out once."""

    rated: BoolArray
    """(n,): somebody rated it. All True where nothing is rated, so that scales have something to rest on."""
    names: csr_array
    """(n, values) of the name facets, weighted by rarity, rows of unit length."""
    categories: csr_array
    """(n, values) of the category facets, likewise."""
    year: FloatArray
    """(n,), NaN where unknown; all NaN for a catalogue without years."""
    best: FloatArray
    """(n,) as :func:`best_of` gives it."""


@lru_cache(maxsize=8)
def side_of(catalog: Catalog) -> Side:
    """The :class:`Side` of ``catalog``."""
    rated = np.zeros(catalog.n, bool)
    rated[catalog.interactions.items] = True
    facets = catalog.spec.facets
    year = next((facet.name for facet in facets if facet.kind == "year"), None)
    return Side(
        rated=rated if rated.any() else np.ones(catalog.n, bool),
        names=_weighted(catalog, [(f.name, f.weight) for f in facets if f.kind == "name"]),
        categories=_weighted(catalog, [(f.name, f.weight) for f in facets if f.kind == "category"]),
        year=np.full(catalog.n, np.nan, np.float32) if year is None else catalog.numbers(year),
        best=best_of(catalog),
    )


def item_features(catalog: Catalog) -> FloatArray:
    """What items are like, for models that learn from people: (n, any) dense, from categories and years.

    Years are spread over bumps at the quantiles of the rated items, so that near years look alike.
    """
    side = side_of(catalog)
    parts = [side.categories.toarray()]
    years = side.year[side.rated & np.isfinite(side.year)]
    if len(years):
        centres = np.unique(np.quantile(years, np.linspace(0.05, 0.95, 10)).round())
        width = max(float(np.ptp(centres)) / len(centres), 1.0)
        bumps = np.exp(-(((side.year[:, None] - centres) / width) ** 2))
        parts.append(np.nan_to_num(bumps, nan=0.0))
    return np.hstack(parts).astype(np.float32)


def standardise(scores: FloatArray, among: BoolArray) -> FloatArray:
    """``scores`` (n,) with mean 0 and deviation 1 over the finite ones ``among`` (n,); NaN stays NaN.

    Scores that do not vary become zeros.
    """
    finite = np.isfinite(scores)
    used = scores[among & finite]
    deviation = float(used.std()) if len(used) else 0.0
    if deviation < 1e-9:
        return np.where(finite, 0.0, np.nan).astype(np.float32)
    return np.asarray((scores - used.mean()) / deviation, np.float32)


def _weighted(catalog: Catalog, facets: list[tuple[str, float]]) -> csr_array:
    from scipy.sparse import csr_array, diags_array, hstack

    parts = []
    for name, weight in facets:
        postings = catalog.postings(name)
        counts = np.asarray(postings.sum(axis=0)).ravel()
        # A value that one item has links nothing; one that all have tells nothing.
        idf = np.where(counts > 1, np.log(catalog.n / np.maximum(counts, 1)), 0.0)
        parts.append(postings @ diags_array((weight * idf).astype(np.float32)))
    if not parts:
        return csr_array((catalog.n, 0), dtype=np.float32)
    joined = csr_array(hstack(parts, format="csr"))
    length = np.sqrt(np.asarray(joined.multiply(joined).sum(axis=1)).ravel())
    return csr_array(diags_array((1 / np.maximum(length, 1e-9)).astype(np.float32)) @ joined)


def best_of(catalog: Catalog) -> FloatArray:
    """How good items are held to be (n,): standardised ``best_by``, shrunk to 0 where little is known."""
    if catalog.spec.best_by is None:
        return np.zeros(catalog.n, np.float32)
    z = standardise(catalog.numbers(catalog.spec.best_by), np.ones(catalog.n, bool))
    # A high score of a few voices is mostly luck: what is hardly known is pulled to the average.
    return (np.nan_to_num(z, nan=0.0) * np.clip(catalog.known, 0, 1)).astype(np.float32)
