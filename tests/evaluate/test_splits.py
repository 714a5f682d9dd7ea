"""Splits are made once, hash to what they are, and give what the protocol says."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from palate.agent.evaluate.splits import few_likes_split
from scipy.sparse import csr_array


def likes_of(counts: list[int], n_items: int = 30) -> csr_array:
    dense = np.zeros((len(counts), n_items), np.float32)
    for person, count in enumerate(counts):
        dense[person, :count] = 1
    return csr_array(dense)


@given(st.lists(st.integers(0, 30), min_size=5, max_size=40), st.integers(0, 5))
def test_given_are_distinct_likes_of_people_with_enough(counts: list[int], seed: int) -> None:
    split = few_likes_split(likes_of(counts), seed, ks=(1, 3), draws=2)
    for k, episodes in split.episodes.items():
        askable = [person for person, count in enumerate(counts) if count >= k + 5]
        assert episodes.people.tolist() == [person for person in askable for _ in range(2)]
        assert episodes.given.shape == (len(episodes), k)
        for person, items in zip(episodes.people, episodes.given, strict=True):
            assert len(set(items.tolist())) == k
            assert items.max() < counts[person]


def test_every_person_is_in_one_fold_and_folds_are_even() -> None:
    split = few_likes_split(likes_of([12] * 23))
    assert sorted(np.bincount(split.folds).tolist()) == [4, 4, 5, 5, 5]


def test_the_hash_follows_the_split() -> None:
    likes = likes_of([12] * 10)
    assert few_likes_split(likes, 1).sha256 == few_likes_split(likes, 1).sha256
    assert few_likes_split(likes, 1).sha256 != few_likes_split(likes, 2).sha256
    assert few_likes_split(likes, 1).sha256 != few_likes_split(likes, 1, draws=4).sha256
