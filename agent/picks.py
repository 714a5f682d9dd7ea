"""From a plan to picks: ranked, explained, and with the tools that carried each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .explain import explain
from .policy import capped
from .rank import Ranked, rank
from .types import SPONSORED, Pick, Reason

if TYPE_CHECKING:
    from ..tools.toolbox import Toolbox
    from .clock import Clock
    from .plan import Plan


CAPPED_POOL = 200
"""How many of the best there are to choose from where a rule caps what picks may share."""


def recommend(box: Toolbox, plan: Plan, k: int, clock: Clock) -> tuple[Pick, ...]:
    """The best ``k`` of what the plan allows, each with its reasons."""
    k = min(k, plan.policy.at_most or k)
    if plan.policy.per_value:
        ranked = rank(box, plan.taste, plan.allow, max(CAPPED_POOL, k), dial=plan.dial)
        ranked = ranked.at(capped(plan.policy, box.catalog, ranked.items.tolist(), k))
    else:
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
            reasons=(*explain(catalog, position, plan.basis), *_disclosed(plan, catalog.ids[position])),
            carried=ranked.carried(place),
        )
        for place, position in enumerate(ranked.items.tolist())
    )


def _disclosed(plan: Plan, item_id: str) -> tuple[Reason, ...]:
    """What a sponsored pick is marked with."""
    return (Reason(kind=SPONSORED, text="Sponsored"),) if item_id in plan.policy.sponsored else ()
