"""Notes that a language model wrote from items' own texts, kept apart from the source data.

``$PALATE_HOME/notes/CATALOG.jsonl`` holds one line for each answer of a model: a note with the model, the
date and the hash of what it was asked with, or why there is none. Lines are only ever added, each written
through to the disk; the last one on an item counts. A line that was cut off, by a crash or a full disk, is
passed over, and asked for again.

The notes are joined to a catalogue as judged facets, as palate's own notes on films are, and each such item
says which model wrote its note (``Item.noted_by``). Palate's own notes are never replaced.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from pydantic import ValidationError

from .errors import SetupFailed
from .growth import Additions
from .home import notes_dir
from .notes import Note, NoteId, note_names, note_values, vocabulary, with_notes
from .schema import Frozen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .catalog import Catalog
    from .schema import CatalogSpec, FacetValue, Item

GENERATED = "generated"
"""The origin of such notes."""
ORIGINS = {GENERATED: "written by a language model from the item's own text"}


class Asked(Frozen):
    """Of an answer: who gave it, when, and to what."""

    model: str
    date: str
    sha256: str
    """Over the item's text as it was asked with, the prompt's version and the model."""
    text_sha256: str
    """Over the item's whole text: a note on another one no longer counts."""
    seconds: float = 0.0
    """What the answer took."""


class GeneratedNote(Note, Asked):
    """A note by a model."""


class Refused(Asked):
    """An item that a model wrote no usable note on; it is not asked again for the same text."""

    id: NoteId
    refused: str
    """Why, in a few words."""


Answered = GeneratedNote | Refused


def notes_file(catalog: str) -> Path:
    """Where the notes on the catalogue of that name are."""
    return notes_dir() / f"{catalog}.jsonl"


def text_sha256(item: Item) -> str:
    """The hash of an item's own text."""
    return hashlib.sha256(item.text.encode("utf-8", "surrogatepass")).hexdigest()


def read_answers(path: Path) -> list[Answered]:
    """Every answer in the file, in order; none where there is no file. Lines that are broken are passed over.

    Raises SetupFailed where it cannot be read.
    """
    if not path.exists():
        return []
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise SetupFailed(f"{path} cannot be read ({error.strerror}).") from error
    found: list[Answered] = []
    for line in lines:
        for kind in (GeneratedNote, Refused):
            try:
                found.append(kind.model_validate_json(line))
                break
            except ValidationError:
                continue
    return found


def append_answer(path: Path, answer: Answered) -> None:
    """Add a line and see it on the disk; raises SetupFailed, the file being as before, if it is full."""
    line = answer.model_dump_json(by_alias=True, exclude_none=True).encode() + b"\n"
    size = -1
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab+") as file:
            size = file.seek(0, os.SEEK_END)
            if size:
                file.seek(-1, os.SEEK_END)
                # What was cut off stays a line of its own.
                line = line if file.read(1) == b"\n" else b"\n" + line
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        if size >= 0:
            os.truncate(path, size)
        raise SetupFailed(
            f"{path} cannot be written ({error.strerror or error}); what is in it stays.",
            f"palate enrich --catalog {path.stem}",
        ) from error


def current_notes(catalog: Catalog, answers: list[Answered]) -> dict[str, GeneratedNote]:
    """By item id the last note on the text that the item has now, for items that palate has no note on."""
    notes = [note for note in answers if isinstance(note, GeneratedNote) and note.id.item_id in catalog]
    items = {item_id: catalog.item(catalog.position(item_id)) for item_id in {n.id.item_id for n in notes}}
    texts = {
        item_id: text_sha256(item) for item_id, item in items.items() if not has_own_note(catalog.spec, item)
    }
    return {n.id.item_id: n for n in notes if texts.get(n.id.item_id) == n.text_sha256}


def has_own_note(spec: CatalogSpec, item: Item) -> bool:
    """Whether palate's own note is on the item."""
    return not item.noted_by and any(facet.judged and facet.name in item.facets for facet in spec.facets)


def additions_of(catalog: Catalog, answers: list[Answered]) -> Additions | None:
    """What makes the catalogue hold the generated notes that are current, and no others; None if it does."""
    if not answers and not catalog.spec.n_generated:
        return None
    notes = current_notes(catalog, answers)
    spec = catalog.spec
    if notes and not any(facet.judged for facet in spec.facets):
        spec = with_notes(spec, vocabulary())
    names = note_names(spec)
    changed = []
    for position in range(catalog.n):
        item = catalog.item(position)
        note = notes.get(item.id)
        if note is not None or item.noted_by:
            wanted = _joined(item, note, names)
            if wanted != item:
                changed.append(wanted)
    spec = spec.model_copy(update={"n_generated": len(notes)})
    if not changed and spec == catalog.spec:
        return None
    return Additions(items=tuple(changed), spec=spec, notes_only=True)


def _joined(item: Item, note: GeneratedNote | None, names: Mapping[str, str]) -> Item:
    """``item`` with the note in place of the one that it has, or with none."""
    facets: dict[str, FacetValue] = {
        name: value for name, value in item.facets.items() if name not in names.values()
    }
    if note is not None:
        facets |= {names[name]: value for name, value in note_values(note).items()}
    return item.model_copy(update={"facets": facets, "noted_by": "" if note is None else note.model})
