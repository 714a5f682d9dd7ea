"""Which importer makes which catalogue of those that palate can fetch."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..fetch import Progress
    from ..schema import CatalogSpec

    Build = Callable[[str, Progress | None], CatalogSpec]

BUILDERS = {"films": "films", "films-facts": "films", "movielens-100k": "movielens"}
"""Catalogue → the module in this folder whose ``build`` makes it."""


def builder_of(name: str) -> Build | None:
    """What makes the catalogue ``name`` from its sources; None for one made from a person's own files."""
    if name not in BUILDERS:
        return None
    return cast("Build", import_module(f".{BUILDERS[name]}", __package__).build)
