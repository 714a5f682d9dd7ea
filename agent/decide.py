"""What was read → the intent: a request, a question, feedback, or talk."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from ..tools.types import Bound
from . import acts, asking
from .classify import Classifier, Heard, Kind
from .how_many import how_many
from .leftovers import Leftovers
from .message import BLANK
from .state import added
from .types import Constraint, Intent, Mention

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ..data.schema import Quality
    from .facetwords import FacetWords
    from .message import Message
    from .reading import Reading
    from .state import State

MAX_MENTIONS = 20
"""Items that one message may bring into each role."""
MAX_PLACE = 50


class Decider:
    """Makes intents, given what one catalogue's items and facets are called and words without content."""

    def __init__(
        self, nouns: Sequence[str], facets: FacetWords, stop: Iterable[str], described: Callable[[str], bool]
    ) -> None:
        """``described``: whether titles say of which items a phrase is true."""
        self._nouns = nouns
        self._facets = facets
        self._leftovers = Leftovers(facets, stop)
        self._described = described
        self.kinds = Classifier(nouns, facets)

    def intent(self, reading: Reading) -> Intent:
        """The intent of a message."""
        message, heading, wishes = reading.message, reading.heading, reading.wishes
        dropped, drop_spans = self._facets.dropped(message)
        terms = [term for term in reading.found.terms if any(sense.is_plural for sense in term.senses)]
        plurals = {at for term in terms for at in range(term.start, term.end)}
        k, k_span = how_many(message, reading.found.covered(len(message.tokens)), self._nouns, plurals)
        best = acts.BEST.search(message.plain)
        surprise, quiet = acts.SURPRISE.search(message.plain), asking.QUIET.search(message.plain)
        said = [best, acts.RESET.search(message.plain), surprise, quiet]
        explained = [
            *drop_spans,
            k_span,
            *wishes.untold,
            *(message.tokens_of(match) for match in said if match),
        ]
        query, unwanted, untold = self._leftovers.rest(reading, explained)
        # "Green or yellow": each of them is unwanted.
        parts = [part for phrase in unwanted for part in re.split(r" (?:or|and|nor) |, ", phrase)]
        left_out = [part for part in parts if self._described(part)]
        untold = [*(unwanted if not left_out else (p for p in parts if p not in left_out)), *untold]
        asked = Intent(
            act="recommend",
            likes=_distinct(heading.likes),
            dislikes=_distinct(heading.dislikes),
            seen=_distinct(heading.seen),
            seeds=_distinct([*heading.seeds, *_bare_seeds(reading)]),
            unknown_titles=tuple(heading.unknown[:MAX_MENTIONS]),
            constraints=tuple(wishes.constraints),
            drop=tuple(dict.fromkeys([*dropped, *wishes.drop])),
            allows=tuple(wishes.allows),
            releases=tuple(wishes.releases),
            unwanted=tuple(dict.fromkeys([*wishes.unwanted, *left_out])),
            qualities=tuple(wishes.qualities),
            cannot_tell=tuple(dict.fromkeys([*wishes.cannot_tell, *untold])),
            names=reading.names,
            query=query,
            best=best is not None,
            k=k,
            surprise=surprise is not None,
            quiet=quiet is not None,
        )
        if self._is_commentary(reading, asked):
            asked = asked.model_copy(update={"query": "", "unwanted": (), "cannot_tell": ()})
        kind = self.kinds.classify(
            message, self._heard(reading, asked), reading.state, commanded=reading.commanded
        )
        return _of_kind(reading, asked, kind, has_noun=self._has_noun(reading))

    def _is_commentary(self, reading: Reading, asked: Intent) -> bool:
        """Whether the words left over only go on about what was liked, disliked or seen."""
        told = asked.likes or asked.dislikes or asked.seen
        wished = asked.seeds or asked.constraints or asked.qualities or asked.names or asked.best
        plain = reading.message.plain
        if not told or wished or acts.WISH.search(plain) or self._has_noun(reading):
            return False
        sentences = re.split(r"[.!?;]", plain)
        if reading.found.references and len(sentences) == 1:
            return True
        return not any(
            BLANK not in words and self._leftovers.says_something(words)
            for words in map(str.split, sentences)
        )

    def _has_noun(self, reading: Reading) -> bool:
        """Whether it says what the items are called ("some films")."""
        return not set(self._nouns).isdisjoint(reading.message.lows)

    def _heard(self, reading: Reading, asked: Intent) -> Heard:
        heading = reading.heading
        alone = self._is_only_reference(reading)
        return Heard(
            has_subject=(bool(heading.bare) or heading.refers) and asked.k is None,
            only_subject=bool(heading.bare) and alone,
            wishes=bool(
                asked.seeds or asked.constraints or asked.qualities
                or asked.cannot_tell or asked.names or (heading.bare and not alone)
            ),
            own=bool(asked.seeds or asked.constraints or asked.qualities or asked.names),
            words=bool(asked.query or asked.unknown_titles), unknown=bool(asked.unknown_titles),
            likes=bool(heading.likes),
            feedback=bool(heading.likes or heading.dislikes or heading.seen),
            drops=bool(asked.drop or asked.allows or asked.releases or asked.unwanted),
            best=asked.best or asked.k is not None,
            others=(reading.wishes.others or _repeats(reading, asked)) and not asked.seeds,
            general=asked.surprise or asked.quiet or self._has_noun(reading),
        )  # fmt: skip

    def _is_only_reference(self, reading: Reading) -> bool:
        """Whether a message is no more than "the second one" or "what about it"."""
        found = reading.found
        if found.titles or found.names or found.bounds or not found.references:
            return False
        senses = [sense for term in found.terms for sense in term.senses]
        return all(sense.kind == "noun" for sense in senses) and not self._leftovers.has_content(reading)


