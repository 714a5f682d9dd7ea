"""People, brands and other proper names → constraints, or leanings where they are only compared to.

"By" and "with" choose among the facets in which a name stands ("by Eastwood", "with Eastwood"); a name
that is not wanted is excluded from each of them; "like Kurosawa" requires nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..tools.types import Bound
from .types import Constraint
from .wishes import ALLOWED, RELEASES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .facetwords import FacetWords
    from .message import Message
    from .roles import Role
    from .spans import Person
    from .wishes import Scope, Wishes

JOINS = frozenset({"and", "or", "nor", ",", "&", "either", "any", "also"})
"""Between names of a list."""
EVERYTHING = frozenset({"all", "everything", "every"})
MEANT = frozenset({"meant", "mean"})
"""Before a name: it is the one that is wanted ("sorry, I meant Martin")."""
Names = tuple[tuple[str, str], ...]


class PeopleReader:
    """Reads what is said of people in one catalogue."""

    def __init__(self, facets: FacetWords) -> None:
        self._facets = facets

    def read(
        self,
        message: Message,
        people: Sequence[tuple[Person, frozenset[Role]]],
        scope: Scope,
        wishes: Wishes,
    ) -> tuple[list[Constraint], Names]:
        """Constraints on name facets, and names only compared to.

        Those that exclude whom somebody else is wanted instead of, and who need not be left out any more, are
        noted in ``wishes``.
        """
        constraints: list[Constraint] = []
        compared: list[tuple[str, str]] = []
        wanted: list[tuple[Person, str, str]] = []
        verbs: list[str] = []
        end = -1
        for person, roles in people:
            own = [facet.name for facet in self._facets.by_verb(message.lows, person.start)]
            # "With neither Sandler nor Carrey": what is said before a list holds for all of it.
            in_list = end >= 0 and JOINS.issuperset(message.lows[end : person.start])
            verbs, end = own or (verbs if in_list else []), person.end
            facet, value = self._meant(person, verbs)
            surface = message.surface(person.start, person.end)
            meant = not MEANT.isdisjoint(message.lows[max(0, person.start - 2) : person.start])
            behind = " ".join(message.lows[person.end : person.end + 4])
            values = [(name.facet, (name.value,)) for name in person.span.matches]
            if ALLOWED.search(behind):
                wishes.allows += values
            elif RELEASES.search(" ".join(message.lows[max(0, person.start - 5) : person.start])):
                wishes.allows += values
                wishes.releases += values
            elif scope.negated[person.start] or "dislike" in roles:
                only = facet if any(verb == facet for verb in verbs) else ""
                excluded = _without(person, surface, only, lasting=scope.lasting[person.start])
                constraints += excluded
                wishes.swapped += excluded if scope.replaced[person.start] else []
            elif roles & {"like", "seed", "seen"} and not meant:
                compared.append((facet, value))
                # "I have read all of Tolkien": the like of it, but none of it again.
                if "seen" in roles and not EVERYTHING.isdisjoint(message.lows[: person.start]):
                    constraints += _without(person, surface, facet, lasting=False)
            elif "other" not in roles:
                wanted.append((person, facet, value))
        return constraints + _together(message, wanted), tuple(dict.fromkeys(compared))

    def _meant(self, person: Person, verbs: Sequence[str]) -> tuple[str, str]:
        """The facet and value meant: by the words before it, else where the name has most items."""
        found = {name.facet: name.value for name in reversed(person.span.matches)}
        for verb in verbs:
            if verb in found:
                return verb, found[verb]
        first = person.span.matches[0]
        return first.facet, first.value


def _without(person: Person, surface: str, only: str, *, lasting: bool) -> list[Constraint]:
    """Excludes a person from the facet ``only``, where the words say it, else from all they stand in."""
    constraints = []
    for name in person.span.matches:
        if name.facet != only and only:
            continue
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
