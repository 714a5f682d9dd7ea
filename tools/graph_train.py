"""Training of the graph neural network; imported only when a model is fitted, for torch takes seconds."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from scipy.sparse import block_array, csr_array, diags_array
from scipy.sparse.linalg import svds
from torch import Tensor, nn
from torch.nn import functional

if TYPE_CHECKING:
    from .types import FloatArray, IntArray


INIT = 0.02
"""Deviation of the items' embeddings at the start: small, so that what is not learned is not noise."""


@dataclass(frozen=True)
class Options:
    """How the network is trained; the defaults were chosen on validation people of MovieLens-100K."""

    dim: int = 64
    layers: int = 2
    """Steps of propagation."""
    steps: int = 100
    """Steps of the optimiser."""
    learning_rate: float = 0.02
    asking: float = 0.5
    """Share of people taken out of the graph in a step, who ask and whose other likes are to be found."""
    batch: int = 1024
    """People who ask in a step, at most."""
    cold: float = 0.25
    """Share of items that have neither likes nor an embedding of their own in a step."""
    likes_at_most: int = 8
    """Likes given by a person who asks: one to this many, at most half of theirs."""
    candidates: int = 8192
    """Items that compete in the softmax of a step, at most."""
    scale: float = 2.5
    """The inverse temperature of the softmax: how much a cosine of 1 is worth against popularity."""
    linear_decay: float = 0.1
    """The penalty on |w|²: unit vectors tell items apart, so that a free w would learn each by heart."""
    tag_weight: float = 5.0
    """How much the tags of an item weigh against the people who like it. At 2 NDCG@10 is .01 higher for
    rated items, but then what was popular in one season lies together, whatever it is."""


class Embeddings(NamedTuple):
    """What training leaves of the network."""

    h_items: FloatArray
    """(n_items, dim) unit rows; zero for items without likes, tags and features."""
    linear: FloatArray
    """(2 · dim,): w of the linear form wᵀ[h_u; h_i]."""
    popularity: FloatArray
    """(n_items,): log(1 + likes); for items without likes the mean of the others."""


def normalised(block: csr_array) -> csr_array:
    """D_r^-½ B D_c^-½ of a block of edge weights ≥ 0; empty rows and columns stay empty."""
    rows, columns = block.sum(axis=1), block.sum(axis=0)
    left, right = (1 / np.sqrt(np.where(degree > 0, degree, 1)) for degree in (rows, columns))
    return (diags_array(left) @ block @ diags_array(right)).tocsr()


def adjacency(likes: csr_array, tags: csr_array, tag_weight: float) -> csr_array:
    """The symmetric graph over [people; items; tags], each of its two relations normalised by itself."""
    (n_people, n_items), n_tags = likes.shape, tags.shape[1]
    to_items, to_tags = normalised(likes), normalised(tags) * tag_weight
    grid = [
        [csr_array((n_people, n_people)), to_items, csr_array((n_people, n_tags))],
        [to_items.T, csr_array((n_items, n_items)), to_tags],
        [csr_array((n_tags, n_people)), to_tags.T, csr_array((n_tags, n_tags))],
    ]
    graph = block_array(grid, format="csr", dtype=np.float32)
    graph.sort_indices()
    return graph


def propagate(graph: Tensor, x: Tensor, layers: int) -> Tensor:
    """The mean of x, Ax, …, A^layers x, (n_nodes, dim) (He et al. 2020, equations 4 and 8)."""
    total = x
    for _ in range(layers):
        x = _SymmetricProduct.apply(graph, x)  # type: ignore[no-untyped-call]
        total = total + x
    return total / (layers + 1)


class _SymmetricProduct(torch.autograd.Function):
    """A @ x for a symmetric sparse A: its gradient is A @ grad, so A is never transposed."""

    @staticmethod
    def forward(ctx: Any, graph: Tensor, x: Tensor) -> Tensor:
        ctx.graph = graph
        return graph @ x

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[None, Tensor]:
        return None, ctx.graph @ grads[0]


