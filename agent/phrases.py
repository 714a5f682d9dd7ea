"""Bounds in words: "under two hours", "since 1985", "from the nineties", "at least 80 % from critics".

A bound names its facet through its unit, its label or its comparative ("longer than"); a bare year bounds
the catalogue's ``year`` facet, and a bare mark out of ten, a hundred or five the facet that "best" goes by.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..tools.types import Bound
from .message import Message, either, key
from .quantities import Read, Years, amount, number, unit_words, years

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..data.schema import CatalogSpec, Facet

CUES: dict[str, str] = {
    "lte": either("""
        at most  up to  no more than  not more than  no longer than  not longer than  no later than
        (?:i|we) (?:only |just )?have(?: got| only| just| about| around)*
        (?:my|our|a) (?:budget|limit)(?: is| of)?(?: about| around)?
        not later than  no newer than  not newer than  not over  not above  not after  not exceeding
        a maximum of  maximum  max  or less than  until  till  up until  within  through  not past  < =  ≤
    """),
    "gte": either("""
        at least  no less than  not less than  no fewer than  no shorter than  not shorter than  no older than
        not older than  no earlier than  not earlier than  not under  not below  not before  a minimum of
        minimum  since  starting from  starting in  beginning in  from at least  > =  ≥
    """),
    "lt": either("""
        under  below  less than  fewer than  before  prior to  earlier than  pre  cheaper than
        lighter than  <
    """),
    "gt": either("over  above  more than  after  later than  post  beyond  past  >"),
    "around": either("around  about  roughly  approximately  circa  ca"),
    "eq": either("exactly  precisely"),
}
"""Side of a bound → the words in front of the amount."""
SOME = r"(?:(?:won|win|wins|winning|got|has|have|with) )?(?:(?:an?|any|some|multiple) )?"
"""Before what is counted: there is at least one."""
NONE = frozenset({"no", "without"})
CUE = {side: re.compile(rf"{pattern}(?= |$)") for side, pattern in CUES.items()}
AFTER: tuple[tuple[tuple[str, ...], str], ...] = (
    *(
        (("or", word), "lte")
        for word in ["less", "under", "fewer", "below", "shorter", "earlier", "older", "before"]
    ),
    *(
        (("or", word), "gte")
        for word in ["more", "over", "higher", "above", "better", "later", "newer", "longer", "after"]
    ),
    *((("and", word), "gte") for word in ["up", "above", "over", "later", "after", "newer", "more"]),
    *(((word,), "lte") for word in ("max", "maximum", "tops")),
    *(((word,), "gte") for word in ("onwards", "onward", "on", "+", "plus", "minimum")),
    *((("or", word), "around") for word in ("so", "thereabouts")),
    (("at", "most"), "lte"),
    (("at", "least"), "gte"),
)
"""Words behind an amount that make it a bound."""
OPEN_YEAR = frozenset({"from", "in", "of", "during", "out", "made", "released", "published"})
ARTICLES = frozenset({"a", "an", "the"})
OWN = frozenset((word,) for word in ("my", "our", "your", "his", "her", "their"))
"""Before a decade and behind "in" it is an age ("in our thirties")."""
PEOPLE = frozenset({"people", "men", "women", "somebody", "someone", "folks", "guys", "couples", "anyone"})
MOST_YEARS = 100
"""The longest span that is left out by naming its years."""
AROUND = {"year": 2.0, "number": 0.1}
"""How far "around" reaches: years, or a share of the amount."""


@dataclass(frozen=True)
class Found:
    """A bound over tokens ``start`` to ``end`` (not included)."""

    start: int
    end: int
    facet: str
    bound: Bound


class Bounds:
    """Finds the bounds of one catalogue's numbers and years."""

    def __init__(self, spec: CatalogSpec, newest: float | None = None) -> None:
        """``newest`` is the latest year of any item, from which "the last ten years" counts."""
        self._newest = newest
        self._years = next((facet for facet in spec.facets if facet.kind == "year"), None)
        self._numbers = [facet for facet in spec.facets if facet.kind == "number"]
        # What has no unit is counted by its own name: "three oscars".
        self._units = {
            facet.name: facet.unit or (key(facet.name) if facet.name.endswith("s") else "")
            for facet in self._numbers
        }
        counted = {word for f in self._numbers if not f.unit for word in unit_words(self._units[f.name])}
        self._some = re.compile(rf"{SOME}{either('  '.join(sorted(counted)) or '$^')}(?= |$)")
        self._best = next((facet for facet in self._numbers if facet.name == spec.best_by), None)
        self._labels = {
            facet.name: set(f"{key(facet.label)} {key(facet.name)}".split()) for facet in self._numbers
        }
        self._than = {
            f"{key(word)} than": (facet, side)
            for facet in (*self._numbers, *([self._years] if self._years else []))
            for words, side in ((facet.less, "lt"), (facet.more, "gt"))
            for word in words
        }

    def find(self, message: Message) -> list[Found]:
        """The bounds of ``message`` from left to right, none overlapping."""
        found, at = [], 0
        while at < len(message.tokens):
            hit = self._at(message, at)
            if hit:
                found.append(hit)
                at = hit.end
            else:
                at += 1
        return _either(message, found)

    def _at(self, message: Message, at: int) -> Found | None:
        lows = message.lows
        return (
            self._between(message, at)
            or self._compared(lows, at)
            or self._lately(message, at)
            or self._signed(message, at)
            or self._counted(message, at)
            or self._cued(message, at)
            or self._bare(message, at)
        )

    def _between(self, message: Message, at: int) -> Found | None:
        """ "between X and Y", "from X to Y", "X to Y", "X - Y"."""
        lows = message.lows
        start = at + 1 if lows[at] in {"between", "from"} else at
        joins = {"and", "to"} if lows[at] == "between" else {"to", "until", "till", "through", "-", "–"}
        first = years(lows, start) if self._years else None
        if first and first.end < len(lows) and lows[first.end] in joins:
            second = years(lows, first.end + 1)
            if second and self._years:
                ends = sorted((first.low, first.high, second.low, second.high))
                return Found(at, second.end, self._years.name, Bound(gte=ends[0], lte=ends[-1]))
        return self._between_amounts(message, at, start, joins)

    def _between_amounts(self, message: Message, at: int, start: int, joins: set[str]) -> Found | None:
        lows = message.lows
        if lows[at] == "between" and self._best is not None and self._named(message, at):
            least = self._mark(lows, start)
            joined = least is not None and lows[least.end : least.end + 1] == ("and",)
            most = self._mark(lows, least.end + 1) if least and joined else None
            if least and most:
                return Found(at, most.end, self._best.name, Bound(gte=least.value, lte=most.value))
        for facet in self._by_label(message, at):
            first = amount(lows, start, self._units[facet.name]) or number(lows, start)
            if not first or first.end >= len(lows) or lows[first.end] not in joins:
                continue
            second = amount(lows, first.end + 1, self._units[facet.name])
            if second:
                unitless = amount(lows, start, self._units[facet.name]) is None
                scaled = amount(
                    (*lows[start : first.end], *lows[second.end - 1 : second.end]), 0, self._units[facet.name]
                )
                low = scaled.value if unitless and scaled else first.value
                return Found(
                    at, second.end, facet.name, Bound(gte=min(low, second.value), lte=max(low, second.value))
                )
        return None

    def _compared(self, lows: Sequence[str], at: int) -> Found | None:
        """ "longer than two hours", "newer than 2000": the comparative names the facet."""
        for size in (4, 3, 2):
            known = self._than.get(" ".join(lows[at : at + size]))
            if known is None:
                continue
            facet, side = known
            value = self._value(lows, at + size, facet)
            if value:
                return Found(at, value.end, facet.name, _bound(side, value, facet))
        return None

    def _signed(self, message: Message, at: int) -> Found | None:
        """ "A positive return": more than nothing."""
        side = {"positive": "gt", "negative": "lt"}.get(message.lows[at])
        label = message.lows[at + 1] if side and at + 1 < len(message.lows) else ""
        facet = next((f for f in self._numbers if not f.grades and label in self._labels[f.name]), None)
        return None if facet is None else Found(at, at + 2, facet.name, Bound.model_validate({side: 0}))

    def _lately(self, message: Message, at: int) -> Found | None:
        """ "From the last ten years", "of the past decade": counted back from the newest item."""
        lows = message.lows
        if self._years is None or self._newest is None or lows[at] not in {"last", "past"}:
            return None
        read = number(lows, at + 1) or Read(1.0, at + 1)
        scale = {"years": 1, "decades": 10, "decade": 10}.get(lows[read.end] if read.end < len(lows) else "")
        if scale is None or read.value > self._newest:
            return None
        start = at - 1 if at and lows[at - 1] in ARTICLES else at
        start -= start > 0 and lows[start - 1] in {*OPEN_YEAR, "within", "over"}
        return Found(start, read.end + 1, self._years.name, Bound(gte=self._newest - scale * read.value))

    def _counted(self, message: Message, at: int) -> Found | None:
        """ "Won an Oscar", "with Oscars": at least one of what is counted."""
        match = self._some.match(" ".join(message.lows[at : at + 4]))
        if match is None or (" " not in match.group() and message.lows[max(0, at - 1)] not in NONE):
            return None
        word = match.group().split()[-1]
        facet = next(f for f in self._numbers if not f.unit and word in unit_words(self._units[f.name]))
        return Found(at, at + match.group().count(" ") + 1, facet.name, Bound(gte=1))

    def _cued(self, message: Message, at: int) -> Found | None:
        """A cue in front: "under two hours", "after 1985", "at least 8"."""
        lows = message.lows
        rest = " ".join(lows[at : at + 10])
        for side, pattern in CUE.items():
            match = pattern.match(rest)
            if match:
                start = at + match.group().count(" ") + 1
                start += lows[start : start + 1] == ("the",) and lows[start + 1 : start + 2] == ("year",)
                start += lows[start : start + 1] == ("year",)
                start += lows[start : start + 1] == ("-",)
                hit = None if _is_age(lows, start) else self._value_of_any(message, start)
                if hit and at and lows[at - 1] in PEOPLE and hit[1].end - start == 1:
                    return None  # "people over fifty"
                if hit and (hit[1].end - start > 1 or self._is_marked(message, start, side, hit[0])):
                    facet, value = hit
                    return Found(at, value.end, facet.name, _bound(side, value, facet))
        return None

    def _bare(self, message: Message, at: int) -> Found | None:
        """No cue in front: "80 % or more", "a 90 minute one", "from 1994", "the nineties"."""
        lows = message.lows
        start = at + 1 if lows[at] in OPEN_YEAR else at
        start += start == at + 1 and lows[at : at + 2] == ("out", "of")
        named = start == at + 1 and lows[start : start + 2] == ("the", "year")
        start += 2 if named else 0
        aged = lows[max(0, at - 1) : at] in OWN and lows[max(0, at - 2) : at - 1] == ("in",)
        if self._years and not aged:
            value = years(lows, start)
            if named and value is None and (read := number(lows, start)) is not None:
                value = Years(int(read.value), int(read.value), read.end)  # "the year 3000"
            if value:
                return self._dated(lows, at, value, self._years)
        for facet in self._by_label(message, at):
            read = amount(lows, at, self._units[facet.name])
            if read is None or (
                lows[at] in ARTICLES and read.value == 1 and lows[read.end : read.end + 1] != ("or",)
            ):
                continue
            side, end = _after(lows, read.end)
            return Found(
                at, end, facet.name, _bound(side or ("around" if facet.unit else "gte"), read, facet)
            )
        return self._marked(message, at)

    def _dated(self, lows: Sequence[str], at: int, value: Years, facet: Facet) -> Found:
        side, end = _after(lows, value.end)
        if (
            side == "gte"
            and end == value.end + 1
            and lows[value.end] in {"on", "plus"}
            and lows[at] != "from"
        ):
            side, end = "", value.end  # "the 1995 film on …" only opens a span behind "from"
        return Found(at, end, facet.name, _bound(side or "eq", value, facet))

    def _marked(self, message: Message, at: int) -> Found | None:
        """A mark without a unit that a bound follows: "8 or higher", "8/10 and up"."""
        mark = self._mark(message.lows, at)
        side, end = _after(message.lows, mark.end) if mark else ("", at)
        if mark is None or not side or self._best is None:
            return None
        vague = set(message.lows[mark.end : end]) & {"more", "less", "over", "after", "on"}
        if vague and not self._named(message, at):
            return None
        return Found(at, end, self._best.name, _bound(side, mark, self._best))

    def _value_of_any(self, message: Message, start: int) -> tuple[Facet, Read | Years] | None:
        lows = message.lows
        start += start < len(lows) and lows[start] in ARTICLES and years(lows, start) is None
        facets = self._by_label(message, start)
        for begin in (start, start - 1):
            for facet in facets:
                read = amount(lows, begin, self._units[facet.name]) if begin >= 0 else None
                if read:
                    return facet, read
        if self._years:
            span = years(lows, start)
            if span:
                return self._years, span
        mark = self._mark(lows, start)
        return (self._best, mark) if mark and self._best else None

    def _is_marked(self, message: Message, start: int, side: str, facet: Facet) -> bool:
        """Whether one bare number may be a mark: a year always may be one's own, "under two" is none."""
        if facet.kind == "year" or amount(message.lows, start, self._units[facet.name]) is not None:
            return True
        return side in {"gte", "gt"} or self._named(message, start)

    def _value(self, lows: Sequence[str], at: int, facet: Facet) -> Read | Years | None:
        if facet.kind == "year":
            return years(lows, at)
        return amount(lows, at, self._units[facet.name]) or number(lows, at)

    def _mark(self, lows: Sequence[str], at: int) -> Read | None:
        """A mark out of 10, 5 or 100 in the unit of the facet that "best" goes by; "8" of 100 is 80."""
        read = number(lows, at) if self._best else None
        if read is None or self._best is None:
            return None
        out_of, end = 0.0, read.end
        if lows[end : end + 1] == ("/",) or lows[end : end + 2] == ("out", "of"):
            whole = number(lows, end + (1 if lows[end] == "/" else 2))
            if whole and whole.value in {5, 10, 100}:
                out_of, end = whole.value, whole.end
        elif lows[end : end + 1] in {("stars",), ("star",)}:
            out_of, end = 5.0, end + 1
        scale = 100.0 if self._best.unit == "%" else _scale(self._best.unit)
        if not scale:
            return Read(read.value, end)
        out_of = out_of or (10.0 if read.value <= 10 and scale >= 10 else scale)
        return Read(scale * read.value / out_of, end) if read.value <= out_of else None

    def _by_label(self, message: Message, at: int) -> list[Facet]:
        """The number facets, those whose label stands near first, then the one that "best" goes by."""
        near = set(message.lows[max(0, at - 4) : at + 9])
        return sorted(self._numbers, key=lambda f: (-len(self._labels[f.name] & near), f is not self._best))

    def _named(self, message: Message, at: int) -> bool:
        near = set(message.lows[max(0, at - 4) : at + 9])
        return self._best is not None and bool(
            near & (self._labels[self._best.name] | {"rated", "rating", "score", "stars"})
        )


