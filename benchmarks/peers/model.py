"""What a peer's model is to the run: fitted to pairs, it scores all items for known or unseen people."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scipy.sparse import csr_matrix

from .exchange import Floats, Ints, Pairs

Settings = Mapping[str, Any]
OfPeople = Callable[[Ints], Floats]
"""People's positions (m,) → scores (m, n_items), -inf where the model knows no such item."""
OfLikes = Callable[[csr_matrix], Floats]
"""What unseen people like (m, n_items) → scores (m, n_items)."""


@dataclass(frozen=True)
class Fitted:
    """A fitted model: how it scores, and for how long and how many epochs it learned."""

    of_people: OfPeople | None = None
    of_likes: OfLikes | None = None
    epochs: int = 0
    """Passes up to the best validation point; 0 for closed forms."""
    seconds_to_best: float = -1.0
    """Seconds of learning up to that point (see :func:`clock`), validation left out; -1 for closed forms."""


def clock() -> float:
    """Seconds of this process on its one thread: what the wall clock shows where nothing else runs."""
    return time.process_time()


Judge = Callable[[Fitted], float]
"""A model's nDCG@10 on validation data."""


@dataclass(frozen=True)
class Task:
    """What to fit on, and a judge for those who learn in passes (None: run the number of passes set)."""

    pairs: Pairs
    judge: Judge | None = None
    every_item: bool = True
    """Whether items without a pair are in the model's vocabulary too."""


@dataclass
class EarlyStopping:
    """Keeps the best state of a model that learns in passes, and the time that it took."""

    patience: int
    cap_seconds: float
    best: float = -1.0
    best_epoch: int = 0
    best_state: Any = None
    seconds_to_best: float = 0.0
    learned: float = 0.0
    """Seconds of learning so far."""
    started: float = field(default_factory=clock)

    def see(self, epoch: int, score: float, state: Any) -> bool:
        """Whether to go on after ``epoch`` (from 1) reached ``score``; the best ``state`` is copied."""
        # As RecBole compares: at four decimals, and of equal scores the later state. The time to the best
        # point is that of the first.
        score = round(score, 4)
        if score > self.best:
            self.seconds_to_best = self.learned
        if score >= self.best:
            self.best, self.best_epoch, self.best_state = score, epoch, copy.deepcopy(state)
        late = clock() - self.started > self.cap_seconds
        return not late and epoch - self.best_epoch <= self.patience
