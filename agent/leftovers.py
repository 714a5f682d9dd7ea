"""What nothing else explained: the words that content search gets, and those that must not reach it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .message import is_comparative

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .facetwords import FacetWords
    from .message import Message
    from .reading import Reading
    from .spans import Ranged

MAX_QUERY = 300
"""Characters that content search gets."""
STOP = frozenset(
    """
    's a about above absolutely actually after afternoon again ago all almost along already also although
    always am amazing an and another any anybody anymore anyone anything anyway apart are around as ask at
    available avoid away awesome awful back be bear because been before being besides between bit bore bored
    boring both brilliant but by called came can care case change check choose come could course crap cup
    currently decent decide definitely did different directed disappointing dislike disliked do does doing
    done drop dull dunno during each eight eighty either eleven else enjoy enjoyed enough especially etc even
    evening ever every everybody everyone everything exactly excellent except exclude excluding exist fan
    fancy fans fantastic favorite favorites favourite favourites featuring fed feel feeling few fifty find
    fine finished first five for forget forty found four from fun further garbage get gets getting give given
    go goes going gone gonna good got great had hand happy has hate hated hates have having he hello help her
    here hey hi him his hm hmm hope hoping horrible how however hundred i idea ideally ideas idk if im in
    include includes including incredible instead interesting into is it its itself just keen keep kind kinda
    know last lately later least less let lets like liked likes lines list literally little long look looked
    looking looks lot lots love loved lovely loves made make makes many masterpiece matter matters may maybe
    me mean meant meh mess might mine minus minutes mood more morning most much must my myself name named need
    needs neither never new next nice night nine ninety no nobody none nor not nothing now number of off often
    oh ok okay old on once one ones only onto options or other others our out over overrated own part people
    per perfect perhaps pick picks please pleasure plus possible possibly prefer preferably preferred pretty
    probably published question quick quite random rated rather ready really recommend recommendation
    recommendations recommended released rest reviewed right rocked rocks rubbish said same saw say see seem
    seemed seems seen set seven seventy shall she should show sick similar simple since six sixty skip so
    solid some somebody somehow someone something sometimes sorry sort sound sounds spirit stand starring
    still stuff stupid style such sucked sucks suggest suggested suggestion suggestions superb sure surprise
    take tbh tell ten terrible terrific than thank thanks that the their them then there these they thing
    things think thirty this those though thousand three through time times tired title titles to today
    together tomorrow tonight too top totally toward trash try trying twelve twenty two type under unless
    until up upon us use used usual usually vein very vibe vibes wanna want wanted wants was watch watched
    watching way we weekend well went were what whatever when where whether which while who whole whom whose
    why will wish with within without wonder wonderful wondering worth worthwhile would wow yeah yes yet you
    your yours zero
    """.split()  # noqa: SIM905
)
"""Words that ask, praise or connect, and describe no item."""
ENDS = frozenset({"please", "and", "or", "but", "than", "then", "though", "one", "ones"})
"""Behind a comparative: it says what an item shall be, and nothing of what is in it."""
OWN = frozenset((word,) for word in ("my", "our", "your", "his", "her", "their"))
"""A word behind one of these is of the person's life ("with my girlfriend")."""


class Leftovers:
    """Sorts out the unexplained words; ``stop`` are words without content in this catalogue."""

    def __init__(self, facets: FacetWords, stop: Iterable[str]) -> None:
        self._facets = facets
        self._stop = frozenset(stop)

    def has_content(self, reading: Reading) -> bool:
        """Whether anything outside of what was found describes an item."""
        covered = reading.found.covered(len(reading.message.tokens))
        words = zip(reading.message.lows, covered, strict=True)
        return any(is_content(low, self._stop) for low, taken in words if not taken)

    def says_something(self, words: Iterable[str]) -> bool:
        """Whether any of the folded ``words`` may describe an item."""
        return any(is_content(word, self._stop) for word in words)

    def rest(
        self, reading: Reading, explained: Sequence[tuple[int, int]]
    ) -> tuple[str, list[str], list[str]]:
        """The words for content search, the unwanted ones, and the uncomparable ones."""
        message = reading.message
        taken, clear, telling = _explained(reading, explained)
        stop = self._stop | self._label_words(reading)
        unwanted = _unwanted(reading, taken, clear, stop)
        known = [done or told for done, told in zip(clear, telling, strict=True)]
        untold = self._unknown(message, taken, known, stop)
        query = " ".join(
            message.surface(start, end) for start, end in runs(message, taken, clear, stop, telling)
        )
        return query[:MAX_QUERY], unwanted, untold

    def _unknown(
        self, message: Message, taken: list[bool], clear: Sequence[bool], stop: frozenset[str]
    ) -> list[str]:
        """Take out what shall be less, and who made it where that is nobody known."""
        untold = []
        for at, low in enumerate(message.lows):
            start, end = at, at + 1
            verb = self._facets.verb_before(message.lows, at)
            if low == "less":
                ahead = range(at + 1, min(at + 3, len(taken)))
                start, end = at + 1, next((i + 1 for i in ahead if is_content(message.lows[i], stop)), 0)
                if any(taken[i] or clear[i] for i in range(start, end)):
                    continue
            elif is_comparative(low) and is_content(low, stop) and not (taken[at] or clear[at]):
                behind = message.lows[at + 1] if at + 1 < len(taken) else ""
                if behind.isalpha() and behind not in ENDS:
                    continue  # "a bigger boat"
            elif verb is not None and not taken[at] and is_content(low, stop):
                start = verb
            else:
                continue
            if start < end:
                untold.append(message.surface(start, end))
                taken[start:end] = [True] * (end - start)
        return untold

    def _label_words(self, reading: Reading) -> frozenset[str]:
        """What the constrained facets are called, which adds nothing to a search."""
        facets = {facet for constraint in reading.wishes.constraints for facet in constraint.where}
        return frozenset(word for facet in facets for word in self._facets.called(facet))


