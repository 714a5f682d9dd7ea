"""True statements on a catalogue's items in several wordings, and errors planted in them.

Statements are made from items and ratings as they are stored, not from reasons: wordings are of this file,
and whether one is true is decided here. An error changes one thing: a person, a number, a negation or a
title; what happens to be true all the same is drawn again.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from palate.agent.write import WriteFacts
from palate.tools.filters import describe
from palate.tools.types import Bound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from palate import Palate
    from palate.agent.types import Pick
    from palate.data.catalog import Catalog

KINDS = ("person", "number", "negation", "title")


@dataclass(frozen=True)
class Statement:
    """A sentence on the pick at ``place`` of ``facts``, with the parts that can be exchanged."""

    facts: WriteFacts
    place: int
    form: str
    parts: dict[str, str]
    facet: str = ""
    """The facet that the part ``value`` is of."""
    like: str = ""
    """Id of the like that is compared with."""

    @property
    def text(self) -> str:
        """The sentence."""
        said = self.form.format(**self.parts)
        return said[:1].upper() + said[1:]


class World:
    """A catalogue as arrays and items, read without the code that explains."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog, self.spec = catalog, catalog.spec
        liked = catalog.interactions.likes(catalog.spec.like_at).toarray() > 0 if self.has_people else None
        self.likes = liked

    @property
    def has_people(self) -> bool:
        """Whether there are ratings."""
        return self.catalog.spec.n_interactions > 0

    def values(self, item_id: str, facet: str) -> tuple[str, ...]:
        """An item's values of a facet."""
        value = self.catalog.item(self.catalog.position(item_id)).facets.get(facet, ())
        return value if isinstance(value, tuple) else (str(value),)

    def number(self, item_id: str, facet: str) -> float | None:
        """An item's number or year."""
        value = self.catalog.item(self.catalog.position(item_id)).facets.get(facet)
        return float(value) if isinstance(value, int | float) else None

    def both(self, a: str, b: str) -> tuple[int, int]:
        """How many people like both items, and how many the first."""
        if self.likes is None:
            return 0, 0
        first, second = (self.likes[:, self.catalog.position(each)] for each in (a, b))
        return int((first & second).sum()), int(first.sum())


def requests(app: Palate, seed: int, n: int) -> Iterator[tuple[WriteFacts, tuple[str, ...]]]:
    """``n`` answers without prose: the facts of each, and the ids of its likes; by ``seed``.

    People like one to four well-known items; every third asks for something besides.
    """
    rng, catalog = np.random.default_rng(seed), app.box.catalog
    known = np.argsort(-catalog.known)[: min(2000, catalog.n)]
    made = 0
    while made < n:
        likes = [catalog.ids[at] for at in rng.choice(known, 1 + made % 4, replace=False)]
        where = _where(catalog, rng) if made % 3 == 2 else {}
        reply = app.recommend(likes=likes, where=where, k=3)
        if len(reply.items) < 3:
            continue
        made += 1
        titles = tuple(catalog.titles[catalog.position(like)] for like in likes)
        wishes = tuple(describe(catalog.spec, {facet: bound}) for facet, bound in where.items())
        yield WriteFacts(catalog.spec, reply.items, titles, wishes), tuple(likes)


def _where(catalog: Catalog, rng: np.random.Generator) -> dict[str, Bound]:
    """A bound on a number or year that half of the items satisfy, or a common category."""
    facets = [f for f in catalog.spec.facets if f.shown and not f.judged and f.kind not in ("text", "name")]
    facet = facets[int(rng.integers(len(facets)))]
    if facet.kind == "category":
        counts = np.asarray(catalog.postings(facet.name).sum(axis=0)).ravel()
        value = catalog.values(facet.name)[int(rng.choice(np.argsort(-counts)[:4]))]
        return {facet.name: Bound.model_validate({"in": (value,)})}
    numbers = catalog.numbers(facet.name)
    middle = float(np.nanmedian(numbers).round())
    return {facet.name: Bound(gte=middle) if rng.random() < 0.5 else Bound(lt=middle)}


