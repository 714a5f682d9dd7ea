"""Whether prose on picks is true, by items and ratings as they are stored.

Shares no code with reasons and checker: a sentence is cut into statements, each is read by patterns of this
file, and what it says is looked up or counted again. What no pattern reads does not hold, so the share that
holds is a lower bound.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from palate.agent.write import WriteFacts
    from palate.data.catalog import Catalog

_OF = re.compile(r"(\d+) (?:out )?of the (\d+) people who")
_RATED = re.compile(
    r"(\d+) (?:out )?of the (\d+) people who (?:rated|chose|gave) (.+?)(?: \d+(?:\.\d+)? or more)? also "
)
_NEAR = re.compile(r"(\d+) of the (\d+) people whose taste is nearest to yours")
_TOP = re.compile(r"(?:in )?(?:the )?top (\d+) ?%")
_KNOWN = re.compile(r"better known than (\d+) ?%")
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.]*\d)")
_YEAR = re.compile(r"\s*\(\d{4}\)$")
_FILLER = """
    a also an and as asked at be because by can choice come comes enjoy fit fits for from give given good
    great has have here i if in is it its like liked likes look may might more next of on one or pick place
    read recommend should since so start suggest suit suits take that the this to too try want watch well
    which who with worth would you your yours will named another both are was d ll what after before under
    over about than rated people chose gave just film book product item buy kind made
