"""Measures against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from palate.agent.evaluate.metrics import (
    by_person,
    coverage,
    diversity_of,
    gini,
    mean_over_people,
    ndcg,
    ndcg_of,
    percentile,
    ratio_over_people,
    recall,
    recall_of,
    reciprocal_rank,
    reciprocal_rank_of,
    self_information,
)

RANKED = np.array([4, 0, 2, 5, 1])


def wanted(*items: int, n: int = 6) -> np.ndarray:
    mask = np.zeros(n, bool)
    mask[list(items)] = True
    return mask


def test_ndcg_of_hits_at_ranks_two_and_three() -> None:
    # Gains 1/log2(3) + 1/log2(4) = .63093 + .5; the best is 1 + .63093.
    assert ndcg(RANKED, wanted(0, 2)) == pytest.approx(1.13093 / 1.63093, abs=1e-5)


def test_ndcg_of_more_wanted_than_ranks_is_one_when_all_ranks_hit() -> None:
    assert ndcg(RANKED, wanted(0, 1, 2, 4), k=2) == pytest.approx(1.0)


def test_ndcg_without_a_hit_is_zero() -> None:
    assert ndcg(RANKED, wanted(3)) == 0.0


def test_recall_divides_by_all_that_is_wanted() -> None:
    assert recall(RANKED, wanted(0, 3, 5), k=2) == pytest.approx(1 / 3)


def test_reciprocal_rank_of_the_first_hit() -> None:
    assert reciprocal_rank(RANKED, wanted(2, 1)) == pytest.approx(1 / 3)
    assert reciprocal_rank(RANKED, wanted(3)) == 0.0


@pytest.mark.parametrize("measure", [ndcg, recall, reciprocal_rank])
def test_nothing_wanted_has_no_measure(measure: object) -> None:
    with pytest.raises(ValueError, match="wanted"):
        measure(RANKED, wanted())  # type: ignore[operator]


def test_people_count_alike_however_many_episodes_they_have() -> None:
    values, people = np.array([1.0, 0.0, 0.5]), np.array([7, 7, 3])
    assert by_person(values, people).tolist() == [0.5, 0.5]
    assert mean_over_people(values, people) == (0.5, 0.5, 0.5)


def test_ratio_is_paired_by_person() -> None:
    theirs = np.array([0.1, 0.4, 0.9, 0.3])
    ratio = ratio_over_people(theirs * 1.2, theirs, np.arange(4))
    # A constant factor leaves no spread when both are resampled with the same people.
    assert ratio == pytest.approx((1.2, 1.2, 1.2))


@given(st.data())
def test_many_at_once_are_each_alone(data: st.DataObject) -> None:
    n = data.draw(st.integers(2, 12))
    lists = data.draw(st.lists(st.permutations(range(n)), min_size=1, max_size=4))
    masks = [np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n).filter(any))) for _ in lists]
    k = data.draw(st.integers(1, 12))
    hits = np.array([mask[ranked] for mask, ranked in zip(masks, lists, strict=True)])
    n_wanted = np.array([mask.sum() for mask in masks])
    pairs = [(np.array(ranked), mask) for ranked, mask in zip(lists, masks, strict=True)]
    assert ndcg_of(hits, n_wanted, k) == pytest.approx([ndcg(*pair, k) for pair in pairs])
    assert recall_of(hits, n_wanted, k) == pytest.approx([recall(*pair, k) for pair in pairs])
    assert reciprocal_rank_of(hits, n) == pytest.approx([reciprocal_rank(*pair) for pair in pairs])


def test_ranks_beyond_k_do_not_count() -> None:
    hits = np.array([[False, False, True]])
    assert reciprocal_rank_of(hits, 2).tolist() == [0.0]
    assert recall_of(hits, np.array([1]), 2).tolist() == [0.0]
    assert ndcg_of(hits, np.array([1]), 2).tolist() == [0.0]


def test_nothing_wanted_of_many_is_not_a_number() -> None:
    hits = np.zeros((1, 3), bool)
    assert np.isnan(ndcg_of(hits, np.array([0]))).all()
    assert np.isnan(recall_of(hits, np.array([0]))).all()


def test_coverage_counts_every_item_once_and_no_blanks() -> None:
    assert coverage(np.array([[0, 1], [1, -1]]), 8) == 0.25


def test_gini_of_places_on_one_of_four_items_and_on_all() -> None:
    # Ascending counts 0 0 0 2: (3 · 2) / (4 · 2) = .75.
    assert gini(np.array([[2], [2]]), 4) == pytest.approx(0.75)
    assert gini(np.array([[0, 1], [2, 3]]), 4) == pytest.approx(0.0)
    # 0 1 1 2: (-3·0 - 1·1 + 1·1 + 3·2) / (4 · 4) = .375.
    assert gini(np.array([[0, 0], [1, 2]]), 4) == pytest.approx(0.375)
    assert gini(np.array([[-1]]), 4) == 0.0


def test_self_information_in_bits() -> None:
    # Of 8 people 4, 1 and none have it: 1, 3 and (as if one had it) 3 bits.
    assert self_information(np.array([4, 1, 0]), 8).tolist() == [1.0, 3.0, 3.0]


def test_percentile_of_popularity_counts_ties_half() -> None:
    # Below / ties: 0 + half of 1, 1 + half of 2 (twice), 3 + half of 1, of four.
    assert percentile(np.array([0, 5, 5, 9])).tolist() == [0.125, 0.5, 0.5, 0.875]


def test_diversity_is_one_less_the_mean_cosine_of_pairs() -> None:
    vectors = np.array([[1, 0], [0, 1], [0.6, 0.8]], np.float32)
    # Cosines 0, .6, .8: mean .46667.
    found = diversity_of(np.array([[0, 1, 2], [0, -1, -1], [2, 2, -1]]), vectors)
    assert found[0] == pytest.approx(1 - 1.4 / 3)
    assert np.isnan(found[1])
    assert found[2] == pytest.approx(0.0, abs=1e-6)
