"""The checker of prose: a sentence passes only if every statement in it is supported by the evidence.

The rule is a closed vocabulary. A word is either one that says nothing of an item by itself (a fixed list),
or it must stand in the evidence *of the item that the statement is about*. Beyond single words: names must
stand there as a whole and in the same role, numbers with the same unit, proportions as a pair; a comparison
with a title needs evidence that cites that title; a negation needs a wish that rules the thing out. What
cannot be attributed is not supported. Titles that are neither picked nor named by the person are words like
any other, and so never pass.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from .support import (
    Entity,
    Source,
    distinct,
    find_entities,
    in_sources,
    liked_entity,
    pick_entity,
    proportions,
    read_wishes,
    roles,
    with_shared,
)
from .words import (
    ASKING,
    CITING,
    HARMLESS,
    IS,
    NEGATIONS,
    OPENING,
    POINTING,
    SHARING,
    VERBS,
    Token,
    stem,
    tokens,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .write import WriteFacts

MAX_CHARACTERS = 400
_BREAK = re.compile(r"[;:—–]|\s-\s")
_JOIN = frozenset({"and", "but", "while"})
_STARTERS = POINTING | {stem(word) for word in ("i", "you", "we", "there", "youd", "youll", "id", "ill")}
_YOU = frozenset({stem(word) for word in ("you", "youve", "youd", "your")})

_PEOPLE_WHO = f"{stem('people')} {stem('who')}"
_IS_PEOPLE = re.compile(r"\b(?:is|are|has) \d+ (?:out )?of (?:the )?\d+ \w+ who\b")
_REPEAT = 4
"""As many words in a row do not come twice in a sentence that makes sense."""
LABEL_WITHIN = 3
"""Words before a number among which the name of what it measures stands."""
_AS_ASKED = {stem("as"), stem("you")}
_NOBODY = Entity("", (), is_pick=False)


@dataclass(frozen=True)
class Verdict:
    """Whether a sentence may be shown; ``why`` names what has no support."""

    passes: bool
    why: str = ""


@dataclass(frozen=True)
class Mention:
    """An entity named in a sentence. ``role``: spoken of, compared with, or named as the person's own."""

    start: int
    end: int
    entity: Entity
    role: str


@dataclass
class Claim:
    """A stretch of one clause about the same subjects."""

    subjects: tuple[Entity, ...] = ()
    compared: list[Entity] = field(default_factory=list)
    words: list[Token] = field(default_factory=list)
    start: int = 0
    end: int = 0
    named_at: int = -1
    """Where the last subject named in this very claim ends; -1 while it is inherited."""


class UnsupportedError(Exception):
    """A statement without evidence; the message names it."""


