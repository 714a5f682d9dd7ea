"""One turn: words in, checked recommendations out. This file is the table of contents of palate.

text → understand (LLM: what rules left open) → state → plan → retrieve and rank → explain → picks →
(LLM: rerank → prose) → remember
"""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from ..tools.filters import describe, relaxations
from . import say
from .answer import answer
from .check import Checker
from .clock import Clock
from .errors import ModelUnavailable
from .events import Asking, Done, Event, Notice, Picks, Reorder, Sentence, Understood
from .llm.metered import Metered, account
from .picks import recommend
from .policy import unmet, withheld
from .rerank import rerank
from .types import SPONSORED, Intent, Pick, Relaxation, Reply, Timings, Trace
from .write import WriteFacts, write

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from ..tools.toolbox import Toolbox
    from .llm.base import Usage
    from .plan import Plan
    from .session import Session

ACTS_WITH_PICKS = frozenset({"recommend", "more", "feedback"})


async def turn(
    session: Session, text: str, k: int | None = None, *, wait: bool = False
) -> AsyncGenerator[Event, None]:
    """The events of one turn, in order; the last is Done.

    ``k`` is how many picks are wanted where the message does not say; ``wait`` waits for the encoder.
    Raises UserError for what a person can mend; whatever happens to the LLM only costs the prose.
    """
    clock = Clock()
    spent: list[Usage] = []
    intent = session.understand(text)
    clock.lap("understand")
    yield Understood(intent=intent)
    filled = await session.fill(text, intent, spent, wait=wait)
    if filled.intent != intent:
        intent = filled.intent
        yield Understood(intent=intent)
    if filled.steps:
        clock.lap("plan")
    session.begin(intent)

    if intent.act not in ACTS_WITH_PICKS or not session.has_wish(intent):
        reply = answer(session, text, intent)
        for line in reply.text.splitlines():
            yield Sentence(text=line)
        if (asked := session.ask_title(intent)) is not None:
            reply = reply.model_copy(update={"question": asked})
            yield Asking(text=asked.text, question=asked)
    else:
        for line in say.notices(session.box.catalog.spec, intent):
            yield Notice(text=line)
        more = intent.wants_next
        plan = session.plan(more=more, surprise=intent.surprise, wait=wait)
        clock.lap("retrieve")
        picks = recommend(session.box, plan, session.state.k or k or session.k, clock)
        if picks:
            lead = say.lead(session.box.catalog, plan.basis, len(picks), more=more)
            yield Picks(lead=lead, items=picks)
            disclosed = house_notices(session.box, plan, picks)
            for line in disclosed:
                yield Notice(text=line)
            prose = Prose(session, plan, picks, spent)
            async for event in prose.events():
                yield event
            clock.lap("write")
            reply = prose.reply(text, intent, lead, disclosed, clock.timings())
            if (asked := session.ask(intent, plan, len(picks))) is not None:
                reply = reply.model_copy(update={"question": asked})
                yield Asking(text=asked.text, question=asked)
        else:
            reply = nothing_fits(session.box, plan, text, intent, clock.timings())
            session.offer(reply.relaxed)
            yield Sentence(text=reply.text)
        steps = (*filled.steps, *plan.steps)
        session.trace = Trace(steps=steps, timings_ms=reply.timings_ms, spent=account(spent))
    session.usage += account(spent)

    session.remember(text, reply)
    yield Done(reply=reply)


def house_notices(box: Toolbox, plan: Plan, picks: tuple[Pick, ...]) -> list[str]:
    """What the rules of the house have the person told: what is paid for, and what is held back for now."""
    lines = []
    if paid := [pick.title for pick in picks if any(reason.kind == SPONSORED for reason in pick.reasons)]:
        lines.append(say.sponsored(paid))
    if withheld(plan, box.catalog):
        lines.append(say.withheld(box.catalog.spec, plan.policy.confirm_as))
    return lines


def nothing_fits(box: Toolbox, plan: Plan, text: str, intent: Intent, timings: Timings) -> Reply:
    """The honest answer when no item is left: what excludes most, and what each limit given up would open."""
    catalog = box.catalog
    ways = tuple(
        Relaxation(constraint=describe(catalog.spec, {facet: plan.where[facet]}), facet=facet, opens=opens)
        for facet, opens in relaxations(catalog, plan.where, plan.base)
    )
    said = say.nothing_fits(catalog.spec, plan.where, ways, unmet(plan, catalog))
    return Reply(query=text, intent=intent, text=said, abstained=True, relaxed=ways, timings_ms=timings)


class Prose:
    """What the LLM adds to picks that are complete without it: an order, and checked sentences."""

    def __init__(self, session: Session, plan: Plan, picks: tuple[Pick, ...], spent: list[Usage]) -> None:
        self.session, self.plan, self.picks, self.spent = session, plan, picks, spent
        self.sentences: list[str] = []
        self.model = "none"

    async def events(self) -> AsyncGenerator[Event, None]:
        """Reorder (only if the order changed), then sentences, each after its check."""
        try:
            ready = await self.session.model.ready()
            if ready is None:
                return
            llm = Metered(ready, self.spent)
            order = await rerank(llm, self.facts())
            if order is not None:
                self.picks = tuple(sorted(self.picks, key=lambda pick: order.index(pick.id)))
                yield Reorder(ids=order)
            self.model = self.session.model.name
            facts = self.facts()
            async with aclosing(write(llm, facts, Checker(facts))) as sentences:
                async for sentence in sentences:
                    self.sentences.append(sentence)
                    yield Sentence(text=sentence)
        except ModelUnavailable as error:
            yield Notice(text=str(error))

    def facts(self) -> WriteFacts:
        """All that the prose may say."""
        catalog, basis = self.session.box.catalog, self.plan.basis
        likes = tuple(catalog.titles[position] for position in (basis.seeds or basis.likes))
        return WriteFacts(catalog.spec, self.picks, likes, say.wishes(catalog, basis))

    def reply(self, text: str, intent: Intent, lead: str, disclosed: list[str], timings: Timings) -> Reply:
        """The whole answer; without prose its text is the lead and each pick's first reason.

        What the house has ``disclosed`` stands under either.
        """
        said = " ".join(self.sentences) or say.plain(self.session.box.catalog, lead, self.picks)
        said = "\n".join([said, *disclosed])
        return Reply(
            query=text, intent=intent, items=self.picks, text=said, model=self.model, timings_ms=timings
        )
