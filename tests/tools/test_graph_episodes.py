from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from palate.tools.graph_episodes import sample
from scipy.sparse import csr_array


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6), st.floats(0, 1), st.integers(1, 40))
def test_every_like_is_given_or_wanted_and_never_both(seed: int, few: float, candidates: int) -> None:
    likes = _likes(seed)
    found = sample(likes, few, 3, (0.1, 0.9), candidates, np.random.default_rng(seed))
    given_, wanted = found.given.toarray() > 0, np.zeros(likes.shape, bool)
    wanted[found.wanted] = True
    competes = np.isin(np.arange(likes.shape[1]), found.candidates)
    assert not (given_ & wanted).any()
    np.testing.assert_array_equal((given_ | wanted)[:, competes], likes.toarray()[:, competes] > 0)
    counts = np.diff(found.given.indptr)
    assert (counts >= 1).all()
    assert (counts < np.diff(likes.indptr)).all()
    assert len(found.candidates) <= max(candidates, likes.shape[1] if candidates >= likes.shape[1] else 0)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 40))
def test_what_was_given_does_not_compete(seed: int, candidates: int) -> None:
    likes = _likes(seed)
    found = sample(likes, 0.5, 3, (0.1, 0.9), candidates, np.random.default_rng(seed))
    shut = np.zeros((likes.shape[0], len(found.candidates)), bool)
    shut[found.shut] = True
    np.testing.assert_array_equal(shut, found.given.toarray()[:, found.candidates] > 0)


def test_few_likes_are_few_and_the_rest_shares() -> None:
    likes = csr_array(np.ones((200, 100), np.float32))
    rng = np.random.default_rng(0)
    few = np.diff(sample(likes, 1.0, 8, (0.1, 0.9), 100, rng).given.indptr)
    assert set(few) == set(range(1, 9))
    shares = np.diff(sample(likes, 0.0, 8, (0.1, 0.9), 100, rng).given.indptr)
    assert shares.min() >= 10
    assert shares.max() <= 90
    assert 40 < shares.mean() < 60


def _likes(seed: int) -> csr_array:
    """Twelve people with two to twelve of thirty items."""
    rng = np.random.default_rng(seed)
    dense = np.zeros((12, 30), np.float32)
    for row in dense:
        row[rng.choice(30, rng.integers(2, 13), replace=False)] = 1
    return csr_array(dense)
