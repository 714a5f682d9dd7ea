"""Evidence → reasons. Every reason is a sentence built from numbers and values that can be recomputed.

:func:`explain` makes the reasons of one pick, strongest first; :func:`holds` recomputes one from the
catalogue, so that a test (or a doubting reader) can check any reason that was ever shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..data.catalog import Catalog
from ..data.documents import graded
from ..data.schema import Facet, Quality
from ..tools.evidence import co_liking, shared_values
from ..tools.filters import allow_list, describe
from ..tools.types import Where
from .types import Reason

MIN_BOTH = 5
"""Fewer people than this who like both items say nothing."""
MIN_LIFT = 1.15
"""People who like the seed must like the pick this much more often than people in general do."""
MAX_REASONS = 6
LOOKED_AT = 20
"""Seeds and likes that reasons are sought in, the latest first; an older one is hardly on a person's mind."""


@dataclass(frozen=True)
class Basis:
    """What a person said, in the catalogue's positions and values: all that a reason may refer to."""

    seeds: tuple[int, ...] = ()
    likes: tuple[int, ...] = ()
    inferred: bool = False
    """Whether the likes were never told, only asked for the like of."""
    where: Where = field(default_factory=dict)
    names: tuple[tuple[str, str], ...] = ()
    qualities: tuple[tuple[str, Quality], ...] = ()
    words: str = ""
    best: bool = False

    @property
    def speak(self) -> tuple[int, ...]:
        """The seeds and likes that reasons may name, at most :data:`LOOKED_AT`."""
        return (*self.seeds, *self.likes)[:LOOKED_AT]


def explain(catalog: Catalog, position: int, basis: Basis) -> tuple[Reason, ...]:
    """The reasons for the item at ``position``, strongest first, at least one and at most six."""
    found = [
        *_named(catalog, position, basis),
        *_liked_by_the_same_people(catalog, position, basis),
        *_shared(catalog, position, basis),
        *_leaning(catalog, position, basis),
        *_noted(catalog, position, basis),
        *_note(catalog, position, basis),
        *_praised(catalog, position, basis),
    ]
    strongest = [reason for _, reason in sorted(found, key=lambda pair: -pair[0])]
    reasons = _varied(strongest)[: MAX_REASONS - 1]
    reasons += [reason for _, reason in _within(catalog, position, basis)]
    return tuple(reasons) if reasons else (_known(catalog, position),)


def holds(catalog: Catalog, position: int, reason: Reason) -> bool:
    """Whether ``reason`` follows from the catalogue for the item at ``position``, recomputed."""
    evidence = reason.evidence
    match reason.kind:
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
    from ..tools.types import Bound

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


def _liked(catalog: Catalog, what: str) -> str:
    """How this catalogue says "liked ``what``", with the threshold where there is one."""
    at = catalog.spec.like_at
    return f"chose {what}" if at is None else f"rated {what} {at:g} or more"


def _shared(catalog: Catalog, position: int, basis: Basis) -> Weighed:
    for rank, seed in enumerate(basis.speak):
        for shared in shared_values(catalog, seed, position):
            facet = catalog.spec.facet(shared.facet)
            values = tuple(shared.values[:3])
            text = f"{_sentence_start(_phrase(facet, values))}, like {catalog.titles[seed]}"
            if facet.judged:
                text += " (palate's notes)"
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
        text = f"Palate's note: {said}"
        yield strength, Reason(kind="noted", text=text, evidence={"values": found})


def _note(catalog: Catalog, position: int, basis: Basis) -> Weighed:
    """The note's own words."""
    text = _note_of(catalog, position)
    if text:
        # To who asks in words it says whether this is what was meant; to others what they would get.
        strength = 1.0 if basis.words or basis.qualities else 0.4
        yield (
            strength,
            Reason(kind="note", text=f"{text.removesuffix('.')} (palate's note)", evidence={"text": text}),
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
