"""Fits :mod:`.confidence` to what people who were asked in the fusion's episodes rated besides.

What is shown are the first of a ranking, and these are liked more than others of the same score and rate: so
what would have been shown counts, and the rest only tells where confidence goes beyond it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .confidence import Confidence, features, item_stats, standardised
from .features import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from ..tools.types import BoolArray, FloatArray, IntArray
    from .fusion import Fusion
    from .trial import Trial

    HalfArray = NDArray[np.float16]

RATED_AT_MOST = 400
"""Items of an episode that the person rated and was not asked about, drawn at random."""
SAMPLE = 1000
"""Rated items, drawn at random, that tell where the scores of an episode lie, and what is before an item."""
LIKES_AT_MOST = 10
"""Whoever gave most of their likes has hardly any left to be found, which says nothing of a real person."""
EXAMPLES_AT_LEAST = 500
"""With fewer ratings, of warm or of cold items, nothing is fitted for these."""
SHOWN, NEAR = 20, 100
"""Ranks that get shown, and those that are near them."""
WEIGHT_NEAR, WEIGHT_BEYOND = 0.1, 0.01
"""What ranks near those shown, and all others, count beside them."""
RIDGE = 1.0
STEPS = 50


class Examples(NamedTuple):
    """What one person rated, beside the likes that they gave, as the models of a trial score it."""

    z: HalfArray
    """(m, F) columns of the rated items."""
    cold: BoolArray
    liked: BoolArray
    rate: FloatArray
    raters: FloatArray
    known: FloatArray
    likes: float
    fame: float
    sample_z: HalfArray
    """(s, F) columns of rated items at random."""
    sample_cold: BoolArray
    rated: int
    """How many items are rated at all, which the sample stands for."""


class Collector:
    """Takes in what the people of one trial rated; ``ratings`` (n_people, n_items) are those of everybody."""

    def __init__(self, fitted: Trial, ratings: csr_array, like_at: float, seed: int) -> None:
        self._ratings, self._like_at = ratings, like_at
        self._stats = item_stats(fitted.catalog.interactions, like_at)
        self._known = fitted.catalog.known
        self._rng = np.random.default_rng(seed)
        seen = np.unique(fitted.catalog.interactions.items)
        self._sample = seen if len(seen) <= SAMPLE else self._rng.choice(seen, SAMPLE, replace=False)
        self._rated = len(seen)
        self.found: list[Examples] = []

    def take(self, person: int, given: IntArray, columns: Table) -> None:
        """What ``person`` rated beside ``given``, with the ``columns`` that ``given`` alone leads to."""
        if len(given) > LIKES_AT_MOST:
            return
        row = slice(self._ratings.indptr[person], self._ratings.indptr[person + 1])
        items, ratings = self._ratings.indices[row], self._ratings.data[row]
        keep = np.flatnonzero(~np.isin(items, given))
        if len(keep) > RATED_AT_MOST:
            keep = self._rng.choice(keep, RATED_AT_MOST, replace=False)
        items, liked = items[keep], ratings[keep] >= self._like_at
        self.found.append(
            Examples(
                z=columns.z[items].astype(np.float16),
                cold=columns.cold[items],
                liked=liked,
                rate=self._stats.rate[items],
                raters=self._stats.raters[items],
                known=self._known[items],
                likes=columns.likes,
                fame=columns.fame,
                sample_z=columns.z[self._sample].astype(np.float16),
                sample_cold=columns.cold[self._sample],
                rated=self._rated,
            )
        )


def fit_confidence(fusion: Fusion, examples: Sequence[Examples]) -> Confidence:
    """The calibration of ``fusion`` by what people rated; of nothing where they rated too little."""
    if not examples:
        return Confidence.nothing()
    rows = [_rows(fusion, each) for each in examples]
    x = np.concatenate([row for row, _ in rows])
    rank = np.concatenate([ranks for _, ranks in rows])
    cold = np.concatenate([each.cold for each in examples])
    liked = np.concatenate([each.liked for each in examples])
    if _too_few(liked):
        return Confidence.nothing()
    weight = np.where(rank < SHOWN, 1.0, np.where(rank < NEAR, WEIGHT_NEAR, WEIGHT_BEYOND))
    heads = []
    for head in (~cold, cold):
        among = np.ones(len(liked), bool) if _too_few(liked[head]) else head
        heads.append(logistic(x[among], liked[among], weight[among]))
    return Confidence(np.array(heads, np.float32))


def _too_few(liked: BoolArray) -> bool:
    return len(liked) < EXAMPLES_AT_LEAST or bool(liked.all()) or not liked.any()


def _rows(fusion: Fusion, of: Examples) -> tuple[FloatArray, FloatArray]:
    """The features of an episode's examples, (m, len(FEATURES)), and about how many rated items are before
    each, (m,).
    """
    among = fusion.score(Table(of.sample_z.astype(np.float32), of.sample_cold, of.likes, of.fame))
    fused = fusion.score(Table(of.z.astype(np.float32), of.cold, of.likes, of.fame))
    behind = np.searchsorted(np.sort(among), fused, side="right")
    before = (len(among) - behind) * (of.rated / max(len(among), 1))
    scores = standardised(fused, among)
    return features(scores, of.rate, of.raters, of.known, of.likes), before.astype(np.float32)


def logistic(x: FloatArray, y: BoolArray, weight: NDArray[Any], ridge: float = RIDGE) -> FloatArray:
    """Logistic regression of ``y`` (m,) on ``x`` (m, f) by Newton's method, (f,); the first column is 1.

    Minimises Σ weight · log loss + ridge/2 · |w|², the intercept free (Hastie et al., The Elements of
    Statistical Learning, 2009, 4.4.1).
    """
    x64, target = x.astype(np.float64), y.astype(np.float64)
    penalty = np.full(x.shape[1], ridge)
    penalty[0] = 1e-6
    w = np.zeros(x.shape[1])
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-np.clip(x64 @ w, -30, 30)))
        gradient = x64.T @ (weight * (p - target)) + penalty * w
        curvature = (x64 * (weight * np.maximum(p * (1 - p), 1e-6))[:, None]).T @ x64 + np.diag(penalty)
        step = np.linalg.solve(curvature, gradient)
        w -= step
        if np.abs(step).max() < 1e-8:
            break
    return w.astype(np.float32)
