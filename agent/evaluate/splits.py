"""Who is asked, and what is given of them: made once from a seed, and hashed.

A split knows nothing of any method. Its hash stands beside every figure, so that two figures can be
compared only where it is the same.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ...data.errors import UserError
from ..trial import Episodes, draw_episodes

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from ...data.interactions import Interactions
    from ...tools.types import BoolArray, IntArray

N_FOLDS = 5
FEW = (1, 2, 3, 5, 10)
DRAWS = 5
MOST_PEOPLE = 2500
"""People who are asked at most; of more, so many are drawn. All of them train."""

TRAIN, VALID, TEST = 0, 1, 2
RATIOS = (0.8, 0.1, 0.1)
RECBOLE_SEED = 2020
"""RecBole's own default."""
BEFORE = 0.8
"""Share of the interactions before the time of a ``temporal`` split."""
TO_CHOOSE = 0.1
"""The last of those that are kept for choosing."""


@dataclass(frozen=True)
class FewLikesSplit:
    """Every person's fold, and the episodes by number of likes given."""

    folds: IntArray
    """(n_people,) in 0 … n_folds - 1: a person is asked by models that never saw their fold."""
    episodes: dict[int, Episodes]
    n_folds: int

    @property
    def sha256(self) -> str:
        """A hash over folds and episodes, in hexadecimal."""
        arrays = [self.folds]
        for k in sorted(self.episodes):
            arrays += [self.episodes[k].people, self.episodes[k].given]
        return _sha256(arrays)


def few_likes_split(
    likes: csr_array,
    seed: int = 2026,
    *,
    n_folds: int = N_FOLDS,
    ks: tuple[int, ...] = FEW,
    draws: int = DRAWS,
) -> FewLikesSplit:
    """All people of ``likes`` (n_people, n_items) in ``n_folds`` folds of equal size, and their episodes.

    Of each person with at least k + 5 likes, k are given, drawn ``draws`` times without replacement. Of more
    than :data:`MOST_PEOPLE` with six likes or more, so many are drawn to be asked.
    """
    rng = np.random.default_rng(seed)
    n_people = likes.shape[0]
    folds = np.empty(n_people, np.int64)
    folds[rng.permutation(n_people)] = np.arange(n_people) % n_folds
    people = np.flatnonzero(np.diff(likes.indptr) > 5)
    if len(people) > MOST_PEOPLE:
        people = np.sort(rng.choice(people, MOST_PEOPLE, replace=False))
    episodes = {k: draw_episodes(likes, people, k, draws, rng) for k in ks}
    return FewLikesSplit(folds, episodes, n_folds)


@dataclass(frozen=True)
class HeldOut:
    """Interactions in three parts: to fit on, to choose by, to be found. Rows are interactions."""

    interactions: Interactions
    part: IntArray
    """(len(interactions),) of TRAIN, VALID and TEST."""
    liked: BoolArray
    """(len(interactions),): what tells of a person, and what is to be found."""
    most: int = MOST_PEOPLE

    @property
    def sha256(self) -> str:
        """A hash over who has what in which part, in hexadecimal; the order of the rows is no matter."""
        rows = self.interactions
        order = np.lexsort((rows.items, rows.people))
        return _sha256([rows.people[order], rows.items[order], self.part[order]])

    @cached_property
    def asked(self) -> IntArray:
        """The people with a like to find and one to be known by, ascending; at most ``most``, drawn."""
        people = np.flatnonzero(self._have(TEST) & self._have(TRAIN))
        if len(people) <= self.most:
            return people
        return np.sort(np.random.default_rng(RECBOLE_SEED).choice(people, self.most, replace=False))

    @cached_property
    def strangers(self) -> IntArray:
        """The people with a like to find of whom nothing came before, ascending."""
        known = np.zeros(self.interactions.n_people, bool)
        known[self.interactions.people[self.part != TEST]] = True
        return np.flatnonzero(self._have(TEST) & ~known)

    def only(self, *parts: int, liked: bool = False) -> Interactions:
        """The interactions of some parts, or just the likes; people keep their positions."""
        keep = np.isin(self.part, parts) & (self.liked if liked else True)
        return self.interactions.rows(keep)

    def _have(self, part: int) -> BoolArray:
        """Who, (n_people,), has a like in ``part``."""
        having = np.zeros(self.interactions.n_people, bool)
        having[self.interactions.people[self.liked & (self.part == part)]] = True
        return having


def recbole_split(
    interactions: Interactions, source_order: IntArray | None = None, seed: int = RECBOLE_SEED
) -> HeldOut:
    """The random 8:1:1 of each person's interactions that RecBole 1.2.1 makes with its default settings.

    RecBole seeds torch, permutes all rows of the file, groups them by person and cuts each group; the last
    two parts are rounded down, but get one row where that is none. ``source_order`` (len(interactions),)
    gives the rows in the order of the file RecBole reads; without it they are taken as they come.
    Everything counts as liked, and ratings as 1.
    """
    import torch

    n = len(interactions)
    order = np.arange(n) if source_order is None else source_order
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        shuffled = order[torch.randperm(n).numpy()]
    # A stable sort by person keeps the shuffled order of each one's rows.
    grouped = shuffled[np.argsort(interactions.people[shuffled], kind="stable")]
    part = np.empty(n, np.int64)
    sizes = np.bincount(interactions.people, minlength=interactions.n_people)
    for rows in np.split(grouped, np.cumsum(sizes)[:-1]):
        part[rows] = np.repeat([TRAIN, VALID, TEST], _cut(len(rows)))
    implicit = replace(interactions, ratings=np.ones(n, np.float32))
    return HeldOut(implicit, part, np.ones(n, bool))


def temporal_split(interactions: Interactions, like_at: float | None) -> HeldOut:
    """Cut at one point in time for everybody: what comes later is to be found, where it was liked.

    Four fifths of the interactions lie before it; the last tenth of these is kept for choosing. Rows of
    one time stay together. Raises UserError where the times are not known or all the same.
    """
    times = interactions.times
    if not len(times) or times.min() == times.max():
        raise UserError("The catalogue does not know when its interactions were, so none come later.")
    ordered = np.sort(times)
    cut = ordered[int(BEFORE * len(times))]
    choose = ordered[int(BEFORE * (1 - TO_CHOOSE) * len(times))]
    part = np.where(times >= cut, TEST, np.where(times >= choose, VALID, TRAIN)).astype(np.int64)
    liked = np.ones(len(times), bool) if like_at is None else interactions.ratings >= like_at
    return HeldOut(interactions, part, liked)


def _cut(n: int) -> tuple[int, int, int]:
    valid, test = (int(ratio * n) for ratio in RATIOS[1:])
    train = n - valid - test
    if train > 1 and 0 < RATIOS[2] * n < 1:
        test, train = test + 1, train - 1
    if train > 1 and 0 < RATIOS[1] * n < 1:
        valid, train = valid + 1, train - 1
    return train, valid, test


def _sha256(arrays: list[IntArray]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).astype("<i8").tobytes())
    return digest.hexdigest()
