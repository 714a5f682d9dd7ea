"""What the tools say of every item, side by side: the columns that the fusion weighs.

A column holds one tool's scores over the whole catalogue, NaN where the tool knows nothing of an item.
Columns are brought to one scale here; how far each is believed is the fusion's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scipy.sparse import csr_array

    from ..data.catalog import Catalog
    from ..tools.collaborative import Recommender
    from ..tools.content import ContentIndex
    from ..tools.lexical import LexicalIndex
    from ..tools.types import BoolArray, FloatArray, IntArray

PEOPLE = ("user-knn", "item-knn", "ease", "ials", "autoencoder", "gnn")
"""Tools that learned from what people like."""
FACTS = ("content", "names", "categories", "years", "popularity", "known")
"""What is known of an item without anybody's rating (popularity is then read off known-ness)."""
COLUMNS = (*PEOPLE, *FACTS)
"""The columns of the fusion, in their order."""
CLOSEST = 6.0
"""Deviations above the mean beyond which an item does not count as closer still."""
FAMOUS = 3.0
"""Deviations beyond which the liked items do not count as better known still."""
COUNTED = ("user-knn", "item-knn")
"""Scores that are sums of what similar people or items say: they are compared by their logarithms."""


class Tools(Protocol):
    """The part of a toolbox that ranking needs."""

    @property
    def catalog(self) -> Catalog:
        """The catalogue."""
        ...

    @property
    def models(self) -> Mapping[str, Recommender]:
        """The trained models by name."""
        ...

    @property
    def content(self) -> ContentIndex | None:
        """The sentence vectors, None where there are none."""
        ...

    @property
    def lexical(self) -> LexicalIndex:
        """Lexical search."""
        ...


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
    close: float = 0.0
    """From 0, what such a person would like, to 1, what resembles the items ("something like …")."""

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

    rated: BoolArray
    """(n,): somebody rated it. All True where nothing is rated, so that scales have something to rest on."""
    names: csr_array
    """(n, values) of the name facets, weighted by rarity, rows of unit length."""
    categories: csr_array
    """(n, values) of the category facets, likewise."""
    year: FloatArray
    """(n,), NaN where unknown; all NaN for a catalogue without years."""
    best: FloatArray
    """(n,) standardised ``best_by``, shrunk to the mean where little is known; else zeros."""


@dataclass(frozen=True)
class Table:
    """The columns of one request, ready to be weighed."""

    z: FloatArray
    """(n, len(COLUMNS)): mean 0 and deviation 1 over rated items; 0 where missing."""
    cold: BoolArray
    """(n,): no person's rating speaks of this item for this person."""
    likes: float
    """How many likes count for the items that are not cold, seeds counted in full."""
    fame: float
    """The mean of the liked items' standardised log popularity, in [-FAMOUS, FAMOUS]; 0 where unknown."""


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
        best=_best(catalog),
    )


def table(box: Tools, taste: Taste, extra: Mapping[str, Recommender]) -> Table:
    """The columns for a person with at least one like; ``extra`` are models beside those of the box."""
    side = side_of(box.catalog)
    raw = _by_people(box, taste, extra) | _by_facts(box, taste, side)
    z = np.zeros((box.catalog.n, len(COLUMNS)), np.float32)
    for column, name in enumerate(COLUMNS):
        if name in raw:
            z[:, column] = filled(standardise(raw[name], side.rated), side.rated)
    speaks = [np.isfinite(raw[name]) for name in PEOPLE if name in raw and name != "gnn"]
    cold = ~np.any(speaks, axis=0) if speaks else np.ones(box.catalog.n, bool)
    weights = np.clip(taste.weights, 0, 1)
    counts = weights if cold.all() else weights[~cold[np.clip(taste.items, 0, box.catalog.n - 1)]]
    fame = z[np.clip(taste.liked, 0, box.catalog.n - 1), COLUMNS.index("popularity")].mean()
    return Table(z, cold, float(max(counts.sum(), 1)), float(np.clip(fame, -FAMOUS, FAMOUS)))


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


