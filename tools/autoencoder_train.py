"""Training of :class:`~.autoencoder.FewLikesAutoencoder` with torch; only a set-up imports this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from .autoencoder import FEW_LIKES, LEVELS, level

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

HIDDEN = -1e4
"""The logit of an item that was given: it cannot be wanted."""


@dataclass(frozen=True)
class Options:
    """How the networks are trained; the defaults were chosen on validation people of MovieLens-100K."""

    networks: int = 2
    dim: int = 64
    steps: int = 400
    batch: int = 200
    learning_rate: float = 6e-3
    decay: float = 1e-2
    dropout: float = 0.6
    seen: float = 0.3
    """How much an item that was rated but not liked counts among those to be found: that somebody chose it
    tells of their taste, too."""
    many: float = 0.5
    """Share of the people of a step who give any part of their likes, not just a few."""
    wanted_at_least: int = 5
    """Likes that must be left to be found; people with fewer take no part."""


def train_networks(
    likes: csr_array, seen: csr_array, features: NDArray[Any] | None, options: Options, seed: int
) -> dict[str, NDArray[Any]]:
    """The arrays of the model.

    ``likes`` and ``seen`` (n_people, n_columns) of 0 and 1: what people liked, and whatever they rated.
    ``features`` (n_columns, any) or None.
    """
    dense = torch.from_numpy(likes.toarray().astype(np.float32))
    target = dense + options.seen * (torch.from_numpy(seen.toarray().astype(np.float32)) - dense)
    described = np.zeros((likes.shape[1], 0), np.float32) if features is None else features
    x = torch.from_numpy(np.ascontiguousarray(described, np.float32))
    trained = []
    with torch.random.fork_rng(devices=[]):
        for member in range(options.networks):
            torch.manual_seed(seed * 1000 + member)
            network = _Network(dense, x, options)
            _optimise(network, dense, target, options)
            trained.append([part.detach().numpy() for part in (network.items(), network.bias, network.count)])
    items, biases, counts = zip(*trained, strict=True)
    return {
        "items": np.hstack(items),
        "bias": np.asarray(np.mean(biases, axis=0), np.float32),
        "count": np.hstack(counts),
        "n_networks": np.array([len(trained)], np.float32),
    }


class _Network(nn.Module):
    def __init__(self, likes: Tensor, features: Tensor, options: Options) -> None:
        super().__init__()
        self.features = features
        self.dropout = options.dropout
        self.own = nn.Parameter(torch.randn(likes.shape[1], options.dim) * 0.05)
        self.projection = nn.Parameter(torch.randn(features.shape[1], options.dim) * 0.05)
        self.count = nn.Parameter(torch.zeros(LEVELS, options.dim))
        self.bias = nn.Parameter(torch.log(likes.mean(dim=0) + 1e-3))

    def items(self) -> Tensor:
        """The vectors of the items, (n_columns, dim)."""
        return self.own + self.features @ self.projection

    def forward(self, given: Tensor) -> Tensor:
        """Logits (people, n_columns) for ``given`` likes (people, n_columns) of 0 and 1."""
        n, items = given.sum(dim=1), self.items()
        count = self.count[torch.from_numpy(level(n.numpy()))]
        hidden = torch.tanh(given @ items / n.sqrt()[:, None] + count)
        return functional.dropout(hidden, self.dropout, self.training) @ items.T + self.bias


def _optimise(network: _Network, likes: Tensor, target: Tensor, options: Options) -> None:
    counts = likes.sum(dim=1).long()
    askable = torch.nonzero(counts > options.wanted_at_least).ravel()
    if len(askable) == 0:
        return
    shrunk = [network.own, network.projection, network.count]
    optimiser = torch.optim.AdamW(
        [{"params": shrunk, "weight_decay": options.decay}, {"params": [network.bias], "weight_decay": 0.0}],
        lr=options.learning_rate,
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, options.learning_rate, total_steps=options.steps
    )
    for _ in range(options.steps):
        people = askable[torch.randint(len(askable), (options.batch,))]
        given = _draw(likes[people], _how_many(counts[people] - options.wanted_at_least, options.many))
        wanted = target[people] * (1 - given)
        logits = network(given).masked_fill(given > 0, HIDDEN)
        # Everybody's wanted items count alike, not everybody alike: the softmax then tends to the
        # expected number of likes of each item, which is what a ranking measured by hits should follow.
        loss = -(functional.log_softmax(logits, dim=1) * wanted).sum() / wanted.sum()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()


def _how_many(at_most: Tensor, many: float) -> Tensor:
    """Likes to give of people who can spare ``at_most`` (people,): 1 to 10, for a share of ``many`` any."""
    few = torch.randint(1, FEW_LIKES + 1, at_most.shape)
    some = 1 + (torch.rand(at_most.shape) * at_most).long()
    return torch.minimum(torch.where(torch.rand(at_most.shape) < many, some, few), at_most)


def _draw(likes: Tensor, n: Tensor) -> Tensor:
    """For each row of 0/1 ``likes`` (people, n_columns), ``n`` (people,) of its ones, drawn at random."""
    keys = (torch.rand(likes.shape) + 1e-6) * likes
    largest = torch.topk(keys, min(int(n.max()), likes.shape[1]), dim=1).indices
    chosen = (torch.arange(largest.shape[1]) < n[:, None]).float()
    return torch.zeros_like(likes).scatter(1, largest, chosen)
