"""Training of the graph neural network; imported only when a model is fitted, for torch takes seconds."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from scipy.sparse import csr_array
from scipy.sparse.linalg import svds
from torch import Tensor, nn
from torch.nn import functional

from .graph import Embeddings, normalised
from .graph_episodes import Episodes, sample

if TYPE_CHECKING:
    from .types import FloatArray, IntArray


SHUT = -1e4
"""The logit of an item that does not compete: low, and finite where nothing competes at all."""


@dataclass(frozen=True)
class Options:
    """How the network is trained; chosen on validation data of MovieLens-100K and Gowalla."""

    dim: int = 64
    layers: int = 2
    """Steps of propagation."""
    batch: int = 1024
    """People in a step of the optimiser, at most; never more than half of all."""
    epochs: float = 30.0
    """How often a person is asked, while ``steps_at_most`` allows it."""
    steps_at_most: int = 400
    """Bounds the time on big catalogues, whose people need fewer rounds."""
    candidates: int = 4096
    """Items that compete in the softmax of a step, at most."""
    learning_rate: float = 0.02
    few: float = 0.25
    """Share of people who give one to ``few_likes`` likes; the others give a share drawn from ``given``."""
    few_likes: int = 8
    given: tuple[float, float] = (0.1, 0.9)
    cold: float = 0.1
    """Share of items that have neither likes nor an embedding of their own in a step, where they have tags
    or features instead."""
    temperature: float = 0.14
    """Of the softmax at the start; it is learned, as are the votes and the popularity of items."""
    own: float = 10.0
    """An item with n likes is n / (n + own) its own embedding and otherwise what its features say."""
    vote: float = 0.25
    """An item with n likes starts with the vote n^-vote in the vector of those who like it."""
    popularity: float = 0.5
    """An item with n likes starts ``popularity`` · log n ahead."""
    linear_decay: float = 0.1
    """The penalty on |w|²: unit vectors tell items apart, so that a free w would learn each by heart."""
    itself: tuple[float, float] = (0.4, 1.0)
    """What an item's own embedding weighs in the mean of the steps, before training and after: less makes an
    item more what its company is. Of big sparse data training learns little but company: there 0 is better.
    """
    ridge: float = 10.0
    """The penalty of the regression that maps features and tags into the space of the likes."""
    tag_weight: float = 1.0
    """How much the tags of an item weigh against the people who like it, in what is recommended."""
    near_tag_weight: float = 5.0
    """The same in what is called alike: people alone would have what was popular in one season lie
    together, whatever it is."""

    def steps(self, n_people: int) -> tuple[int, int]:
        """Steps of the optimiser and people in each, for ``n_people`` with two likes or more."""
        batch = max(1, min(self.batch, n_people // 2))
        return min(self.steps_at_most, int(np.ceil(self.epochs * n_people / batch))), batch


class _Product(torch.autograd.Function):
    """A @ x for a sparse A whose transpose is at hand: the gradient is Aᵀ @ grad."""

    @staticmethod
    def forward(ctx: Any, matrix: Tensor, transposed: Tensor, x: Tensor) -> Tensor:
        ctx.transposed = transposed
        return matrix @ x

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[None, None, Tensor]:
        return None, None, ctx.transposed @ grads[0]


class Relation:
    """A sparse matrix for torch, with its transpose beside it, so that gradients need none made."""

    def __init__(self, matrix: csr_array) -> None:
        """``matrix`` (n_rows, n_columns)."""
        self.forward, self.backward = _tensor(matrix), _tensor(matrix.T.tocsr())

    def __matmul__(self, x: Tensor) -> Tensor:
        """A @ x, from what is in the columns to the rows."""
        return _Product.apply(self.forward, self.backward, x)  # type: ignore[no-any-return, no-untyped-call]

    def up(self, x: Tensor) -> Tensor:
        """Aᵀ @ x, from what is in the rows to the columns."""
        return _Product.apply(self.backward, self.forward, x)  # type: ignore[no-any-return, no-untyped-call]


@dataclass(frozen=True)
class Graph:
    """People, items and tags, and the edges between them; the tags' may weigh more or less."""

    likes: Relation
    """People by items, normalised."""
    tags: Relation
    """Items by tags, normalised."""

    @classmethod
    def of(cls, likes: csr_array, tags: csr_array) -> Graph:
        """``likes`` (n_people, n_items), ``tags`` (n_items, n_tags): weights of edges ≥ 0."""
        return cls(Relation(normalised(likes)), Relation(normalised(tags)))


