from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from palate.tools.topk import BLOCK, best, dots


@pytest.mark.parametrize("n", [0, 1, BLOCK, 2 * BLOCK + 7])
def test_blocks_multiply_as_the_whole(n: int) -> None:
    rng = np.random.default_rng(n)
    rows = rng.normal(size=(n, 5)).astype(np.float32)
    vector = rng.normal(size=5).astype(np.float32)
    np.testing.assert_allclose(dots(rows, vector), rows @ vector, rtol=1e-4, atol=1e-6)
    places = rng.permutation(n)[: n // 2 + 1].astype(np.int64)
    np.testing.assert_allclose(dots(rows, vector, places), rows[places] @ vector, rtol=1e-4, atol=1e-6)


def test_equal_scores_fall_by_position_and_nan_is_none() -> None:
    scores = np.array([1.0, 2.0, np.nan, 2.0, 1.0], np.float32)
    assert best(scores, 3).items.tolist() == [1, 3, 0]
    assert best(scores, 9).items.tolist() == [1, 3, 0, 4]
    assert best(scores, 9, np.array([1, 0, 1, 1, 0], bool)).items.tolist() == [3, 0]


@given(
    st.lists(st.one_of(st.integers(-3, 3).map(float), st.just(float("nan"))), max_size=30),
    st.integers(0, 35),
)
def test_the_best_are_those_of_a_whole_sort(values: list[float], k: int) -> None:
    scores = np.array(values, np.float32)
    order = sorted(np.flatnonzero(~np.isnan(scores)).tolist(), key=lambda at: (-scores[at], at))
    assert best(scores, k).items.tolist() == order[:k]
