"""Evidence → reasons. Every reason is a sentence built from numbers and values that can be recomputed.

:func:`explain` makes the reasons of one pick, strongest first; :func:`holds` recomputes one from the
catalogue, so that a test (or a doubting reader) can check any reason that was ever shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ..data.catalog import Catalog
from ..data.documents import graded, note_source
from ..data.schema import Facet, Quality
from ..tools.evidence import (
    Bridge,
    Company,
    Contrast,
    Counterfactual,
    Quote,
    bridge,
    bridge_again,
    co_liking,
    company,
    company_again,
    nearest_people,
    quote,
    quoted,
    shared_values,
)
from ..tools.filters import allow_list, describe, satisfied
from ..tools.types import Bound, Where
from .types import Reason

if TYPE_CHECKING:
    from ..tools.collaborative import UserKNN
    from ..tools.types import IntArray

MIN_BOTH = 5
"""Fewer people than this who like both items say nothing."""
MIN_LIFT = 1.15
"""People who like the seed must like the pick this much more often than people in general do."""
MAX_REASONS = 6
NEAREST = 40
"""How many people count as those of a person's taste."""
TASTE_FROM = 3
"""From so many seeds and likes on there is a taste to be near to; of one, co-liking says it all."""
PATHS_FROM = 2
"""Seeds and likes that a path over a third item is sought from, the latest."""
LOOKED_AT = 20
"""Seeds and likes that reasons are sought in, the latest first; an older one is hardly on a person's mind."""


@dataclass(frozen=True)
class Basis:
    """What a person said, in the catalogue's positions and values: all that a reason may refer to."""

    seeds: tuple[int, ...] = ()
    likes: tuple[int, ...] = ()
    inferred: bool = False
    """Whether the likes were never told, only asked for the like of."""
    turned_down: tuple[int, ...] = ()
    """What they dislike or rejected, the latest first."""
    where: Where = field(default_factory=dict)
    names: tuple[tuple[str, str], ...] = ()
    qualities: tuple[tuple[str, Quality], ...] = ()
    words: str = ""
    best: bool = False

    @property
    def speak(self) -> tuple[int, ...]:
        """The seeds and likes that reasons may name, at most :data:`LOOKED_AT`."""
        return (*self.seeds, *self.likes)[:LOOKED_AT]


@dataclass(frozen=True)
class Near:
    """The people nearest to a person, worked out once for all picks of a reply."""

    likes: tuple[int, ...]
    people: IntArray


def near(model: UserKNN, basis: Basis) -> Near | None:
    """The people of the taste that ``basis`` tells of; None where that is too little to be a taste.

    ``model`` must be trained on all people of the catalogue, as the stored one is.
    """
    if len(basis.speak) < TASTE_FROM or basis.inferred:
        return None
    people = nearest_people(model, basis.speak, NEAREST)
    return Near(basis.speak, people) if len(people) else None


def explain(
    catalog: Catalog,
    position: int,
    basis: Basis,
    people: Near | None = None,
    without: Counterfactual | None = None,
) -> tuple[Reason, ...]:
    """The reasons for the item at ``position``, strongest first, at least one and at most six.

    ``people`` are those of :func:`near`. ``without`` costs a ranking and is worked out only for who asks why
    (:mod:`.counterfactual`).
    """
    together = list(_liked_by_the_same_people(catalog, position, basis))
    found = [
        *_named(catalog, position, basis),
        *together,
        *_liked_by_people_near(catalog, position, people),
        *(() if together else _over_a_third(catalog, position, basis)),
        *_shared(catalog, position, basis),
        *_contrasting(catalog, position, basis),
        *_quoting(catalog, position, basis),
        *_leaning(catalog, position, basis),
        *_noted(catalog, position, basis),
        *_note(catalog, position, basis),
        *_praised(catalog, position, basis),
    ]
    strongest = [reason for _, reason in sorted(found, key=lambda pair: -pair[0])]
    # What somebody waited for is told, whatever else there is.
    last = [] if without is None else [_without(catalog, without)]
    reasons = [*_varied(strongest)[: MAX_REASONS - 1 - len(last)], *last]
    reasons += [reason for _, reason in _within(catalog, position, basis)]
    return tuple(reasons) if reasons else (_known(catalog, position),)


