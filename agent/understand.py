"""Words → Intent, by rules over the catalogue's own facets, values, synonyms, titles and names.

A message is read in four steps: find everything that is named in it, read what is said about each (wanted,
not wanted, liked, seen), decide what kind of message that makes, and leave the rest to content search.
Nothing here knows a field by name; every word about the catalogue's items comes from its spec and vocabulary.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import numpy as np

from ..tools.types import Bound
from . import acts, asking
from .chinese import to_english
from .comparisons import Comparer
from .decide import Decider
from .facetwords import FacetWords
from .mentioned import MentionReader, Said
from .message import Message, read
from .negation import lasting, scopes, softened
from .people import PeopleReader
from .reading import Reading
from .references import Reference
from .roles import Named, Roles, past_forms
from .sightings import Finder, Person, Sightings, Titled
from .state import State
from .topics import Topics
from .types import Intent
from .wishes import Scope, WishReader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..data.catalog import Catalog
    from ..tools.lookup import TitleIndex
    from .people import Names
    from .reading import Heading
    from .types import Constraint, Mention
    from .wishes import Wishes


SHORT = 9
"""Tokens of a message that says no more than how old somebody is."""


class Understander:
    """Reads messages about one catalogue."""

    def __init__(self, catalog: Catalog, titles: TitleIndex) -> None:
        spec, past = catalog.spec, past_forms(catalog.spec.verb)
        facets = FacetWords(spec)
        self._finder = Finder(catalog, titles, facets)
        self._catalog, self._facets = catalog, facets
        self._spoken = spec.spoken.get("zh", {})
        self._roles = Roles(past)
        self._mentions = MentionReader(catalog, titles)
        self._wishes = WishReader(spec)
        self._people = PeopleReader(facets)
        self._comparer = Comparer(catalog, facets)
        self._topics = Topics(catalog, titles)
        nouns = {word for noun in self._finder.nouns for word in noun.split()}
        stop = {*nouns, *facets.name_labels, *facets.verbs, spec.verb, *past}
        self._decider = Decider(self._finder.nouns, facets, stop)

    def understand(self, text: str, state: State | None = None) -> Intent:
        """What ``text`` asks for in a conversation at ``state``; never raises, whatever the text.

        At most the first 2,000 characters are read.
        """
        message, commanded = _freed(read(to_english(text, self._spoken)))
        state = state or State()
        if state.question is not None and (answer := asking.answered(message, state.question)) is not None:
            return answer
        if state.ways and (chosen := asking.way_out(message, state.ways)) is not None:
            return chosen
        if (loose := asking.choice(message, state)) is not None:
            return loose
        if state.shown and asking.DISMISSES.search(message.plain.strip(" .!")):
            return Intent(act="recommend")
        if acts.UNDO.search(message.plain.strip(" .!")):
            return Intent(act="undo")
        if state.shown and (extreme := self._facets.extreme(message)) is not None:
            facet, end = extreme
            return Intent(act="ask", question="fact", ask_facet=facet, target=self._place(state, facet, end))
        age = acts.age_said(message.plain)
        if age is not None and len(message.tokens) <= SHORT:
            return Intent(act="recommend", age=age)
        topic = acts.small_topic(message.plain)
        if topic:
            return Intent(act="smalltalk", topic=topic)
        if not any(token.is_word for token in message.tokens):
            return Intent(act="smalltalk", topic="off-topic") if commanded else Intent()
        reading = self._read(message, state, commanded=commanded)
        intent = self._topics.correction(reading) or self._topics.placed(
            reading, self._decider.intent(reading)
        )
        return intent if age is None else intent.model_copy(update={"age": age})

    def _read(self, message: Message, state: State, *, commanded: bool) -> Reading:
        found = self._finder.find(message, state)
        covered = found.covered(len(message.tokens))
        scope = Scope(scopes(message, covered.__getitem__), softened(message), lasting(message))
        said = self._said(message, found, scope.negated)
        heading = self._mentions.heading(message, said, state)
        wishes = self._wishes.read(message, found.terms, found.bounds, scope)
        people = [(item, roles) for item, roles in said if isinstance(item, Person)]
        constraints, names = self._people.read(message, people, scope.negated, scope.lasting)
        constraints, names = self._told_apart(message, heading, constraints, names)
        wishes.constraints += constraints
        self._compare(message, wishes, said, heading, state)
        return Reading(message, state, found, scope, heading, wishes, names, commanded)

    def _place(self, state: State, facet: str, end: Literal["least", "most"]) -> int | None:
        """Which of the shown picks, from 1, has the least or most of a facet; None where none is known."""
        known = [item_id for item_id in state.shown if item_id in self._catalog]
        numbers = self._catalog.numbers(facet)[[self._catalog.position(item_id) for item_id in known]]
        if not np.isfinite(numbers).any():
            return None
        place = int(np.nanargmin(numbers) if end == "least" else np.nanargmax(numbers))
        return state.shown.index(known[place]) + 1

    def _told_apart(
        self, message: Message, heading: Heading, constraints: list[Constraint], names: Names
    ) -> tuple[list[Constraint], Names]:
        """Names and years that only say which item is spoken of ("Dune by Frank Herbert") demand nothing.

        Of several items of one title they tell which is meant ("Crash, the Cronenberg one").
        """
        for mentions in (heading.seeds, heading.likes, heading.dislikes, heading.seen):
            for place, mention in enumerate(mentions):
                for constraint in list(constraints):
                    other = self._topics.meant(mention, constraint.where)
                    if other is not None or self._belongs(message, mention, constraint.surface):
                        mentions[place] = other or mention
                        constraints = [each for each in constraints if each is not constraint]
                for name in names:
                    where = {name[0]: Bound.model_validate({"in": (name[1],)})}
                    other = self._topics.meant(mention, where)
                    if other is not None or self._belongs(message, mention, name[1]):
                        mentions[place] = other or mention
                        names = tuple(each for each in names if each != name)
        return constraints, names

    def _belongs(self, message: Message, mention: Mention, name: str) -> bool:
        """Whether ``name`` stands directly behind the title of ``mention``, as who made it."""
        said = name.casefold().removeprefix("not ")
        behind = rf"{re.escape(mention.surface.casefold())}[ ,(]+(?:\w+ )?(?:by|from) {re.escape(said)}"
        return re.search(behind, message.text.casefold()) is not None

    def _said(self, message: Message, found: Sightings, negated: Sequence[bool]) -> list[Said]:
        """Titles, references and people in the order of the message, with their roles."""
        items: list[Titled | Reference | Person] = [*found.titles, *found.references, *found.names]
        items.sort(key=lambda item: item.start)
        spans = [Named(item.start, item.end) for item in items]
        return list(zip(items, self._roles.read(message, spans, negated), strict=True))

    def _compare(
        self, message: Message, wishes: Wishes, said: Sequence[Said], heading: Heading, state: State
    ) -> None:
        """Turn what shall be less, more or the same into constraints."""
        named = [item for item, _ in said if isinstance(item, (Titled, Reference))]
        seeds = [mention.id for mention in heading.seeds]
        for comparison in wishes.comparisons:
            constraint = self._comparer.constraint(message, comparison, named, seeds, state)
            if constraint is None:
                wishes.cannot_tell.append(message.surface(comparison.start, comparison.end))
            else:
                wishes.constraints.append(constraint)
        spoken = [mention.id for mention in (*heading.seeds, *heading.likes, *heading.bare)]
        wishes.constraints += self._comparer.same(message, spoken, state)


def _freed(message: Message) -> tuple[Message, bool]:
    """The message without attempts to command the program, and whether there were any."""
    spans = [message.tokens_of(match) for match in acts.INJECTION.finditer(message.plain)]
    if not spans:
        return message, False
    kept, at = [], 0
    for first, last in spans:
        kept.append(message.surface(at, first))
        at = last
    kept.append(message.surface(at, len(message.tokens)))
    return read(" . ".join(part for part in kept if part)), True
