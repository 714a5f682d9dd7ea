"""The graph neural network: people, items and tags in one graph, one vector for each item.

Training (torch) is in :mod:`.graph_train`; what is here scores with numpy alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

import numpy as np
from scipy.sparse import csr_array, diags_array, hstack

from .artifacts import load_arrays, save_arrays
from .collaborative import last_of_each

if TYPE_CHECKING:
    from pathlib import Path

    from ..data.catalog import Catalog, Interactions
    from .types import BoolArray, FloatArray, IntArray

EMPHASIS = {"category": (3.0, 2), "name": (0.5, 1)}
"""A facet of weight w weighs a · w^b in the graph; (a, b) by kind."""


ONE_STEP = 0.1
"""What the step over people weighs beside the vectors; chosen on validation data."""
TURNING = 10.0
"""From this many likes on, what training learned of the likes of many says more than their spectrum."""


class Embeddings(NamedTuple):
    """What training leaves of the network; vectors of items are unit rows, zero where nothing is known."""

    h_items: FloatArray
    """(n_items, dim), trained."""
    smooth: FloatArray
    """(n_items, dim): the same propagation of the spectrum of the likes, before training."""
    near: FloatArray
    """(n_items, dim): trained, and propagated mostly over tags."""
    votes: FloatArray
    """(2, n_items): how much a like of the item says of a person, for ``smooth`` and for ``h_items``."""
    linear: FloatArray
    """(2 · dim,): w of the linear form wᵀ[h_u; h_i]."""
    popularity: FloatArray
    """(n_items,): learned; for items without likes the mean of the others."""
    scales: tuple[float, float]
    """What a cosine of 1 is worth against popularity, for ``smooth`` and for ``h_items``."""


class LightGCN:
    """A graph convolution without weights or non-linearities (He et al., SIGIR 2020), with tags and features.

    An item has an embedding of its own when somebody likes it, and a projection of its sentence vector, the
    more of it the fewer like it; a tag has the vector of its place in the spectrum of the item-tag matrix;
    people are what they like. Two steps of normalised neighbourhood sums mix them, and the mean of the
    steps, at unit length, is the vector h of an item. Items that nobody liked get theirs from tags and
    sentence vector: in training, items are made cold at random.

    Embeddings start as the spectrum of the people-item matrix, which propagated is a low-pass filter of
    what people like (Shen et al., CIKM 2021) and by itself the better model of someone with few likes; after
    training it is the better one of someone with many. Both are kept. A person who asks is folded in as
    h_u = Σ w_i v_i h_i over likes, at unit length, v_i being the votes of items. With n = Σ |w_i| an item
    scores n / (n + 1) · [(1 - γ) · a_0 cos_0 + γ · a cos] + wᵀ[h_u; h_i] + popularity, where cos and cos_0
    are h_u·h_i trained and untrained, a and a_0 their scales and γ = n² / (n² + 10²).

    Vectors of few dimensions blur who likes what together; so the one step over people is added as it is,
    R̃ᵀR̃ of the normalised likes (the linear part of Shen et al.'s filter), at γ · :data:`ONE_STEP` of the
    deviation of the rest: of few likes it says little.
    """

    name: ClassVar[str] = "gnn"
    version: ClassVar[int] = 3

    def __init__(self, trained: Embeddings, likes: csr_array, n_features: int = 0) -> None:
        """``trained`` as :func:`~.graph_train.train_embeddings` leaves it, of 0/1 ``likes`` (n_people,
        n_items); ``n_features`` went into it.
        """
        self.trained = trained
        self.likes = likes
        self.n_features = n_features
        self._by_item = normalised(likes).T.tocsr()
        self.h_items = trained.h_items
        self._rest = trained.h_items @ trained.linear[trained.h_items.shape[1] :] + trained.popularity
        self._nothing: BoolArray = np.logical_not(np.any(trained.h_items != 0, axis=1))

    @classmethod
    def fit(
        cls,
        interactions: Interactions,
        tags: csr_array | None,
        features: FloatArray | None,
        like_at: float | None,
        seed: int = 0,
        **options: Any,
    ) -> Self:
        """Train on likes; the same seed gives the same model on the same machine.

        ``tags`` (n_items, n_tags) are weights ≥ 0, ``features`` (n_items, any) unit rows; either may be
        missing. ``options`` are the fields of :class:`~.graph_train.Options`.
        """
        from .graph_train import Options, train_embeddings

        likes = interactions.likes(like_at)
        n_features = 0 if features is None else features.shape[1]
        return cls(train_embeddings(likes, tags, features, Options(**options), seed), likes, n_features)

    def fold_in(self, items: IntArray, weights: FloatArray) -> FloatArray:
        """The trained vector h_u (dim,) of a person from their likes, at unit length; zeros without any."""
        items, weights = self._known(items, weights)
        return _sum(self.trained.h_items, self.trained.votes[1], items, weights)

    def score(self, items: IntArray, weights: FloatArray) -> FloatArray:
        """See :meth:`~.collaborative.Recommender.score`; every item that has a tag, text or like scores."""
        items, weights = self._known(items, weights)
        t = self.trained
        h = _sum(t.h_items, t.votes[1], items, weights)
        if not h.any():
            return self._mask(np.zeros(len(self.h_items), dtype=np.float32))
        h0 = _sum(t.smooth, t.votes[0], items, weights)
        n = float(np.abs(weights).sum())
        much = n**2 / (n**2 + TURNING**2)
        close = t.smooth @ (h0 * np.float32((1 - much) * t.scales[0] * n / (n + 1)))
        close += t.h_items @ (h * np.float32(much * t.scales[1] * n / (n + 1)))
        close += self._rest + np.float32(h @ t.linear[: len(h)])
        step = self._by_item @ (self._by_item[items].T @ weights)
        spread = float(step.std())
        if spread > 0:
            close += np.float32(ONE_STEP * much * float(close.std()) / spread) * step
        return self._mask(close)

    def similar(self, items: IntArray, weights: FloatArray) -> FloatArray:
        """The cosine of each item (n_items,) with what is given, by the graph alone and mostly by tags.

        No popularity is in it; NaN where nothing is known of an item.
        """
        items, weights = self._known(items, weights)
        near = self.trained.near
        return self._mask(near @ _sum(near, np.ones(len(near), np.float32), items, weights))

    def save(self, folder: Path, data_sha256: str) -> None:
        """See :meth:`~.collaborative.Recommender.save`."""
        likes = {"likes_indptr": self.likes.indptr, "likes_indices": self.likes.indices}
        arrays = self.trained._asdict() | likes
        config = {"scales": list(arrays.pop("scales")), "n_features": self.n_features}
        save_arrays(
            folder, arrays, kind=self.name, data_sha256=data_sha256, config=config, version=self.version
        )

    @classmethod
    def load(cls, folder: Path, data_sha256: str) -> Self:
        """See :meth:`~.collaborative.Recommender.load`."""
        arrays, config = load_arrays(folder, kind=cls.name, data_sha256=data_sha256, version=cls.version)
        first, second = config["scales"]
        starts, items = arrays.pop("likes_indptr"), arrays.pop("likes_indices")
        shape = (len(starts) - 1, len(arrays["h_items"]))
        likes = csr_array((np.ones(len(items), np.float32), items, starts), shape=shape)
        return cls(Embeddings(**arrays, scales=(first, second)), likes, config["n_features"])

    def _known(self, items: IntArray, weights: FloatArray) -> tuple[IntArray, FloatArray]:
        """The items of which something is known, each once, and their weights."""
        items, weights = last_of_each(items, weights)
        inside = (items >= 0) & (items < len(self.h_items))
        items, weights = items[inside], weights[inside]
        known = ~self._nothing[items]
        return items[known], weights[known]

    def _mask(self, scores: FloatArray) -> FloatArray:
        scores[self._nothing] = np.nan
        return scores


def normalised(block: csr_array) -> csr_array:
    """D_r^-½ B D_c^-½ of a block of edge weights ≥ 0; empty rows and columns stay empty."""
    rows, columns = block.sum(axis=1), block.sum(axis=0)
    left, right = (1 / np.sqrt(np.where(degree > 0, degree, 1)) for degree in (rows, columns))
    return (diags_array(left) @ block @ diags_array(right)).astype(np.float32).tocsr()


def _sum(h: FloatArray, votes: FloatArray, items: IntArray, weights: FloatArray) -> FloatArray:
    """Σ w_i v_i h_i at unit length; zeros where there is nothing to sum."""
    total: FloatArray = np.asarray((weights * votes[items]) @ h[items], np.float32)
    norm = float(np.linalg.norm(total))
    return total / norm if norm > 0 else total


def tag_matrix(catalog: Catalog) -> tuple[csr_array, list[str]]:
    """Items by tags (n_items, n_tags), and the tags as "facet: value".

    Tags are the values of category and name facets that two items or more share. A facet's weight is
    divided among the values that an item has in it, and a value weighs more the commoner it is, which takes
    back half of what normalising the graph takes from common tags. Categories weigh more, and names less,
    than in a reason: what kind of thing it is decides what is alike, a name makes a link worth telling.
    """
    blocks: list[csr_array] = [csr_array((catalog.n, 0), dtype=np.float32)]
    names: list[str] = []
    for facet in catalog.spec.facets:
        if facet.kind not in EMPHASIS or facet.weight <= 0:
            continue
        postings = catalog.postings(facet.name)
        shared = np.flatnonzero(postings.sum(axis=0) >= 2)
        values = catalog.values(facet.name)
        factor, power = EMPHASIS[facet.kind]
        blocks.append(weigh(postings[:, shared].tocsr()) * np.float32(factor * facet.weight**power))
        names += [f"{facet.name}: {values[column]}" for column in shared.tolist()]
    return hstack(blocks, format="csr", dtype=np.float32), names


def weigh(postings: csr_array) -> csr_array:
    """0/1 ``postings`` (n_items, n_values) with each row divided by its sum, common values weighing more."""
    counts = postings.sum(axis=0)
    common = np.sqrt(counts / max(float(counts.mean()) if len(counts) else 0, 1))
    share = 1 / np.maximum(postings.sum(axis=1), 1)
    return (diags_array(share) @ postings @ diags_array(common)).astype(np.float32).tocsr()
