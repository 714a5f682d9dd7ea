"""What may be said of an item: its evidence, in the form in which the checker looks things up."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from .words import HARMLESS, NEGATIONS, Token, stem, tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..data.schema import CatalogSpec, Facet, FacetValue
    from .types import Pick

_YEAR = re.compile(r"\s*\((\d{4})\)$")
_ARTICLE = re.compile(r"^(?:The|A|An) ")
_PROPORTION = re.compile(r"(?<![\d.,])(\d+(?:\.\d+)?)\s*(?:out\s+)?of\s+(?:the\s+|every\s+)?(\d+)")

TELLING = 3
"""So many everyday words in a row, as they stand in a title, are hardly there by chance."""


@dataclass(frozen=True)
class Source:
    """One piece of evidence as text. ``cites`` are the titles in it, ``facet`` the facet it is a value of."""

    stems: tuple[str, ...]
    words: frozenset[str]
    cites: frozenset[str] = frozenset()
    facet: str = ""
    proportions: frozenset[tuple[str, str]] = frozenset()
    scaled: frozenset[tuple[str, str]] = frozenset()
    """A number with the scale it is on ("84 of 100"), which may be told without it."""
    decade: str = ""
    """The first year of a year's decade, which stands only for the whole of it ("1990s")."""

    @property
    def is_number(self) -> bool:
        """Whether it is a facet's number."""
        return bool(self.facet) and all(word[:1].isdigit() for word in self.stems)

    def has_run(self, run: Sequence[str]) -> bool:
        """Whether the words of ``run`` stand next to one another in it, in this order."""
        size = len(run)
        return any(self.stems[at : at + size] == tuple(run) for at in range(len(self.stems) - size + 1))


@dataclass(frozen=True)
class Entity:
    """An item that prose may name: a pick, or one the person named. ``title`` identifies it."""

    title: str
    forms: tuple[str, ...]
    is_pick: bool
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True)
class Wishes:
    """What the person asked for: words that hold, words that are ruled out, and bounds."""

    wanted: frozenset[str] = frozenset()
    unwanted: frozenset[str] = frozenset()
    bounds: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    """(word before, number): "after 1985" supports no other use of 1985."""


def pick_entity(pick: Pick, spec: CatalogSpec, liked: Sequence[Entity]) -> Entity:
    """A pick with its reasons and facets as sources."""
    title = _bare(pick.title)
    reasons = [_source(reason.text, liked, extra=_synonyms(reason.text, spec)) for reason in pick.reasons]
    known = {facet.name: facet for facet in spec.facets}
    facets = [
        source
        for name, value in pick.facets.items()
        if name in known and known[name].kind != "text"
        for source in _facet_sources(known[name], value)
    ]
    label = _label(pick, spec)
    return Entity(title, _forms(label), is_pick=True, sources=(*reasons, *facets))


def liked_entity(label: str) -> Entity:
    """An item the person named; what picks share with it is added by :func:`with_shared`."""
    return Entity(_bare(label), _forms(label), is_pick=False, sources=(_source(label, ()),))


def with_shared(
    liked: Entity, picks: Iterable[Pick], everyone: Sequence[Entity], spec: CatalogSpec
) -> Entity:
    """``liked`` with what the reasons say that it shares with a pick."""
    told = [reason.text for pick in picks for reason in pick.reasons if "shared" in reason.kind]
    found = [_source(text, everyone, extra=_synonyms(text, spec)) for text in told]
    shared = [source for source in found if liked.title in source.cites]
    return Entity(liked.title, liked.forms, is_pick=False, sources=(*liked.sources, *shared))


def read_wishes(texts: Sequence[str]) -> Wishes:
    """The constraints in words, taken apart; a word after a negation is ruled out up to the next comma."""
    wanted: set[str] = set()
    unwanted: set[str] = set()
    bounds: set[tuple[str, str]] = set()
    for text in re.split(r"[,;]", "; ".join(texts)):
        negated, before = False, ""
        for token in tokens(text):
            negated = negated or token.stem in NEGATIONS
            if token.is_number:
                bounds.add((before, token.stem))
            else:
                (unwanted if negated else wanted).add(token.stem)
            before = token.stem
    return Wishes(frozenset(wanted), frozenset(unwanted), frozenset(bounds))


