"""Notes: what an item is like, in palate's own words, with a closed vocabulary.

A note says what facts do not: what a film is about, its moods, themes and settings, how violent, gory,
frightening, funny and warm it is, its pace, and who tends to love it. ``notes/films.jsonl`` holds one note
a line; ``notes/vocabulary.toml`` holds the terms that notes may use and the everyday words for them.

    python -m palate.data.notes check [FILE …]    each error in one line; exit code 1 where there is one
    python -m palate.data.notes merge FILE …      checks, then adds the notes to notes/films.jsonl
"""

from __future__ import annotations

import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

from pydantic import ConfigDict, Field, ValidationError, model_validator

from .errors import DataError
from .schema import Facet, FacetValue, Frozen, Quality

if TYPE_CHECKING:
    from collections.abc import Iterator

NOTES = Path(__file__).with_name("notes")
FILMS = NOTES / "films.jsonl"
VOCABULARY = NOTES / "vocabulary.toml"

Grade = Annotated[int, Field(ge=0, le=3, strict=True)]
"""How much of something: 0 none, 1 mild, 2 marked, 3 heavy; for pace 0 slow to 3 fast."""
Term = str


class NoteId(Frozen):
    """Which item a note is on; exactly one of the ids is given."""

    imdb: str | None = Field(default=None, pattern=r"^tt\d{7,8}$")
    ml100k: str | None = Field(default=None, pattern=r"^\d+$")
    item: str | None = None
    """The id in a catalogue that has only its own ids."""

    @model_validator(mode="after")
    def _one(self) -> NoteId:
        if sum(one is not None for one in (self.imdb, self.ml100k, self.item)) != 1:
            raise ValueError("exactly one of imdb, ml100k and item is needed")
        return self

    @property
    def item_id(self) -> str:
        """The item's id in a catalogue."""
        return f"ml100k-{self.ml100k}" if self.ml100k else self.imdb or self.item or ""


class Intensity(Frozen):
    """Graded qualities of a note; the vocabulary says what each grade means."""

    violence: Grade
    gore: Grade
    dread: Grade
    humour: Grade
    warmth: Grade


class Note(Frozen):
    """What one item is like."""

    id: NoteId
    title: str
    year: int
    about: Annotated[str, Field(min_length=80, max_length=320)]
    """One or two sentences: what it is about and what it is like, without its end."""
    moods: Annotated[tuple[Term, ...], Field(min_length=3, max_length=6)]
    themes: Annotated[tuple[Term, ...], Field(min_length=3, max_length=8)]
    setting: Annotated[tuple[Term, ...], Field(min_length=1, max_length=4)]
    intensity: Intensity
    pace: Grade
    suits: Annotated[str, Field(alias="for", min_length=20, max_length=140)]
    """The kind of person who tends to love it."""
    origin: str

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)

    @property
    def label(self) -> str:
        """Title and year, for messages."""
        return f"{self.title} ({self.year})"

    @property
    def text(self) -> str:
        """Everything the note says in sentences, for search and quotation."""
        return f"{self.about} {self.suits}"


class Scale(Frozen):
    """One graded quality: what the grades 0 to 3 mean and the words that ask for them."""

    grades: Annotated[tuple[str, ...], Field(min_length=4, max_length=4)]
    less: tuple[str, ...]
    more: tuple[str, ...]
    low: tuple[str, ...]
    low_at: float
    high: tuple[str, ...]
    high_at: float


class Comparative(Frozen):
    """Words that move several things at once: "less bleak"."""

    words: tuple[str, ...]
    shift: dict[str, int]
    """Scale → grades to add to what was shown before."""
    avoid: tuple[Term, ...]
    prefer: tuple[Term, ...]


class Vocabulary(Frozen):
    """The closed vocabulary: terms and everyday words for them, scales, and what cannot go together."""

    moods: dict[Term, tuple[str, ...]]
    themes: dict[Term, tuple[str, ...]]
    settings: dict[Term, tuple[str, ...]]
    scales: dict[str, Scale]
    comparatives: tuple[Comparative, ...]
    qualities: dict[str, tuple[Term, ...]]
    origins: dict[str, str]
    bounds: dict[Term, dict[str, tuple[int, int]]]
    conflicts: dict[Term, tuple[Term, ...]]


class Line(NamedTuple):
    """A note or what is wrong with it, and where it stands."""

    file: Path
    number: int
    note: Note | None
    error: str


@cache
def vocabulary(path: Path = VOCABULARY) -> Vocabulary:
    """The vocabulary of notes; raises DataError for a broken file."""
    try:
        return Vocabulary.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise DataError(f"The vocabulary of notes cannot be read ({str(error).splitlines()[0]}).") from error


def load_notes(path: Path = FILMS) -> dict[str, Note]:
    """Notes by the id of the item they are on; none where the file is absent.

    Raises DataError for a line that is no note and for a second note on one item.
    """
    found: dict[str, Note] = {}
    for line in read_lines(path) if path.exists() else ():
        if line.note is None:
            raise DataError(f"{path.name}, line {line.number}: {line.error}")
        if line.note.id.item_id in found:
            raise DataError(f"{path.name}, line {line.number}: a second note on {line.note.label}.")
        found[line.note.id.item_id] = line.note
    return found


def read_lines(path: Path) -> Iterator[Line]:
    """Each line of a file of notes, broken ones with their first error; raises DataError for no file."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read ({error}).") from error
    for number, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        try:
            yield Line(path, number, Note.model_validate_json(text), "")
        except ValidationError as error:
            yield Line(path, number, None, _first(error))


def note_values(note: Note) -> dict[str, FacetValue]:
    """A note as facet values of its item, for the facets of :func:`note_facets`."""
    grades: dict[str, FacetValue] = dict(note.intensity.model_dump())
    return {"mood": note.moods, "theme": note.themes, "setting": note.setting, **grades, "pace": note.pace}


def note_facets(words: Vocabulary) -> tuple[Facet, ...]:
    """The facets that notes give their items: mood, theme, setting, and a number facet for each scale."""
    terms = (("mood", words.moods, 1.0), ("theme", words.themes, 1.2), ("setting", words.settings, 0.8))
    categories = (
        Facet(name=name, label=name, kind="category", multiple=True, synonyms=synonyms, weight=weight)
        for name, synonyms, weight in terms
    )
    numbers = (
        Facet(
            name=name,
            label=name,
            kind="number",
            unit="of 3",
            weight=0.3,
            shown=False,
            **scale.model_dump(exclude={"grades"}),
        )
        for name, scale in words.scales.items()
    )
    return (*categories, *numbers)


def note_qualities(words: Vocabulary) -> tuple[Quality, ...]:
    """Everyday words as leanings towards and away from moods.

    Words that stand for several moods come first, then comparatives, then the words of single moods.
    """
    several = (Quality(words=(word,), prefer={"mood": moods}) for word, moods in words.qualities.items())
    compared = (
        Quality(words=one.words, prefer=_moods(one.prefer), avoid=_moods(one.avoid))
        for one in words.comparatives
    )
    single = (
        Quality(words=rest, prefer={"mood": (mood,)})
        for mood, everyday in words.moods.items()
        if (rest := tuple(word for word in (mood, *everyday) if word not in words.qualities))
    )
    return (*several, *compared, *single)


def _moods(moods: tuple[Term, ...]) -> dict[str, tuple[str, ...]]:
    return {"mood": moods} if moods else {}


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else str(first["msg"])


if __name__ == "__main__":
    from .notes_check import main

    sys.exit(main(sys.argv[1:]))
