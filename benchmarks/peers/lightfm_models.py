"""LightFM, where it still installs. It knows only the people whom it was fitted to."""

from __future__ import annotations

import copy
import logging
from typing import Any

import numpy as np
from lightfm import LightFM

from .exchange import Floats, Ints
from .model import EarlyStopping, Fitted, Settings, Task, clock

SEED = 2020


def warp(task: Task, settings: Settings) -> Fitted:
    """LightFM's WARP factorisation without features (Kula, CBRecSys 2015)."""
    kept = ("loss", "no_components", "learning_rate", "user_alpha", "item_alpha")
    model = LightFM(**{key: settings[key] for key in kept if key in settings}, random_state=SEED)
    matrix, every = task.pairs.matrix().tocoo(), int(settings["eval_every"])
    learning = EarlyStopping(int(settings["patience"]), float(settings["cap_seconds"]))
    for epoch in range(every, int(settings["epochs"]) + 1, every):
        start = clock()
        model.fit_partial(matrix, epochs=every, num_threads=1)
        learning.learned += clock() - start
        if task.judge is not None:
            score = task.judge(_of_lightfm(model, 0, 0.0))
            logging.info("epoch %d: %.4f after %.0f s", epoch, score, learning.learned)
            if not learning.see(epoch, score, model):
                break
    best = learning.best_state if learning.best_state is not None else model
    return _of_lightfm(best, learning.best_epoch, learning.seconds_to_best)


def _of_lightfm(model: Any, epochs: int, seconds: float) -> Fitted:
    bias, items = (copy.copy(part) for part in model.get_item_representations())
    people = model.get_user_representations()[1].copy()

    def of_people(asked: Ints) -> Floats:
        return np.asarray(people[asked] @ items.T + bias)

    return Fitted(of_people, None, epochs, seconds)
