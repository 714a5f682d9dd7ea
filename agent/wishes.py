"""Facet words of a message → constraints, leanings, and what nothing in the catalogue can tell.

A wanted or unwanted value is a constraint. A word that compares ("less scary", "too dark") leans the ranking
where it concerns values, and bounds it where it concerns numbers ("too long"). Several wanted values of one
facet must all hold ("horror comedy") unless they are offered as a choice ("horror or comedy").
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from ..data.schema import CatalogSpec, Facet, Quality
from ..tools.types import Bound
from .leftovers import is_content
from .message import key, plural
from .phrases import Found, complement
from .quantities import number
from .types import Constraint

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .lexicon import Sense, Term
    from .message import Message

LESS, MORE = frozenset({"less"}), frozenset({"more"})
SOME = frozenset({"some", "any", "few", "couple", "of", "many"})
"""Before "more": a number of other items is meant."""
TOO = frozenset({"too", "so", "very", "overly", "that", "really", "as"})
OWN = frozenset({"my", "our", "your", "his", "her", "their"})
"""Words before what is of somebody's life ("for my family"), unless they are of somebody who made items."""
RELEASES = re.compile(
    r"(?:^| )(?:forget|drop|remove|lose|scrap|ditch|lift|never mind|no longer|without needing|not need)"
    r"(?: (?:about|the|a|an|my|that|those|all|any|of|only|it|being|be|to))*$"
)
"""Before a value: it is not demanded any more ("forget the melon")."""
COMPARING = frozenset({"less", "more", "not", "no", "nothing"})
"""Words that begin phrases of comparison, which name what is left ("less bleak"): no words to search by."""
LITERAL = frozenset({"in", "speaking", "spoken"})
"""Before a word for two things: the facet that has it for a value is meant ("in French": the language)."""
ABOUT = frozenset({"about", "of", "and", "or", "on"})
OF_PEOPLE = frozenset(
    """
    age ages aunt baby boy boys brother brothers child children couple couples daughter dog dogs father friend
    friends girl girls house husband ladies lady man men mother neighbour neighbor people person sister
    sisters son teacher woman women wife
    """.split()  # noqa: SIM905
)
"""Behind a word for a number: it says that of them ("an old couple", "an older woman")."""
TELLS_ON = frozenset((word,) for word in ("who", "whose", "that", "which", "growing"))
"""Behind a word: what goes on is a story about it ("a family who cannot stand each other")."""
MADE_IN = (["made", "in"], ["produced", "in"])
"""Before a place: it says where an item was made, not where it is set."""
NOT_HERE = frozenset({"how", "years", "year", "day", "whole", "all"})
"""Words before "long" or "old" that make it no wish ("how long", "five years old")."""
ALLOWED = re.compile(
    r"^(?:(?:is|are|would be|will be)(?: also)? (?:fine|ok|okay|allowed|welcome|good)|(?:works?|will do)\b)"
)
"""Behind a value: it need not be avoided any more ("horror is fine")."""
Side = Literal["less", "more"]


@dataclass(frozen=True)
class Comparison:
    """A number facet that shall be smaller or larger than that of something else; tokens of the phrase."""

    facet: str
    side: Side
    start: int
    end: int


@dataclass(frozen=True)
class Wanted:
    """One value said to be wanted."""

    facet: str
    values: tuple[str, ...]
    start: int
    end: int
    is_plural: bool
    is_lasting: bool


@dataclass
class Wishes:
    """What the terms and bounds of a message ask for."""

    constraints: list[Constraint] = field(default_factory=list)
    qualities: list[tuple[str, Quality]] = field(default_factory=list)
    cannot_tell: list[str] = field(default_factory=list)
    comparisons: list[Comparison] = field(default_factory=list)
    drop: list[str] = field(default_factory=list)
    allows: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    releases: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    swapped: list[Constraint] = field(default_factory=list)
    """Those of ``constraints`` that exclude what something else is wanted instead of."""
    others: bool = False
    """Whether others of a kind are asked for ("ten more westerns")."""
    untold: list[tuple[int, int]] = field(default_factory=list)
    """Tokens of what nobody can tell, which are not to be searched for."""
    unwanted: list[str] = field(default_factory=list)
    """Words that no item shall have in what it is called, where titles describe."""
    used: list[Term] = field(default_factory=list)
    telling: list[Term] = field(default_factory=list)
    """Those of ``used`` that content search should hear too: what notes say of items in sentences."""


