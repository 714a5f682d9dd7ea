"""The models of the library implicit (Ben Frederickson), with its own folding-in of unseen people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from implicit.als import AlternatingLeastSquares
from implicit.bpr import BayesianPersonalizedRanking
from implicit.nearest_neighbours import CosineRecommender
from threadpoolctl import threadpool_limits

from .exchange import Floats, Ints
from .model import Fitted, Settings, Task, clock

SEED = 2020


def als(task: Task, settings: Settings) -> Fitted:
    """Implicit-feedback ALS (Hu, Koren & Volinsky, ICDM 2008); unseen people by ``recalculate_user``."""
    model, _ = _fit(AlternatingLeastSquares, task, dict(settings, random_state=SEED, num_threads=1))

    def of_likes(likes: Any) -> Floats:
        vectors = model.recalculate_user(np.arange(likes.shape[0]), likes)
        return np.asarray(vectors @ model.item_factors.T)

    return Fitted(_dot(model), of_likes)


def bpr(task: Task, settings: Settings) -> Fitted:
    """BPR matrix factorisation (Rendle et al., UAI 2009); it knows only its own people."""
    model, seconds = _fit(BayesianPersonalizedRanking, task, dict(settings, random_state=SEED, num_threads=1))
    return Fitted(_dot(model), None, int(settings["iterations"]), seconds)


def item_knn(task: Task, settings: Settings) -> Fitted:
    """Item-item cosine of the ``K`` nearest; a person scores by the rows of what they like."""
    model, _ = _fit(CosineRecommender, task, dict(settings, num_threads=1))
    matrix = task.pairs.matrix()

    def of_likes(likes: Any) -> Floats:
        return np.asarray((likes @ model.similarity).toarray(), np.float32)

    return Fitted(lambda people: of_likes(matrix[people]), of_likes)


def _fit(kind: Any, task: Task, settings: Settings) -> tuple[Any, float]:
    model, start = kind(**settings), clock()
    # implicit runs its own threads: those of BLAS below them make it slower by orders of magnitude.
    with threadpool_limits(1, "blas"):
        model.fit(task.pairs.matrix(), show_progress=False)
    return model, clock() - start


def _dot(model: Any) -> Callable[[Ints], Floats]:
    return lambda people: np.asarray(model.user_factors[people] @ model.item_factors.T)
