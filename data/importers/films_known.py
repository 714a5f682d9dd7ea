"""How widely known a film is: from its ratings, and from what the press and the box office say.

Ratings cover some 1,600 films up to 1998. For the others a prior speaks. Its weights come from a least
squares fit on log(1 + ratings) of the films of 1975–1997 (unrated ones counted as 0; r = .43 on the same
films). What is added by judgement, not fitted: the tie-break by total reviews, the takings of early films,
and how ratings and prior are mixed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .known import quantiles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..arrays import FloatArray
    from .films_facts import Facts

WINDOW = 2
"""Years around a film's within which its reviews are ranked: reviews grew with the web."""
RATED_YEARS = (1980, 1997)
"""The ratings were given in 1997 and 1998: a film of the years before that got none is less known."""
TAKINGS_FROM = 1980
"""Of earlier films hardly any takings are recorded: they are taken as what their reviews let expect."""


def known_of(films: Sequence[Facts | None], counts: Sequence[int]) -> FloatArray:
    """Known-ness ``(n,)`` in (0, 1) as quantiles over all films.

    ``films`` holds None for a film without facts, ``counts`` the number of each film's ratings.
    """
    have = np.array([film is not None for film in films], bool)
    rated = np.array(counts, np.float64)
    prior = np.zeros(len(films))
    with_facts = [film for film in films if film is not None]
    prior[have] = quantiles(_prior(with_facts))
    years = np.array([film.year if film else 0 for film in films])
    # On the scale of a quantile: 5 ratings .5, 20 .8, 100 .95.
    from_ratings = rated / (rated + 5)
    missed = have & (rated == 0) & (years >= RATED_YEARS[0]) & (years <= RATED_YEARS[1])
    score = np.where(rated > 0, 0.5 * prior + 0.5 * from_ratings, prior - 0.08 * missed)
    score = np.where(have, score, 0.97 * from_ratings)
    return quantiles(score.astype(np.float32))


def _prior(films: Sequence[Facts]) -> FloatArray:
    years = np.array([film.year for film in films])
    reviews = np.array([film.reviews for film in films], np.float32)
    rank = _rank_within_years(reviews, years)
    wins = np.log1p([film.oscars for film in films])
    nominations = np.log1p([film.nominations for film in films])
    takings = np.log1p(np.array([film.box_office for film in films]) / 1e6)
    takings = np.where((takings == 0) & (years < TAKINGS_FROM), 4 * rank**4, takings)
    score = 1.2 * rank + 0.9 * rank**4 + 0.36 * wins + 0.07 * nominations + 0.12 * takings
    # Reviews of one year are ranked alike whether few or many were written: the total breaks ties.
    return np.asarray(score + 0.12 * np.log1p(reviews), np.float32)


def _rank_within_years(values: FloatArray, years: np.ndarray[tuple[int], np.dtype[np.int64]]) -> FloatArray:
    rank = np.zeros(len(values), np.float32)
    for year in np.unique(years):
        window = np.sort(values[np.abs(years - year) <= WINDOW])
        here = years == year
        rank[here] = np.searchsorted(window, values[here], side="left") / len(window)
    return rank
