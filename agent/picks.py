"""From a plan to picks: ranked, explained, and with the tools that carried each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .explain import explain
from .rank import Ranked, rank
from .types import Pick

if TYPE_CHECKING:
    from ..tools.toolbox import Toolbox
    from .clock import Clock
    from .plan import Plan


def recommend(box: Toolbox, plan: Plan, k: int, clock: Clock) -> tuple[Pick, ...]:
    """The best ``k`` of what the plan allows, each with its reasons."""
    ranked = rank(box, plan.taste, plan.allow, k, dial=plan.dial)
    clock.lap("rank")
    picks = _picks(box, plan, ranked)
    clock.lap("explain")
    return picks


def pick_again(box: Toolbox, plan: Plan, position: int) -> Pick:
    """The item at ``position`` as a pick of ``plan``, whatever its rank and whether or not it is allowed."""
    alone = np.zeros(box.catalog.n, bool)
    alone[position] = True
    ranked = rank(box, plan.taste, alone, 1)
    if len(ranked.items) == 0:  # liked by now, so that it stands on the side of what is known
        ranked = Ranked(np.array([position]), np.zeros(1, np.float32), {})
    return _picks(box, plan, ranked)[0]


def _picks(box: Toolbox, plan: Plan, ranked: Ranked) -> tuple[Pick, ...]:
    catalog = box.catalog
    return tuple(
        Pick(
            id=catalog.ids[position],
            title=catalog.titles[position],
            score=round(float(ranked.scores[place]), 4),
            facets=catalog.item(position).facets,
            reasons=explain(catalog, position, plan.basis),
            carried=ranked.carried(place),
        )
        for place, position in enumerate(ranked.items.tolist())
    )
