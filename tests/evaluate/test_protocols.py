"""The evaluator on an invented catalogue: its shape, its rows, and that nobody asked was seen in training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from palate.agent.evaluate.protocols import evaluate, methods_of
from palate.agent.fusion import Fusion
from palate.agent.trial import Trial, trial
from palate.data.errors import UserError

if TYPE_CHECKING:
    from palate.data.catalog import Catalog


def bare(catalog: Catalog) -> Trial:
    """The catalogue without sentence vectors, lexical index or models."""
    lexical: Any = None
    return Trial(catalog, {}, None, lexical, None)


def test_figures_have_the_shape_of_every_benchmark(toy: Catalog) -> None:
    figures = evaluate(bare(toy), ks=(1,), draws=1)
    assert set(figures) == {"benchmark", "catalog", "machine", "split_sha256", "rows"}
    rows = {row["method"]: row for row in figures["rows"]}
    assert {"palate", "palate/user-knn", "palate/ease", "palate/item-knn", "palate/popularity"} <= set(rows)
    assert {row["slice"] for row in figures["rows"]} == {"k=1"}
    for row in rows.values():
        low, high = row["metrics"]["ndcg@10_ci95"]
        assert 0 <= low <= row["metrics"]["ndcg@10"] <= high <= 1
    best = rows["palate"]["metrics"]["best_other"]
    assert rows[best]["metrics"]["ndcg@10"] == max(
        row["metrics"]["ndcg@10"] for name, row in rows.items() if name != "palate"
    )


def test_people_left_out_leave_no_trace_in_any_method(toy: Catalog) -> None:
    kept = np.arange(toy.interactions.n_people) < 30
    interactions = toy.interactions.only_people(kept)
    changed = toy.interactions
    # The same catalogue in which those left out rated everything upside down.
    flipped = np.where(kept[changed.people], changed.ratings, 6 - changed.ratings).astype(np.float32)
    other = type(changed)(
        changed.people, changed.items, flipped, changed.times, changed.n_people, changed.n_items
    )
    fitted = [trial(bare(toy), part) for part in (interactions, other.only_people(kept))]
    first, second = (methods_of(one, Fusion.default()) for one in fitted)
    for name, method in first.items():
        assert method(np.array([3])).tolist() == second[name](np.array([3])).tolist(), name


def test_given_likes_are_never_answered(toy: Catalog) -> None:
    given = np.array([0, 4, 8])
    for name, method in methods_of(trial(bare(toy), toy.interactions), Fusion.default()).items():
        assert not set(method(given).tolist()) & set(given.tolist()), name


def test_unknown_protocols_are_refused(toy: Catalog) -> None:
    with pytest.raises(UserError, match="protocol"):
        evaluate(bare(toy), "no-such")
