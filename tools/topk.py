"""Scores of many items, and the best of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .types import Scored

if TYPE_CHECKING:
    from .types import BoolArray, FloatArray, IntArray


BLOCK = 256
"""Rows multiplied at once: they stay in the cache, and are too few for BLAS to take a second thread, which
halves the time on idle cores but makes it forty times as long on busy ones."""


def dots(rows: FloatArray, vector: FloatArray, places: IntArray | None = None) -> FloatArray:
    """``rows @ vector`` for ``rows`` (n, dim), (n,), or of the rows at ``places`` (m,) alone, (m,).

    On one thread, without a copy of all the rows that are read.
    """
    n = len(rows) if places is None else len(places)
    out = np.empty(n, np.float32)
    vector = np.ascontiguousarray(vector, np.float32)
    gathered = np.empty((min(BLOCK, n), rows.shape[1]), np.float32)
    for start in range(0, n, BLOCK):
        stop = min(start + BLOCK, n)
        if places is None:
            block = rows[start:stop]
        else:
            block = rows.take(places[start:stop], axis=0, out=gathered[: stop - start], mode="clip")
        np.dot(block, vector, out=out[start:stop])
    return out


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
