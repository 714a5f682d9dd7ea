"""Facets spoken of by what they are called: "any year is fine", "who directed it?", "the same director"."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from .message import Message, either, key, plural
from .quantities import unit_words

if TYPE_CHECKING:
    from ..data.schema import CatalogSpec, Facet

KIND_WORDS = {"year": ("year", "years", "decade", "era", "period", "age", "date")}
TIME_WORDS = ("length", "duration", "running time", "runtime", "long")
STEMS = {
    "wrote": "written", "writes": "written", "write": "written", "makes": "made", "stars": "with",
    "starred": "with", "starring": "with", "star": "with", "acts": "with", "acted": "with", "plays": "with",
    "played": "with", "play": "with", "in": "with", "sang": "sung", "drew": "drawn",
}  # fmt: skip
"""Forms of verbs whose beginning does not show which verb they are of, and "with" for who appears."""
GIVE_UP = either("""
    any  whatever  all  no matter (?:the|what|which)  regardless of(?: the)?  ignore(?: the)?  drop(?: the)?
    forget(?: about)?(?: the)?  remove(?: the)?  lift(?: the)?  never mind(?: about)?(?: the)?
    without(?: the| a)?
    do not care about(?: the)?  open to any  no (?:limit|restriction|constraint) on(?: the)?
""")
NO_MATTER = (
    "(?:(?:does|do|is) (?:not|no longer) (?:really )?(?:matter|important|an issue|a problem)"
    "|is (?:fine|ok|okay|allowed|welcome))"
)
DROP = (
    rf"(?:{GIVE_UP} (?:{{words}})(?: (?:limit|restriction|constraint|filter|bound))?"
    rf"|(?:the )?(?:{{words}}) {NO_MATTER})"
)
"""A facet's constraints are given up; ``{words}`` stands for what the facet is called."""
DROP_ALL = re.compile(
    r"\b(?:no(?: more)?|(?:drop|remove|clear|forget|lift)(?: all)?(?: the| my)?) "
    r"(?:constraints|filters|limits|restrictions)\b"
)
YES_NO = re.compile(r"^(?:and )?(?:is|are|was|were|does|did|has)\b")
WHO = re.compile(r"\bwhose?\b")
WHEN = re.compile(r"\b(?:when|how old|what year|which year)\b")
WHICH = re.compile(
    r"^(?:and |so )?which (?:one |of (?:them|these|those) )?(?:is|are|was) (?:the )?(\w+est|most \w+)\b"
)
HOW = re.compile(r"\bhow (\w+)\b")


