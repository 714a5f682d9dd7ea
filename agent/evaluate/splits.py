"""Who is asked, and what is given of them: made once from a seed, and hashed.

A split knows nothing of any method. Its hash stands beside every figure, so that two figures can be
compared only where it is the same.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..trial import Episodes, draw_episodes

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from ...tools.types import IntArray

N_FOLDS = 5
FEW = (1, 2, 3, 5, 10)
DRAWS = 5


@dataclass(frozen=True)
class FewLikesSplit:
    """Every person's fold, and the episodes by number of likes given."""

    folds: IntArray
    """(n_people,) in 0 … n_folds - 1: a person is asked by models that never saw their fold."""
    episodes: dict[int, Episodes]
    n_folds: int

    @property
    def sha256(self) -> str:
        """A hash over folds and episodes, in hexadecimal."""
        digest = hashlib.sha256(self.folds.astype("<i8").tobytes())
        for k in sorted(self.episodes):
            for array in (self.episodes[k].people, self.episodes[k].given):
                digest.update(np.ascontiguousarray(array).astype("<i8").tobytes())
        return digest.hexdigest()


def few_likes_split(
    likes: csr_array,
    seed: int = 2026,
    *,
    n_folds: int = N_FOLDS,
    ks: tuple[int, ...] = FEW,
    draws: int = DRAWS,
) -> FewLikesSplit:
    """All people of ``likes`` (n_people, n_items) in ``n_folds`` folds of equal size, and their episodes.

    Of each person with at least k + 5 likes, k are given, drawn ``draws`` times without replacement.
    """
    rng = np.random.default_rng(seed)
    folds = np.empty(likes.shape[0], np.int64)
    folds[rng.permutation(likes.shape[0])] = np.arange(likes.shape[0]) % n_folds
    episodes = {k: draw_episodes(likes, np.arange(likes.shape[0]), k, draws, rng) for k in ks}
    return FewLikesSplit(folds, episodes, n_folds)
