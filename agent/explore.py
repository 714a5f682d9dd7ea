"""Exploration by Thompson sampling: rank by one draw of what the person's taste may be, not by its mean.

A taste is a direction w in the space of the items' vectors, with the prior N(0, I). A like of an item with
the unit vector x is an observation of w·x with the noise :data:`NOISE`; the posterior is N(μ, Σ) with
Σ = (I + XᵀX / noise²)⁻¹ (Bayesian linear regression; Chapelle & Li, NIPS 2011, for the sampling). The ranking
already stands for μ; what is added to it is X(w - μ) of one draw. Directions in which the person has told
their taste hardly move, those of which nothing is known do: a stranger's list explores most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..tools.graph import LightGCN

if TYPE_CHECKING:
    from ..tools.types import FloatArray, IntArray
    from .features import Taste, Tools

NOISE = 0.5
"""Deviation of what a like says of a taste."""
MOST_TOLD = 200
"""The latest likes, from which a taste is learned."""


def drawn(box: Tools, taste: Taste, pool: IntArray, scores: FloatArray, seed: int) -> FloatArray:
    """What one draw of the taste adds to the items of ``pool`` (positions), (len(pool),), of mean 0.

    Of the same deviation as ``scores``; the same ``seed`` gives the same draw. Zeros where the catalogue has
    no vectors.
    """
    graph = box.models.get(LightGCN.name)
    if isinstance(graph, LightGCN):
        vectors = graph.h_items
    elif box.content is not None:
        vectors = box.content.vectors
    else:
        return np.zeros(len(pool), np.float32)
    told = np.asarray(vectors[taste.items[-MOST_TOLD:]], np.float64)
    precision = np.eye(vectors.shape[1]) + told.T @ told / NOISE**2
    # w - μ is N(0, Σ): with precision = L Lᵀ, solve Lᵀ d = z.
    lower = np.linalg.cholesky(precision)
    normal = np.random.default_rng(seed).standard_normal(len(lower))
    moved = np.asarray(vectors[pool], np.float64) @ np.linalg.solve(lower.T, normal)
    spread = float(moved.std())
    if spread < 1e-9:
        return np.zeros(len(pool), np.float32)
    return np.asarray((moved - moved.mean()) / spread * scores.std(), np.float32)