class Checker:
    """Checks the sentences of one reply, in their order: "it" is what the sentence before spoke of."""

    def __init__(self, facts: WriteFacts) -> None:
        named = [liked_entity(label) for label in dict.fromkeys(facts.likes)]
        picks = [pick_entity(pick, facts.spec, named) for pick in facts.picks]
        likes = [with_shared(one, facts.picks, named, facts.spec) for one in named]
        self._entities = distinct([*picks, *likes])
        self._picks = tuple(self._entities[: len(picks)])
        self._wishes = read_wishes(facts.wishes)
        self._roles = roles(facts.spec)
        labels = " ".join(f.label for f in facts.spec.facets if f.kind == "category")
        self._labels = frozenset(token.stem for token in tokens(labels))
        self._numbers = {
            facet.name: frozenset(t.stem for t in tokens(facet.label) if t.stem not in HARMLESS)
            for facet in facts.spec.facets
            if facet.kind == "number"
        }
        spec = facts.spec
        self._harmless = HARMLESS | {t.stem for t in tokens(f"{spec.noun} {spec.plural} {spec.verb}")}
        self._before: tuple[Entity, ...] = ()
        self._said: set[str] = set()

    def check(self, sentence: str) -> Verdict:
        """Whether ``sentence`` may be shown after the sentences checked so far."""
        try:
            subjects = self._supported(sentence)
        except UnsupportedError as error:
            # What "it" in the next sentence meant has been dropped with this one.
            self._before = ()
            return Verdict(False, str(error))
        self._before = subjects
        self._said.add(sentence)
        return Verdict(True)

    def _supported(self, sentence: str) -> tuple[Entity, ...]:
        _fail_if(len(sentence) > MAX_CHARACTERS or not sentence.isprintable(), "not a plain sentence")
        _fail_if(sentence in self._said, "said before")
        words = tokens(sentence)
        _fail_if(not words, "no words")
        _fail_if(_IS_PEOPLE.search(sentence) is not None, "an item that is people")
        mentions = self._mentions(sentence, words)
        stems = _with_titles(words, mentions)
        runs = Counter(tuple(stems[at : at + _REPEAT]) for at in range(len(stems) - _REPEAT + 1))
        _fail_if(any(times > 1 for times in runs.values()), "the same words twice")
        self._check_start(words, mentions)
        claims = self._claims(sentence, words, mentions)
        for claim in claims:
            self._check_claim(sentence, claim)
        spoken = [m.entity for m in mentions if m.role == "subject" and m.entity.is_pick]
        return tuple(dict.fromkeys(spoken)) or claims[-1].subjects

    def _mentions(self, sentence: str, words: list[Token]) -> list[Mention]:
        found: list[Mention] = []
        for start, end, entity in find_entities(sentence, self._entities):
            before = [t for t in words if t.end <= start]
            if self._is_predicate(before, named=bool(found)):
                continue
            joined = bool(found) and _only_joins(sentence[found[-1].end : start])
            after = next((t.stem for t in words if t.start >= end), "")
            joined = joined and not _opens(sentence, words, found, start, after)
            role = found[-1].role if joined else _role([t.stem for t in before])
            found.append(Mention(start, end, entity, role))
        spoken = Counter(m.entity.title for m in found if m.role == "subject" and m.entity.is_pick)
        _fail_if(any(times > 1 for times in spoken.values()), "one title twice")
        for mention in found:
            own = mention.role == "own" and mention.entity.is_pick
            _fail_if(own, f"{mention.entity.title} was not named by the person")
        return found

    def _is_predicate(self, before: list[Token], *, named: bool) -> bool:
        """Whether what follows is said of an item rather than named: "Lemon is Plum", "of the kind Plum"."""
        if not before:
            return False
        spoken = named or any(word.stem in POINTING for word in before[:-1])
        return spoken and (before[-1].stem in IS or before[-1].stem in self._labels)

    def _check_start(self, words: list[Token], mentions: list[Mention]) -> None:
        """A title made of an everyday word may hide at the start of a sentence ("Up is …")."""
        named = any(m.start <= words[0].start < m.end for m in mentions)
        hidden = len(words) > 1 and words[1].stem in VERBS and words[0].stem in HARMLESS - _STARTERS
        _fail_if(hidden and not named, f"{words[0].written} is named as if it were an item")

    def _claims(self, sentence: str, words: list[Token], mentions: list[Mention]) -> list[Claim]:
        """The sentence in clauses, and these where the subject changes."""
        claims: list[Claim] = [Claim()]
        last = 0
        parts: list[Mention | Token] = [*mentions, *_outside(words, mentions)]
        for part in sorted(parts, key=lambda part: part.start):
            gap = sentence[last : part.start]
            if _BREAK.search(gap) or _starts_statement(part, words):
                claims.append(Claim(claims[-1].subjects, start=part.start))
            if isinstance(part, Token):
                claims[-1].words.append(part)
            elif part.role == "subject":
                _take_subject(claims, part, sentence)
            elif part.role == "compared":
                claims[-1].compared.append(part.entity)
            claims[-1].end = last = part.end
        self._attribute(claims)
        return claims

    def _attribute(self, claims: list[Claim]) -> None:
        """Give a claim without a subject the one it points to: the sentence before's, or the next."""
        for claim in claims:
            if not claim.subjects and any(word.stem in POINTING for word in claim.words):
                claim.subjects = self._before
        for claim, following in reversed(list(pairwise(claims))):
            claim.subjects = claim.subjects or following.subjects

    def _check_claim(self, sentence: str, claim: Claim) -> None:
        said = [w for w in claim.words if w.stem not in self._harmless or _is_hyphened(sentence, w)]
        sharing = any(word.stem in SHARING for word in claim.words)
        asking = [word for word in claim.words if word.stem in ASKING]
        strange = any(not _YOU & set(_stems_before(claim, word)[-3:]) for word in asking)
        _fail_if(strange, "somebody else's wish")
        for word in asking:
            self._check_asked(claim, word)
        _fail_if(sharing and not claim.compared, "something shared with nothing named")
        negation = next((at for at, word in enumerate(said) if word.stem in NEGATIONS), len(said))
        for word in said[negation + 1 :]:
            _fail_if(word.stem not in self._wishes.unwanted, f"not {word.written}")
        _fail_if(negation == len(said) - 1, "a negation of nothing that was ruled out")
        self._check_proportions(sentence, claim)
        for word in said[:negation]:
            if word.is_number:
                self._check_number(sentence, claim, word)
            elif word.stem not in CITING or claim.subjects:
                self._check_word(claim, word)
        for run in _capital_runs(sentence, claim.words):
            self._check_name(claim, run)
        for subject in claim.subjects:
            lists = _allowed(subject, claim)
            _fail_if(any(not sources for sources in lists), f"{subject.title} compared without evidence")

    def _check_asked(self, claim: Claim, word: Token) -> None:
        """ "As you asked" says that a fact was asked for, which a reason must say too."""
        if set(_stems_before(claim, word)[-2:]) == _AS_ASKED:
            told = claim.subjects and all(in_sources(word, subject.sources) for subject in claim.subjects)
            _fail_if(not told, "what was not asked for")
        else:
            _fail_if(not self._wishes.wanted and not self._wishes.unwanted, "nothing was asked for")

    def _check_word(self, claim: Claim, word: Token) -> None:
        asked = word.stem in self._wishes.wanted and _is_asked(claim, word)
        held = claim.subjects and all(
            in_sources(word, sources) for subject in claim.subjects for sources in _allowed(subject, claim)
        )
        _fail_if(not (asked or held), f"“{word.written}” of {_names(claim)}")

    def _check_name(self, claim: Claim, run: list[Token]) -> None:
        stems = [token.stem for token in run]
        shorter = [stems[1:]] if len(stems) > 1 and _is_first(claim, run[0]) else []
        wanted = self._wanted_roles(claim, run)
        asked = set(stems) <= self._wishes.wanted and _is_asked(claim, run[0])
        everyday = all(stem in HARMLESS for stem in stems)
        for subject in claim.subjects or (_NOBODY,):
            for sources in _allowed(subject, claim):
                telling = [source for source in sources if source.facet or not everyday]
                fitting = [s for s in telling if any(s.has_run(r) for r in [stems, *shorter])]
                # "Oscars won" is the name of a number, not of anybody.
                fitting += [s for s in telling if s.is_number and set(stems) <= s.words]
                name = " ".join(token.written for token in run)
                _fail_if(not fitting and not asked, f"“{name}” of {_names(claim)}")
                plays = any(self._in_role(source, wanted) for source in fitting)
                _fail_if(bool(wanted) and not plays and not asked, f"the part of {name}")

    def _wanted_roles(self, claim: Claim, run: list[Token]) -> frozenset[str]:
        """The name facets that the words before a name in its clause, else those after it, speak of."""
        before = [w for w in claim.words if w.start < run[0].start]
        after = [w for w in claim.words if w.start > run[-1].start][:4]
        for word in [*reversed(before), *after]:
            if word.stem in self._roles:
                return self._roles[word.stem]
        return frozenset()

    def _in_role(self, source: Source, wanted: frozenset[str]) -> bool:
        spoken = {facet for word in source.stems for facet in self._roles.get(word, ())}
        return source.facet in wanted or (not source.facet and bool(spoken & wanted))

    def _check_number(self, sentence: str, claim: Claim, number: Token) -> None:
        at = claim.words.index(number)
        before = claim.words[at - 1].stem if at else ""
        # "From 1990" is a bound where it was asked for; of an item it says the very year.
        loose = before != stem("from") or _is_asked(claim, number)
        if loose and (before, number.stem) in self._wishes.bounds:
            return
        label = self._label_before(claim, at)
        unit = claim.words[at + 1] if at + 1 < len(claim.words) else None
        whole = proportions(sentence[claim.start : claim.end])
        for subject in claim.subjects or (_NOBODY,):
            for sources in _allowed(subject, claim):
                fitting = [s for s in sources if not label or s.facet in label or _tells(s, label)]
                held = any(self._gives(source, number, unit, whole) for source in fitting)
                _fail_if(not held, f"{number.written} of {_names(claim)}")

    def _label_before(self, claim: Claim, at: int) -> dict[str, frozenset[str]]:
        """The number facets, with the words of their labels, that the words just before a number name."""
        near = {word.stem for word in claim.words[max(at - LABEL_WITHIN, 0) : at]}
        return {name: words for name, words in self._numbers.items() if near & words}

    def _gives(
        self, source: Source, number: Token, unit: Token | None, whole: frozenset[tuple[str, str]]
    ) -> bool:
        decade = unit is not None and unit.stem == "s" and unit.start == number.end
        if decade:
            return number.stem == source.decade
        if number.stem not in source.words:
            return False
        if source.proportions and not source.proportions & whole:
            return False
        return unit is None or unit.stem in self._harmless or unit.stem in source.words

    def _check_proportions(self, sentence: str, claim: Claim) -> None:
        for pair in proportions(sentence[claim.start : claim.end]):
            for subject in claim.subjects or (_NOBODY,):
                for sources in _allowed(subject, claim):
                    held = any(pair in source.proportions | source.scaled for source in sources)
                    _fail_if(not held, f"{pair[0]} of {pair[1]} of {_names(claim)}")


