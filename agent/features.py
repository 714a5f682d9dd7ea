"""What the tools say of every item, side by side: the columns that the fusion weighs.

A column holds one tool's scores over the whole catalogue, NaN where the tool knows nothing of an item.
Columns are brought to one scale here; how far each is believed is the fusion's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ..tools.side import side_of, standardise

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..data.catalog import Catalog
    from ..tools.collaborative import Recommender
    from ..tools.content import ContentIndex
    from ..tools.lexical import LexicalIndex
    from ..tools.side import Side
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
    unread: float = 1.0
    """The share of the words that nothing but search has read, from 0 to 1."""
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


def table(box: Tools, taste: Taste) -> Table:
    """The columns for a person with at least one like;"""
    side = side_of(box.catalog)
    raw = _by_people(box, taste) | _by_facts(box, taste, side)
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


def _by_people(box: Tools, taste: Taste) -> dict[str, FloatArray]:
    raw: dict[str, FloatArray] = {}
    for name in PEOPLE:
        model = box.models.get(name)
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
