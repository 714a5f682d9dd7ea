from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from palate.tools.search import REQUESTS_AT_MOST, WORDS_SHARE, RequestMap, deviations, hybrid, requests_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from palate.tools.types import FloatArray


def unit(rows: NDArray[Any]) -> FloatArray:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def test_two_dimensions_by_hand() -> None:
    # Documents (±2, 0), (0, ±1): their mean is 0, the covariance diag(2, ½), in units of its mean 1.25
    # diag(1.6, .4). With the floor .3: P = diag(1.9^-¼, .7^-¼). Without requests they are centred on 0, too.
    documents = np.array([[2, 0], [-2, 0], [0, 1], [0, -1]], np.float32)
    request = np.array([1, 1], np.float32)
    a = np.array([1.9**-0.25, 0.7**-0.25])
    a /= np.linalg.norm(a)
    scores = RequestMap.fit(documents).scores(documents, request)
    np.testing.assert_allclose(scores, [a[0], -a[0], a[1], -a[1]], rtol=1e-5)


def test_scores_are_cosines_whatever_the_vectors() -> None:
    rng = np.random.default_rng(0)
    documents, requests = unit(rng.normal(size=(50, 6)) + 1), unit(rng.normal(size=(20, 6)) - 1)
    learned = RequestMap.fit(documents, requests, rng.integers(0, 50, 20))
    scores = learned.scores(documents, requests[0])
    assert scores.shape == (50,)
    assert scores.dtype == np.float32
    assert np.abs(scores).max() <= 1 + 1e-5


def test_what_pairs_show_is_learned_and_holds_for_others() -> None:
    """Requests are documents with two coordinates exchanged and a shift of their own."""
    rng = np.random.default_rng(1)
    documents = unit(rng.normal(size=(600, 8)))
    exchanged = documents[:, [1, 0, 2, 3, 4, 5, 6, 7]]
    requests = unit(exchanged + 0.3 * rng.normal(size=exchanged.shape) + np.eye(8)[7])
    taught, asked = np.arange(500), range(500, 600)
    learned = RequestMap.fit(documents, requests[taught], taught)
    plain = RequestMap.fit(documents)

    def found(searcher: RequestMap) -> float:
        ranks = [
            (searcher.scores(documents, requests[at]) > searcher.scores(documents, requests[at])[at]).sum()
            for at in asked
        ]
        return float(np.mean(np.array(ranks) < 10))

    assert found(learned) > found(plain) + 0.2


@pytest.mark.parametrize("n", [0, 1, 2])
def test_the_smallest_catalogues_have_a_map(n: int) -> None:
    documents = unit(np.ones((n, 4)))
    scores = RequestMap.fit(documents).scores(documents, np.array([1, 0, 0, 0], np.float32))
    assert scores.shape == (n,)
    assert np.isfinite(scores).all()


def test_a_score_is_the_sum_of_its_parts() -> None:
    meaning = np.array([1.0, 2.0, 3.0], np.float32)
    words = np.array([0.0, 0.0, 9.0], np.float32)
    parts = hybrid(meaning, words)
    np.testing.assert_allclose(parts["words"], deviations(meaning))
    np.testing.assert_allclose(parts["lexical"], WORDS_SHARE * deviations(words), rtol=1e-6)
    # Before the encoder is open the words are all there is.
    np.testing.assert_allclose(hybrid(None, words)["lexical"], deviations(words))


@given(st.lists(st.floats(-100, 100, width=32), max_size=20))
def test_deviations_have_no_mean_and_one_deviation(values: list[float]) -> None:
    found = deviations(np.array(values, np.float32))
    assert found.shape == (len(values),)
    if len(values) and float(np.ptp(np.array(values, np.float32))) > 0.01:
        assert abs(float(found.mean())) < 1e-2
        assert float(found.std()) == pytest.approx(1, abs=1e-2)


def test_requests_are_the_later_sentences_of_long_texts() -> None:
    later = "She finds a map, and the island of the map is not where any other map has it."
    texts = [
        "",
        "One sentence only.",
        f"A girl goes to sea. {later}",
        "Short. And that is all.",
        f"Yes! {later}",
    ]
    assert requests_of(texts) == ([later, later], [2, 4])


def test_of_many_texts_some_from_all_over_are_taken() -> None:
    texts = [
        f"Begin. The words of number {number} are many, and they go on and on." for number in range(5000)
    ]
    found, places = requests_of(texts)
    assert len(found) == len(places) == REQUESTS_AT_MOST
    assert places == sorted(set(places))
    assert places[0] < 5
    assert places[-1] > 4990
