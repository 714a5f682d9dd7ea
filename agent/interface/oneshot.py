"""One request from the shell."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ..app import Palate
from .catalogs import spec_of
from .render import screen_for
from .text import complain, forgiving

if TYPE_CHECKING:
    from ..settings import Settings
    from ..types import Reply
    from .render import PlainScreen, RichScreen


def recommend_once(settings: Settings, text: str, *, user: str | None, as_json: bool) -> int:
    """Answer ``text`` and return the exit code; an honest "nothing fits" is an answer."""
    spec = spec_of(settings.catalog)
    palate = Palate.open(settings.catalog, model=settings.model)
    try:
        reply = palate.recommend(text, k=settings.k, user=user)
    finally:
        palate.close()
    out = forgiving(sys.stdout)
    if as_json:
        out.write(reply.model_dump_json(indent=2) + "\n")
        return 0
    screen = screen_for(out, plain=False)
    screen.spec = spec
    show_reply(reply, screen)
    return 0


def show_reply(reply: Reply, screen: PlainScreen | RichScreen) -> None:
    """A finished answer: what was not understood, the picks, the prose."""
    for title in reply.intent.unknown_titles:
        near = f" The nearest: {', '.join(title.nearest)}." if title.nearest else ""
        complain(f"I do not know “{title.surface}”.{near}")
    lead, _, rest = reply.text.partition("\n")
    if not reply.items:
        for line in reply.text.splitlines():
            screen.line(line)
    elif reply.model == "none":
        # Without a model the text repeats the picks and their reasons line by line; its first line leads.
        screen.picks(lead if rest else "", reply.items)
    else:
        screen.picks("", reply.items)
        screen.line(reply.text)
