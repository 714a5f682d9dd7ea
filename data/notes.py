"""Notes: what an item is like, in palate's own words, with a closed vocabulary.

A note says what facts do not: what a film is about, its moods, themes and settings, how violent, gory,
frightening, funny and warm it is, its pace, and who tends to love it. ``notes/films.jsonl`` holds one note
a line; ``notes/vocabulary.toml`` holds the terms that notes may use and the everyday words for them.

    python -m palate.data.notes check [FILE …]    each error in one line; exit code 1 where there is one
    python -m palate.data.notes merge FILE …      checks, then adds the notes to notes/films.jsonl
"""

from __future__ import annotations

import re
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from pydantic import ConfigDict, Field, ValidationError, model_validator

from .errors import DataError
from .schema import CatalogSpec, Facet, FacetKind, FacetValue, Frozen, Quality

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
    year: int | None = None
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
        return self.title if self.year is None else f"{self.title} ({self.year})"

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


class Leaning(Frozen):
    """Everyday words that stand for several things ("feel-good", "less bleak"): what to seek and to leave."""

    words: tuple[str, ...]
    prefer: tuple[Term, ...] = ()
    avoid: tuple[Term, ...] = ()
    prefer_grades: dict[str, tuple[Grade, ...]] = Field(default_factory=dict)
    avoid_grades: dict[str, tuple[Grade, ...]] = Field(default_factory=dict)


class Vocabulary(Frozen):
    """The closed vocabulary: terms and everyday words for them, scales, and what cannot go together."""

    moods: dict[Term, tuple[str, ...]]
    themes: dict[Term, tuple[str, ...]]
    settings: dict[Term, tuple[str, ...]]
    scales: dict[str, Scale]
    qualities: tuple[Leaning, ...]
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


def note_names(spec: CatalogSpec) -> dict[str, str]:
    """What each facet of notes is called in a catalogue: its name, unless a facet of its own has that."""
    own = {facet.name for facet in spec.facets if not facet.judged}
    names = (facet.name for facet in note_facets(vocabulary()))
    return {name: f"noted_{name}" if name in own else name for name in names}


def note_values(note: Note) -> dict[str, FacetValue]:
    """A note as facet values of its item, for the facets of :func:`note_facets`."""
    grades: dict[str, FacetValue] = dict(note.intensity.model_dump())
    terms = {"mood": note.moods, "theme": note.themes, "setting": note.setting}
    return {**terms, **grades, "pace": note.pace, "about": note.about, "suits": note.suits}


def note_facets(words: Vocabulary) -> tuple[Facet, ...]:
    """The facets that notes give their items: terms, a number for each scale, and two sentences."""
    terms = (
        ("mood", words.moods, 1.0, "", 0.7),
        ("theme", words.themes, 1.2, "about", 0.4),
        ("setting", words.settings, 0.8, "setting", 0.0),
    )
    categories = (
        _judged(name, "category", multiple=True, synonyms=synonyms, weight=weight, verb=verb, asked=asked)
        for name, synonyms, weight, verb, asked in terms
    )
    numbers = (
        _judged(name, "number", weight=0.3, **scale.model_dump()) for name, scale in words.scales.items()
    )
    return (*categories, *numbers, _judged("about", "text"), _judged("suits", "text", label="for"))


def _judged(name: str, kind: FacetKind, label: str = "", **more: Any) -> Facet:
    return Facet(name=name, label=label or name, kind=kind, shown=False, judged=True, **more)


def note_qualities(words: Vocabulary) -> tuple[Quality, ...]:
    """Everyday words as leanings towards moods, and away from moods and grades that spoil them."""
    return tuple(_quality(words, one) for one in words.qualities)


def with_notes(spec: CatalogSpec, words: Vocabulary) -> CatalogSpec:
    """``spec`` with the facets and qualities of notes, called as :func:`note_names` says.

    A word that both know leans by the note where an item has one, and as ``spec`` says for the others; what
    ``spec`` called unknown is known now, where notes know it.
    """
    names = note_names(spec)
    facets = tuple(_renamed(facet, names, spec.noun) for facet in note_facets(words))
    leanings = tuple(
        quality.model_copy(
            update={
                "prefer": {names[name]: values for name, values in quality.prefer.items()},
                "avoid": {names[name]: values for name, values in quality.avoid.items()},
            }
        )
        for quality in note_qualities(words)
    )
    said = {word: (quality.prefer, quality.avoid) for quality in leanings for word in quality.words}
    for facet in facets:
        for word, values in _words_of(facet):
            said.setdefault(word, ({facet.name: values} if values else {}, {}))
    own = [
        Quality(words=(word,), prefer=said[word][0] | quality.prefer, avoid=said[word][1] | quality.avoid)
        if word in said
        else quality.model_copy(update={"words": (word,)})
        for quality in spec.qualities
        for word in quality.words
    ]
    return spec.model_copy(
        update={
            "facets": (*spec.facets, *facets),
            "qualities": (*own, *leanings),
            "unknown_qualities": tuple(word for word in spec.unknown_qualities if word not in said),
        }
    )


def _renamed(facet: Facet, names: dict[str, str], noun: str) -> Facet:
    """A facet of notes as a catalogue of ``noun`` has it: the vocabulary's grades speak of films."""
    grades = tuple(re.sub(r"\bfilm\b", noun, grade) for grade in facet.grades)
    return facet.model_copy(update={"name": names[facet.name], "grades": grades})


def _words_of(facet: Facet) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The everyday words of a judged facet and the values that they mean; none for comparatives."""
    for value, synonyms in facet.synonyms.items():
        yield from ((word, (value,)) for word in (value.casefold(), *synonyms))
    yield from ((word, facet.grades_called("low")) for word in facet.low)
    yield from ((word, facet.grades_called("high")) for word in facet.high)
    yield from ((word, ()) for word in (*facet.less, *facet.more))


def _quality(words: Vocabulary, one: Leaning) -> Quality:
    moods = tuple(dict.fromkeys((*one.avoid, *_against(words, one.prefer))))
    prefer = _values(one.prefer, one.prefer_grades)
    return Quality(words=one.words, prefer=prefer, avoid=_values(moods, one.avoid_grades))


def _values(moods: tuple[Term, ...], grades: dict[str, tuple[Grade, ...]]) -> dict[str, tuple[str, ...]]:
    """Moods and grades as values of facets."""
    return ({"mood": moods} if moods else {}) | {scale: tuple(map(str, of)) for scale, of in grades.items()}


def _against(words: Vocabulary, moods: Sequence[Term]) -> tuple[Term, ...]:
    """The moods that conflict with any of ``moods``."""
    pairs = [(one, other) for one, others in words.conflicts.items() for other in others]
    pairs += [(other, one) for one, other in pairs]
    return tuple(dict.fromkeys(other for one, other in pairs if one in moods and other not in moods))


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else str(first["msg"])


if __name__ == "__main__":
    from .notes_check import main

    sys.exit(main(sys.argv[1:]))
