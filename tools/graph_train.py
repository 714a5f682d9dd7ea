"""Training of the graph neural network. The only module of the tools, beside the encoder's, with torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from scipy.sparse import block_array, csr_array, diags_array
from torch import nn
from torch.nn import functional as F

if TYPE_CHECKING:
    from .types import BoolArray, FloatArray


@dataclass(frozen=True)
class Options:
    """How the network is trained."""

    dim: int = 64
    layers: int = 2
    steps: int = 200
    batch: int = 1024
    learning_rate: float = 0.02
    cold: float = 0.25
    ask: float = 0.5
    likes_at_most: int = 8
    candidates: int = 4096
    free_decay: float = 1e-4
    scale: float = 8.0
    tag_weight: float = 1.0
    linear: bool = True
    pop: bool = True
    learn: bool = True
    unit: bool = True
    init: float = 0.1


class Embeddings(NamedTuple):
    """What training leaves: unit rows (n_items, dim), the linear form (2 · dim,) and the dot's scale."""

    h_items: FloatArray
    linear: FloatArray
    scale: float


def normalised(block: csr_array) -> csr_array:
    """D_r^-½ B D_c^-½ of a block of edge weights (rows, columns); empty rows and columns stay empty."""
    rows = np.asarray(block.sum(axis=1)).ravel()
    columns = np.asarray(block.sum(axis=0)).ravel()
    left, right = (1 / np.sqrt(np.where(d > 0, d, 1)) for d in (rows, columns))
    return (diags_array(left) @ block @ diags_array(right)).tocsr()


def adjacency(likes: csr_array, tags: csr_array | None, tag_weight: float) -> csr_array:
    """The graph over [people; items; tags]: each relation normalised by itself, symmetric."""
    n_people, n_items = likes.shape
    to_items = normalised(likes)
    to_tags = csr_array((n_items, 0)) if tags is None else normalised(tags) * tag_weight
    n_tags = to_tags.shape[1]
    grid = [
        [csr_array((n_people, n_people)), to_items, csr_array((n_people, n_tags))],
        [to_items.T, csr_array((n_items, n_items)), to_tags],
        [csr_array((n_tags, n_people)), to_tags.T, csr_array((n_tags, n_tags))],
    ]
    graph = block_array(grid, format="csr", dtype=np.float32)
    graph.sort_indices()
    return graph


