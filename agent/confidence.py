"""How likely a person is to like a pick: a calibration of the ranking by people whom no model saw.

"Like" is: rates it at or above the catalogue's ``like_at``, among those who rate it at all. Whoever never
rates says nothing, so this is no probability that somebody will watch or buy.

It is a logistic regression of what is known when a pick is ranked (:func:`features`), one for items that
ratings speak of and one for the others. It is fitted in a set-up to the episodes from which the fusion
learns (:mod:`.fusion_fit`): there every person is asked by models that never saw them, and in the last round
half of the rated items are hidden and stand for those that nobody rated. Scoring needs numpy alone; fitting
is in :mod:`.confidence_fit`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..data.errors import NoData
from ..tools.artifacts import load_arrays, save_arrays
from ..tools.side import side_of

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from numpy.typing import NDArray

    from ..data.catalog import Catalog
    from ..data.interactions import Interactions
    from ..tools.types import BoolArray, FloatArray, IntArray
    from .features import Table

KIND = "confidence"
VERSION = 1
FEATURES = (
    "one",
    "score",
    "score over 1",
    "score over 2.5",
    "rate",
    "raters",
    "known",
    "likes",
    "likes x score",
    "likes x rate",
)
"""The columns of :func:`features`, in their order."""
MOST_LIKES = 10.0
"""More likes than are given in the episodes of the fit count as these."""
PRIOR_RATERS = 5.0
"""As many raters of the mean rate are added to those of an item."""
LOWEST, HIGHEST = -3.0, 6.0
"""Standardised scores beyond these count as these."""


class ItemStats(NamedTuple):
    """What people in general make of each item, (n,)."""

    raters: FloatArray
    rate: FloatArray
    """The share of its raters who like it, drawn to the mean of all items where they are few."""


class Confidence:
    """p = 1 / (1 + exp(-w · x)), one w for items that ratings speak of, one for the others."""

    def __init__(self, weights: FloatArray) -> None:
        """``weights`` (2, len(FEATURES)), of warm and of cold items; (0, …) where nothing could be fitted."""
        self.weights = weights

    @classmethod
    def nothing(cls) -> Confidence:
        """For a catalogue whose ratings tell nothing of who likes what."""
        return cls(np.zeros((0, len(FEATURES)), np.float32))

    @property
    def is_fitted(self) -> bool:
        """Whether it can tell anything."""
        return len(self.weights) > 0

    def of(self, x: FloatArray, cold: BoolArray) -> FloatArray:
        """The probabilities, (m,), of ``x`` (m, len(FEATURES)); ``cold`` (m,) as in a request's table."""
        logits = np.where(cold, x @ self.weights[1], x @ self.weights[0])
        return np.asarray(1 / (1 + np.exp(-logits)), np.float32)

    def save(self, folder: Path, data_sha256: str) -> None:
        """Write the artifact; raises SetupFailed."""
        arrays: dict[str, NDArray[Any]] = {"weights": self.weights.astype(np.float32)}
        config = {"features": list(FEATURES)}
        save_arrays(folder, arrays, kind=KIND, data_sha256=data_sha256, config=config, version=VERSION)

    @classmethod
    def load(cls, folder: Path, data_sha256: str) -> Confidence:
        """The calibration in ``folder``; raises NoData or DataError (stale, foreign or damaged)."""
        return cls(load_arrays(folder, kind=KIND, data_sha256=data_sha256, version=VERSION)[0]["weights"])


def confidence(catalog: Catalog, columns: Table, fused: FloatArray, items: IntArray) -> FloatArray | None:
    """How likely the person of ``columns`` is to like each of ``items``, (len(items),).

    ``fused`` (n,) are the fused scores of all items. None where the catalogue has no calibration, or one of
    ratings that tell nothing. Raises DataError for a broken artifact.
    """
    calibration = confidence_of(catalog)
    if calibration is None:
        return None
    scores = standardised(fused, fused[side_of(catalog).rated])[items]
    stats = stats_of(catalog)
    x = features(scores, stats.rate[items], stats.raters[items], catalog.known[items], columns.likes)
    return calibration.of(x, columns.cold[items])


def features(
    scores: FloatArray, rate: FloatArray, raters: FloatArray, known: FloatArray, likes: float | FloatArray
) -> FloatArray:
    """What a confidence is worked out from, (m, len(FEATURES)).

    ``scores`` are :func:`standardised`, ``rate`` and ``raters`` those of :class:`ItemStats`, ``known`` is
    known-ness in [0, 1], ``likes`` how many likes count (:attr:`~.features.Table.likes`).
    """
    level = np.broadcast_to(np.log(np.clip(likes, 1, MOST_LIKES)), scores.shape)
    odds = np.log(rate / (1 - rate))
    rows = [
        np.ones(len(scores)),
        scores,
        np.maximum(scores - 1, 0),
        np.maximum(scores - 2.5, 0),
        odds,
        np.log1p(raters) / 5,
        known,
        level,
        level * scores,
        level * odds,
    ]
    return np.stack(rows, axis=1).astype(np.float32)


def standardised(fused: FloatArray, among: FloatArray) -> FloatArray:
    """Fused scores in deviations from the mean of those ``among``, the rated items of the same request."""
    deviation = max(float(among.std()), 1e-6)
    return np.asarray(np.clip((fused - among.mean()) / deviation, LOWEST, HIGHEST), np.float32)


def item_stats(interactions: Interactions, like_at: float | None) -> ItemStats:
    """What people make of each item, (n_items,), by these ``interactions``."""
    n = interactions.n_items
    raters = np.bincount(interactions.items, minlength=n).astype(np.float64)
    liked = np.ones(len(interactions), bool) if like_at is None else interactions.ratings >= like_at
    likers = np.bincount(interactions.items[liked], minlength=n)
    # Between 0 and 1 without either: its odds must be finite.
    mean = (likers.sum() + 1) / (raters.sum() + 2)
    rate = (likers + PRIOR_RATERS * mean) / (raters + PRIOR_RATERS)
    return ItemStats(raters.astype(np.float32), rate.astype(np.float32))


@lru_cache(maxsize=8)
def stats_of(catalog: Catalog) -> ItemStats:
    """The :class:`ItemStats` of a catalogue."""
    return item_stats(catalog.interactions, catalog.spec.like_at)


@lru_cache(maxsize=8)
def confidence_of(catalog: Catalog) -> Confidence | None:
    """The stored calibration of ``catalog``; None where it has none or one of nothing. Raises DataError."""
    try:
        found = load_confidence(catalog)
    except NoData:
        return None
    return found if found.is_fitted else None


def load_confidence(catalog: Catalog) -> Confidence:
    """The stored calibration of ``catalog``; raises NoData or DataError."""
    return Confidence.load(folder_of(catalog), catalog.spec.data_sha256)


def folder_of(catalog: Catalog) -> Path:
    """Where the calibration of ``catalog`` is stored: beside its fusion."""
    return catalog.path / "artifacts" / KIND
