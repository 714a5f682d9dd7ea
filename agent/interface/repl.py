"""The chat in a terminal, and over lines from a pipe.

The prompt is there before anything heavy is imported; catalogue, indexes and model open in the background
meanwhile. The prompt is closed while an answer is written, so that sentences go straight to the terminal.
"""

from __future__ import annotations

import logging
import sys
import threading
from typing import TYPE_CHECKING

from ...data.home import state_dir
from ..errors import PalateError
from .catalogs import spec_of
from .commands import Conversation, Session
from .journal import report_unexpected
from .render import PlainScreen, screen_for
from .text import complain, forgiving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from prompt_toolkit import PromptSession

    from ..app import Palate

log = logging.getLogger(__name__)

WARM_AFTER = 0.05
"""Seconds that the prompt gets to appear before the background work begins."""


class Opening:
    """An application that is opened once, by whoever needs it first: a message or the background."""

    def __init__(self, open_app: Callable[[], Palate]) -> None:
        self._open = open_app
        self._lock = threading.Lock()
        self._app: Palate | None = None

    def app(self) -> Palate:
        """The application; raises what opening it raises."""
        with self._lock:
            if self._app is None:
                self._app = self._open()
            return self._app

    def warm_soon(self, seconds: float = WARM_AFTER) -> None:
        """Open it and what it needs in the background."""
        timer = threading.Timer(seconds, self._warm)
        timer.daemon = True
        timer.start()

    def close(self) -> None:
        """Close the application if it was opened."""
        with self._lock:
            if self._app is not None:
                self._app.close()

    def _warm(self) -> None:
        try:
            self.app().warm()
        except PalateError as error:
            # The first message meets the same error and says it.
            log.warning("warm-up stopped: %s", error)


def run_chat(
    open_app: Callable[[], Palate], *, catalog: str, user: str, k: int | None = None, plain: bool = False
) -> int:
    """Chat until the person leaves or the lines end; returns the exit code.

    With a terminal on standard input it prompts. With lines it answers them. With neither it holds a short
    demonstration. Raises NoData where the catalogue is not set up.
    """
    spec = spec_of(catalog)
    forgiving(sys.stdin)
    screen = screen_for(forgiving(sys.stdout), plain=plain)
    screen.spec = spec
    opening = Opening(open_app)

    def chat() -> Conversation:
        app = opening.app()
        if app.store.notice:
            screen.line(app.store.notice)
        return app.chat(user)

    lines = not sys.stdin.isatty()
    session = Session(chat, lambda: opening.app().box.catalog, screen, k=k, wait=lines)
    try:
        if lines:
            return answer_lines(session, sys.stdin, otherwise=lambda: _demonstration(opening))
        screen.line(f"palate, {spec.n_items:,} {spec.plural}. Say what you are after, or /help.", quiet=True)
        if isinstance(screen, PlainScreen) or not sys.stdout.isatty():
            return _plain_prompt(opening, session)
        return _full_prompt(opening, session)
    finally:
        opening.close()


def answer_lines(session: Session, lines: Iterable[str], *, otherwise: Callable[[], Sequence[str]]) -> int:
    """Answer each line that is not empty; where there is none, hold the conversation of ``otherwise``."""
    answered = False
    for line in lines:
        if line.strip():
            if answered:
                session.screen.line("")
            answered = True
            if not _handle(session, line):
                return 0
    if not answered:
        session.screen.line("No terminal and no lines to answer, so here is a short demonstration.")
        for line in otherwise():
            session.screen.line("")
            session.screen.line(f"> {line}")
            _handle(session, line)
    return 0


def _demonstration(opening: Opening) -> list[str]:
    from .demo import demonstration

    return demonstration(opening.app().box.catalog)


def _handle(session: Session, text: str) -> bool:
    """One message; errors are said in one line and the chat goes on."""
    try:
        return session.handle(text)
    except PalateError as error:
        complain(str(error))
    except KeyboardInterrupt:
        raise
    except Exception as error:  # nothing that a person types may end the chat with a traceback
        complain(report_unexpected(error))
    return True


def _stoppable(session: Session, text: str) -> bool:
    """One message at a prompt, where Ctrl-C stops the answer and not the chat."""
    try:
        return _handle(session, text)
    except KeyboardInterrupt:
        session.screen.line("Stopped.", quiet=True)
        return True


def _plain_prompt(opening: Opening, session: Session) -> int:
    """Plain lines: nothing is redrawn, for screen readers and terminals that cannot."""
    opening.warm_soon()
    while True:
        try:
            text = input("> ")
            while text.endswith("\\"):
                text = f"{text[:-1]}\n{input('  ')}"
        except KeyboardInterrupt:
            complain("")
            continue
        except EOFError:
            complain("")
            return 0
        if not _stoppable(session, text):
            return 0


def _full_prompt(opening: Opening, session: Session) -> int:
    from .prompt import History, build_prompt, confirm

    history = History(state_dir() / "history")
    prompt: PromptSession[str] = build_prompt(history, lambda: _titles(opening))
    session.on_forget = history.clear
    session.confirm = confirm
    warming = False

    def warm_once() -> None:
        nonlocal warming
        if not warming:
            warming = True
            opening.warm_soon()

    while True:
        try:
            text = prompt.prompt("> ", pre_run=warm_once)
        except KeyboardInterrupt:
            continue
        except EOFError:
            return 0
        if not _stoppable(session, text):
            return 0


def _titles(opening: Opening) -> list[str]:
    """All titles, best known first."""
    catalog = opening.app().box.catalog
    return [catalog.titles[position] for position in (-catalog.known).argsort(kind="stable").tolist()]
