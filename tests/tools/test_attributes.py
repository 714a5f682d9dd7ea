from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pytest
from contracts.recommender import N_ITEMS, UNRATED, RecommenderContract, interactions_of, likes, world
from palate.tools.attributes import AttributeFactors, attributes_of

if TYPE_CHECKING:
    from palate.data.interactions import Interactions
    from palate.tools.collaborative import Recommender
    from palate.tools.types import FloatArray

TWO_KINDS = np.array([[1, 0]] * 5 + [[0, 1]] * 5 + [[1, 0], [0, 1]], np.float32)
"""What the items of :func:`world` are like: the two that nobody rated are like either group."""


def kinds(n_items: int) -> FloatArray:
    return TWO_KINDS[np.arange(n_items) % N_ITEMS]


class TestAttributeFactors(RecommenderContract):
    scores_unrated: ClassVar[bool] = True

    def fit(self, interactions: Interactions) -> Recommender:
        return AttributeFactors.fit(interactions, 4.0, kinds(interactions.n_items), rank=2, ridge=0.1)


def test_an_item_nobody_rated_is_liked_as_items_like_it_are() -> None:
    model = AttributeFactors.fit(world(), 4.0, TWO_KINDS, rank=2, ridge=0.1)
    similar, other = UNRATED
    for liked, near, far in ((0, similar, other), (5, other, similar)):
        scores = model.score(*likes(liked))
        assert scores[near] > scores[far]


def test_a_like_that_nobody_rated_tells_by_its_attributes() -> None:
    scores = AttributeFactors.fit(world(), 4.0, TWO_KINDS, rank=2, ridge=0.1).score(*likes(UNRATED[0]))
    assert min(scores[:5]) > max(scores[5:10])


def test_one_factor_by_hand() -> None:
    # Three people like a, one of them b, too. With damping 0 the rows are (1, 0), (1, 0), (1, 1) / √2: the
    # matrix RᵀR is [[2.5, .5], [.5, .5]], its first eigenvalue 1.5 + √1.25, its vector ∝ (.5, √1.25 - 1).
    rows = [(0, 0, 5.0), (1, 0, 5.0), (2, 0, 5.0), (2, 1, 5.0)]
    v = np.array([0.5, np.sqrt(1.25) - 1])
    v /= np.linalg.norm(v)
    # The attribute is 1 for a, 0 for b, 2 for c: centred on ½, the slope is (v_a - v_b) / 2 / (½ + 1).
    attribute = np.array([[1.0], [0.0], [2.0]], np.float32)
    slope = (v[0] - v[1]) / 2 / 1.5
    predicted = v.mean() + slope * (attribute[:, 0] - 0.5)
    model = AttributeFactors.fit(interactions_of(rows, 3, 3), 4.0, attribute, rank=1, ridge=1.0, damping=0.0)
    np.testing.assert_allclose(model.score(*likes(0)), v[0] * predicted, rtol=1e-5)
    np.testing.assert_allclose(model.score(*likes(2)), predicted[2] * predicted, rtol=1e-5)
    both = (v[0] + v[1]) / np.sqrt(2) * predicted
    np.testing.assert_allclose(model.score(*likes(0, 1)), both, rtol=1e-5)


def test_many_likes_are_factorised_as_few_are() -> None:
    interactions = world(n_people=200)
    few, many = (
        AttributeFactors.fit(interactions, 4.0, TWO_KINDS, rank=rank, ridge=0.1).score(*likes(0))
        for rank in (8, 3)
    )
    # Beyond two kinds of people there is only noise: both ways of factorising order the kinds alike.
    assert min(few[:5]) > max(few[5:10])
    assert min(many[:5]) > max(many[5:10])


@pytest.mark.parametrize(("unrated", "read"), [((0.2, 0.9), True), ((0.1, 0.1), False)])
def test_known_ness_is_read_where_it_tells_unrated_items_apart(
    unrated: tuple[float, float], read: bool
) -> None:
    known = np.array([0.9, 0.5, *unrated], np.float32)
    rated = np.array([True, True, False, False])
    described, vectors = np.zeros((4, 3), np.float32), np.ones((4, 5), np.float32)
    found = attributes_of(described, vectors, known, rated)
    assert found.dtype == np.float32
    assert (found.shape[1] > 8) == read
    np.testing.assert_array_equal(found[:, :8], np.hstack([described, vectors]))
    assert attributes_of(described, None, known, np.ones(4, bool)).shape == (4, 3)