class FacetWords:
    """What the facets of one catalogue are called."""

    def __init__(self, spec: CatalogSpec) -> None:
        self._spec = spec
        self._called = {facet.name: _called(facet) for facet in spec.facets if facet.kind != "text"}
        self._drops = {
            name: re.compile(rf"\b{DROP.replace('{words}', '|'.join(map(re.escape, words)))}\b")
            for name, words in self._called.items()
        }

    @property
    def labels(self) -> list[str]:
        """Every word for any facet."""
        return sorted({word for words in self._called.values() for word in words}, key=len, reverse=True)

    @property
    def name_labels(self) -> frozenset[str]:
        """The single words for facets of people and brands ("director")."""
        names = [facet.name for facet in self._spec.facets if facet.kind == "name"]
        return frozenset(word for name in names for word in self.called(name))

    @property
    def verbs(self) -> frozenset[str]:
        """The single words of the facets' verbs ("directed", "by")."""
        return frozenset(word for facet in self._spec.facets for word in key(facet.verb).split())

    def called(self, facet: str) -> frozenset[str]:
        """The single words that a facet goes by."""
        return frozenset(word for phrase in self._called[facet] for word in phrase.split())

    def dropped(self, message: Message) -> tuple[list[str], list[tuple[int, int]]]:
        """Facets whose constraints are given up, and the tokens that say so."""
        if match := DROP_ALL.search(message.plain):
            return [facet.name for facet in self._spec.facets], [message.tokens_of(match)]
        names, spans = [], []
        for name, pattern in self._drops.items():
            if match := pattern.search(message.plain):
                names.append(name)
                spans.append(message.tokens_of(match))
        return names, spans

    @cached_property
    def _extremes(self) -> dict[str, tuple[str, Literal["least", "most"]]]:
        """Superlatives of the words that compare numbers ("longest") → facet and end."""
        found: dict[str, tuple[str, Literal["least", "most"]]] = {}
        for facet in self._spec.facets:
            ends: tuple[tuple[tuple[str, ...], Literal["least", "most"]], ...] = (
                (facet.less, "least"),
                (facet.more, "most"),
            )
            for words, end in ends:
                for word in words:
                    if word.endswith("er"):
                        found[f"{word[:-2]}est"] = (facet.name, end)
                    elif word.startswith("more "):
                        found[f"most {word[5:]}"] = (facet.name, end)
        return found

    def extreme(self, message: Message) -> tuple[str, Literal["least", "most"]] | None:
        """The facet and its end in a question for one of what was shown ("which one is the longest?")."""
        match = WHICH.search(message.plain)
        return self._extremes.get(match[1]) if match else None

    def same(self, message: Message) -> list[tuple[str, int, int]]:
        """Facets that shall be as those of the item spoken of ("that director"), with their tokens."""
        found = []
        for facet in self._spec.facets:
            if facet.kind in {"name", "category"}:
                words = "|".join(map(re.escape, self._called[facet.name]))
                match = re.search(rf"\b(?:that|this|those|the same|same) (?:{words})\b", message.plain)
                if match:
                    found.append((facet.name, *message.tokens_of(match)))
        return found

    def asked(self, message: Message) -> str:
        """The facet that a question is about; empty for all or none."""
        plain = message.plain
        if YES_NO.search(plain):
            return ""
        if WHO.search(plain):
            return self._by_verb(message) or self._first("name")
        named = next((name for name in self._called if self.called(name) & set(message.lows)), "")
        if named:
            return named
        if WHEN.search(plain):
            return self._first("year")
        if match := HOW.search(plain):
            return self._by_degree(match[1], set(message.lows))
        if plain.startswith("where"):
            places = {"country", "place", "location", "origin", "city", "region"}
            return next((name for name in self._called if self.called(name) & places), "")
        return self._by_verb(message)

    @property
    def degrees(self) -> list[str]:
        """The words that ask how much of a number there is ("how gory")."""
        numbers = [facet for facet in self._spec.facets if facet.kind == "number"]
        return sorted(
            {key(word) for facet in numbers for word in (*facet.low, *facet.high) if " " not in word}
        )

    def by_verb(self, lows: tuple[str, ...], at: int) -> list[Facet]:
        """The name facets that the words before token ``at`` ask for ("by", "directed by"), in order."""
        before, last = " ".join(lows[max(0, at - 3) : at]), lows[at - 1] if at else ""
        last = "with" if last in {"starring", "featuring", "stars"} else last
        names = [facet for facet in self._spec.facets if facet.kind == "name" and facet.verb]
        exact = [facet for facet in names if before.endswith(key(facet.verb))]
        return exact or [facet for facet in names if key(facet.verb).split()[-1] == last]

    def verb_before(self, lows: tuple[str, ...], at: int) -> int | None:
        """Where a name facet's verb of several words ("directed by") that ends before token ``at`` starts."""
        for facet in self._spec.facets:
            words = tuple(key(facet.verb).split()) if facet.kind == "name" else ()
            if len(words) > 1 and tuple(lows[max(0, at - len(words)) : at]) == words:
                return at - len(words)
        return None

    def _by_verb(self, message: Message) -> str:
        for low in message.lows:
            stem = STEMS.get(low, low)
            for facet in self._spec.facets:
                verb = key(facet.verb).split(" ")[0] if facet.verb else ""
                if (
                    facet.kind == "name"
                    and verb
                    and (verb == stem or (len(stem) > 4 and stem[:5] == verb[:5]))
                ):
                    return facet.name
        return ""

    def _by_degree(self, word: str, lows: set[str]) -> str:
        numbers = [facet for facet in self._spec.facets if facet.kind in {"number", "year"}]
        for facet in numbers:
            if word in {*facet.low, *facet.high} or f"{word}er" in {*facet.less, *facet.more}:
                return facet.name
        if word == "many":
            return next((facet.name for facet in numbers if lows & set(unit_words(facet.unit))), "")
        good = word in {"good", "well", "highly"}
        return (self._spec.best_by or "") if good else ""

    def _first(self, kind: str) -> str:
        return next((facet.name for facet in self._spec.facets if facet.kind == kind), "")


def _called(facet: Facet) -> list[str]:
    words = {key(facet.label), key(facet.name), *KIND_WORDS.get(facet.kind, ())}
    if "hour" in unit_words(facet.unit):
        words |= set(TIME_WORDS) - {"long"}
    words |= {plural(word) for word in words if word}
    return sorted((word for word in words if word), key=len, reverse=True)
