"""One request from the shell."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ..app import Palate
from ..errors import ModelUnavailable
from ..events import Asking, Done, Notice
from ..store import MemoryStore
from .catalogs import spec_of
from .render import screen_for, show
from .text import complain, forgiving

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ..events import Event
    from ..settings import Settings
    from ..types import Reply


def recommend_once(
    settings: Settings,
    text: str,
    *,
    user: str | None,
    dials: Mapping[str, float | None],
    as_json: bool,
    model_required: bool,
) -> int:
    """Answer ``text`` and return the exit code; an honest "nothing fits" is an answer.

    ``dials`` that are given are turned as by their commands in a chat. Without a user nothing is remembered.
    Where the model is ``model_required`` (it was asked for by name) and not to be had, the answer is given
    without it and ModelUnavailable is raised after it.
    """
    spec = spec_of(settings.catalog)
    out = forgiving(sys.stdout)
    screen = screen_for(out, plain=False)
    screen.spec = spec
    # None is the person's own memory; without a user there is nobody to remember.
    store = MemoryStore() if user is None else None
    with Palate.open(settings.catalog, model=settings.model, store=store) as palate:
        chat = palate.chat(user or settings.user)
        given = {name: value for name, value in dials.items() if value is not None}
        if given:
            chat.session.turn_dial(**given)
        told = _notices_aside(chat.stream(text, k=settings.k, wait=True))
        reply = _reply_of(told) if as_json else show(told, screen)
    if as_json and reply is not None:
        out.write(reply.model_dump_json(indent=2, by_alias=True) + "\n")
    if model_required and reply is not None and reply.items and reply.model == "none":
        raise ModelUnavailable(f"The answer is without {settings.model}.", "palate models")
    return 0


def _reply_of(events: Iterable[Event]) -> Reply | None:
    """The reply at the end of a turn that is not shown while it happens."""
    return next((event.reply for event in events if isinstance(event, Done)), None)


def _notices_aside(events: Iterable[Event]) -> Iterator[Event]:
    """The events without notices, which go to standard error, and without a question nobody can answer."""
    for event in events:
        if isinstance(event, Notice):
            complain(event.text)
        elif isinstance(event, Done):
            yield Done(reply=event.reply.model_copy(update={"question": None}))
        elif not isinstance(event, Asking):
            yield event
