"""Facets spoken of by what they are called: "any year is fine", "who directed it?", "the same director"."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from .message import Message, comparative, either, key, plural, superlative
from .quantities import unit_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..data.schema import CatalogSpec, Facet

KIND_WORDS = {"year": ("year", "years", "decade", "era", "period", "age", "date")}
RATING = ("rating", "ratings", "score", "scores")
"""What the facet goes by that "best" goes by, whatever its label."""
TIME_WORDS = ("length", "duration", "running time", "runtime", "long")
STEMS = {
    "wrote": "written", "writes": "written", "write": "written", "writing": "written", "makes": "made",
    "make": "made", "stars": "with", "starred": "with", "starring": "with", "star": "with", "acts": "with",
    "acted": "with", "acting": "with", "act": "with", "plays": "with", "played": "with", "play": "with",
    "playing": "with", "in": "with", "sang": "sung", "drew": "drawn",
}  # fmt: skip
"""Forms of verbs whose beginning does not show which verb they are of, and "with" for who appears."""
WITHIN = re.compile(r" (?:of|over|in|on|for|by|per|at|from)\b")
"""What ends the head of a label."""
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
LIMIT = "(?: (?:limit|restriction|constraint|filter|bound))?"
DROP = (
    rf"(?:{GIVE_UP} (?:{{words}}){LIMIT}"
    r"|no (?:more )?(?:{{words}}) (?:limit|restriction|constraint|filter|bound)"
    rf"|(?:the )?(?:{{words}}){LIMIT} {NO_MATTER}"
    rf"|(?:the )?(?:{{words}}){LIMIT} , (?:just )?(?:forget|drop|ignore|remove)(?: about)? (?:that|it))"
)
"""A facet's constraints are given up; ``{words}`` stands for what the facet is called."""
WITHOUT = re.compile(r"^(?:any|all|without)\b(?!.* is )")
DROP_ALL = re.compile(
    r"\b(?:no(?: more)?|(?:drop|remove|clear|forget|lift)(?: all)?(?: the| my)?) "
    r"(?:constraints|filters|limits|restrictions)\b"
)
PARTS = frozenset({"neither", "either", "both", "any", "the", "not", "no"})
"""Words that may stand between a verb and the names it is of ("with neither …")."""
YES_NO = re.compile(r"^(?:and )?(?:is|are|was|were|does|did|has)\b")
WHO = re.compile(r"\bwho(?:se)?\b")
MADE = re.compile(r"\bwho (?:\w+ )?(?:made|makes|created|did|behind)\b(?! \w+ (?:direct|write|star|play)\w*)")
"""Asks for whoever is held to have made an item, not for who has "made by" for a verb."""
WHEN = re.compile(r"\b(?:when|how old|what year|which year)\b")
OF_THEM = r"of (?:them|these|those|(?:the|your|all) \w+)"
WHICH = re.compile(
    rf"^(?:(?:and|so|ok|okay|but|,) )*(?:(?P<which>which)(?: ones?| \w+)?(?: {OF_THEM})?|(?P<what>what))"
    r" (?:is|are|was|were|has|have|got)(?: got)? (?:the |rated |the rated )?"
    rf"(?P<end>\w+(?: \w+){{0,3}}?)(?P<them> ones?| {OF_THEM}| here| there| \w+ {OF_THEM})?[ ?.!]*$"
)
"""Asks for one of what was shown by what it has most or least of; "what" only with "of these"."""
ALONE = re.compile(r"^(?:(?:and|ok|okay|,) )*the (\w+est|(?:most|least) \w+)(?: ones?)?(?: please)?[ ?.!]*$")
"""Means one of what was shown without asking ("and the newest?")."""
SUPERLATIVE = re.compile(r"(?!best\b)\w+est|(?:most|least|fewest|highest|lowest) \w+")
MOST = frozenset({"highest", "most", "biggest", "largest", "greatest", "best", "longest", "top"})
LEAST = frozenset({"lowest", "least", "fewest", "smallest", "worst", "shortest"})
HOW = re.compile(r"\bhow (\w+)\b")


