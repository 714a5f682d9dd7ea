"""What a catalogue is: items with free facets, and a spec that says how people talk about them.

Nothing outside the importers knows a field by name other than ``title``, ``text`` and ``image``:
everything else an item has is a *facet*, described by a :class:`Facet` in the catalogue's spec.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

FacetValue = str | int | float | bool | tuple[str, ...]
GROWN = "grown"
FacetKind = Literal["category", "name", "number", "year", "text"]


class Frozen(BaseModel):
    """A frozen model that refuses unknown fields; the base of every type in palate."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Facet(Frozen):
    """How one facet is stored and spoken of.

    ``kind`` says what values look like and what may be asked of them:

    ``category``  one or several values of a small vocabulary (genre, language): wanted, not wanted
    ``name``      one or several proper names (people, brands): asked for by name
    ``number``    a quantity in ``unit``: bounds, "shorter", "longer"
    ``year``      a calendar year: bounds, decades, "newer", "older"
    ``text``      shown, searched, never filtered on
    """

    name: str
    label: str
    kind: FacetKind
    unit: str = ""
    multiple: bool = False
    """Whether an item may carry several values (they are then stored as a tuple of strings)."""
    synonyms: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Value → everyday words for it, lower case ("Sci-Fi" → "science fiction", "scifi").

    A word of several values means an item that has them all ("romcom").
    """
    less: tuple[str, ...] = ()
    """Words that ask for a smaller number ("shorter", "older")."""
    more: tuple[str, ...] = ()
    """Words that ask for a larger number ("longer", "newer")."""
    low: tuple[str, ...] = ()
    """Words that mean a small value without comparing ("short"); they stand for ``<= low_at``."""
    low_at: float | None = None
    high: tuple[str, ...] = ()
    """Words that mean a large value without comparing ("long"); they stand for ``>= high_at``."""
    high_at: float | None = None
    verb: str = ""
    """How a reason names the link ("directed by"); empty: the label is used."""
    weight: float = 1.0
    """How much a shared value tells a person (a shared director more than a shared country)."""
    asked: float = 1.0
    """The chance that a person has an answer to a question about it; 0: it is never asked about."""
    shown: bool = True
    """Whether the facet appears beside a pick."""
    judged: bool = False
    """Whether it is what a note says an item is like, and no fact of it.

    Wanted values then lean the ranking instead of filtering it, for a note names only what stands out; what
    is unwanted or shall be less does filter; and what is said by it is marked as the note's.
    """
    grades: tuple[str, ...] = ()
    """Of a judged number: what 0, 1, 2 … mean, a word before a colon and the rest behind it."""

    def grades_called(self, side: Literal["low", "high"]) -> tuple[str, ...]:
        """The grades, as values in words, that this facet's words for a small or a large value stand for."""
        if side == "low":
            return tuple(
                str(n) for n in range(len(self.grades)) if self.low_at is not None and n <= self.low_at
            )
        return tuple(
            str(n) for n in range(len(self.grades)) if self.high_at is not None and n >= self.high_at
        )


class Quality(Frozen):
    """An everyday word that no facet holds, and the facet values that come closest ("feel-good").

    A quality only leans the ranking, it never filters, and the reply says how it was read. Numbers are given
    as their values in words ("2"). Where an item has values of judged facets, these decide; the others stand
    in for items without a note.
    """

    words: tuple[str, ...]
    prefer: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    avoid: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class CatalogSpec(Frozen):
    """Name, vocabulary and facets of a catalogue; stored as ``catalog.json`` beside the items."""

    name: str
    noun: str = "item"
    plural: str = "items"
    nouns: tuple[str, ...] = ()
    """Other everyday words for an item ("movie"); their plurals are understood too."""
    verb: str = "try"
    """What one does with an item, for sentences ("watch", "read")."""
    facets: tuple[Facet, ...] = ()
    qualities: tuple[Quality, ...] = ()
    spoken: dict[str, dict[str, str]] = Field(default_factory=dict)
    """Language → its phrases for this field, and the English that palate reads ("zh": "科幻片")."""
    unknown_qualities: tuple[str, ...] = ()
    """Words people use of such items which no facet carries ("gory"): the agent says it cannot tell."""
    title_describes: bool = True
    """Whether a title says what an item is ("oat milk") rather than what it is called ("Cry-Baby"): only then
    are its words searched for what a person describes. Titles that are named are found in any case."""
    best_by: str | None = None
    """The number facet that "the best of …" sorts by."""
    like_at: float | None = None
    """A rating from here on counts as a like; None: every interaction is one."""
    rating_range: tuple[float, float] | None = None
    licence: str = ""
    sources: tuple[str, ...] = ()
    recipe_sha256: str = ""
    """Hash over what palate makes the catalogue by: when that changes, a set-up makes it anew. Of one that a
    person added to it is :data:`GROWN`, of one made from a person's own files it is empty."""
    n_generated: int = 0
    """Items whose note a language model wrote from their text (see :mod:`.generated`)."""
    n_items: int = 0
    n_people: int = 0
    n_interactions: int = 0
    data_sha256: str = ""
    """Hash over items and interactions: artifacts trained on other data are refused by it."""

    def facet(self, name: str) -> Facet:
        """The facet called ``name``; raises ``KeyError``."""
        for facet in self.facets:
            if facet.name == name:
                return facet
        raise KeyError(name)


class Item(Frozen):
    """One thing that can be recommended."""

    id: str
    title: str
    aliases: tuple[str, ...] = ()
    text: str = ""
    image: str | None = None
    facets: dict[str, FacetValue] = Field(default_factory=dict)
    noted_by: str = ""
    """The model that wrote the item's note from its text; empty for palate's own note and for none."""
    known: float = 0.0
    """Known-ness in [0, 1]: the quantile of how widely known the item is, from ratings or a prior."""