def _allowed(subject: Entity, claim: Claim) -> Iterator[list[Source]]:
    """The sources that may support a claim: all, or for each title compared those that cite it."""
    if not claim.compared:
        yield list(subject.sources)
    for other in claim.compared:
        yield [source for source in subject.sources if other.title in source.cites]


def _role(before: Sequence[str]) -> str:
    """What the words before a title make of it."""
    if _PEOPLE_WHO in " ".join(before[-8:]):
        return "compared"
    if not before or before[-1] not in CITING:
        return "subject"
    cue, near = before[-1], before[-5:-1]
    if cue == stem("with") and near and near[-1] in OPENING:
        return "subject"
    if cue == stem("after"):
        return "own" if len(before) == 1 else "compared"
    if cue in (stem("watch"), stem("enjoy"), stem("love"), stem("like")) and _YOU & set(near):
        # "you liked X" names the person's own title; "you will like X" recommends one.
        return "subject" if {stem("will"), stem("might"), stem("may"), stem("would")} & set(near) else "own"
    return "compared"


def _tells(source: Source, label: dict[str, frozenset[str]]) -> bool:
    """Whether a reason is about one of the facets in ``label``."""
    return not source.facet and any(words <= source.words for words in label.values())


def _opens(sentence: str, words: list[Token], found: list[Mention], start: int, after: str) -> bool:
    """Whether a title at ``start`` is what the sentence is about, behind one that it opens with.

    "Like X, Y is …": a lone word that cites, a title, a comma, and then a title with its verb.
    """
    first = found[0]
    alone = len(found) == 1 and len([t for t in words if t.end <= first.start]) == 1
    return alone and sentence[first.end : start].strip() == "," and after in VERBS


