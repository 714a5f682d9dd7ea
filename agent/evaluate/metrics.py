"""Measures of a ranking, and honest intervals over people.

A measure of one person takes the ranked positions and what is wanted; its ``…_of`` form takes many people
at once, as ``hits`` (n, depth), which of each one's ranks hit, and ``n_wanted`` (n,).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ...tools.types import BoolArray, IntArray

    Values = NDArray[np.float64]

RESAMPLES = 2000


def ndcg(ranked: IntArray, wanted: BoolArray, k: int = 10) -> float:
    """Normalised discounted cumulative gain of the first ``k`` (Järvelin & Kekäläinen, TOIS 2002).

    ``ranked`` are positions, best first, ``wanted`` (n_items,) says which are relevant. Gain 1, discount
    log2(1 + rank), divided by the best that any ranking could reach. Raises ValueError if nothing is wanted.
    """
    return float(ndcg_of(wanted[ranked][None], _count(wanted), k)[0])


def recall(ranked: IntArray, wanted: BoolArray, k: int = 10) -> float:
    """The share of the wanted items that are among the first ``k``; ValueError if nothing is wanted."""
    return float(recall_of(wanted[ranked][None], _count(wanted), k)[0])


def reciprocal_rank(ranked: IntArray, wanted: BoolArray) -> float:
    """1 / rank of the first wanted item, 0 where none is ranked; ValueError if nothing is wanted."""
    _count(wanted)
    return float(reciprocal_rank_of(wanted[ranked][None], len(ranked))[0])


def ndcg_of(hits: BoolArray, n_wanted: IntArray, k: int = 10) -> Values:
    """:func:`ndcg` of many, (n,); NaN where nothing is wanted."""
    discount = 1 / np.log2(np.arange(2, k + 2))
    first = hits[:, :k]
    ideal = np.concatenate([[0.0], np.cumsum(discount)])[np.minimum(n_wanted, k)]
    return _divided(first @ discount[: first.shape[1]], ideal)


def recall_of(hits: BoolArray, n_wanted: IntArray, k: int = 10) -> Values:
    """:func:`recall` of many, (n,); NaN where nothing is wanted."""
    return _divided(hits[:, :k].sum(axis=1).astype(np.float64), n_wanted.astype(np.float64))


def reciprocal_rank_of(hits: BoolArray, k: int = 10) -> Values:
    """:func:`reciprocal_rank` of many among the first ``k``, (n,)."""
    first = hits[:, :k]
    if not first.shape[1]:
        return np.zeros(len(first))
    return np.where(first.any(axis=1), 1 / (first.argmax(axis=1) + 1), 0.0)


def coverage(ranked: IntArray, n_items: int) -> float:
    """The share of all items that stand in any of the lists ``ranked`` (n, k); -1 is no item."""
    return len(np.unique(ranked[ranked >= 0])) / n_items


def gini(ranked: IntArray, n_items: int) -> float:
    """How unevenly the places in the lists ``ranked`` (n, k) fall on all items: 0 even, 1 all on one.

    G = Σ_i (2i - n - 1) x_i / (n Σ x), x ascending (as in Fleder & Hosanagar, Management Science 2009).
    """
    counts = np.sort(np.bincount(ranked[ranked >= 0], minlength=n_items)).astype(np.float64)
    if not counts.sum():
        return 0.0
    places = 2 * np.arange(1, n_items + 1) - n_items - 1
    return float(places @ counts / (n_items * counts.sum()))


def self_information(counts: IntArray, n_people: int) -> Values:
    """-log2 of the share of ``n_people`` that have each item, (n_items,), from ``counts`` (n_items,).

    Its mean over a list is the list's novelty (Zhou et al., PNAS 2010), in bits. An item that nobody has
    counts as one person's.
    """
    return np.asarray(-np.log2(np.maximum(counts, 1) / max(n_people, 1)), np.float64)


def percentile(counts: IntArray) -> Values:
    """The share of items that fewer people have, ties counted half, (n_items,): 1 is the most popular."""
    ordered = np.sort(counts)
    below, upto = (np.searchsorted(ordered, counts, side=side) for side in ("left", "right"))
    return np.asarray((below + upto) / (2.0 * max(len(counts), 1)), np.float64)


def diversity_of(ranked: IntArray, vectors: NDArray[np.float32]) -> Values:
    """1 - the mean cosine of the pairs in each list, (n,), NaN for lists of fewer than two items.

    ``ranked`` (n, k), -1 is no item; ``vectors`` (n_items, dim) of unit length (intra-list similarity of
    Ziegler et al., WWW 2005).
    """
    out = np.full(len(ranked), np.nan)
    for row, items in enumerate(ranked):
        chosen = vectors[items[items >= 0]]
        m = len(chosen)
        if m > 1:
            total = chosen.sum(axis=0, dtype=np.float64)
            own = float((chosen.astype(np.float64) ** 2).sum())
            out[row] = 1 - (float(total @ total) - own) / (m * (m - 1))
    return out


class Estimate(NamedTuple):
    """A mean and its 95 % interval."""

    mean: float
    low: float
    high: float


def by_person(values: Values, people: IntArray) -> Values:
    """The mean of each person's ``values`` (n,), in ascending order of ``people`` (n,)."""
    _, where, counts = np.unique(people, return_inverse=True, return_counts=True)
    return np.bincount(where, weights=values) / counts


def mean_over_people(values: Values, people: IntArray, seed: int = 0) -> Estimate:
    """The mean over people of their own mean, with a bootstrap interval that draws whole people."""
    each = by_person(values, people)
    means = each[_resamples(len(each), seed)].mean(axis=1)
    return _estimate(float(each.mean()), means)


def ratio_over_people(ours: Values, theirs: Values, people: IntArray, seed: int = 0) -> Estimate:
    """mean(ours) / mean(theirs) with a paired bootstrap: both are resampled with the same people.

    ``ours`` and ``theirs`` (n,) are of the same episodes.
    """
    mine, other = by_person(ours, people), by_person(theirs, people)
    rows = _resamples(len(mine), seed)
    ratios = mine[rows].mean(axis=1) / np.maximum(other[rows].mean(axis=1), 1e-12)
    return _estimate(float(mine.mean() / max(other.mean(), 1e-12)), ratios)


def _resamples(n: int, seed: int) -> NDArray[np.int64]:
    return np.random.default_rng(seed).integers(0, n, (RESAMPLES, n))


def _estimate(value: float, resampled: Values) -> Estimate:
    low, high = np.quantile(resampled, [0.025, 0.975])
    return Estimate(value, float(low), float(high))


def _divided(values: Values, by: Values) -> Values:
    out = np.full(len(values), np.nan)
    np.divide(values, by, out=out, where=by > 0)
    return out


def _count(wanted: BoolArray) -> IntArray:
    n = np.array([wanted.sum()], np.int64)
    if n[0] == 0:
        raise ValueError("no item is wanted: the measure is not defined")
    return n
