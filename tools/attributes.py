"""What people like, read off what items are like: a score for every item, rated or not.

It answers where nobody's rating speaks: each item's place among the tastes of all people is predicted from
its attributes, by the line that fits the rated items best.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from .artifacts import load_arrays, save_arrays
from .collaborative import last_of_each, liked_columns

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from ..data.catalog import Interactions
    from .types import BoolArray, FloatArray, IntArray

BUMPS = 6
"""Bumps that known-ness is spread over, so that a line can follow a curve."""


class AttributeFactors:
    """Attribute-to-latent mapping (Gantner et al., ICDM 2010) in closed form.

    The likes R, each divided by √(the person's likes) and by (the item's likes)^``damping``, have the
    leading right singular vectors V (n_rated, rank), as in PureSVD (Cremonesi et al., RecSys 2010). A ridge
    regression from the attributes of the rated items to V gives every item a predicted row v̂. A person with
    the weights w on items j is h = Σ w_j v_j / (√Σ|w| · likes_j^damping) and item i scores h · v̂_i. Of a
    liked item that nobody rated, v̂_j stands for v_j.
    """

    name: ClassVar[str] = "attributes"
    version: ClassVar[int] = 1

    def __init__(self, predicted: FloatArray, told: FloatArray) -> None:
        """``predicted`` v̂ (n_items, rank); ``told`` (n_items, rank), what a like of each item adds to h."""
        self.predicted = predicted
        self.told = told

    @classmethod
    def fit(
        cls,
        interactions: Interactions,
        like_at: float | None,
        attributes: FloatArray,
        *,
        rank: int = 16,
        ridge: float = 10.0,
        damping: float = 0.4,
    ) -> Self:
        """Factorise the likes and fit the map from ``attributes`` (n_items, any), see :func:`attributes_of`.

        The defaults were chosen by hiding half of the rated items of MovieLens and finding them again.
        """
        columns, likes = liked_columns(interactions, like_at)
        predicted = np.zeros((interactions.n_items, 0), np.float32)
        if likes.nnz == 0:
            return cls(predicted, predicted)
        of_items = np.asarray(likes.sum(axis=0)).ravel() ** damping
        factors = _singular_vectors(_scaled(likes, of_items), rank)
        described = attributes.astype(np.float64)
        predicted = _ridge(described[columns.positions], factors, described, ridge)
        told = predicted / of_items.mean()
        told[columns.positions] = factors / of_items[:, None]
        return cls(predicted.astype(np.float32), told.astype(np.float32))

    def score(self, items: IntArray, weights: FloatArray) -> FloatArray:
        """See :meth:`~.collaborative.Recommender.score`; NaN only where nobody likes anything."""
        if self.predicted.shape[1] == 0:
            return np.full(len(self.predicted), np.nan, np.float32)
        items, weights = last_of_each(items, weights)
        inside = (items >= 0) & (items < len(self.told))
        kept = weights[inside]
        n = max(float(np.abs(kept).sum()), 1e-9)
        h = kept @ self.told[items[inside]] / np.float32(np.sqrt(n))
        return np.asarray(self.predicted @ h, np.float32)

    def save(self, folder: Path, data_sha256: str) -> None:
        """See :meth:`~.collaborative.Recommender.save`."""
        arrays = {"predicted": self.predicted, "told": self.told}
        save_arrays(folder, arrays, kind=self.name, data_sha256=data_sha256, config={}, version=self.version)

    @classmethod
    def load(cls, folder: Path, data_sha256: str) -> Self:
        """See :meth:`~.collaborative.Recommender.load`."""
        arrays, _ = load_arrays(folder, kind=cls.name, data_sha256=data_sha256, version=cls.version)
        return cls(arrays["predicted"], arrays["told"])


def attributes_of(
    described: FloatArray, vectors: FloatArray | None, known: FloatArray, rated: BoolArray
) -> FloatArray:
    """What the map reads, (n_items, any): facets as numbers, sentence vectors, and known-ness.

    ``described`` (n_items, any), ``vectors`` (n_items, dim) or None, ``known`` and ``rated`` (n_items,).
    Known-ness is left out where it is but a count of the ratings, that is, where it tells nothing apart
    among the unrated items: the map would learn to trust what says nothing of them.
    """
    parts = [described] if vectors is None else [described, vectors]
    if (~rated).any() and float(known[~rated].std()) > 0.01:
        centres = np.linspace(0, 1, BUMPS)
        parts.append(np.exp(-(((np.clip(known, 0, 1)[:, None] - centres) * BUMPS) ** 2)))
    return np.hstack(parts).astype(np.float32)


def _scaled(likes: csr_array, of_items: NDArray[Any]) -> csr_array:
    from scipy.sparse import csr_array, diags_array

    of_people = np.sqrt(np.maximum(np.asarray(likes.sum(axis=1)).ravel(), 1))
    return csr_array(diags_array(1 / of_people) @ likes @ diags_array(1 / of_items)).astype(np.float64)


def _singular_vectors(matrix: csr_array, rank: int) -> NDArray[Any]:
    """The leading right singular vectors (n_columns, at most rank)."""
    smallest = min(matrix.shape)
    if smallest <= 2 * rank:
        return np.asarray(np.linalg.svd(matrix.toarray(), full_matrices=False)[2][:rank].T)
    from scipy.sparse.linalg import svds

    # A fixed start: the same likes give the same vectors.
    return np.asarray(svds(matrix, k=rank, v0=np.ones(smallest), random_state=0)[2].T)


def _ridge(x: NDArray[Any], y: NDArray[Any], at: NDArray[Any], strength: float) -> NDArray[Any]:
    """The ridge regression of ``y`` (m, f) on ``x`` (m, d), read at ``at`` (n, d)."""
    middle, mean = x.mean(axis=0), y.mean(axis=0)
    centred = x - middle
    gram = centred.T @ centred + strength * np.eye(x.shape[1])
    coefficients = np.linalg.solve(gram, centred.T @ (y - mean))
    return np.asarray(mean + (at - middle) @ coefficients)
