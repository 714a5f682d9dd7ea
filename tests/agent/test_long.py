"""Two hundred turns: what is kept and what a model is told stay bounded, and nothing breaks."""

from __future__ import annotations

import asyncio
import json
import random
from typing import TYPE_CHECKING

import pytest
from palate.agent.app import Palate
from palate.agent.llm.base import Answer
from palate.agent.llm.scripted import ScriptedLLM
from palate.agent.policy import OPEN, house_of
from palate.agent.store import MemoryStore
from palate.agent.tool_plan import fill
from palate.agent.types import Intent
from palate.agent.write import WriteFacts, write_prompt
from palate.tools.registry import Housed
from small import SmallToolbox, set_up
from toy import FIRST, SECOND, SPEC, toy_interactions, toy_items

if TYPE_CHECKING:
    from palate.agent.app import Chat

TURNS = 200
MESSAGES = (
    "war games", "something longer", "more", "why the second?", "not horror", "horror is fine", "cosy ones",
    "I loved {title}", "I hated {title}", "something like {title}, but shorter", "seen {title}",
    "surprise me", "under {n} minutes", "newer than {n}", "by Ada Quill", "who designed the first?",
    "undo that", "how many German games are there?", "what am I asking for?", "the best ones",
    "either is fine", "thanks", "something that smells of {n} wet dogs and hay", "start over",
    "show me {k}", "no more than {n} minutes",
)  # fmt: skip


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> SmallToolbox:
    return set_up(tmp_path_factory.mktemp("long") / "toy", toy_items(), toy_interactions(), SPEC)


def message(drawn: random.Random) -> str:
    title = f"{drawn.choice(FIRST)} {drawn.choice(SECOND)}"
    return drawn.choice(MESSAGES).format(title=title, n=drawn.randint(20, 2020), k=drawn.randint(1, 9))


@pytest.fixture(scope="module")
def chat(box: SmallToolbox) -> Chat:
    """A conversation of two hundred turns, none of which failed."""
    drawn = random.Random(7)
    chat = Palate.over(box, store=MemoryStore()).chat("long")
    for _ in range(TURNS):
        reply = chat.ask(message(drawn))
        assert reply.text or reply.items
        json.loads(reply.model_dump_json())
    return chat


def test_what_is_kept_of_the_thread_is_bounded(chat: Chat) -> None:
    state = chat.session.state
    assert state.turn >= TURNS - MESSAGES.count("undo that") * 40
    assert len(state.model_dump_json()) < 20_000
    assert len(state.query) <= 500


def test_what_the_model_is_told_is_bounded(chat: Chat, box: SmallToolbox) -> None:
    reply = chat.ask("the best games, please")
    facts = WriteFacts(box.catalog.spec, reply.items, (), ())
    assert all(len(write_prompt(facts, place).body) < 700 for place in range(len(reply.items)))
    llm = ScriptedLLM(calls=[Answer(text="no")])
    housed = Housed(box, house_of(OPEN, box.catalog))
    asyncio.run(fill(llm, housed, OPEN, "and now?", Intent(), chat.session.state))
    assert len(json.dumps(llm.told[0])) < 10_000


def test_the_rules_of_a_person_hold_to_the_end(chat: Chat) -> None:
    disliked = set(chat.profile().ids("dislike"))
    known = set(chat.profile().ids("like")) | set(chat.profile().ids("seen"))
    assert disliked
    chat.ask("start over")
    shown = {pick.id for pick in chat.ask("show me 50 games").items}
    assert shown
    assert not shown & (disliked | known)
