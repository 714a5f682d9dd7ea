"""A model's answer as a note: what it may consist of, how it is mended, and what it is refused for.

Whatever a text made a model write, only terms of the closed vocabulary, six grades and two short sentences
get through; and the sentences pass the checker of palate's own notes.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from .. import prompts
from ..data.generated import GENERATED, ORIGINS
from ..data.importers.titles import plain
from ..data.notes import Grade, Note, vocabulary
from ..data.notes_check import errors_of
from ..tools.text import tokens
from .words import split_sentences

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..data.notes import Vocabulary
    from ..data.notes_check import Facts
    from ..data.schema import CatalogSpec, Item

SCALES = ("violence", "gore", "dread", "humour", "warmth", "pace")
"""What the grades of an answer are of, in their order."""
TERMS = {"moods": (3, 6), "themes": (3, 8), "setting": (1, 4)}
"""How many terms of each kind a note has."""
ASKED = {"moods": (3, 3), "themes": (3, 4), "setting": (1, 2)}
"""How many a model is asked for: more take time, and small models repeat themselves."""
ABOUT, SUITS = 320, 140
"""Characters that the sentences of a note have at most."""
HINTS = 10
"""Terms of the vocabulary that are named in a text, of which a model is told."""
SPOKEN_TO = re.compile(
    r"https?:|www\.|[{}<>\\|`\[\]]|\b(?:system|user|assistant)\s*:|\bignore (?:all|any|previous|the)\b"
    r"|\b(?:instructions?|assistant|prompts?|json|language model|as an ai)\b",
    re.IGNORECASE,
)
"""What a sentence on an item does not hold: links, markup, and words of those who address a model."""


class Said(BaseModel):
    """A model's answer as it was asked for; more fields than these do no harm."""

    about: str
    suits: str = Field(alias="for")
    grades: Annotated[tuple[Grade, ...], Field(min_length=len(SCALES), max_length=len(SCALES))]
    moods: tuple[str, ...]
    setting: tuple[str, ...]
    themes: tuple[str, ...]


class Unusable(Exception):
    """An answer that makes no note; the message says why, in words of palate's own."""


def schema() -> dict[str, Any]:
    """The JSON schema of an answer. Its names are in the order of the alphabet, in which grammars ask."""
    words = vocabulary()
    known = {"moods": words.moods, "themes": words.themes, "setting": words.settings}
    properties: dict[str, Any] = {
        "about": {"type": "string"},
        "for": {"type": "string"},
        "grades": _list([0, 1, 2, 3], len(SCALES), len(SCALES)),
    }
    properties |= {name: _list(list(known[name]), *ASKED[name]) for name in sorted(known)}
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(values: Sequence[object], least: int, most: int) -> dict[str, Any]:
    return {"type": "array", "items": {"enum": list(values)}, "minItems": least, "maxItems": most}


def terms_in(text: str) -> list[str]:
    """Terms of the vocabulary that a text names by one of their words, the longest words first."""
    said = f" {' '.join(tokens(text))} "
    found: dict[str, int] = {}
    for term, phrase in _phrases():
        if phrase in said:
            found[term] = max(len(phrase), found.get(term, 0))
    return sorted(found, key=lambda term: -found[term])[:HINTS]


@cache
def _phrases() -> tuple[tuple[str, str], ...]:
    """Each term with each of its words, between spaces."""
    words = vocabulary()
    return tuple(
        (term, f" {' '.join(tokens(each))} ")
        for table in (words.themes, words.settings, words.moods)
        for term, others in table.items()
        for each in (term, *others)
    )


def note_of(answer: str, item: Item, spec: CatalogSpec, facts: Facts | None) -> dict[str, Any]:
    """The fields of a note on ``item`` that a model's answer makes; raises Unusable.

    Unknown and repeated terms are dropped, as are moods that contradict the grades; where too few are left,
    terms that the text itself names come in; sentences are cut to their length. What then fails the checker
    of notes is refused.
    """
    said = _read(answer)
    words = vocabulary()
    grades = dict(zip(SCALES, said.grades, strict=True))
    if (sorted(said.moods), said.grades) in _judged_in_examples():
        raise Unusable("moods and grades: those of the example")
    named = terms_in(item.text)
    terms: dict[str, list[str]] = {}
    for name, written, known in (
        ("moods", said.moods, words.moods),
        ("themes", said.themes, words.themes),
        ("setting", said.setting, words.settings),
    ):
        least, most = TERMS[name]
        found, more = _known(written, known), _known(named, known)
        if name == "moods":
            found, more = _fitting(found, grades, words), _fitting([*found, *more], grades, words)
        found += [term for term in more if term not in found][: max(least - len(found), 0)]
        terms[name] = found[:most]
        if len(found) < least:
            raise Unusable(f"{name}: fewer than {least} different ones of the vocabulary that go together")
    suits = prompts.one_line(said.suits)
    fields: dict[str, Any] = {
        "id": {"item": item.id},
        "title": item.title,
        "year": _year(item, spec),
        "about": _about(said.about),
        **terms,
        "intensity": {name: grades[name] for name in SCALES if name != "pace"},
        "pace": grades["pace"],
        "for": suits if len(suits) <= SUITS else f"{suits[: SUITS - 1].rsplit(' ', 1)[0].rstrip(',;:')}…",
        "origin": GENERATED,
    }
    _check(fields, words, facts)
    return fields


