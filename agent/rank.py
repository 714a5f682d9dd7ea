"""One order from what all the tools say, by how much is known of the person and of each item."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..tools.search import hybrid
from ..tools.side import side_of, standardise
from .confidence import confidence
from .diversity import AS_RANKED, choose
from .features import Taste, Tools, closeness, content_scores, table
from .fusion import Fusion, fusion_of, load_fusion
from .fusion_fit import fit_fusion

if TYPE_CHECKING:
    from ..tools.types import BoolArray, FloatArray, IntArray
    from .diversity import Dial
    from .features import Table

__all__ = ["Ranked", "Taste", "fit_fusion", "load_fusion", "rank"]

WORDS = 1.0
READ = 0.5
"""How much search counts for words that a wish or a constraint has read too."""
LEAN = 3.0
BEST = 1.5
PRIOR, ESTEEM = 0.6, 0.8
"""Of known-ness, and of how good an item is held to be, where nothing is known of the person."""
DISLIKED = -0.5
CLOSE = {"content": 0.5, "names": 0.8, "categories": 0.7, "years": 0.1, "item-knn": 0.5}
"""Of what resembles the seeds, beside the fused score."""
FUSED_WHEN_CLOSE = 0.25
"""Of the fused score, where the closest is asked for."""
FUSED_WHEN_COLD = 0.2
"""The same where nobody rated any seed: the fused score then says little but what is liked in general."""
FAME, OBSCURE = 0.4, 0.3
"""Of how well an item is known, where the closest is asked for: what lifts the famous, and what holds back
what hardly anybody knows."""
CARRIERS = 3
"""Tools that are named as those which carried a pick."""


class Ranked(NamedTuple):
    """The first items, in order, their scores, and what each tool added to each score.

    ``parts`` maps the name of a tool to its contributions (len(items),): the largest carried the pick.
    ``confidence`` (len(items),) says how likely the person is to like each (:mod:`.confidence`); None where
    nothing tells.
    """

    items: IntArray
    scores: FloatArray
    parts: dict[str, FloatArray]
    confidence: FloatArray | None = None

    def at(self, places: list[int]) -> Ranked:
        """The items at ``places`` alone."""
        parts = {name: part[places] for name, part in self.parts.items()}
        sure = None if self.confidence is None else self.confidence[places]
        return Ranked(self.items[places], self.scores[places], parts, sure)

    def carried(self, place: int) -> dict[str, float]:
        """The tools that spoke most for the item at ``place``, and their shares of all that spoke for it."""
        speaks = {name: float(part[place]) for name, part in self.parts.items() if part[place] > 0}
        total = sum(speaks.values())
        first = sorted(speaks, key=lambda name: -speaks[name])[:CARRIERS]
        return {name: round(speaks[name] / total, 2) for name in first}


def rank(
    box: Tools,
    taste: Taste,
    allow: BoolArray,
    k: int = 50,
    fusion: Fusion | None = None,
    dial: Dial = AS_RANKED,
) -> Ranked:
    """The best ``k`` of the allowed items (fewer if fewer are allowed), for the person of ``taste``.

    ``allow`` (n,) leaves out what must not be recommended; the items of ``taste`` are left out in any
    case. Nothing known of the person gives the best-known items. ``fusion`` is the catalogue's own unless
    another is given. ``dial`` says how familiar and how varied the list is to be. Raises DataError for a
    broken artifact.
    """
    fusion = fusion_of(box.catalog) if fusion is None else fusion
    taste = _inside(taste, box.catalog.n)
    allow = allow.copy()
    allow[taste.items] = False
    columns = table(box, taste) if len(taste.liked) else None
    wishes = _wishes(box, taste) if columns is not None else _wishes(box, taste) | _stranger(box, taste)
    total = np.zeros(box.catalog.n, np.float32)
    share = 1.0
    if columns is not None:
        share = _share(taste, columns)
        fused = fusion.score(columns)
        total += share * fused
        wishes |= _close(box, taste, columns)
    for part in wishes.values():
        total += part
    candidates = np.flatnonzero(allow)
    pool = candidates[_best(total[candidates], max(k, dial.pool))]
    places, moved = choose(box, pool, total[pool], k, dial, taste)
    items = pool[places]
    parts = {name: part[items] for name, part in wishes.items()}
    sure = None
    if columns is not None:
        sure = confidence(box.catalog, columns, fused, items)
        for name, part in fusion.contributions(columns, items).items():
            parts[name] = parts.get(name, np.float32(0)) + share * part
    scores = total[items]
    for name, part in moved.items():
        parts[name] = part[places]
        scores = scores + part[places]
    return Ranked(items, scores, parts, sure)


def _inside(taste: Taste, n: int) -> Taste:
    """``taste`` without positions outside the catalogue."""
    keep = (taste.items >= 0) & (taste.items < n)
    if keep.all():
        return taste
    return replace(taste, items=taste.items[keep], weights=taste.weights[keep])


def _share(taste: Taste, columns: Table) -> float:
    """How much of the fused score counts; the rest of the way to 1 makes room for closeness."""
    least = FUSED_WHEN_COLD if columns.cold.all() else FUSED_WHEN_CLOSE
    return 1 - taste.close * (1 - least)


def _close(box: Tools, taste: Taste, columns: Table) -> dict[str, FloatArray]:
    """What resembling the seeds adds to each item (n,), by tool; nothing unless the closest is asked for."""
    if taste.close <= 0:
        return {}
    close = closeness(box, taste, columns)
    parts = {name: np.float32(taste.close * CLOSE[name]) * part for name, part in close.items()}
    # Among 18,000 items the very closest is often one that hardly anybody knows.
    known = np.clip(box.catalog.known, 0, 1)
    fame = FAME * -np.log(1.001 - known) + OBSCURE * np.log(0.02 + known)
    return parts | {"known": (taste.close * fame).astype(np.float32)}


def _wishes(box: Tools, taste: Taste) -> dict[str, FloatArray]:
    """What the words of the request add to each item (n,), by the tool that read them."""
    parts: dict[str, FloatArray] = {}
    if taste.words:
        meant = None if taste.vector is None or box.content is None else box.content.relevance(taste.vector)
        found = hybrid(meant, box.lexical.scores(taste.words))
        weight = np.float32(WORDS * (READ + (1 - READ) * taste.unread))
        parts = {name: weight * part for name, part in found.items()}
    if taste.lean is not None:
        parts["lean"] = LEAN * taste.lean
    if taste.best:
        parts["best"] = BEST * side_of(box.catalog).best
    return parts


def _stranger(box: Tools, taste: Taste) -> dict[str, FloatArray]:
    """What is added for a person without a like: what is known and good, and not what is disliked."""
    known = np.log(0.02 + np.clip(box.catalog.known, 0, 1)).astype(np.float32)
    parts = {
        "known": PRIOR * standardise(known, np.ones(len(known), bool)),
        "esteem": np.float32(ESTEEM) * side_of(box.catalog).best,
    }
    disliked = content_scores(box, Taste.of(taste.items)) if len(taste.items) else None
    if disliked is not None:
        parts["content"] = DISLIKED * standardise(disliked, np.ones(len(known), bool))
    return parts


def _best(scores: FloatArray, k: int) -> IntArray:
    """Places of the ``k`` highest scores, best first, ties by place."""
    if len(scores) > k > 0:
        threshold = np.partition(scores, -k)[-k]
        among = np.flatnonzero(scores >= threshold)
    else:
        among = np.arange(len(scores))
    return among[np.argsort(-scores[among], kind="stable")[:k]]