def propagate(
    graph: Graph,
    items: Tensor,
    tags: Tensor,
    layers: int,
    tag_weight: float,
    liked: Tensor | None = None,
    there: Tensor | None = None,
    start: Tensor | None = None,
) -> Tensor:
    """The items' mean of x, Ax, …, A^layers x, (n_items, dim) (He et al. 2020, equations 4 and 8).

    A is the symmetric matrix of the graph over [people; items; tags], each relation normalised by itself
    and the tags' times ``tag_weight``; x is zero for people, who are what they like. Where ``liked``
    (n_items, 1) is zero, the item has no edges to people; where ``there`` (n_people, 1) is, the person is not
    in the graph. ``start`` (n_items, dim) stands for x in the mean, where it is given.
    """
    warm = torch.ones(1) if liked is None else liked
    there = torch.ones(1) if there is None else there
    people: Tensor | None = None
    total = items if start is None else start
    for layer in range(layers):
        last = layer == layers - 1
        to_people = None if last else there * (graph.likes @ (items * warm))
        to_tags = tags if last else tag_weight * graph.tags.up(items)
        items = tag_weight * (graph.tags @ tags)
        if people is not None:
            items = items + warm * graph.likes.up(people)
        people, tags = to_people, to_tags
        total = total + items
    return total / (layers + 1)


def spectrum(block: csr_array, dim: int, power: float = 0.0) -> FloatArray:
    """Leading right singular vectors of the normalised ``block``, each times its value to the ``power``.

    (n_columns, dim), scaled to a mean norm of 1; columns without entries are zero, as is what is beyond
    the rank.
    """
    rank = min(dim, *block.shape)
    out = np.zeros((block.shape[1], dim), dtype=np.float32)
    if block.nnz == 0:
        return out
    if min(block.shape) <= 4 * dim:
        _, values, right = np.linalg.svd(normalised(block).toarray(), full_matrices=False)
        values, right = values[:rank], right[:rank]
    else:
        _, values, right = svds(normalised(block).astype(np.float64), rank, v0=np.ones(min(block.shape)))
    out[:, :rank] = right.T * values**power
    size = np.sqrt(np.mean(np.sum(out**2, axis=1)))
    return np.asarray(out / max(float(size), 1e-9), dtype=np.float32)


def principal_axes(features: FloatArray, dim: int) -> FloatArray:
    """The leading principal axes of centred ``features`` (n, any), (any, dim)."""
    out = np.zeros((features.shape[1], dim), dtype=np.float32)
    axes = np.linalg.eigh(features.T @ features)[1][:, ::-1][:, :dim]
    out[:, : axes.shape[1]] = axes
    return out


def regression(x: FloatArray, y: FloatArray, weights: FloatArray, ridge: float) -> FloatArray:
    """The M (n_x, n_y) that minimises Σ_i w_i |x_i M - y_i|² + ridge |M|² over rows (n, n_x) and (n, n_y)."""
    weighted = x * weights[:, None]
    system = weighted.T @ x + ridge * np.eye(x.shape[1], dtype=np.float32)
    return np.asarray(np.linalg.solve(system, weighted.T @ y), dtype=np.float32)


