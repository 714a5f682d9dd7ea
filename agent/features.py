"""What the tools say of every item, side by side: the columns that the fusion weighs.

A column holds one tool's scores over the whole catalogue, NaN where the tool knows nothing of an item.
Columns are brought to one scale in :func:`standardise`; how far each is believed is the fusion's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ..tools.types import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scipy.sparse import csr_array

    from ..data.catalog import Catalog
    from ..tools.collaborative import Recommender
    from ..tools.content import ContentIndex
    from ..tools.lexical import LexicalIndex

BEHAVIOUR = ("user-knn", "ease", "item-knn", "gnn", "popularity")
"""Tools that learned from people, in the order of the columns; a box may lack any of them."""


class Tools(Protocol):
    """The part of a toolbox that ranking needs."""

    @property
    def catalog(self) -> Catalog: ...
    @property
    def models(self) -> Mapping[str, Recommender]: ...
    @property
    def content(self) -> ContentIndex: ...
    @property
    def lexical(self) -> LexicalIndex: ...


@dataclass(frozen=True)
class Taste:
    """What is known of a person in one request.

    ``items`` are positions, ``weights`` say how much each is liked (negative: disliked; the seeds of this
    request weigh more than old likes). ``vector`` (dim,) encodes the words of the request, None while the
    encoder is not open or there are no words. ``lean`` (n,) in [-1, 1] comes from qualities and names.
    """

    items: IntArray
    weights: FloatArray
    vector: FloatArray | None = None
    words: str = ""
    lean: FloatArray | None = None
    best: bool = False

    @classmethod
    def of(cls, items: IntArray, weights: FloatArray | None = None) -> Taste:
        """A person known only by ``items``, each liked by 1 unless ``weights`` says otherwise."""
        items = np.asarray(items, dtype=np.int64)
        given = np.ones(len(items), np.float32) if weights is None else np.asarray(weights, np.float32)
        return cls(items, given)

    @property
    def liked(self) -> IntArray:
        """Positions that are liked."""
        return self.items[self.weights > 0]


@dataclass(frozen=True)
class Side:
    """What is known of a catalogue's items whoever asks; worked out once."""

    names: csr_array
    """(n, values) of the name facets, each row scaled to idf-weighted unit length."""
    categories: csr_array
    """(n, values) of the category facets, scaled likewise."""
    year: FloatArray
    """(n,), NaN where unknown; all NaN for a catalogue without years."""
    best: FloatArray
    """(n,) standardised ``best_by``, shrunk to the mean where little known; zeros for a catalogue without."""


@lru_cache(maxsize=8)
def side_of(catalog: Catalog) -> Side:
    """The :class:`Side` of ``catalog``."""
    kinds = {kind: [f for f in catalog.spec.facets if f.kind == kind] for kind in ("name", "category", "year")}
    year = kinds["year"]
    return Side(
        names=_weighted(catalog, [(f.name, f.weight) for f in kinds["name"]]),
        categories=_weighted(catalog, [(f.name, f.weight) for f in kinds["category"]]),
        year=catalog.numbers(year[0].name) if year else np.full(catalog.n, np.nan, np.float32),
        best=_best(catalog),
    )


def columns(box: Tools, taste: Taste) -> dict[str, FloatArray]:
    """Raw scores of every item (n,) by the name of the tool; tools with nothing to say are left out."""
    found: dict[str, FloatArray] = {}
    if len(taste.items):
        for name in BEHAVIOUR:
            if name in box.models and name != "popularity":
                found[name] = box.models[name].score(taste.items, taste.weights)
        found["content"] = _profile(box.content.vectors, taste)
        found |= _shared(side_of(box.catalog), taste)
    if taste.vector is not None:
        found["words"] = np.asarray(box.content.vectors @ taste.vector, np.float32)
    if taste.words:
        found["lexical"] = box.lexical.scores(taste.words)
    return {name: scores for name, scores in found.items() if _tells(scores)}


def standardise(scores: FloatArray, among: BoolArray) -> FloatArray:
    """``scores`` (n,) with mean 0 and deviation 1 over the finite ones ``among`` the candidates.

    NaN stays NaN; a column that does not vary becomes zeros.
    """
    used = scores[among & np.isfinite(scores)]
    if len(used) == 0 or (deviation := float(used.std())) < 1e-9:
        return np.where(np.isfinite(scores), 0.0, np.nan).astype(np.float32)
    return ((scores - used.mean()) / deviation).astype(np.float32)


def _tells(scores: FloatArray) -> bool:
    finite = scores[np.isfinite(scores)]
    return len(finite) > 0 and bool(np.ptp(finite) > 0)


def _profile(vectors: FloatArray, taste: Taste) -> FloatArray:
    profile = taste.weights @ vectors[taste.items]
    length = float(np.linalg.norm(profile))
    return np.asarray(vectors @ (profile / length if length else profile), np.float32)


def _shared(side: Side, taste: Taste) -> dict[str, FloatArray]:
    """Facet values shared with the liked items: cosine of idf-weighted values; and nearness in years."""
    out: dict[str, FloatArray] = {}
    for name, matrix in (("names", side.names), ("categories", side.categories)):
        if matrix.shape[1]:
            profile = taste.weights @ matrix[taste.items]
            out[name] = np.asarray(matrix @ profile, np.float32)
    years = side.year[taste.liked]
    if np.isfinite(years).any():
        out["years"] = -np.abs(side.year - np.float32(np.nanmedian(years)))
    return out


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


def _best(catalog: Catalog) -> FloatArray:
    if catalog.spec.best_by is None:
        return np.zeros(catalog.n, np.float32)
    values = catalog.numbers(catalog.spec.best_by)
    z = np.nan_to_num(standardise(values, np.ones(catalog.n, bool)), nan=0.0)
    # A high score of a few voices is mostly luck: what is hardly known is pulled to the average.
    return (z * np.clip(catalog.known, 0, 1)).astype(np.float32)