class _Graph:
    """A graph whose people and items can be taken out, edge by edge, without building it again."""

    def __init__(self, likes: csr_array, tags: csr_array, tag_weight: float) -> None:
        self.n_people, self.n_items = likes.shape
        self.n_tags = tags.shape[1]
        matrix = adjacency(likes, tags, tag_weight)
        rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
        columns = matrix.indices
        low, high = np.minimum(rows, columns), np.maximum(rows, columns)
        like = low < self.n_people
        # Edges to tags point at one more, a person and an item who are always there.
        self._person = torch.from_numpy(np.where(like, low, self.n_people))
        self._item = torch.from_numpy(np.where(like, high - self.n_people, self.n_items))
        self._indptr = torch.from_numpy(matrix.indptr.astype(np.int64))
        self._indices = torch.from_numpy(matrix.indices.astype(np.int64))
        self._values = torch.from_numpy(matrix.data)
        self._shape = matrix.shape

    def tensor(self, people: Tensor | None = None, items: Tensor | None = None) -> Tensor:
        """The graph with the likes between ``people`` (n_people,) and ``items`` (n_items,), 0/1 masks.

        The likes of those who stay weigh more when people go, as in dropout, so that sums keep their size.
        """
        values = self._values
        one = torch.ones(1)
        if people is not None:
            values = values * torch.cat([people / people.mean(), one])[self._person]
        if items is not None:
            values = values * torch.cat([items, one])[self._item]
        with warnings.catch_warnings():
            # Torch calls compressed sparse tensors a beta feature, once a process.
            warnings.simplefilter("ignore", UserWarning)
            return torch.sparse_csr_tensor(self._indptr, self._indices, values, size=self._shape)


class _Network(nn.Module):
    """The parameters: an embedding for each liked item, and maps for tags and features.

    Tags have no embeddings of their own to learn: few of them touch a liked item, and all must mean
    something. They start from the spectrum of the item-tag matrix, features from their principal axes,
    and only the maps from there are learned.
    """

    def __init__(self, n_items: int, feature_axes: FloatArray, options: Options) -> None:
        """``feature_axes`` (n_features, dim)."""
        super().__init__()
        dim = options.dim
        self.layers = options.layers
        self.items = nn.Parameter(torch.randn(n_items, dim) * INIT)
        self.turn = nn.Parameter(torch.eye(dim))
        self.project = nn.Parameter(torch.from_numpy(feature_axes))
        self.linear = nn.Parameter(torch.zeros(2 * dim))

    def forward(self, graph: _Graph, edges: Tensor, own: Tensor, tags: Tensor, features: Tensor) -> Tensor:
        """h of all items of the graph, (n_items, dim) unit rows, from their ``own`` embeddings.

        ``tags`` (n_tags, dim) are the spectral vectors of the graph's tags.
        """
        people = own.new_zeros(graph.n_people, own.shape[1])
        x = torch.cat([people, own + features @ self.project, tags @ self.turn])
        h = propagate(edges, x, self.layers)
        return functional.normalize(h[graph.n_people : graph.n_people + graph.n_items], dim=1)


def spectrum(tags: csr_array, dim: int) -> FloatArray:
    """The leading right singular vectors of the normalised item-tag matrix, (n_tags, dim), mean norm 1."""
    rank = min(dim, *tags.shape)
    out = np.zeros((tags.shape[1], dim), dtype=np.float32)
    if tags.nnz == 0:
        return out
    if min(tags.shape) <= 4 * dim:
        right = np.linalg.svd(normalised(tags).toarray(), full_matrices=False)[2][:rank]
    else:
        right = svds(normalised(tags).astype(np.float64), rank, v0=np.ones(min(tags.shape)))[2]
    out[:, :rank] = right.T
    size = np.sqrt(np.mean(np.sum(out**2, axis=1)))
    scaled: FloatArray = np.asarray(out / max(float(size), 1e-9), dtype=np.float32)
    return scaled


def principal_axes(features: FloatArray, dim: int) -> FloatArray:
    """The leading principal axes of centred ``features`` (n, any), (any, dim)."""
    out = np.zeros((features.shape[1], dim), dtype=np.float32)
    axes = np.linalg.eigh(features.T @ features)[1][:, ::-1][:, :dim]
    out[:, : axes.shape[1]] = axes
    return out