def _with_titles(words: list[Token], mentions: list[Mention]) -> list[str]:
    """The stems of ``words`` in order, each title as one word, for a title may come more than once."""
    titled = [(m.start, f"\n{m.entity.title}") for m in mentions]
    return [stem for _, stem in sorted([*titled, *((w.start, w.stem) for w in _outside(words, mentions))])]


def _only_joins(gap: str) -> bool:
    return re.fullmatch(r"[\s,&]*(?:and|or)?[\s,]*", gap) is not None


def _outside(words: list[Token], mentions: list[Mention]) -> list[Token]:
    return [word for word in words if not any(m.start <= word.start < m.end for m in mentions)]


def _starts_statement(part: Token | Mention, words: list[Token]) -> bool:
    """Whether ``part`` is an "and" that leads to a statement of its own."""
    if not isinstance(part, Token) or part.stem not in _JOIN:
        return False
    following = words[words.index(part) + 1 :][:2]
    verb = any(word.stem in VERBS or word.stem in POINTING for word in following)
    return verb or any(word.is_number for word in following[:1])


def _take_subject(claims: list[Claim], mention: Mention, sentence: str) -> None:
    """Make the mention a subject: of this claim, joined to the one just before it, or of a new claim."""
    claim = claims[-1]
    joined = claim.named_at >= 0 and _only_joins(sentence[claim.named_at : mention.start])
    if joined:
        claim.subjects = (*claim.subjects, mention.entity)
    elif claim.named_at >= 0:
        claims.append(Claim((mention.entity,), start=mention.start))
    else:
        claim.subjects = (mention.entity,)
    claims[-1].named_at = mention.end


