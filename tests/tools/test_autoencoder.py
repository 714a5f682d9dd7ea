from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from contracts.recommender import RecommenderContract, interactions_of, likes, world
from palate.tools.autoencoder import LEVELS, FewLikesAutoencoder
from palate.tools.collaborative import Columns

if TYPE_CHECKING:
    from palate.data.interactions import Interactions
    from palate.tools.collaborative import Recommender

QUICK: dict[str, Any] = {
    "networks": 2, "dim": 8, "steps": 150, "batch": 30, "wanted_at_least": 1, "dropout": 0.2, "seen": 0.0
}  # fmt: skip


class TestFewLikesAutoencoder(RecommenderContract):
    def fit(self, interactions: Interactions) -> Recommender:
        return FewLikesAutoencoder.fit(interactions, 4.0, **QUICK)


def by_hand() -> FewLikesAutoencoder:
    """E_0 = (1, 0), E_1 = (0, 2), E_2 = (1, 1); b = (.1, .2, .3); c_1 = (.5, 0); items 0, 1, 3 of 4."""
    count = np.zeros((LEVELS, 2), np.float32)
    count[1] = 0.5, 0
    arrays = {
        "items": np.array([[1, 0], [0, 2], [1, 1]], np.float32),
        "bias": np.array([0.1, 0.2, 0.3], np.float32),
        "count": count,
        "n_networks": np.array([1], np.float32),
    }
    return FewLikesAutoencoder(arrays, Columns(np.array([0, 1, 3]), 4))


def test_one_like_by_hand() -> None:
    # tanh((1, 0) / √1 + (.5, 0)) = (.905148, 0): 0: .9051 + .1, 1: 0 + .2, 3: .9051 + .3
    scores = by_hand().score(*likes(0))
    np.testing.assert_allclose(scores[[0, 1, 3]], [1.005148, 0.2, 1.205148], rtol=1e-5)
    assert np.isnan(scores[2])


def test_two_likes_by_hand() -> None:
    # tanh((1, 2) / √2) = (.608860, .888386): 0: .70886, 1: 1.776772 + .2, 3: 1.497245 + .3
    np.testing.assert_allclose(
        by_hand().score(*likes(0, 1))[[0, 1, 3]], [0.708860, 1.976772, 1.797245], rtol=1e-5
    )


def test_networks_side_by_side_are_averaged() -> None:
    one = by_hand()
    arrays = {
        "items": np.hstack([one.arrays["items"]] * 2),
        "bias": one.arrays["bias"],
        "count": np.hstack([one.arrays["count"]] * 2),
        "n_networks": np.array([2], np.float32),
    }
    two = FewLikesAutoencoder(arrays, one.columns)
    np.testing.assert_allclose(two.score(*likes(0, 3)), one.score(*likes(0, 3)), rtol=1e-6)


def test_features_make_items_alike_that_few_like() -> None:
    # Item 4 is liked by one person; its features say that it is of the first kind.
    rows = [
        (p, i, 5.0) for p in range(40) for i in range(10) if (i < 5) == (p % 2 == 0) and (i != 4 or p == 0)
    ]
    features = np.array([[1, 0]] * 5 + [[0, 1]] * 5, np.float32)
    scores = FewLikesAutoencoder.fit(interactions_of(rows, 40, 10), 4.0, features, **QUICK).score(*likes(0))
    assert scores[4] > scores[5:].max()


@pytest.mark.parametrize("people", [0, 1])
def test_without_people_to_ask_popularity_is_left(people: int) -> None:
    rows = [(person, item, 5.0) for person in range(people) for item in range(2)]
    scores = FewLikesAutoencoder.fit(interactions_of(rows, max(people, 1), 3), 4.0).score(*likes(0))
    assert scores.shape == (3,)
    assert np.isfinite(scores[: 2 * people]).all()


def test_more_likes_than_were_ever_given_still_score() -> None:
    model = FewLikesAutoencoder.fit(world(), 4.0, **QUICK)
    assert np.isfinite(model.score(*likes(*range(10)))[:10]).all()
