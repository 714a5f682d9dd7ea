from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from palate.data.catalog import Catalog, Interactions, write_catalog
from palate.data.schema import CatalogSpec, Facet, Item
from palate.tools.collaborative import UserKNN
from palate.tools.evidence import co_liking, graph_path, neighbours, shared_values

if TYPE_CHECKING:
    from pathlib import Path

SPEC = CatalogSpec(
    name="tiny",
    facets=(
        Facet(name="kind", label="kind", kind="category", multiple=True),
        Facet(name="maker", label="maker", kind="name", multiple=True, weight=3.0),
        Facet(name="size", label="size", kind="number"),
    ),
    like_at=4.0,
)
ITEMS = (
    Item(id="a", title="A", facets={"kind": ("x", "y"), "maker": ("m",), "size": 1}),
    Item(id="b", title="B", facets={"kind": ("x", "y"), "maker": ("m", "n"), "size": 1}),
    Item(id="c", title="C", facets={"kind": ("x",)}),
    Item(id="d", title="D", facets={"maker": ("o",)}),
)
# Who gives 4 or more: a by 0, 1, 2; b by 1, 2, 3; c by 4; d by none (2 gives it 1).
RATINGS = [(0, 0, 5), (1, 0, 4), (2, 0, 5), (1, 1, 4), (2, 1, 5), (3, 1, 4), (4, 2, 5), (2, 3, 1)]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    path: Path = tmp_path_factory.mktemp("catalogs") / "tiny"
    people, items, ratings = (np.array(column) for column in zip(*RATINGS, strict=True))
    write_catalog(SPEC, ITEMS, Interactions.of(people, items, ratings, n_people=6, n_items=4), path)
    return Catalog.open(path)


def test_co_liking_counts_people_who_like_both(tiny: Catalog) -> None:
    found = co_liking(tiny, 0, 1)
    assert (found.seed_likers, found.item_likers, found.both, found.n_people) == (3, 3, 2, 6)
    # Half of all people like b, two thirds of those who like a.
    assert found.lift == pytest.approx((2 / 3) / (3 / 6))


def test_an_item_that_nobody_likes_has_no_lift(tiny: Catalog) -> None:
    found = co_liking(tiny, 0, 3)
    assert (found.item_likers, found.both, found.lift) == (0, 0, 0.0)


def test_shared_values_come_rarest_first_and_by_weight(tiny: Catalog) -> None:
    maker, kind = shared_values(tiny, 0, 1)
    assert (maker.facet, maker.values, maker.counts) == ("maker", ("m",), (2,))
    # 1 - log 2 / log 4 = ½, times the weight 3
    assert maker.weight == pytest.approx(1.5)
    assert (kind.values, kind.counts) == (("y", "x"), (2, 3))
    assert kind.rarity == pytest.approx((0.5, 1 - np.log(3) / np.log(4)), abs=1e-4)


def test_items_that_share_nothing(tiny: Catalog) -> None:
    assert shared_values(tiny, 0, 3) == []
    assert graph_path(tiny, 0, 3) is None


def test_shared_values_hold_for_both_items(toy: Catalog) -> None:
    for a, b in ((0, 1), (5, 20), (13, 44)):
        for shared in shared_values(toy, a, b):
            for position in (a, b):
                held = toy.item(position).facets[shared.facet]
                assert set(shared.values) <= set(held if isinstance(held, tuple) else (str(held),))


def test_neighbours_counts_likers_among_the_most_similar(tiny: Catalog) -> None:
    model = UserKNN.fit(tiny.interactions)
    found = neighbours(tiny, model, np.array([0]), np.ones(1, np.float32), 1)
    assert (found.people, found.likers) == (3, 2)


def test_the_strongest_path_wins(tiny: Catalog) -> None:
    # Over people: v1 and v2 like two items each, (½ + ½) / √(3 · 3) = .33333. Over tags: m 3 / 2 = 1.5, y ½.
    path = graph_path(tiny, 0, 1)
    assert path is not None
    assert (path.via, path.facet, path.value, path.strength) == ("tag", "maker", "m", 1.5)


def test_items_may_be_joined_by_people_alone(toy: Catalog) -> None:
    joined = next(
        (a, b)
        for a in range(toy.n)
        for b in range(a + 1, toy.n)
        if not shared_values(toy, a, b) and co_liking(toy, a, b).both
    )
    path = graph_path(toy, *joined)
    assert path is not None
    assert (path.via, path.people) == ("people", co_liking(toy, *joined).both)