@dataclass(frozen=True)
class Scope:
    """Where negation, "not only", lasting statements and "instead of" reach, by token."""

    negated: Sequence[bool]
    soft: Sequence[bool]
    lasting: Sequence[bool]
    replaced: Sequence[bool] = ()
    people: frozenset[int] = frozenset()
    """Tokens that speak of somebody who made items ("his")."""


class WishReader:
    """Reads wishes in the vocabulary of one catalogue."""

    def __init__(self, spec: CatalogSpec, described: Callable[[str], bool] = lambda _: False) -> None:
        """``described``: whether titles say of which items a phrase is true."""
        self._facets = {facet.name: facet for facet in spec.facets}
        self._described = described
        said = (spec.noun, spec.plural, *spec.nouns)
        self._nouns = {(key(word),) for word in (*said, *map(plural, said))}

    def read(self, message: Message, terms: Sequence[Term], bounds: Sequence[Found], scope: Scope) -> Wishes:
        """The wishes of ``message``; terms that turn out to say nothing are not in ``used``."""
        wishes, wanted = Wishes(), []
        for found in bounds:
            self._bound(message, found, scope, wishes)
        said: list[Term | Found] = [*terms, *bounds]
        taken = frozenset(at for item in said for at in range(item.start, item.end))
        for term in self._compounds(terms, wishes):
            wanted += self._term(message, term, taken, scope, wishes)
        wishes.constraints += self._together(message, wanted)
        return wishes

    def _compounds(self, terms: Sequence[Term], wishes: Wishes) -> list[Term]:
        """``terms`` without what only says of which kind the next one is, where an item has one kind only.

        In "equity funds" the last word says what is wanted and the first is of another facet, if it can be;
        in "orange juice" it is none, and is searched for.
        """
        kept: list[Term] = []
        head, at = "", -1
        for term in reversed(terms):
            values = [sense for sense in term.senses if sense.kind == "value"]
            modifies = term.end == at and not self._facets[head].multiple
            if not modifies or all(sense.facet != head for sense in values):
                kept.append(term)
                head, at = (values[0].facet, term.start) if values else ("", -1)
                continue
            at = term.start
            other = tuple(sense for sense in values if sense.facet != head)
            if other:
                kept.append(replace(term, senses=other))
            else:
                wishes.used.append(term)
                wishes.telling.append(term)
        return kept[::-1]

    def _bound(self, message: Message, found: Found, scope: Scope, wishes: Wishes) -> None:
        bound: Bound | None = found.bound
        surface = message.surface(found.start, found.end)
        if scope.negated[found.start]:
            bound = complement(found.bound)
            surface = f"not {surface}"
        if bound is None:
            wishes.cannot_tell.append(surface)
            return
        lasting = scope.lasting[found.start]
        wishes.constraints.append(Constraint(surface=surface, where={found.facet: bound}, lasting=lasting))

    def _term(
        self, message: Message, term: Term, taken: frozenset[int], scope: Scope, wishes: Wishes
    ) -> list[Wanted]:
        """Read one term into ``wishes``; wanted values are returned, to be joined with others."""
        kind = term.senses[0].kind
        if kind == "noun" and len(term.senses) == 1:
            return []
        senses = _meant(message, term, taken, self._facets, scope.people)
        if not senses:
            return []
        wishes.used.append(term)
        degree, start = _degree(message.lows, term.start)
        if senses[0].compares:
            degree = degree or "more"
        surface = message.surface(term.start, term.end)
        negated = scope.negated[term.start]
        quality = self._judged(senses, surface)
        if quality is not None and not negated and degree in {"", "more"}:
            wishes.qualities.append((surface, quality))
            if message.lows[term.start] not in COMPARING:
                wishes.telling.append(term)
            return []
        match senses[0].kind:
            case "less" | "more" | "low" | "high":
                self._number(message, term, senses[0], degree, scope, wishes)
            case "unknown":
                wishes.cannot_tell.append(surface)
            case "quality":
                quality = senses[0].quality or Quality(words=())
                if negated or degree == "less" or (degree == "too" and _is_verdict(message.lows, start)):
                    lasting = scope.lasting[term.start]
                    surface = f"not {surface}" if negated else f"less {surface}"
                    wishes.constraints += self._below(surface, quality, lasting=lasting)
                    quality = self._opposite(quality)
                wishes.qualities.append((surface, quality))
            case "value":
                return self._value(message, term, senses, degree, scope, wishes)
        return []

    def _judged(self, senses: Sequence[Sense], surface: str) -> Quality | None:
        """How wanting what a judged facet says leans the ranking; None for facts and for comparatives."""
        kind, quality = senses[0].kind, senses[0].quality
        if kind == "quality" and quality is not None:
            return quality if any(self._facets[name].judged for name in quality.prefer) else None
        facet = self._facets.get(senses[0].facet)
        if facet is None or not facet.judged or kind not in {"value", "low", "high"}:
            return None
        if kind == "low" and facet.low_at == 0:
            return None  # "bloodless" says that there must be none; "slow" only what there should be
        if kind == "value":
            values = tuple(dict.fromkeys(sense.value for sense in senses))
        else:
            values = facet.grades_called("low" if kind == "low" else "high")
        return Quality(words=(surface,), prefer={facet.name: values})

    def _below(self, surface: str, quality: Quality, *, lasting: bool) -> list[Constraint]:
        """The bounds that keep out what a quality wants much of by the grades of notes ("not scary")."""
        graded = [(name, values) for name, values in quality.prefer.items() if self._facets[name].grades]
        return [
            Constraint(surface=surface, where={name: Bound(lt=min(map(float, values)))}, lasting=lasting)
            for name, values in graded
            if str(len(self._facets[name].grades) - 1) in values and "0" not in values
        ]

    def _opposite(self, quality: Quality) -> Quality:
        """What "not" makes of a quality: by facts its opposite, by notes (which know more) only without."""
        prefer = {n: of for n, of in quality.avoid.items() if not self._facets[n].judged}
        grades = {n for n in quality.prefer if self._facets[n].grades}
        avoid = {n: of for n, of in quality.prefer.items() if n not in grades}
        return Quality(words=quality.words, prefer=prefer, avoid=avoid)

    def _number(
        self, message: Message, term: Term, sense: Sense, degree: str, scope: Scope, wishes: Wishes
    ) -> None:
        facet, negated = self._facets[sense.facet], scope.negated[term.start]
        side: Side | None = None
        if sense.kind in {"less", "more"}:
            side = "less" if (sense.kind == "less") != (negated or degree == "less") else "more"
        elif degree in {"less", "more"}:
            side = "less" if (degree == "less") == (sense.kind == "high") else "more"
        elif degree == "too" and not negated:
            side = "less" if sense.kind == "high" else "more"
        if side and ALLOWED.search(" ".join(message.lows[term.end : term.end + 4])):
            wishes.drop.append(facet.name)  # "longer is fine": the limit is lifted
            return
        if side:
            wishes.comparisons.append(Comparison(facet.name, side, term.start, term.end))
            return
        bound = Bound(lte=facet.low_at) if sense.kind == "low" else Bound(gte=facet.high_at)
        surface = message.surface(term.start, term.end)
        if negated:
            surface, bound = f"not {surface}", complement(bound) or bound
        lasting = scope.lasting[term.start]
        wishes.constraints.append(Constraint(surface=surface, where={facet.name: bound}, lasting=lasting))

    def _value(
        self, message: Message, term: Term, senses: list[Sense], degree: str, scope: Scope, wishes: Wishes
    ) -> list[Wanted]:
        facet, values = senses[0].facet, tuple(dict.fromkeys(sense.value for sense in senses))
        surface, negated = message.surface(term.start, term.end), scope.negated[term.start]
        lasting = scope.lasting[term.start]
        # Of a word for two things that one is meant which limits what is wanted: all are noted.
        each = [(sense.facet, (sense.value,)) for sense in term.senses if sense.kind == "value"]
        if ALLOWED.search(" ".join(message.lows[term.end : term.end + 4])):
            wishes.allows += [(facet, values), *(one for one in each if one[0] != facet)]
        elif RELEASES.search(" ".join(message.lows[max(0, term.start - 5) : term.start])):
            wishes.releases += [(facet, values), *(one for one in each if one[0] != facet)]
        elif scope.soft[term.start]:
            wishes.drop.append(facet)
        elif degree == "less" or degree == "too":
            lean = Quality(words=(f"less {surface}",), avoid={facet: values})
            wishes.qualities.append((f"less {surface}", lean))
        elif degree == "more" and not negated and not self._counted(message, term, senses[0]):
            surface = surface if senses[0].compares else f"more {surface}"
            wishes.qualities.append((surface, Quality(words=(surface,), prefer={facet: values})))
        elif negated and (of_a_kind := self._modified(message, term, scope, wishes)):
            wishes.unwanted.append(of_a_kind)
        elif negated:
            whole = len(values) > 1 and self._facets[facet].multiple
            bound = Bound(not_all=(values,)) if whole else Bound.model_validate({"not": values})
            excluded = Constraint(surface=f"not {surface}", where={facet: bound}, lasting=lasting)
            wishes.constraints.append(excluded)
            if scope.replaced[term.start]:
                wishes.swapped.append(excluded)
        else:
            wishes.others = wishes.others or message.lows[max(0, term.start - 1) : term.start] == ("more",)
            return [Wanted(facet, values, term.start, term.end, senses[0].is_plural, lasting)]
        return []

    def _counted(self, message: Message, term: Term, sense: Sense) -> bool:
        """Whether "more" before a value asks for other items of that kind ("more westerns")."""
        followed = message.lows[term.end : term.end + 1] in self._nouns
        fact = not self._facets[sense.facet].judged
        return not sense.compares and (sense.is_plural or (fact and followed))

    def _modified(self, message: Message, term: Term, scope: Scope, wishes: Wishes) -> str:
        """An unwanted value with the word before it that says of which kind ("no vanilla yoghurt"); empty
        where there is none, or titles do not say such a thing.
        """
        at = term.start - 1
        phrase = message.surface(at, term.end) if at >= 0 and scope.negated[at] else ""
        told = any(other.end == term.start for other in wishes.telling)
        if not phrase or not (told or is_content(message.lows[at], frozenset())):
            return ""
        return phrase if self._described(phrase) else ""

    def _together(self, message: Message, wanted: list[Wanted]) -> list[Constraint]:
        """One constraint a facet out of all its wanted values."""
        constraints = []
        for name in dict.fromkeys(want.facet for want in wanted):
            group = [want for want in wanted if want.facet == name]
            values = tuple(dict.fromkeys(value for want in group for value in want.values))
            one = len(values) == 1 or not self._facets[name].multiple
            choice = one or (len(group) > 1 and _is_choice(message.lows, group))
            bound = Bound.model_validate({"in" if choice else "all": values})
            surface = _surface(message, [(want.start, want.end) for want in group])
            lasting = all(want.is_lasting for want in group)
            constraints.append(Constraint(surface=surface, where={name: bound}, lasting=lasting))
        return constraints


