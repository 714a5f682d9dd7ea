"""Writing a catalogue: items become columns once, so that opening is cheap."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors.numpy import save_file

from .documents import values_of
from .errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from .interactions import Interactions
    from .schema import CatalogSpec, Facet, Item

FORMAT = 1
"""Version of the files' layout; others are refused when opening."""


def write_catalog(
    spec: CatalogSpec,
    items: Sequence[Item],
    interactions: Interactions | None,
    path: Path,
    beside: Mapping[str, bytes] | None = None,
) -> CatalogSpec:
    """Write a catalogue into the folder ``path``, replacing what was there; returns the completed spec.

    ``beside`` are files that whoever made the catalogue keeps with it, by name. Everything is written
    aside, opened and verified, then renamed into place; ``artifacts/`` of an earlier build stay (those of
    other data are refused by their hash). Raises DataError for repeated or empty ids, facets that the spec
    lacks, values of the wrong kind, and interactions of another size.
    """
    _check(spec, items, interactions)
    aside = path.with_name(f".{path.name}.{os.getpid()}.new")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    try:
        complete = _write_files(spec, items, interactions, aside)
        for name, content in (beside or {}).items():
            (aside / name).write_bytes(content)
        _verify(aside)
        _swap(aside, path)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return complete


def sha256_of(lines: bytes, interactions: Interactions | None) -> str:
    """The hash of a catalogue's data: its item lines and its interactions."""
    digest = hashlib.sha256(lines)
    if interactions is not None and len(interactions):
        for array in (interactions.people, interactions.items, interactions.ratings, interactions.times):
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _write_files(
    spec: CatalogSpec, items: Sequence[Item], interactions: Interactions | None, folder: Path
) -> CatalogSpec:
    lines = [item.model_dump_json(exclude_defaults=True).encode() + b"\n" for item in items]
    joined = b"".join(lines)
    complete = spec.model_copy(
        update={
            "n_items": len(items),
            "n_people": interactions.n_people if interactions else 0,
            "n_interactions": len(interactions) if interactions else 0,
            "data_sha256": sha256_of(joined, interactions),
        }
    )
    columns, vocabulary = _columns(spec, items)
    columns["offsets"] = np.cumsum([0, *map(len, lines)], dtype=np.int64)
    index = {
        "format": FORMAT,
        "data_sha256": complete.data_sha256,
        "ids": [item.id for item in items],
        "titles": [item.title for item in items],
        "aliases": {str(i): item.aliases for i, item in enumerate(items) if item.aliases},
    }
    (folder / "items.jsonl").write_bytes(joined)
    save_file(columns, folder / "facets.safetensors")
    _write_json(folder / "vocabulary.json", vocabulary)
    _write_json(folder / "index.json", index)
    if interactions is not None and len(interactions):
        names = ("people", "items", "ratings", "times")
        arrays = {name: np.ascontiguousarray(getattr(interactions, name)) for name in names}
        save_file(arrays, folder / "interactions.safetensors")
    (folder / "catalog.json").write_text(complete.model_dump_json(indent=1), encoding="utf-8")
    return complete


def _columns(
    spec: CatalogSpec, items: Sequence[Item]
) -> tuple[dict[str, np.ndarray[Any, Any]], dict[str, list[str]]]:
    columns: dict[str, np.ndarray[Any, Any]] = {
        "known": np.array([item.known for item in items], np.float32),
    }
    vocabulary: dict[str, list[str]] = {}
    for facet in spec.facets:
        if facet.kind in ("number", "year"):
            numbers = [item.facets.get(facet.name, np.nan) for item in items]
            columns[facet.name] = np.array(numbers, np.float32)
            continue
        rows = [list(dict.fromkeys(values_of(item, facet))) for item in items]
        values = sorted({value for row in rows for value in row})
        at = {value: column for column, value in enumerate(values)}
        vocabulary[facet.name] = values
        columns[f"{facet.name}.indices"] = np.array([at[v] for row in rows for v in row], np.int64)
        columns[f"{facet.name}.indptr"] = np.cumsum([0, *map(len, rows)], dtype=np.int64)
    return columns, vocabulary


def _check(spec: CatalogSpec, items: Sequence[Item], interactions: Interactions | None) -> None:
    facets = {facet.name: facet for facet in spec.facets}
    if clash := sorted({"known", "offsets"} & facets.keys()):
        raise DataError(f"A facet cannot be called {clash[0]!r}.")
    seen: set[str] = set()
    for item in items:
        if not item.id or item.id in seen:
            raise DataError(f"The id {item.id!r} is {'repeated' if item.id else 'empty'}.")
        seen.add(item.id)
        for name, value in item.facets.items():
            if name not in facets:
                raise DataError(f"Item {item.id} has a facet {name!r} that the catalogue does not describe.")
            if not _fits(facets[name], value):
                raise DataError(f"Item {item.id}: {value!r} does not suit the {facets[name].kind} {name!r}.")
    if interactions is not None and interactions.n_items != len(items):
        raise DataError(f"Interactions are over {interactions.n_items} items, there are {len(items)}.")


def _fits(facet: Facet, value: object) -> bool:
    if facet.kind in ("number", "year"):
        return isinstance(value, int | float) and not isinstance(value, bool) and bool(np.isfinite(value))
    if facet.multiple:
        return isinstance(value, tuple)
    return isinstance(value, str | bool)


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def _verify(folder: Path) -> None:
    from .catalog import Catalog

    Catalog.open(folder).verify()


def _swap(aside: Path, path: Path) -> None:
    old = path.with_name(f".{path.name}.{os.getpid()}.old")
    shutil.rmtree(old, ignore_errors=True)
    if path.exists():
        path.rename(old)
        if (old / "artifacts").exists():
            (old / "artifacts").rename(aside / "artifacts")
    aside.rename(path)
    shutil.rmtree(old, ignore_errors=True)
