"""What is asked, what was answered, and how good the answers are, request by request."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from . import metrics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ...data.fetch import Progress
    from ...data.interactions import Interactions
    from ...tools.types import BoolArray, FloatArray, IntArray
    from .laboratory import Method

FIRST = 10
"""Ranks that lists are judged by."""
BANDS = ("head", "mid", "tail")


@dataclass(frozen=True)
class Seen:
    """What the methods could learn of the items' popularity from what they were fitted to."""

    counts: IntArray
    """(n_items,) people who have it."""
    n_people: int

    @classmethod
    def of(cls, interactions: Interactions) -> Seen:
        """Counted in the ``interactions`` that were fitted to."""
        counts = np.bincount(interactions.items, minlength=interactions.n_items)
        return cls(counts, len(np.unique(interactions.people)))

    def bands(self) -> IntArray:
        """0, 1 or 2 of each item, (n_items,): the head, the middle and the tail of :data:`BANDS`.

        Each has a third of the interactions, the head those with the most popular items.
        """
        order = np.argsort(-self.counts, kind="stable")
        before = np.cumsum(self.counts[order]) - self.counts[order]
        bands = np.empty(len(order), np.int64)
        bands[order] = np.minimum(3 * before // max(int(self.counts.sum()), 1), 2)
        return bands


@dataclass(frozen=True)
class Questions:
    """Requests that are measured together: row i asks for person ``people[i]``."""

    people: IntArray
    """(n,)"""
    given: Sequence[IntArray]
    """(n,) what is said to be liked."""
    wanted: Sequence[IntArray]
    """(n,) positions that are to be found, at least one."""
    hidden: Sequence[IntArray]
    """(n,) positions that count for nothing: they are taken out of every answer."""
    part: IntArray
    """(n,) by which of ``seen`` the methods that answered were fitted."""
    seen: Sequence[Seen]
    n_items: int

    def __len__(self) -> int:
        return len(self.people)


@dataclass(frozen=True)
class Answers:
    """What one method answered to :class:`Questions`."""

    ranked: IntArray
    """(n, depth) positions, best first; -1 where it had no more."""
    milliseconds: NDArray[np.float64] | None
    """(n,) for each request, None where nobody measured."""

    @classmethod
    def empty(cls, n: int, depth: int) -> Answers:
        """Nothing answered yet."""
        return cls(np.full((n, depth), -1, np.int64), np.zeros(n))

    def take(self, other: Answers, rows: IntArray) -> None:
        """The answers of ``other``, to the same questions, for the questions ``rows``."""
        self.ranked[rows] = other.ranked[rows]
        if self.milliseconds is not None and other.milliseconds is not None:
            self.milliseconds[rows] = other.milliseconds[rows]

    def ask(self, method: Method, questions: Questions, rows: IntArray, said: Asking) -> None:
        """Put the questions ``rows`` to ``method``, and note what it answers and how long it takes."""
        depth, times = self.ranked.shape[1], np.zeros(len(rows))
        for done, row in enumerate(rows.tolist()):
            given, hidden = questions.given[row], questions.hidden[row]
            # A method leaves out what it is told of; there must be room for what it does not know is hidden.
            room = depth + len(hidden) - len(given)
            start = time.perf_counter()
            ranked = method(given, room)
            times[done] = 1000 * (time.perf_counter() - start)
            kept = ranked[~np.isin(ranked, hidden)][:depth]
            self.ranked[row, : len(kept)] = kept
            said.one_more()
        if self.milliseconds is not None:
            self.milliseconds[rows] = times


class Asking:
    """Says how many of all questions have been put."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self._total = total
        self._done = 0
        self._progress = progress

    def one_more(self) -> None:
        """Another question was answered."""
        self._done += 1
        if self._progress is not None and (self._done % 100 == 0 or self._done == self._total):
            self._progress("asking", self._done, self._total)


Measures = dict[str, "NDArray[np.float64]"]
"""Measure → its value for each request, (n,), NaN where it is not defined."""


def measure(questions: Questions, answers: Answers, vectors: FloatArray) -> Measures:
    """Every measure of each request; ``vectors`` (n_items, dim) of unit length say what items are like."""
    hits = _hits(questions, answers.ranked)
    n_wanted = np.array([len(items) for items in questions.wanted], np.int64)
    found: Measures = {"ndcg@10": metrics.ndcg_of(hits, n_wanted, FIRST)}
    for k in (FIRST, 2 * FIRST):
        if k <= max(answers.ranked.shape[1], FIRST):
            found[f"recall@{k}"] = metrics.recall_of(hits, n_wanted, k)
    found["mrr@10"] = metrics.reciprocal_rank_of(hits, FIRST)
    top = answers.ranked[:, :FIRST]
    return found | _by_band(questions, top, hits[:, :FIRST]) | _of_lists(questions, top, vectors)


def _hits(questions: Questions, ranked: IntArray) -> BoolArray:
    """Which ranks (n, depth) hold what is wanted."""
    n = questions.n_items
    wanted = np.concatenate([row * n + items for row, items in enumerate(questions.wanted)])
    keys = np.arange(len(ranked))[:, None] * n + ranked
    return np.isin(keys, wanted) & (ranked >= 0)


def _by_band(questions: Questions, top: IntArray, hits: BoolArray) -> Measures:
    """The recall of wanted items that are in the head, the middle and the tail of popularity."""
    bands = np.array([seen.bands() for seen in questions.seen])
    sizes = np.array(
        [
            np.bincount(bands[part][items], minlength=3)
            for part, items in zip(questions.part, questions.wanted, strict=True)
        ]
    )
    band = bands[questions.part[:, None], top]
    return {
        f"recall@10_{name}": metrics.recall_of(hits & (band == number), sizes[:, number], FIRST)
        for number, name in enumerate(BANDS)
    }


def _of_lists(questions: Questions, top: IntArray, vectors: FloatArray) -> Measures:
    """What lists are like whatever is wanted: novelty (bits), popularity (percentile), diversity."""
    information = np.array([metrics.self_information(seen.counts, seen.n_people) for seen in questions.seen])
    percentile = np.array([metrics.percentile(seen.counts) for seen in questions.seen])
    listed = top >= 0
    lengths = listed.sum(axis=1)
    out: Measures = {}
    for name, values in (("novelty@10", information), ("popularity@10", percentile)):
        total = np.where(listed, values[questions.part[:, None], top], 0).sum(axis=1)
        out[name] = np.divide(total, lengths, out=np.full(len(top), np.nan), where=lengths > 0)
    return out | {"diversity@10": metrics.diversity_of(top, vectors)}
