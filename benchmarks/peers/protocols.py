"""The two protocols from a peer's side: choose settings on validation data, fit, rank."""

from __future__ import annotations

import itertools
import json
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from .exchange import Episodes, FewLikes, Floats, HeldOut, Ints, Pairs, ndcg, top
from .model import Fitted, Judge, Settings, Task, clock

Fit = Callable[[Task, Settings], Fitted]

VALIDATION_SHARE = 0.15
"""Of a fold's training people, those who choose its settings."""
VALIDATION_KS = (1, 3, 5)
TO_FIND = 5
"""Likes that are left to be found, as in the protocol itself."""
TIMED = 200
"""Requests that are timed, one after the other."""


def held_out(split: HeldOut, fit: Fit, grid: Settings) -> dict[str, Any]:
    """Rankings for ``split.asked`` (m, 100): fitted on train, chosen on valid, both masked."""
    popularity = _popularity(split.train)
    train, valid = split.train.matrix(), split.valid.matrix()
    choosers = np.flatnonzero((np.diff(valid.indptr) > 0) & (np.diff(train.indptr) > 0))

    def judge(fitted: Fitted) -> float:
        assert fitted.of_people is not None
        ranked = top(fitted.of_people(choosers), train[choosers], popularity, 10)
        return ndcg(ranked, valid[choosers])

    best, chosen, seconds, score = None, {}, 0.0, -1.0
    for settings in _combinations(grid):
        start = clock()
        fitted = fit(Task(split.train, judge), settings)
        took, found = clock() - start, judge(fitted)
        logging.info("%s: %.4f on valid, %.1f s", _said(settings), found, took)
        if found > score:
            best, chosen, seconds, score = fitted, settings, took, found
    assert best is not None
    assert best.of_people is not None
    hidden = split.masked.matrix()[split.asked]
    ranked = top(best.of_people(split.asked), hidden, popularity)
    return {
        "ranked": ranked.astype(np.int32),
        "fit_seconds": seconds,
        "seconds_to_best": best.seconds_to_best if best.seconds_to_best >= 0 else seconds,
        "ms_per_request": _timed(best.of_people, split.asked[:, None], hidden, popularity),
        "note": f"{_chosen_of(grid, chosen | _passes(best))}; valid {score:.4f}",
    }


def few_likes(split: FewLikes, fit: Fit, grid: Settings) -> dict[str, Any]:
    """Rankings for every episode, each by a model of the folds that its person is not in."""
    n_items = split.pairs.n_items
    ranked = {k: np.full((len(e.people), 100), -1, np.int32) for k, e in split.episodes.items()}
    seconds, milliseconds, notes = [], [], []
    for fold in range(split.n_folds):
        settings = _chosen(split, fold, fit, grid)
        start = clock()
        pairs = _positives(split, split.folds != fold, settings)
        model = fit(Task(pairs, every_item=False), _without_positives(settings))
        seconds.append(clock() - start)
        assert model.of_likes is not None
        popularity = _popularity(pairs)
        for k, episodes in split.episodes.items():
            asked = np.flatnonzero(split.folds[episodes.people] == fold)
            rows = Episodes(episodes.people[asked], episodes.given[asked]).rows(n_items)
            ranked[k][asked] = top(model.of_likes(rows), rows, popularity)
        milliseconds.append(_timed(model.of_likes, rows, rows, popularity))
        notes.append(_chosen_of(grid, settings))
        logging.info("fold %d: %s, %.1f s", fold, notes[-1], seconds[-1])
    arrays = {f"k{k}_ranked": found for k, found in ranked.items()}
    figures = {"fit_seconds": np.mean(seconds), "ms_per_request": np.median(milliseconds)}
    same = len(set(notes)) == 1
    return arrays | figures | {"note": notes[0] if same else "by fold: " + " | ".join(notes)}