def _capital_runs(sentence: str, words: list[Token]) -> Iterator[list[Token]]:
    """Runs of neighbouring words in capitals; a harmless word counts unless a sentence starts with it."""
    run: list[Token] = []
    for word in words:
        start = re.search(r"(?:^|[.:;—–(])\s*$", sentence[: word.start]) is not None
        mine = word.is_capital and not (start and word.stem in HARMLESS) and not _is_i(word)
        adjacent = bool(run) and re.fullmatch(r"[\s.\-]*", sentence[run[-1].end : word.start]) is not None
        if run and not (mine and adjacent):
            yield run
            run = []
        if mine:
            run = [*run, word]
    if run:
        yield run


def _is_asked(claim: Claim, word: Token) -> bool:
    """Whether ``word`` is told as what the person asked for ("you asked for …"), not as what an item is."""
    before = _stems_before(claim, word)
    asking = next((at for at, said in enumerate(before) if said in ASKING), -1)
    return asking >= 0 and bool(_YOU & set(before[:asking]))


def _stems_before(claim: Claim, word: Token) -> list[str]:
    return [w.stem for w in claim.words if w.start < word.start]


def _is_hyphened(sentence: str, word: Token) -> bool:
    """Whether the word is part of a compound ("feel-good"), which says more than its parts."""
    before, after = sentence[: word.start][-2:], sentence[word.end :][:2]
    return re.fullmatch(r"\w-", before) is not None or re.fullmatch(r"-\w", after) is not None


def _is_i(word: Token) -> bool:
    return re.fullmatch(r"I(?:['’]\w+)?", word.written) is not None


def _is_first(claim: Claim, word: Token) -> bool:
    return bool(claim.words) and claim.words[0] is word


def _names(claim: Claim) -> str:
    return ", ".join(subject.title for subject in claim.subjects) or "nothing"


def _fail_if(condition: bool, why: str) -> None:
    if condition:
        raise UnsupportedError(why)