class FacetWords:
    """What the facets of one catalogue are called."""

    def __init__(self, spec: CatalogSpec) -> None:
        self._spec = spec
        said = (spec.noun, spec.plural, *spec.nouns)
        self._nouns = {key(word) for word in (*said, *map(plural, said))}
        self._called = {
            facet.name: [*_called(facet), *(RATING if facet.name == spec.best_by else ())]
            for facet in spec.facets
            if facet.kind != "text"
        }
        self._drops = {
            name: re.compile(rf"\b{DROP.replace('{words}', _any(*words, *_last_words(words)))}\b(?! of\b)")
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

    @cached_property
    def verb_forms(self) -> frozenset[str]:
        """The forms of the verbs by which name facets are spoken of ("direct", "wrote")."""
        forms = {word for word, verb in STEMS.items() if verb in self._verb_forms and verb != "with"}
        for verb in self._verb_forms:
            root = verb.removesuffix("ed")
            forms |= {verb, root, f"{root}s", f"{root}ing"} if root != verb else {verb}
        return frozenset(forms)

    def called(self, facet: str) -> frozenset[str]:
        """The single words that a facet goes by."""
        return frozenset(word for phrase in self._called[facet] for word in phrase.split())

    def dropped(self, message: Message) -> tuple[list[str], list[tuple[int, int]]]:
        """Facets whose constraints are given up, and the tokens that say so."""
        if match := DROP_ALL.search(message.plain):
            return [facet.name for facet in self._spec.facets], [message.tokens_of(match)]
        names, spans = [], []
        for name, pattern in self._drops.items():
            match = pattern.search(message.plain)
            # "Without any violence" gives up no limit on violence: it sets one.
            if match and not (self._spec.facet(name).judged and WITHOUT.search(match.group())):
                names.append(name)
                spans.append(message.tokens_of(match))
        return names, spans

    @cached_property
    def _extremes(self) -> dict[str, tuple[str, Literal["least", "most"]]]:
        """Superlatives of the words that compare numbers ("longest") → facet and end."""
        found: dict[str, tuple[str, Literal["least", "most"]]] = {}
        for facet in self._spec.facets:
            end: Literal["least", "most"]
            ends: tuple[tuple[tuple[str, ...], Literal["least", "most"]], ...] = (
                (facet.less, "least"),
                (facet.more, "most"),
            )
            for words, end in ends:
                for word in words:
                    found[word] = (facet.name, end)
                    if word.endswith("er"):
                        found[f"{word[:-2]}est"] = (facet.name, end)
                    elif word.startswith(("more ", "less ")):
                        most: Literal["least", "most"] = (
                            "least" if (end == "most") == (word[:4] == "less") else "most"
                        )
                        found[f"most {word[5:]}"] = (facet.name, most)
                        found[f"least {word[5:]}"] = (facet.name, "least" if most == "most" else "most")
                        found.setdefault(superlative(word[5:]), (facet.name, end))
            for word in (*facet.high, *facet.low):
                end = "most" if word in facet.high else "least"
                found.setdefault(superlative(key(word)), (facet.name, end))
                found.setdefault(f"most {key(word)}", (facet.name, end))
                found.setdefault(f"least {key(word)}", (facet.name, "least" if end == "most" else "most"))
        if self._spec.best_by:
            for words, end in ((("best", "highest", "top"), "most"), (("worst", "lowest"), "least")):
                for word in words:
                    found.setdefault(word, (self._spec.best_by, end))
                    for said in ("rated", "reviewed", "ranked"):
                        found.setdefault(f"{word} {said}", (self._spec.best_by, end))
        found.pop("", None)
        return found

    def _end(self, said: str) -> tuple[str, Literal["least", "most"]] | None:
        """The facet and end that words mean: a superlative, perhaps with what it is of ("most pages")."""
        first, _, rest = said.partition(" ")
        if first in MOST | LEAST and rest:
            for facet in self._spec.facets:
                called = {*self._called.get(facet.name, ()), *unit_words(facet.unit)}
                if facet.kind in {"number", "year"} and rest in called:
                    return facet.name, "most" if first in MOST else "least"
        known = self._extremes.get(said)
        if known is None and rest in self._nouns:
            known = self._extremes.get(first)
        return known

    def extreme(self, message: Message) -> tuple[str, Literal["least", "most"], str] | None:
        """The facet and its end in a question for one of what was shown ("which one is the longest?"), and
        the words for it. The facet is empty where none tells.
        """
        if alone := ALONE.search(message.plain):
            known = self._end(alone[1])
            return None if known is None or known[0] == self._spec.best_by else (*known, alone[1])
        match = WHICH.search(message.plain)
        if match is None or not (match["which"] or match["them"]):
            return None
        said = match["end"].removeprefix("the ")
        known = self._end(said)
        if known is None and SUPERLATIVE.fullmatch(said):
            return "", "most", said
        return known and (*known, said)

    def same(self, message: Message) -> list[tuple[str, int, int]]:
        """Facets that shall be as those of the item spoken of ("that director"), with their tokens."""
        found = []
        for facet in self._spec.facets:
            if facet.kind in {"name", "category", "year"}:
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
            return self._weightiest() if MADE.search(plain) else self._by_verb(message) or self._first("name")
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
        words = {key(word) for facet in numbers for word in (*facet.low, *facet.high)}
        for facet in numbers:
            words |= {key(word).partition(" ")[2] for word in (*facet.less, *facet.more)}  # "more scary"
        return sorted(word for word in words if word and " " not in word)

    def by_verb(self, lows: tuple[str, ...], at: int) -> list[Facet]:
        """The name facets that the words before token ``at`` ask for ("by", "directed by"), in order."""
        while at > 1 and lows[at - 1] in PARTS:
            at -= 1
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

    def verb_of(self, word: str) -> str:
        """The name facet that a form of its verb speaks of ("direct", "wrote", "acting"); empty for none."""
        return self._verb_forms.get(word) or self._stemmed(STEMS.get(word, word))

    @cached_property
    def _verb_forms(self) -> dict[str, str]:
        names = [facet for facet in self._spec.facets if facet.kind == "name" and facet.verb]
        return {key(facet.verb).split(" ")[0]: facet.name for facet in reversed(names)}

    def _stemmed(self, stem: str) -> str:
        if stem in self._verb_forms:
            return self._verb_forms[stem]
        alike = (name for verb, name in self._verb_forms.items() if verb[:5] == stem[:5])
        return next(alike, "") if len(stem) > 4 else ""

    def labelled(self, word: str) -> str:
        """The name facet that is called ``word`` ("author", "directors"); empty for none."""
        names = [facet.name for facet in self._spec.facets if facet.kind == "name"]
        return next((name for name in names if word in self.called(name)), "")

    def _by_verb(self, message: Message) -> str:
        return next(filter(None, map(self.verb_of, message.lows)), "")

    def _by_degree(self, word: str, lows: set[str]) -> str:
        numbers = [facet for facet in self._spec.facets if facet.kind in {"number", "year"}]
        for facet in numbers:
            compared = {*facet.less, *facet.more}
            forms = {f"{word}er", comparative(word), f"more {word}", f"less {word}"}
            if word in {*facet.low, *facet.high} or not compared.isdisjoint(forms):
                return facet.name
        if word == "many":
            return next((facet.name for facet in numbers if lows & set(unit_words(facet.unit))), "")
        good = word in {"good", "well", "highly"}
        return (self._spec.best_by or "") if good else ""

    def _weightiest(self) -> str:
        """The name facet that tells most of an item: who is held to have made it."""
        names = [facet for facet in self._spec.facets if facet.kind == "name"]
        return max(names, key=lambda facet: facet.weight).name if names else ""

    def _first(self, kind: str) -> str:
        return next((facet.name for facet in self._spec.facets if facet.kind == kind), "")


def _any(*words: str) -> str:
    return "|".join(map(re.escape, words))


def _last_words(phrases: Sequence[str]) -> list[str]:
    """What a facet of two words is called for short ("playing time": "time")."""
    return [phrase.split()[-1] for phrase in phrases if phrase.count(" ") == 1]


def _called(facet: Facet) -> list[str]:
    label = key(facet.label)
    # "Return over the period" is a return.
    words = {label, WITHIN.split(label)[0], key(facet.name), *KIND_WORDS.get(facet.kind, ())}
    if "hour" in unit_words(facet.unit):
        words |= set(TIME_WORDS) - {"long"}
    words |= {plural(word) for word in words if word}
    return sorted((word for word in words if word), key=len, reverse=True)
