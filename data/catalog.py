"""A catalogue on disk: items, their facets as columns, and interactions.

``$PALATE_HOME/catalogs/NAME/`` holds

    catalog.json               the spec
    items.jsonl                one item a line
    index.json                 ids, titles and aliases in the order of the items
    vocabulary.json            the values of each category, name and text facet
    facets.safetensors         columns over the items: known-ness, numbers, postings, line offsets
    interactions.safetensors   people, items, ratings, times (absent where there are none)
    artifacts/                 whatever was trained or indexed over it

Columns are worked out when a catalogue is written, so that opening one parses no items.
"""

from __future__ import annotations

import json
import mmap
import re
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open

from .catalog_files import FORMAT, sha256_of, write_catalog
from .documents import document
from .errors import DataError, NoData
from .home import catalogs_dir
from .interactions import Interactions
from .schema import CatalogSpec, Item

if TYPE_CHECKING:
    from collections.abc import Callable

    from scipy.sparse import csr_array

    from .arrays import FloatArray

__all__ = ["Catalog", "Interactions", "catalog_path", "write_catalog"]

NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")


def catalog_path(name: str) -> Path:
    """The folder of the catalogue ``name``; raises NoData for what cannot be a name."""
    if not NAME.fullmatch(name):
        raise NoData(f"{name!r} cannot be a catalogue's name.", "palate catalogs")
    return catalogs_dir() / name