def _explained(
    reading: Reading, explained: Sequence[tuple[int, int]]
) -> tuple[list[bool], list[bool], list[bool]]:
    """Which tokens are explained and break a run, which are explained and may stand inside one, and which
    are explained and shall be searched for too.
    """
    found, size = reading.found, len(reading.message.tokens)
    taken, clear, telling = [False] * size, [False] * size, [False] * size
    said: list[Ranged] = [*found.titles, *found.names, *found.references, *found.bounds, *found.unnamed]
    for item in said:
        taken[item.start : item.end] = [True] * (item.end - item.start)
    for start, end in explained:
        taken[start:end] = [True] * (end - start)
    for occasion in found.occasions:
        taken[occasion.start : occasion.end] = [True] * (occasion.end - occasion.start)
    for term in found.terms:
        used = any(term is other for other in reading.wishes.used)
        if any(occasion.meets(term) for occasion in found.occasions):
            taken[term.start : term.end] = [not used] * (term.end - term.start)
            if not used:
                continue
        if any(term is other for other in reading.wishes.telling) and not reading.heading.seeds:
            # What says what is not wanted ("less bleak") would find what is bleak.
            own = taken if any(reading.scope.negated[term.start : term.end]) else telling
            own[term.start : term.end] = [True] * (term.end - term.start)
            continue
        wanted = term.senses[0].kind in {"value", "quality"} and not reading.scope.negated[term.start]
        flags = clear if wanted or not used else taken
        flags[term.start : term.end] = [True] * (term.end - term.start)
    return taken, clear, telling


def _unwanted(reading: Reading, taken: list[bool], clear: Sequence[bool], stop: frozenset[str]) -> list[str]:
    """Take out what is negated: searching for it would find what is not wanted."""
    message, unwanted = reading.message, []
    closed = [done or not flag for done, flag in zip(taken, reading.scope.negated, strict=True)]
    for start, end in runs(message, closed, clear, stop):
        unwanted.append(message.surface(start, end))
        taken[start:end] = [True] * (end - start)
    return unwanted


def runs(
    message: Message,
    claimed: Sequence[bool],
    clear: Sequence[bool],
    stop: frozenset[str],
    telling: Sequence[bool] = (),
) -> list[tuple[int, int]]:
    """Token ranges with unexplained content, trimmed to their first and last such word.

    ``claimed``: tokens that are explained and break a run; ``clear``: explained ones that may stand inside
    one ("horror" in "slow-burn horror in space"); ``stop``: words without content, unless ``telling``.
    """
    found, at, lows = [], 0, message.lows
    while at < len(lows):
        if claimed[at] or not message.tokens[at].is_word:
            at += 1
            continue
        end = at
        while end < len(lows) and not claimed[end] and message.tokens[end].is_word:
            end += 1
        content = [
            i
            for i in range(at, end)
            if (telling and telling[i])
            or (not clear[i] and is_content(lows[i], stop) and lows[i - 1 : i] not in OWN)
        ]
        if content:
            first, last = content[0], content[-1] + 1
            while first > at and clear[first - 1]:
                first -= 1
            while last < end and clear[last]:
                last += 1
            found.append((first, last))
        at = end
    return found


def is_content(low: str, stop: frozenset[str]) -> bool:
    """Whether a folded word may describe an item."""
    return low not in STOP and low not in stop and any(char.isalpha() for char in low)
