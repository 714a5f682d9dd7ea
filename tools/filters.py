"""Constraints as code: which items satisfy what a person demands of them, and what each demand costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from rapidfuzz import fuzz, process

from ..data.documents import graded
from ..data.errors import UserError
from .text import tokens

if TYPE_CHECKING:
    from ..data.catalog import Catalog
    from ..data.schema import CatalogSpec, Facet
    from .types import BoolArray, Bound, FloatArray, Where

_VALUED = ("category", "name")
_COUNTED = ("number", "year")
NEAR = 60.0
"""From this similarity (0 to 100) on, a value of the catalogue is suggested for one that is unknown."""


class Opens(NamedTuple):
    """``opens`` more items satisfy the rest of a request when the bound on ``facet`` is dropped."""

    facet: str
    opens: int


def allow_list(catalog: Catalog, where: Where) -> BoolArray:
    """Which items satisfy every bound, ``(n,)``.

    Values are compared without case, accents and punctuation, and through the facet's synonyms. Raises
    UserError, naming the nearest that there is, for an unknown facet or value, and for a bound that the
    facet's kind cannot have.
    """
    allowed = np.ones(catalog.n, np.bool_)
    for name, bound in where.items():
        allowed &= satisfied(catalog, name, bound)
    return allowed


def excluded_by(catalog: Catalog, where: Where) -> dict[str, int]:
    """How many items each bound excludes when it stands alone; raises as :func:`allow_list`."""
    return {
        name: catalog.n - int(np.count_nonzero(satisfied(catalog, name, bound)))
        for name, bound in where.items()
    }


def relaxations(catalog: Catalog, where: Where, base: BoolArray | None = None) -> list[Opens]:
    """How many items dropping each bound alone would open, the most first.

    ``base`` ``(n,)`` are the items that may be shown at all (not seen, not refused); None: all. Two bounds
    that exclude the same items open nothing alone. Raises as :func:`allow_list`.
    """
    masks = {name: satisfied(catalog, name, bound) for name, bound in where.items()}
    start = np.ones(catalog.n, np.bool_) if base is None else base.astype(np.bool_)
    fails = np.zeros(catalog.n, np.int64)
    for mask in masks.values():
        fails += ~mask
    opened = [
        Opens(name, int(np.count_nonzero(start & ~mask & (fails == 1)))) for name, mask in masks.items()
    ]
    return sorted(opened, key=lambda each: -each.opens)


def satisfied(catalog: Catalog, name: str, bound: Bound) -> BoolArray:
    """Which items satisfy one bound on the facet ``name``, ``(n,)``; raises as :func:`allow_list`."""
    facet = facet_of(catalog.spec, name)
    if facet.kind in _COUNTED:
        return _by_number(facet, catalog.numbers(facet.name), bound)
    if facet.kind not in _VALUED:
        raise UserError(f"{facet.label.capitalize()} is shown and searched, it cannot be filtered on.")
    if any(edge is not None for edge in (bound.gte, bound.lte, bound.gt, bound.lt)):
        raise UserError(f"{facet.label.capitalize()} has names, not sizes: it takes in, all and not.")
    return _by_value(catalog, facet, bound)


def facet_of(spec: CatalogSpec, name: str) -> Facet:
    """The facet called or labelled ``name``; raises UserError with the facets there are."""
    wanted = name.strip().casefold()
    for facet in spec.facets:
        if wanted in (facet.name.casefold(), facet.label.casefold()):
            return facet
    there_are = ", ".join(facet.name for facet in spec.facets if facet.kind != "text") or "none"
    raise UserError(f"{spec.plural.capitalize()} have no facet {name!r}; there are: {there_are}.")


def resolve(catalog: Catalog, facet: Facet, value: str) -> list[int]:
    """The columns of ``catalog.values(facet.name)`` that ``value`` means.

    Raises UserError with the nearest value.
    """
    columns = _columns(catalog, facet)
    found = columns.get(_same(value))
    if found is None:
        # Only labels near it: a list of all values helps nobody.
        near = process.extractOne(_same(value), columns.keys(), scorer=fuzz.WRatio, score_cutoff=NEAR)
        hint = f" The nearest is {catalog.values(facet.name)[columns[near[0]][0]]}." if near else ""
        raise UserError(f"No {catalog.spec.noun} has the {facet.label.lower()} {value!r}.{hint}")
    return found


def describe(spec: CatalogSpec, where: Where) -> str:
    """The bounds in words: "after 1985, not Horror, under 120 min"; empty for none. Raises UserError."""
    phrases: list[str] = []
    for name, bound in where.items():
        facet = facet_of(spec, name)
        counted = facet.kind in _COUNTED
        phrases += _in_numbers(spec, facet, bound) if counted else _in_names(facet, bound)
    return ", ".join(phrases)


def _by_number(facet: Facet, numbers: FloatArray, bound: Bound) -> BoolArray:
    allowed = np.ones(len(numbers), np.bool_)
    # NaN, an unknown number, compares false: it fails every part but ``not``.
    if bound.gte is not None:
        allowed &= numbers >= bound.gte
    if bound.lte is not None:
        allowed &= numbers <= bound.lte
    if bound.gt is not None:
        allowed &= numbers > bound.gt
    if bound.lt is not None:
        allowed &= numbers < bound.lt
    if bound.any_of:
        allowed &= np.isin(numbers, _as_numbers(facet, bound.any_of))
    for value in _as_numbers(facet, bound.all_of):
        allowed &= numbers == value
    if bound.none_of:
        allowed &= ~np.isin(numbers, _as_numbers(facet, bound.none_of))
    return allowed


def _as_numbers(facet: Facet, values: tuple[str, ...]) -> FloatArray:
    try:
        return np.array([float(value) for value in values], np.float32)
    except ValueError:
        written = ", ".join(repr(value) for value in values)
        raise UserError(f"{facet.label.capitalize()} is a number, not {written}.") from None


def _by_value(catalog: Catalog, facet: Facet, bound: Bound) -> BoolArray:
    allowed = np.ones(catalog.n, np.bool_)
    if bound.any_of:
        allowed &= _has(
            catalog, facet, [column for value in bound.any_of for column in resolve(catalog, facet, value)]
        )
    for value in bound.all_of:
        allowed &= _has(catalog, facet, resolve(catalog, facet, value))
    if bound.none_of:
        allowed &= ~_has(
            catalog, facet, [column for value in bound.none_of for column in resolve(catalog, facet, value)]
        )
    for group in bound.not_all:
        allowed &= ~np.all([_has(catalog, facet, resolve(catalog, facet, value)) for value in group], axis=0)
    return allowed


def _has(catalog: Catalog, facet: Facet, columns: list[int]) -> BoolArray:
    postings = catalog.postings(facet.name)
    wanted = np.zeros(postings.shape[1], np.float32)
    wanted[columns] = 1
    has: BoolArray = np.asarray(postings @ wanted) > 0
    return has


_COLUMNS: WeakKeyDictionary[Catalog, dict[str, dict[str, list[int]]]] = WeakKeyDictionary()
"""Folded value → columns, for each facet of a catalogue that was filtered on."""


def _columns(catalog: Catalog, facet: Facet) -> dict[str, list[int]]:
    of_catalog = _COLUMNS.setdefault(catalog, {})
    if facet.name not in of_catalog:
        of_catalog[facet.name] = _fold_values(catalog, facet)
    return of_catalog[facet.name]


def _fold_values(catalog: Catalog, facet: Facet) -> dict[str, list[int]]:
    columns: dict[str, list[int]] = {}
    for column, value in enumerate(catalog.values(facet.name)):
        columns.setdefault(_same(value), []).append(column)
    # A synonym never changes what a value's own name means.
    meant: dict[str, list[int]] = {}
    for value, synonyms in facet.synonyms.items():
        for synonym in synonyms:
            meant.setdefault(_same(synonym), []).extend(columns.get(_same(value), []))
    return {word: found for word, found in meant.items() if found} | columns


def _same(value: str) -> str:
    """What spellings of one value share; a value of signs alone keeps them."""
    return " ".join(tokens(value)) or value.strip().casefold()


def _in_numbers(spec: CatalogSpec, facet: Facet, bound: Bound) -> list[str]:
    if facet.grades:
        met = _by_number(facet, np.arange(len(facet.grades), dtype=np.float32), bound)
        names = [graded(facet, grade) for grade in np.flatnonzero(met).tolist()]
        said = " or ".join(names) or "beyond what there is"
        if len(names) > 2:
            said = f"at most {names[-1]}" if met[0] else f"at least {names[0]}"
        return [f"{facet.label.lower()} {said}"]
    year = facet.kind == "year"
    edges = (
        (bound.gt, "after" if year else "over"),
        (bound.gte, "from" if year else "at least"),
        (bound.lt, "before" if year else "under"),
        (bound.lte, "up to" if year else "at most"),
    )
    if year and bound.gte is not None and bound.lte is not None and (bound.gt, bound.lt) == (None, None):
        same = bound.gte == bound.lte
        phrases = [f"from {bound.gte:g}" if same else f"{bound.gte:g}–{bound.lte:g}"]
    else:
        phrases = [f"{word} {edge:g}" for edge, word in edges if edge is not None]
    if bound.any_of or bound.all_of:
        phrases.append(" or ".join(bound.any_of or bound.all_of))
    if bound.none_of:
        phrases.append(f"not {' or '.join(_runs(bound.none_of))}")
    if year:
        return phrases
    sharing = sum(other.unit == facet.unit for other in spec.facets if other.kind == "number")
    label = "" if facet.unit and sharing == 1 else f"{facet.label.lower()} "
    return [f"{label}{phrase} {facet.unit}".strip() for phrase in phrases]


def _runs(numbers: tuple[str, ...]) -> list[str]:
    """Numbers in words, whole ones that follow one another as a span ("1980–1989")."""
    runs: list[list[str]] = []
    for number in numbers:
        follows = runs and number.isdigit() and runs[-1][-1] == str(int(number) - 1)
        if follows:
            runs[-1].append(number)
        else:
            runs.append([number])
    return [run[0] if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs]


def _in_names(facet: Facet, bound: Bound) -> list[str]:
    # A genre speaks for itself, a name needs what it has to do with the item.
    link = f"{facet.verb or facet.label.lower()} " if facet.kind == "name" else ""
    phrases = []
    if bound.any_of:
        phrases.append(link + " or ".join(bound.any_of))
    if bound.all_of:
        phrases.append(link + " and ".join(bound.all_of))
    if bound.none_of:
        phrases.append(f"not {link}{' or '.join(bound.none_of)}")
    phrases += [f"not {link}{' with '.join(group)}" for group in bound.not_all]
    return phrases
