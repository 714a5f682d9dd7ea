"""Collaborative filtering: what people who liked the same items liked.

Every model here answers for a person in no training data: the positions of items they like (or dislike)
with weights go in, one score for every item of the catalogue comes out. Items that nobody rated have no
column in these models and score NaN; the fusion knows that NaN is not zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

import numpy as np
from scipy.sparse import csr_array

from .artifacts import load_arrays, save_arrays

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from ..data.catalog import Interactions
    from .types import FloatArray, IntArray


class Recommender(Protocol):
    """A trained model that scores every item for a person known only by a few likes."""

    name: ClassVar[str]

    def score(self, items: IntArray, weights: FloatArray) -> FloatArray:
        """Scores of all items, (n_items,), higher is better, NaN where the model knows nothing.

        ``items`` are positions, ``weights`` of the same length say how much each is liked (negative:
        disliked). Positions outside the catalogue and items without ratings are ignored, an item named
        twice counts once, and a person of whom nothing is known gets zeros.
        """
        ...

    def save(self, folder: Path, data_sha256: str) -> None:
        """Write the model to ``folder``; raises SetupFailed."""
        ...

    @classmethod
    def load(cls, folder: Path, data_sha256: str) -> Self:
        """The model in ``folder``; raises NoData or DataError (stale, foreign or damaged)."""
        ...


class Columns:
    """The map between positions in the catalogue and the columns of a model, its rated items.

    A catalogue of 18,000 items with ratings of 1,600 costs a model 1,600 columns.
    """

    def __init__(self, positions: IntArray, n_items: int) -> None:
        self.positions = positions
        self.n_items = n_items
        self._column = np.full(n_items, -1, dtype=np.int64)
        self._column[positions] = np.arange(len(positions))

    @classmethod
    def rated(cls, matrix: csr_array) -> Columns:
        """The items, of the columns of ``matrix`` (n_people, n_items), that somebody rated."""
        return cls(np.unique(matrix.indices).astype(np.int64), matrix.shape[1])

    def __len__(self) -> int:
        return len(self.positions)

    def profile(self, items: IntArray, weights: FloatArray) -> tuple[IntArray, FloatArray]:
        """The columns of known items, each once (with its last weight), and their weights, none zero."""
        items, weights = last_of_each(items, weights)
        inside = (items >= 0) & (items < self.n_items)
        columns = self._column[items[inside]]
        kept = weights[inside]
        known = (columns >= 0) & (kept != 0)
        return columns[known], kept[known]

    def spread(self, scores: NDArray[np.floating[Any]]) -> FloatArray:
        """Scores of the columns (n_columns,) as scores of all items (n_items,), NaN elsewhere."""
        out = np.full(self.n_items, np.nan, dtype=np.float32)
        out[self.positions] = scores
        return out


def last_of_each(items: IntArray, weights: FloatArray) -> tuple[IntArray, FloatArray]:
    """``items`` without repetitions, ascending, each with the weight given last."""
    items = np.asarray(items, dtype=np.int64)
    weights = np.asarray(weights, dtype=np.float32)
    unique, first_from_behind = np.unique(items[::-1], return_index=True)
    return unique, weights[::-1][first_from_behind]


def pack_csr(matrix: csr_array) -> dict[str, NDArray[Any]]:
    """A sparse matrix as arrays for :func:`~.artifacts.save_arrays`."""
    return {
        "data": matrix.data.astype(np.float32),
        "indices": matrix.indices.astype(np.int32),
        "indptr": matrix.indptr.astype(np.int64),
        "shape": np.array(matrix.shape, dtype=np.int64),
    }


def unpack_csr(arrays: dict[str, NDArray[Any]]) -> csr_array:
    """The inverse of :func:`pack_csr`."""
    n_rows, n_columns = arrays["shape"]
    return csr_array(
        (arrays["data"], arrays["indices"], arrays["indptr"]), shape=(int(n_rows), int(n_columns))
    )


class UserKNN:
    """User-user collaborative filtering (Herlocker et al., SIGIR 1999; cosine similarity).

    s(u, v) = Σ_{i∈I_u∩I_v} r_ui r_vi / (√Σ_{I_u} r_ui² √Σ_{I_v} r_vi²), where r_vi are ratings and r_ui the
    weights of the person asking; an item scores Σ_v s(u, v) r_vi over the ``k`` most similar people v.
    """

    name: ClassVar[str] = "user-knn"
    version: ClassVar[int] = 1

    def __init__(self, ratings: csr_array, columns: Columns, k: int) -> None:
        """``ratings`` (n_people, n_columns)."""
        self.k = k
        self.columns = columns
        self.ratings = ratings
        self._by_item = ratings.T.tocsr()
        norms = np.sqrt(ratings.multiply(ratings).sum(axis=1))
        self._norms = np.maximum(norms, np.finfo(np.float32).tiny)

    @classmethod
    def fit(cls, interactions: Interactions, k: int = 80) -> Self:
        """Keep everybody's ratings; nothing else is computed ahead."""
        matrix = interactions.matrix()
        columns = Columns.rated(matrix)
        return cls(matrix[:, columns.positions].tocsr(), columns, k)

    def neighbours(self, items: IntArray, weights: FloatArray) -> tuple[IntArray, FloatArray]:
        """The (at most) ``k`` most similar people and their similarities > 0, most similar first."""
        columns, kept = self.columns.profile(items, weights)
        if len(columns) == 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        # Weights of any size: the cosine does not change with it, squares of tiny ones would vanish.
        kept = kept / np.abs(kept).max()
        norm = float(np.sqrt(kept @ kept))
        similarity = (self._by_item[columns].T @ kept) / (self._norms * norm)
        best = _top(similarity, self.k)
        return best, similarity[best].astype(np.float32)

    def score(self, items: IntArray, weights: FloatArray) -> FloatArray:
        """See :meth:`Recommender.score`; ratings of similar people, weighted by similarity."""
        people, similarity = self.neighbours(items, weights)
        return self.columns.spread(self.ratings[people].T @ similarity)

    def save(self, folder: Path, data_sha256: str) -> None:
        """See :meth:`Recommender.save`."""
        arrays = pack_csr(self.ratings) | {"positions": self.columns.positions}
        config = {"k": self.k, "n_items": self.columns.n_items}
        save_arrays(
            folder, arrays, kind=self.name, data_sha256=data_sha256, config=config, version=self.version
        )

    @classmethod
    def load(cls, folder: Path, data_sha256: str) -> Self:
        """See :meth:`Recommender.load`."""
        arrays, config = load_arrays(folder, kind=cls.name, data_sha256=data_sha256, version=cls.version)
        return cls(unpack_csr(arrays), Columns(arrays["positions"], config["n_items"]), config["k"])


