"""More of a catalogue from a person's files: ``palate update NAME --items FILE --interactions FILE``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import UserError
from ..growth import Additions
from .mapping import load_mapping
from .memory import Memory
from .reader import InteractionReader
from .rows import Findings
from .tabular import read_items

if TYPE_CHECKING:
    from pathlib import Path

    from ..catalog import Catalog
    from ..interactions import Interactions
    from ..schema import Item
    from .mapping import Mapping


def read_additions(
    catalog: Catalog, items: Path | None, interactions: Path | None, mapping: Path | None = None
) -> tuple[Additions, Findings]:
    """More items and interactions for ``catalog``, their columns being those of its import.

    Items are called by what the import called them, and so are people. Also returns what was mended or
    could not be used. Raises UserError where neither the import nor a ``mapping`` says what the columns
    are, and DataError for a file that cannot be read.
    """
    memory = Memory.of(catalog.path)
    read_as = load_mapping(mapping) if mapping else memory.mapping
    if read_as is None:
        name = catalog.spec.name
        said = f"{name} was not imported from files, so say what the columns are."
        raise UserError(said, f"palate update {name} --map FILE.toml")
    findings = Findings()
    keys = {key: at for at, key in enumerate(memory.keys or catalog.ids)}
    made: list[Item] = []
    if items is not None:
        read = read_items(items, _lenient(read_as), findings)
        made, at = read.made, _places(catalog, read.made)
        keys |= {key: at[place] for key, place in read.keys.items()}
    n_items = max(keys.values(), default=-1) + 1
    reading = InteractionReader(keys, findings, memory.people.tolist())
    if interactions is not None:
        reading.read(interactions, read_as.interactions, read_as.items.key or read_as.items.id)
    found = reading.interactions(n_items)
    if found is not None and not len(memory.people) and catalog.interactions.n_people:
        findings.note(f"{catalog.spec.name} does not know its people by name: all that are added are new.")
        found = _behind(found, catalog.interactions.n_people)
    names = sorted(keys, key=lambda key: keys[key]) if memory.keys else None
    kept = replace(memory, keys=None if names is None else tuple(names), people=reading.people)
    imported = memory.mapping is not None
    recount = imported and not read_as.items.known
    return Additions(tuple(made), found, kept.files() if imported else {}, recount), findings


def _lenient(mapping: Mapping) -> Mapping:
    """The mapping for a file that adds to others: no facets beyond those there are, joins where they are."""
    joins = tuple(join.model_copy(update={"optional": True}) for join in mapping.items.joins)
    items = mapping.items.model_copy(update={"joins": joins})
    return mapping.model_copy(update={"items": items, "guess_facets": False})


def _places(catalog: Catalog, items: list[Item]) -> list[int]:
    """The position of each item in the grown catalogue: its own, or the next behind all others."""
    positions = {item_id: at for at, item_id in enumerate(catalog.ids)}
    return [positions.setdefault(item.id, len(positions)) for item in items]


def _behind(found: Interactions, n_people: int) -> Interactions:
    """``found`` with people whose positions come after ``n_people`` others."""
    return replace(found, people=found.people + n_people, n_people=found.n_people + n_people)
