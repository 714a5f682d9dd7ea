"""The dials of a list: how familiar it is, and how much its items differ."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from palate.agent.diversity import Dial, choose, freshness, likeness, log_popularity, marginal_relevance
from palate.agent.errors import UserError
from palate.agent.fusion import Fusion
from palate.agent.rank import Taste, rank
from palate.agent.trial import Trial, trial

if TYPE_CHECKING:
    from palate.data.catalog import Catalog
    from palate.tools.types import FloatArray


@pytest.fixture(scope="module")
def box(toy: Catalog) -> Trial:
    vectors = np.random.default_rng(0).normal(size=(toy.n, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    content: Any = SimpleNamespace(vectors=vectors)
    lexical: Any = SimpleNamespace(scores=lambda _: np.zeros(toy.n, np.float32))
    return trial(Trial(toy, {}, content, lexical), toy.interactions, toy.known)


def listed(box: Trial, dial: Dial, k: int = 10) -> list[int]:
    taste = Taste.of(np.array([0, 4]))
    everything = np.ones(box.catalog.n, bool)
    return list(map(int, rank(box, taste, everything, k, Fusion.default(), dial).items))


def test_marginal_relevance_by_hand() -> None:
    # Scores 3, 2.5, 1, 0 → relevance 1, .8333, .3333, 0; items 0 and 1 are twins, all others unlike. λ = ½.
    # First ½ · 1 = .5 of item 0; then item 1: ½ · .8333 - ½ · 1 = -.0833, item 2: ½ · .3333 = .1667,
    # item 3: 0. Item 2; then item 3 with 0; then item 1.
    similar = np.eye(4, dtype=np.float32)
    similar[0, 1] = similar[1, 0] = 1
    scores = np.array([3, 2.5, 1, 0], np.float32)
    assert marginal_relevance(scores, lambda i: similar[i], 4, 0.5).tolist() == [0, 2, 3, 1]
    assert marginal_relevance(scores, lambda i: similar[i], 4, 0.0).tolist() == [0, 1, 2, 3]


def test_freshness_by_hand() -> None:
    # Popularity 1, 2, 3 has mean 2 and deviation √⅔; scores 0, 0, 3 have deviation √2: 1 / √⅔ · √2 = √3.
    gained = freshness(np.array([1, 2, 3], np.float32), np.array([0, 0, 3], np.float32))
    np.testing.assert_allclose(gained, [np.sqrt(3), 0, -np.sqrt(3)], rtol=1e-6)


def test_items_equally_known_stay_as_ranked() -> None:
    assert not freshness(np.ones(3, np.float32), np.array([3, 2, 1], np.float32)).any()


def test_the_dial_moves_the_list_from_the_known_to_the_unknown(box: Trial) -> None:
    known = log_popularity(box)
    means = [float(known[listed(box, Dial(fresh=f))].mean()) for f in (-1, -0.5, 0, 0.5, 1)]
    assert means == sorted(means, reverse=True)
    assert means[0] > means[-1] + 0.3


def test_how_well_unrated_items_are_known_counts_as_well(box: Trial, toy: Catalog) -> None:
    unrated = np.arange(50, 60)
    known = log_popularity(box)[unrated]
    assert (np.diff(known) <= 0).all()  # as their known-ness falls
    assert np.isfinite(known).all()


def test_without_people_popularity_follows_known_ness(toy: Catalog) -> None:
    alone: Any = SimpleNamespace(catalog=SimpleNamespace(known=np.array([0.9, 0.5, 1.0, 0.0])), models={})
    np.testing.assert_allclose(log_popularity(alone), [2.29, 0.691, 6.91, -0.001], rtol=0.01, atol=1e-4)


def test_a_varied_list_has_less_alike_items(box: Trial) -> None:
    def alike(items: list[int]) -> float:
        similar = likeness(box, np.array(items))
        return float(
            np.mean([(similar(i).sum() - similar(i)[i]) / (len(items) - 1) for i in range(len(items))])
        )

    values = [alike(listed(box, Dial(diverse=d))) for d in (0, 0.5, 0.9)]
    assert values[0] > values[1] > values[2]


def test_the_best_item_stays_first_in_a_varied_list(box: Trial) -> None:
    assert listed(box, Dial(diverse=0.6))[0] == listed(box, Dial())[0]


def test_at_zero_nothing_moves(box: Trial) -> None:
    taste, everything = Taste.of(np.array([0, 4])), np.ones(box.catalog.n, bool)
    plain = rank(box, taste, everything, 10, Fusion.default())
    dialled = rank(box, taste, everything, 10, Fusion.default(), Dial(0.0, 0.0))
    assert plain.items.tolist() == dialled.items.tolist()
    np.testing.assert_array_equal(plain.scores, dialled.scores)


def test_what_the_dial_added_is_told(box: Trial) -> None:
    ranked = rank(
        box, Taste.of(np.array([0])), np.ones(box.catalog.n, bool), 10, Fusion.default(), Dial(fresh=0.7)
    )
    assert "fresh" in ranked.parts
    np.testing.assert_allclose(np.sum(list(ranked.parts.values()), axis=0), ranked.scores, atol=1e-4)
    assert (np.diff(ranked.scores) <= 1e-6).all()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    fresh=st.floats(-1, 1),
    diverse=st.floats(0, 1),
    allowed=st.sets(st.integers(0, 59)),
    likes=st.lists(st.integers(0, 59), max_size=3),
    k=st.integers(0, 70),
)
def test_only_allowed_items_each_once(
    box: Trial, fresh: float, diverse: float, allowed: set[int], likes: list[int], k: int
) -> None:
    allow = np.zeros(60, bool)
    allow[list(allowed)] = True
    ranked = rank(box, Taste.of(np.array(likes, np.int64)), allow, k, Fusion.default(), Dial(fresh, diverse))
    items = ranked.items.tolist()
    assert len(items) == len(set(items)) == min(k, len(allowed - set(likes)))
    assert set(items) <= allowed - set(likes)
    assert np.isfinite(ranked.scores).all()


def test_only_the_best_candidates_come_up() -> None:
    # What is beyond the pool is not shown, however fresh it is.
    n = 1000
    scores = np.linspace(1, 0, n).astype(np.float32)
    popularity = np.linspace(5, 0, n)
    catalog = SimpleNamespace(known=1 - np.exp(-popularity), interactions=[])
    bare: Any = SimpleNamespace(catalog=catalog, models={}, content=None)
    dial = Dial(fresh=1.0)
    pool = np.arange(dial.pool)
    places, _ = choose(bare, pool, scores[pool], 10, dial)
    assert len(places) == 10
    assert places.max() < dial.pool


@pytest.mark.parametrize(
    "values", [(1.1, 0), (-1.1, 0), (0, -0.1), (0, 1.1), (float("nan"), 0), (0, float("nan"))]
)
def test_numbers_out_of_range_are_refused(values: tuple[float, float]) -> None:
    with pytest.raises(UserError, match="it may be"):
        Dial.checked(*values)


def test_likeness_is_one_of_itself_and_never_negative(box: Trial) -> None:
    similar = likeness(box, np.arange(20))
    rows: list[FloatArray] = [similar(place) for place in range(20)]
    assert all(row.min() >= 0 and row.max() <= 1 + 1e-5 for row in rows)
    assert all(row[place] == row.max() for place, row in enumerate(rows))