Again = Callable[[Counterfactual], Counterfactual]
"""Works a counterfactual out anew, by ranking for the same request (:func:`.counterfactual.again`)."""


def holds(catalog: Catalog, position: int, reason: Reason, again: Again | None = None) -> bool:
    """Whether ``reason`` follows from the catalogue for the item at ``position``, recomputed.

    Where a pick would stand without a like follows from the ranking, and holds only ``again``.
    """
    evidence = reason.evidence
    match reason.kind:
        case "neighbours":
            near_ones = Company.model_validate(evidence)
            return company_again(catalog, near_ones, NEAREST, position) == near_ones
        case "graph_path":
            path = Bridge.model_validate(evidence)
            return bool(path.values) and bridge_again(catalog, path, position) == path
        case "quote":
            return quoted(catalog.item(position).text, Quote.model_validate(evidence))
        case "contrast":
            return _contrast_holds(catalog, position, Contrast.model_validate(evidence))
        case "counterfactual":
            told = Counterfactual.model_validate(evidence)
            return again is not None and again(told) == told
        case "co_liking":
            fresh = co_liking(catalog, catalog.position(evidence["seed"]), position)
            return bool((fresh.both, fresh.seed_likers) == (evidence["both"], evidence["seed_likers"]))
        case "shared_facet":
            seed = catalog.position(evidence["seed"])
            return _has_all(catalog, seed, evidence) and _has_all(catalog, position, evidence)
        case "named" | "leaning":
            return _has_all(catalog, position, evidence)
        case "noted":
            return all(
                set(values) <= set(_values(catalog, position, f)) for f, values in evidence["values"].items()
            )
        case "note":
            return bool(evidence["text"] and evidence["text"] == _note_of(catalog, position))
        case "constraint":
            where = catalog_where(evidence["where"])
            return bool(allow_list(catalog, where)[position])
        case "praised":
            value = float(catalog.numbers(evidence["facet"])[position])
            top = _top_share(catalog, evidence["facet"], value)
            return bool((value, top) == (evidence["value"], evidence["top"]))
        case "known":
            return bool(round(float(catalog.known[position]), 3) == evidence["known"])
    return False


def catalog_where(raw: dict[str, dict[str, object]]) -> Where:
    """``raw`` as it stands in JSON, as a Where; raises pydantic's ValidationError."""
    return {facet: Bound.model_validate(bound) for facet, bound in raw.items()}


Weighed = Iterator[tuple[float, Reason]]


def _named(catalog: Catalog, position: int, basis: Basis) -> Weighed:
    for facet_name, value in basis.names:
        if value in _values(catalog, position, facet_name):
            facet = catalog.spec.facet(facet_name)
            text = f"{_sentence_start(_phrase(facet, (value,)))}, as you asked"
            yield 3.0, Reason(kind="named", text=text, evidence={"facet": facet_name, "values": [value]})


def _liked_by_the_same_people(catalog: Catalog, position: int, basis: Basis) -> Weighed:
    if not catalog.spec.n_interactions:
        return
    for rank, seed in enumerate(basis.speak):
        both = co_liking(catalog, seed, position)
        if both.both < MIN_BOTH or both.lift < MIN_LIFT:
            continue
        share = both.both / both.seed_likers
        text = (
            f"{both.both} of the {both.seed_likers} people who {_liked(catalog, catalog.titles[seed])}"
            f" also {_liked(catalog, 'it')}"
        )
        evidence = {
            "seed": catalog.ids[seed],
            "both": both.both,
            "seed_likers": both.seed_likers,
            "item_likers": both.item_likers,
            "people": both.n_people,
        }
        yield 1.0 + share - 0.05 * rank, Reason(kind="co_liking", text=text, evidence=evidence)