def _either(message: Message, found: list[Found]) -> list[Found]:
    """``found`` with spans of one facet that "or" joins made one ("from the 80s or 90s").

    What lies between them counts too where they do not touch, for a bound is one span.
    """
    joined: list[Found] = []
    for one in found:
        last = joined[-1] if joined else None
        between = set(message.lows[last.end : one.start]) if last else set()
        spans = last is not None and last.facet == one.facet and is_span(last.bound) and is_span(one.bound)
        if last is not None and spans and between and between <= {"or", "and", ",", "/", "the", "from"}:
            joined[-1] = Found(last.start, one.end, one.facet, hull(last.bound, one.bound))
        else:
            joined.append(one)
    return joined


def hull(one: Bound, other: Bound) -> Bound:
    """The span from the lower end of two spans to the upper; open where one of them is."""
    sides: dict[str, float] = {}
    for closed, beyond, outer in (("gte", "gt", min), ("lte", "lt", max)):
        edges = [(getattr(b, side), side) for b in (one, other) for side in (closed, beyond)]
        known = [(edge, side) for edge, side in edges if edge is not None]
        if len(known) == 2:
            edge, side = outer(known, key=lambda end: end[0])
            sides[side] = edge
    return Bound.model_validate(sides)


def is_span(bound: Bound) -> bool:
    """Whether a bound has both ends."""
    return bound.gte is not None and bound.lte is not None


