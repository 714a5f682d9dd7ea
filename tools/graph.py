"""The graph neural network: people, items and tags in one graph, one vector for each item.

Training (torch) is in :mod:`.graph_train`; what is here scores with numpy alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

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


class LightGCN:
    """A graph convolution without weights or non-linearities (He et al., SIGIR 2020), with tags and features.

    An item has an embedding of its own when somebody likes it, plus a projection of its sentence vector;
    a tag has the vector of its place in the spectrum of the item-tag matrix; people are what they like. Two
    steps of normalised neighbourhood sums mix them, and the mean of the steps, at unit length, is the vector
    h of an item. Items that nobody liked get theirs from tags and sentence vector: in training, items are
    made cold at random.

    A person who asks is folded in as h_u = Σ w_i h_i over likes, at unit length, and with n = Σ |w_i|
    an item scores scale · n / (n + 1) · h_u·h_i + wᵀ[h_u; h_i] + log(1 + likes). The dot product says how
    close it is, and says more the more likes are known; the rest says how well such items are liked at all.
    """

    name: ClassVar[str] = "gnn"
    version: ClassVar[int] = 1

    def __init__(
        self,
        h_items: FloatArray,
        linear: FloatArray,
        popularity: FloatArray,
        scale: float,
        n_features: int = 0,
    ) -> None:
        """``h_items`` (n_items, dim) unit rows, zero where nothing is known, ``linear`` (2 · dim,),
        ``popularity`` (n_items,): as :class:`~.graph_train.Embeddings`; ``n_features`` went into training.
        """
        self.h_items = h_items
        self.linear = linear
        self.popularity = popularity
        self.scale = scale
        self.n_features = n_features
        self._quality = h_items @ linear[h_items.shape[1] :] + popularity
        self._nothing: BoolArray = np.logical_not(np.any(h_items != 0, axis=1))

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
        chosen = Options(**options)
        n_features = 0 if features is None else features.shape[1]
        return cls(*train_embeddings(likes, tags, features, chosen, seed), chosen.scale, n_features)

    def fold_in(self, items: IntArray, weights: FloatArray) -> FloatArray:
        """The vector h_u (dim,) of a person from their likes, at unit length; zeros without any."""
        items, weights = self._known(items, weights)
        h = weights @ self.h_items[items]
        norm = float(np.linalg.norm(h))
        return h / norm if norm > 0 else h

    def score(self, items: IntArray, weights: FloatArray) -> FloatArray:
        """See :meth:`~.collaborative.Recommender.score`; every item that has a tag, text or like scores."""
        h = self.fold_in(items, weights)
        if not h.any():
            return self._mask(np.zeros(len(self.h_items), dtype=np.float32))
        n = float(np.abs(self._known(items, weights)[1]).sum())
        closeness = self.h_items @ (h * np.float32(self.scale * n / (n + 1)))
        return self._mask(closeness + self._quality + np.float32(h @ self.linear[: len(h)]))

    def similar(self, items: IntArray, weights: FloatArray) -> FloatArray:
        """cos(h_u, h_i) of each item (n_items,), NaN where nothing is known of it."""
        return self._mask(self.h_items @ self.fold_in(items, weights))

    def save(self, folder: Path, data_sha256: str) -> None:
        """See :meth:`~.collaborative.Recommender.save`."""
        save_arrays(
            folder,
            {"h_items": self.h_items, "linear": self.linear, "popularity": self.popularity},
            kind=self.name,
            data_sha256=data_sha256,
            config={"scale": self.scale, "n_features": self.n_features},
            version=self.version,
        )

    @classmethod
    def load(cls, folder: Path, data_sha256: str) -> Self:
        """See :meth:`~.collaborative.Recommender.load`."""
        arrays, config = load_arrays(folder, kind=cls.name, data_sha256=data_sha256, version=cls.version)
        return cls(arrays["h_items"], arrays["linear"], arrays["popularity"], **config)

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
