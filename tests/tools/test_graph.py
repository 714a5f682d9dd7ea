from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from contracts.recommender import N_ITEMS, RecommenderContract, interactions_of, likes, world
from palate.tools.graph import ONE_STEP, Embeddings, LightGCN, tag_matrix, weigh
from scipy.sparse import csr_array

if TYPE_CHECKING:
    from palate.data.catalog import Catalog
    from palate.data.interactions import Interactions
    from palate.tools.collaborative import Recommender
    from palate.tools.types import FloatArray

# Items 0–4 and the unrated 10 share the tag 0, items 5–9 and the unrated 11 the tag 1.
TAGS = csr_array(
    np.array([[1, 0] if item < 5 or item == 10 else [0, 1] for item in range(N_ITEMS)], np.float32)
)


class TestLightGCN(RecommenderContract):
    scores_unrated = True

    def fit(self, interactions: Interactions) -> Recommender:
        tags = TAGS if interactions.n_items == N_ITEMS else None
        return LightGCN.fit(interactions, tags, None, 4.0, dim=8, epochs=15)

    def test_an_item_that_nobody_rated_is_found_through_its_tag(self, model: Recommender) -> None:
        first, second = model.score(*likes(0, 1)), model.score(*likes(5, 6))
        assert first[10] > first[11]
        assert second[11] > second[10]

    def test_a_person_who_likes_only_an_unrated_item_is_understood(self, model: Recommender) -> None:
        scores = model.score(*likes(10))
        assert scores[:5].mean() > scores[5:10].mean()

    def test_another_seed_gives_another_model(self, model: Recommender) -> None:
        other = LightGCN.fit(world(), TAGS, None, 4.0, seed=1, dim=8, epochs=15)
        assert not np.array_equal(other.score(*likes(0)), model.score(*likes(0)))


def test_scores_by_hand() -> None:
    # Trained h_0 = (1, 0), h_1 = (0, 1), h_2 = (.6, .8), h_3 = 0; untrained h_0 = (1, 0), h_1 = (.8, .6),
    # h_2 = (0, 1); scales 4 and 2; w = (1, 2 | .5, -1); popularity (3, 2, 1, 0); trained votes (3, 1, 1, 1).
    # One like of item 0: both h_u = (1, 0), n / (n + 1) = 1/2, γ = 1/101 = .0099010, w·h_u = 1.
    # close: 0: ½ (.9900990 · 4 + .0099010 · 2) = 1.9900990; 1: ½ · .9900990 · 4 · .8 = 1.5841584;
    # 2: ½ · .0099010 · 2 · .6 = .0059406. Rest w·h_i + w·h_u + popularity: 4.5; 2; .3 - .8 + 1 + 1 = 1.5
    model = _model()
    np.testing.assert_allclose(model.score(*likes(0))[:3], [6.4900990, 3.5841584, 1.5059406], rtol=1e-6)
    # Likes of 0 and 1: trained h_u = (3, 1) / √10 = (.9486833, .3162278), untrained (1.8, .6) / √3.6, the
    # same; n / (n + 1) = 2/3, γ = 4/104 = .0384615, w·h_u = 1.5811388.
    # 0: ⅔ · .9486833 · (.9615385 · 4 + .0384615 · 2) + .5 + 1.5811388 + 3 = 7.5623089
    assert model.score(*likes(0, 1))[0] == pytest.approx(7.5623089, rel=1e-6)


def test_with_many_likes_what_was_trained_counts() -> None:
    # n = 40 by weight: γ = 1600/1700, n / (n + 1) = 40/41; item 2: 40/41 · 16/17 · 2 · .6 + 1.5 = 2.6018651
    score = _model().score(np.array([0]), np.array([40], np.float32))[2]
    assert score == pytest.approx(2.6018651, rel=1e-6)


def test_an_item_without_anything_is_nan_and_no_like() -> None:
    model = _model()
    assert np.isnan(model.score(*likes(0))[3])
    np.testing.assert_array_equal(model.score(*likes(0, 3)), model.score(*likes(0)))
    assert not np.nan_to_num(model.score(*likes(3))).any()


def test_likeness_is_the_cosine_whatever_is_popular() -> None:
    similar = _model().similar(*likes(0))
    np.testing.assert_allclose(similar[:3], [1.0, -1.0, 0.8], rtol=1e-6)
    assert np.isnan(similar[3])