def _meant(
    message: Message, term: Term, taken: frozenset[int], facets: dict[str, Facet], people: frozenset[int]
) -> list[Sense]:
    """The senses that hold here: one, or several values of one facet; none where something else is meant."""
    before = message.lows[term.start - 1] if term.start else ""
    text = message.surface(term.start, term.end)
    if term.end - term.start == 1 and len(text) <= 2 and not text.isupper():
        return []
    if _is_plain_word(message, term):
        return []
    compared = term.sense("less", "more")
    judged = [sense for sense in term.senses if sense.facet and facets[sense.facet].judged]
    facts = replace(term, senses=tuple(sense for sense in term.senses if sense not in judged))
    number = compared or facts.sense("low", "high")
    if number:
        elsewhere = not facets[number.facet].judged and _of_something_else(message, term, taken)
        return [] if elsewhere or before in NOT_HERE or _in_name(message, term) else [number]
    if (
        before in OWN
        and term.start - 1 not in people
        and message.lows[max(0, term.start - 2) : term.start - 1] not in {("for",), ("with",)}
    ):
        return []
    values = [sense for sense in facts.senses if sense.kind == "value"]
    if values and not (judged and _is_subject(message, term, facets[values[0].facet], values[0])):
        near = message.lows[max(0, term.start - 5) : term.start]
        literal = before in LITERAL or (before in {"or", "and", ","} and bool(LITERAL & set(near)))
        pool = [s for s in values if s.exact == literal and facets[s.facet].kind == "category"] or values
        return [sense for sense in values if sense.facet == pool[0].facet]
    other = facts.sense("quality") or next(iter(judged), None) or facts.sense("unknown")
    if other is None or other.kind != "value":
        return [other] if other else []
    if (
        before not in ABOUT
        and term.end - term.start == 1
        and not is_content(message.lows[term.start], frozenset())
    ):
        return []  # "I love it when …" asks for no love
    return [sense for sense in judged if sense.kind == "value" and sense.facet == other.facet]