"""
FILLER = frozenset(re.findall(r"\w+", _FILLER))
"""Words that state nothing."""


class Found(NamedTuple):
    """One statement, and whether it holds."""

    said: str
    holds: bool
    why: str = ""


class Auditor:
    """Audits sentences on the picks of one catalogue."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog, self.spec = catalog, catalog.spec
        self._titles = {title for title in catalog.titles if len(title.split()) > 1 or len(title) > 6}

    def audit(self, sentences: Sequence[str], facts: WriteFacts, likes: Sequence[str]) -> list[Found]:
        """Every statement of the ``sentences``, which speak of picks in turn."""
        found: list[Found] = []
        spoken = facts.picks[0].id
        for sentence in sentences:
            for part, subject in self._statements(sentence, facts, spoken):
                spoken = subject
                found.append(self._holds(part, subject, facts, likes))
        return found

    def invented(self, sentence: str, facts: WriteFacts) -> list[str]:
        """Titles of the catalogue in ``sentence`` that were neither picked nor named nor are in a reason."""
        known = [p.title for p in facts.picks] + list(facts.likes)
        known += [r.text for p in facts.picks for r in p.reasons]
        known += [str(v) for p in facts.picks for v in p.facets.values()]
        rest = _without(sentence, sorted(known[: len(facts.picks) + len(facts.likes)], key=len, reverse=True))
        runs = re.findall(r"(?:[A-Z][\w'’-]+)(?: (?:[a-z]{1,3} )?[A-Z][\w'’-]+)*", rest)
        return [run for run in runs if run in self._titles and not any(run in text for text in known)]

    def _statements(self, sentence: str, facts: WriteFacts, spoken: str) -> Iterator[tuple[str, str]]:
        """The statements of a sentence with the id of the pick each is about."""
        subject = spoken
        for pick in facts.picks:
            if re.search(rf"(?<!\w){re.escape(_bare(pick.title))}(?!\w)", sentence):
                subject = pick.id
        pieces = re.split(
            r"(?:;|: |, and (?:it|is|has)\b|, as it |(?<=\d or more),? and |,? and it (?=is|has|comes))",
            sentence,
        )
        for piece in pieces:
            if piece.strip(" .,"):
                yield piece.strip(" ,"), subject

    def _holds(self, said: str, subject: str, facts: WriteFacts, likes: Sequence[str]) -> Found:
        titles = {**dict(zip(facts.likes, likes, strict=True)), **{p.title: p.id for p in facts.picks}}
        counted = self._counts(said, subject, titles, likes)
        if counted is not None:
            return Found(said, counted, "" if counted else "another count")
        if re.search(r"\b(?:not|no|never|without|n't)\b", said) and not facts.wishes:
            return Found(said, False, "a negation")
        rest = _without(said, [p.title for p in facts.picks] + [_bare(p.title) for p in facts.picks])
        cited = next((titles[t] for t in sorted(titles, key=len, reverse=True) if t in rest), None)
        if cited is not None and re.search(r"you (?:liked|named|loved|enjoyed)", rest) and cited not in likes:
            return Found(said, False, "a like that is none")
        compared = cited if cited is not None and re.search(r"\blike (?!d)|shares?|than", rest) else None
        rest = _without(rest, [*facts.likes, *(_bare(t) for t in facts.likes)])
        for wish in facts.wishes:
            rest = _without(rest, [wish]) if re.search(r"asked|want", said) else rest
        return self._facts(said, rest, subject, compared)

    def _facts(self, said: str, rest: str, subject: str, compared: str | None) -> Found:
        """Takes out of ``rest`` all that the item has; nothing that says something may be left."""
        item = self.catalog.item(self.catalog.position(subject))
        both = compared is not None and "than" not in said
        other = self.catalog.item(self.catalog.position(compared)) if compared is not None else None
        lowered = rest
        for facet in self.spec.facets:
            value = item.facets.get(facet.name)
            if isinstance(value, tuple | str) and facet.kind != "text":
                values = (value,) if isinstance(value, str) else value
                for one in sorted(values, key=len, reverse=True):
                    pattern = re.compile(rf"(?<!\w){re.escape(one)}(?!\w)", re.IGNORECASE)
                    if not pattern.search(lowered):
                        continue
                    verbs = [f for f in self.spec.facets if f.kind == "name" and f.verb]
                    role = next(
                        (f for f in verbs if re.search(rf"{f.verb} [^;:]*{re.escape(one)}", rest)), None
                    )
                    wrong = facet.kind == "name" and role is not None and role.name != facet.name
                    if wrong and role is not None and one not in _strings(item.facets.get(role.name)):
                        return Found(said, False, f"{one} as {role.name}")
                    theirs = _strings(other.facets.get(facet.name)) if both and other is not None else None
                    if theirs is not None and one not in theirs and f"{one}, as you asked" not in said:
                        return Found(said, False, f"{one} of what is compared with")
                    lowered = pattern.sub(" ", lowered)
            elif facet.grades and isinstance(value, int | float):
                grade = facet.grades[int(value)].partition(":")[0]
                lowered = re.sub(
                    rf"\b{re.escape(facet.label)} {re.escape(grade)}\b", " ", lowered, flags=re.I
                )
            elif isinstance(value, int | float):
                lowered = self._number(lowered, facet.name, facet.label, facet.unit, float(value))
        if (known := _KNOWN.search(lowered)) is not None:
            if int(known.group(1)) != int(
                round(float(self.catalog.known[self.catalog.position(subject)]), 3) * 100
            ):
                return Found(said, False, "another known-ness")
            lowered = lowered.replace(known.group(), " ")
        labels = " ".join(f"{f.label} {f.verb} {f.unit}" for f in self.spec.facets)
        names = f"{self.spec.noun} {self.spec.plural} {self.spec.verb} catalogue here note palate s"
        spare = FILLER | set(re.findall(r"\w+", f"{labels} {names}".lower()))
        left = [w for w in re.findall(r"[^\W_]+", lowered.lower()) if w not in spare]
        return Found(said, not left, " ".join(left))

    def _number(self, text: str, name: str, label: str, unit: str, value: float) -> str:
        """``text`` without the number where it is said of this facet and right, with its place in the top."""
        near = re.search(
            rf"{re.escape(label)} (?:of |is )?{re.escape(f'{value:g}')}(?: {re.escape(unit)})?", text, re.I
        )
        plain = re.search(rf"(?<![\w.]){re.escape(f'{value:g}')} {re.escape(unit)}", text) if unit else None
        year = re.search(rf"(?:from|in|out in|\() ?{value:g}\b", text) if not unit else None
        hit = near or plain or year
        if hit is None:
            return text
        text = text.replace(hit.group(), " ", 1)
        top = _TOP.search(text)
        if top is not None:
            column = self.catalog.numbers(name)
            column = column[np.isfinite(column)]
            better = float((column > value).mean())
            if max(1, int(np.ceil(100 * better))) == int(top.group(1)):
                text = text.replace(top.group(), " ", 1)
        return text

    def _near(self, subject: str, likes: Sequence[str]) -> tuple[int, int]:
        """How many of the forty people nearest to ``likes`` by cosine like the pick, and of how many."""
        rows = self.catalog.interactions
        table = np.zeros((rows.n_people, rows.n_items), np.float32)
        table[rows.people, rows.items] = rows.ratings
        mine = [self.catalog.position(like) for like in likes]
        length = np.maximum(np.linalg.norm(table, axis=1), 1e-9)
        cosine = table[:, mine].sum(axis=1) / (length * np.sqrt(len(mine)))
        people = [p for p in np.argsort(-cosine, kind="stable")[:40].tolist() if cosine[p] > 0]
        least = self.spec.like_at or 1e-9
        return int((table[people, self.catalog.position(subject)] >= least).sum()), len(people)

    def _counts(self, said: str, subject: str, titles: dict[str, str], likes: Sequence[str]) -> bool | None:
        """Whether a count of people is right; None where none is told."""
        near = _NEAR.search(said)
        if near is None and _OF.search(said) is None:
            return None
        if near is not None:
            return self._near(subject, likes) == (int(near.group(1)), int(near.group(2)))
        rated = _RATED.search(said)
        if rated is None:
            return False
        named = rated.group(3).strip()
        seed = titles.get(named) or next((i for t, i in titles.items() if _bare(t) == _bare(named)), None)
        if seed is None:
            return False
        rows = self.catalog.interactions
        liked = np.ones(len(rows), bool) if self.spec.like_at is None else rows.ratings >= self.spec.like_at
        of_seed = set(rows.people[liked & (rows.items == self.catalog.position(seed))].tolist())
        of_pick = set(rows.people[liked & (rows.items == self.catalog.position(subject))].tolist())
        threshold = re.findall(r"(\d+(?:\.\d+)?) or more", said)
        right = all(float(at) == self.spec.like_at for at in threshold)
        counts = (len(of_seed & of_pick), len(of_seed)) == (int(rated.group(1)), int(rated.group(2)))
        tail = said[rated.end() :].split("or more")[-1].strip(" .,")
        return right and counts and (not tail or tail in {"too", "rated it", "chose it"})


def _strings(value: object) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (str(value),)


def _bare(title: str) -> str:
    return _YEAR.sub("", title)


def _without(text: str, parts: Sequence[str]) -> str:
    for part in sorted(parts, key=len, reverse=True):
        if part:
            text = re.sub(rf"(?<!\w){re.escape(part)}(?!\w)", " ", text)
    return text
