"""Training of the fusion's weights with torch; only a set-up imports this."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from .features import COLUMNS
from .fusion import CONTEXT, context

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .fusion_fit import Lessons

STEPS = 800
BATCH = 256
LEARNING_RATE = 0.02
DECAY = 1e-3
COMPETE = 40
"""Items of an episode whose order is looked at in a step: the best by the present weights."""
CUT = 10
"""Ranks that count: the gain of a swap is the change of NDCG at this rank."""
START = 0.3
"""Every column's weight at the start."""


def train_weights(lessons: Lessons, seed: int) -> dict[str, NDArray[Any]]:
    """The arrays of a :class:`~.fusion.Fusion`, by LambdaRank (Burges et al., NIPS 2006).

    A wanted item below an unwanted one costs log(1 + exp(difference of scores)), weighted by what swapping
    them would change in NDCG@10. On people held out this gave .5 to 1 % more than softmax cross-entropy
    over the items, whose gradient is mostly about ranks that nobody sees.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = _Network()
        _optimise(network, lessons)
    return {name: value.detach().numpy() for name, value in network.named_parameters()}


class _Network(nn.Module):
    """The formula of :class:`~.fusion.Fusion` in torch."""

    def __init__(self) -> None:
        super().__init__()
        start = torch.zeros(2, len(COLUMNS), CONTEXT)
        start[..., :-1] = START
        self.weights = nn.Parameter(start)
        self.bias = nn.Parameter(torch.zeros(2, CONTEXT))

    def forward(self, z: Tensor, cold: Tensor, x: Tensor) -> Tensor:
        """Scores (B, P) of ``z`` (B, P, F), ``cold`` (B, P) of 0 and 1, ``x`` (B, CONTEXT)."""
        heads = torch.einsum("bpf,hfc,bc->hbp", z, self.weights, x) + (x @ self.bias.T).T[:, :, None]
        total: Tensor = heads[0] * (1 - cold) + heads[1] * cold
        return total


def _optimise(network: _Network, lessons: Lessons) -> None:
    z = torch.from_numpy(lessons.z)
    cold, wanted = (torch.from_numpy(a.astype(np.float32)) for a in (lessons.cold, lessons.wanted))
    about = zip(lessons.likes.tolist(), lessons.fame.tolist(), strict=True)
    x = torch.from_numpy(np.array([context(likes, fame) for likes, fame in about]))
    optimiser = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=STEPS)
    for _ in range(STEPS):
        rows = torch.randint(len(z), (min(BATCH, len(z)),))
        loss = lambda_loss(network(z[rows], cold[rows], x[rows]), wanted[rows])
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()


def lambda_loss(scores: Tensor, wanted: Tensor) -> Tensor:
    """The mean over episodes of Σ |ΔNDCG@10| · log(1 + exp(s_j - s_i)), i wanted and j not, both high.

    ``scores`` and ``wanted`` (of 0 and 1) are (B, P).
    """
    best = torch.topk(scores.detach(), min(COMPETE, scores.shape[1]), dim=1).indices
    s, w = scores.gather(1, best), wanted.gather(1, best)
    discount = 1 / torch.log2(torch.arange(2.0, s.shape[1] + 2))
    ideal = torch.cumsum(discount, 0)[(wanted.sum(dim=1).clamp(1, min(CUT, s.shape[1])) - 1).long()]
    discount = torch.where(torch.arange(s.shape[1]) < CUT, discount, torch.zeros(()))
    change = (discount[:, None] - discount[None, :]).abs()
    pairs = w[:, :, None] * (1 - w[:, None, :])
    cost = functional.softplus(s[:, None, :] - s[:, :, None]) * change * pairs
    return (cost.sum(dim=(1, 2)) / ideal).mean()
