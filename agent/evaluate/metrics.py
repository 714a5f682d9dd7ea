"""Measures of a ranking, each for one person, and honest intervals over people."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ...tools.types import BoolArray, IntArray

RESAMPLES = 2000


def ndcg(ranked: IntArray, wanted: BoolArray, k: int = 10) -> float:
    """Normalised discounted cumulative gain of the first ``k`` (Järvelin & Kekäläinen, TOIS 2002).

    ``ranked`` are positions, best first, ``wanted`` (n_items,) says which are relevant. Gain 1, discount
    log2(1 + rank), divided by the best that any ranking could reach. Raises ValueError if nothing is wanted.
    """
    n_wanted = _count(wanted)
    hits = wanted[ranked[:k]]
    discount = 1 / np.log2(np.arange(2, k + 2))
    return float(discount[: len(hits)] @ hits / discount[: min(n_wanted, k)].sum())


def recall(ranked: IntArray, wanted: BoolArray, k: int = 10) -> float:
    """The share of the wanted items that are among the first ``k``; ValueError if nothing is wanted."""
    return float(wanted[ranked[:k]].sum() / _count(wanted))


def reciprocal_rank(ranked: IntArray, wanted: BoolArray) -> float:
    """1 / rank of the first wanted item, 0 where none is ranked; ValueError if nothing is wanted."""
    _count(wanted)
    hits = np.flatnonzero(wanted[ranked])
    return float(1 / (hits[0] + 1)) if len(hits) else 0.0


class Estimate(NamedTuple):
    """A mean and its 95 % interval."""

    mean: float
    low: float
    high: float


def by_person(values: NDArray[np.float64], people: IntArray) -> NDArray[np.float64]:
    """The mean of each person's ``values`` (n,), in ascending order of ``people`` (n,)."""
    _, where, counts = np.unique(people, return_inverse=True, return_counts=True)
    return np.bincount(where, weights=values) / counts


def mean_over_people(values: NDArray[np.float64], people: IntArray, seed: int = 0) -> Estimate:
    """The mean over people of their own mean, with a bootstrap interval that draws whole people."""
    each = by_person(values, people)
    means = each[_resamples(len(each), seed)].mean(axis=1)
    return _estimate(float(each.mean()), means)


def ratio_over_people(
    ours: NDArray[np.float64], theirs: NDArray[np.float64], people: IntArray, seed: int = 0
) -> Estimate:
    """mean(ours) / mean(theirs) with a paired bootstrap: both are resampled with the same people.

    ``ours`` and ``theirs`` (n,) are of the same episodes.
    """
    mine, other = by_person(ours, people), by_person(theirs, people)
    rows = _resamples(len(mine), seed)
    ratios = mine[rows].mean(axis=1) / np.maximum(other[rows].mean(axis=1), 1e-12)
    return _estimate(float(mine.mean() / max(other.mean(), 1e-12)), ratios)


def _resamples(n: int, seed: int) -> NDArray[np.int64]:
    return np.random.default_rng(seed).integers(0, n, (RESAMPLES, n))


def _estimate(value: float, resampled: NDArray[np.float64]) -> Estimate:
    low, high = np.quantile(resampled, [0.025, 0.975])
    return Estimate(value, float(low), float(high))


def _count(wanted: BoolArray) -> int:
    n = int(wanted.sum())
    if n == 0:
        raise ValueError("no item is wanted: the measure is not defined")
    return n
