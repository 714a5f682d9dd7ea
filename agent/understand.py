"""Words → Intent, by rules over the catalogue's own facets, values, synonyms, titles and names.

A message is read in four steps: find everything that is named in it, read what is said about each (wanted, not
wanted, liked, seen), decide what kind of message that makes, and leave the rest to content search. Nothing here
knows a field by name; every word about the catalogue's items comes from its spec and vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..data.catalog import Catalog
from ..data.schema import FacetValue
from ..tools.lookup import TitleIndex
from ..tools.types import Bound, Where
from . import acts
from .classify import Classifier, Heard, Kind
from .comparisons import Comparer
from .facetwords import FacetWords
from .how_many import how_many
from .leftovers import is_content, runs
from .lexicon import Term
from .negation import lasting, scopes, softened
from .people import PeopleReader
from .references import Reference
from .roles import Named, Role, Roles, past_forms
from .sightings import Finder, Person, Sightings, Titled
from .state import EVERYTHING, State
from .types import Constraint, Intent, Mention, UnknownTitle
from .wishes import Scope, Wishes, WishReader
from .message import Message, read

Said = list[tuple[Titled | Reference | Person, frozenset[Role]]]
MAX_MENTIONS = 20
"""Items that one message may bring into each role."""
MAX_QUERY = 300


@dataclass
class Heading:
    """Items by what is said about them."""

    seeds: list[Mention] = field(default_factory=list)
    likes: list[Mention] = field(default_factory=list)
    dislikes: list[Mention] = field(default_factory=list)
    seen: list[Mention] = field(default_factory=list)
    bare: list[Mention] = field(default_factory=list)
    unknown: list[UnknownTitle] = field(default_factory=list)
    target: int | None = None


@dataclass(frozen=True)
class Reading:
    """Everything read of one message."""

    message: Message
    state: State
    found: Sightings
    scope: Scope
    heading: Heading
    wishes: Wishes
    names: tuple[tuple[str, str], ...]
    commanded: bool


class Understander:
    """Reads messages about one catalogue."""

    def __init__(self, catalog: Catalog, titles: TitleIndex) -> None:
        self._catalog = catalog
        self._titles = titles
        self._facets = FacetWords(catalog.spec)
        self._finder = Finder(catalog, titles, self._facets)
        self._wishes = WishReader(catalog.spec)
        self._people = PeopleReader(self._facets)
        self._comparer = Comparer(catalog)
        self._roles = Roles(past_forms(catalog.spec.verb))
        self._kinds = Classifier(self._finder.nouns, self._facets)
        noun_words = {word for noun in self._finder.nouns for word in noun.split()}
        self._stop = frozenset({*noun_words, *self._facets.name_labels, catalog.spec.verb, *past_forms(catalog.spec.verb)})

    def understand(self, text: str, state: State | None = None) -> Intent:
        """What ``text`` asks for in a conversation at ``state``; never raises, whatever the text."""
        state = state or State()
        message, commanded = _obeyed(read(text))
        topic = acts.small_topic(message.plain)
        if topic:
            return Intent(act="smalltalk", topic=topic)
        if not any(token.is_word for token in message.tokens):
            return Intent(act="smalltalk", topic="off-topic") if commanded else Intent()
        return self._read(message, state, commanded=commanded)

    def _read(self, message: Message, state: State, *, commanded: bool) -> Intent:
        found = self._finder.find(message, state)
        covered = found.covered(len(message.tokens))
        scope = Scope(scopes(message, covered.__getitem__), softened(message), lasting(message))
        said = self._said(message, found, scope.negated)
        heading = self._heading(message, said, state)
        wishes = self._wishes.read(message, found.terms, found.bounds, scope)
        people = [(item, roles) for item, roles in said if isinstance(item, Person)]
        constraints, names = self._people.read(message, people, scope.negated, scope.lasting)
        wishes.constraints += constraints
        self._compare(message, wishes, said, heading, state)
        self._same(message, wishes, heading, state)
        reading = Reading(message, state, found, scope, heading, wishes, names, commanded)
        return self._correction(reading) or self._intent(reading)

    def _said(self, message: Message, found: Sightings, negated: Sequence[bool]) -> Said:
        """Titles, references and people in the order of the message, with their roles."""
        items = sorted([*found.titles, *found.references, *found.names], key=lambda item: item.start)
        spans = [Named(item.start, item.end) for item in items]
        return list(zip(items, self._roles.read(message, spans, negated), strict=True))

    def _heading(self, message: Message, said: Said, state: State) -> Heading:
        heading = Heading()
        last: Mention | None = None
        for item, roles in said:
            if isinstance(item, Person):
                continue
            if isinstance(item, Titled) and not item.is_known:
                matches = item.span.matches or self._titles.find(item.span.surface, k=3)
                nearest = tuple(self._catalog.label(match.position) for match in matches[:3])
                heading.unknown.append(UnknownTitle(surface=item.span.surface, nearest=nearest))
                continue
            mentions = self._mentions(message, item, last)
            last = mentions[0] if isinstance(item, Titled) and mentions else last
            self._file(heading, item, roles, mentions, state)
        return heading

    def _mentions(self, message: Message, item: Titled | Reference, last: Mention | None) -> list[Mention]:
        if isinstance(item, Titled):
            match = item.span.matches[0]
            label, certainty = self._catalog.label(match.position), min(1.0, match.certainty)
            item_id = self._catalog.ids[match.position]
            return [Mention(id=item_id, title=label, surface=item.span.surface, certainty=certainty)]
        surface = message.surface(item.start, item.end)
        if last is not None and len(item.ids) <= 1 and message.lows[item.start] in {"it", "that", "this"}:
            return [last.model_copy(update={"surface": surface})]
        return [self._mention(item_id, surface, item.certainty) for item_id in item.ids]

    def _mention(self, item_id: str, surface: str, certainty: float) -> Mention:
        label = self._catalog.label(self._catalog.position(item_id))
        return Mention(id=item_id, title=label, surface=surface, certainty=certainty)

    def _file(
        self,
        heading: Heading,
        item: Titled | Reference,
        roles: frozenset[Role],
        mentions: list[Mention],
        state: State,
    ) -> None:
        if heading.target is None and (isinstance(item, Reference) or mentions[0].id in state.shown):
            heading.target = item.places[0] if isinstance(item, Reference) and item.places else None
            if isinstance(item, Titled):
                heading.target = state.shown.index(mentions[0].id) + 1
        lists = {"seed": heading.seeds, "like": heading.likes, "dislike": heading.dislikes, "seen": heading.seen}
        for role in roles:
            if role == "bare":
                heading.bare += mentions
            elif role in lists:
                lists[role] += mentions

    def _compare(
        self, message: Message, wishes: Wishes, said: Said, heading: Heading, state: State
    ) -> None:
        """Turn the comparisons of ``wishes`` into constraints."""
        named = [item for item, _ in said if isinstance(item, (Titled, Reference))]
        seeds = [mention.id for mention in heading.seeds]
        for comparison in wishes.comparisons:
            constraint = self._comparer.constraint(message, comparison, named, seeds, state)
            if constraint is None:
                wishes.cannot_tell.append(message.surface(comparison.start, comparison.end))
            else:
                wishes.constraints.append(constraint)

    def _same(self, message: Message, wishes: Wishes, heading: Heading, state: State) -> None:
        """ "By that director": the values of the item spoken of last."""
        named = [mention.id for mention in (*heading.seeds, *heading.likes, *heading.bare)]
        spoken = [*named, *filter(None, [state.focus]), *state.shown[:1], *(seed.id for seed in state.seeds)]
        for facet, first, last in self._facets.same(message) if spoken else ():
            value = self._catalog.item(self._catalog.position(spoken[0])).facets.get(facet)
            values = value if isinstance(value, tuple) else (str(value),) if value is not None else ()
            if values:
                where = {facet: Bound.model_validate({"in": values})}
                wishes.constraints.append(Constraint(surface=message.surface(first, last), where=where))

    def _intent(self, reading: Reading) -> Intent:
        message, state, heading, wishes = reading.message, reading.state, reading.heading, reading.wishes
        dropped, drop_spans = self._facets.dropped(message)
        k, k_span = how_many(message, reading.found.covered(len(message.tokens)), self._finder.nouns)
        best = acts.BEST.search(message.plain)
        said = [best, acts.RESET.search(message.plain), acts.SURPRISE.search(message.plain)]
        explained = [*drop_spans, k_span, *(message.tokens_of(match) for match in said if match)]
        query, untold = self._rest(reading, explained)
        heard = Heard(
            has_subject=bool(heading.bare) or (heading.target is not None and not heading.seeds),
            only_subject=bool(heading.bare) and self._is_only_reference(reading),
            wishes=bool(
                heading.seeds or heading.unknown or wishes.constraints or wishes.qualities or wishes.cannot_tell
                or untold or reading.names or (heading.bare and not self._is_only_reference(reading))
            ),
            likes=bool(heading.likes),
            feedback=bool(heading.likes or heading.dislikes or heading.seen),
            words=bool(query),
            drops=bool(dropped or wishes.drop),
            best=best is not None or k is not None,
        )  # fmt: skip
        kind = self._kinds.classify(message, heard, state, commanded=reading.commanded)
        if kind.act in {"why", "ask"}:
            return self._answer(reading, kind)
        if kind.off_topic:
            return Intent(act="smalltalk", topic="off-topic")
        if kind.act == "more":
            return Intent(act="more", likes=_distinct(heading.likes), dislikes=_distinct(heading.dislikes),
                          seen=_distinct(heading.seen), k=k)  # fmt: skip
        titled = [mention for mention in heading.bare if mention.certainty >= 0.5 or not heading.seeds]
        seeds = _distinct([*heading.seeds, *self._bare_seeds(reading, titled)])
        intent = Intent(
            act=kind.act,
            seeds=seeds,
            likes=_distinct(heading.likes),
            dislikes=_distinct(heading.dislikes),
            seen=_distinct(heading.seen),
            unknown_titles=tuple(heading.unknown[:MAX_MENTIONS]),
            constraints=tuple(wishes.constraints),
            drop=tuple(dict.fromkeys([*dropped, *wishes.drop])),
            qualities=tuple(wishes.qualities),
            cannot_tell=tuple(dict.fromkeys([*wishes.cannot_tell, *untold])),
            names=reading.names,
            query=query,
            best=best is not None,
            k=k,
        )
        return self._with_topic(reading, intent)

    def _bare_seeds(self, reading: Reading, bare: Sequence[Mention]) -> list[Mention]:
        """Titles that nothing says what for are seeds; references are not."""
        surfaces = {
            reading.message.surface(item.start, item.end)
            for item in reading.found.references
        }
        return [mention for mention in bare if mention.surface not in surfaces]

    def _is_only_reference(self, reading: Reading) -> bool:
        """Whether a message is no more than "the second one" or "what about it"."""
        found, message = reading.found, reading.message
        if found.titles or found.names or found.bounds or not found.references:
            return False
        covered = found.covered(len(message.tokens))
        return not any(
            is_content(low, self._stop) for low, taken in zip(message.lows, covered, strict=True) if not taken
        ) and all(self._is_noun(term) for term in found.terms)

    def _is_noun(self, term: Term) -> bool:
        return all(sense.kind == "noun" for sense in term.senses)

    def _answer(self, reading: Reading, kind: Kind) -> Intent:
        """The intent of a question; ``seeds`` holds the item asked about where it was named by its title."""
        heading, counts = reading.heading, kind.question == "count"
        target = heading.target
        if target is None and kind.act == "why" and not heading.bare:
            target = _number_after_why(reading.message) or _focused(reading.state)
        named = [m for m in heading.bare if m.id not in reading.state.shown or target is None]
        if counts or kind.question == "state":
            named, target = [], None
        ask_facet = kind.ask_facet
        if kind.question == "fact" and not ask_facet and reading.wishes.constraints and not acts.ABOUT.search(
            reading.message.plain
        ):
            ask_facet = next(iter(reading.wishes.constraints[0].where))
        return Intent(
            act=kind.act,
            seeds=_distinct(named),
            unknown_titles=() if counts else tuple(heading.unknown[:MAX_MENTIONS]),
            constraints=tuple(reading.wishes.constraints) if counts else (),
            cannot_tell=tuple(reading.wishes.cannot_tell) if counts else (),
            target=target,
            question=kind.question,
            ask_facet=ask_facet,
        )

    def _rest(self, reading: Reading, explained: Sequence[tuple[int, int]]) -> tuple[str, list[str]]:
        """The words for content search, and the unwanted or uncomparable ones that nothing can act on."""
        message, found = reading.message, reading.found
        size = len(message.tokens)
        taken, clear = [False] * size, [False] * size
        for item in (*found.titles, *found.names, *found.references, *found.bounds):
            taken[item.start : item.end] = [True] * (item.end - item.start)
        for start, end in explained:
            taken[start:end] = [True] * (end - start)
        for term in found.terms:
            used = any(term is other for other in reading.wishes.used)
            wanted = term.senses[0].kind in {"value", "quality"} and not reading.scope.negated[term.start]
            explained_flags = clear if wanted or not used else taken
            explained_flags[term.start : term.end] = [True] * (term.end - term.start)
        stop = self._stop | self._label_words(reading.wishes)
        untold = self._untold(reading, taken, clear, stop)
        ranges = runs(message, taken, clear, stop)
        query = " ".join(message.surface(start, end) for start, end in ranges)
        return query[:MAX_QUERY], untold

    def _untold(
        self, reading: Reading, taken: list[bool], clear: Sequence[bool], stop: frozenset[str]
    ) -> list[str]:
        """Take out what is negated, only compared, or asked of people nobody knows; these are returned."""
        message, untold = reading.message, []
        closed = [not flag for flag in reading.scope.negated]
        for start, end in runs(message, [a or b for a, b in zip(taken, closed, strict=True)], clear, stop):
            untold.append(message.surface(start, end))
            taken[start:end] = [True] * (end - start)
        for at, low in enumerate(message.lows):
            if low == "less":
                ahead = range(at + 1, min(at + 3, len(taken)))
                word = next((i for i in ahead if is_content(message.lows[i], stop)), None)
                if word is not None and not any(taken[i] or clear[i] for i in range(at + 1, word + 1)):
                    untold.append(message.surface(at + 1, word + 1))
                    taken[at + 1 : word + 1] = [True] * (word - at)
            start = self._facets.verb_before(message.lows, at)
            if start is not None and not taken[at] and is_content(low, stop):
                untold.append(message.surface(start, at + 1))
                taken[start : at + 1] = [True] * (at + 1 - start)
        return untold

    def _label_words(self, wishes: Wishes) -> frozenset[str]:
        """What the constrained facets are called, which adds nothing to a search."""
        facets = {facet for constraint in wishes.constraints for facet in constraint.where}
        return frozenset(word for facet in facets for word in self._facets.called(facet))

    def _with_topic(self, reading: Reading, intent: Intent) -> Intent:
        """``intent``, dropping all that was asked before where it begins a new topic."""
        state, message = reading.state, reading.message
        if intent.act != "recommend" or not state.has_request:
            return intent
        if acts.RESET.search(message.plain) or self._is_fresh(reading, intent):
            return intent.model_copy(update={"drop": (EVERYTHING,)})
        return intent

    def _is_fresh(self, reading: Reading, intent: Intent) -> bool:
        plain = reading.message.plain
        if intent.seeds:
            referred = {mention.id for mention in intent.seeds} <= set(reading.state.shown)
            return not referred and not acts.ADDS.search(plain) and not acts.CORRECTS.search(plain)
        heads = bool(intent.query or intent.best or any(self._is_head(c.where) for c in intent.constraints))
        return heads and bool(acts.FRESH.search(plain)) and not acts.REFINES.search(plain)

    def _is_head(self, where: Where) -> bool:
        """Whether a constraint says what kind of item is wanted, rather than a limit."""
        return any(bound.any_of or bound.all_of for bound in where.values())

    def _correction(self, reading: Reading) -> Intent | None:
        """ "No, I meant the 1958 one": an earlier seed resolved anew with a year or a name."""
        state, message = reading.state, reading.message
        if not state.seeds or reading.found.titles or not acts.CORRECTS.search(message.plain):
            return None
        where = {f: b for constraint in reading.wishes.constraints for f, b in constraint.where.items()}
        where.update({facet: Bound.model_validate({"in": (value,)}) for facet, value in reading.names})
        if not where:
            return None
        for seed in reversed(state.seeds):
            for match in self._titles.find(seed.surface, k=12):
                item_id = self._catalog.ids[match.position]
                if item_id != seed.id and match.certainty >= 0.4 and self._fits(match.position, where):
                    return Intent(act="recommend", seeds=(self._mention(item_id, seed.surface, 1.0),))
        return None

    def _fits(self, position: int, where: Where) -> bool:
        facets = self._catalog.item(position).facets
        return all(_holds(facets.get(facet), bound) for facet, bound in where.items())


def _holds(value: FacetValue | None, bound: Bound) -> bool:
    """Whether one facet value of an item satisfies the bounds and the wanted values of ``bound``."""
    if value is None:
        return False
    if isinstance(value, (int, float)):
        low, high = bound.gte, bound.lte
        return (low is None or value >= low) and (high is None or value <= high)
    values = set(value) if isinstance(value, tuple) else {value}
    return bool(values & {*bound.any_of, *bound.all_of})


def _obeyed(message: Message) -> tuple[Message, bool]:
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


def _distinct(mentions: Sequence[Mention]) -> tuple[Mention, ...]:
    """``mentions`` without those of an item that was already named."""
    return tuple({mention.id: mention for mention in reversed(mentions)}.values())[::-1][:MAX_MENTIONS]


def _number_after_why(message: Message) -> int | None:
    """The place in a bare "why 2"."""
    return next((int(low) for low in message.lows if low.isdigit() and 0 < int(low) <= 50), None)


def _focused(state: State) -> int | None:
    """The place of the item spoken of last, where it is among those shown."""
    return state.shown.index(state.focus) + 1 if state.focus in state.shown else None