def _is_plain_word(message: Message, term: Term) -> bool:
    """Whether a value is spelt like a word that says nothing ("other"), and stands as one."""
    one = term.end - term.start == 1 and term.sense("value") is not None
    small = one and message.tokens[term.start].text.islower() and len(message.tokens) > 1
    return small and not is_content(message.lows[term.start], frozenset())


def _is_subject(message: Message, term: Term, facet: Facet, sense: Sense) -> bool:
    """Whether the word says what it is about or where it is set, rather than of what kind it is."""
    lows = message.lows
    before = [low for low in lows[max(0, term.start - 3) : term.start] if low not in {"the", "a", "an"}]
    if before[-1:] == ["about"] or before[-2:] == ["set", "in"] or lows[term.end : term.end + 1] in TELLS_ON:
        return True
    # "Italy in summer" is a place; "Italian" and "from Italy" say where it was made.
    made = facet.verb.split()[-1:] if facet.kind == "category" else []
    if before[-2:] in MADE_IN:
        return False
    return bool(made) and sense.exact and before[-1:] != made and len(lows) > term.end - term.start


def _of_something_else(message: Message, term: Term, taken: frozenset[int]) -> bool:
    """Whether an adjective is said of a thing in the story ("an old couple", "long lunches") or of none at
    all ("as long as").
    """
    lows = message.lows
    before, after = lows[term.start - 1 : term.start], lows[term.end : term.end + 1]
    if before == after == ("as",):
        return True
    if not after or not message.tokens[term.end].text.islower():
        return False
    return after[0] in OF_PEOPLE or (term.end not in taken and is_content(after[0], frozenset()))


