"""A catalogue without what notes say of its items: what the notes are measured against."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from palate.agent.setup import run_steps, steps_of
from palate.data.catalog import Catalog, write_catalog
from palate.data.schema import CatalogSpec, Item

INDEXES = 3
"""The first steps of a set-up: the indexes of titles, words and meanings."""


@contextmanager
def facts_only(catalog: Catalog, *, rated: bool = False) -> Iterator[Catalog]:
    """``catalog`` without its notes, in a temporary folder, set up as one that nobody rated.

    With ``rated`` its interactions are there too, and instead of models only the indexes: who measures fits
    models of their own. Documents that hold no note are not embedded again.
    """
    with tempfile.TemporaryDirectory(prefix="palate-facts-") as folder:
        path = Path(folder) / catalog.spec.name
        judged = {facet.name for facet in catalog.spec.facets if facet.judged}
        items = [_bare(catalog.item(place), judged) for place in range(catalog.n)]
        write_catalog(_bare_spec(catalog.spec, judged), items, catalog.interactions if rated else None, path)
        (path / "artifacts" / "content").mkdir(parents=True)
        for arrays in (catalog.path / "artifacts" / "content").glob("*.safetensors"):
            shutil.copy(arrays, path / "artifacts" / "content")
        bare = Catalog.open(path)
        run_steps(steps_of(bare, _quiet)[: INDEXES if rated else None], _quiet)
        yield bare


def _bare(item: Item, judged: set[str]) -> Item:
    facets = {name: value for name, value in item.facets.items() if name not in judged}
    return item.model_copy(update={"facets": facets})


def _bare_spec(spec: CatalogSpec, judged: set[str]) -> CatalogSpec:
    qualities = []
    for quality in spec.qualities:
        prefer, avoid = (
            {name: values for name, values in of.items() if name not in judged}
            for of in (quality.prefer, quality.avoid)
        )
        if prefer or avoid:
            qualities.append(quality.model_copy(update={"prefer": prefer, "avoid": avoid}))
    facets = tuple(facet for facet in spec.facets if facet.name not in judged)
    return spec.model_copy(update={"facets": facets, "qualities": tuple(qualities)})


def _quiet(_label: str, _done: int, _total: int) -> None:
    """No progress is shown."""
