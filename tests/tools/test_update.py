"""Vectors for items that came after a training, worked out from their company."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from contracts.recommender import interactions_of, likes
from palate.data.catalog import Catalog, write_catalog
from palate.data.schema import CatalogSpec, Facet, Item
from palate.tools.autoencoder import FewLikesAutoencoder
from palate.tools.ials import IALS
from palate.tools.update import by_company, grown_autoencoder, grown_factors, predicted
from scipy.sparse import csr_array

if TYPE_CHECKING:
    from pathlib import Path

    from palate.data.interactions import Interactions

SPEC = CatalogSpec(name="grown", facets=(Facet(name="kind", label="kind", kind="category"),), like_at=4.0)


def grown(path: Path, interactions: Interactions) -> Catalog:
    items = [
        Item(id=str(at), title=str(at), facets={"kind": "even" if at % 2 == 0 else "odd"})
        for at in range(interactions.n_items)
    ]
    write_catalog(SPEC, items, interactions, path)
    return Catalog.open(path)


def two_tastes(n_people: int, n_items: int) -> Interactions:
    rows = [(p, i, 5.0) for p in range(n_people) for i in range(n_items) if p % 2 == i % 2 and (p + i) % 5]
    return interactions_of(rows, n_people, n_items)


def test_company_by_hand() -> None:
    # Group a holds items 0, 1, 2; group b holds 1 and 3; item 2 is not known, 3 is alone with 1 in b.
    links = csr_array(np.array([[1, 0], [1, 1], [1, 0], [0, 1]], np.float32))
    vectors = np.array([[1, 0], [0, 1], [9, 9], [2, 2]], np.float32)
    known = np.array([True, True, False, True])
    # 0: in a only 1 → (0, 1).  1: in a 0 → (1, 0), in b 3 → (2, 2), mean (1.5, 1).
    # 2: in a 0 and 1 → (.5, .5).  3: in b 1 → (0, 1).
    expected = np.array([[0, 1], [1.5, 1], [0.5, 0.5], [0, 1]])
    np.testing.assert_allclose(
        by_company(links, np.where(known[:, None], vectors, 0), known), expected, atol=1e-6
    )


def test_weights_of_groups_count() -> None:
    # Item 2 belongs to a by 3 and to b by 1, with one known item each: (3 · (1, 0) + 1 · (0, 1)) / 4.
    links = csr_array(np.array([[1, 0], [0, 1], [3, 1]], np.float32))
    vectors = np.array([[1, 0], [0, 1], [0, 0]], np.float32)
    found = by_company(links, vectors, np.array([True, True, False]))
    np.testing.assert_allclose(found[2], [0.75, 0.25], atol=1e-6)


def test_an_item_without_company_gets_nothing() -> None:
    links = csr_array(np.array([[1, 0], [0, 1], [0, 0]], np.float32))
    assert not by_company(links, np.ones((3, 2), np.float32), np.ones(3, bool)).any()


def test_a_linear_rule_is_found_again() -> None:
    rng = np.random.default_rng(0)
    company, described = rng.normal(size=(2, 300, 4)).astype(np.float32)
    company[:40] = 0
    rule = rng.normal(size=(8, 3)).astype(np.float32)
    vectors = np.hstack([company, described]) @ rule
    known = np.arange(300) >= 20
    known[280:] = False
    found = predicted(np.where(known[:, None], vectors, 0).astype(np.float32), known, company, described)
    assert np.abs(found[280:] - vectors[280:]).max() < 0.2


def test_factors_of_new_items_are_those_of_a_retraining(tmp_path: Path) -> None:
    model = IALS.fit(two_tastes(40, 12), 4.0, dim=4)
    catalog = grown(tmp_path / "grown", two_tastes(44, 16))
    new = grown_factors(model, catalog)
    again = IALS.fit(catalog.interactions, 4.0, dim=4)
    for given in (likes(0, 2), likes(13)):
        mine, theirs = new.score(*given), again.score(*given)
        assert set(np.argsort(-mine)[:8]) == set(np.argsort(-theirs)[:8])
        assert np.corrcoef(mine, theirs)[0, 1] > 0.98


def test_the_autoencoder_learns_of_new_items(tmp_path: Path) -> None:
    quick: dict[str, Any] = {
        "networks": 1,
        "dim": 8,
        "steps": 150,
        "batch": 30,
        "wanted_at_least": 1,
        "dropout": 0.2,
        "seen": 0.0,
    }
    model = FewLikesAutoencoder.fit(two_tastes(40, 12), 4.0, **quick)
    catalog = grown(tmp_path / "grown", two_tastes(44, 16))
    described = np.array([[1, 0], [0, 1]] * 8, np.float32)
    new = grown_autoencoder(model, catalog, described)
    scores = new.score(*likes(0, 2, 4))
    np.testing.assert_allclose(scores[:12], model.score(*likes(0, 2, 4))[:12], rtol=1e-5)
    assert min(scores[[12, 14]]) > max(scores[[13, 15]])
    liking_new = new.score(*likes(13, 15))
    assert liking_new[1:12:2].mean() > liking_new[0:12:2].mean()