class Catalog:
    """An opened catalogue; ``n`` items are addressed by position, 0 to ``n - 1``.

    Opening reads the spec, ids, titles and vocabularies; columns and items are read when first asked for.
    """

    def __init__(self, spec: CatalogSpec, path: Path, index: dict[str, Any]) -> None:
        self.spec = spec
        self.path = path
        self.ids: list[str] = index["ids"]
        self.titles: list[str] = index["titles"]
        self.n = len(self.ids)
        self._aliases: dict[str, list[str]] = index["aliases"]
        # Held open, so that a catalogue that is replaced meanwhile stays readable as it was.
        self._facets: Any = safe_open(path / "facets.safetensors", framework="numpy")
        self._lines = _mapped(path / "items.jsonl")
        self._vocabulary: dict[str, list[str]] = json.loads((path / "vocabulary.json").read_bytes())
        self._columns: dict[str, Any] = {}

    @classmethod
    def open(cls, name_or_path: str | Path) -> Catalog:
        """The catalogue of a name, or in a folder given as a Path.

        Raises NoData where nothing is set up and DataError where files are broken or do not belong together.
        """
        path = name_or_path if isinstance(name_or_path, Path) else catalog_path(name_or_path)
        mend = f"palate setup --catalog {path.name}"
        if not (path / "catalog.json").exists():
            raise NoData(f"The catalogue {path.name} is not set up.", mend)
        try:
            spec = CatalogSpec.model_validate_json((path / "catalog.json").read_bytes())
            index = json.loads((path / "index.json").read_bytes())
            catalog = cls(spec, path, index)
            catalog._check(index)
        except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
            # Validation and JSON errors run over many lines; the first says enough.
            first = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise DataError(f"The catalogue {path.name} is broken ({first}).", mend) from error
        return catalog

    def _check(self, index: dict[str, Any]) -> None:
        if index.get("format") != FORMAT:
            raise ValueError(f"format {index.get('format')}, this version reads {FORMAT}")
        if index["data_sha256"] != self.spec.data_sha256 or self.n != self.spec.n_items:
            raise ValueError("its files are of different builds")
        if len(self.titles) != self.n or len(self.known) != self.n:
            raise ValueError("columns differ in length")
        if int(self._offsets[-1]) != len(self._lines):
            raise ValueError("items.jsonl was cut off or changed")

    def verify(self) -> None:
        """Read everything and compare with the recorded hash; raises DataError where it differs."""
        found = sha256_of((self.path / "items.jsonl").read_bytes(), self.interactions)
        if found != self.spec.data_sha256:
            mend = f"palate setup --catalog {self.path.name}"
            raise DataError(f"The catalogue {self.path.name} does not have its recorded checksum.", mend)

    @cached_property
    def known(self) -> FloatArray:
        """Known-ness in [0, 1], ``(n,)``."""
        known: FloatArray = self._column("known")
        return known

    @cached_property
    def _offsets(self) -> Any:
        return self._column("offsets")

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {item_id: position for position, item_id in enumerate(self.ids)}

    def _column(self, name: str) -> Any:
        if name not in self._columns:
            self._columns[name] = self._facets.get_tensor(name)
        return self._columns[name]

    def item(self, position: int) -> Item:
        """The item at ``position``; raises IndexError outside 0 … n - 1 and DataError for a broken line."""
        if not 0 <= position < self.n:
            raise IndexError(position)
        return self._recent(int(position))

    @cached_property
    def _recent(self) -> Callable[[int], Item]:
        """Reads items; the reasons of one pick ask for the same few again and again."""
        return lru_cache(maxsize=512)(self._read)

    def _read(self, position: int) -> Item:
        line = self._lines[int(self._offsets[position]) : int(self._offsets[position + 1])]
        try:
            return Item.model_validate_json(line)
        except ValidationError as error:
            mend = f"palate setup --catalog {self.path.name}"
            raise DataError(f"Item {position} of {self.path.name} is broken.", mend) from error

    def __contains__(self, item_id: object) -> bool:
        """Whether there is an item of this id."""
        return item_id in self._positions

    def position(self, item_id: str) -> int:
        """The position of an item's id; raises KeyError."""
        return self._positions[item_id]

    def label(self, position: int) -> str:
        """Title and year, "Alien (1979)"; the title alone where the catalogue knows no year."""
        title = self.titles[position]
        if self._year_facet is None:
            return title
        year = self.numbers(self._year_facet)[position]
        return title if np.isnan(year) else f"{title} ({int(year)})"

    @cached_property
    def _year_facet(self) -> str | None:
        return next((facet.name for facet in self.spec.facets if facet.kind == "year"), None)

    def aliases(self, position: int) -> tuple[str, ...]:
        """Other titles of the item."""
        return tuple(self._aliases.get(str(position), ()))

    def values(self, facet: str) -> list[str]:
        """The values of a category, name or text facet, sorted; raises KeyError for any other."""
        return self._vocabulary[facet]

    def postings(self, facet: str) -> csr_array:
        """Which item has which value, ``(n, len(values(facet)))`` float32 of 0 and 1; raises KeyError.

        Each row's columns stand in the order in which the item has its values.
        """
        from scipy.sparse import csr_array

        shape = (self.n, len(self.values(facet)))
        indices, indptr = self._column(f"{facet}.indices"), self._column(f"{facet}.indptr")
        return csr_array((np.ones(len(indices), np.float32), indices, indptr), shape=shape)

    def numbers(self, facet: str) -> FloatArray:
        """A number or year of each item, ``(n,)``, NaN where unknown; raises KeyError for other kinds."""
        if self.spec.facet(facet).kind not in ("number", "year"):
            raise KeyError(facet)
        column: FloatArray = self._column(facet)
        return column

    def documents(self) -> list[str]:
        """A short text of each item, ``n`` of them: title, facets in words, text."""
        return [document(self.spec, self.item(position)) for position in range(self.n)]

    @cached_property
    def interactions(self) -> Interactions:
        """All interactions; none (of no people) where the catalogue has only items."""
        path = self.path / "interactions.safetensors"
        if not path.exists():
            none = np.zeros(0, np.int64)
            return Interactions(none, none, np.zeros(0, np.float32), none, 0, self.n)
        mend = f"palate setup --catalog {self.path.name}"
        try:
            with safe_open(path, framework="numpy") as file:
                arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            if any(len(array) != self.spec.n_interactions for array in arrays.values()):
                raise ValueError("its files are of different builds")
            return Interactions(**arrays, n_people=self.spec.n_people, n_items=self.n)
        except (OSError, SafetensorError, TypeError, ValueError) as error:
            raise DataError(f"The interactions of {self.path.name} are broken.", mend) from error


def _mapped(path: Path) -> mmap.mmap | bytes:
    with path.open("rb") as file:
        # An empty file cannot be mapped.
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if path.stat().st_size else b""