def true_statements(world: World, facts: WriteFacts, likes: tuple[str, ...], seed: int) -> list[Statement]:
    """What can truly be said of the picks in ``facts``, in wordings drawn by ``seed``."""
    rng = random.Random(seed)
    found: list[Statement] = []
    for place, pick in enumerate(facts.picks):
        base = {"title": pick.title, "noun": world.spec.noun, "Noun": world.spec.noun.capitalize()}
        for forms, parts, facet, like in _said(world, pick, facts, likes):
            found.append(Statement(facts, place, rng.choice(forms), base | parts, facet, like))
    rng.shuffle(found)
    return found


Said = tuple[list[str], dict[str, str], str, str]


def _said(world: World, pick: Pick, facts: WriteFacts, likes: tuple[str, ...]) -> Iterator[Said]:
    for facet in world.spec.facets:
        if not facet.shown or facet.judged or facet.kind == "text" or facet.name not in pick.facets:
            continue
        about = {"verb": facet.verb, "label": facet.label, "unit": facet.unit}
        if facet.kind in ("name", "category"):
            values = world.values(pick.id, facet.name)
            value = {"value": values[0]}
            if facet.verb:
                linked = [
                    "{title} is {verb} {value}.",
                    "I'd start with {title}: it is {verb} {value}.",
                    "{title}, {verb} {value}, should suit you.",
                    "You may also enjoy {title}, which is {verb} {value}.",
                    "It is {verb} {value}, so {title} is a good choice.",
                ]
                yield linked, about | value, facet.name, ""
            else:
                plain = [
                    "{title} is {value}.",
                    "The {label} of {title} is {value}.",
                    "I'd try {title} next: it is {value}.",
                    "{title} is a {noun} with the {label} {value}.",
                ]
                yield plain, about | value, facet.name, ""
            yield from _shared(world, pick, facts, likes, facet.name, about)
        else:
            amount = world.number(pick.id, facet.name)
            if amount is not None:
                number = about | {"number": f"{amount:g}"}
                if facet.kind == "year":
                    forms = [
                        "{title} is from {number}.",
                        "{title} came out in {number}.",
                        "I'd start with {title}, a {noun} from {number}.",
                    ]
                else:
                    forms = [
                        "{title} has a {label} of {number} {unit}.",
                        "The {label} of {title} is {number} {unit}.",
                        "With a {label} of {number} {unit}, {title} is worth a look.",
                    ]
                yield forms, number, facet.name, ""
    for like, liked in zip(likes, facts.likes, strict=True):
        both, likers = world.both(like, pick.id)
        told = [r for r in pick.reasons if r.kind == "co_liking" and r.evidence["seed"] == like]
        if told and both:
            at = world.spec.like_at
            rated, too = ("chose {like}", "chose") if at is None else (f"rated {{like}} {at:g} or more",) * 2
            too = "chose it" if at is None else f"rated it {at:g} or more"
            forms = [
                "{both} of the {likers} people who RATED also TOO, so try {title}.",
                "Since you liked {like}, try {title}: {both} of the {likers} people who RATED also TOO.",
                "{title} should suit you: {both} of the {likers} people who RATED also TOO.",
            ]
            forms = [form.replace("RATED", rated).replace("TOO", too) for form in forms]
            yield forms, {"like": liked, "both": str(both), "likers": str(likers)}, "", like


