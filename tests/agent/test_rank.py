"""Ranking over an invented catalogue: what is allowed, how much is known, and which tool carried a pick."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from palate.agent.fusion import Fusion
from palate.agent.rank import Taste, rank
from palate.agent.trial import Trial, trial, view
from palate.tools.side import side_of

if TYPE_CHECKING:
    from pathlib import Path

    from palate.data.catalog import Catalog

N_RATED = 50


class NoWords:
    """A lexical index that finds one item."""

    def scores(self, text: str) -> np.ndarray:
        scores = np.zeros(60, np.float32)
        scores[33] = float(bool(text))
        return scores


@pytest.fixture(scope="module")
def box(toy: Catalog) -> Trial:
    vectors = np.random.default_rng(0).normal(size=(toy.n, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    content: Any = SimpleNamespace(vectors=vectors)
    lexical: Any = NoWords()
    return trial(Trial(toy, {}, content, lexical), toy.interactions, toy.known)


@pytest.fixture(scope="module")
def all_of(toy: Catalog) -> np.ndarray:
    return np.ones(toy.n, bool)


def test_people_of_one_taste_get_its_games(box: Trial, all_of: np.ndarray) -> None:
    ranked = rank(box, Taste.of(np.array([0, 4, 8])), all_of, 10, Fusion.default())
    assert np.mean(ranked.items % 4 < 2) >= 0.8


def test_scores_fall_and_parts_belong_to_the_items(box: Trial, all_of: np.ndarray) -> None:
    ranked = rank(box, Taste.of(np.array([2])), all_of, 7, Fusion.default())
    assert len(ranked.items) == 7
    assert (np.diff(ranked.scores) <= 0).all()
    assert all(len(part) == 7 for part in ranked.parts.values())
    assert np.allclose(np.sum(list(ranked.parts.values()), axis=0), ranked.scores, atol=1e-4)


def test_closeness_lifts_what_resembles_the_seed(box: Trial, all_of: np.ndarray) -> None:
    side = side_of(box.catalog)
    alike = (side.names @ side.names.T + side.categories @ side.categories.T).toarray()

    def resemblance(close: float) -> float:
        found = []
        for seed in range(0, 60, 5):
            taste = replace(Taste.of(np.array([seed])), close=close)
            found.append(alike[seed, rank(box, taste, all_of, 10, Fusion.default()).items].mean())
        return float(np.mean(found))

    assert resemblance(1.0) > resemblance(0.0)


def test_unrated_seeds_still_give_a_ranking(box: Trial, all_of: np.ndarray) -> None:
    ranked = rank(box, Taste.of(np.array([55])), all_of, 5, Fusion.default())
    assert len(ranked.items) == 5
    assert not {"user-knn", "autoencoder"} & set(ranked.parts)


def test_words_carry_a_pick(box: Trial, all_of: np.ndarray) -> None:
    ranked = rank(box, Taste(np.empty(0, np.int64), np.empty(0, np.float32), words="bluff"), all_of, 1)
    assert ranked.items.tolist() == [33]
    assert max(ranked.parts, key=lambda name: ranked.parts[name][0]) == "lexical"


def test_a_stranger_gets_what_is_known_and_good(box: Trial, toy: Catalog, all_of: np.ndarray) -> None:
    ranked = rank(box, Taste(np.empty(0, np.int64), np.empty(0, np.float32)), all_of, 10).items
    known, score = toy.known, toy.numbers("score")
    left = np.setdiff1d(np.arange(toy.n), ranked)
    for item in ranked:
        assert not np.any((known[left] > known[item]) & (score[left] > score[item]))
    assert known[ranked].mean() > known.mean()
    assert score[ranked].mean() > score.mean()


def test_best_follows_the_facet_that_says_so(box: Trial, toy: Catalog, all_of: np.ndarray) -> None:
    stranger = Taste(np.empty(0, np.int64), np.empty(0, np.float32))
    score = toy.numbers("score")
    best = rank(box, replace(stranger, best=True), all_of, 5).items
    assert score[best].mean() > score[rank(box, stranger, all_of, 5).items].mean()


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    items=st.lists(st.integers(-3, 65), max_size=6),
    weight=st.sampled_from([1.0, 0.25, -0.5]),
    allowed=st.sets(st.integers(0, 59)),
    close=st.sampled_from([0.0, 1.0]),
)
def test_only_allowed_items_each_once_never_the_persons_own(
    box: Trial, items: list[int], weight: float, allowed: set[int], close: float
) -> None:
    allow = np.zeros(60, bool)
    allow[list(allowed)] = True
    taste = replace(Taste.of(np.array(items, np.int64), np.full(len(items), weight, np.float32)), close=close)
    ranked = rank(box, taste, allow, 60, Fusion.default())
    assert set(ranked.items.tolist()) == allowed - set(items)
    assert len(ranked.items) == len(set(ranked.items.tolist()))
    assert np.isfinite(ranked.scores).all()


def test_known_ness_of_a_part_of_the_people_shows_only_them(toy: Catalog) -> None:
    half = toy.interactions.only_people(np.arange(toy.interactions.n_people) < 20)
    seen = view(toy, half)
    counts = np.bincount(half.items, minlength=toy.n)[:N_RATED]
    known = seen.known[:N_RATED]
    assert (np.diff(known[np.argsort(counts, kind="stable")]) >= 0).all()
    assert len(toy.interactions) > len(half)


def test_a_stored_fusion_comes_back(tmp_path: Path, box: Trial, all_of: np.ndarray) -> None:
    fusion = Fusion(Fusion.default().arrays)
    fusion.save(tmp_path / "fusion", "abc")
    loaded = Fusion.load(tmp_path / "fusion", "abc")
    taste = Taste.of(np.array([3, 7]))
    first, second = (rank(box, taste, all_of, 10, f) for f in (fusion, loaded))
    assert first.items.tolist() == second.items.tolist()