class _Propagate(torch.autograd.Function):
    """A @ x for a symmetric sparse A: the gradient is A @ grad, and A is never transposed."""

    @staticmethod
    def forward(ctx: Any, graph: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        ctx.graph = graph
        return graph @ x

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[None, torch.Tensor]:  # type: ignore[override]
        return None, ctx.graph @ grad


def propagate(graph: torch.Tensor, x: torch.Tensor, layers: int) -> torch.Tensor:
    """The mean of x, Ax, …, A^layers x, (n_nodes, dim) (He et al. 2020, equation 8)."""
    total = x
    for _ in range(layers):
        x = _Propagate.apply(graph, x)
        total = total + x
    return total / (layers + 1)


def to_torch(matrix: csr_array) -> torch.Tensor:
    return torch.sparse_csr_tensor(
        torch.from_numpy(matrix.indptr.astype(np.int64)),
        torch.from_numpy(matrix.indices.astype(np.int64)),
        torch.from_numpy(matrix.data.astype(np.float32)),
        size=matrix.shape,
    )


class _Network(nn.Module):
    def __init__(self, n_people, rated, n_items, n_tags, features, options):
        super().__init__()
        self.n_people, self.n_items, self.n_tags = n_people, n_items, n_tags
        self.options = options
        d = options.dim
        self.free = nn.Parameter(torch.randn(n_items, d) * options.init)
        self.tags = nn.Parameter(torch.randn(n_tags, d) * options.init)
        self.features = features
        self.project = nn.Linear(features.shape[1], d, bias=False) if features is not None else None
        if self.project is not None:
            nn.init.normal_(self.project.weight, std=0.1)
        self.linear = nn.Parameter(torch.zeros(2 * d))
        self.pop = nn.Parameter(torch.tensor([1.0, 3.0]))
        self.log_scale = nn.Parameter(torch.tensor(float(np.log(options.scale))))

    def items(self, graph, warm, features=None, free=None):
        """h (n_items, dim)."""
        own = (self.free if free is None else free) * warm[:, None]
        features = self.features if features is None else features
        if self.project is not None:
            own = own + self.project(features)
        people = own.new_zeros(self.n_people, own.shape[1])
        tags = self.tags if len(self.tags) else own.new_zeros(0, own.shape[1])
        h = propagate(graph, torch.cat([people, own, tags]), self.options.layers)
        h = h[self.n_people : self.n_people + len(own)]
        return F.normalize(h, dim=1) if self.options.unit else h


def train_embeddings(likes, tags, features, options, seed, log=None):
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    n_items = likes.shape[1]
    liked = np.unique(likes.indices)
    people = np.flatnonzero(np.diff(likes.indptr) >= 2)
    likes = likes[people]
    sub = likes[:, liked].tocsr()
    graph_all = adjacency(likes, tags, options.tag_weight)
    n_people = likes.shape[0]
    n_tags = 0 if tags is None else tags.shape[1]
    keep_tags = np.flatnonzero(tags[liked].sum(axis=0) > 0) if n_tags else np.zeros(0, int)
    nodes = np.concatenate([np.arange(n_people), n_people + liked, n_people + n_items + keep_tags])
    graph = graph_all[nodes][:, nodes].tocsr()
    net = _Network(
        n_people,
        None,
        len(liked),
        len(keep_tags),
        None if features is None else torch.from_numpy(features[liked]),
        options,
    )
    rows = np.repeat(np.arange(len(nodes)), np.diff(graph.indptr))
    cols = graph.indices
    is_person_edge = (rows < n_people) | (cols < n_people)
    item_of_edge = np.where(rows < n_people, cols, rows) - n_people
    item_of_edge = np.where(is_person_edge, item_of_edge, 0)
    person_of_edge = np.where(is_person_edge, np.minimum(rows, cols), 0)
    base = to_torch(graph)
    crow, ccol, values = base.crow_indices(), base.col_indices(), base.values()
    opt = torch.optim.Adam([{"params": [p for n, p in net.named_parameters()], "lr": options.learning_rate}])
    net.log_scale.requires_grad_(options.learn); net.pop.requires_grad_(options.learn)
    sched = torch.optim.lr_scheduler.OneCycleLR(
        opt, options.learning_rate, total_steps=options.steps, pct_start=0.1
    )
    dense = torch.from_numpy(sub.toarray())
    counts = dense.sum(1)
    pop = torch.log1p(dense.sum(0))
    for step in range(options.steps):
        warm = torch.from_numpy((rng.random(len(liked)) >= options.cold).astype(np.float32))
        keep = torch.from_numpy(~is_person_edge) | (warm[torch.from_numpy(item_of_edge)] > 0)
        ask = rng.permutation(len(people))[: max(1, int(len(people) * options.ask))]
        inside = np.ones(len(people), np.float32)
        inside[ask] = 0
        scale_e = np.where(is_person_edge, inside[person_of_edge] / inside.mean(), 1).astype(np.float32)
        g = torch.sparse_csr_tensor(crow, ccol, values * keep * torch.from_numpy(scale_e), size=base.shape)
        h = net.items(g, warm)
        k = torch.from_numpy(rng.integers(1, options.likes_at_most + 1, len(ask)))
        dn = dense[ask]
        k = torch.minimum(k, (counts[ask] // 2).long().clamp(min=1))
        noise = torch.from_numpy(rng.random(dn.shape).astype(np.float32)) * dn
        order = noise.sort(dim=1, descending=True).values
        threshold = order.gather(1, (k - 1)[:, None])
        given = ((noise >= threshold) & (dn > 0)).float()
        target = dn - given
        hu = F.normalize(given @ h, dim=1)
        logits = hu @ h.T * net.log_scale.exp()
        if options.linear:
            logits = logits + h @ net.linear[options.dim :]
        if options.pop:
            logits = logits + torch.where(warm > 0, pop * net.pop[0], net.pop[1])
        logits = logits.masked_fill(given > 0, -1e9)
        lp = F.log_softmax(logits, dim=1)
        loss = -(lp * target).sum(1) / target.sum(1).clamp(min=1)
        loss = loss.mean() + options.free_decay * (net.free.pow(2).sum() + net.tags.pow(2).sum()) / len(liked)
        opt.zero_grad()
        loss.backward()
        opt.step()
        sched.step()
        if log and step % 50 == 49:
            log(f"{step} {loss.item():.4f} scale {net.log_scale.exp().item():.2f}")
    with torch.no_grad():
        full = torch.zeros(n_items, options.dim)
        full[liked] = net.free
        t = torch.zeros(n_tags, options.dim)
        t[keep_tags] = net.tags
        net.n_tags = n_tags
        own = full
        if net.project is not None:
            own = own + net.project(torch.from_numpy(features))
        h = propagate(
            to_torch(graph_all), torch.cat([torch.zeros(n_people, options.dim), own, t]), options.layers
        )
        h = F.normalize(h[n_people : n_people + n_items], dim=1)
    return Embeddings(h.numpy(), net.linear.detach().numpy().copy(), float(net.log_scale.exp())), net.pop.detach().numpy()
