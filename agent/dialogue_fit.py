"""Learning how far each column of a conversation is believed.

Listwise softmax regression: an answer recommends item i with the probability exp(w · x_i) / Σ_j exp(w · x_j)
over all items (D. McFadden's conditional logit, 1974), w with a ridge penalty. The sum over all items is
estimated from a pool: the items that any column puts first, and a sample that stands for the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .dialogue_columns import COLUMNS, columns_of, meaning_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from ..tools.types import BoolArray, FloatArray, IntArray
    from .dialogue_columns import Box
    from .dialogue_counts import Recorded
    from .dialogues import Example

    Progress = Callable[[str, int, int], None]
    Values = NDArray[np.float64]

RIDGE = 10.0
"""Chosen by cross-validation over dialogues; 3 to 30 do about as well."""
BEST, BEST_OF_EACH, OTHERS = 150, 15, 120
"""Items in a pool: the first by what is named in general, the first by that and each other column, and others
at random."""


@dataclass(frozen=True)
class Lessons:
    """The pools of n examples, each of P places, of which the last ones may be empty."""

    columns: FloatArray
    """(n, P, F)"""
    log_weight: FloatArray
    """(n, P) the logarithm of how many items a place stands for; -inf where it is empty."""
    wanted: FloatArray
    """(n, P) of 0 and 1"""
    mentioned: BoolArray
    """(n,) whether anything was mentioned before"""


@dataclass(frozen=True)
class Weights:
    """score = Σ_f slope_f (x_f - mean_f) / scale_f, with slopes of its own where nothing is mentioned yet."""

    slopes: FloatArray
    """(2, F): of every conversation, and what is added where nothing is mentioned"""
    means: FloatArray
    """(F,)"""
    scales: FloatArray
    """(F,)"""

    def contributions(self, columns: FloatArray, *, mentioned: bool) -> FloatArray:
        """What each column adds to the scores of columns (n, F), (n, F)."""
        slopes = self.slopes[0] if mentioned else self.slopes.sum(axis=0)
        return np.asarray((columns - self.means) * (slopes / self.scales), np.float32)

    def score(self, columns: FloatArray, *, mentioned: bool) -> FloatArray:
        """The scores of columns (n, F), (n,), in a conversation where something is ``mentioned`` or not."""
        return np.asarray(self.contributions(columns, mentioned=mentioned).sum(axis=1), np.float32)


def lessons_of(
    box: Box, recorded: Recorded, examples: Sequence[Example], progress: Progress, seed: int
) -> Lessons:
    """The pools of ``examples``; nothing in the columns of an example was counted in its own dialogue."""
    rng = np.random.default_rng(seed)
    rows = []
    for done, example in enumerate(examples):
        if done % 50 == 0:
            progress("reading dialogues", done, len(examples))
        context = example.context
        meaning = meaning_of(box, context, wait=True)
        columns = columns_of(box, recorded, context, meaning, example.dialogue)
        wanted = np.array(example.wanted, np.int64)
        allow = np.ones(box.catalog.n, bool)
        allow[list(context.mentioned)] = False
        pool, log_weight = _pool(columns, allow, wanted, rng)
        rows.append((columns[pool], log_weight, np.isin(pool, wanted).astype(np.float32)))
    mentioned = np.array([bool(example.context.mentioned) for example in examples])
    progress("reading dialogues", len(examples), len(examples))
    size = max(len(log_weight) for _, log_weight, _ in rows)
    return Lessons(
        np.stack([_padded(columns, size, 0.0) for columns, _, _ in rows]),
        np.stack([_padded(log_weight, size, -np.inf) for _, log_weight, _ in rows]),
        np.stack([_padded(wanted, size, 0.0) for _, _, wanted in rows]),
        mentioned,
    )


def fit_weights(lessons: Lessons, ridge: float = RIDGE) -> Weights:
    """The weights under which what was wanted is likeliest, by L-BFGS.

    Columns are brought to mean 0 and deviation 1 over the pools; one that never varies has no weight.
    """
    from scipy.optimize import minimize

    there = np.isfinite(lessons.log_weight)
    among = lessons.columns[there]
    means, scales = among.mean(axis=0), among.std(axis=0)
    scales = np.where(scales > 1e-6, scales, np.inf).astype(np.float32)
    columns = (lessons.columns - means) / scales
    unmentioned = columns * ~lessons.mentioned[:, None, None]
    flat = np.concatenate([columns, unmentioned], axis=2).reshape(there.size, -1)
    chosen = lessons.wanted.sum(axis=1, keepdims=True)
    wanted_sum = flat.T @ lessons.wanted.ravel()

    def loss(slopes: Values) -> tuple[float, Values]:
        scores = (flat @ slopes.astype(np.float32)).reshape(there.shape) + lessons.log_weight
        highest = scores.max(axis=1, keepdims=True)
        exp = np.exp(scores - highest)
        total = exp.sum(axis=1, keepdims=True)
        value = float((chosen * (np.log(total) + highest)).sum() - slopes @ wanted_sum)
        gradient = flat.T @ (chosen * exp / total).ravel() - wanted_sum + 2 * ridge * slopes
        return value + ridge * float(slopes @ slopes), gradient.astype(np.float64)

    start = np.zeros(flat.shape[1])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 200})
    return Weights(found.x.astype(np.float32).reshape(2, -1), means.astype(np.float32), scales)


def _pool(
    columns: FloatArray, allow: BoolArray, wanted: IntArray, rng: np.random.Generator
) -> tuple[IntArray, FloatArray]:
    """Items to compare with the ``wanted`` ones, which are among them, and the logarithm of their weights."""
    general = np.where(allow, columns[:, COLUMNS.index("named")], -np.inf)
    spread = columns.std(axis=0)
    orders = [_first(general, BEST)]
    orders += [
        _first(general + 2 * columns[:, column] / spread[column], BEST_OF_EACH)
        for column in np.flatnonzero(spread > 1e-6)
    ]
    best = np.unique(np.concatenate([*orders, wanted]))
    rest = allow.copy()
    rest[best] = False
    others = np.flatnonzero(rest)
    sampled = others if len(others) <= OTHERS else rng.choice(others, OTHERS, replace=False)
    stands_for = np.log(max(len(others), 1) / max(len(sampled), 1))
    log_weight = np.concatenate([np.zeros(len(best)), np.full(len(sampled), stands_for)])
    pool = np.concatenate([best, sampled])
    # What was mentioned can be no answer, unless the dialogue itself says otherwise.
    keep = allow[pool] | np.isin(pool, wanted)
    return pool[keep], log_weight[keep].astype(np.float32)


def _first(scores: FloatArray, k: int) -> IntArray:
    return np.argpartition(-scores, min(k, len(scores) - 1))[:k]


def _padded(rows: FloatArray, size: int, filler: float) -> FloatArray:
    padding = [(0, size - len(rows))] + [(0, 0)] * (rows.ndim - 1)
    return np.pad(rows, padding, constant_values=filler)
