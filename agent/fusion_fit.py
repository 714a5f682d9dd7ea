"""Makes the fusion's lessons: people whom no model saw give a few likes, and their other likes are known.

Some people of a catalogue are set aside, models are fitted to all the others, and those set aside play
episodes. In a second round half of the rated items are hidden from the models as well: they stand for the
items that nobody rated, and teach how far facts are to be believed beside ratings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .features import Table, Taste, table
from .fusion import Fusion, folder_of
from .trial import draw_episodes, fit_own, trial, without_items

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scipy.sparse import csr_array

    from ..tools.types import BoolArray, FloatArray, IntArray
    from .features import Tools
    from .trial import Trial

    Progress = Callable[[str, int, int], None]

ASIDE = 0.3
"""Share of the people who play the episodes."""
DRAWS = 3
"""Episodes a person and number of likes, at most."""
LEVELS = (1, 1, 2, 3, 5, 10)
"""Likes given in an episode; one like is the usual case and is drawn twice."""
EPISODES = 2000
"""Episodes to learn from, about."""
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


def fit_fusion(box: Tools, progress: Progress | None = None, seed: int = 0) -> Fusion:
    """Train the fusion of the box's catalogue and store it; raises SetupFailed when the disk refuses."""
    fusion = train_fusion(box, progress, seed)
    fusion.save(folder_of(box.catalog), box.catalog.spec.data_sha256)
    return fusion


def train_fusion(box: Tools, progress: Progress | None = None, seed: int = 0) -> Fusion:
    """The fusion learned from the people of the box's catalogue; fixed weights where they are too few."""
    catalog = box.catalog
    likes = catalog.interactions.likes(catalog.spec.like_at)
    askable = np.flatnonzero(np.diff(likes.indptr) > 5)
    if len(askable) < PEOPLE_AT_LEAST:
        return Fusion.default()
    from .fusion_train import train_weights

    lessons = []
    for done, lesson in enumerate(_rounds(box, likes, seed)):
        if progress is not None:
            progress("learning to rank", done + 1, 3)
        lessons.append(lesson)
    joined = Lessons(*(np.concatenate(parts) for parts in zip(*lessons, strict=True)))
    arrays = train_weights(joined, seed)
    own = fit_own(catalog)
    if progress is not None:
        progress("learning to rank", 3, 3)
    return Fusion(arrays, {} if own is None else {own.name: own})


def _rounds(box: Tools, likes: csr_array, seed: int) -> Iterator[Lessons]:
    rng = np.random.default_rng(seed)
    interactions = box.catalog.interactions
    aside = rng.random(interactions.n_people) < ASIDE
    people, others = np.flatnonzero(aside), interactions.only_people(~aside)
    yield _lessons(trial(box, others), likes, people, 2 * EPISODES // 3, rng)
    hidden = _half_of(interactions.items, box.catalog.n, rng)
    fitted = trial(box, without_items(others, hidden), _guessed(box.catalog.known, hidden, rng))
    yield _lessons(fitted, likes, people, EPISODES // 3, rng)


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


def _lessons(fitted: Trial, likes: csr_array, people: IntArray, n: int, rng: np.random.Generator) -> Lessons:
    size = min(POOL, fitted.catalog.n)
    rows = []
    for k in LEVELS:
        episodes = draw_episodes(likes, people, k, DRAWS, rng)
        some = rng.permutation(len(episodes))[: n // len(LEVELS)]
        for person, given in zip(episodes.people[some], episodes.given[some], strict=True):
            columns = table(fitted, Taste.of(given), fitted.extra)
            pool = _pool(columns, given, size, rng)
            wanted = np.zeros(fitted.catalog.n, bool)
            wanted[likes.indices[likes.indptr[person] : likes.indptr[person + 1]]] = True
            wanted[given] = False
            rows.append((columns.z[pool], columns.cold[pool], wanted[pool], np.float32(columns.likes)))
    z, cold, wanted_rows, counts = (np.array(column) for column in zip(*rows, strict=True))
    return Lessons(z, cold, wanted_rows, counts)


def _pool(columns: Table, given: IntArray, size: int, rng: np.random.Generator) -> IntArray:
    """``size`` items: most of them the best by any one column, the others at random; the given ones last."""
    best = columns.z.max(axis=1)
    best[given] = -np.inf
    order = np.argsort(-best)
    n_best = max(size - FROM_REST, size // 2)
    rest = rng.permutation(order[n_best : len(order) - len(given)])[: size - n_best]
    pool = np.concatenate([order[:n_best], rest])
    return np.concatenate([pool, order[len(order) - (size - len(pool)) :]]) if len(pool) < size else pool