def _shared(
    world: World, pick: Pick, facts: WriteFacts, likes: tuple[str, ...], facet: str, about: dict[str, str]
) -> Iterator[Said]:
    """What a reason says that the pick shares with a like."""
    for like, liked in zip(likes, facts.likes, strict=True):
        told = [
            reason
            for reason in pick.reasons
            if reason.kind == "shared_facet"
            and (reason.evidence["seed"], reason.evidence["facet"]) == (like, facet)
        ]
        common = [v for v in world.values(pick.id, facet) if v in world.values(like, facet)]
        if told and common and common[0] in told[0].evidence["values"]:
            link = "{verb} {value}" if about["verb"] else "{value}"
            forms = [
                f"{{title}} is {link}, like {{like}}.",
                f"Like {{like}}, {{title}} is {link}.",
                f"Since you liked {{like}}, try {{title}}: it is {link} too.",
            ]
            yield forms, about | {"value": common[0], "like": liked}, facet, like


def plant(world: World, told: Statement, kind: str, rng: random.Random) -> str | None:
    """``told`` with one error of ``kind``, false by the catalogue; None where it has no such part."""
    pick = told.facts.picks[told.place]
    match kind:
        case "person" if told.facet and "value" in told.parts:
            held = set(world.values(pick.id, told.facet))
            others = [p for p in told.facts.picks if p is not pick]
            near = [v for p in others for v in world.values(p.id, told.facet) if v not in held]
            far = (
                [v for v in rng.sample(world.catalog.values(told.facet), 3) if v not in held]
                if len(world.catalog.values(told.facet)) > 3
                else [v for v in world.catalog.values(told.facet) if v not in held]
            )
            pool = near if near and rng.random() < 0.5 else far
            return _with(told, value=rng.choice(pool)) if pool else None
        case "number":
            names = [name for name in ("number", "both", "likers") if name in told.parts]
            if not names:
                return None
            name = rng.choice(names)
            value = float(told.parts[name])
            other = value + rng.choice([-2, -1, 1, 2, 5, 10])
            return _with(told, **{name: f"{max(other, 0):g}"}) if other > 0 else None
        case "negation":
            return _negated(told.text, rng)
        case "title":
            return _retitled(world, told, rng)
    return None


def _with(told: Statement, **parts: str) -> str:
    return replace(told, parts=told.parts | parts).text


_NEGATIONS = (
    (r" is (?!not)", (" is not ", " isn't ", " is never ")),
    (r" has ", (" has no ", " does not have ", " hasn't ")),
    (r" also rated ", (" never rated ", " did not rate ")),
    (r" came ", (" never came ", " did not come ")),
    (r", with ", (", without ",)),
    (r"With a ", ("Without a ",)),
)


def _negated(text: str, rng: random.Random) -> str | None:
    for pattern, turned in _NEGATIONS:
        if re.search(pattern, text):
            return re.sub(pattern, rng.choice(turned), text, count=1)
    return None


def _retitled(world: World, told: Statement, rng: random.Random) -> str | None:
    """The statement on another pick of which it is not true, or on an item that nobody named."""
    pick = told.facts.picks[told.place]
    others = [p for p in told.facts.picks if p is not pick and not _true_of(world, told, p.id)]
    named = {p.title for p in told.facts.picks} | set(told.facts.likes)
    strangers = [t for t in rng.sample(world.catalog.titles, 5) if t not in named and len(t) > 3]
    pool = [p.title for p in others] if others and rng.random() < 0.6 else strangers
    if told.like and rng.random() < 0.3 and "like" in told.parts:
        # The like that is compared with is exchanged instead.
        return _with(told, like=rng.choice(strangers)) if strangers else None
    return _with(told, title=rng.choice(pool)) if pool else None


def _true_of(world: World, told: Statement, item_id: str) -> bool:
    parts: dict[str, Any] = told.parts
    if told.facet and "value" in parts:
        shared = not told.like or parts["value"] in world.values(told.like, told.facet)
        return parts["value"] in world.values(item_id, told.facet) and shared
    if told.facet:
        return (
            f"{world.number(item_id, told.facet):g}" == parts["number"]
            if world.number(item_id, told.facet) is not None
            else False
        )
    return world.both(told.like, item_id) == (int(parts["both"]), int(parts["likers"]))
