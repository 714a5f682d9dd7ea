"""One order from what all the tools say, by how much is known of the person and of each item."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..tools.types import BoolArray, FloatArray, IntArray
from .features import Taste, Tools, columns, side_of, standardise

__all__ = ["Ranked", "Taste", "rank"]

WEIGHTS = {
    "user-knn": 1.0,
    "item-knn": 0.3,
    "ease": 0.2,
    "gnn": 0.5,
    "content": 0.5,
    "names": 0.6,
    "categories": 0.4,
    "years": 0.2,
    "words": 1.2,
    "lexical": 0.6,
}
KNOWN = 0.6
LEAN = 1.5
BEST = 1.5


class Ranked(NamedTuple):
    """The first items, best first, their scores, and what each tool added to each score.

    ``parts`` maps the name of a tool to its contributions (len(items),): the largest carried the pick.
    """

    items: IntArray
    scores: FloatArray
    parts: dict[str, FloatArray]


def rank(box: Tools, taste: Taste, allow: BoolArray, k: int = 50) -> Ranked:
    """The best ``k`` of the allowed items (fewer if fewer are allowed), for the person of ``taste``.

    ``allow`` (n,) leaves out what must not be recommended; the liked and disliked items of ``taste`` are
    left out in any case. Nothing known of the person gives the best-known items.
    """
    allow = allow.copy()
    allow[taste.items] = False
    parts = _parts(box, taste, allow)
    total = np.sum(list(parts.values()), axis=0, dtype=np.float32)
    candidates = np.flatnonzero(allow)
    order = candidates[np.argsort(-total[candidates], kind="stable")[:k]]
    return Ranked(order, total[order], {name: part[order] for name, part in parts.items()})


def _parts(box: Tools, taste: Taste, allow: BoolArray) -> dict[str, FloatArray]:
    parts: dict[str, FloatArray] = {}
    for name, scores in columns(box, taste).items():
        parts[name] = WEIGHTS[name] * np.nan_to_num(standardise(scores, allow), nan=0.0)
    known = box.catalog.known
    parts["known"] = (KNOWN * np.log(0.02 + np.clip(known, 0, 1))).astype(np.float32)
    if taste.lean is not None:
        parts["lean"] = LEAN * taste.lean
    if taste.best:
        parts["best"] = BEST * side_of(box.catalog).best
    return parts