def _liked_by_people_near(catalog: Catalog, position: int, people: Near | None) -> Weighed:
    if people is None:
        return
    told = company(catalog, people.likes, people.people, position)
    if told.likers < MIN_BOTH or told.lift < MIN_LIFT:
        return
    text = (
        f"{told.likers} of the {told.nearest} people whose taste is nearest to yours {_liked(catalog, 'it')}"
    )
    strength = 0.9 + told.likers / told.nearest
    yield strength, Reason(kind="neighbours", text=text, evidence=told.model_dump())


def _over_a_third(catalog: Catalog, position: int, basis: Basis) -> Weighed:
    """A path over a third item, for a pick that hardly anybody likes together with what the person named."""
    if not catalog.spec.n_interactions:
        return
    paths = (bridge(catalog, seed, position) for seed in basis.speak[:PATHS_FROM])
    best = max((path for path in paths if path is not None), key=lambda path: path.strength, default=None)
    if best is None:
        return
    seed, middle = (catalog.titles[catalog.position(end)] for end in (best.seed, best.bridge))
    link = _phrase(catalog.spec.facet(best.facet), best.values)
    if best.first == "people":
        text = (
            f"{_sentence_start(link)}, like {middle}, which {best.both} of the {best.end_likers} people"
            f" who {_liked(catalog, seed)} also {_liked(catalog)}"
        )
    else:
        text = (
            f"{best.both} of the {best.end_likers} people who {_liked(catalog, middle)} also"
            f" {_liked(catalog, 'it')}, and {middle} is {link}, like {seed}"
        )
    # Roundabout: it comes where hardly anything else speaks.
    yield 0.15 + 0.1 * best.strength, Reason(kind="graph_path", text=text, evidence=best.model_dump())


def _contrasting(catalog: Catalog, position: int, basis: Basis) -> Weighed:
    """How the pick keeps to a bound that something the person turned down, or named, does not keep to.

    The most telling contrast alone: with what the bound was taken from ("shorter"), then any other.
    """
    found: list[tuple[float, Contrast]] = []
    for name, bound in basis.where.items():
        facet = catalog.spec.facet(name)
        for other in (*basis.turned_down, *basis.seeds)[:LOOKED_AT]:
            told = _contrast(catalog, position, facet, bound, other)
            if told is not None and _comparative(facet, told.side):
                told = told.model_copy(update={"turned_down": other in basis.turned_down})
                compared = told.other_value in (bound.lt, bound.gt)
                # Every pick of the list keeps to the bound: it tells them apart less than anything else does.
                found.append((0.45 if compared else 0.35, told))
    if not found:
        return
    strength, told = max(found, key=lambda pair: pair[0])
    facet = catalog.spec.facet(told.facet)
    mine, theirs = (_measured(facet, value) for value in (told.value, told.other_value))
    which = ", which you turned down" if told.turned_down else ""
    title = catalog.titles[catalog.position(told.other)]
    text = f"{_sentence_start(_comparative(facet, told.side))} than {title}{which} ({mine} against {theirs}"
    notes = (catalog.item(at) for at in (position, catalog.position(told.other)))
    text += f", by {note_source(*notes)})" if facet.judged else ")"
    yield strength, Reason(kind="contrast", text=text, evidence=told.model_dump())


def _contrast(catalog: Catalog, position: int, facet: Facet, bound: Bound, other: int) -> Contrast | None:
    """The two numbers, where one satisfies ``bound`` and the other exists and lies beyond it."""
    if facet.kind not in ("number", "year"):
        return None
    numbers = catalog.numbers(facet.name)
    value, beside = float(numbers[position]), float(numbers[other])
    met = satisfied(catalog, facet.name, bound)
    if np.isnan(beside) or met[other] or not met[position] or value == beside:
        return None
    return Contrast(
        facet=facet.name,
        value=round(value, 4),
        other=catalog.ids[other],
        other_value=round(beside, 4),
        side="less" if value < beside else "more",
        turned_down=False,
    )


def _contrast_holds(catalog: Catalog, position: int, told: Contrast) -> bool:
    numbers = catalog.numbers(told.facet)
    mine, other = (round(float(numbers[at]), 4) for at in (position, catalog.position(told.other)))
    right = mine < other if told.side == "less" else mine > other
    return right and (mine, other) == (told.value, told.other_value)


