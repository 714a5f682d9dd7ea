"""Measures against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from palate.agent.evaluate.metrics import (
    by_person,
    mean_over_people,
    ndcg,
    ratio_over_people,
    recall,
    reciprocal_rank,
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
