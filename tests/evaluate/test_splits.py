"""Splits are made once, hash to what they are, and give what the protocol says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from palate.agent.evaluate import splits
from palate.agent.evaluate.splits import TEST, TRAIN, VALID, few_likes_split, recbole_split, temporal_split
from palate.agent.evaluate.warm import split_of
from palate.data.catalog import Catalog, Interactions, catalog_path
from palate.data.errors import NoData, UserError
from scipy.sparse import csr_array

if TYPE_CHECKING:
    from collections.abc import Sequence


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


def test_of_very_many_people_some_are_asked_and_all_have_a_fold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splits, "MOST_PEOPLE", 7)
    split = few_likes_split(likes_of([12] * 20), ks=(1,), draws=1)
    assert len(set(split.episodes[1].people.tolist())) == 7
    assert len(split.folds) == 20


def interactions_of(counts: Sequence[int], times: Sequence[int] | None = None) -> Interactions:
    people = np.repeat(np.arange(len(counts)), counts)
    items = np.concatenate([np.arange(count) for count in counts]).astype(np.int64)
    when = np.arange(len(people)) + 1 if times is None else np.array(times)
    ratings = np.where(items % 3 == 0, 5.0, 3.0)
    return Interactions.of(people, items, ratings, when, n_people=len(counts), n_items=max(counts))


@given(st.lists(st.integers(1, 60), min_size=1, max_size=8), st.integers(0, 9))
def test_the_random_split_cuts_every_person_as_recbole_does(counts: list[int], seed: int) -> None:
    split = recbole_split(interactions_of(counts), seed=seed)
    for person, count in enumerate(counts):
        parts = split.part[split.interactions.people == person]
        sizes = [int((parts == part).sum()) for part in (TRAIN, VALID, TEST)]
        # Rounded down, but one row where that is none, unless that leaves nothing to fit on.
        tenth = int(0.1 * count)
        expected = (
            [count - 2 * tenth, tenth, tenth]
            if tenth
            else {1: [1, 0, 0], 2: [1, 0, 1]}.get(count, [count - 2, 1, 1])
        )
        assert sizes == expected
    assert split.asked.tolist() == [person for person, count in enumerate(counts) if count > 1]


def test_the_order_of_the_file_decides_the_random_split() -> None:
    rows = interactions_of([40, 40])
    backwards = np.arange(len(rows))[::-1]
    assert recbole_split(rows).sha256 == recbole_split(rows, np.arange(len(rows))).sha256
    assert recbole_split(rows).sha256 != recbole_split(rows, backwards).sha256


def test_the_split_of_movielens_100k_is_the_one_that_recbole_makes() -> None:
    """Its pairs were compared, part by part, with those of RecBole 1.2.1 on its own copy of the data."""
    if not (catalog_path("movielens-100k") / "catalog.json").exists():
        pytest.skip("the catalogue movielens-100k is not set up (palate setup --catalog movielens-100k)")
    try:
        split = split_of(Catalog.open("movielens-100k"))
    except NoData as error:
        pytest.skip(str(error))
    assert np.bincount(split.part).tolist() == [80808, 9596, 9596]
    assert split.sha256 == "54e2b7352cc55137ba13aa434bd01ebdc89e1eadf1127416bbd047967ce5e965"


def test_a_point_in_time_is_the_same_for_everybody() -> None:
    split = temporal_split(interactions_of([10, 10, 5]), like_at=4.0)
    times, part = split.interactions.times, split.part
    assert times[part == TEST].min() > times[part == VALID].max() > times[part == TRAIN].max()
    assert np.bincount(part).tolist() == [18, 2, 5]
    # The third person has nothing before: they are asked apart.
    assert split.asked.tolist() == []
    assert split.strangers.tolist() == [2]


def test_only_likes_tell_and_are_to_be_found_in_time() -> None:
    rows = interactions_of([10, 10], times=[*range(1, 11), *range(1, 11)])
    split = temporal_split(rows, like_at=4.0)
    assert split.asked.tolist() == [0, 1]
    found = split.only(TEST, liked=True)
    assert set(found.items.tolist()) == {9}
    assert set(split.only(TEST).items.tolist()) == {8, 9}


def test_a_catalogue_without_times_has_no_later() -> None:
    with pytest.raises(UserError, match="when"):
        temporal_split(interactions_of([5, 5], times=[0] * 10), like_at=None)
