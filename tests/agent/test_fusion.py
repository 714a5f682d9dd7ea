from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies
from palate.agent.features import COLUMNS, Table
from palate.agent.fusion import CONTEXT, KNOTS, Fusion, context
from palate.agent.rank import Ranked

N = 4


def fusion_of_random_weights() -> Fusion:
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(2, len(COLUMNS), CONTEXT)).astype(np.float32)
    return Fusion({"weights": weights, "bias": rng.normal(size=(2, CONTEXT)).astype(np.float32)})


def random_table() -> Table:
    z = np.random.default_rng(1).normal(size=(N, len(COLUMNS))).astype(np.float32)
    return Table(z, np.array([False, True, False, True]), likes=2.0, fame=0.5)


def test_each_number_of_likes_has_weights_of_its_own_at_the_knots() -> None:
    for place, likes in enumerate(KNOTS):
        expected = np.zeros(CONTEXT)
        expected[place], expected[-1] = 1, -0.25
        np.testing.assert_allclose(context(likes, -0.25), expected, atol=1e-6)


def test_between_knots_the_weights_follow_the_logarithm() -> None:
    # log(√3) lies halfway between log 1 and log 3; beyond the last knot nothing changes any more.
    np.testing.assert_allclose(context(3**0.5, 0.0)[:3], [0.5, 0.5, 0], atol=1e-6)
    np.testing.assert_array_equal(context(10_000, 0.0), context(KNOTS[-1], 0.0))


@given(strategies.floats(0, 1e6), strategies.floats(-3, 3))
def test_weights_of_knots_sum_to_one(likes: float, fame: float) -> None:
    assert context(likes, fame)[:-1].sum() == pytest.approx(1, abs=1e-5)


def test_the_score_is_the_formula_for_warm_and_cold_items() -> None:
    fusion, table = fusion_of_random_weights(), random_table()
    x = context(table.likes, table.fame)
    for item in range(N):
        kind = int(table.cold[item])
        by_hand = sum(
            float(table.z[item, f]) * float(fusion.arrays["weights"][kind, f] @ x)
            for f in range(len(COLUMNS))
        ) + float(fusion.arrays["bias"][kind] @ x)
        assert fusion.score(table)[item] == pytest.approx(by_hand, rel=1e-4)


def test_what_the_tools_add_is_the_score_without_its_bias() -> None:
    fusion, table = fusion_of_random_weights(), random_table()
    items = np.array([2, 1])
    parts = fusion.contributions(table, items)
    bias = fusion.arrays["bias"] @ context(table.likes, table.fame)
    expected = fusion.score(table)[items] - bias[table.cold[items].astype(int)]
    np.testing.assert_allclose(np.sum(list(parts.values()), axis=0), expected, rtol=1e-4)


def test_the_lambda_loss_by_hand() -> None:
    import torch
    from palate.agent.fusion_train import lambda_loss

    # Two items of equal score, one wanted: log 2 for the pair, weighted by what a swap changes in
    # NDCG, 1 - 1 / log2(3); the best order would reach 1.
    even = lambda_loss(torch.zeros(1, 2), torch.tensor([[0.0, 1.0]]))
    assert float(even) == pytest.approx(np.log(2) * (1 - 1 / np.log2(3)), rel=1e-5)
    # The wanted one ahead by 2: log(1 + e^-2) instead.
    ahead = lambda_loss(torch.tensor([[0.0, 2.0]]), torch.tensor([[0.0, 1.0]]))
    assert float(ahead) == pytest.approx(np.log1p(np.exp(-2)) * (1 - 1 / np.log2(3)), rel=1e-5)


def test_ranks_that_nobody_sees_cost_nothing() -> None:
    import torch
    from palate.agent.fusion_train import lambda_loss

    scores = torch.linspace(1, 0, 30)[None]
    wanted = torch.zeros(1, 30)
    wanted[0, 0] = wanted[0, 25] = 1
    swapped = torch.zeros(1, 30)
    swapped[0, 0] = swapped[0, 20] = 1
    below = [float(lambda_loss(scores, w)) for w in (wanted, swapped)]
    # A wanted item may only gain from the ranks that count: both are below them, and differ by their
    # distance in score alone.
    assert below[0] > below[1] > 0


def test_the_tools_that_carried_a_pick_have_shares() -> None:
    parts = {name: np.array([value], np.float32) for name, value in (("a", 3), ("b", -2), ("c", 1), ("d", 0))}
    assert Ranked(np.array([0]), np.zeros(1, np.float32), parts).carried(0) == {"a": 0.75, "c": 0.25}
