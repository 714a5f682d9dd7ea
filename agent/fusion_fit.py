"""Makes the fusion's lessons: people whom no model saw give a few likes, and their other likes are known.

What these people rated besides also tells how likely a pick is to be liked (:mod:`.confidence_fit`).

The people of a catalogue are cut into three parts; in three rounds one part plays episodes and the models
are fitted to the two others. In the last round half of the rated items are hidden from the models as well:
they stand for the items that nobody rated, and teach how far facts are to be believed beside ratings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from . import confidence
from .confidence import Confidence
from .confidence_fit import Collector, fit_confidence
from .features import Table, Taste, table
from .fusion import Fusion, folder_of
from .trial import draw_episodes, trial, without_items

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scipy.sparse import csr_array

    from ..tools.types import BoolArray, FloatArray, IntArray
    from .confidence_fit import Examples
    from .features import Tools
    from .trial import Trial

    Progress = Callable[[str, int, int], None]

ROUNDS = 3
"""Parts into which the people are cut: each part plays episodes once, with models fitted to the others."""
DRAWS = 3
"""Episodes a person and number of likes, at most."""
LEVELS = (1, 1, 2, 3, 5, 10)
"""Likes given in an episode; one like is the usual case and is drawn twice."""
LONG_FROM = 20
"""From so many likes on, a person also plays episodes in which most of them are given."""
SHARES = (0.5, 0.85)
"""The shares of their likes that are given then."""
EPISODES = 1200
"""Episodes of a round, about."""
POOL = 320
"""Items that compete in an episode: those that some tool puts high, and a random rest."""
FROM_REST = 100
PEOPLE_AT_LEAST = 40
"""With fewer people who can be asked, fixed weights do better than learned ones."""
NOISE = 0.85
"""Known-ness of items that are treated as unrated is mostly a guess: this much of it is noise."""


class Lessons(NamedTuple):
    """Episodes with the items that compete in them; P is :data:`POOL` or all items if they are fewer."""

    z: FloatArray
    """(n, P, F) columns."""
    cold: BoolArray
    """(n, P)"""
    wanted: BoolArray
    """(n, P)"""
    likes: FloatArray
    """(n,) how many likes were given."""
    fame: FloatArray
    """(n,) how widely these are known."""


def fit_fusion(box: Tools, progress: Progress | None = None, seed: int = 0) -> Fusion:
    """Train the fusion of the box's catalogue and its confidence, and store both.

    Raises SetupFailed when the disk refuses.
    """
    fusion, sure = train_fusion(box, progress, seed)
    fusion.save(folder_of(box.catalog), box.catalog.spec.data_sha256)
    sure.save(confidence.folder_of(box.catalog), box.catalog.spec.data_sha256)
    return fusion


def train_fusion(box: Tools, progress: Progress | None = None, seed: int = 0) -> tuple[Fusion, Confidence]:
    """The fusion learned from the people of the box's catalogue, and how sure its picks are.

    Where they are too few the fusion has fixed weights, and a confidence of nothing.
    """
    catalog = box.catalog
    likes = catalog.interactions.likes(catalog.spec.like_at)
    askable = np.flatnonzero(np.diff(likes.indptr) > 5)
    if len(askable) < PEOPLE_AT_LEAST:
        return Fusion.default(), Confidence.nothing()
    from .fusion_train import train_weights

    lessons, examples = [], []
    for done, (lesson, rated) in enumerate(_rounds(box, likes, seed)):
        if progress is not None:
            progress("learning to rank", done + 1, ROUNDS + 1)
        lessons.append(lesson)
        examples += rated
    joined = Lessons(*(np.concatenate(parts) for parts in zip(*lessons, strict=True)))
    arrays = train_weights(joined, seed)
    if progress is not None:
        progress("learning to rank", ROUNDS + 1, ROUNDS + 1)
    fusion = Fusion(arrays)
    return fusion, fit_confidence(fusion, examples)


def _rounds(box: Tools, likes: csr_array, seed: int) -> Iterator[tuple[Lessons, list[Examples]]]:
    rng = np.random.default_rng(seed)
    interactions = box.catalog.interactions
    part = rng.permutation(interactions.n_people) % ROUNDS
    for turn in range(ROUNDS):
        others, known = interactions.only_people(part != turn), None
        if turn == ROUNDS - 1:
            hidden = _half_of(interactions.items, box.catalog.n, rng)
            others, known = without_items(others, hidden), _guessed(box.catalog.known, hidden, rng)
        fitted = trial(box, others, known)
        like_at = box.catalog.spec.like_at
        # Where everything counts as a like, nobody says what they do not like.
        collector = (
            None if like_at is None else Collector(fitted, interactions.matrix(), like_at, seed + turn)
        )
        lesson = _lessons(fitted, likes, np.flatnonzero(part == turn), rng, collector)
        yield lesson, [] if collector is None else collector.found


def _half_of(items: IntArray, n: int, rng: np.random.Generator) -> BoolArray:
    """Half of the ``items``, at random, as a mask (n,)."""
    hidden = np.zeros(n, bool)
    rated = np.unique(items)
    hidden[rng.choice(rated, len(rated) // 2, replace=False)] = True
    return hidden


def _guessed(known: FloatArray, hidden: BoolArray, rng: np.random.Generator) -> FloatArray:
    """Known-ness (n,) where that of ``hidden`` items is dealt out anew after a noisy guess."""
    places = np.flatnonzero(hidden)
    true = known[places].argsort().argsort() / max(len(places) - 1, 1)
    spread = (true - true.mean()) / max(float(true.std()), 1e-9)
    guess = np.sqrt(1 - NOISE**2) * spread + NOISE * rng.standard_normal(len(places))
    out = known.copy()
    out[places[np.argsort(guess)]] = np.sort(known[places])
    return out


def _lessons(
    fitted: Trial,
    likes: csr_array,
    people: IntArray,
    rng: np.random.Generator,
    collector: Collector | None = None,
) -> Lessons:
    size = min(POOL, fitted.catalog.n)
    rows = []
    for person, given in _asked(likes, people, rng):
        columns = table(fitted, Taste.of(given))
        if collector is not None:
            collector.take(person, given, columns)
        pool = _pool(columns, given, size, rng)
        wanted = np.zeros(fitted.catalog.n, bool)
        wanted[_liked(likes, person)] = True
        wanted[given] = False
        about = np.float32(columns.likes), np.float32(columns.fame)
        rows.append((columns.z[pool], columns.cold[pool], wanted[pool], *about))
    return Lessons(*(np.array(column) for column in zip(*rows, strict=True)))


def _asked(likes: csr_array, people: IntArray, rng: np.random.Generator) -> Iterator[tuple[int, IntArray]]:
    """About :data:`EPISODES` pairs of a person and of the likes that they give."""
    each = EPISODES // (len(LEVELS) + len(SHARES))
    for k in LEVELS:
        episodes = draw_episodes(likes, people, k, DRAWS, rng)
        for row in rng.permutation(len(episodes))[:each]:
            yield int(episodes.people[row]), episodes.given[row]
    many = people[np.diff(likes.indptr)[people] >= LONG_FROM]
    for share in SHARES:
        for person in rng.permutation(many)[:each].tolist():
            liked = _liked(likes, person)
            yield person, rng.choice(liked, int(share * len(liked)), replace=False)


def _liked(likes: csr_array, person: int) -> IntArray:
    return np.asarray(likes.indices[likes.indptr[person] : likes.indptr[person + 1]], np.int64)


def _pool(columns: Table, given: IntArray, size: int, rng: np.random.Generator) -> IntArray:
    """``size`` items: most of them the best by any one column, the others at random; the given ones last."""
    best = columns.z.max(axis=1)
    best[given] = -np.inf
    order = np.argsort(-best)
    n_best = max(size - FROM_REST, size // 2)
    rest = rng.permutation(order[n_best : len(order) - len(given)])[: size - n_best]
    pool = np.concatenate([order[:n_best], rest])
    return np.concatenate([pool, order[len(order) - (size - len(pool)) :]]) if len(pool) < size else pool