def _chosen(split: FewLikes, fold: int, fit: Fit, grid: Settings) -> dict[str, Any]:
    """The settings that rank best for people cut from the fold's training people."""
    combinations = list(_combinations(grid))
    if len(combinations) == 1 and "cap_seconds" not in grid:
        return combinations[0]  # Neither settings nor a number of passes to choose.
    rng = np.random.default_rng(split.n_folds + fold)
    inside = np.flatnonzero(split.folds != fold)
    choosing = np.zeros(len(split.folds), bool)
    choosing[rng.permutation(inside)[: round(VALIDATION_SHARE * len(inside))]] = True
    learning = (split.folds != fold) & ~choosing
    questions = list(_questions(split, choosing, rng))
    best, score = {}, -1.0
    for settings in combinations:
        pairs = _positives(split, learning, settings)
        judge = _few_likes_judge(questions, _popularity(pairs))
        fitted = fit(Task(pairs, judge, every_item=False), _without_positives(settings))
        found = judge(fitted)
        logging.info("fold %d: %s: %.4f", fold, _said(settings), found)
        if found > score:
            best, score = settings | _passes(fitted), found
    return best


def _questions(
    split: FewLikes, asked: np.ndarray[Any, Any], rng: np.random.Generator
) -> Iterator[tuple[csr_matrix, csr_matrix]]:
    """What is given and what is wanted, rows by person, for each k of validation."""
    likes = split.pairs.where(split.liked & asked[split.pairs.people]).matrix()
    for k in VALIDATION_KS:
        people = np.flatnonzero(np.diff(likes.indptr) >= k + TO_FIND)
        liked = [likes.indices[likes.indptr[person] : likes.indptr[person + 1]] for person in people]
        drawn = np.array([rng.choice(items, k, replace=False) for items in liked], np.int64)
        given = Episodes(people, drawn.reshape(len(people), k)).rows(split.pairs.n_items)
        wanted = (likes[people] - given).tocsr()
        wanted.eliminate_zeros()
        yield given, wanted


def _few_likes_judge(questions: list[tuple[csr_matrix, csr_matrix]], popularity: Ints) -> Judge:
    def judge(fitted: Fitted) -> float:
        assert fitted.of_likes is not None
        ranked = [top(fitted.of_likes(given), given, popularity, 10) for given, _ in questions]
        wanted = [rows for _, rows in questions]
        return float(np.mean([ndcg(*pair) for pair in zip(ranked, wanted, strict=True)]))

    return judge


def _positives(split: FewLikes, people: np.ndarray[Any, Any], settings: Settings) -> Pairs:
    keep = people[split.pairs.people]
    return split.pairs.where(keep & split.liked if settings["positives"] == "liked" else keep)


def _without_positives(settings: Settings) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name != "positives"}


def _combinations(grid: Settings) -> Iterator[dict[str, Any]]:
    lists = [value if isinstance(value, list) else [value] for value in grid.values()]
    for values in itertools.product(*lists):
        yield dict(zip(grid, values, strict=True))


def _popularity(pairs: Pairs) -> Ints:
    return np.bincount(pairs.items, minlength=pairs.n_items)


def _timed(score: Callable[[Any], Floats], requests: Any, hidden: csr_matrix, popularity: Ints) -> float:
    """Milliseconds of one request, scores and top together: the median of the first :data:`TIMED`."""
    took = []
    for row in range(min(TIMED, hidden.shape[0])):
        one, mask = requests[row], hidden[row]
        start = time.perf_counter()
        top(score(one), mask, popularity)
        took.append(1000 * (time.perf_counter() - start))
    return float(np.median(took))


def _passes(fitted: Fitted) -> dict[str, Any]:
    """The number of passes to run again, of a model that learns in passes."""
    return {"epochs": fitted.epochs} if fitted.epochs else {}


def _chosen_of(grid: Settings, settings: Settings) -> str:
    """What was chosen, in words; what was fixed is in settings.toml (of passes, the most)."""
    fixed = {name for name, value in grid.items() if not isinstance(value, list)} - {"epochs"}
    return _said({name: value for name, value in settings.items() if name not in fixed})


def _said(settings: Settings) -> str:
    return json.dumps(settings)[1:-1].replace('"', "").replace(": ", "=") or "no choice"
