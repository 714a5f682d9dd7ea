"""People, brands and other proper names → constraints, or leanings where they are only compared to.

"By" and "with" choose among the facets in which a name stands ("by Eastwood", "with Eastwood"); a name
that is not wanted is excluded from each of them; "like Kurosawa" requires nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..tools.types import Bound
from .types import Constraint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .facetwords import FacetWords
    from .message import Message
    from .roles import Role
    from .sightings import Person

Names = tuple[tuple[str, str], ...]


class PeopleReader:
    """Reads what is said of people in one catalogue."""

    def __init__(self, facets: FacetWords) -> None:
        self._facets = facets

    def read(
        self,
        message: Message,
        people: Sequence[tuple[Person, frozenset[Role]]],
        negated: Sequence[bool],
        lasting: Sequence[bool],
    ) -> tuple[list[Constraint], Names]:
        """Constraints on name facets, and names only compared to."""
        constraints: list[Constraint] = []
        compared: list[tuple[str, str]] = []
        wanted: list[tuple[Person, str, str]] = []
        for person, roles in people:
            facet, value = self._meant(message, person)
            surface = message.surface(person.start, person.end)
            if negated[person.start] or "dislike" in roles:
                constraints += _without(person, surface, lasting=lasting[person.start])
            elif roles & {"like", "seed", "seen"}:
                compared.append((facet, value))
            elif "other" not in roles:
                wanted.append((person, facet, value))
        return constraints + _together(message, wanted), tuple(dict.fromkeys(compared))

    def _meant(self, message: Message, person: Person) -> tuple[str, str]:
        """The facet and value meant: by the words before it, else where the name has most items."""
        found = {name.facet: name.value for name in reversed(person.span.matches)}
        for facet in self._facets.by_verb(message.lows, person.start):
            if facet.name in found:
                return facet.name, found[facet.name]
        first = person.span.matches[0]
        return first.facet, first.value


def _without(person: Person, surface: str, *, lasting: bool) -> list[Constraint]:
    constraints = []
    for name in person.span.matches:
        where = {name.facet: Bound.model_validate({"not": (name.value,)})}
        constraints.append(Constraint(surface=f"not {surface}", where=where, lasting=lasting))
    return constraints


def _together(message: Message, wanted: Sequence[tuple[Person, str, str]]) -> list[Constraint]:
    """One constraint a facet; names joined by "or" are a choice, others must all be there."""
    constraints = []
    for facet in dict.fromkeys(facet for _, facet, _ in wanted):
        group = [(person, value) for person, name, value in wanted if name == facet]
        values = tuple(dict.fromkeys(value for _, value in group))
        first, last = group[0][0].start, group[-1][0].end
        choice = len(values) == 1 or "or" in message.lows[first:last]
        bound = Bound.model_validate({"in" if choice else "all": values})
        constraints.append(Constraint(surface=message.surface(first, last), where={facet: bound}))
    return constraints
