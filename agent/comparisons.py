"""Comparatives → bounds: "shorter" than what was shown, "newer than the second", "longer than Alien"."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..tools.types import Bound
from .leftovers import is_content
from .references import Reference
from .spans import At, Titled
from .types import Constraint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..data.catalog import Catalog
    from .facetwords import FacetWords
    from .message import Message
    from .state import State
    from .wishes import Comparison


ENDS = frozenset({"and", "or", "but", "with", "by", "please", "in", "from", "not", "without"})
"""Words that end what stands behind "than"."""
DECADE = frozenset({"decade", "era", "period"})
"""What is called so is more than one year."""


class Comparer:
    """Works out what a comparative compares with, and bounds the facet by that."""

    def __init__(self, catalog: Catalog, facets: FacetWords) -> None:
        self._catalog = catalog
        self._facets = facets

    def constraint(
        self,
        message: Message,
        comparison: Comparison,
        named: Sequence[Titled | Reference],
        seeds: Sequence[str],
        state: State,
    ) -> Constraint | None:
        """The constraint of ``comparison``; None where nothing compared with has the facet.

        Compared with is what "than" names; else the middle of ``seeds``, named in this message; else of what
        was shown last; else of the seeds before; else of the whole catalogue.
        """
        numbers = self._catalog.numbers(comparison.facet)
        than = _named_after_than(message, comparison, named, self._catalog)
        for ids in (than, seeds, state.shown, [seed.id for seed in state.seeds]):
            values = numbers[[self._catalog.position(item_id) for item_id in ids if item_id in self._catalog]]
            value = _middle(values)
            if value is not None:
                return self._constraint(message, comparison, value)
        value = _middle(numbers)
        return None if value is None else self._constraint(message, comparison, value)

    def _constraint(self, message: Message, comparison: Comparison, value: float) -> Constraint:
        bound = Bound(lt=value) if comparison.side == "less" else Bound(gt=value)
        grades = self._catalog.spec.facet(comparison.facet).grades
        if grades and comparison.side == "less" and value <= 0:
            bound = Bound(lte=0)  # nothing is less than none, and none is what is meant
        elif grades and comparison.side == "more" and value >= len(grades) - 1:
            bound = Bound(gte=len(grades) - 1)
        surface = message.surface(comparison.start, comparison.end)
        return Constraint(surface=surface, where={comparison.facet: bound})

    def same(
        self,
        message: Message,
        spoken: Sequence[str],
        state: State,
        negated: Sequence[bool],
        elsewhere: Sequence[At] = (),
    ) -> list[Constraint]:
        """ "By that director": constraints to the values of the item that was spoken of last.

        Words ``elsewhere`` are read as something else.

        That is the first of ``spoken``, named in this message; else the one in focus, the first seed, or the
        first pick.
        """
        ids = [*spoken, *filter(None, [state.focus]), *(seed.id for seed in state.seeds), *state.shown[:1]]
        ids = [item_id for item_id in ids if item_id in self._catalog]
        constraints = []
        for facet, first, last in self._facets.same(message) if ids else ():
            if any(other.meets(At(first, last)) for other in elsewhere):
                continue
            value = self._catalog.item(self._catalog.position(ids[0])).facets.get(facet)
            values = value if isinstance(value, tuple) else () if value is None else (str(value),)
            if values:
                bound = Bound.model_validate({"not" if negated[first] else "in": values})
                if self._catalog.spec.facet(facet).kind == "year" and not negated[first]:
                    low, high = int(values[0]), int(values[0])
                    if not DECADE.isdisjoint(message.lows[first:last]):
                        low, high = low - low % 10, low - low % 10 + 9
                    bound = Bound(gte=low, lte=high)
                where = {facet: bound}
                constraints.append(Constraint(surface=message.surface(first, last), where=where))
        return constraints


def _named_after_than(
    message: Message, comparison: Comparison, named: Sequence[Titled | Reference], catalog: Catalog
) -> tuple[str, ...]:
    """Ids of the item behind "than"."""
    for item in named:
        between = message.lows[comparison.end : item.start]
        if item.start >= comparison.end and "than" in between and len(between) <= 4:
            if isinstance(item, Reference):
                return item.ids
            return (catalog.ids[item.span.matches[0].position],) if item.is_known else ()
    return ()


def strange_after_than(
    message: Message, comparison: Comparison, named: Sequence[Titled | Reference]
) -> int | None:
    """Where what "than" names ends, if it is nothing that is known ("newer than Zorblax"); None otherwise."""
    start = comparison.end + 1
    if message.lows[comparison.end : start] != ("than",):
        return None
    end = start
    while end < len(message.lows) and message.tokens[end].is_word and message.lows[end] not in ENDS:
        end += 1
    if any(item.start < end and start < item.end for item in named if not _is_strange(item)):
        return None
    return end if any(is_content(low, frozenset()) for low in message.lows[start:end]) else None


def _is_strange(item: Titled | Reference) -> bool:
    return isinstance(item, Titled) and not item.is_known


def _middle(values: np.ndarray[tuple[int], np.dtype[np.float32]]) -> float | None:
    known = values[~np.isnan(values)]
    return round(float(np.median(known)), 2) if len(known) else None
