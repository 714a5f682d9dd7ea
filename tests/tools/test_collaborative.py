from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from contracts.recommender import RecommenderContract, interactions_of, likes
from palate.tools.collaborative import Columns, Ease, ItemKNN, UserKNN, last_of_each
from scipy.sparse import csr_array

if TYPE_CHECKING:
    from palate.data.interactions import Interactions
    from palate.tools.collaborative import Recommender

# Three people, four items, the last without ratings:
#        i0  i1  i2  i3
#   v0    3   4   .   .      norm 5
#   v1    4   .   3   .      norm 5
#   v2    .   .   5   .      norm 5
SMALL = [(0, 0, 3.0), (0, 1, 4.0), (1, 0, 4.0), (1, 2, 3.0), (2, 2, 5.0)]


class TestUserKNN(RecommenderContract):
    def fit(self, interactions: Interactions) -> Recommender:
        return UserKNN.fit(interactions)

    def test_one_like_by_hand(self) -> None:
        # u likes i0 with weight 1, norm 1. s(u, v0) = 3/5, s(u, v1) = 4/5, s(u, v2) = 0.
        # i0: .6·3 + .8·4 = 5.0;  i1: .6·4 = 2.4;  i2: .8·3 = 2.4
        scores = UserKNN.fit(interactions_of(SMALL, 3, 4)).score(*likes(0))
        np.testing.assert_allclose(scores[:3], [5.0, 2.4, 2.4], rtol=1e-6)
        assert np.isnan(scores[3])

    def test_two_likes_by_hand(self) -> None:
        # u likes i0 and i1, norm √2. s(u, v0) = 7/(5√2) = .98995, s(u, v1) = 4/(5√2) = .56569.
        # i0: .98995·3 + .56569·4 = 5.23259;  i1: .98995·4 = 3.95980;  i2: .56569·3 = 1.69706
        scores = UserKNN.fit(interactions_of(SMALL, 3, 4)).score(*likes(0, 1))
        np.testing.assert_allclose(scores[:3], [5.23259, 3.95980, 1.69706], rtol=1e-5)

    def test_only_the_k_most_similar_people_speak(self) -> None:
        # With k = 1 only v1 (.8) speaks: i0 .8·4, i1 0, i2 .8·3
        scores = UserKNN.fit(interactions_of(SMALL, 3, 4), k=1).score(*likes(0))
        np.testing.assert_allclose(scores[:3], [3.2, 0.0, 2.4], rtol=1e-6)

    def test_neighbours_come_most_similar_first(self) -> None:
        people, similarity = UserKNN.fit(interactions_of(SMALL, 3, 4)).neighbours(*likes(0))
        assert people.tolist() == [1, 0]
        np.testing.assert_allclose(similarity, [0.8, 0.6], rtol=1e-6)

    def test_people_of_opposite_taste_do_not_speak(self) -> None:
        model = UserKNN.fit(interactions_of(SMALL, 3, 4))
        people, _ = model.neighbours(np.array([0]), np.array([-1.0], np.float32))
        assert people.tolist() == []

    def test_ties_at_the_kth_place_go_to_the_first_person(self) -> None:
        rows = [(person, 0, 4.0) for person in range(6)] + [(person, 1, 4.0) for person in range(6)]
        people, _ = UserKNN.fit(interactions_of(rows, 6, 2), k=3).neighbours(*likes(0))
        assert people.tolist() == [0, 1, 2]