class _ItemWeights:
    """The shared half of models that score by a dense item-item matrix: s = wᵀB over liked rows."""

    name: ClassVar[str]
    version: ClassVar[int] = 1

    def __init__(self, matrix: FloatArray, columns: Columns) -> None:
        """``matrix`` (n_columns, n_columns): how much a liked row speaks for each column."""
        self.matrix = matrix
        self.columns = columns

    def score(self, items: IntArray, weights: FloatArray) -> FloatArray:
        """See :meth:`Recommender.score`; the sum of the liked items' rows."""
        columns, kept = self.columns.profile(items, weights)
        return self.columns.spread(kept @ self.matrix[columns])

    def save(self, folder: Path, data_sha256: str) -> None:
        """See :meth:`Recommender.save`."""
        arrays: dict[str, NDArray[Any]] = {"matrix": self.matrix, "positions": self.columns.positions}
        config = {"n_items": self.columns.n_items}
        save_arrays(
            folder, arrays, kind=self.name, data_sha256=data_sha256, config=config, version=self.version
        )

    @classmethod
    def load(cls, folder: Path, data_sha256: str) -> Self:
        """See :meth:`Recommender.load`."""
        arrays, config = load_arrays(folder, kind=cls.name, data_sha256=data_sha256, version=cls.version)
        return cls(arrays["matrix"], Columns(arrays["positions"], config["n_items"]))


class Ease(_ItemWeights):
    """Embarrassingly shallow autoencoders in closed form (Steck, WWW 2019).

    With G = XᵀX + λI over likes X and P = G⁻¹: B_ij = -P_ij / P_jj, B_jj = 0; a person scores w B.
    Memory and time grow with the square and the cube of the rated items: fine to 20,000.
    """

    name: ClassVar[str] = "ease"

    @classmethod
    def fit(cls, interactions: Interactions, like_at: float | None, l2: float = 1000.0) -> Self:
        """``l2`` is λ, in units of a like; items that nobody liked take no part.

        250 to 500 is best for long histories, 2,000 to 4,000 for few likes; 1,000 lies between.
        """
        columns, likes = liked_columns(interactions, like_at)
        gram = (likes.T @ likes).toarray().astype(np.float64)
        gram[np.diag_indices_from(gram)] += l2
        inverse = np.linalg.inv(gram)
        matrix = -inverse / np.diag(inverse)
        np.fill_diagonal(matrix, 0.0)
        return cls(matrix.astype(np.float32), columns)


class ItemKNN(_ItemWeights):
    """Item-item collaborative filtering with the cosine over likes (Sarwar et al., WWW 2001).

    s(i, j) = |L_i ∩ L_j| / √(|L_i| |L_j|), L_i the people who like i; an item does not speak for itself.
    """

    name: ClassVar[str] = "item-knn"

    @classmethod
    def fit(cls, interactions: Interactions, like_at: float | None) -> Self:
        """Items that nobody liked take no part."""
        columns, likes = liked_columns(interactions, like_at)
        both = (likes.T @ likes).toarray().astype(np.float64)
        root = np.sqrt(np.diag(both))
        matrix = both / np.outer(root, root)
        np.fill_diagonal(matrix, 0.0)
        return cls(matrix.astype(np.float32), columns)


def liked_columns(interactions: Interactions, like_at: float | None) -> tuple[Columns, csr_array]:
    """The items that somebody likes, and the likes (n_people, n_columns) of them."""
    likes = interactions.likes(like_at)
    columns = Columns.rated(likes)
    return columns, likes[:, columns.positions].tocsr()


def _top(scores: NDArray[Any], k: int) -> IntArray:
    """Positions of the ``k`` highest scores above zero, best first, ties by position."""
    candidates = np.flatnonzero(scores > 0)
    if len(candidates) > k:
        # All that tie with the k-th stay in, so that the stable sort below decides between them.
        threshold = np.partition(scores[candidates], -k)[-k]
        candidates = candidates[scores[candidates] >= threshold]
    order = np.argsort(-scores[candidates], kind="stable")[:k]
    return candidates[order].astype(np.int64)