def _comparative(facet: Facet, side: str) -> str:
    """The facet's first word for less or more of it; empty where it has none."""
    of_side = facet.less if side == "less" else facet.more
    return of_side[0] if of_side else ""


def _measured(facet: Facet, value: float) -> str:
    return graded(facet, value) if facet.grades else _quantity(value, facet.unit)


def _quoting(catalog: Catalog, position: int, basis: Basis) -> Weighed:
    """The item's own words where they answer those of the request."""
    text = catalog.item(position).text if basis.words else ""
    told = quote(text, basis.words) if text else None
    if told is not None:
        strength = 0.8 + 0.3 * min(len(told.answers), 3)
        yield strength, Reason(kind="quote", text=f"Its text says “{told.text}”", evidence=told.model_dump())


def _without(catalog: Catalog, told: Counterfactual) -> Reason:
    title = catalog.titles[catalog.position(told.without)]
    left = f"{title}, which you asked for the like of," if told.asked else f"your like of {title}"
    text = (
        f"Without {left} this would be {_ordinal(told.would_be)} instead of {_ordinal(told.place)}"
        f" of the {told.of:,} {catalog.spec.plural} that fit"
    )
    return Reason(kind="counterfactual", text=text, evidence=told.model_dump())


def _ordinal(n: int) -> str:
    ending = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n:,}{ending}"


def _liked(catalog: Catalog, what: str = "") -> str:
    """How this catalogue says "liked ``what``", with the threshold where there is one."""
    at = catalog.spec.like_at
    said = f"chose {what}" if at is None else f"rated {what} {at:g} or more"
    return " ".join(said.split()) if not what else said


def _shared(catalog: Catalog, position: int, basis: Basis) -> Weighed:
    for rank, seed in enumerate(basis.speak):
        for shared in shared_values(catalog, seed, position):
            facet = catalog.spec.facet(shared.facet)
            values = tuple(shared.values[:3])
            text = f"{_sentence_start(_phrase(facet, values))}, like {catalog.titles[seed]}"
            if facet.judged:
                text += f" ({note_source(catalog.item(seed), catalog.item(position))})"
            evidence = {"seed": catalog.ids[seed], "facet": shared.facet, "values": list(values)}
            strength = 0.25 * shared.weight - 0.05 * rank
            yield strength, Reason(kind="shared_facet", text=text, evidence=evidence)


def _leaning(catalog: Catalog, position: int, basis: Basis) -> Weighed:
    for word, quality in basis.qualities:
        for facet_name, wanted in quality.prefer.items():
            if catalog.spec.facet(facet_name).judged:
                if _values(catalog, position, facet_name):
                    break  # a note decides, and _noted() says what it says
                continue
            values = [v for v in _values(catalog, position, facet_name) if v in wanted][:2]
            if values:
                text = f"{_joined(values)}, which is how I read “{word}”"
                evidence = {"word": word, "facet": facet_name, "values": values}
                yield 0.9, Reason(kind="leaning", text=text, evidence=evidence)
                break


def _noted(catalog: Catalog, position: int, basis: Basis) -> Weighed:
    """What of the wishes the item's note says, in one reason."""
    found: dict[str, list[str]] = {}
    for _, quality in basis.qualities:
        for name, wanted in quality.prefer.items():
            if catalog.spec.facet(name).judged:
                values = [v for v in _values(catalog, position, name) if v in wanted][:2]
                found[name] = list(dict.fromkeys([*found.get(name, []), *values]))
    found = {name: values for name, values in found.items() if values}
    if found:
        said = "; ".join(_judgement(catalog.spec.facet(name), values) for name, values in found.items())
        strength = 1.2 + 0.2 * sum(map(len, found.values()))
        text = f"{_sentence_start(note_source(catalog.item(position)))}: {said}"
        yield strength, Reason(kind="noted", text=text, evidence={"values": found})