def is_bounded(bound: Bound) -> bool:
    """Whether a bound has an end."""
    return any(edge is not None for edge in (bound.gte, bound.gt, bound.lte, bound.lt))


def complement(bound: Bound) -> Bound | None:
    """What remains when ``bound`` is negated: of a span of years or of counts, all others; None for a span
    of other numbers, whose outside is no bound.
    """
    sides = bound.model_dump(exclude_none=True, exclude_defaults=True)
    if len(sides) == 1:
        side, value = next(iter(sides.items()))
        opposite = {"gte": "lt", "lte": "gt", "gt": "lte", "lt": "gte"}.get(side)
        return Bound.model_validate({opposite: value}) if opposite else None
    low, high = bound.gte, bound.lte
    if low is None or high is None or low % 1 or high % 1 or high - low > MOST_YEARS:
        return None
    return Bound.model_validate({"not": tuple(str(number) for number in range(int(low), int(high) + 1))})


def _is_age(lows: Sequence[str], at: int) -> bool:
    """Whether somebody's age stands here ("about a six year old")."""
    read = number(lows, at + (at < len(lows) and lows[at] in ARTICLES))
    behind = " ".join(lows[read.end : read.end + 2]) if read else ""
    return re.fullmatch("(?:years?|months?) olds?", behind) is not None


def _after(lows: Sequence[str], at: int) -> tuple[str, int]:
    """The side that the words behind an amount ask for and the position after them; no side: the position."""
    for words, side in AFTER:
        sums = words == ("+",) and lows[at + 1 : at + 2] and lows[at + 1][:1].isdigit()
        if tuple(lows[at : at + len(words)]) == words and not sums:
            return side, at + len(words)
    return "", at


def _scale(unit: str) -> float:
    """What marks in ``unit`` are out of ("of 100"); 0 where the unit does not say."""
    match = re.fullmatch(r"(?:out )?of (\d+)", unit)
    return float(match[1]) if match else 0.0


def _bound(side: str, value: Read | Years, facet: Facet) -> Bound:
    low, high = (value.low, value.high) if isinstance(value, Years) else (value.value, value.value)
    match side:
        case "lte":
            return Bound(lte=high)
        case "gte":
            return Bound(gte=low)
        case "lt":
            return Bound(lt=low)
        case "gt":
            return Bound(gt=high)
        case "around":
            reach = AROUND["year"] if facet.kind == "year" else AROUND["number"] * high
            return Bound(gte=round(low - reach, 3), lte=round(high + reach, 3))
    return Bound(gte=low, lte=high)
