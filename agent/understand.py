"""Words → Intent, by rules over the catalogue's own facets, values, synonyms, titles and names.

A message is read in four steps: find everything that is named in it, read what is said about each (wanted,
not wanted, liked, seen), decide what kind of message that makes, and leave the rest to content search.
Nothing here knows a field by name; every word about the catalogue's items comes from its spec and vocabulary.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import numpy as np

from ..tools.text import tokens
from ..tools.types import Bound
from . import acts, asking
from .chinese import to_english
from .comparisons import Comparer, strange_after_than
from .decide import Decider
from .facetwords import FacetWords
from .mentioned import BACK, MentionReader, Said
from .message import Message, either, read
from .negation import lasting, replaced, scopes, softened
from .people import PeopleReader
from .phrases import hull, is_bounded
from .reading import Reading
from .references import Reference
from .roles import Named, Roles, past_forms
from .sightings import Finder, Sightings
from .spans import Person, Titled
from .spelling import Speller
from .state import State
from .topics import Topics
from .types import Intent
from .wishes import Scope, WishReader

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from ..data.catalog import Catalog
    from ..data.schema import Facet
    from ..tools.lookup import TitleIndex
    from .people import Names
    from .reading import Heading
    from .types import Constraint, Mention
    from .wishes import Wishes


LAST_QUESTION = re.compile(
    r"[,.!;] (?:(?:and|so|but) )?(?P<question>(?:who|how|when|what|is|was|does|did)\b[^.!?;]*\?)$"
)
"""A question that ends a message of more than that."""
REPLACES = frozenset({"rather", "instead", "better"})
SHORT = 9
"""Tokens of a message that says no more than how old somebody is."""


class Understander:
    """Reads messages about one catalogue."""

    def __init__(self, catalog: Catalog, titles: TitleIndex) -> None:
        spec, past = catalog.spec, past_forms(catalog.spec.verb)
        facets = FacetWords(spec)
        self._finder = Finder(catalog, titles, facets)
        self._catalog, self._titles, self._facets = catalog, titles, facets
        self._spoken = spec.spoken.get("zh", {})
        self._roles = Roles(past)
        nouns = either("  ".join(self._finder.nouns))
        self._similar = re.compile(acts.SIMILAR.pattern.replace("{nouns}", nouns))
        self._mentions = MentionReader(catalog, titles)
        self._wishes = WishReader(spec, self._described)
        self._people = PeopleReader(facets)
        self._comparer = Comparer(catalog, facets)
        self._topics = Topics(catalog, titles)
        self._speller = Speller(self._finder.lexicon.words, titles)
        stop = {
            *(word for noun in self._finder.nouns for word in noun.split()),
            *facets.name_labels,
            *facets.verbs,
            spec.verb,
            f"{spec.verb}ing",
            *past,
            *facets.verb_forms,
        }
        self._decider = Decider(self._finder.nouns, facets, stop, self._described)

    def understand(self, text: str, state: State | None = None) -> Intent:
        """What ``text`` asks for in a conversation at ``state``; never raises, whatever the text.

        At most the first 2,000 characters are read.
        """
        message, commanded = _freed(read(to_english(text, self._spoken)))
        message = self._speller.mended(message)
        state = state or State()
        more = self._decider.kinds.is_more(message)  # not "more recent"
        if state.question is not None and not more:
            answer = asking.answered(message, state.question)
            if answer is not None:
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
            facet, end, words = extreme
            if not facet:
                return Intent(act="ask", question="fact", cannot_tell=(words,))
            return Intent(act="ask", question="fact", ask_facet=facet, target=self._place(state, facet, end))
        if state.shown and acts.CHOOSES.search(message.plain):
            return Intent(act="ask", question="fact", target=1)
        age = acts.age_said(message.plain)
        if age is not None and len(message.tokens) <= SHORT:
            return Intent(act="recommend", age=age)
        topic = acts.small_topic(message.plain)
        if topic:
            return Intent(act="smalltalk", topic=topic)
        if not any(token.is_word for token in message.tokens):
            return Intent(act="smalltalk", topic="off-topic") if commanded else Intent()
        if (asked := self._asked_last(message, state)) is not None:
            return asked
        reading = self._read(message, state, commanded=commanded)
        intent = (
            self._topics.correction(reading)
            or self._topics.without_seed(reading)
            or self._topics.placed(reading, self._decider.intent(reading))
        )
        return intent if age is None else intent.model_copy(update={"age": age})

    def _asked_last(self, message: Message, state: State) -> Intent | None:
        """ "The second sounds good, how long is it?": the question, of what the words before it speak of.

        None where these words wish for anything, or no such question ends the message.
        """
        match = LAST_QUESTION.search(message.plain)
        if match is None:
            return None
        cut, _ = message.tokens_of(match, "question")
        question = read(message.surface(cut, len(message.tokens)))
        if not self._decider.kinds.is_question(question):
            return None
        before = self._read(read(message.surface(0, cut)), state, commanded=False)
        told = self._decider.intent(before)
        if told.constraints or told.qualities or told.seeds or told.names or told.cannot_tell or told.query:
            return None
        named: list[Said] = [(title, frozenset()) for title in before.found.titles]
        named += [(reference, frozenset()) for reference in before.found.references]
        spoken = self._ids(named)
        focus = next((item_id for _, ids in spoken for item_id in ids), None)
        intent = self.understand(question.text, state.model_copy(update={"focus": focus or state.focus}))
        said = {role: getattr(told, role) for role in ("likes", "dislikes", "seen")}
        return intent.model_copy(update=said) if intent.act == "ask" else None

    def _described(self, phrase: str) -> bool:
        """Whether titles say of which items ``phrase`` is true."""
        describes = self._catalog.spec.title_describes
        return describes and bool(self._titles.table.with_words(tokens(phrase)))

    def _read(self, message: Message, state: State, *, commanded: bool) -> Reading:
        found = self._finder.find(message, state)
        named = [(title.start, title.end) for title in found.titles]
        if named != [(0, len(message.tokens))]:  # a message that is nothing but "Next" may be no title at all
            message = message.masked(named)
        covered = found.covered(len(message.tokens))
        made = frozenset(at for one in found.unnamed for at in range(one.start, one.end))
        bounded = {at for bound in found.bounds for at in range(bound.start, bound.end)}
        negated = scopes(message, covered.__getitem__, bounded.__contains__)
        scope = Scope(negated, softened(message), lasting(message), replaced(message), made)
        said = self._said(message, found, scope.negated)
        heading = self._mentions.heading(message, said, state)
        wishes = self._wishes.read(message, found.terms, found.bounds, scope)
        _repeated(wishes, state)
        people = [(item, roles) for item, roles in said if isinstance(item, Person)]
        constraints, names = self._people.read(message, people, scope, wishes)
        titled = {title.span.surface for title in found.titles}
        constraints, names = self._told_apart(message, heading, constraints, names, titled)
        constraints += self._finder.makers.read(
            message, found.unnamed, found.names, self._ids(said), state, scope.negated
        )
        wishes.constraints += constraints
        self._compare(message, wishes, said, heading, state)
        spoken = [mention.id for mention in (*heading.seeds, *heading.likes, *heading.bare)]
        wishes.constraints += self._comparer.same(message, spoken, state, scope.negated, found.unnamed)
        facets = self._catalog.spec.facets
        wishes.constraints = widened(message, self._without_swapped(wishes, state), state, facets)
        return Reading(message, state, found, scope, heading, wishes, names, commanded)

    def _without_swapped(self, wishes: Wishes, state: State) -> list[Constraint]:
        """What is demanded, where "instead of" excludes only what nobody wanted before.

        Who wants funds instead of the bonds asked for gives bonds up and does not shun them.
        """
        left = []
        for constraint in wishes.constraints:
            ((facet, bound),) = constraint.where.items()
            before = state.where.get(facet, Bound())
            wanted = {*before.any_of, *before.all_of}.intersection(bound.none_of)
            single = not self._catalog.spec.facet(facet).multiple
            if not (any(constraint is other for other in wishes.swapped) and (wanted or single)):
                left.append(constraint)
        return left

    def _place(self, state: State, facet: str, end: Literal["least", "most"]) -> int | None:
        """Which of the shown picks, from 1, has the least or most of a facet; None where none is known."""
        known = [item_id for item_id in state.shown if item_id in self._catalog]
        numbers = self._catalog.numbers(facet)[[self._catalog.position(item_id) for item_id in known]]
        if not np.isfinite(numbers).any():
            return None
        place = int(np.nanargmin(numbers) if end == "least" else np.nanargmax(numbers))
        return state.shown.index(known[place]) + 1

    def _told_apart(
        self,
        message: Message,
        heading: Heading,
        constraints: list[Constraint],
        names: Names,
        titled: Container[str],
    ) -> tuple[list[Constraint], Names]:
        """Names and years that only say which item is spoken of ("Dune by Frank Herbert") demand nothing.

        Of several items of one title they tell which is meant ("Crash, the Cronenberg one").
        """
        for mentions in (heading.seeds, heading.likes, heading.dislikes, heading.seen, heading.bare):
            for place, mention in enumerate(mentions):
                if mention.surface not in titled:
                    continue  # "which of these are by Herbert?"
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

    def _ids(self, said: Sequence[Said]) -> list[tuple[int, tuple[str, ...]]]:
        """The ids of the items named or referred to, each with its token."""
        spoken = []
        for item, _ in said:
            if isinstance(item, Reference):
                spoken.append((item.start, item.ids))
            elif isinstance(item, Titled) and item.is_known:
                spoken.append((item.start, (self._catalog.ids[item.span.matches[0].position],)))
        return spoken

    def _compare(
        self, message: Message, wishes: Wishes, said: Sequence[Said], heading: Heading, state: State
    ) -> None:
        """Turn what shall be less, more or the same into constraints."""
        named = [item for item, _ in said if isinstance(item, (Titled, Reference))]
        placed = [mention for mention in heading.bare if mention.surface.casefold() not in BACK]
        seeds = [mention.id for mention in heading.seeds or placed]
        for comparison in wishes.comparisons:
            if end := strange_after_than(message, comparison, named):
                wishes.cannot_tell.append(message.surface(comparison.start, end))
                wishes.untold.append((comparison.start, end))
                continue
            constraint = self._comparer.constraint(message, comparison, named, seeds, state)
            if constraint is None:
                wishes.cannot_tell.append(message.surface(comparison.start, comparison.end))
            else:
                wishes.constraints.append(constraint)


def _repeated(wishes: Wishes, state: State) -> None:
    """Read "more horror", where nothing but horror was asked for, as a wish for others of the kind."""
    where = state.where
    for surface, quality in list(wishes.qualities):
        wanted = {v for name in quality.prefer for v in (*where.get(name, Bound()).any_of,)}
        facts = {value for values in quality.prefer.values() for value in values}
        if surface.startswith("more ") and facts and facts <= wanted:
            wishes.qualities.remove((surface, quality))
            wishes.others = True


def widened(
    message: Message, constraints: Sequence[Constraint], state: State, facets: Iterable[Facet]
) -> list[Constraint]:
    """``constraints`` beside what was wanted before: "or" another will do, "as well" both are wanted.

    Of one kind of item, or of who is held to have made it, "both" is either; else an item must have both.
    """
    choice = message.lows[:1] == ("or",) and REPLACES.isdisjoint(message.lows)  # "or rather the nineties"
    both = acts.TOO.search(message.plain) is not None
    by_name = {facet.name: facet for facet in facets}
    makers = max((f for f in by_name.values() if f.kind == "name"), key=lambda f: f.weight, default=None)
    wide = []
    for constraint in constraints:
        ((name, bound),) = constraint.where.items()
        before, facet = state.where.get(name, Bound()), by_name[name]
        values = tuple(dict.fromkeys((*before.any_of, *before.all_of, *bound.any_of)))
        more = bound.any_of and len(values) > len(bound.any_of)
        either_ = choice or not facet.multiple or facet is makers
        if more and (choice or (both and (either_ or facet.kind == "name"))):
            wider = Bound.model_validate({"in" if either_ else "all": values})
            constraint = constraint.model_copy(update={"where": {name: wider}})
        if choice and is_bounded(before) and is_bounded(bound) and is_bounded(wider := hull(before, bound)):
            constraint = constraint.model_copy(update={"where": {name: wider}})
        wide.append(constraint)
    return wide


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
