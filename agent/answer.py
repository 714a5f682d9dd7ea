"""Answers that need no picks: why, questions about an item or the catalogue, small talk, starting over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..tools.filters import allow_list
from . import say
from .picks import pick_again
from .state import merged
from .types import Intent, Pick, Reply

if TYPE_CHECKING:
    from .session import Session


def answer(session: Session, text: str, intent: Intent) -> Reply:
    """The reply to a message that asks for no picks."""
    spec = session.box.catalog.spec
    items: tuple[Pick, ...] = ()
    match intent.act:
        case "why":
            said, items = why(session, intent)
        case "ask":
            said = question(session, intent)
        case "undo":
            said = "There is nothing to undo."
            if session.undo():
                said = f"Undone. {say.in_force(session.box.catalog, session.plan().basis)}"
        case "reset":
            said = "Forgotten what you asked for. What you like and know stays in your profile."
        case "smalltalk":
            said = say.smalltalk(spec, intent.topic)
        case _:
            said = "\n".join(say.notices(spec, intent)) or say.unclear(spec)
    return Reply(query=text, intent=intent, items=items, text=said)


def why(session: Session, intent: Intent) -> tuple[str, tuple[Pick, ...]]:
    """All the reasons of a shown pick, worked out anew from what is asked now."""
    shown = session.state.shown
    if not shown:
        return "There is nothing to explain yet: ask for something first.", ()
    number = intent.target or 1
    if not 1 <= number <= len(shown):
        return f"The last answer had {len(shown)} picks; ask for one of 1 to {len(shown)}.", ()
    catalog = session.box.catalog
    position = catalog.position(shown[number - 1])
    plan = session.plan()
    pick = pick_again(session.box, plan, position)
    return "\n".join([f"Why {catalog.label(position)}:", *say.why(pick)]), (pick,)


def question(session: Session, intent: Intent) -> str:
    """The answer to a question about an item, a count, or what the conversation holds."""
    catalog = session.box.catalog
    if intent.question == "state":
        said = say.in_force(catalog, session.plan().basis)
        said = " ".join([said, *say.tastes(catalog, session.profile)])
        turned = (session.state.fresh, session.state.diverse, session.state.explore)
        return f"{said} {say.dialled(session.dial)}" if any(dial is not None for dial in turned) else said
    if intent.cannot_tell and not intent.constraints and intent.question in {"fact", "among"}:
        return "\n".join(say.notices(catalog.spec, intent))
    if intent.question == "among":
        where = merged(intent.constraints)
        allowed = allow_list(catalog, where)
        shown = [catalog.position(item_id) for item_id in session.state.shown if item_id in catalog]
        return say.among(catalog, [position for position in shown if allowed[position]], where)
    if intent.question == "count":
        where = merged(intent.constraints)
        return say.counted(catalog.spec, where, int(np.count_nonzero(allow_list(catalog, where))))
    if intent.unknown_titles and not intent.seeds:
        return "\n".join(say.notices(catalog.spec, intent))
    asked = about(session, intent)
    if asked is None:
        return f"Which {catalog.spec.noun} do you mean? Name it, or give the number of a pick."
    return say.fact(catalog, asked, intent.ask_facet)


def about(session: Session, intent: Intent) -> int | None:
    """The position of the item a question is about: a named one, a numbered pick, else the first shown."""
    catalog, shown = session.box.catalog, session.state.shown
    if intent.seeds:
        return catalog.position(intent.seeds[0].id)
    if intent.target is not None and 1 <= intent.target <= len(shown):
        return catalog.position(shown[intent.target - 1])
    return catalog.position(shown[0]) if shown else None
