"""Known-ness: how widely known an item is, as a quantile over its catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ..arrays import FloatArray


def quantiles(scores: FloatArray) -> FloatArray:
    """Scores ``(n,)`` as mid-rank quantiles in (0, 1); equal scores get equal quantiles."""
    if not len(scores):
        return np.zeros(0, np.float32)
    ordered = np.sort(scores)
    below = np.searchsorted(ordered, scores, side="left")
    upto = np.searchsorted(ordered, scores, side="right")
    return ((below + upto) / (2 * len(scores))).astype(np.float32)
