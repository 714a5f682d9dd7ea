"""The tool-calling plan: what rules leave open in a message, a capable model works out with the tools.

The rules have read the message first and what they read stands. The model is given the tools of the registry,
which keep to the rules of the house, and ends with :func:`answer`, whose schema is the plan: items that are
meant, further limits, words to search by, and items that it found. All of it is checked against the catalogue
before it counts; a model that wanders runs out of steps, seconds or tokens, and then the rules' reading is
what is answered. Small models are not asked: they plan badly and slowly (README, limits).

The loop is that of OpenAI's function calling; reasoning by turns of calls and results is ReAct (Yao et al.,
ICLR 2023).
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from .. import prompts
from ..data.errors import PalateError, UserError
from ..data.schema import Frozen, Quality
from ..tools.filters import allow_list, describe
from ..tools.registry import TOOLS, Bounds, Housed, Tool, Toolbox, definition, resolve_item
from ..tools.types import Bound, Where
from .errors import ModelUnavailable
from .plan_prompt import facets_told, held, read, shown
from .policy import rules_in_words
from .state import advance
from .types import Constraint, Intent, Mention, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..data.catalog import Catalog
    from ..data.schema import Facet
    from .llm.base import LLM, Call
    from .policy import Policy
    from .state import State

log = logging.getLogger(__name__)

MOST_ITEMS = 20
CHARACTERS_A_TOKEN = 4
"""Where a server does not say what was used."""


@dataclass(frozen=True)
class Budget:
    """What the plan of one turn may cost: messages of the model, seconds, tokens, and calls that fail."""

    steps: int = 6
    seconds: float = 12.0
    tokens: int = 24_000
    failures: int = 3


BUDGET = Budget()
"""Of a turn, where no other is given."""


@dataclass(frozen=True)
class Filled:
    """An intent with what the model added to it, and what was done for it, for the trace."""

    intent: Intent
    steps: tuple[Step, ...] = ()
    too_slow: bool = False
    """Whether the model ran out of time: the next turn would not fare better."""


class Plan(Frozen):
    """What the model answered: its plan."""

    like: tuple[str, ...] = ()
    where: Where = Field(default_factory=dict)
    search: str = ""
    items: tuple[str, ...] = ()


def answer(
    box: Toolbox,
    like: Annotated[
        list[str], Field(description="Titles or ids that the picks shall be like.", max_length=5)
    ] = [],  # noqa: B006  never changed: it is the default of a schema
    where: Bounds = None,
    search: Annotated[
        str, Field(description="What else is wanted, in a few plain words to search by.", max_length=200)
    ] = "",
    items: Annotated[
        list[str],
        Field(description="Ids that tools brought and that fit, best first.", max_length=MOST_ITEMS),
    ] = [],  # noqa: B006
) -> Plan:
    """Say what the person wants. Call it once, at the end."""
    meant = tuple(box.catalog.ids[resolve_item(box, title)] for title in like)
    return Plan(like=meant, where=where or {}, search=search.strip(), items=tuple(items))


def leaves_open(intent: Intent) -> bool:
    """Whether the rules did not read all of a message that asks for something."""
    open_ = intent.query or intent.cannot_tell or intent.unknown_titles
    return intent.act == "unclear" or (intent.act == "recommend" and bool(open_))


async def fill(
    llm: LLM,
    box: Housed,
    policy: Policy,
    text: str,
    intent: Intent,
    state: State,
    *,
    user: str = "",
    budget: Budget | None = None,
) -> Filled:
    """``intent`` with what the model works out of ``text`` in a conversation at ``state``.

    Never raises: a model that fails, or ends without a plan that holds, leaves the intent as it is.
    """
    loop = _Loop(box, intent, state, budget or BUDGET)
    body = prompts.load("plan").render(
        plural=box.catalog.spec.plural,
        facets=facets_told(box.catalog),
        rules=rules_in_words(policy, box.catalog, user, confirmed=state.confirmed),
        held=held(box.catalog, state),
        read=read(box.catalog, intent),
        message=text[:2000],
    )
    try:
        plan = await loop.run(llm, body)
    except ModelUnavailable as error:
        log.info("the plan goes by rules: %s", error)
        loop.note("the model failed")
        plan = None
    read_more = intent if plan is None else _with(box.catalog, intent, plan)
    return Filled(read_more, tuple(loop.steps), loop.too_slow)


@dataclass
class _Loop:
    """One plan in the making: what was called, what it brought, and what is left to spend."""

    box: Housed
    intent: Intent
    state: State
    budget: Budget
    steps: list[Step] = field(default_factory=list)
    brought: set[str] = field(default_factory=set)
    called: set[tuple[str, str]] = field(default_factory=set)
    failed: int = 0
    too_slow: bool = False

    async def run(self, llm: LLM, body: str) -> Plan | None:
        """The model's plan; None where it ends without one. Raises ModelUnavailable."""
        tools = {tool.name: tool for tool in (definition(each, self.box) for each in (*TOOLS, answer))}
        schemas = [tool.schema for tool in tools.values()]
        messages: list[dict[str, Any]] = [
            {"role": "system", "content": prompts.load("plan").system},
            {"role": "user", "content": body},
        ]
        ends, spent, why = time.monotonic() + self.budget.seconds, 0, "out of steps"
        for _ in range(self.budget.steps):
            try:
                said = await asyncio.wait_for(llm.call(messages, schemas), ends - time.monotonic())
            except TimeoutError:
                why, self.too_slow = "out of time", True
                break
            spent += _tokens(llm, messages)
            if not said.calls:
                why = "the model called nothing"
                break
            messages.append(_said(said.text, said.calls))
            for call in said.calls:
                result = self.result(tools, call)
                if isinstance(result, Plan):
                    return result
                messages.append({"role": "tool", "tool_call_id": call.id or call.name, "content": result})
            if self.failed >= self.budget.failures:
                why = "too many calls failed"
                break
            if spent >= self.budget.tokens:
                why = "out of tokens"
                break
        self.note(why)
        return None

    def result(self, tools: dict[str, Tool], call: Call) -> str | Plan:
        """What a call brings, as the model reads it; the plan where it was one that holds."""
        try:
            arguments = json.loads(call.arguments or "{}")
            if call.name not in tools:
                raise UserError(f"There is no tool {call.name!r}; there are: {', '.join(tools)}.")
            if not isinstance(arguments, dict):
                raise UserError("The arguments are not a JSON object.")
            again = (call.name, json.dumps(arguments, sort_keys=True))
            if again in self.called:
                raise UserError("That was called already; its result stands above.")
            self.called.add(again)
            found = tools[call.name](**arguments)
            if isinstance(found, Plan):
                found = self.checked(found)
        except (json.JSONDecodeError, RecursionError):
            return self._refused(call, "The arguments are not JSON.")
        except (PalateError, TypeError) as error:
            return self._refused(call, str(error))
        self.steps.append(Step(does=call.name, arguments=arguments, found=_count(found)))
        if isinstance(found, Plan):
            return found
        hits = found if isinstance(found, list) else [found]
        self.brought |= {hit.id for hit in hits if not hit.remark.startswith("A rule")}
        return shown(hits)

    def checked(self, plan: Plan) -> Plan:
        """``plan`` where it holds: what it proposes was brought, and its limits leave something.

        Raises UserError.
        """
        catalog = self.box.catalog
        foreign = [item for item in plan.items if item not in self.brought]
        if foreign:
            raise UserError(f"No tool brought {', '.join(map(repr, foreign[:3]))}; propose ids of results.")
        allow_list(catalog, plan.where)  # raises for a facet or value that there is not
        ruled = advance(self.state, self.intent).where
        added = {facet: bound for facet, bound in plan.where.items() if facet not in ruled}
        plan = plan.model_copy(update={"where": added})
        where = advance(self.state, _with(catalog, self.intent, plan)).where
        allowed = allow_list(catalog, where)
        if self.box.house is not None:
            allowed = allowed & self.box.house.allowed
        if plan.where and not allowed.any():
            said = describe(catalog.spec, where)
            raise UserError(f"No {catalog.spec.noun} is {said}: give up or widen a limit of yours.")
        return plan

    def note(self, why: str) -> None:
        """Keep why the plan ended without an answer."""
        self.steps.append(Step(does="plan by rules", arguments={"why": why}))

    def _refused(self, call: Call, why: str) -> str:
        self.failed += 1
        told = {"tool": call.name[:60], "why": why[:200]}
        self.steps.append(Step(does="refused", arguments=told))
        return json.dumps({"error": why[:500]})


