"""Catalogues from a person's own files: ``palate import NAME --items FILE --interactions FILE``."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..catalog import catalog_path, write_catalog
from ..errors import DataError, UserError
from ..schema import CatalogSpec, Facet, FacetValue, Item
from .cells import facet_value, guess_facet, number_of, text_of
from .known import quantiles
from .mapping import (
    MEND,
    ItemsMap,
    Join,
    MappedFacet,
    Mapping,
    committed_mapping,
    guess_items,
    load_mapping,
)
from .memory import Memory
from .reader import InteractionReader
from .registry import BUILDERS
from .rows import Findings, Row, read_rows
from .titles import natural, split_year, variants

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ..fetch import Progress
    from ..interactions import Interactions


BAD_AT_MOST = 0.5
"""The share of rejected rows from which a file is refused: its columns were misread."""


@dataclass(frozen=True)
class ImportReport:
    """What an import made of the files."""

    spec: CatalogSpec
    roles: dict[str, str]
    """Column → what it was read as ("id", "title", "facet genre (category)")."""
    notes: tuple[str, ...]
    rejected: int
    rejected_file: Path | None
    """Tab-separated: file, line, reason and row of every rejected row; None where there are none."""


def import_files(
    name: str,
    items: Path,
    interactions: Path | None = None,
    mapping: Path | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Make the catalogue ``name`` of the files; columns are guessed where the TOML ``mapping`` is silent.

    Files are CSV, TSV, JSON lines or Parquet. Rows that cannot be used are put aside with the reason; the
    catalogue is written whole or not at all. Raises UserError and DataError, each one line.
    """
    if name in BUILDERS:
        raise UserError(f"{name} is a built-in catalogue: choose another name.")
    given = load_mapping(mapping) if mapping else Mapping()
    return _build(name, given, items, interactions, progress)


def build_mapped(name: str, root: Path, progress: Progress | None = None) -> ImportReport:
    """Make a catalogue by palate's own mapping of that name, from the folder ``root`` of data sets.

    Raises UserError for an unknown name and DataError for files that are absent or broken.
    """
    given = committed_mapping(name)
    interactions = root / given.interactions.file if given.interactions.file else None
    return _build(name, given, root / given.items.file, interactions, progress)


def _build(
    name: str, given: Mapping, items_path: Path, pairs_path: Path | None, progress: Progress | None
) -> ImportReport:
    target = catalog_path(name)
    say = progress or _silent
    findings = Findings()
    say(f"reading {items_path.name}", 0, 3)
    rows, columns_map, facets, made, keys = read_items(items_path, given, findings)
    say("reading interactions", 1, 3)
    reading = InteractionReader(keys, findings)
    if pairs_path is not None:
        reading.read(pairs_path, given.interactions, columns_map.key or columns_map.id)
    rejects = target.with_name(f"{name}.rejected.tsv")
    _refuse_if_mostly_bad(findings, {items_path: len(made), **reading.good}, rejects)
    interactions = reading.interactions(len(made))
    made = _with_known(made, interactions, columns_map, dict(keys), rows)
    say("writing", 2, 3)
    spec = given.spec(name, _with_year(facets, columns_map, made), reading.rating_range())
    read_as = given.model_copy(
        update={"items": columns_map, "facets": tuple(facets), "guess_facets": False, "like_at": spec.like_at}
    )
    memory = Memory(read_as, _keys_beside_ids(made, keys), reading.people)
    complete = write_catalog(spec, made, interactions, target, memory.files())
    _write_rejects(findings, rejects)
    say("done", 3, 3)
    roles = _roles(columns_map, facets) | reading.roles
    return ImportReport(
        complete, roles, tuple(findings.notes), len(findings.rejected), rejects if findings.rejected else None
    )


class ItemsRead(NamedTuple):
    """Items as they were read, and how."""

    rows: list[Row]
    columns: ItemsMap
    facets: list[MappedFacet]
    made: list[Item]
    keys: dict[str, int]
    """What interactions call an item → its place in ``made``."""


def read_items(path: Path, given: Mapping, findings: Findings) -> ItemsRead:
    """The items of a file; raises DataError for a file that is none."""
    rows = list(read_rows(path, findings, delimiter=given.items.delimiter))
    if not rows:
        raise DataError(f"{path.name} has no rows that can be used.")
    for join in given.items.joins:
        _join(rows, join, given.items, path, findings)
    names = list(dict.fromkeys(column for _, row in rows for column in row))
    columns = guess_items(given.items, names, path.name)
    facets = _facets(given, columns, rows, names)
    return ItemsRead(rows, columns, facets, *_items(rows, columns, facets, path, findings))


def _keys_beside_ids(items: Sequence[Item], keys: dict[str, int]) -> tuple[str, ...] | None:
    """What interactions call each item; None where that is its id."""
    names = dict(zip(keys.values(), keys, strict=True))
    found = tuple(names.get(at, item.id) for at, item in enumerate(items))
    return None if found == tuple(item.id for item in items) else found


def _join(rows: list[Row], join: Join, items: ItemsMap, beside: Path, findings: Findings) -> None:
    """Add the columns of another file to the rows of the same items."""
    path = beside.parent / join.file
    if join.optional and not path.exists():
        return
    key = items.key or items.id
    gathered: dict[str, Counter[str]] = {}
    extra: dict[str, dict[str, Any]] = {}
    for _, row in read_rows(path, findings):
        at = text_of(row.get(join.on))
        if join.collect:
            gathered.setdefault(at, Counter())[text_of(row.get(join.collect)).lower()] += 1
        else:
            extra.setdefault(at, {k: v for k, v in row.items() if k != join.on})
    for _, row in rows:
        at = text_of(row.get(key))
        if join.collect:
            counts = gathered.get(at, Counter())
            row[join.collect] = [value for value, n in counts.most_common() if n >= join.at_least and value]
        else:
            for column, cell in extra.get(at, {}).items():
                row.setdefault(column, cell)