def filled(z: FloatArray, rated: BoolArray) -> FloatArray:
    """``z`` without NaN: the least of the column for rated items, 0 for others (see :attr:`Table.cold`)."""
    finite = np.isfinite(z)
    if finite.all():
        return z
    least = float(z[finite].min()) if finite.any() else 0.0
    return np.where(finite, z, np.where(rated, np.float32(least), np.float32(0))).astype(np.float32)


def content_scores(box: Tools, taste: Taste) -> FloatArray | None:
    """The cosine of every item with the weighted mean of the person's items, (n,); None without vectors."""
    if box.content is None:
        return None
    vectors = box.content.vectors
    profile = taste.weights @ vectors[taste.items]
    length = float(np.linalg.norm(profile))
    return np.asarray(vectors @ (profile / length if length else profile), np.float32)


def closeness(box: Tools, taste: Taste, columns: Table) -> dict[str, FloatArray]:
    """How much every item resembles the person's items, whoever likes it, (n,) by the name of the tool.

    Unlike the fusion's columns these do not reward being liked by many: the cosines of the sentence
    vectors, of the facets' values and of the people who like both.
    """
    parts = {name: columns.z[:, COLUMNS.index(name)] for name in ("content", "names", "categories", "years")}
    together = box.models.get("item-knn")
    if together is not None and not columns.cold.all():
        rated = side_of(box.catalog).rated
        cosine = together.score(taste.items, taste.weights)
        parts["item-knn"] = np.nan_to_num(standardise(cosine, rated), nan=0.0)
    # Few items share any name, so that one shared is many deviations: two shared should still tell more.
    parts["names"] = np.log1p(np.maximum(parts["names"], 0))
    return {name: np.clip(part, -2, CLOSEST) for name, part in parts.items()}


def _by_people(box: Tools, taste: Taste, extra: Mapping[str, Recommender]) -> dict[str, FloatArray]:
    raw: dict[str, FloatArray] = {}
    for name in PEOPLE:
        model = extra.get(name) or box.models.get(name)
        if model is None:
            continue
        scores = model.score(taste.items, taste.weights)
        finite = scores[np.isfinite(scores)]
        # A model that knows none of the liked items says the same of every item: nothing.
        if len(finite) and float(np.ptp(finite)) > 0:
            raw[name] = _logarithm(scores) if name in COUNTED else scores
    return raw


def _logarithm(scores: FloatArray) -> FloatArray:
    positive = np.maximum(scores, 0)
    return np.asarray(np.log(positive + 0.03 * np.nanmax(positive) + 1e-9), np.float32)


def _by_facts(box: Tools, taste: Taste, side: Side) -> dict[str, FloatArray]:
    raw: dict[str, FloatArray] = {"known": np.log(0.02 + np.clip(box.catalog.known, 0, 1))}
    if "popularity" in box.models:
        raw["popularity"] = box.models["popularity"].score(taste.items, taste.weights)
    content = content_scores(box, taste)
    if content is not None:
        raw["content"] = content
    for name, matrix in (("names", side.names), ("categories", side.categories)):
        if matrix.shape[1]:
            raw[name] = np.asarray(matrix @ (taste.weights @ matrix[taste.items]), np.float32)
    years = side.year[taste.liked]
    if np.isfinite(years).any():
        raw["years"] = -np.log1p(np.abs(side.year - np.float32(np.nanmedian(years))))
    return raw


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
    z = standardise(catalog.numbers(catalog.spec.best_by), np.ones(catalog.n, bool))
    # A high score of a few voices is mostly luck: what is hardly known is pulled to the average.
    return (np.nan_to_num(z, nan=0.0) * np.clip(catalog.known, 0, 1)).astype(np.float32)
