"""One turn: words in, checked recommendations out. This file is the table of contents of palate.

text → understand → state → plan → retrieve and rank → explain → picks → (LLM: rerank → prose) → remember
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import TYPE_CHECKING

from ..tools.filters import relaxations
from . import say
from .answer import answer
from .errors import ModelUnavailable
from .events import Done, Event, Notice, Picks, Reorder, Sentence, Understood
from .explain import explain
from .plan import Plan, make_plan
from .rank import rank
from .rerank import rerank
from .state import advance
from .types import Intent, Pick, Relaxation, Reply, Timings
from .write import facts_of, write

if TYPE_CHECKING:
    from .session import Session

POOL = 50
"""How many ranked items stand ready for "more" and for reranking."""
ACTS_WITH_PICKS = {"recommend", "more", "feedback"}


async def turn(session: Session, text: str, k: int | None = None, *, wait: bool = False) -> AsyncGenerator[Event, None]:
    """The events of one turn, in order; the last is Done.

    ``k`` is how many picks are wanted where the message does not say, ``wait`` whether to wait for the
    encoder. Raises UserError for what a person can mend; whatever the LLM does only costs the prose.
    """
    clock = Clock()
    intent = session.understander.understand(text, session.state)
    clock.lap("understand")
    yield Understood(intent=intent)

    session.begin(intent)
    if intent.act not in ACTS_WITH_PICKS:
        reply = answer(session, text, intent)
        for sentence in reply.text.splitlines():
            yield Sentence(text=sentence)
    else:
        plan = make_plan(session.box, session.state, session.profile, wait=wait)
        for line in say.notices(session.box.catalog.spec, intent, session.state.qualities):
            yield Notice(text=line)
        picks = recommend(session, plan, intent.k or session.state.k or k or session.k, clock)
        if picks:
            lead = say.lead(session.box.catalog, plan.basis, len(picks), more=intent.act == "more")
            yield Picks(lead=lead, items=picks)
            clock.lap("explain")
            prose = Prose(session, plan, picks)
            async for event in prose.events():
                yield event
            clock.lap("write")
            reply = prose.reply(text, intent, lead, clock.timings())
        else:
            reply = nothing_fits(session, plan, text, intent, clock.timings())
            yield Sentence(text=reply.text)
    session.remember(text, reply)
    yield Done(reply=reply)


def recommend(session: Session, plan: Plan, k: int, clock: Clock) -> tuple[Pick, ...]:
    """The best ``k`` of what the plan allows, each with its reasons."""
    catalog = session.box.catalog
    clock.lap("retrieve")
    ranked = rank(session.box, plan.taste, plan.allow, k)
    clock.lap("rank")
    return tuple(
        Pick(
            id=catalog.ids[position],
            title=catalog.titles[position],
            score=round(float(score), 4),
            facets=catalog.item(position).facets,
            reasons=explain(catalog, position, plan.basis),
        )
        for position, score in zip(ranked.items.tolist(), ranked.scores, strict=True)
    )


def nothing_fits(session: Session, plan: Plan, text: str, intent: Intent, timings: Timings) -> Reply:
    """The honest answer when no item is left: which constraint excludes most, and what each would open."""
    catalog = session.box.catalog
    ways = tuple(
        Relaxation(constraint=say.describe(catalog.spec, {facet: plan.where[facet]}), facet=facet, opens=opens)
        for facet, opens in relaxations(catalog, plan.where)
    )
    said = say.nothing_fits(catalog.spec, plan.where, ways)
    return Reply(query=text, intent=intent, text=said, abstained=True, relaxed=ways, timings_ms=timings)


class Prose:
    """What the LLM adds to picks that are complete without it: an order, and checked sentences."""

    def __init__(self, session: Session, plan: Plan, picks: tuple[Pick, ...]) -> None:
        self.session, self.plan, self.picks = session, plan, picks
        self.sentences: list[str] = []
        self.model = "none"

    async def events(self) -> AsyncIterator[Event]:
        """Reorder (only if the order changed), then sentences, each after its check."""
        llm = self.session.llm
        if llm is None:
            return
        if not llm.ready():
            self.session.warm_model()
            yield Notice(text=self.session.model_status)
            return
        try:
            order = await rerank(llm, self.picks, self.session.state)
            if order is not None:
                self.picks = tuple(sorted(self.picks, key=lambda pick: order.index(pick.id)))
                yield Reorder(ids=order)
            self.model = llm.name
            facts = facts_of(self.session.box.catalog, self.plan.basis, self.picks)
            async with aclosing(write(llm, facts)) as sentences:
                async for sentence in sentences:
                    self.sentences.append(sentence)
                    yield Sentence(text=sentence)
        except ModelUnavailable as error:
            yield Notice(text=str(error))

    def reply(self, text: str, intent: Intent, lead: str, timings: Timings) -> Reply:
        """The whole answer; without prose its text is the lead and each pick's first reason."""
        said = " ".join(self.sentences) or say.plain(lead, self.picks)
        return Reply(
            query=text, intent=intent, items=self.picks, text=said, model=self.model, timings_ms=timings
        )


class Clock:
    """Milliseconds of each step of a turn."""

    def __init__(self) -> None:
        self._last = time.perf_counter()
        self._spent: dict[str, float] = {}

    def lap(self, step: str) -> None:
        """The time since the last lap belongs to ``step``."""
        now = time.perf_counter()
        self._spent[step] = self._spent.get(step, 0.0) + 1000 * (now - self._last)
        self._last = now

    def timings(self) -> Timings:
        """What was spent so far."""
        return Timings(**{step: round(spent, 2) for step, spent in self._spent.items()})