def _of_kind(reading: Reading, asked: Intent, kind: Kind, *, has_noun: bool) -> Intent:
    """The parts of ``asked`` that a message of this kind means; ``has_noun``: it says what items are."""
    if kind.off_topic:
        return Intent(act="smalltalk", topic="off-topic")
    if kind.act == "more":
        kept = ("likes", "dislikes", "seen", "k", "constraints", "qualities", "names", "cannot_tell")
        return Intent.model_validate({"act": "more", **{name: getattr(asked, name) for name in kept}})
    if kind.act == "ask" and kind.question == "count":
        constraints = asked.constraints
        if not constraints and not has_noun:
            constraints = reading.state.constraints  # "how many are there?"
        if reading.state.counted and acts.GOES_ON.search(reading.message.plain):
            constraints = added(reading.state.counted, constraints)
        told = {"constraints": constraints, "cannot_tell": asked.cannot_tell}
        return Intent.model_validate({"act": "ask", "question": "count", **told})
    if kind.act == "ask" and kind.question == "among":
        limits = (*asked.constraints, *filter(None, itertools.starmap(_as_limit, asked.qualities)))
        untold = () if limits else tuple(filter(None, (*asked.cannot_tell, asked.query)))
        return Intent(act="ask", question="among", constraints=limits, cannot_tell=untold)
    if kind.act == "ask" and kind.question == "state":
        return Intent(act="ask", question="state")
    if kind.act in {"why", "ask"}:
        return _question(reading, kind)
    return asked.model_copy(update={"act": kind.act})


def _repeats(reading: Reading, asked: Intent) -> bool:
    """Whether it asks for more of what was asked for before ("more fantasy books")."""
    state = reading.state
    new = any(state.where.get(facet) != bound for c in asked.constraints for facet, bound in c.where.items())
    new = new or not set(asked.query.casefold().split()) <= set(state.query.casefold().split())
    new = new or not {word for word, _ in asked.qualities} <= {word for word, _ in state.qualities}
    said = bool(asked.constraints or asked.query or asked.qualities)
    return said and not new and acts.MORE_OF.search(reading.message.plain) is not None


def _as_limit(said: str, quality: Quality) -> Constraint | None:
    """What an item must have for a quality to be true of it: what a grade says, else the first facet."""
    graded = [(facet, values) for facet, values in quality.prefer.items() if all(map(str.isdecimal, values))]
    for facet, values in (*graded, *quality.prefer.items()):
        bound = Bound(gte=min(map(float, values))) if graded else Bound.model_validate({"in": values})
        return Constraint(surface=said, where={facet: bound})
    return None


def _question(reading: Reading, kind: Kind) -> Intent:
    """A question about an item: ``target`` among those shown, or ``seeds`` where it was not shown."""
    heading, state, constraints = reading.heading, reading.state, reading.wishes.constraints
    target = heading.target
    if target is None and kind.act == "why" and not heading.bare:
        target = _number(reading.message) or _focused(state)
    facet, wished = kind.ask_facet, reading.wishes.qualities
    if kind.act == "ask" and not facet and not acts.ABOUT.search(reading.message.plain):
        if constraints:
            facet = next(iter(constraints[0].where))  # "is it in French?" asks about the language
        elif wished:
            facet = next(iter(wished[0][1].prefer), "")  # "is it gory?" asks what the note says of that
    how = acts.HOW_IS.search(reading.message.plain) if kind.act == "ask" and not facet else None
    return Intent(
        act=kind.act,
        cannot_tell=(how[1],) if how else (),
        seeds=_distinct([m for m in heading.bare if m.id not in state.shown or target is None]),
        unknown_titles=tuple(heading.unknown[:MAX_MENTIONS]),
        target=target,
        question=kind.question,
        ask_facet=facet,
    )


def _bare_seeds(reading: Reading) -> list[Mention]:
    """Titles that nothing says what for are seeds; references are not."""
    words = reading.reference_words
    return [mention for mention in reading.heading.bare if mention.surface not in words]


def _distinct(mentions: Sequence[Mention]) -> tuple[Mention, ...]:
    """``mentions`` without those of an item that was already named."""
    first = {mention.id: mention for mention in reversed(mentions)}
    return tuple(first.values())[::-1][:MAX_MENTIONS]


def _number(message: Message) -> int | None:
    """The place in a bare "why 2"."""
    return next((int(low) for low in message.lows if low.isdecimal() and 0 < int(low) <= MAX_PLACE), None)


def _focused(state: State) -> int | None:
    """The place of the item spoken of last, where it is among those shown."""
    return state.shown.index(state.focus) + 1 if state.focus in state.shown else None
