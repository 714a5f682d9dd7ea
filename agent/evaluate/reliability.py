"""How far probabilities can be taken at their word, with intervals over people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .metrics import RESAMPLES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ...tools.types import BoolArray, IntArray

    Values = NDArray[np.float64]

BINS = 10
"""Bins of equal width from 0 to 1."""


class Interval(NamedTuple):
    """A 95 % interval."""

    low: float
    high: float


def expected_calibration_error(p: Values, happened: BoolArray, bins: int = BINS) -> float:
    """Σ_b (n_b / n) · |mean p - share that happened| over bins of equal width.

    Naeini et al., Obtaining Well Calibrated Probabilities Using Bayesian Binning, AAAI 2015. ``p`` and
    ``happened`` are (n,); a probability on an edge counts upwards, 1 in the last bin.
    """
    return float(_error(*_sums(p, happened, np.zeros(len(p), np.int64), bins))[0])


def brier(p: Values, happened: BoolArray) -> float:
    """The mean of (p - happened)² (Brier, Monthly Weather Review 1950): 0 is perfect, .25 knows nothing."""
    return float(np.mean((p - happened) ** 2))


def reliability(p: Values, happened: BoolArray, bins: int = BINS) -> list[dict[str, Any]]:
    """The reliability table: of each bin that is not empty its edges, n, mean probability, what happened."""
    count, total, true = (each[0] for each in _sums(p, happened, np.zeros(len(p), np.int64), bins))
    return [
        {
            "from": round(b / bins, 4),
            "to": round((b + 1) / bins, 4),
            "n": int(count[b]),
            "confidence": round(float(total[b] / count[b]), 4),
            "liked": round(float(true[b] / count[b]), 4),
        }
        for b in np.flatnonzero(count).tolist()
    ]


def interval_of_error(p: Values, happened: BoolArray, people: IntArray, seed: int = 0) -> Interval:
    """A bootstrap interval of the calibration error that draws whole people, ``people`` (n,).

    Noise in the bins adds to the error of every resample, so the interval lies a little high.
    """
    sums = _sums(p, happened, people, BINS)
    weights = _weights(len(sums[0]), seed)
    return _interval(_error(*(weights @ each for each in sums)))


def interval_of_brier(p: Values, happened: BoolArray, people: IntArray, seed: int = 0) -> Interval:
    """A bootstrap interval of the Brier score that draws whole people."""
    _, where, counts = np.unique(people, return_inverse=True, return_counts=True)
    total = np.bincount(where, weights=(p - happened) ** 2)
    weights = _weights(len(counts), seed)
    return _interval((weights @ total) / (weights @ counts))


def _sums(p: Values, happened: BoolArray, people: IntArray, bins: int) -> tuple[Values, Values, Values]:
    """By person and bin, (people, bins): how many, the sum of p, how many happened."""
    _, where = np.unique(people, return_inverse=True)
    n = int(where.max(initial=-1)) + 1
    key = where * bins + np.minimum((p * bins).astype(np.int64), bins - 1)

    def summed(weights: Values) -> Values:
        counted = np.bincount(key, weights=weights, minlength=n * bins)
        return np.asarray(counted.reshape(n, bins), np.float64)

    return summed(np.ones(len(p))), summed(p), summed(happened.astype(np.float64))


def _error(count: Values, total: Values, true: Values) -> Values:
    return np.asarray(np.abs(total - true).sum(axis=-1) / np.maximum(count.sum(axis=-1), 1))


def _weights(n: int, seed: int) -> Values:
    """How often each of ``n`` people is drawn, (RESAMPLES, n)."""
    return np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), RESAMPLES).astype(np.float64)


def _interval(resampled: Values) -> Interval:
    low, high = np.quantile(resampled, [0.025, 0.975])
    return Interval(float(low), float(high))
