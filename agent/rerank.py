"""The LLM's ranking of the picks, fused with the learned one by a weight that is zero until it is measured.

With weight zero nothing is asked. The model only ever sees a bounded list of titles and facts, each on a
line of its own, and only ever returns an order of the picks: whatever it says is repaired to a permutation,
and fused by rank, so that no score of its own can outweigh ``weight``.
"""

from __future__ import annotations

import asyncio
import re
import string
from contextlib import aclosing
from typing import TYPE_CHECKING

from pydantic import ConfigDict

from .. import prompts
from ..data.errors import Incapable
from ..data.schema import Frozen
from .llm.base import LLM, Prefix, Prompt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .types import Pick
    from .write import WriteFacts

WEIGHTS: Mapping[str, float] = {}
"""Model name → the weight fitted on validation episodes; a model that is not here has weight zero."""
MAX_PICKS = 20
SECONDS = 2.0
"""A ranking that takes longer is skipped."""
_NOTE_CHARACTERS = 80


class Order(Frozen):
    """The list that a model without logits writes: numbers of the options, the best first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    order: tuple[int, ...]


async def rerank(llm: LLM, facts: WriteFacts, weight: float | None = None) -> tuple[str, ...] | None:
    """The ids of the picks in the fused order; None when it is the given order, or there was no ranking.

    ``weight`` in [0, 1] is the share of the LLM's ranking, by default the one fitted for ``llm``. Raises
    ModelUnavailable.
    """
    weight = WEIGHTS.get(llm.name, 0.0) if weight is None else weight
    picks = facts.picks[:MAX_PICKS]
    if weight <= 0.0 or len(picks) < 2:
        return None
    try:
        async with asyncio.timeout(SECONDS):
            order = await order_by(llm, facts, picks)
    except TimeoutError:
        return None
    fused = fuse(order, weight)
    ids = (*(picks[place].id for place in fused), *(pick.id for pick in facts.picks[MAX_PICKS:]))
    return None if fused == list(range(len(picks))) else ids


def fuse(order: Sequence[int], weight: float) -> list[int]:
    """Two rankings of n items in one: the given one (0, 1, …, n - 1) and ``order``, both best first.

    An item's score is (1 - weight) * g + weight * l, where g and l fall linearly from 1 for the first to 0
    for the last item of the given and of the LLM's ranking; ties keep the given order.
    """
    n = len(order)
    place = {item: rank for rank, item in enumerate(order)}

    def score(item: int) -> float:
        return -((1.0 - weight) * (n - 1 - item) + weight * (n - 1 - place[item]))

    return sorted(range(n), key=lambda item: (round(score(item), 9), item))


def permutation(numbers: Sequence[int], n: int) -> list[int]:
    """``numbers`` (from 1) repaired to an order of 0 … n - 1.

    What is out of range or said twice is dropped; what is missing keeps its given order at the end.
    """
    said = [number - 1 for number in dict.fromkeys(numbers) if 1 <= number <= n]
    return said + [item for item in range(n) if item not in said]


async def order_by(llm: LLM, facts: WriteFacts, picks: tuple[Pick, ...]) -> list[int]:
    """The model's order of ``picks`` as places: by logits where there are any, else as a list it writes.

    Raises ModelUnavailable.
    """
    if llm.capabilities.logits is not False:
        try:
            return await _by_letters(llm, facts, picks)
        except Incapable:
            pass
    return await _by_list(llm, facts, picks)


async def _by_letters(llm: LLM, facts: WriteFacts, picks: tuple[Pick, ...]) -> list[int]:
    """One pass each over the given and the reversed order; their mean cancels a liking for a position."""
    letters = string.ascii_uppercase[: len(picks)]
    total = [0.0] * len(picks)
    for order in (range(len(picks)), range(len(picks) - 1, -1, -1)):
        shown = [picks[item] for item in order]
        ranks = await llm.rank(_prompt(facts, shown, letters, "letter"), letters)
        for item, rank in zip(order, ranks, strict=True):
            total[item] += rank
    return sorted(range(len(picks)), key=lambda item: (-total[item], item))


async def _by_list(llm: LLM, facts: WriteFacts, picks: tuple[Pick, ...]) -> list[int]:
    numbers = [str(number) for number in range(1, len(picks) + 1)]
    said = ""
    prompt = _prompt(facts, picks, numbers, "list")
    schema = Order.model_json_schema()
    schema["properties"]["order"]["items"] = {"enum": list(range(1, len(picks) + 1))}
    async with aclosing(llm.stream(prompt, max_tokens=12 + 4 * len(picks), schema=schema)) as pieces:
        async for piece in pieces:
            said += piece
    return permutation([int(number) for number in re.findall(r"\d{1,4}", said)], len(picks))


def _prompt(facts: WriteFacts, picks: Sequence[Pick], marks: Sequence[str], answer: str) -> Prompt:
    prompt = prompts.load("rerank")
    body = prompt.render(
        likes=list(facts.likes[:5]),
        wishes=list(facts.wishes[:5]),
        options=[{"mark": mark, "text": _told(pick)} for mark, pick in zip(marks, picks, strict=True)],
        answer=answer,
    )
    return Prompt(Prefix(prompt.system, prompt.examples), body)


def _told(pick: Pick) -> str:
    # An item's own text never reaches a model.
    note = next((reason.text for reason in pick.reasons if reason.kind not in ("quote", "note")), "")
    return prompts.one_line(f"{pick.title}: {note}")[:_NOTE_CHARACTERS]
