"""An item as one short text, for embedding and lexical search."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .schema import CatalogSpec, Facet, Item

NAMES_AT_MOST = 4
"""Names of one facet that go into a document: an encoder reads some 60 words well, and importers
put the names that matter first."""


def label(spec: CatalogSpec, item: Item) -> str:
    """Title and year, "Alien (1979)"; the title alone where no year is known."""
    for facet in spec.facets:
        if facet.kind == "year" and facet.name in item.facets:
            return f"{item.title} ({item.facets[facet.name]})"
    return item.title


def values_of(item: Item, facet: Facet) -> tuple[str, ...]:
    """The item's values of a facet as words; empty where it has none."""
    value = item.facets.get(facet.name)
    if value is None:
        return ()
    if isinstance(value, tuple):
        return value
    if isinstance(value, bool):
        return ("yes" if value else "no",)
    return (str(value),)


def document(spec: CatalogSpec, item: Item) -> str:
    """Title where it describes, what the shown facets and the note say, and the item's own text."""
    parts = [f"{label(spec, item)}."] if spec.title_describes else []
    for facet in spec.facets:
        if not facet.shown or facet.judged or facet.kind in ("number", "year"):
            continue
        values = values_of(item, facet)
        if facet.kind == "name":
            values = values[:NAMES_AT_MOST]
        if values:
            parts.append(f"{facet.label.capitalize()}: {', '.join(values)}.")
    return " ".join(part for part in (*parts, note(spec, item), item.text) if part)


def form_of(spec: CatalogSpec) -> str:
    """A hash over all that the documents of a catalogue are made of."""
    facets = [(f.name, f.label, f.kind, f.shown, f.judged) for f in spec.facets]
    return sha256(repr((spec.data_sha256, spec.title_describes, facets)).encode()).hexdigest()


def note(spec: CatalogSpec, item: Item) -> str:
    """What the item's note says, its terms before its sentences; empty for an item without one."""
    parts = []
    for facet in spec.facets:
        values = values_of(item, facet)
        if facet.judged and facet.kind in ("category", "text") and values:
            parts.append(
                values[0] if facet.kind == "text" else f"{facet.label.capitalize()}: {', '.join(values)}."
            )
    return " ".join(parts)


def note_source(*items: Item) -> str:
    """Whose the notes of items are, for a person: "palate's note", or "a note written by" and its model.

    Whatever is said by a note is marked by this.
    """
    if len(items) == 1 or len(writers := list(dict.fromkeys(item.noted_by for item in items))) > 1:
        each = items[:1] if len(items) == 1 else [next(i for i in items if i.noted_by == w) for w in writers]
        said = [f"a note written by {item.noted_by}" if item.noted_by else "palate's note" for item in each]
        return " and ".join(said)
    return f"notes written by {writers[0]}" if writers[0] else "palate's notes"


def graded(facet: Facet, grade: float) -> str:
    """What a grade means, in a word or two ("mild"); the number itself where the facet has no grades."""
    if not 0 <= grade < len(facet.grades) or grade != int(grade):
        return f"{grade:g}"
    return facet.grades[int(grade)].partition(":")[0]
