"""Which importer makes which catalogue of those that palate can fetch."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

from ..home import datasets_dir
from .mapping import committed_names

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..arrays import FloatArray, IntArray
    from ..catalog import Catalog
    from ..fetch import Progress
    from ..schema import CatalogSpec

    Build = Callable[[str, Progress | None], CatalogSpec]

BUILDERS = {"films": "films", "films-facts": "films", "movielens-100k": "movielens"}
"""Catalogue → the module in this folder whose ``build`` makes it."""


def builder_of(name: str) -> Build | None:
    """What makes the catalogue ``name`` from its sources, or by palate's own mapping from a folder of data
    sets that is here; None for one made from a person's own files."""
    if name in BUILDERS:
        return cast("Build", import_module(f".{BUILDERS[name]}", __package__).build)
    folder = datasets_dir()
    if folder is None or name not in committed_names():
        return None
    from .tabular import build_mapped

    return lambda catalog, progress: build_mapped(catalog, folder, progress).spec


def recipe_of(name: str) -> str:
    """The hash over what palate makes the catalogue ``name`` by; empty where nothing of it is palate's."""
    if name not in BUILDERS:
        return ""
    recipe = getattr(import_module(f".{BUILDERS[name]}", __package__), "recipe", None)
    return "" if recipe is None else cast("str", recipe(name))


def source_order(catalog: Catalog) -> IntArray | None:
    """The interactions of ``catalog``, (n,), in the order of the file they were read from; None if unknown.

    A catalogue sorts its interactions; a split that others make by the rows of the file needs their order.
    Raises SetupFailed where the file is not here and cannot be fetched.
    """
    if catalog.spec.name not in BUILDERS:
        return None
    module = import_module(f".{BUILDERS[catalog.spec.name]}", __package__)
    order = getattr(module, "source_order", None)
    return None if order is None else cast("IntArray", order(catalog))


def known_given(catalog: Catalog, counts: IntArray) -> FloatArray:
    """Known-ness, (n,), as the importer of ``catalog`` would find it if items had ``counts`` (n,) ratings.

    Known-ness that does not come from ratings stays as it is. Raises SetupFailed where a source that it
    comes from is not here and cannot be fetched.
    """
    import numpy as np

    from .known import quantiles

    if catalog.spec.name in BUILDERS:
        module = import_module(f".{BUILDERS[catalog.spec.name]}", __package__)
        known = getattr(module, "known_given", None)
        if known is not None:
            return cast("FloatArray", known(catalog, counts))
    every = np.bincount(catalog.interactions.items, minlength=catalog.n).astype(np.float32)
    if np.allclose(quantiles(every), catalog.known, atol=1e-4):
        return quantiles(counts.astype(np.float32))
    return catalog.known
