from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pytest
from contracts.recommender import RecommenderContract, interactions_of, likes
from palate.tools.popular import Popularity

if TYPE_CHECKING:
    from palate.data.interactions import Interactions
    from palate.tools.collaborative import Recommender

ROWS = [(0, 0, 5.0), (1, 0, 4.0), (0, 1, 5.0), (0, 2, 1.0)]


class TestPopularity(RecommenderContract):
    personal: ClassVar[bool] = False

    def fit(self, interactions: Interactions) -> Recommender:
        return Popularity.fit(interactions, 4.0)


def test_likes_are_counted_on_a_log_scale() -> None:
    scores = Popularity.fit(interactions_of(ROWS, 2, 4), 4.0).score(*likes())
    np.testing.assert_allclose(scores[:3], np.log1p([2, 1, 0]), rtol=1e-6)
    assert np.isnan(scores[3])


def test_an_unrated_item_is_as_popular_as_rated_ones_of_its_known_ness() -> None:
    known = np.array([0.9, 0.5, 0.1, 0.7], np.float32)
    scores = Popularity.fit(interactions_of(ROWS, 2, 4), 4.0, known).score(*likes())
    assert scores[3] == pytest.approx((np.log(3) + np.log(2)) / 2)


def test_without_interactions_known_ness_is_all_there_is() -> None:
    known = np.array([0.9, 0.5], np.float32)
    np.testing.assert_array_equal(Popularity.fit(None, None, known).score(*likes()), known)
    with pytest.raises(ValueError, match="known-ness"):
        Popularity.fit(None, None)
