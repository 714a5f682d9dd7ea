"""People spoken of without a name: "not by him", "by somebody else", "the director of Fargo", "his films".

A pronoun means the person named last, else who made the item that is spoken of. "Somebody else" excludes
that person. "By the director of Fargo" asks for what the makers of an item made, not for what is like it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ..tools.types import Bound
from .references import Reference
from .spans import At, Titled, within
from .types import Constraint

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..data.catalog import Catalog
    from .facetwords import FacetWords
    from .lexicon import Term
    from .message import Message
    from .spans import Person
    from .state import State

BY = frozenset({"by", "from", "with", "of", "without", "starring", "featuring", "not"})
"""Words before somebody who made an item."""
SOMEBODY = frozenset({"somebody", "someone", "anybody", "anyone", "people"})
OTHER = frozenset({"another", "different", "other", "others"})
HIM = frozenset({"him", "her", "them", "his", "hers"})
OWN = frozenset({"his", "hers"})
ENDS = frozenset(
    {"and", "or", "but", "please", "though", "either", "too", "from", "in", "with", "made", "set"}
)
"""Behind "her" in "by her": she is meant, and nothing of hers."""
HE = frozenset({"he", "she", "they"})
HIS = frozenset({"his", "her", "their"})
WORKS = frozenset({"work", "works", "stuff", "others", "ones", "other", "early", "earlier", "later", "best"})
"""Behind "his": what was made is meant, not somebody's own things."""
WHO = frozenset(
    """
    guy guys man woman person people team maker makers creator creators one ones folks whoever actor actress
    actors star lead
    """.split()  # noqa: SIM905
)
DID = frozenset({"made", "did", "created"})
ARTICLES = frozenset({"the", "that", "those", "same", "a"})
QUOTES = frozenset({'"', "'"})
FAR = 3
"""Words between "his" and what was made, or "she" and the verb, at most."""
Kind = Literal["him", "else", "of"]


@dataclass(frozen=True)
class Unnamed(At):
    """Tokens that speak of people without a name: pronouns (``him``), somebody ``else``, or the makers ``of``
    the item that stands at token ``item``. ``facet`` is empty where the words do not say what they did.
    """

    kind: Kind
    facet: str = ""
    item: int = -1
    is_named: bool = False
    """Whether only somebody who was named can be meant: "with him" may be whom one watches with."""


