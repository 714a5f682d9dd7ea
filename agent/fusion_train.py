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

HIDDEN = 16
STEPS = 300
BATCH = 256
LEARNING_RATE = 0.02
DECAY = 1e-3


def train_weights(lessons: Lessons, seed: int) -> dict[str, NDArray[Any]]:
    """The arrays of a :class:`~.fusion.Fusion`, by softmax cross-entropy over the items of each episode."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = _Network()
        _optimise(network, lessons)
    return {name: value.detach().numpy() for name, value in network.named_parameters()}


class _Network(nn.Module):
    """The formula of :class:`~.fusion.Fusion` in torch."""

    def __init__(self) -> None:
        super().__init__()
        n = len(COLUMNS)
        start = torch.zeros(2, n, CONTEXT)
        start[..., 0] = 0.3
        self.weights = nn.Parameter(start)
        self.bias = nn.Parameter(torch.zeros(2, CONTEXT))
        self.inner = nn.Parameter(torch.randn(n + CONTEXT + 1, HIDDEN) * 0.1)
        self.shift = nn.Parameter(torch.zeros(HIDDEN))
        self.outer = nn.Parameter(torch.randn(HIDDEN) * 0.1)

    def forward(self, z: Tensor, cold: Tensor, x: Tensor) -> Tensor:
        """Scores (B, P) of ``z`` (B, P, F), ``cold`` (B, P) of 0 and 1, ``x`` (B, CONTEXT)."""
        heads = torch.einsum("bpf,hfc,bc->hbp", z, self.weights, x) + (x @ self.bias.T).T[:, :, None]
        n = len(COLUMNS)
        inner = z @ self.inner[:n] + (x @ self.inner[n:-1])[:, None] + cold[..., None] * self.inner[-1]
        total: Tensor = heads[0] * (1 - cold) + heads[1] * cold
        return total + functional.relu(inner + self.shift) @ self.outer


def _optimise(network: _Network, lessons: Lessons) -> None:
    z = torch.from_numpy(lessons.z)
    cold, wanted = (torch.from_numpy(a.astype(np.float32)) for a in (lessons.cold, lessons.wanted))
    x = torch.from_numpy(np.array([context(float(likes)) for likes in lessons.likes]))
    optimiser = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=STEPS)
    for _ in range(STEPS):
        rows = torch.randint(len(z), (min(BATCH, len(z)),))
        logged = functional.log_softmax(network(z[rows], cold[rows], x[rows]), dim=1)
        loss = -(logged * wanted[rows]).sum() / wanted[rows].sum().clamp(min=1)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
