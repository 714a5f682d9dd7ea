"""From a plan to picks: ranked, explained, and with the tools that carried each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .explain import explain
from .rank import rank
from .types import Pick

if TYPE_CHECKING:
    from ..tools.toolbox import Toolbox
    from .clock import Clock
    from .plan import Plan
    from .rank import Ranked


def recommend(box: Toolbox, plan: Plan, k: int, clock: Clock) -> tuple[Pick, ...]:
    """The best ``k`` of what the plan allows, each with its reasons."""
    ranked = rank(box, plan.taste, plan.allow, k, dial=plan.dial)
    clock.lap("rank")
    picks = tuple(_pick(box, plan, ranked, place) for place in range(len(ranked.items)))
    clock.lap("explain")
    return picks


def pick_again(box: Toolbox, plan: Plan, position: int) -> Pick:
    """The item at ``position`` as a pick of ``plan``, whatever its rank and whether or not it is allowed."""
    alone = np.zeros(box.catalog.n, bool)
    alone[position] = True
    return _pick(box, plan, rank(box, plan.taste, alone, 1), 0)


def _pick(box: Toolbox, plan: Plan, ranked: Ranked, place: int) -> Pick:
    """The item at ``place`` of the ranking, with its reasons and the tools that carried it."""
    catalog, position = box.catalog, int(ranked.items[place])
    return Pick(
        id=catalog.ids[position],
        title=catalog.titles[position],
        score=round(float(ranked.scores[place]), 4),
        facets=catalog.item(position).facets,
        reasons=explain(catalog, position, plan.basis),
        carried=ranked.carried(place),
    )
