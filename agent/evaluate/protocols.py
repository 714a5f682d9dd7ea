"""The protocols of ``palate eval``: who is asked, what counts, and which methods answer.

``few-likes``  people that no model saw give one to ten of their likes; their others are to be found among
               all items. Five folds over all people, full ranking.
"""

from __future__ import annotations

import os
import platform
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...data.errors import UserError
from ..features import Taste, content_scores
from ..fusion_fit import train_fusion
from ..rank import rank
from ..trial import trial
from . import metrics
from .splits import DRAWS, FEW, few_likes_split

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from ...tools.types import FloatArray, IntArray
    from ..features import Tools
    from ..fusion import Fusion
    from ..trial import Episodes, Trial
    from .splits import FewLikesSplit

    Progress = Callable[[str, int, int], None]

PRODUCT = "palate"
"""The row of the product: its own ``rank``, all tools fused."""
FIRST = 10
"""Ranks that are measured."""


@dataclass(frozen=True)
class Answers:
    """One method's measures of the episodes of one slice; all arrays (n,)."""

    people: IntArray
    ndcg: NDArray[np.float64]
    recall: NDArray[np.float64]
    milliseconds: NDArray[np.float64]


def evaluate(
    box: Tools,
    protocol: str = "few-likes",
    *,
    seed: int = 2026,
    ks: tuple[int, ...] = FEW,
    draws: int = DRAWS,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Figures of ``protocol`` over the box's catalogue, in the shape of every benchmark's JSON.

    Only the box's catalogue, sentence vectors and lexical index are used, which know of no people; models
    are fitted here. Raises UserError for an unknown protocol or a catalogue without people to ask.
    """
    if protocol != "few-likes":
        raise UserError(f"There is no protocol {protocol!r}.", "palate eval --protocol few-likes")
    likes = box.catalog.interactions.likes(box.catalog.spec.like_at)
    split = few_likes_split(likes, seed, ks=ks, draws=draws)
    if not any(len(episodes) for episodes in split.episodes.values()):
        raise UserError(f"Nobody in {box.catalog.spec.name} has likes enough to be asked.")
    answers = few_likes(box, split, progress)
    return {
        "benchmark": protocol,
        "catalog": box.catalog.spec.name,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "split_sha256": split.sha256,
        "rows": list(_rows(answers)),
    }


def few_likes(
    box: Tools, split: FewLikesSplit, progress: Progress | None = None
) -> dict[tuple[str, int], Answers]:
    """(method, k) → answers, over all folds; a person is asked by models fitted without their fold."""
    parts: dict[tuple[str, int], list[Answers]] = {}
    interactions = box.catalog.interactions
    likes = interactions.likes(box.catalog.spec.like_at).toarray() > 0
    for fold in range(split.n_folds):
        asked = split.folds == fold
        fitted = trial(box, interactions.only_people(~asked))
        methods = methods_of(fitted, train_fusion(fitted))
        for k, episodes in split.episodes.items():
            for name, method in methods.items():
                answers = _ask(method, episodes.of_people(asked), likes)
                parts.setdefault((name, k), []).append(answers)
        if progress is not None:
            progress("folds", fold + 1, split.n_folds)
    return {key: _joined(pieces) for key, pieces in parts.items()}


def methods_of(fitted: Trial, fusion: Fusion) -> dict[str, Callable[[IntArray], IntArray]]:
    """Every method by its row's name: liked positions in, the first items out, best first."""
    methods: dict[str, Callable[[IntArray], IntArray]] = {}
    everything = np.ones(fitted.catalog.n, bool)
    methods[PRODUCT] = lambda given: rank(fitted, Taste.of(given), everything, FIRST, fusion).items
    for name, model in (fitted.models | fitted.extra).items():

        def by_model(given: IntArray, score: Callable[..., FloatArray] = model.score) -> IntArray:
            return _first(score(given, np.ones(len(given), np.float32)), given)

        methods[f"{PRODUCT}/{name}"] = by_model
    if fitted.content is not None:
        methods[f"{PRODUCT}/content"] = lambda given: _first(content_scores(fitted, Taste.of(given)), given)
    return methods


def _first(scores: FloatArray | None, given: IntArray) -> IntArray:
    """The positions of the best scores; unknown items come last, given ones not at all."""
    if scores is None:
        return np.empty(0, np.int64)
    ordered = np.nan_to_num(scores, nan=-np.inf, neginf=-np.inf)
    ordered[given] = -np.inf
    best = np.argsort(-ordered, kind="stable")[:FIRST]
    return best[~np.isin(best, given)]


def _ask(method: Callable[[IntArray], IntArray], episodes: Episodes, likes: NDArray[np.bool_]) -> Answers:
    measured = np.zeros((3, len(episodes)))
    for row, (person, given) in enumerate(zip(episodes.people, episodes.given, strict=True)):
        wanted = likes[person].copy()
        wanted[given] = False
        start = time.perf_counter()
        ranked = method(given)
        took = 1000 * (time.perf_counter() - start)
        measured[:, row] = metrics.ndcg(ranked, wanted, FIRST), metrics.recall(ranked, wanted, FIRST), took
    return Answers(episodes.people, *measured)


def _joined(pieces: list[Answers]) -> Answers:
    columns = zip(*((a.people, a.ndcg, a.recall, a.milliseconds) for a in pieces), strict=True)
    return Answers(*(np.concatenate(column) for column in columns))


def _rows(answers: dict[tuple[str, int], Answers]) -> Iterator[dict[str, Any]]:
    for (method, k), measured in answers.items():
        ndcg = metrics.mean_over_people(measured.ndcg, measured.people)
        figures: dict[str, Any] = {
            "ndcg@10": round(ndcg.mean, 4),
            "ndcg@10_ci95": [round(ndcg.low, 4), round(ndcg.high, 4)],
            "recall@10": round(metrics.mean_over_people(measured.recall, measured.people).mean, 4),
            "ms_per_request": round(float(np.median(measured.milliseconds)), 3),
        }
        if method == PRODUCT:
            figures |= _lead(answers, k)
        n = len(np.unique(measured.people))
        yield {"method": method, "slice": f"k={k}", "n": n, "metrics": figures}


def _lead(answers: dict[tuple[str, int], Answers], k: int) -> dict[str, Any]:
    """How far the product is ahead of the best other row, with a paired interval over people."""
    ours = answers[PRODUCT, k]
    others = {name: a for (name, level), a in answers.items() if level == k and name != PRODUCT}
    # The best by the mean over people, which is what the rows show.
    best = max(others, key=lambda name: metrics.by_person(others[name].ndcg, ours.people).mean())
    ratio = metrics.ratio_over_people(ours.ndcg, others[best].ndcg, ours.people)
    return {
        "best_other": best,
        "ratio_to_best_other": round(ratio.mean, 4),
        "ratio_to_best_other_ci95": [round(ratio.low, 4), round(ratio.high, 4)],
    }
