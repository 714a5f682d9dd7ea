"""The protocol rerank: a weight that is earned, and models that earn none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from palate.agent.evaluate.protocols import evaluate
from palate.agent.evaluate.rerank import GRID, Episode, fit_weight, quality
from palate.agent.llm.scripted import ScriptedLLM
from palate.agent.write import WriteFacts
from palate.data.schema import CatalogSpec
from small import SmallToolbox, set_up
from toy import SPEC, toy_interactions, toy_items

if TYPE_CHECKING:
    from palate.agent.llm.base import Prompt

FACTS = WriteFacts(CatalogSpec(name="t", facets=()), ())


def episodes(n: int, seed: int = 3) -> list[Episode]:
    rng = np.random.default_rng(seed)
    return [Episode(person, FACTS, rng.random(10) < 0.3, 8) for person in range(n)]


def test_who_knows_better_earns_a_weight() -> None:
    found = episodes(120)
    wise = [np.argsort(~episode.liked, kind="stable").tolist() for episode in found]
    assert fit_weight(found, wise) >= GRID[-3]
    assert quality(found, wise, 1.0).mean() > quality(found, wise, 0.0).mean() + 0.1


@pytest.mark.parametrize("kind", ["random", "adversarial", "the same"])
def test_who_does_not_earns_none(kind: str) -> None:
    found, rng = episodes(120), np.random.default_rng(5)
    orders = {
        "random": [rng.permutation(10).tolist() for _ in found],
        "adversarial": [np.argsort(episode.liked, kind="stable").tolist() for episode in found],
        "the same": [list(range(10)) for _ in found],
    }[kind]
    assert fit_weight(found, orders) == 0.0


def test_quality_by_hand() -> None:
    found = [Episode(0, FACTS, np.array([False, True]), 1)]
    assert quality(found, [[1, 0]], 0.0)[0] == pytest.approx(1 / np.log2(3))
    assert quality(found, [[1, 0]], 1.0)[0] == pytest.approx(1.0)


def test_the_protocol_measures_a_model_beside_chance_and_malice(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    box: SmallToolbox = set_up(
        tmp_path_factory.mktemp("reranked") / "toy", toy_items(), toy_interactions(), SPEC
    )

    def prefers(prompt: Prompt, letter: str) -> float:
        return -float(ord(letter))

    llm = ScriptedLLM(preferences=prefers, name="first-letter")
    found = evaluate(box, "rerank", model=llm, episodes=20, to_choose=20)
    rows = {row["method"]: row["metrics"] for row in found["rows"]}
    assert list(rows) == ["first-letter", "adversarial", "random"]
    for metrics in rows.values():
        low, _ = metrics["change_minus_before_ci95"]
        assert metrics["weight"] > 0 or (metrics["change_minus_before"], low) == (0, 0)
    assert rows["adversarial"]["weight"] == 0
    assert rows["adversarial"]["ndcg@10_by_model_alone"] < rows["adversarial"]["ndcg@10_before"]
    # Each order is asked for twice, and a liking for a letter cancels out.
    assert rows["first-letter"]["ndcg@10_by_model_alone"] == rows["first-letter"]["ndcg@10_before"]
    example = found["examples"][0]
    assert sorted(example["order_in"]) == sorted(example["order_out"])