def _facets(
    given: Mapping, columns_map: ItemsMap, rows: Sequence[Row], columns: Sequence[str]
) -> list[MappedFacet]:
    """The facets of the mapping and, where it allows, those that other columns make."""
    facets = [facet.model_copy(update={"column": facet.column or facet.name}) for facet in given.facets]
    for facet in facets:
        if facet.column not in columns and facet.name != columns_map.year_facet:
            raise DataError(f"No file has the column {facet.column!r} of the facet {facet.name!r}.")
    if not given.guess_facets:
        return facets
    used = {facet.column for facet in facets} | set(columns_map.aliases)
    used |= {columns_map.id, columns_map.key, columns_map.title, columns_map.text, columns_map.image}
    names = {facet.name for facet in facets}
    for column in columns:
        if column not in used:
            guessed = guess_facet(column, [row.get(column) for _, row in rows])
            if guessed and guessed.name not in names:
                names.add(guessed.name)
                facets.append(guessed)
    return facets


def _items(
    rows: Sequence[Row], columns: ItemsMap, facets: Sequence[MappedFacet], path: Path, findings: Findings
) -> tuple[list[Item], dict[str, int]]:
    """The items of good rows, and their positions by the key that interactions use."""
    made: list[Item] = []
    seen: set[str] = set()
    keys: dict[str, int] = {}
    for line, row in rows:
        bare = text_of(row.get(columns.id))
        title = text_of(row.get(columns.title)) or _formatted(columns.title_format, row)
        reason = "no id" if not bare else "no title" if not title else "repeated id" if bare in seen else ""
        if reason:
            findings.reject(path, line, reason, list(row.values()))
            continue
        seen.add(bare)
        keys[text_of(row.get(columns.key or columns.id))] = len(made)
        made.append(_item(columns.id_format.format(bare), title, row, columns, facets, path))
    return made, keys


def _item(
    item_id: str,
    title: str,
    row: dict[str, Any],
    columns: ItemsMap,
    facets: Sequence[MappedFacet],
    path: Path,
) -> Item:
    values: dict[str, FacetValue] = {}
    for facet in facets:
        if (value := facet_value(facet, row.get(facet.column))) is not None:
            values[facet.name] = value
    aliases = [text_of(row.get(column)) for column in columns.aliases]
    if columns.year_facet:
        title, year = split_year(title)
        if year is not None:
            values.setdefault(columns.year_facet, year)
    if columns.title_style == "catalogued":
        title, *others = variants(title) or [natural(title)]
        aliases += others
    image = text_of(row.get(columns.image))
    if image and "://" not in image:
        image = str(path.parent / image)
    return Item(
        id=item_id,
        title=title,
        aliases=tuple(dict.fromkeys(alias for alias in aliases if alias and alias != title)),
        text=text_of(row.get(columns.text)),
        image=image or None,
        facets=values,
    )


def _formatted(template: str, row: dict[str, Any]) -> str:
    return template.format_map({column: text_of(cell) for column, cell in row.items()}) if template else ""


def _with_known(
    items: Sequence[Item],
    interactions: Interactions | None,
    columns: ItemsMap,
    keys: dict[str, int],
    rows: Sequence[Row],
) -> list[Item]:
    """The items with their known-ness: quantiles of a column, else of how many people they have."""
    score = np.zeros(len(items), np.float32)
    if columns.known:
        for _, row in rows:
            at = keys.get(text_of(row.get(columns.key or columns.id)))
            if at is not None:
                score[at] = number_of(row.get(columns.known)) or 0.0
    elif interactions is not None:
        score = np.bincount(interactions.items, minlength=len(items)).astype(np.float32)
    known = quantiles(score)
    return [item.model_copy(update={"known": float(k)}) for item, k in zip(items, known, strict=True)]


def _with_year(facets: Sequence[MappedFacet], columns: ItemsMap, items: Sequence[Item]) -> list[Facet]:
    described = [facet.facet() for facet in facets]
    year = columns.year_facet
    if year and year not in {facet.name for facet in facets} and any(year in item.facets for item in items):
        described.insert(0, Facet(name=year, label=year, kind="year", less=("older",), more=("newer",)))
    return described


def _refuse_if_mostly_bad(findings: Findings, good: dict[Path, int], rejects: Path) -> None:
    bad = Counter(file for file, *_ in findings.rejected)
    for path, n_good in good.items():
        n_bad = bad[path.name]
        if n_bad > BAD_AT_MOST * (n_bad + n_good):
            reason, _ = Counter(r for f, _, r, _ in findings.rejected if f == path.name).most_common(1)[0]
            _write_rejects(findings, rejects)
            total = n_bad + n_good
            said = f"{n_bad} of {total} rows cannot be used (most: {reason})"
            raise DataError(f"{path.name}: {said}; see {rejects}.", MEND)


def _write_rejects(findings: Findings, path: Path) -> None:
    path.unlink(missing_ok=True)
    if findings.rejected:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter="\t")
            writer.writerow(("file", "line", "reason", "row"))
            writer.writerows(findings.rejected)


def _roles(columns: ItemsMap, facets: Sequence[MappedFacet]) -> dict[str, str]:
    named = ("id", "title", "text", "image")
    roles = {getattr(columns, role): role for role in named if getattr(columns, role)}
    return roles | {facet.column: f"facet {facet.name} ({facet.kind})" for facet in facets}


def _silent(label: str, done: int, total: int) -> None:
    """Report nothing."""
