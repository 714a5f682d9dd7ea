"""Surprise, where it still installs. It predicts ratings, of the people whom it was fitted to."""

from __future__ import annotations

import numpy as np
import pandas
from surprise import SVD, Dataset, Reader

from .model import Fitted, Settings, Task

SEED = 2020


def svd(task: Task, settings: Settings) -> Fitted:
    """Surprise's SVD (Hug, JOSS 2020); items go by the rating that it predicts."""
    pairs = task.pairs
    frame = pandas.DataFrame({"person": pairs.people, "item": pairs.items, "rating": pairs.ratings})
    scale = (float(pairs.ratings.min()), float(pairs.ratings.max()))
    data = Dataset.load_from_df(frame, Reader(rating_scale=scale)).build_full_trainset()
    model = SVD(random_state=SEED, **settings).fit(data)
    people = np.array([data.to_raw_uid(row) for row in range(data.n_users)], np.int64)
    items = np.array([data.to_raw_iid(row) for row in range(data.n_items)], np.int64)
    scores = np.full((pairs.n_people, pairs.n_items), -np.inf, np.float32)
    scores[np.ix_(people, items)] = data.global_mean + model.bu[:, None] + model.bi + model.pu @ model.qi.T
    return Fitted(lambda asked: scores[asked])