class TestEase(RecommenderContract):
    def fit(self, interactions: Interactions) -> Recommender:
        return Ease.fit(interactions, 4.0, l2=20.0)

    def test_two_items_by_hand(self) -> None:
        # Likes: v0 {0, 1}, v1 {0}. G = [[2, 1], [1, 1]] + λI with λ = 1 = [[3, 1], [1, 2]], det 5,
        # P = [[.4, -.2], [-.2, .6]], B_01 = -P_01 / P_11 = 1/3, B_10 = -P_10 / P_00 = 1/2.
        rows = [(0, 0, 5.0), (0, 1, 4.0), (1, 0, 4.0), (1, 1, 2.0)]
        model = Ease.fit(interactions_of(rows, 2, 3), 4.0, l2=1.0)
        np.testing.assert_allclose(model.matrix, [[0, 1 / 3], [1 / 2, 0]], rtol=1e-6)
        scores = model.score(np.array([0]), np.array([2.0], np.float32))
        np.testing.assert_allclose(scores[:2], [0, 2 / 3], rtol=1e-6)
        assert np.isnan(scores[2])

    def test_three_items_by_the_inverse_written_out(self) -> None:
        # Likes: v0 {0, 1}, v1 {0, 1, 2}, v2 {0}. G + λI with λ = 1 is [[4, 2, 1], [2, 3, 1], [1, 1, 2]]:
        # det 4 · 5 - 2 · 3 + 1 · (-1) = 13, adjugate [[5, -3, -1], [-3, 7, -2], [-1, -2, 8]] (symmetric).
        # B_ij = -A_ij / A_jj: B_01 = 3/7, B_02 = 1/8, B_10 = 3/5, B_12 = 2/8, B_20 = 1/5, B_21 = 2/7.
        rows = [(0, 0, 5.0), (0, 1, 5.0), (1, 0, 5.0), (1, 1, 5.0), (1, 2, 5.0), (2, 0, 5.0)]
        model = Ease.fit(interactions_of(rows, 3, 3), 4.0, l2=1.0)
        expected = [[0, 3 / 7, 1 / 8], [3 / 5, 0, 2 / 8], [1 / 5, 2 / 7, 0]]
        np.testing.assert_allclose(model.matrix, expected, rtol=1e-6)

    def test_only_liked_items_cost_anything(self) -> None:
        model = Ease.fit(interactions_of([(0, 7, 5.0), (0, 9_000, 5.0)], 1, 10_000), 4.0)
        assert model.matrix.shape == (2, 2)
        assert model.matrix.dtype == np.float32


class TestItemKNN(RecommenderContract):
    def fit(self, interactions: Interactions) -> Recommender:
        return ItemKNN.fit(interactions, 4.0)

    def test_cosine_by_hand(self) -> None:
        # Liked by: i0 {0, 1, 2}, i1 {0, 1, 3, 4}, i2 {3}. s(0, 1) = 2/√12, s(1, 2) = 1/√4, s(0, 2) = 0.
        rows = [(0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (3, 1), (4, 1), (3, 2)]
        model = ItemKNN.fit(interactions_of([(p, i, 5.0) for p, i in rows], 5, 3), 4.0)
        np.testing.assert_allclose(model.score(*likes(0)), [0, 2 / np.sqrt(12), 0], rtol=1e-6)
        np.testing.assert_allclose(model.score(*likes(1)), [2 / np.sqrt(12), 0, 0.5], rtol=1e-6)

    def test_without_a_threshold_every_interaction_is_a_like(self) -> None:
        rows = [(0, 0, 1.0), (0, 1, 1.0)]
        assert ItemKNN.fit(interactions_of(rows, 1, 2), None).score(*likes(0))[1] == pytest.approx(1)


def test_a_profile_is_mapped_to_columns() -> None:
    columns = Columns.rated(csr_array(np.array([[0, 5, 0, 4, 1]], np.float32)))
    assert columns.positions.tolist() == [1, 3, 4]
    found, weights = columns.profile(np.array([4, 0, 1, 3, 4]), np.array([1, 1, 0, 2, -1], np.float32))
    assert dict(zip(found.tolist(), weights.tolist(), strict=True)) == {1: 2.0, 2: -1.0}


def test_of_repetitions_the_last_weight_stays() -> None:
    items, weights = last_of_each(np.array([5, 2, 5]), np.array([1, 2, 3], np.float32))
    assert items.tolist() == [2, 5]
    assert weights.tolist() == [2, 3]
