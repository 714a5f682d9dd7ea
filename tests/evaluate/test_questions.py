"""Answers are cut to what counts, and measured request by request."""

from __future__ import annotations

import numpy as np
import pytest
from palate.agent.evaluate.questions import Answers, Asking, Questions, Seen, measure

VECTORS = np.eye(6, dtype=np.float32)


def questions() -> Questions:
    """Two people over six items, of which 0 is the most popular and 5 nobody's."""
    counts = np.array([4, 2, 1, 1, 1, 0])
    return Questions(
        people=np.array([3, 8]),
        given=[np.array([0]), np.array([1])],
        wanted=[np.array([1, 4]), np.array([5])],
        hidden=[np.array([0, 2]), np.array([1])],
        part=np.array([0, 0]),
        seen=[Seen(counts, 8)],
        n_items=6,
    )


def test_bands_hold_a_third_of_the_interactions_each() -> None:
    assert Seen(np.array([1, 3, 1, 0, 1]), 4).bands().tolist() == [1, 0, 2, 2, 2]


def test_hidden_items_are_taken_out_and_there_is_room_for_them() -> None:
    asked: list[tuple[list[int], int]] = []

    def method(given: np.ndarray, depth: int) -> np.ndarray:
        asked.append((given.tolist(), depth))
        return np.array([item for item in (2, 4, 1, 0, 3, 5) if item not in given][:depth])

    answers = Answers.empty(2, 3)
    steps: list[tuple[str, int, int]] = []
    answers.ask(method, questions(), np.array([0, 1]), Asking(2, lambda *step: steps.append(step)))
    assert steps == [("asking", 2, 2)]
    assert asked == [([0], 4), ([1], 3)]
    assert answers.ranked.tolist() == [[4, 1, 3], [2, 4, 0]]
    assert answers.milliseconds is not None
    assert (answers.milliseconds > 0).all()


def test_each_request_is_measured_alone() -> None:
    found = measure(questions(), Answers(np.array([[4, 3, 1], [0, -1, -1]]), None), VECTORS)
    # Hits at ranks 1 and 3 of two wanted: (1 + 1/2) / (1 + 1/log2(3)).
    assert found["ndcg@10"] == pytest.approx([1.5 / 1.63093, 0], abs=1e-5)
    assert found["recall@10"].tolist() == [1.0, 0.0]
    assert found["mrr@10"].tolist() == [1.0, 0.0]
    # Item 1 is of the middle band, 4 and 5 of the tail.
    assert found["recall@10_mid"][0] == 1.0
    assert found["recall@10_tail"].tolist() == [1.0, 0.0]
    assert np.isnan(found["recall@10_head"]).all()
    # Shares 1/8, 1/8, 2/8 are 3, 3 and 2 bits; 4/8 is one.
    assert found["novelty@10"] == pytest.approx([8 / 3, 1.0])
    assert found["diversity@10"][0] == pytest.approx(1.0)
    assert "recall@20" not in found
