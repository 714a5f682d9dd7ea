"""Cells of a table as values, and the kind of facet that a column's values make."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from .mapping import MappedFacet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..schema import FacetKind, FacetValue

UNKNOWN = frozenset({"", "nan", "null", "none", "n/a", "na", "nat", "-", "\\n"})
SAMPLE = 20_000
"""Cells by which a column is judged."""
MILLISECONDS_FROM = 1e11
"""Unix times from here on are taken as milliseconds (as seconds it would be the year 5138)."""


def text_of(cell: Any) -> str:
    """A cell as text; empty for what means nothing (None, NaN, "null")."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    text = " ".join(str(cell).split())
    return "" if text.lower() in UNKNOWN else text


def number_of(cell: Any) -> float | None:
    """A cell as a finite number, else None."""
    try:
        number = float(cell if isinstance(cell, int | float) else text_of(cell).replace(",", "."))
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def time_of(cell: Any) -> int:
    """A cell as unix seconds; a number is a unix time, a text an ISO date; 0 for what is neither."""
    if isinstance(cell, datetime):
        return int(cell.timestamp())
    number = number_of(cell)
    if number is not None:
        return int(number / 1000 if number >= MILLISECONDS_FROM else number)
    try:
        moment = datetime.fromisoformat(text_of(cell))
    except ValueError:
        return 0
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def values_of(cell: Any, separator: str) -> tuple[str, ...]:
    """Several values of one cell: a list, or a text with a separator."""
    parts = cell if isinstance(cell, list | tuple) else str(cell or "").split(separator or "\0")
    return tuple(dict.fromkeys(part for part in map(text_of, parts) if part))


def facet_value(facet: MappedFacet, cell: Any) -> FacetValue | None:
    """A cell as a value of ``facet``; None where it says nothing."""
    if facet.kind in ("number", "year"):
        number = number_of(cell)
        if number is None:
            return None
        return int(number) if facet.kind == "year" or number.is_integer() else number
    if facet.multiple:
        kept = (facet.rename.get(v, v) for v in values_of(cell, facet.separator) if v not in facet.drop)
        return tuple(dict.fromkeys(kept)) or None
    text = text_of(cell)
    return None if not text or text in facet.drop else facet.rename.get(text, text)


def guess_facet(column: str, cells: Sequence[Any]) -> MappedFacet | None:
    """The facet that a column's cells make; None for addresses, codes and columns that say nothing."""
    filled = [cell for cell in cells[:SAMPLE] if isinstance(cell, list | tuple) or text_of(cell)]
    name = re.sub(r"\W+", "_", column.strip().lower()).strip("_")
    if not filled or not name or re.search(r"(^|_)(id|ids|url|uri|link|path)$|url$|isbn|id$", name):
        return None
    if name in ("known", "offsets"):
        name += "_"
    label = name.replace("_", " ").strip()
    numbers = [number for number in map(number_of, filled) if number is not None]
    if len(numbers) >= 0.95 * len(filled):
        return _number_facet(name, label, column, numbers)
    kind, separator = _kind_of(filled)
    if kind == "category" and len({str(cell) for cell in filled}) < 2:
        return None
    multiple = bool(separator) or any(isinstance(cell, list | tuple) for cell in filled)
    return MappedFacet(
        name=name, label=label, kind=kind, column=column, separator=separator, multiple=multiple,
        shown=kind != "text",
    )  # fmt: skip


def _number_facet(name: str, label: str, column: str, numbers: Sequence[float]) -> MappedFacet | None:
    if len(set(numbers)) < 2:
        return None
    is_year = "year" in name and all(n.is_integer() and -3000 <= n <= 2200 for n in numbers)
    if is_year:
        return MappedFacet(
            name=name, label=label, kind="year", column=column, less=("older",), more=("newer",)
        )
    return MappedFacet(name=name, label=label, kind="number", column=column)


def _kind_of(cells: Sequence[Any]) -> tuple[FacetKind, str]:
    """Category, name or text, and the separator of several values in a cell."""
    texts = [cell for cell in cells if isinstance(cell, str)]
    separator = ""
    for candidate in ("|", ";"):
        if sum(candidate in text for text in texts) >= 0.1 * max(1, len(cells)):
            separator = candidate
            break
    values = [value for cell in cells for value in values_of(cell, separator)]
    distinct = len(set(values))
    length = sum(map(len, values)) / max(1, len(values))
    if length > 60:
        return "text", ""
    if distinct <= max(40, 0.02 * len(values)):
        return "category", separator
    capitalised = sum(value[:1].isupper() for value in values) >= 0.8 * len(values)
    if capitalised and length <= 40:
        return "name", separator
    return "text", ""
