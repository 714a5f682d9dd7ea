"""``cold-items``: half of the rated items are treated as if nobody had rated them, and are to be found.

The product is made without the ratings of the hidden half, and knows of these items what its importer knows
of any unrated one. People are told by their likes of the other half; only hidden items are ranked, and of
these the ones they like are wanted.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from ...data.errors import UserError
from ...data.importers.registry import known_given
from ..features import Taste, content_scores
from ..plan import make_plan
from ..profile import Profile
from ..rank import rank
from ..state import State
from ..trial import without_items
from . import metrics
from .figures import result
from .laboratory import PRODUCT, first, laboratory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ...data.catalog import Catalog
    from ...data.fetch import Progress
    from ...data.interactions import Interactions
    from ...tools.collaborative import Recommender
    from ...tools.toolbox import Toolbox
    from ...tools.types import BoolArray, IntArray
    from .metrics import Values

    Method = Callable[[IntArray], IntArray]
    """Positions that a person likes → the first hidden positions."""

NAME = "cold-items"
SEED = 2026
DEPTH = 50
SLICE = "all"
PRIOR, PLAIN = "known-ness prior", "plain content"
"""The rows to be compared with: the best-known first; the nearest to the mean of the liked items' vectors."""


def hidden_half(interactions: Interactions, seed: int = SEED) -> BoolArray:
    """Which items are treated as unrated, (n_items,): half of those that are rated."""
    rated = np.unique(interactions.items)
    hidden = np.zeros(interactions.n_items, bool)
    hidden[np.random.default_rng(seed).permutation(rated)[: len(rated) // 2]] = True
    return hidden


def run(box: Toolbox, *, progress: Progress | None = None, seed: int = SEED) -> dict[str, Any]:
    """Figures of the protocol over the box's catalogue.

    Another ``seed`` hides another half. Raises UserError for a catalogue without people to ask.
    """
    catalog = box.catalog
    hidden = hidden_half(catalog.interactions, seed)
    told, wanted = _asked(catalog, hidden)
    if not told:
        raise UserError(f"Nobody in {catalog.spec.name} likes items of both halves.")
    rest = without_items(catalog.interactions, hidden)
    counts = np.bincount(rest.items, minlength=catalog.n)
    known = known_given(catalog, counts)
    hits: dict[str, list[BoolArray]] = {}
    with laboratory(box, rest, catalog.spec.like_at, progress, known) as lab:
        for name, method in _methods(lab.app.box, hidden).items():
            for done, (given, found) in enumerate(zip(told, wanted, strict=True)):
                if progress is not None and done % 100 == 0:
                    progress(f"asking {name}", done, len(told))
                row = np.isin(method(given), found)
                hits.setdefault(name, []).append(np.pad(row, (0, DEPTH - len(row))))
    n_wanted = np.array([len(items) for items in wanted], np.int64)
    measured = {name: _measures(np.array(rows), n_wanted) for name, rows in hits.items()}
    return result(NAME, catalog, _sha256(hidden), list(_rows(measured)))


def _asked(catalog: Catalog, hidden: BoolArray) -> tuple[list[IntArray], list[IntArray]]:
    """Of each person with likes in both halves: those that are told, and those that are wanted."""
    likes = catalog.interactions.likes(catalog.spec.like_at)
    told, wanted = [], []
    for person in range(likes.shape[0]):
        liked = likes.indices[likes.indptr[person] : likes.indptr[person + 1]].astype(np.int64)
        if 0 < hidden[liked].sum() < len(liked):
            told.append(liked[~hidden[liked]])
            wanted.append(liked[hidden[liked]])
    return told, wanted


def _methods(box: Toolbox, hidden: BoolArray) -> dict[str, Method]:
    """The product, its tools alone, and what it is compared with; all of them rank hidden items only."""
    catalog = box.catalog

    def recommended(given: IntArray) -> IntArray:
        # As Palate.recommend(likes=…) plans and ranks, over one allow-list more.
        profile = Profile().adding([catalog.ids[position] for position in given.tolist()], "like")
        plan = make_plan(box, State(), profile, close=0.0)
        return rank(box, plan.taste, plan.allow & hidden, DEPTH).items

    def alone(model: Recommender) -> Method:
        def by_model(given: IntArray) -> IntArray:
            scores = model.score(given, np.ones(len(given), np.float32))
            return first(np.where(hidden, scores, np.nan), given, DEPTH)

        return by_model

    def plain(given: IntArray) -> IntArray:
        scores = content_scores(box, Taste.of(given))
        return first(None if scores is None else np.where(hidden, scores, np.nan), given, DEPTH)

    best_known = first(np.where(hidden, catalog.known, np.nan), np.zeros(0, np.int64), DEPTH)
    methods: dict[str, Method] = {PRODUCT: recommended, PRIOR: lambda _given: best_known, PLAIN: plain}
    return methods | {f"{PRODUCT}/{name}": alone(model) for name, model in box.models.items()}


def _measures(hits: BoolArray, n_wanted: IntArray) -> dict[str, Values]:
    return {
        f"recall@{DEPTH}": metrics.recall_of(hits, n_wanted, DEPTH),
        "recall@10": metrics.recall_of(hits, n_wanted, 10),
        "ndcg@10": metrics.ndcg_of(hits, n_wanted, 10),
    }


def _rows(measured: Mapping[str, Mapping[str, Values]]) -> Iterator[dict[str, Any]]:
    main = f"recall@{DEPTH}"
    best = max((PRIOR, PLAIN), key=lambda name: measured[name][main].mean())
    for method, measures in measured.items():
        people: IntArray = np.arange(len(measures[main]))
        estimate = metrics.mean_over_people(measures[main], people)
        figures: dict[str, Any] = {name: round(float(values.mean()), 4) for name, values in measures.items()}
        figures[f"{main}_ci95"] = _interval(estimate)
        if method not in (PRIOR, PLAIN):
            ratio = metrics.ratio_over_people(measures[main], measured[best][main], people)
            figures |= {"compared_with": best, "ratio": round(ratio.mean, 4), "ratio_ci95": _interval(ratio)}
        yield {"method": method, "slice": SLICE, "n": len(people), "metrics": figures}


def _interval(estimate: metrics.Estimate) -> Sequence[float]:
    return [round(estimate.low, 4), round(estimate.high, 4)]


def _sha256(hidden: BoolArray) -> str:
    return hashlib.sha256(np.flatnonzero(hidden).astype("<i8").tobytes()).hexdigest()
