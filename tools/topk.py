"""The best of many scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .types import Scored

if TYPE_CHECKING:
    from .types import BoolArray, FloatArray, IntArray


def best(scores: FloatArray, k: int, allow: BoolArray | None = None, items: IntArray | None = None) -> Scored:
    """At most ``k`` of the items with the highest ``scores``, best first; equal scores in order of position.

    ``scores`` ``(m,)`` belong to the positions ``items`` ``(m,)`` (None: 0 … m - 1). NaN is no score. Only
    items in ``allow`` ``(n,)`` count, where it is given.
    """
    places = np.arange(len(scores), dtype=np.int64) if items is None else items
    usable = ~np.isnan(scores)
    if allow is not None:
        usable &= allow[places]
    places, kept = places[usable], scores[usable]
    k = max(0, min(k, len(kept)))
    if k < len(kept):
        # The k-th score may be shared: take all that have it, so that ties fall by position.
        edge = np.partition(kept, len(kept) - k)[len(kept) - k] if k else np.inf
        places, kept = places[kept >= edge], kept[kept >= edge]
    order = np.lexsort((places, -kept))[:k]
    return Scored(places[order], kept[order].astype(np.float32, copy=False))
