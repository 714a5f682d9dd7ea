"""The checker of notes: what can be held against the vocabulary, the catalogue and the other notes."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from .catalog import Catalog
from .documents import values_of
from .errors import DataError, PalateError
from .importers.titles import key, plain
from .notes import FILMS, Line, Note, Vocabulary, read_lines, vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .schema import Facet, Item

BUSY_FROM = 4
"""A name that so many items carry is a person of the trade. Notes on lives may name whom they are about
("Johnny Cash"), who has often played a part or two elsewhere."""
GIVES_AWAY = re.compile(
    r"\b(in the end|at the end|turns out|final (scene|twist)|the twist is|is revealed|was all along)\b",
    re.IGNORECASE,
)
ORIGINS = ("country", "language")
"""Facets whose everyday words before the catalogue's noun are a claim ("a French film")."""
_CAPITALS = re.compile(
    r"\b[A-ZÀ-Þ][\w'’.-]*(?: (?:(?:de|da|di|del|la|le|van|von|der|den|al|bin) )*[A-ZÀ-Þ][\w'’.-]*)+"
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


@dataclass
class Facts:
    """What the catalogue says, as far as a note can contradict it."""

    catalog: Catalog

    def item(self, item_id: str) -> Item | None:
        """The item of an id; None where there is none."""
        try:
            return self.catalog.item(self.catalog.position(item_id))
        except KeyError:
            return None

    @cached_property
    def busy_names(self) -> dict[str, str]:
        """Names of people of the trade, by their plain form."""
        found: dict[str, str] = {}
        for facet in self._name_facets:
            counts = self.catalog.postings(facet.name).sum(axis=0)
            for name, count in zip(self.catalog.values(facet.name), counts, strict=True):
                if count >= BUSY_FROM and " " in name:
                    found[plain(name)] = name
        return found

    def names(self, item: Item) -> set[str]:
        """The plain names of everyone the catalogue links with an item."""
        return {plain(name) for facet in self._name_facets for name in values_of(item, facet)}

    def claims(self, item: Item) -> dict[str, bool]:
        """Phrases that say where an item is from ("french film") → whether the catalogue agrees."""
        origins = [facet for facet in self.catalog.spec.facets if facet.name in ORIGINS]
        true = {
            word for facet in origins for value in values_of(item, facet) for word in _words(facet, value)
        }
        words = {word for facet in origins for value in facet.synonyms for word in _words(facet, value)}
        return {f"{word} {self.catalog.spec.noun}": word in true for word in sorted(words)}

    @property
    def _name_facets(self) -> list[Facet]:
        return [facet for facet in self.catalog.spec.facets if facet.kind == "name" and facet.shown]


def check(lines: Iterable[Line], words: Vocabulary, facts: Facts | None) -> list[str]:
    """All errors of some notes, "file:line: label: what is wrong"; without ``facts`` none about ids."""
    errors: list[str] = []
    good: list[Line] = []
    for line in lines:
        if line.note is None:
            errors.append(f"{line.file.name}:{line.number}: {line.error}")
            continue
        good.append(line)
        errors += [_located(line, error) for error in errors_of(line.note, words, facts)]
    return errors + _repeated(good)


def errors_of(note: Note, words: Vocabulary, facts: Facts | None) -> list[str]:
    """What is wrong with one note by itself; without ``facts`` nothing about ids."""
    found = [*_vocabulary_errors(note, words), *_text_errors(note)]
    return found if facts is None else [*found, *_fact_errors(note, facts)]


def _vocabulary_errors(note: Note, words: Vocabulary) -> Iterator[str]:
    for name, used, known in (
        ("mood", note.moods, words.moods),
        ("theme", note.themes, words.themes),
        ("setting", note.setting, words.settings),
    ):
        for term, count in Counter(used).items():
            if term not in known:
                yield f"the {name} {term!r} is not in the vocabulary"
            if count > 1:
                yield f"the {name} {term!r} is given twice"
    if note.origin not in words.origins:
        yield f"the origin {note.origin!r} is not in the vocabulary"
    grades = {**note.intensity.model_dump(), "pace": note.pace}
    for mood in note.moods:
        for scale, (lowest, highest) in words.bounds.get(mood, {}).items():
            if not lowest <= grades[scale] <= highest:
                yield f"the mood {mood!r} does not go with {scale} {grades[scale]}"
        for other in sorted(set(words.conflicts.get(mood, ())) & set(note.moods)):
            yield f"the moods {mood!r} and {other!r} do not go together"


def _text_errors(note: Note) -> Iterator[str]:
    if not note.about.endswith((".", "!", "?", "…")):
        yield "about does not end a sentence"
    if len(_sentences(note.about)) > 3:
        yield "about has more than three sentences"
    if found := GIVES_AWAY.search(note.text):
        yield f"{found[0]!r} may give the end away"
    if note.text != note.text.strip() or "  " in note.text:
        yield "there are needless spaces"


def _fact_errors(note: Note, facts: Facts) -> Iterator[str]:
    item = facts.item(note.id.item_id)
    if item is None:
        yield f"the catalogue has no {note.id.item_id}"
        return
    if key(note.title) not in {key(title) for title in (item.title, *item.aliases)}:
        yield f"the catalogue calls it {item.title!r}"
    year = item.facets.get("year")
    if isinstance(year, int | float) and year != note.year:
        yield f"the catalogue dates it {year}"
    own = facts.names(item)
    titles = plain(" ".join((item.title, *item.aliases)))
    for written in _names(note.text):
        if written in facts.busy_names and written not in own and written not in titles:
            yield f"the catalogue does not link it with {facts.busy_names[written]}"
    text = note.text.casefold()
    for phrase, agrees in facts.claims(item).items():
        if not agrees and re.search(rf"\b{re.escape(phrase)}\b", text):
            yield f"the catalogue does not call it a {phrase}"


def _repeated(lines: Sequence[Line]) -> list[str]:
    errors: list[str] = []
    seen: dict[str, Line] = {}
    for line in lines:
        note = line.note
        if note is None:
            continue
        for name, what in (
            (note.id.item_id, "the item"),
            *((plain(one), "a sentence") for one in (*_sentences(note.about), *_sentences(note.suits))),
        ):
            first = seen.setdefault(name, line)
            if first is not line:
                errors.append(_located(line, f"{what} was in {first.file.name}:{first.number} already"))
    return errors


def _names(text: str) -> set[str]:
    """Plain forms of every run of two to four capitalised words, and of the runs inside longer ones."""
    found: set[str] = set()
    for run in _CAPITALS.findall(text):
        parts = plain(run.replace("’s", "").replace("'s", "")).split()
        found |= {
            " ".join(parts[a:b]) for a in range(len(parts)) for b in range(a + 2, min(a + 4, len(parts)) + 1)
        }
    return found


def _words(facet: Facet, value: str) -> set[str]:
    return {value.casefold(), *facet.synonyms.get(value, ())}


def _sentences(text: str) -> list[str]:
    return [one for one in _SENTENCE.split(text.strip()) if one]


def _located(line: Line, error: str) -> str:
    label = line.note.label if line.note else ""
    return f"{line.file.name}:{line.number}: {label}: {error}"


def write_notes(notes: Iterable[Note], path: Path) -> None:
    """Write notes in the order of year and title, one a line; the file is replaced at once."""
    ordered = sorted(notes, key=lambda note: (note.year or 0, plain(note.title), note.id.item_id))
    rows = [note.model_dump(exclude_none=True, mode="json") for note in ordered]
    aside = path.with_suffix(".new")
    aside.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    aside.replace(path)


def main(arguments: Sequence[str]) -> int:
    """The command ``python -m palate.data.notes``; its exit code."""
    parser = argparse.ArgumentParser(prog="python -m palate.data.notes", description="Check and merge notes.")
    parser.add_argument("command", choices=("check", "merge"))
    parser.add_argument("files", nargs="*", type=Path, help="files of notes, one a line")
    parser.add_argument("--catalog", default="films", help='the catalogue they are on, or "none"')
    parser.add_argument("--into", default=FILMS, type=Path, help="the file that merge adds to")
    given = parser.parse_args(arguments)
    if given.command == "merge" and not given.files:
        parser.error("merge needs files")
    try:
        return _run(given.command, given.files or [FILMS], given.catalog, given.into)
    except PalateError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code


def _run(command: str, files: Sequence[Path], catalog: str, into: Path) -> int:
    lines = [line for file in files for line in read_lines(file)]
    if command == "merge" and into.exists():
        replaced = {line.note.id.item_id for line in lines if line.note}
        held = [line for line in read_lines(into) if not line.note or line.note.id.item_id not in replaced]
        lines = [*held, *lines]
    facts = None if catalog == "none" else Facts(Catalog.open(catalog))
    errors = check(lines, vocabulary(), facts)
    for error in errors:
        sys.stdout.write(f"{error}\n")
    if errors:
        return DataError.exit_code
    notes = [line.note for line in lines if line.note]
    if command == "merge":
        write_notes(notes, into)
    sys.stderr.write(f"{len(notes)} notes are right.\n")
    return 0