def train_embeddings(
    likes: csr_array,
    tags: csr_array | None,
    features: FloatArray | None,
    options: Options,
    seed: int,
) -> Embeddings:
    """Train on ``likes`` (n_people, n_items) and propagate once over the whole graph.

    Training sees only liked items and their tags, which is all that the loss can reach; items that nobody
    liked join at the end. In each step some people ask: a few of their likes are given, the others are to
    be found among all items (softmax cross-entropy, as in Liang et al., WWW 2018). Those who ask are not
    in the graph, just like the people the model is for.
    """
    n_items = likes.shape[1]
    tags = csr_array((n_items, 0), dtype=np.float32) if tags is None else tags.astype(np.float32)
    features = np.zeros((n_items, 0), np.float32) if features is None else features - features.mean(axis=0)
    popularity = np.log1p(likes.sum(axis=0)).astype(np.float32)
    liked = np.flatnonzero(popularity)
    popularity[popularity == 0] = popularity[liked].mean() if len(liked) else 0
    axes = spectrum(tags, options.dim)
    used = np.flatnonzero(tags[liked].sum(axis=0))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = _Network(len(liked), principal_axes(features, options.dim), options)
    parts = likes[:, liked].tocsr(), tags[liked][:, used].tocsr(), axes[used], features[liked]
    _optimise(network, *parts, popularity[liked], options, np.random.default_rng(seed))
    graph = _Graph(likes, tags, options.tag_weight)
    own = torch.zeros(n_items, options.dim)
    with torch.no_grad():
        own[liked] = network.items
        h: Tensor = network(graph, graph.tensor(), own, torch.from_numpy(axes), torch.from_numpy(features))
    return Embeddings(h.numpy(), network.linear.detach().numpy().copy(), popularity)


def _optimise(
    network: _Network,
    likes: csr_array,
    tags: csr_array,
    axes: FloatArray,
    features: FloatArray,
    popularity: FloatArray,
    options: Options,
    rng: np.random.Generator,
) -> None:
    """Change ``network`` in place; the arrays are those of liked items and of the tags they have."""
    askable = np.flatnonzero(np.diff(likes.indptr) >= 2)
    if len(askable) == 0:
        return
    graph = _Graph(likes, tags, options.tag_weight)
    x, t, base = (torch.from_numpy(each) for each in (features, axes, popularity))
    optimiser = torch.optim.Adam(network.parameters(), lr=options.learning_rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, options.learning_rate, total_steps=options.steps, pct_start=0.1
    )
    n_asking = max(1, min(int(len(askable) * options.asking), options.batch))
    for _ in range(options.steps):
        asking = rng.choice(askable, n_asking, replace=False)
        warm = torch.from_numpy((rng.random(graph.n_items) >= options.cold).astype(np.float32))
        present = torch.ones(graph.n_people)
        if n_asking < graph.n_people:
            present[asking] = 0
        h = network(graph, graph.tensor(present, warm), network.items * warm[:, None], t, x)
        quality = torch.where(warm > 0, base, base.mean()) + h @ network.linear[options.dim :]
        among = _among(graph.n_items, options.candidates, rng)
        given, wanted = _episodes(likes[asking][:, among].toarray(), options.likes_at_most, rng)
        loss = _loss(h[among], quality[among], given, wanted, options.scale)
        loss = loss + options.linear_decay * network.linear.square().sum()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()


def _among(n_items: int, at_most: int, rng: np.random.Generator) -> IntArray:
    if n_items <= at_most:
        return np.arange(n_items)
    return np.sort(rng.choice(n_items, at_most, replace=False))


def _episodes(likes: FloatArray, at_most: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Split each row of 0/1 ``likes`` (people, items) into a few likes given and the others, wanted."""
    half = np.maximum(likes.sum(axis=1).astype(np.int64) // 2, 1)
    n_given = np.minimum(rng.integers(1, at_most + 1, len(likes)), half)
    order = np.argsort(-likes * rng.random(likes.shape, dtype=np.float32), axis=1)
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(likes.shape[1])[None, :], axis=1)
    given = likes * (rank < n_given[:, None])
    return torch.from_numpy(given), torch.from_numpy(likes - given)


def _loss(h: Tensor, quality: Tensor, given: Tensor, wanted: Tensor, scale: float) -> Tensor:
    """Softmax cross-entropy of the wanted items; people with nothing given or wanted do not count."""
    n_given, n_wanted = given.sum(dim=1, keepdim=True), wanted.sum(dim=1)
    people = functional.normalize(given @ h, dim=1) * (n_given / (n_given + 1))
    logits = (scale * (people @ h.T) + quality).masked_fill(given > 0, -1e9)
    found = (functional.log_softmax(logits, dim=1) * wanted).sum(dim=1) / n_wanted.clamp(min=1)
    counts = ((n_wanted > 0) & (n_given[:, 0] > 0)).float()
    return -(found * counts).sum() / counts.sum().clamp(min=1)
