from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
from palate.data.catalog import Catalog, Interactions, write_catalog
from palate.data.errors import DataError, NoData
from palate.tools.artifacts import ARRAYS, save_arrays
from palate.tools.content import KIND, VERSION
from palate.tools.train import MODELS, load_models, train, wanted

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def trained(toy_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    path = tmp_path_factory.mktemp("catalogs") / "toy"
    shutil.copytree(toy_path, path)
    shutil.rmtree(path / "artifacts", ignore_errors=True)
    catalog = Catalog.open(path)
    train(catalog)
    return catalog


@pytest.fixture
def copy(trained: Catalog, tmp_path: Path) -> Catalog:
    shutil.copytree(trained.path, tmp_path / "toy")
    return Catalog.open(tmp_path / "toy")


def test_every_wanted_model_is_stored_and_scores_the_catalogue(trained: Catalog) -> None:
    models = load_models(trained)
    assert set(models) == set(wanted(trained)) <= set(MODELS)
    for model in models.values():
        assert model.score(np.array([0]), np.ones(1, np.float32)).shape == (trained.n,)


def test_what_is_stored_is_not_trained_again(copy: Catalog) -> None:
    before = _written(copy)
    train(copy)
    assert _written(copy) == before


def test_only_the_damaged_model_is_trained_again(copy: Catalog) -> None:
    arrays = copy.path / "artifacts" / "item-knn" / ARRAYS
    arrays.write_bytes(arrays.read_bytes()[:-1])
    with pytest.raises(DataError, match="palate setup --catalog toy"):
        load_models(copy)
    before = _written(copy)
    train(copy)
    after = _written(copy)
    assert {name for name in after if after[name] != before[name]} == {"item-knn"}
    load_models(copy)


def test_a_missing_model_is_named(copy: Catalog) -> None:
    shutil.rmtree(copy.path / "artifacts" / "user-knn")
    with pytest.raises(NoData, match="user-knn"):
        load_models(copy)


def test_the_graph_is_trained_again_once_there_are_sentence_vectors(copy: Catalog) -> None:
    vectors = np.random.default_rng(0).normal(size=(copy.n, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    save_arrays(
        copy.path / "artifacts" / KIND,
        {"vectors": vectors},
        kind=KIND,
        data_sha256=copy.spec.data_sha256,
        config={},
        version=VERSION,
    )
    before = _written(copy)
    train(copy)
    after = _written(copy)
    assert {name for name in before if after[name] != before[name]} == {"gnn"}


def test_progress_ends_complete(copy: Catalog) -> None:
    steps: list[tuple[str, int, int]] = []
    train(copy, lambda label, done, total: steps.append((label, done, total)))
    assert steps[-1][1] == steps[-1][2] == len(wanted(copy))
    assert [done for _, done, _ in steps] == sorted(done for _, done, _ in steps)


def test_items_without_interactions_are_known_by_tags_and_known_ness(toy: Catalog, tmp_path: Path) -> None:
    path = tmp_path / "facts"
    write_catalog(toy.spec, [toy.item(position) for position in range(toy.n)], None, path)
    facts = Catalog.open(path)
    train(facts)
    models = load_models(facts)
    assert set(models) == {"popularity", "gnn"}
    np.testing.assert_allclose(models["popularity"].score(np.array([]), np.array([])), facts.known)


def test_many_rated_items_get_factors_in_place_of_item_item_matrices(tmp_path: Path) -> None:
    from palate.data.schema import CatalogSpec, Item

    n = 20_001
    items = [Item(id=str(number), title=str(number)) for number in range(n)]
    rated = Interactions.of(np.zeros(n, np.int64), np.arange(n), n_people=1, n_items=n)
    write_catalog(CatalogSpec(name="wide"), items, rated, tmp_path / "wide")
    names = wanted(Catalog.open(tmp_path / "wide"))
    assert "ials" in names
    assert "ease" not in names


def _written(catalog: Catalog) -> dict[str, tuple[int, int]]:
    """What tells a file written anew: clocks are too coarse by themselves."""
    stats = {
        folder.name: (folder / ARRAYS).stat()
        for folder in (catalog.path / "artifacts").iterdir()
        if folder.name in MODELS
    }
    return {name: (stat.st_ino, stat.st_mtime_ns) for name, stat in stats.items()}
