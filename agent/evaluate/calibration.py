"""``calibration``: whether :attr:`~..types.Pick.confidence` can be taken at its word.

People whom neither the models nor the calibration saw, in the folds of few-likes, name one to ten of their
likes. Of what ``Palate.recommend`` then lists first, whatever they rated counts: the probability that it
named against whether they rated it as liked. What they never rated says nothing of a probability that is
about ratings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ...data.errors import UserError
from ..confidence import stats_of
from .figures import check_enough, result
from .laboratory import PRODUCT, laboratory
from .reliability import brier, expected_calibration_error, interval_of_brier, interval_of_error, reliability
from .splits import FEW, few_likes_split

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...data.fetch import Progress
    from ...tools.toolbox import Toolbox
    from .laboratory import Laboratory
    from .splits import FewLikesSplit

NAME = "calibration"
DEPTH = 20
"""Picks of each answer that count."""
DRAWS = 1
METHODS = (PRODUCT, "item-rate", "mean-rate")
"""The product's confidence; the share of an item's raters who like it; that share over all items."""


class Judged(NamedTuple):
    """One pick that the person it was made for had rated."""

    person: int
    likes: int
    liked: bool
    told: tuple[float, float, float]
    """The probabilities by :data:`METHODS`."""


def run(
    box: Toolbox,
    *,
    progress: Progress | None = None,
    ks: tuple[int, ...] = FEW,
    draws: int = DRAWS,
    n_folds: int | None = None,
) -> dict[str, Any]:
    """Calibration error (10 bins), Brier score and reliability table, for everybody and by likes given.

    Fewer ``ks`` or ``n_folds`` are for a quick look. Raises UserError for a catalogue without ratings that
    say what is liked and what is not, and for one without people to ask.
    """
    catalog, like_at = box.catalog, box.catalog.spec.like_at
    if like_at is None:
        raise UserError(
            f"Nobody says in {catalog.spec.name} what they do not like, so nothing is calibrated."
        )
    split = few_likes_split(catalog.interactions.likes(like_at), ks=ks, draws=draws)
    folds = split.n_folds if n_folds is None else n_folds
    people = {int(p) for asked in split.episodes.values() for p in asked.people if split.folds[p] < folds}
    check_enough(catalog, len(people))
    judged: list[Judged] = []
    for fold in range(folds):
        with laboratory(box, catalog.interactions.only_people(split.folds != fold), like_at, progress) as lab:
            judged += _asked(lab, box, split, fold)
        if progress is not None:
            progress("folds", fold + 1, folds)
    if not judged:
        raise UserError(f"The fusion of {catalog.spec.name} has no confidence: too few people rated.")
    sha256 = split.sha256 if folds == split.n_folds else ""
    return result(NAME, catalog, sha256, list(_rows(judged, ks)))


def _asked(lab: Laboratory, box: Toolbox, split: FewLikesSplit, fold: int) -> Iterator[Judged]:
    catalog, interactions = lab.app.box.catalog, box.catalog.interactions
    like_at = box.catalog.spec.like_at or 0.0
    ratings = interactions.matrix()
    rate = stats_of(catalog).rate
    mean = float((catalog.interactions.ratings >= like_at).mean())
    for k, asked in split.episodes.items():
        episodes = asked.of_people(split.folds == fold)
        for person, given in zip(episodes.people.tolist(), episodes.given, strict=True):
            row = slice(ratings.indptr[person], ratings.indptr[person + 1])
            rated = dict(zip(ratings.indices[row].tolist(), ratings.data[row].tolist(), strict=True))
            reply = lab.app.recommend(likes=[catalog.ids[at] for at in given.tolist()], k=DEPTH)
            for pick in reply.items:
                position = catalog.position(pick.id)
                if pick.confidence is not None and position in rated:
                    told = (pick.confidence, float(rate[position]), mean)
                    yield Judged(person, k, rated[position] >= like_at, told)


def _rows(judged: list[Judged], ks: tuple[int, ...]) -> Iterator[dict[str, Any]]:
    people = np.array([each.person for each in judged], np.int64)
    likes = np.array([each.likes for each in judged], np.int64)
    liked = np.array([each.liked for each in judged], bool)
    told = np.array([each.told for each in judged], np.float64)
    slices = {"all": np.ones(len(judged), bool)} | {f"k={k}": likes == k for k in ks}
    for where, among in slices.items():
        for column, method in enumerate(METHODS) if among.any() else ():
            p, happened, who = told[among, column], liked[among], people[among]
            error, score = interval_of_error(p, happened, who), interval_of_brier(p, happened, who)
            figures = {
                "ece": round(expected_calibration_error(p, happened), 4),
                "ece_ci95": [round(error.low, 4), round(error.high, 4)],
                "brier": round(brier(p, happened), 4),
                "brier_ci95": [round(score.low, 4), round(score.high, 4)],
                "confidence": round(float(p.mean()), 4),
                "liked": round(float(happened.mean()), 4),
                "ratings": len(p),
            }
            row = {"method": method, "slice": where, "n": len(np.unique(who)), "metrics": figures}
            yield row | {"reliability": reliability(p, happened)}
