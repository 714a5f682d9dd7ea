"""Which items are hidden, that nothing of them is learned, and what the rows say."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from palate.agent.evaluate import cold_items
from palate.agent.evaluate.cold_items import PLAIN, PRIOR, hidden_half
from palate.agent.evaluate.laboratory import laboratory
from palate.data.catalog import Catalog
from palate.data.importers.known import quantiles
from palate.data.importers.registry import known_given

if TYPE_CHECKING:
    from collections.abc import Iterator

    from palate.agent.evaluate.laboratory import Laboratory
    from palate.tools.toolbox import Toolbox


@pytest.fixture(scope="module")
def seen() -> list[Catalog]:
    return []


@pytest.fixture(scope="module")
def figures(toy_box: Toolbox, seen: list[Catalog]) -> dict[str, Any]:
    @contextmanager
    def noted(box: Toolbox, *rest: Any) -> Iterator[Laboratory]:
        with laboratory(box, *rest) as lab:
            seen.append(Catalog.open(lab.app.box.catalog.path))
            # Read before the folder goes.
            _ = seen[-1].interactions, seen[-1].known
            yield lab

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cold_items, "laboratory", noted)
        return cold_items.run(toy_box)


def test_half_of_the_rated_items_are_hidden(toy_box: Toolbox) -> None:
    interactions = toy_box.catalog.interactions
    hidden, rated = hidden_half(interactions), np.unique(interactions.items)
    assert hidden.sum() == len(rated) // 2
    assert np.isin(np.flatnonzero(hidden), rated).all()
    assert (hidden_half(interactions) == hidden).all()
    assert (hidden_half(interactions, seed=1) != hidden).any()


def test_no_rating_of_a_hidden_item_is_learned(
    toy_box: Toolbox, figures: dict[str, Any], seen: list[Catalog]
) -> None:
    interactions = toy_box.catalog.interactions
    hidden = hidden_half(interactions)
    (made,) = seen
    assert not hidden[made.interactions.items].any()
    assert len(made.interactions) == int((~hidden[interactions.items]).sum())
    assert figures["rows"][0]["n"] <= interactions.n_people


def test_rows_are_compared_with_the_better_of_the_two_plain_ways(figures: dict[str, Any]) -> None:
    rows = {row["method"]: row["metrics"] for row in figures["rows"]}
    assert {"palate", PRIOR, PLAIN, "palate/gnn", "palate/user-knn"} <= set(rows)
    better = max((PRIOR, PLAIN), key=lambda name: rows[name]["recall@50"])
    assert rows["palate"]["compared_with"] == better
    # With 25 hidden games all of them are among the first fifty.
    assert rows["palate"]["recall@50"] == 1.0
    assert rows["palate"]["ratio"] == pytest.approx(1.0)
    # People's ratings say nothing of the hidden items.
    assert rows["palate/user-knn"]["recall@50"] == 0.0
    assert {row["slice"] for row in figures["rows"]} == {"all"}


def test_known_ness_that_counts_ratings_is_counted_again(toy_box: Toolbox) -> None:
    catalog = Catalog.open(toy_box.catalog.path)
    counts = np.bincount(catalog.interactions.items, minlength=catalog.n)
    fewer = counts // 2
    np.testing.assert_array_equal(known_given(catalog, fewer), catalog.known)
    catalog.known = quantiles(counts.astype(np.float32))
    np.testing.assert_array_equal(known_given(catalog, fewer), quantiles(fewer.astype(np.float32)))


@pytest.mark.films
def test_known_ness_of_films_is_what_the_importer_finds() -> None:
    catalog = Catalog.open("films")
    counts = np.bincount(catalog.interactions.items, minlength=catalog.n)
    again = known_given(catalog, counts)
    # Two films are listed twice in the ratings, which the catalogue counts once.
    assert float(np.quantile(np.abs(again - catalog.known), 0.99)) < 0.01
    hidden = hidden_half(catalog.interactions)
    less = known_given(catalog, np.where(hidden, 0, counts))
    assert less[hidden].mean() < catalog.known[hidden].mean()
    assert np.ptp(less[hidden]) > 0.5