def test_a_dislike_turns_the_direction() -> None:
    found = _model().fold_in(np.array([0, 1]), np.array([1, -1], np.float32))
    np.testing.assert_allclose(found, np.array([3, -1]) / np.sqrt(10), rtol=1e-6)


def test_features_make_items_alike_that_share_nothing_else() -> None:
    rng = np.random.default_rng(0)
    poles = rng.normal(size=(2, 16))
    features: FloatArray = (
        poles[[0 if item < 5 or item == 10 else 1 for item in range(N_ITEMS)]]
        + rng.normal(size=(N_ITEMS, 16)) * 0.1
    ).astype(np.float32)
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    model = LightGCN.fit(world(), None, features, 4.0, dim=8, epochs=15)
    similar = model.similar(*likes(10))
    assert similar[:5].min() > similar[5:10].max()


def test_without_likes_tags_are_enough() -> None:
    none = interactions_of([], 0, N_ITEMS)
    similar = LightGCN.fit(none, TAGS, None, 4.0, dim=4).similar(*likes(0))
    assert similar[10] > 0.9 > similar[11]


def test_tags_are_the_shared_values_of_categories_and_names(toy: Catalog) -> None:
    matrix, names = tag_matrix(toy)
    assert matrix.shape == (toy.n, len(names))
    assert {name.split(":")[0] for name in names} == {"theme", "designer", "language"}
    assert (np.bincount(matrix.indices, minlength=len(names)) >= 2).all()
    item, column = 0, matrix.indices[0]
    facet, value = names[column].split(": ")
    held = toy.item(item).facets[facet]
    assert value in (held if isinstance(held, tuple) else (held,))


def test_a_facets_weight_is_divided_and_common_values_weigh_more() -> None:
    # Values of 4 items and of 1, mean 2.5: √(4/2.5) = 1.26491, √(1/2.5) = .63246. The first item has both.
    postings = csr_array(np.array([[1, 1], [1, 0], [1, 0], [1, 0]], np.float32))
    np.testing.assert_allclose(
        weigh(postings).toarray(), [[0.63246, 0.31623], [1.26491, 0], [1.26491, 0], [1.26491, 0]], rtol=1e-4
    )


def test_scoring_does_without_torch() -> None:
    code = "import sys, palate.tools.train; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def _model() -> LightGCN:
    return LightGCN(
        Embeddings(
            h_items=np.array([[1, 0], [0, 1], [0.6, 0.8], [0, 0]], np.float32),
            smooth=np.array([[1, 0], [0.8, 0.6], [0, 1], [0, 0]], np.float32),
            near=np.array([[1, 0], [-1, 0], [0.8, 0.6], [0, 0]], np.float32),
            votes=np.array([[1, 1, 1, 1], [3, 1, 1, 1]], np.float32),
            linear=np.array([1, 2, 0.5, -1], np.float32),
            popularity=np.array([3, 2, 1, 0], np.float32),
            scales=(4.0, 2.0),
        ),
        csr_array((2, 4), dtype=np.float32),
    )


def test_of_many_likes_one_exact_step_over_people_is_added() -> None:
    # Two people like items 0 and 1, one of them 2 as well: R̃ᵀR̃ of a like of 0 says 1 before 2, and 3 nothing.
    likes_of = csr_array(np.array([[1, 1, 0, 0], [1, 1, 1, 0]], np.float32))
    trained = _model().trained._replace(
        h_items=np.tile(np.array([[1, 0]], np.float32), (4, 1)),
        smooth=np.tile(np.array([[1, 0]], np.float32), (4, 1)),
        popularity=np.array([0, 0.1, 0, 0], np.float32),
        linear=np.zeros(4, np.float32),
    )
    plain, stepped = (
        LightGCN(trained, likes).score(np.array([0]), np.array([1000], np.float32))
        for likes in (csr_array((2, 4), dtype=np.float32), likes_of)
    )
    step = np.array([1 / 4 + 1 / 6, 1 / 4 + 1 / 6, 1 / 3 / 2**0.5, 0])
    added = ONE_STEP * plain.std() * step / step.std()
    assert stepped - plain == pytest.approx(added, abs=1e-3)
