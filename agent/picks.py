"""From a plan to picks: ranked, explained, and with the tools that carried each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ..tools.collaborative import UserKNN
from . import counterfactual
from .explain import explain, near
from .policy import capped
from .rank import Ranked, rank
from .types import SPONSORED, Pick, Reason

if TYPE_CHECKING:
    from ..tools.evidence import Counterfactual
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
    """The item at ``position`` as a pick of ``plan``, whatever its rank and whether or not it is allowed.

    Its reasons say where it would stand without what speaks most for it, which costs a few rankings.
    """
    alone = np.zeros(box.catalog.n, bool)
    alone[position] = True
    ranked = rank(box, plan.taste, alone, 1)
    if len(ranked.items) == 0:  # liked by now, so that it stands on the side of what is known
        ranked = Ranked(np.array([position]), np.zeros(1, np.float32), {})
    return _picks(box, plan, ranked, counterfactual.strongest(box, plan, position))[0]


def _picks(
    box: Toolbox, plan: Plan, ranked: Ranked, without: Counterfactual | None = None
) -> tuple[Pick, ...]:
    catalog = box.catalog
    disliked = plan.taste.items[plan.taste.weights < 0].tolist()
    basis = replace(plan.basis, turned_down=plan.basis.turned_down or tuple(reversed(disliked)))
    model = box.models.get(UserKNN.name)
    people = near(model, basis) if isinstance(model, UserKNN) else None
    return tuple(
        Pick(
            id=catalog.ids[position],
            title=catalog.titles[position],
            score=round(float(ranked.scores[place]), 4),
            facets=catalog.item(position).facets,
            reasons=(
                *explain(catalog, position, basis, people, without),
                *_disclosed(plan, catalog.ids[position]),
            ),
            carried=ranked.carried(place),
            confidence=None if ranked.confidence is None else round(float(ranked.confidence[place]), 3),
        )
        for place, position in enumerate(ranked.items.tolist())
    )


def _disclosed(plan: Plan, item_id: str) -> tuple[Reason, ...]:
    """What a sponsored pick is marked with."""
    return (Reason(kind=SPONSORED, text="Sponsored"),) if item_id in plan.policy.sponsored else ()
