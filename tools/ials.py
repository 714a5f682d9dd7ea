"""Matrix factorisation of likes: the best single model of long histories, and the one for big catalogues."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from .artifacts import load_arrays, save_arrays
from .collaborative import Columns, liked_columns

if TYPE_CHECKING:
    from pathlib import Path

    from scipy.sparse import csr_array

    from ..data.catalog import Interactions
    from .types import FloatArray, IntArray

CELLS = 2_000_000
"""Numbers gathered at once when a batch of rows is solved."""


class IALS:
    """Implicit alternating least squares (Hu, Koren & Volinsky, ICDM 2008).

    Minimises Σ_likes (1 - x_u·y_i)² + α Σ_all (x_u·y_i)² + λ (Σ_u |x_u|² + Σ_i |y_i|²). A person in no
    training data is folded in by the same least squares, and scores x_u·y_i. The penalty is the same for
    all: one that grows with the number of likes (Rendle et al., RecSys 2022) was worse on MovieLens-100K.
    """

    name: ClassVar[str] = "ials"
    version: ClassVar[int] = 2

    def __init__(self, factors: FloatArray, columns: Columns, alpha: float, l2: float) -> None:
        """``factors`` y (n_columns, dim)."""
        self.factors = factors
        self.columns = columns
        self.alpha = alpha
        self.l2 = l2
        self._gram = alpha * (factors.T @ factors)

    @classmethod
    def fit(
        cls,
        interactions: Interactions,
        like_at: float | None,
        *,
        dim: int = 64,
        alpha: float = 0.25,
        l2: float = 7.5,
        rounds: int = 12,
        seed: int = 0,
    ) -> Self:
        """``alpha`` is α, ``l2`` λ; one round solves for all people, then for all items."""
        columns, likes = liked_columns(interactions, like_at)
        by_item = likes.T.tocsr()
        rng = np.random.default_rng(seed)
        items = rng.normal(0, 0.1 / np.sqrt(dim), (likes.shape[1], dim)).astype(np.float32)
        for _ in range(rounds):
            people = solve_rows(likes, items, alpha, l2)
            items = solve_rows(by_item, people, alpha, l2)
        return cls(items, columns, alpha, l2)

    def fold_in(self, items: IntArray, weights: FloatArray) -> FloatArray:
        """The factors x_u (dim,) of a person; disliked items are pulled to 0 as liked ones to 1."""
        columns, kept = self.columns.profile(items, weights)
        if len(columns) == 0:
            return np.zeros(self.factors.shape[1], np.float32)
        y = self.factors[columns]
        system = self._gram + (y * np.abs(kept)[:, None]).T @ y + self.l2 * np.eye(y.shape[1])
        solved: FloatArray = np.linalg.solve(system, np.maximum(kept, 0) @ y).astype(np.float32)
        return solved

    def score(self, items: IntArray, weights: FloatArray) -> FloatArray:
        """See :meth:`~.collaborative.Recommender.score`."""
        return self.columns.spread(self.factors @ self.fold_in(items, weights))

    def save(self, folder: Path, data_sha256: str) -> None:
        """See :meth:`~.collaborative.Recommender.save`."""
        save_arrays(
            folder,
            {"factors": self.factors, "positions": self.columns.positions},
            kind=self.name,
            data_sha256=data_sha256,
            config={"n_items": self.columns.n_items, "alpha": self.alpha, "l2": self.l2},
            version=self.version,
        )

    @classmethod
    def load(cls, folder: Path, data_sha256: str) -> Self:
        """See :meth:`~.collaborative.Recommender.load`."""
        arrays, config = load_arrays(folder, kind=cls.name, data_sha256=data_sha256, version=cls.version)
        columns = Columns(arrays["positions"], config["n_items"])
        return cls(arrays["factors"], columns, config["alpha"], config["l2"])


def solve_rows(likes: csr_array, other: FloatArray, alpha: float, l2: float) -> FloatArray:
    """One half of a round: the factors (n_rows, dim) of the rows of 0/1 ``likes``, given ``other``'s.

    Rows are solved in batches of similar length, padded with a zero row, so that each batch is one call
    to LAPACK. A row without likes gets zeros.
    """
    n, dim = other.shape
    padded = np.vstack([other, np.zeros((1, dim), np.float32)])
    gram = alpha * (other.T @ other)
    counts = np.diff(likes.indptr)
    out = np.zeros((likes.shape[0], dim), np.float32)
    rows = np.argsort(counts, kind="stable")
    rows = rows[counts[rows] > 0]
    start = 0
    while start < len(rows):
        stop = _batch_end(counts[rows], start, dim)
        batch = rows[start:stop]
        length = counts[batch]
        steps = np.arange(length.max())[None, :]
        inside = steps < length[:, None]
        at = np.where(inside, likes.indptr[batch][:, None] + steps, 0)
        y = padded[np.where(inside, likes.indices[at], n)]
        penalty = l2 * np.eye(dim, dtype=np.float32)
        systems = gram + np.swapaxes(y, 1, 2) @ y + penalty
        out[batch] = np.linalg.solve(systems, y.sum(axis=1)[:, :, None])[:, :, 0]
        start = stop
    return out


def _batch_end(counts: IntArray, start: int, dim: int) -> int:
    """Where the batch of ascending ``counts`` from ``start`` ends, so that it gathers about CELLS numbers."""
    widths = np.maximum(counts[start:], dim) * np.arange(1, len(counts) - start + 1) * dim
    return start + max(1, int(np.searchsorted(widths, CELLS, side="right")))