def _note(catalog: Catalog, position: int, basis: Basis) -> Weighed:
    """The note's own words."""
    text = _note_of(catalog, position)
    if text:
        # To who asks in words it says whether this is what was meant; to others what they would get.
        strength = 1.0 if basis.words or basis.qualities else 0.4
        yield (
            strength,
            Reason(
                kind="note",
                text=f"{text.removesuffix('.')} ({note_source(catalog.item(position))})",
                evidence={"text": text},
            ),
        )


def _note_of(catalog: Catalog, position: int) -> str:
    facet = next((f for f in catalog.spec.facets if f.judged and f.kind == "text"), None)
    return "" if facet is None else str(catalog.item(position).facets.get(facet.name, ""))


def _judgement(facet: Facet, values: Sequence[str]) -> str:
    if facet.grades:
        return f"{facet.label} {_joined([graded(facet, float(value)) for value in values])}"
    # A mood says itself what it is.
    return f"{facet.verb} {_joined(list(values))}" if facet.verb else _joined(list(values))


def _praised(catalog: Catalog, position: int, basis: Basis) -> Weighed:
    if catalog.spec.best_by is None:
        return
    facet = catalog.spec.facet(catalog.spec.best_by)
    value = float(catalog.numbers(facet.name)[position])
    if np.isnan(value):
        return
    top = _top_share(catalog, facet.name, value)
    if top > 25:
        return
    text = (
        f"{_sentence_start(facet.label)} {_quantity(value, facet.unit)}, in the top {top} % of the catalogue"
    )
    evidence = {"facet": facet.name, "value": value, "top": top}
    yield (2.5 if basis.best else 0.5) - top / 100, Reason(kind="praised", text=text, evidence=evidence)


def _within(catalog: Catalog, position: int, basis: Basis) -> Weighed:
    if basis.where:
        raw = {f: b.model_dump(by_alias=True, exclude_defaults=True) for f, b in basis.where.items()}
        text = f"Within what you asked: {describe(catalog.spec, basis.where)}"
        yield 0.0, Reason(kind="constraint", text=text, evidence={"where": raw, "id": catalog.ids[position]})


def _known(catalog: Catalog, position: int) -> Reason:
    known = round(float(catalog.known[position]), 3)
    text = f"Better known than {int(known * 100)} % of the {catalog.spec.plural} here"
    return Reason(kind="known", text=text, evidence={"known": known})


def _varied(reasons: list[Reason]) -> list[Reason]:
    """The reasons with one of another kind drawn forward: the first two do not say one thing twice."""
    if len(reasons) < 2:
        return reasons
    first = reasons[0]
    other = next((r for r in reasons[1:] if r.kind != first.kind), reasons[1])
    return [first, other, *(r for r in reasons[1:] if r is not other)]


def _has_all(catalog: Catalog, position: int, evidence: dict[str, object]) -> bool:
    values = evidence["values"]
    return isinstance(values, list) and set(values) <= set(_values(catalog, position, str(evidence["facet"])))


def _values(catalog: Catalog, position: int, facet: str) -> tuple[str, ...]:
    value = catalog.item(position).facets.get(facet, ())
    return value if isinstance(value, tuple) else (str(value),)


def _top_share(catalog: Catalog, facet: str, value: float) -> int:
    """The smallest whole p such that ``value`` is in the top p % of the items that have the facet."""
    known = catalog.numbers(facet)
    known = known[~np.isnan(known)]
    return max(1, int(np.ceil(100 * float((known > value).mean()))))


def _phrase(facet: Facet, values: tuple[str, ...]) -> str:
    joined = _joined(list(values))
    if facet.verb:
        return f"{facet.verb} {joined}"
    return joined if facet.kind == "category" else f"{facet.label} {joined}"


def _joined(values: list[str]) -> str:
    return values[0] if len(values) == 1 else f"{', '.join(values[:-1])} and {values[-1]}"


def _quantity(value: float, unit: str) -> str:
    return f"{value:g}{unit}" if unit in {"", "%"} else f"{value:g} {unit}"


def _sentence_start(text: str) -> str:
    return text[:1].upper() + text[1:]