def roles(spec: CatalogSpec) -> dict[str, frozenset[str]]:
    """Word → the name facets it speaks of ("directed" → director)."""
    found: dict[str, set[str]] = {}
    for facet in spec.facets:
        if facet.kind == "name":
            for token in tokens(f"{facet.name} {facet.label} {facet.verb}"):
                if token.stem not in HARMLESS:
                    found.setdefault(token.stem, set()).add(facet.name)
    return {word: frozenset(facets) for word, facets in found.items()}


def find_entities(text: str, entities: Sequence[Entity]) -> list[tuple[int, int, Entity]]:
    """Where the entities are named in ``text``: (start, end, entity), in order, the longest form first.

    A title made only of everyday words ("It") counts as named only in mid-sentence and as it is written,
    one of :data:`TELLING` such words or more anywhere.
    """
    forms = sorted(((form, e) for e in entities for form in e.forms), key=lambda pair: -len(pair[0]))
    taken: list[tuple[int, int, Entity]] = []
    for form, entity in forms:
        found = tokens(form)
        everyday = len(found) < TELLING and all(token.stem in HARMLESS for token in found)
        for match in re.finditer(rf"(?<!\w){re.escape(form)}(?!\w)", text):
            free = all(match.end() <= start or match.start() >= end for start, end, _ in taken)
            if free and not (everyday and match.start() == 0):
                taken.append((match.start(), match.end(), entity))
    return sorted(taken, key=lambda span: span[0])


def _source(text: str, entities: Sequence[Entity], facet: str = "", extra: str = "") -> Source:
    named = find_entities(text, entities)
    inside = [t for t in tokens(text) if not any(start <= t.start < end for start, end, _ in named)]
    stems = tuple(token.stem for token in inside)
    return Source(
        stems=stems,
        words=frozenset(stems) | {token.stem for token in tokens(extra)},
        cites=frozenset(entity.title for _, _, entity in named),
        facet=facet,
        proportions=proportions(text),
    )


def _synonyms(text: str, spec: CatalogSpec) -> str:
    """Everyday words for the facet values that ``text`` has."""
    told = " ".join(token.stem for token in tokens(text))
    words: list[str] = []
    for facet in spec.facets:
        for value, others in facet.synonyms.items():
            if f" {' '.join(token.stem for token in tokens(value))} " in f" {told} ":
                words += others
    return " ".join(words)


def proportions(text: str) -> frozenset[tuple[str, str]]:
    """Every "N of the M" in ``text``."""
    return frozenset(_PROPORTION.findall(text))


def _facet_sources(facet: Facet, value: FacetValue) -> Iterable[Source]:
    about = f"{facet.name} {facet.label} {facet.verb} {facet.unit}"
    for one in value if isinstance(value, tuple) else (value,):
        text = f"{one:g}" if isinstance(one, float) else str(one)
        words = " ".join((about, *facet.synonyms.get(text, ())))
        source = _source(text, (), facet.name, f"{words} s" if facet.kind == "year" else words)
        if facet.kind == "year":
            source = replace(source, decade=f"{text[:3]}0")
        yield replace(source, scaled=proportions(f"{text} {facet.unit}"))


def distinct(entities: Sequence[Entity]) -> list[Entity]:
    """The entities without the forms that name more than one of them: such a form names none for certain."""
    uses = Counter(form for entity in entities for form in entity.forms)
    return [replace(e, forms=tuple(form for form in e.forms if uses[form] == 1)) for e in entities]


def _label(pick: Pick, spec: CatalogSpec) -> str:
    """The title with the year, where the catalogue has one."""
    years = (pick.facets.get(facet.name) for facet in spec.facets if facet.kind == "year")
    year = next((year for year in years if isinstance(year, int | float)), None)
    return pick.title if year is None or _YEAR.search(pick.title) else f"{pick.title} ({year:g})"


def _bare(label: str) -> str:
    return _YEAR.sub("", label)


def _forms(label: str) -> tuple[str, ...]:
    bare = _bare(label)
    short = _ARTICLE.sub("", bare)
    forms = {label, bare}
    if short and any(stem(token.stem) not in HARMLESS for token in tokens(short)):
        forms.add(short)
    return tuple(sorted(forms, key=len, reverse=True))


def in_sources(token: Token, sources: Iterable[Source]) -> bool:
    """Whether one of ``sources`` has the word."""
    return any(token.stem in source.words for source in sources)
