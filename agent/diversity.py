"""The last step of ranking: how familiar the list is, and how much its items differ from each other.

Both dials choose among the best few hundred items alone, so that what they bring up still answers what was
asked. At zero they change nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..tools.graph import LightGCN
from ..tools.side import side_of
from .errors import UserError
from .explore import drawn

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..tools.types import FloatArray, IntArray
    from .features import Taste, Tools

POOL = 200
"""The best items, among which the dials choose: what lies beyond is hardly what was asked for."""

DENSE_AT_MOST = 1000
"""Values of a kind of facet up to which dense rows are faster to compare than sparse ones."""


class Dial(NamedTuple):
    """How the list should be.

    ``fresh`` from -1, what is widely known, over 0, as ranked, to 1, what few know; ``diverse`` from 0, as
    ranked, to 1, as different from each other as the good candidates are; ``explore`` from 0, as ranked, to
    1, by one draw of what the person's taste may be, ``draw`` saying which.
    """

    fresh: float = 0.0
    diverse: float = 0.0
    explore: float = 0.0
    draw: int = 0

    @classmethod
    def checked(cls, fresh: float = 0.0, diverse: float = 0.0, explore: float = 0.0, draw: int = 0) -> Dial:
        """A dial; raises UserError for a value that is out of range."""
        if not -1 <= fresh <= 1:
            raise UserError(f"fresh is {fresh:g}; it may be -1 (familiar) to 1 (fresh).")
        if not 0 <= diverse <= 1:
            raise UserError(f"diverse is {diverse:g}; it may be 0 (as ranked) to 1 (varied).")
        if not 0 <= explore <= 1:
            raise UserError(f"explore is {explore:g}; it may be 0 (as ranked) to 1 (by a draw of the taste).")
        return cls(float(fresh), float(diverse), float(explore), draw)

    @property
    def pool(self) -> int:
        """How many of the best items are needed to choose from; 0 where nothing moves."""
        return POOL if self.fresh or self.diverse or self.explore else 0


AS_RANKED = Dial()


def choose(
    box: Tools, pool: IntArray, scores: FloatArray, k: int, dial: Dial, taste: Taste | None = None
) -> tuple[IntArray, dict[str, FloatArray]]:
    """Places in ``pool`` of the (at most) ``k`` items to show, in order, and what the dial added to scores.

    ``pool`` are positions, best first, ``scores`` theirs; the additions are by name, (len(pool),). A diverse
    list is in the order in which it was chosen, which is not that of the scores.
    """
    parts: dict[str, FloatArray] = {}
    if dial.fresh and len(pool):
        parts["fresh"] = freshness(log_popularity(box)[pool], scores) * np.float32(dial.fresh)
        scores = scores + parts["fresh"]
    if dial.explore and len(pool) and taste is not None:
        parts["explore"] = drawn(box, taste, pool, scores, dial.draw) * np.float32(dial.explore)
        scores = scores + parts["explore"]
    order = np.argsort(-scores, kind="stable").astype(np.int64)
    if not dial.diverse or len(pool) < 2:
        return order[:k], parts
    similar = likeness(box, pool[order])
    return order[marginal_relevance(scores[order], similar, k, dial.diverse)], parts


def log_popularity(box: Tools) -> FloatArray:
    """How widely each item is known, (n,), on a logarithmic scale; of unrated items too.

    The logarithm of the number of likes, for unrated items that of rated ones of the same known-ness. Where
    nobody rated anything, popularity is taken to follow a power law: its logarithm is then proportional to
    -log(1 - q) of its quantile q, which is what known-ness is.
    """
    popularity = box.models.get("popularity")
    if popularity is not None and len(box.catalog.interactions):
        nobody = np.empty(0, np.int64)
        return np.nan_to_num(popularity.score(nobody, np.empty(0, np.float32)), nan=0.0)
    rare = 1.001 - np.clip(box.catalog.known, 0, 1)
    return np.asarray(-np.log(rare), np.float32)


def freshness(popularity: FloatArray, scores: FloatArray) -> FloatArray:
    """What an item of the given log ``popularity`` gains when the dial is at 1, (n,), mean 0.

    To subtract τ log p(i) from the logit of item i is logit adjustment (Menon et al., ICLR 2021): at τ = 1
    the popularity that a softmax has learned is taken out, and what ranks is how much more the person likes
    the item than people do in general. Here τ is such that at 1 popularity and score have equal deviations
    over the items of the pool, so that the dial means the same whatever the scale of the scores.
    """
    deviation = float(popularity.std())
    if deviation < 1e-9:
        return np.zeros(len(scores), np.float32)
    standard = (popularity - popularity.mean()) / deviation
    return np.asarray(-standard * scores.std(), np.float32)


def marginal_relevance(
    scores: FloatArray, similar: Callable[[int], FloatArray], k: int, diverse: float
) -> IntArray:
    """Places of ``k`` items by maximal marginal relevance (Carbonell & Goldstein, SIGIR 1998).

    Each next item is the one of the largest (1 - λ) · relevance - λ · its largest likeness to one already
    chosen, λ being ``diverse`` and relevance the score brought to [0, 1]. ``similar`` gives the likeness in
    [0, 1] of the item at a place to all of them, (n,).
    """
    spread = float(np.ptp(scores))
    relevance = (scores - scores.min()) / (spread if spread > 0 else 1.0)
    nearest = np.zeros(len(scores), np.float32)
    left = np.ones(len(scores), bool)
    chosen: list[int] = []
    for _ in range(min(k, len(scores))):
        value = np.where(left, (1 - diverse) * relevance - diverse * nearest, -np.inf)
        place = int(value.argmax())
        chosen.append(place)
        left[place] = False
        nearest = np.maximum(nearest, similar(place))
    return np.array(chosen, np.int64)


def likeness(box: Tools, pool: IntArray) -> Callable[[int], FloatArray]:
    """The likeness of any item of ``pool`` (by its place) to all of them, (len(pool),) in [0, 1].

    The mean of the cosines of what is there: sentence vectors, names, categories, vectors of the graph.
    """
    side, graph = side_of(box.catalog), box.models.get(LightGCN.name)
    dense = [] if box.content is None else [np.asarray(box.content.vectors[pool], np.float32)]
    if isinstance(graph, LightGCN):
        dense.append(graph.h_items[pool])
    shared = []
    for rows in (matrix[pool] for matrix in (side.names, side.categories) if matrix.shape[1]):
        if rows.shape[1] <= DENSE_AT_MOST:
            dense.append(rows.toarray())
        else:
            shared.append(np.asarray((rows @ rows.T).toarray(), np.float32))
    n = max(len(dense) + len(shared), 1)

    def similar(place: int) -> FloatArray:
        total = np.zeros(len(pool), np.float32)
        for vectors in dense:
            total += vectors @ vectors[place]
        for matrix in shared:
            total += matrix[place]
        return np.clip(total / n, 0, 1)

    return similar
