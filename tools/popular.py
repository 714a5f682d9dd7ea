"""Popularity: how many people like an item, whoever asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from .artifacts import load_arrays, save_arrays

if TYPE_CHECKING:
    from pathlib import Path

    from ..data.catalog import Interactions
    from .types import FloatArray, IntArray


class Popularity:
    """log(1 + number of likes), the same for everyone.

    Of an item that nobody rated, the number of likes is read off known-ness: rated items of the same
    known-ness say how many likes it would have. Without known-ness such an item scores NaN.
    """

    name: ClassVar[str] = "popularity"
    version: ClassVar[int] = 1

    def __init__(self, scores: FloatArray) -> None:
        """``scores`` (n_items,)."""
        self.scores = scores

    @classmethod
    def fit(
        cls, interactions: Interactions | None, like_at: float | None, known: FloatArray | None = None
    ) -> Self:
        """``known`` (n_items,) in [0, 1]; where there are no interactions it is the score itself.

        Raises ValueError when neither is given.
        """
        if interactions is None or len(interactions.items) == 0:
            if known is not None:
                return cls(known.astype(np.float32))
            if interactions is None:
                raise ValueError("popularity needs interactions or known-ness")
            return cls(np.full(interactions.n_items, np.nan, dtype=np.float32))
        counts = np.asarray(interactions.likes(like_at).sum(axis=0)).ravel()
        scores = np.log1p(counts).astype(np.float32)
        rated = np.zeros(interactions.n_items, dtype=bool)
        rated[interactions.items] = True
        if known is None:
            scores[~rated] = np.nan
        else:
            scores[~rated] = _expected(known[rated], scores[rated], known[~rated])
        return cls(scores)

    def score(self, items: IntArray, weights: FloatArray) -> FloatArray:  # noqa: ARG002
        """See :meth:`~.collaborative.Recommender.score`; the likes make no difference."""
        return self.scores.copy()

    def save(self, folder: Path, data_sha256: str) -> None:
        """See :meth:`~.collaborative.Recommender.save`."""
        save_arrays(
            folder,
            {"scores": self.scores},
            kind=self.name,
            data_sha256=data_sha256,
            config={},
            version=self.version,
        )

    @classmethod
    def load(cls, folder: Path, data_sha256: str) -> Self:
        """See :meth:`~.collaborative.Recommender.load`."""
        arrays, _ = load_arrays(folder, kind=cls.name, data_sha256=data_sha256, version=cls.version)
        return cls(arrays["scores"])


def _expected(known: FloatArray, scores: FloatArray, at: FloatArray, bins: int = 20) -> FloatArray:
    """The mean score of rated items in bins of known-ness, made monotone, read at ``at``."""
    order = np.argsort(known, kind="stable")
    groups = [group for group in np.array_split(order, bins) if len(group)]
    x = [float(known[group].mean()) for group in groups]
    y = np.maximum.accumulate([float(scores[group].mean()) for group in groups])
    return np.interp(at, x, y).astype(np.float32)