class _Network(nn.Module):
    """The parameters: an embedding, a vote and a popularity for each liked item, maps for tags and features.

    Tags have no embeddings of their own to learn: few of them touch a liked item, and all must mean
    something. They start from the spectrum of the item-tag matrix, items from that of their likes, and
    ridge regression maps tags and features into that space; only the maps are learned.
    """

    def __init__(
        self, likes: csr_array, tags: csr_array, axes: FloatArray, features: FloatArray, options: Options
    ) -> None:
        """Arrays of liked items: (n_people, n_items), (n_items, n_tags), (n_tags, dim), (n_items, any).

        Without any, tags stay where their spectrum puts them.
        """
        super().__init__()
        self.options = options
        n = likes.sum(axis=0)
        own = (n / (n + options.own)).astype(np.float32)
        items = spectrum(likes, options.dim, power=1.0)
        self.items = nn.Parameter(torch.from_numpy(items))
        turn = np.eye(options.dim, dtype=np.float32)
        project = np.zeros((features.shape[1], options.dim), np.float32)
        if len(n):
            tagged = np.asarray(normalised(tags) @ axes, dtype=np.float32)
            turn = regression(tagged, items, own, options.ridge)
            project = regression(features, items, own, options.ridge)
        self.turn = nn.Parameter(torch.from_numpy(turn))
        self.project = nn.Parameter(torch.from_numpy(project))
        self.linear = nn.Parameter(torch.zeros(2 * options.dim))
        self.vote = nn.Parameter(torch.from_numpy(-options.vote * np.log(n)))
        self.popularity = nn.Parameter(torch.from_numpy(options.popularity * np.log(n)))
        self.temperature = nn.Parameter(torch.tensor(float(np.log(options.temperature))))

    def vectors(
        self,
        graph: Graph,
        nodes: _Nodes,
        tag_weight: float,
        warm: Tensor | None = None,
        there: Tensor | None = None,
        itself: float | None = None,
    ) -> Tensor:
        """h of all items, (n_items, dim) unit rows; where ``warm`` (n_items, 1) is zero without likes, and
        where ``there`` (n_people, 1) is zero without the person's. ``itself`` weighs their own embeddings.
        """
        own = nodes.own if warm is None else nodes.own * warm
        embedded, projected = own * nodes.embedded(self.items), (1 - own) * (nodes.features @ self.project)
        start = (self.options.itself[1] if itself is None else itself) * embedded + projected
        tags = nodes.tags @ self.turn
        h = propagate(graph, embedded + projected, tags, self.options.layers, tag_weight, warm, there, start)
        return functional.normalize(h, dim=1)

    def scale(self) -> Tensor:
        """The inverse temperature."""
        return (-self.temperature).exp()


@dataclass(frozen=True)
class _Nodes:
    """What is given of the nodes of a graph."""

    own: Tensor
    """(n_items, 1): the weight of an item's own embedding, zero without likes."""
    features: Tensor
    """(n_items, any), centred."""
    tags: Tensor
    """(n_tags, dim): the spectral vectors of the tags."""
    liked: Tensor | None = None
    """Positions of the items that have embeddings; None where all have."""

    @classmethod
    def of(cls, likes: csr_array, axes: FloatArray, features: FloatArray, own: float) -> _Nodes:
        """Everything from ``likes`` (n_people, n_items); an item without likes has no embedding."""
        n = likes.sum(axis=0)
        liked = None if n.all() else torch.from_numpy(np.flatnonzero(n))
        weight = torch.from_numpy((n / (n + own)).astype(np.float32))[:, None]
        return cls(weight, torch.from_numpy(features), torch.from_numpy(axes), liked)

    def embedded(self, items: Tensor) -> Tensor:
        """``items`` (n_liked, dim) at their places among all."""
        if self.liked is None:
            return items
        return torch.zeros(len(self.own), items.shape[1]).index_copy(0, self.liked, items)


def train_embeddings(
    likes: csr_array,
    tags: csr_array | None,
    features: FloatArray | None,
    options: Options,
    seed: int,
) -> Embeddings:
    """Train on ``likes`` (n_people, n_items) and propagate once over the whole graph.

    Training sees only liked items and their tags, which is all that the loss can reach; items that nobody
    liked join at the end.
    """
    n_items = likes.shape[1]
    tags = csr_array((n_items, 0), dtype=np.float32) if tags is None else tags.astype(np.float32)
    features = np.zeros((n_items, 0), np.float32) if features is None else features - features.mean(axis=0)
    liked = np.flatnonzero(likes.sum(axis=0))
    axes = spectrum(tags, options.dim)
    used = np.flatnonzero(tags[liked].sum(axis=0))
    inner = likes[:, liked].tocsr(), tags[liked][:, used].tocsr(), axes[used], features[liked]
    network = _Network(*inner, options)
    if len(liked) == 0:
        network.project.data = torch.from_numpy(principal_axes(features, options.dim))
    graph = Graph.of(likes, tags)
    nodes = _Nodes.of(likes, axes, features, options.own)
    with torch.no_grad():
        smooth = network.vectors(graph, nodes, options.tag_weight, itself=options.itself[0]).numpy()
        before, scale = _spread(network.vote.exp(), liked, n_items), float(network.scale())
    if len(liked):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            _optimise(network, *inner, options, np.random.default_rng(seed))
    with torch.no_grad():
        return Embeddings(
            h_items=network.vectors(graph, nodes, options.tag_weight).numpy(),
            smooth=smooth,
            near=network.vectors(graph, nodes, options.near_tag_weight).numpy(),
            votes=np.stack([before, _spread(network.vote.exp(), liked, n_items)]),
            linear=network.linear.numpy().copy(),
            popularity=_spread(network.popularity, liked, n_items),
            scales=(scale, float(network.scale())),
        )


