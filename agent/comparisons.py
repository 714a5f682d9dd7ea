"""Comparatives → bounds: "shorter" than what was shown, "newer than the second", "longer than Alien"."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..data.catalog import Catalog
from ..tools.types import Bound
from .references import Reference
from .sightings import Titled
from .state import State
from .types import Constraint
from .wishes import Comparison
from .message import Message


class Comparer:
    """Works out what a comparative compares with, and bounds the facet by that."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

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
            values = numbers[[self._catalog.position(item_id) for item_id in ids if self._has(item_id)]]
            value = _middle(values)
            if value is not None:
                return _constraint(message, comparison, value)
        value = _middle(numbers)
        return None if value is None else _constraint(message, comparison, value)

    def _has(self, item_id: str) -> bool:
        try:
            self._catalog.position(item_id)
        except KeyError:
            return False
        return True


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


def _middle(values: np.ndarray[tuple[int], np.dtype[np.float32]]) -> float | None:
    known = values[~np.isnan(values)]
    return round(float(np.median(known)), 2) if len(known) else None


def _constraint(message: Message, comparison: Comparison, value: float) -> Constraint:
    bound = Bound(lt=value) if comparison.side == "less" else Bound(gt=value)
    surface = message.surface(comparison.start, comparison.end)
    return Constraint(surface=surface, where={comparison.facet: bound})