def _check(fields: dict[str, Any], words: Vocabulary, facts: Facts | None) -> None:
    """Raises Unusable for what is no note or does not pass the checker of notes."""
    try:
        note = Note.model_validate(fields)
    except ValidationError as error:
        place, kind = error.errors()[0]["loc"][0], error.errors()[0]["type"]
        short = "too short" if "short" in kind else "not as it should be"
        raise Unusable(f"{place}: {short}") from None
    if SPOKEN_TO.search(note.text):
        raise Unusable("about and for: not about the item")
    if plain(note.suits) in _of_examples():
        raise Unusable("for: that of the example")
    known = words.model_copy(update={"origins": ORIGINS})
    if wrong := errors_of(note, known, facts):
        # What the checker quotes came from a text.
        raise Unusable(_NAMES if "link it with" in wrong[0] else re.sub(r"'.*'|\".*\"", "…", wrong[0]))


_NAMES = "about and for: somebody whom the catalogue does not link with it"


def _read(answer: str) -> Said:
    """The answer, whatever stands around its JSON."""
    start, end = answer.find("{"), answer.rfind("}")
    try:
        return Said.model_validate(json.loads(answer[start : end + 1], strict=False))
    except ValidationError as error:
        raise Unusable(f"{error.errors()[0]['loc'][0]}: not what was asked for") from None
    except (ValueError, RecursionError):
        raise Unusable("not the JSON that was asked for") from None


def _known(said: Sequence[str], known: Mapping[str, object]) -> list[str]:
    """The terms of the vocabulary among ``said``, each once."""
    spelled = {term.casefold(): term for term in known}
    found = (spelled.get(each.strip().casefold()) for each in said)
    return list(dict.fromkeys(term for term in found if term))


def _fitting(moods: list[str], grades: Mapping[str, int], words: Vocabulary) -> list[str]:
    """The moods without those that contradict the grades or an earlier mood."""
    kept: list[str] = []
    for mood in moods:
        bounds = words.bounds.get(mood, {})
        apart = any(
            mood in words.conflicts.get(other, ()) or other in words.conflicts.get(mood, ()) for other in kept
        )
        if not apart and all(low <= grades[scale] <= high for scale, (low, high) in bounds.items()):
            kept.append(mood)
    return kept


def _about(said: str) -> str:
    """At most three whole sentences that are not the examples', within the length of a note."""
    finished, rest = split_sentences(f"{prompts.one_line(said)} ")
    sentences = [*finished, rest.strip()] if rest.strip() else finished
    own = [each for each in sentences if plain(each) not in _of_examples()][:3]
    if len(own) > 1 and not own[-1].endswith((".", "!", "?", "…")):
        own.pop()
    while len(own) > 1 and len(" ".join(own)) > ABOUT:
        own.pop()
    about = " ".join(own)
    if len(about) > ABOUT:
        about = f"{about[: ABOUT - 1].rsplit(' ', 1)[0].rstrip(',;:')}…"
    return about if not about or about.endswith((".", "!", "?", "…")) else f"{about}."


@cache
def _of_examples() -> frozenset[str]:
    """The sentences of the prompt's examples, in plain form: small models repeat them."""
    answers = [json.loads(answer) for _, answer in prompts.load("enrich").examples]
    return frozenset(plain(answer[name]) for answer in answers for name in ("about", "for"))


@cache
def _judged_in_examples() -> list[tuple[list[str], tuple[int, ...]]]:
    """Moods and grades of the prompt's examples: a model that repeats both has judged nothing."""
    answers = [json.loads(answer) for _, answer in prompts.load("enrich").examples]
    return [(sorted(answer["moods"]), tuple(answer["grades"])) for answer in answers]


def _year(item: Item, spec: CatalogSpec) -> int | None:
    years = (item.facets.get(facet.name) for facet in spec.facets if facet.kind == "year")
    year = next((year for year in years if isinstance(year, int | float)), None)
    return None if year is None else int(year)
