"""What a ranking owes to one like: the same request ranked without it.

Each question costs a ranking of the whole catalogue (some 10 ms among 18,000 items), so this is worked out
for one pick when somebody asks why, never for a list.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ..tools.evidence import Counterfactual
from .rank import rank

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..tools.toolbox import Toolbox
    from .features import Taste
    from .plan import Plan

TRIED = 3
"""Seeds and likes that are left out in turn, the latest."""
TELLING = 3
"""Places that a pick must lose for it to be worth a sentence."""


def strongest(box: Toolbox, plan: Plan, position: int) -> Counterfactual | None:
    """What the item at ``position`` would lose most by: the seed or like without which it stands lowest.

    None where it loses fewer than :data:`TELLING` places by any, for what cannot be ranked, and where the
    list is not in the order of the scores (a dial, a cap), for places would then be of another list.
    """
    ordered = not (plan.dial.fresh or plan.dial.diverse or plan.dial.explore or plan.policy.per_value)
    tried = plan.basis.speak[:TRIED] if ordered else ()
    if position in plan.taste.items or not tried:
        return None
    place, of = _place(box, plan, plan.taste, position)
    found = [
        Counterfactual(
            without=box.catalog.ids[like],
            asked=_is_asked(plan, like),
            place=place,
            would_be=_place(box, plan, _without(plan.taste, like), position)[0],
            of=of,
        )
        for like in tried
    ]
    best = max(found, key=lambda each: each.would_be)
    return best if best.would_be - place >= TELLING else None


def again(box: Toolbox, plan: Plan, position: int) -> Callable[[Counterfactual], Counterfactual]:
    """What works a counterfactual of the item at ``position`` out anew, for the same plan."""

    def recomputed(told: Counterfactual) -> Counterfactual:
        like = box.catalog.position(told.without)
        place, of = _place(box, plan, plan.taste, position)
        would_be, _ = _place(box, plan, _without(plan.taste, like), position)
        asked = _is_asked(plan, like)
        return told.model_copy(update={"asked": asked, "place": place, "would_be": would_be, "of": of})

    return recomputed


def _is_asked(plan: Plan, like: int) -> bool:
    """Whether the like of it was asked for rather than that it is liked said."""
    return plan.basis.inferred or like in plan.basis.seeds


def _place(box: Toolbox, plan: Plan, taste: Taste, position: int) -> tuple[int, int]:
    """The item's place from 1 among all that fits, for ``taste``, and how many these are.

    What is left out of a taste is not recommended for that.
    """
    allow = plan.allow.copy()
    allow[plan.taste.items] = False
    allow[position] = True
    n = int(np.count_nonzero(allow))
    order = rank(box, taste, allow, n).items
    return int(np.flatnonzero(order == position)[0]) + 1, n


def _without(taste: Taste, like: int) -> Taste:
    keep = taste.items != like
    return replace(taste, items=taste.items[keep], weights=taste.weights[keep])
