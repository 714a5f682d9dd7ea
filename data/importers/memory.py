"""What an import keeps beside the catalogue, so that more of the same files can be read in later."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from ..errors import DataError
from .mapping import Mapping

if TYPE_CHECKING:
    from pathlib import Path

    from ..arrays import IntArray

READING = "import.json"
PEOPLE = "people.safetensors"


@dataclass(frozen=True)
class Memory:
    """How a catalogue's files were read."""

    mapping: Mapping | None = None
    """Every column as it was read; None for a catalogue that was not made from a person's files."""
    keys: tuple[str, ...] | None = None
    """What interactions call each item, in the order of positions; None: by its id."""
    people: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))
    """The marks of the people, in the order of positions (see :func:`~.reader.mark`); none where unknown."""

    def files(self) -> dict[str, bytes]:
        """The files to be kept, by name."""
        mapping = None if self.mapping is None else self.mapping.model_dump(mode="json", by_alias=True)
        reading = json.dumps({"mapping": mapping, "keys": self.keys}, ensure_ascii=False)
        return {READING: reading.encode(), PEOPLE: save({"marks": self.people})}

    @classmethod
    def of(cls, folder: Path) -> Memory:
        """What is kept in a catalogue's ``folder``; nothing where nothing is. Raises DataError."""
        if not (folder / READING).exists():
            return cls()
        try:
            raw = json.loads((folder / READING).read_bytes())
            mapping = None if raw["mapping"] is None else Mapping.model_validate(raw["mapping"])
            keys = None if raw["keys"] is None else tuple(raw["keys"])
            return cls(mapping, keys, load_file(folder / PEOPLE)["marks"])
        except (OSError, ValueError, KeyError, ValidationError, SafetensorError) as error:
            raise DataError(f"What {folder.name} was imported from cannot be read again.") from error
