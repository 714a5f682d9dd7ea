"""What every trained model must do; a test of an implementation inherits :class:`RecommenderContract`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from palate.data.errors import DataError, NoData
from palate.data.interactions import Interactions

if TYPE_CHECKING:
    from pathlib import Path

    from palate.tools.collaborative import Recommender
    from palate.tools.types import FloatArray, IntArray

N_ITEMS = 12
UNRATED = (10, 11)
INHERITED = [HealthCheck.differing_executors]
"""Each subclass runs the inherited property tests with a model of its own."""


def world(n_people: int = 30, seed: int = 3) -> Interactions:
    """People who rate items 0–4 high and 5–9 low, or the other way round; nobody rates 10 and 11."""
    rng = np.random.default_rng(seed)
    people, items = np.divmod(np.arange(n_people * 10), 10)
    kept = rng.random(len(people)) < 0.8
    ratings = np.where((items < 5) == (people % 2 == 0), 5.0, 1.0).astype(np.float32)
    return Interactions.of(people[kept], items[kept], ratings[kept], n_people=n_people, n_items=N_ITEMS)


def interactions_of(rows: list[tuple[int, int, float]], n_people: int, n_items: int) -> Interactions:
    """Interactions from (person, item, rating)."""
    people, items, ratings = (
        (np.array(column) for column in zip(*rows, strict=True)) if rows else ([], [], [])
    )
    return Interactions.of(
        np.asarray(people, np.int64),
        np.asarray(items, np.int64),
        np.asarray(ratings, np.float32),
        n_people=n_people,
        n_items=n_items,
    )


def likes(*items: int) -> tuple[IntArray, FloatArray]:
    """The arguments of ``score`` for a person who likes ``items``."""
    return np.array(items, np.int64), np.ones(len(items), np.float32)


class RecommenderContract:
    """Subclasses give ``fit`` and say whether the model is personal and scores items nobody rated."""

    personal: ClassVar[bool] = True
    scores_unrated: ClassVar[bool] = False

    def fit(self, interactions: Interactions) -> Recommender:
        """The model of these interactions, likes being ratings of 4 or more."""
        raise NotImplementedError

    @pytest.fixture
    def model(self) -> Recommender:
        """The model of :func:`world`, fitted once a class."""
        return self._fitted()

    def test_scores_are_float32_one_for_each_item(self, model: Recommender) -> None:
        scores = model.score(*likes(0))
        assert scores.dtype == np.float32
        assert scores.shape == (N_ITEMS,)

    def test_rated_items_score_and_others_are_nan_unless_known_otherwise(self, model: Recommender) -> None:
        scores = model.score(*likes(0))
        assert np.isfinite(scores[:10]).all()
        assert np.isnan(scores[list(UNRATED)]).all() != self.scores_unrated

    def test_what_similar_people_like_comes_first(self, model: Recommender) -> None:
        if not self.personal:
            pytest.skip("the same for everyone")
        for group, others in ((range(5), range(5, 10)), (range(5, 10), range(5))):
            first, *rest = group
            scores = model.score(*likes(first))
            assert min(scores[rest]) > max(scores[list(others)])

    def test_no_likes_give_no_preference(self, model: Recommender) -> None:
        scores = model.score(*likes())
        assert scores.shape == (N_ITEMS,)
        if self.personal:
            assert not np.nan_to_num(scores).any()

    def test_unknown_positions_change_nothing(self, model: Recommender) -> None:
        strange = model.score(*likes(-1, 0, N_ITEMS, 10**9))
        np.testing.assert_array_equal(strange, model.score(*likes(0)))

    def test_an_item_named_twice_counts_once(self, model: Recommender) -> None:
        np.testing.assert_array_equal(model.score(*likes(0, 0, 1)), model.score(*likes(0, 1)))

    def test_the_order_of_likes_does_not_matter(self, model: Recommender) -> None:
        np.testing.assert_allclose(model.score(*likes(3, 0, 1)), model.score(*likes(0, 1, 3)), rtol=1e-5)

    def test_scoring_leaves_the_model_as_it_was(self, model: Recommender) -> None:
        before = model.score(*likes(0))
        before_copy = before.copy()
        before[:] = -1
        np.testing.assert_array_equal(model.score(*likes(0)), before_copy)

    @settings(max_examples=30, deadline=None, suppress_health_check=INHERITED)
    @given(
        st.lists(
            st.tuples(
                st.integers(-3, N_ITEMS + 3),
                st.floats(-2, 2, width=32, allow_subnormal=False),
            ),
            max_size=8,
        )
    )
    def test_any_profile_scores_without_surprise(self, pairs: list[tuple[int, float]]) -> None:
        model = self._fitted()
        items = np.array([item for item, _ in pairs], np.int64)
        weights = np.array([weight for _, weight in pairs], np.float32)
        scores = model.score(items, weights)
        assert scores.shape == (N_ITEMS,)
        assert np.isfinite(scores[:10]).all()

    @settings(max_examples=12, deadline=None, suppress_health_check=INHERITED)
    @given(
        st.lists(
            st.tuples(st.integers(0, 3), st.integers(0, 2), st.sampled_from([1.0, 3.0, 4.0, 5.0])),
            max_size=12,
        )
    )
    def test_any_three_items_can_be_learned(self, rows: list[tuple[int, int, float]]) -> None:
        scores = self.fit(interactions_of(rows, 4, 3)).score(*likes(0, 2))
        assert scores.shape == (3,)
        assert not np.isinf(scores).any()

    @settings(max_examples=12, deadline=None, suppress_health_check=INHERITED)
    @given(
        st.integers(1, 3),
        st.lists(
            st.tuples(
                st.integers(0, 4), st.integers(0, 2), st.sampled_from([-1e6, -10.0, 0.0, 0.5, 4.0, 1e6])
            ),
            max_size=10,
        ),
    )
    def test_odd_ratings_in_the_smallest_catalogues(
        self, n_items: int, rows: list[tuple[int, int, float]]
    ) -> None:
        model = self.fit(interactions_of([row for row in rows if row[1] < n_items], 5, n_items))
        for given_items in (likes(), likes(0), likes(*range(n_items)), likes(n_items + 4)):
            scores = model.score(*given_items)
            assert scores.shape == (n_items,)
            assert scores.dtype == np.float32
            assert not np.isinf(scores).any()

    def test_a_person_and_item_named_twice_count_once_the_latest(self) -> None:
        rows = [(person, item, 5.0) for person in range(6) for item in range(4)]
        repeated = [*((p, i, 1.0) for p, i, _ in rows), *rows, *rows]
        once, often = (self.fit(interactions_of(r, 6, 4)).score(*likes(0)) for r in (rows, repeated))
        np.testing.assert_array_equal(once, often)

    def test_people_with_one_item_only_can_be_learned(self) -> None:
        scores = self.fit(interactions_of([(p, p % 3, 5.0) for p in range(9)], 9, 3)).score(*likes(0))
        assert np.isfinite(scores).all()

    def test_people_without_history_do_no_harm(self) -> None:
        rows = [(person, item, 5.0) for person in range(6) for item in range(4) if person != item]
        assert np.isfinite(self.fit(interactions_of(rows, 9, 4)).score(*likes(0))).all()

    def test_liking_only_what_nobody_rated_is_no_preference(self, model: Recommender) -> None:
        if self.personal and not self.scores_unrated:
            scores = model.score(*likes(*UNRATED))
            assert np.ptp(scores[:10]) == 0

    @pytest.mark.parametrize("rating", [1.0, 5.0])
    def test_equal_ratings_can_be_learned(self, rating: float) -> None:
        same = world()
        same = Interactions.of(
            same.people,
            same.items,
            np.full(len(same.items), rating, np.float32),
            n_people=same.n_people,
            n_items=same.n_items,
        )
        assert not np.isinf(self.fit(same).score(*likes(0))).any()

    def test_fitting_again_gives_the_same_model(self, model: Recommender) -> None:
        np.testing.assert_array_equal(self.fit(world()).score(*likes(0, 6)), model.score(*likes(0, 6)))

    def test_a_stored_model_scores_the_same(self, model: Recommender, tmp_path: Path) -> None:
        folder = tmp_path / "toy" / "artifacts" / model.name
        model.save(folder, "abc")
        loaded = type(model).load(folder, "abc")
        np.testing.assert_array_equal(loaded.score(*likes(0, 6)), model.score(*likes(0, 6)))

    def test_a_stored_model_of_other_data_is_refused(self, model: Recommender, tmp_path: Path) -> None:
        folder = tmp_path / "toy" / "artifacts" / model.name
        with pytest.raises(NoData, match="palate setup --catalog toy"):
            type(model).load(folder, "abc")
        model.save(folder, "abc")
        with pytest.raises(DataError, match="palate setup --catalog toy"):
            type(model).load(folder, "def")

    def _fitted(self) -> Recommender:
        cls = type(self)
        if "_model" not in cls.__dict__:
            cls._model = self.fit(world())  # type: ignore[attr-defined]
        found: Recommender = cls._model  # type: ignore[attr-defined]
        return found