def _with(catalog: Catalog, intent: Intent, plan: Plan) -> Intent:
    """``intent`` with what ``plan`` adds where the rules found nothing."""
    limits, wishes = [], []
    for name, bound in plan.where.items():
        wanted = _wanted(catalog, catalog.spec.facet(name), bound)
        said = describe(catalog.spec, {name: bound})
        if wanted:
            wishes.append((said, Quality(words=(said,), prefer={name: wanted})))
        else:
            limits.append(Constraint(surface=said, where={name: bound}))
    meant = tuple(
        Mention(id=item_id, title=title, surface=title)
        for item_id in plan.like
        for title in [catalog.label(catalog.position(item_id))]
    )
    found = bool(meant or limits or wishes or plan.search or plan.items)
    return intent.model_copy(
        update={
            "act": "recommend" if intent.act == "unclear" and found else intent.act,
            "seeds": intent.seeds or meant,
            "unknown_titles": () if meant else intent.unknown_titles,
            "constraints": (*intent.constraints, *limits),
            "qualities": (*intent.qualities, *wishes),
            "query": plan.search or intent.query,
            "proposed": plan.items,
        }
    )


def _wanted(catalog: Catalog, facet: Facet, bound: Bound) -> tuple[str, ...]:
    """The values that a limit on a judged facet wishes for; empty for a limit that hides.

    Most items were never judged, so that a wish leans (as the rules do it) and hides nothing.
    """
    if not facet.judged:
        return ()
    if facet.kind != "number":
        return (*bound.any_of, *bound.all_of)
    low = bound.gte if bound.gte is not None else bound.gt
    if low is None or bound.lte is not None or bound.lt is not None:
        return ()
    grades = sorted({float(value) for value in catalog.numbers(facet.name) if value >= low})
    return tuple(f"{grade:g}" for grade in grades if grade > low or bound.gte is not None)


def _said(text: str, calls: Sequence[Call]) -> dict[str, Any]:
    """The model's own message, to be sent back to it."""
    asked = [
        {
            "id": call.id or call.name,
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments or "{}"},
        }
        for call in calls
    ]
    return {"role": "assistant", "content": text or None, "tool_calls": asked}


def _count(found: object) -> int | None:
    return len(found) if isinstance(found, list) else None


def _tokens(llm: LLM, messages: Sequence[dict[str, Any]]) -> int:
    """What the last call cost: as the server says, else by length."""
    usage = llm.usage
    said = usage.prompt_tokens + usage.written_tokens if usage is not None else 0
    return said or sum(len(str(message)) for message in messages) // CHARACTERS_A_TOKEN