def _in_name(message: Message, term: Term) -> bool:
    """Whether the words stand in a proper name ("set in New York")."""
    if term.start == 0 or term.end >= len(message.tokens):
        return False
    return message.tokens[term.start].text[:1].isupper() and message.tokens[term.end].text[:1].isupper()


def _degree(lows: Sequence[str], start: int) -> tuple[str, int]:
    """The word of degree before a term ("less", "more", "too") and where it stands, else "" and ``start``."""
    before = lows[start - 1] if start else ""
    if before in MORE and start > 1 and (lows[start - 2] in SOME or number(lows, start - 2)):
        return "", start  # "ten more horror films" are that many others
    if before in LESS or (before in {"as", "so"} and lows[max(0, start - 2) : start - 1] == ("not",)):
        return "less", start - 1
    if before in MORE:
        return ("" if lows[max(0, start - 2) : start - 1] == ("no",) else "more"), start - 1
    if before in {"too", "overly"}:
        return "too", start - 1
    return "", start


def _is_verdict(lows: Sequence[str], start: int) -> bool:
    """Whether "too", at token ``start``, judges what was shown: "too dark", "the last one is too silly"."""
    return start == 0 or lows[start - 1] in {
        "is",
        "was",
        "are",
        "were",
        "looks",
        "seems",
        "bit",
        "way",
        "far",
        "all",
    }


def _is_choice(lows: Sequence[str], group: Sequence[Wanted]) -> bool:
    """Whether any of the values will do: "or" or a comma between them, or plurals joined by "and"."""
    for first, second in itertools.pairwise(group):
        between = lows[first.end : second.start]
        if "or" in between or "/" in between or "whatever" in lows[second.end :]:
            return True
        if ("and" in between or "," in between) and (first.is_plural or second.is_plural):
            return True
    return False


def _surface(message: Message, spans: Sequence[tuple[int, int]]) -> str:
    """The words of ``spans`` as written, from the first to the last where they stand close together."""
    first, last = spans[0][0], spans[-1][1]
    said = sum(end - start for start, end in spans)
    if last - first <= said + 2 * (len(spans) - 1):
        return message.surface(first, last)
    return ", ".join(message.surface(start, end) for start, end in spans)
