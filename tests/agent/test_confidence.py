"""The probability that a pick is liked: its formula, its fit, where there is none, and where it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from palate.agent import confidence_fit, fusion_fit
from palate.agent.confidence import (
    FEATURES,
    KIND,
    Confidence,
    confidence_of,
    features,
    folder_of,
    item_stats,
    load_confidence,
    standardised,
)
from palate.agent.confidence_fit import logistic
from palate.agent.errors import DataError, NoData
from palate.agent.say import why
from palate.data.catalog import Catalog, Interactions
from small import SmallToolbox, app_of, set_up
from toy import SPEC, toy_interactions, toy_items

if TYPE_CHECKING:
    from pathlib import Path


def test_the_features_are_those_that_are_named() -> None:
    ones = np.ones(1, np.float32)
    (x,) = features(3 * ones, 0.8 * ones, 9 * ones, 0.5 * ones, np.e**2)
    odds = np.log(4)
    assert dict(zip(FEATURES, x.tolist(), strict=True)) == pytest.approx(
        {
            "one": 1,
            "score": 3,
            "score over 1": 2,
            "score over 2.5": 0.5,
            "rate": odds,
            "raters": np.log(10) / 5,
            "known": 0.5,
            "likes": 2,
            "likes x score": 6,
            "likes x rate": 2 * odds,
        },
        rel=1e-5,
    )


def test_the_probability_is_the_logistic_of_the_head_of_the_item() -> None:
    weights = np.zeros((2, len(FEATURES)), np.float32)
    weights[0, 1], weights[1, 0] = 1.0, -1.0
    x = np.zeros((2, len(FEATURES)), np.float32)
    x[:, 0], x[:, 1] = 1, 2
    found = Confidence(weights).of(x, np.array([False, True]))
    np.testing.assert_allclose(found, [1 / (1 + np.exp(-2)), 1 / (1 + np.exp(1))], rtol=1e-6)


def test_scores_are_told_in_deviations_of_the_rated_items_and_bounded() -> None:
    among = np.array([1.0, 3.0], np.float32)  # mean 2, deviation 1
    np.testing.assert_allclose(standardised(np.array([3.5, 99, -99], np.float32), among), [1.5, 6, -3])


def test_few_raters_hardly_move_an_item_from_the_mean() -> None:
    # Item 0: liked by 1 of 1; item 1: by 1 of 3; nobody rated item 2. The mean is (2 + 1) / (4 + 2) = ½.
    people, items, ratings = np.array([0, 0, 1, 2]), np.array([0, 1, 1, 1]), np.array([5, 4, 1, 2])
    stats = item_stats(Interactions.of(people, items, ratings, n_people=3, n_items=3), 4.0)
    np.testing.assert_array_equal(stats.raters, [1, 3, 0])
    np.testing.assert_allclose(stats.rate, [3.5 / 6, 3.5 / 8, 0.5])


def test_the_fit_finds_the_weights_that_made_the_data() -> None:
    rng = np.random.default_rng(0)
    x = np.column_stack([np.ones(40_000), rng.normal(size=(40_000, 2))]).astype(np.float32)
    true = np.array([0.5, -1.0, 2.0])
    y = rng.uniform(size=len(x)) < 1 / (1 + np.exp(-x @ true))
    found = logistic(x, y, np.ones(len(x)), ridge=0.0)
    np.testing.assert_allclose(found, np.asarray(true, np.float32), atol=0.08)
    # Weighted twice is counted twice.
    double = logistic(np.concatenate([x, x]), np.concatenate([y, y]), np.ones(2 * len(x)), ridge=0.0)
    twice = logistic(x, y, np.full(len(x), 2.0), ridge=0.0)
    np.testing.assert_allclose(twice, double, atol=1e-5)


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> SmallToolbox:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fusion_fit, "PEOPLE_AT_LEAST", 10)
        patch.setattr(fusion_fit, "EPISODES", 80)
        patch.setattr(confidence_fit, "EXAMPLES_AT_LEAST", 50)
        return set_up(tmp_path_factory.mktemp("sure") / "toy", toy_items(), toy_interactions(), SPEC)


def test_a_set_up_stores_it_beside_the_fusion(box: SmallToolbox) -> None:
    assert (box.catalog.path / "artifacts" / KIND / "manifest.json").exists()
    assert load_confidence(box.catalog).weights.shape == (2, len(FEATURES))


def test_picks_carry_it_and_why_says_it(box: SmallToolbox) -> None:
    with app_of(box) as app:
        reply = app.recommend(likes=["Iron Fleet", "Crypt & Candle"], k=5)
        sure = [pick.confidence for pick in reply.items]
        assert all(each is not None and 0 < each < 1 for each in sure)
        chat = app.chat("sure")
        chat.ask("I love Iron Fleet and Crypt & Candle")
        chat.ask("recommend me something", k=3)
        said = chat.ask("why 1")
        (pick,) = said.items
        assert pick.confidence is not None
        assert f"How sure I am that you will like it: {pick.confidence:.0%}." in said.text
        assert "who rated it" in why(pick)[-1]


def test_it_is_the_same_whatever_else_is_asked_for(box: SmallToolbox) -> None:
    with app_of(box) as app:
        sure = {p.id: p.confidence for p in app.recommend(likes=["Iron Fleet"], k=50).items}
        short = app.recommend("short games", likes=["Iron Fleet"], k=5).items
        assert short
        assert all(pick.confidence == sure[pick.id] for pick in short)


def test_of_a_stranger_nothing_is_said(box: SmallToolbox) -> None:
    with app_of(box) as app:
        (pick,) = app.recommend("war games", k=1).items
        assert pick.confidence is None
        assert "confidence" not in pick.model_dump()
        assert "sure" not in " ".join(why(pick))


def test_without_ratings_there_is_none(tmp_path: Path) -> None:
    bare = set_up(tmp_path / "toy", toy_items(), None, SPEC)
    assert not load_confidence(bare.catalog).is_fitted
    with app_of(bare) as app:
        assert app.recommend(likes=["Iron Fleet"], k=1).items[0].confidence is None


def test_where_everything_counts_as_a_like_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fusion_fit, "PEOPLE_AT_LEAST", 10)
    monkeypatch.setattr(fusion_fit, "EPISODES", 16)
    spec = SPEC.model_copy(update={"like_at": None, "rating_range": None})
    implicit = set_up(tmp_path / "toy", toy_items(), toy_interactions(), spec)
    assert not load_confidence(implicit.catalog).is_fitted


def test_a_catalogue_set_up_before_works_without(box: SmallToolbox, tmp_path: Path) -> None:
    early = set_up(tmp_path / "toy", toy_items(), None, SPEC)
    for file in folder_of(early.catalog).iterdir():
        file.unlink()
    folder_of(early.catalog).rmdir()
    catalog = Catalog.open(early.catalog.path)
    assert confidence_of(catalog) is None
    with pytest.raises(NoData, match="no confidence"):
        load_confidence(catalog)


def test_one_of_another_format_is_refused_with_the_command(tmp_path: Path) -> None:
    early = set_up(tmp_path / "toy", toy_items(), None, SPEC)
    manifest = folder_of(early.catalog) / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"version": 1', '"version": 0'))
    with pytest.raises(DataError, match="format 0"):
        load_confidence(Catalog.open(early.catalog.path))


def test_the_fusion_learns_the_same_whether_or_not_examples_are_taken(
    box: SmallToolbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fusion_fit, "PEOPLE_AT_LEAST", 10)
    monkeypatch.setattr(fusion_fit, "EPISODES", 16)
    rows: list[np.ndarray] = []

    def noted(lessons: fusion_fit.Lessons, seed: int) -> dict[str, np.ndarray]:
        rows.append(lessons.z)
        return {"weights": np.zeros((2, 12, 6), np.float32), "bias": np.zeros((2, 6), np.float32)}

    monkeypatch.setattr("palate.agent.fusion_train.train_weights", noted)
    fusion_fit.train_fusion(box)
    monkeypatch.setattr(confidence_fit.Collector, "take", lambda *_: None)
    fusion_fit.train_fusion(box)
    first, second = rows
    np.testing.assert_array_equal(first, second)