def _spread(values: Tensor, liked: IntArray, n_items: int) -> FloatArray:
    """``values`` of liked items at their places, the mean of them at the others."""
    out = np.full(n_items, float(values.mean()) if len(liked) else 0.0, np.float32)
    out[liked] = values.numpy()
    return out


def _optimise(
    network: _Network,
    likes: csr_array,
    tags: csr_array,
    axes: FloatArray,
    features: FloatArray,
    options: Options,
    rng: np.random.Generator,
) -> None:
    """Change ``network`` in place; the arrays are those of liked items and of the tags they have."""
    askable = np.flatnonzero(np.diff(likes.indptr) >= 2)
    if len(askable) == 0:
        return
    graph, nodes = Graph.of(likes, tags), _Nodes.of(likes, axes, features, options.own)
    steps, batch = options.steps(len(askable))
    cold = options.cold if tags.nnz or features.size else 0.0
    others = [each for each in network.parameters() if each is not network.items]
    rates = [options.learning_rate, options.learning_rate / 4]
    optimiser = torch.optim.Adam([{"params": [network.items]}, {"params": others}], lr=options.learning_rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rates, total_steps=steps, pct_start=0.1)
    order = rng.permutation(askable)
    for _ in range(steps):
        if len(order) < batch:
            order = rng.permutation(askable)
        rows, order = order[:batch], order[batch:]
        asked = likes[rows]
        warm = None
        if cold:
            warm = torch.from_numpy((rng.random((likes.shape[1], 1)) >= cold).astype(np.float32))
        # Who asks is not in the graph: it would say what they want.
        there = torch.ones(likes.shape[0], 1)
        there[torch.from_numpy(rows)] = 0
        h = network.vectors(graph, nodes, options.tag_weight, warm, there)
        episodes = sample(asked, options.few, options.few_likes, options.given, options.candidates, rng)
        loss = _loss(network, h, episodes) + options.linear_decay * network.linear.square().sum()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()


def _loss(network: _Network, h: Tensor, episodes: Episodes) -> Tensor:
    """Softmax cross-entropy of the wanted items against the candidates that were not given (Wu et al., TOIS
    2024, for graphs); a person with n wanted items weighs √n.
    """
    given = Relation(episodes.given)
    people = functional.normalize(given @ (h * network.vote.exp()[:, None]), dim=1)
    n = torch.from_numpy(np.diff(episodes.given.indptr).astype(np.float32))[:, None]
    dim = h.shape[1]
    # One product for all parts of the score; what is the same for all items of a person would cancel.
    asks = torch.cat([people * (network.scale() * n / (n + 1)), torch.ones(len(n), 1)], dim=1)
    base = h @ network.linear[dim:] + network.popularity
    offers = torch.cat([h, base[:, None]], dim=1)
    logits = asks @ offers[torch.from_numpy(episodes.candidates)].T
    logits = logits.index_put(tuple(torch.from_numpy(each) for each in episodes.shut), torch.tensor(SHUT))
    who, what = (torch.from_numpy(each) for each in episodes.wanted)
    found = (asks[who] * offers[what]).sum(dim=1) - torch.logsumexp(logits, dim=1)[who]
    weight = 1 / torch.bincount(who, minlength=len(n)).float().sqrt()[who]
    return -(found * weight).sum() / weight.sum().clamp(min=1e-9)


def _tensor(matrix: csr_array) -> Tensor:
    rows, columns = (torch.from_numpy(each.astype(np.int64)) for each in (matrix.indptr, matrix.indices))
    with warnings.catch_warnings():
        # Torch calls compressed sparse tensors a beta feature, once a process.
        warnings.simplefilter("ignore", UserWarning)
        return torch.sparse_csr_tensor(rows, columns, torch.from_numpy(matrix.data), size=matrix.shape)
