"""A new version of a catalogue: what it holds, and more."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from .catalog_files import write_catalog
from .errors import DataError
from .importers.known import quantiles
from .importers.memory import PEOPLE, READING
from .interactions import Interactions
from .schema import GROWN

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .catalog import Catalog
    from .schema import CatalogSpec, Item


@dataclass(frozen=True)
class Additions:
    """What is added to a catalogue. Its items and people keep their positions, new ones come behind them."""

    items: tuple[Item, ...] = ()
    """New items, and new versions of items that are there (by their ids)."""
    interactions: Interactions | None = None
    """By positions in the grown catalogue; ``n_people`` and ``n_items`` may be too small or just right."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """Files to be kept beside the catalogue, in place of those of the same names."""
    recount: bool = False
    """Whether known-ness is the number of interactions, so that it changes with them."""
    spec: CatalogSpec | None = None
    """How the catalogue is described from now on, where that changes."""
    notes_only: bool = False
    """Whether nothing but notes is added, so that a set-up may still make the catalogue anew."""


def write_grown(catalog: Catalog, additions: Additions, path: Path) -> CatalogSpec:
    """Write ``catalog`` with ``additions`` into the folder ``path``; returns the completed spec.

    An interaction of a person and item that is there already is replaced. Raises DataError for positions or
    facets that do not exist and for ids that are repeated.
    """
    items = _items(catalog, additions.items)
    interactions = _interactions(catalog.interactions, additions.interactions, len(items))
    if additions.recount and interactions is not None:
        known = quantiles(np.bincount(interactions.items, minlength=len(items)).astype(np.float32))
        items = [item.model_copy(update={"known": k}) for item, k in zip(items, known.tolist(), strict=True)]
    kept = {name: (catalog.path / name).read_bytes() for name in _beside(catalog.path)}
    beside = {**kept, **additions.files}
    spec = additions.spec or catalog.spec
    if spec.recipe_sha256 and not additions.notes_only:
        spec = spec.model_copy(update={"recipe_sha256": GROWN})
    if spec.rating_range and interactions is not None:
        low, high = float(interactions.ratings.min()), float(interactions.ratings.max())
        widened = min(low, spec.rating_range[0]), max(high, spec.rating_range[1])
        spec = spec.model_copy(update={"rating_range": widened})
    return write_catalog(spec, items, interactions, path, beside)


def _items(catalog: Catalog, added: tuple[Item, ...]) -> list[Item]:
    items = [catalog.item(position) for position in range(catalog.n)]
    at = {item_id: position for position, item_id in enumerate(catalog.ids)}
    for item in added:
        position = at.setdefault(item.id, len(items))
        if position == len(items):
            items.append(item)
        else:
            items[position] = item
    return items


def _interactions(old: Interactions, new: Interactions | None, n_items: int) -> Interactions | None:
    if new is None:
        return replace(old, n_items=n_items) if len(old) else None
    n_people = max(old.n_people, new.n_people)
    # Whatever the clocks say, what is added is the last word of a person on an item.
    said_again = np.isin(old.people * n_items + old.items, new.people * n_items + new.items)
    try:
        return Interactions.of(
            np.concatenate([old.people[~said_again], new.people]),
            np.concatenate([old.items[~said_again], new.items]),
            np.concatenate([old.ratings[~said_again], new.ratings]),
            np.concatenate([old.times[~said_again], new.times]),
            n_people=n_people,
            n_items=n_items,
        )
    except ValueError as error:
        raise DataError(f"The interactions cannot be added: {error}.") from error


def _beside(folder: Path) -> list[str]:
    return [name for name in (READING, PEOPLE) if (folder / name).exists()]