class Makers:
    """Finds in messages, and resolves, the people of one catalogue that are not named."""

    def __init__(self, catalog: Catalog, facets: FacetWords, nouns: Sequence[str]) -> None:
        self._catalog = catalog
        self._facets = facets
        self._nouns = frozenset(nouns)
        names = [facet for facet in catalog.spec.facets if facet.kind == "name"]
        self._names = [facet.name for facet in sorted(names, key=lambda facet: -facet.weight)]

    def find(
        self, message: Message, items: Sequence[Titled | Reference], terms: Sequence[Term]
    ) -> list[Unnamed]:
        """The unnamed people of ``message``; ``items`` and ``terms`` are what else was found in it."""
        if not self._names:
            return []
        found: list[Unnamed] = []
        for at, low in enumerate(message.lows):
            one = self._of_it(message.lows, at) if low == "its" else None
            if low in SOMEBODY or low in OTHER:
                one = self._else(message.lows, at)
            elif low in HIM or low in HE or low in HIS:
                one = self._pronoun(message.lows, at, terms)
            if one is not None:
                found.append(one)
        found += filter(None, (self._maker_of(message.lows, item) for item in items))
        return [one for one in found if not any(within(one, item) for item in items)]

    def read(
        self,
        message: Message,
        unnamed: Sequence[Unnamed],
        people: Sequence[Person],
        items: Sequence[tuple[int, Sequence[str]]],
        state: State,
        negated: Sequence[bool],
    ) -> list[Constraint]:
        """What the ``unnamed`` demand or exclude.

        ``people`` are those named in the message; ``items`` are the ids of what is named or referred to in
        it, each with its token, in order.
        """
        constraints = []
        for one in unnamed:
            wanted = one.kind != "else" and not negated[one.end - 1]
            for facet, values in self._meant(one, people, items, state).items():
                bound = Bound.model_validate({"in" if wanted else "not": values})
                surface = message.surface(one.start, one.end)
                constraints.append(Constraint(surface=surface, where={facet: bound}))
        return constraints

    def _meant(
        self, one: Unnamed, people: Sequence[Person], items: Sequence[tuple[int, Sequence[str]]], state: State
    ) -> dict[str, tuple[str, ...]]:
        """Facet → values: of whom or what this message names, else of whom or what was spoken of before."""
        if one.kind == "of":
            return self._made(one, [each for start, ids in items if start == one.item for each in ids])
        person = next((p for p in reversed(people) if p.end <= one.start), None)
        if person is not None:
            values: dict[str, tuple[str, ...]] = {
                name.facet: (name.value,) for name in reversed(person.span.matches)
            }
            return {one.facet: values[one.facet]} if one.facet in values else values
        here = [] if one.is_named else [each for _, ids in items for each in ids]
        before = [] if one.is_named else _spoken_of(state)
        return self._made(one, here) or self._held(one, state) or self._made(one, before)

    def _else(self, lows: Sequence[str], at: int) -> Unnamed | None:
        """ "by somebody else", "another author"."""
        after = lows[at + 1] if at + 1 < len(lows) else ""
        label = self._facets.labelled(after) if lows[at] in OTHER else ""
        if not label and not (after == "else" and lows[at] in SOMEBODY):
            return None
        verbs = self._facets.by_verb(tuple(lows), at)
        if not label and not verbs:
            return None  # "what does somebody else like?"
        start = at - 1 if at and lows[at - 1] in ARTICLES else at
        start -= start > 0 and lows[start - 1] in BY
        return Unnamed(start, at + 2, "else", label or verbs[0].name)

    def _of_it(self, lows: Sequence[str], at: int) -> Unnamed | None:
        """ "By its director", "what else did its author write": who made what is spoken of."""
        label = self._facets.labelled(lows[at + 1]) if at + 1 < len(lows) else ""
        before = lows[at - 1] if at else ""
        asks = before in BY or (before in {"did", "has", "have", "does"} and "else" in lows[:at])
        return Unnamed(at, at + 2, "him", label) if label and asks else None

    def _pronoun(self, lows: Sequence[str], at: int, terms: Sequence[Term]) -> Unnamed | None:
        ahead = range(at + 1, min(at + 1 + FAR, len(lows)))
        verb = next((i for i in ahead if self._facets.verb_of(lows[i])), None)
        if lows[at] in HE:
            before = lows[at - 1] if at else ""
            asked = before in {"did", "has", "have", "does", "else", "that", "which", *self._nouns}
            return Unnamed(at, verb + 1, "him", self._facets.verb_of(lows[verb])) if asked and verb else None
        before = lows[at - 1] if at else ""
        acting = verb == at + 1 and lows[at + 1].endswith("ing")
        behind = lows[at + 1] if at + 1 < len(lows) else ""
        owns = lows[at] in HIS and behind.isalpha() and behind not in ENDS
        if (
            lows[at] in HIM
            and not owns
            and (acting or (before in BY and (before != "of" or lows[at] in OWN)))
        ):
            verbs = self._facets.by_verb(tuple(lows), at)
            facet = self._facets.verb_of(lows[at + 1]) if acting else verbs[0].name if verbs else ""
            start, end = at - (before in BY), at + 1 + acting
            return Unnamed(start, end, "him", facet, is_named=before == "with" and not acting)
        if lows[at] in HIS:
            kinds = {term.start for term in terms if term.senses[0].kind in {"value", "noun"}}
            if any(lows[i] in self._nouns or lows[i] in WORKS or i in kinds for i in ahead):
                return Unnamed(at, at + 1, "him")
        return None

    def _maker_of(self, lows: Sequence[str], item: Titled | Reference) -> Unnamed | None:
        """ "by the director of Fargo", "from whoever made it", "the same author as Dune"."""
        at, facet = item.start - 1, ""
        behind = lows[item.end : item.end + 2]
        if len(behind) == 2 and behind[0] == "'s" and (facet := self._facets.labelled(behind[1])):
            if at >= 0 and lows[at] in BY:
                return Unnamed(item.end, item.end + 2, "of", facet, item.start)
            return None
        end = item.start
        while at >= 0 and lows[at] in QUOTES:
            at -= 1
        while at > 0 and (lows[at] in DID or self._facets.verb_of(lows[at])):
            facet, at = self._facets.verb_of(lows[at]), at - 1
        link = lows[at] if at >= 0 else ""
        at -= link in {"who", "that", "of", "behind", "as", "from"}
        if at < 1 or not (lows[at] in WHO or self._facets.labelled(lows[at])):
            return None
        facet, at = facet or self._facets.labelled(lows[at]), at - 1
        same = lows[at] == "same"
        while at > 0 and lows[at] in ARTICLES:
            at -= 1
        others = lows[at] in {"has", "did", "have"} and "else" in lows[:at]
        if lows[at] not in BY and not others and not (same and link == "as"):
            return None
        verbs = self._facets.by_verb(tuple(lows), at + 1)
        facet = facet or next((verb.name for verb in verbs if len(verbs) == 1), "")
        return Unnamed(at, end, "of", facet, item.start)

    def _held(self, one: Unnamed, state: State) -> dict[str, tuple[str, ...]]:
        """Who was asked for last in the conversation."""
        held: dict[str, tuple[str, ...]] = {facet: (value,) for facet, value in state.names[-1:]}
        for constraint in state.constraints:
            ((facet, bound),) = constraint.where.items()
            if facet in self._names and (values := (*bound.any_of, *bound.all_of)):
                held = {facet: values}
        if not one.facet or one.facet in held:
            return held
        (values,) = held.values() or [()]
        return {one.facet: values} if values and self._has(one.facet, values) else {}

    def _has(self, facet: str, values: Iterable[str]) -> bool:
        known = set(self._catalog.values(facet))
        return all(value in known for value in values)

    def _made(self, one: Unnamed, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Who made the first of the items that has the facet meant."""
        for item_id in ids:
            if item_id not in self._catalog:
                continue
            facets = self._catalog.item(self._catalog.position(item_id)).facets
            for name in [one.facet] if one.facet else self._names:
                value = facets.get(name)
                values = value if isinstance(value, tuple) else () if value is None else (str(value),)
                if values:
                    return {name: values}
        return {}


def _spoken_of(state: State) -> list[str]:
    """Ids of the items of the conversation, those spoken of last first."""
    return [*filter(None, [state.focus]), *(seed.id for seed in state.seeds), *state.shown[:1]]
