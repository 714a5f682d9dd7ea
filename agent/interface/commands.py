"""The slash commands of a chat, and one message or command at a time turned into what a screen shows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import UserError
from .render import show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ...data.catalog import Catalog
    from ..diversity import Dial
    from ..events import Event
    from ..types import Pick, Spent, Trace
    from .render import PlainScreen, RichScreen


class Conversation(Protocol):
    """What the interface needs of :class:`palate.Chat`."""

    def stream(self, text: str, *, k: int | None = None, wait: bool = False) -> Iterator[Event]:
        """The events of one turn; ``wait`` for what is still loading."""
        ...

    def like(self, title: str) -> str:
        """Note a like; returns what was noted."""
        ...

    def dislike(self, title: str) -> str:
        """Note a dislike; returns what was noted."""
        ...

    def seen(self, title: str) -> str:
        """Note that an item is known already; returns what was noted."""
        ...

    def fresh(self, value: float) -> str:
        """Ask for the familiar (-1) or the fresh (1); returns how lists are now. Raises UserError."""
        ...

    def diverse(self, value: float) -> str:
        """Ask for more varied lists (0 to 1); returns how lists are now. Raises UserError."""
        ...

    def explore(self, value: float) -> str:
        """Ask for what a wider taste might bring (0 to 1); returns how lists are now. Raises UserError."""
        ...

    @property
    def dial(self) -> Dial:
        """How familiar and how varied lists are."""
        ...

    def undo(self) -> str:
        """Take back what was noted last; returns what that was."""
        ...

    def why(self, number: int) -> Pick:
        """The ``number``-th pick shown, with all its reasons; raises UserError."""
        ...

    def known(self) -> list[str]:
        """What is known of the person, a line each, with how and when it was learnt."""
        ...

    def in_force(self) -> str:
        """What is asked for at the moment, in one line."""
        ...

    def trace(self) -> Trace:
        """How the last answer came about."""
        ...

    def usage(self) -> tuple[Spent, Spent]:
        """What the model cost in the last answer, and since the chat was opened."""
        ...

    def export(self) -> dict[str, Any]:
        """All that is kept of the person, as plain values."""
        ...

    def forget(self, title: str = "") -> str:
        """Erase what is known of the person, or of one item; returns what was erased. Raises UserError."""
        ...

    def save(self, path: Path) -> Any:
        """Write the conversation to a file; raises UserError."""
        ...

    def set_model(self, name: str) -> str:
        """Use another model; returns what became of it."""
        ...

    @property
    def model_status(self) -> str:
        """The model and whether it is ready, in one line."""
        ...


@dataclass(frozen=True)
class Command:
    """A slash command: how it is typed and what it does."""

    name: str
    about: str
    argument: str = ""
    titles: bool = False
    """Whether the argument is an item's title (for completion)."""
    values: tuple[str, ...] = ()
    """Arguments that are offered."""


DIAL = ("-1", "-0.5", "0", "0.5", "1")

COMMANDS = (
    Command("help", "this list"),
    Command("why", "all reasons of a pick, with their numbers", "N"),
    Command("more", "the next picks of the same request"),
    Command("like", "remember that you like it", "TITLE", titles=True),
    Command("dislike", "remember that you do not", "TITLE", titles=True),
    Command("seen", "remember that you know it already; it is not recommended again", "TITLE", titles=True),
    Command("fresh", "from -1, what everybody knows, to 1, what few know", "[NUMBER]", values=DIAL),
    Command("diverse", "from 0, as ranked, to 1, as varied as can be", "[NUMBER]", values=DIAL[2:]),
    Command("explore", "from 0, as ranked, to 1, by a draw of your taste", "[NUMBER]", values=DIAL[2:]),
    Command("profile", "what is remembered of you"),
    Command("undo", "take back what was remembered last"),
    Command("state", "what is asked for at the moment"),
    Command("trace", "how the last answer came about: tools, what was left, milliseconds"),
    Command("usage", "tokens and seconds of the language model"),
    Command(
        "forget",
        "erase all that is remembered of you; with a title, only that",
        "[TITLE]",
        titles=True,
    ),
    Command("export", "write all that is kept of you to a JSON file", "FILE"),
    Command("model", "the language model and its state; with a name, another one", "[NAME]"),
    Command("save", "write this conversation to a file", "FILE"),
    Command("exit", "leave (so do /quit and Ctrl-D)"),
)
LEAVING = ("exit", "quit")


class Session:
    """A chat on a screen.

    ``chat`` and ``catalog`` are asked for when they are first needed, so that a prompt need not wait for
    them. ``on_forget`` erases what the interface itself keeps of a person's words. ``wait`` says whether an
    answer waits for the encoder and the model, where nobody sits at a prompt.
    """

    def __init__(
        self,
        chat: Callable[[], Conversation],
        catalog: Callable[[], Catalog],
        screen: PlainScreen | RichScreen,
        *,
        wait: bool = False,
        k: int | None = None,
        on_forget: Callable[[], None] = lambda: None,
        confirm: Callable[[str], bool] = lambda _question: True,
    ) -> None:
        self._chat_of = chat
        self.screen = screen
        self._catalog_of = catalog
        self._k = k
        self._wait = wait
        self.on_forget = on_forget
        self.confirm = confirm

    @cached_property
    def chat(self) -> Conversation:
        """The conversation; raises NoData or DataError where it cannot begin."""
        return self._chat_of()

    def handle(self, text: str) -> bool:
        """Answer a message or do a command; False when the person leaves. Raises UserError."""
        text = text.strip()
        if not text:
            return True
        if not text.startswith("/"):
            self._answer(text)
            return True
        name, _, argument = text[1:].partition(" ")
        return self._command(name.lower(), argument.strip())

    def _answer(self, text: str) -> None:
        events = self.chat.stream(text, k=self._k, wait=self._wait)
        try:
            show(events, self.screen)
        except KeyboardInterrupt:
            # Closing the stream stops retrieval and generation; what is on the screen stays.
            close = getattr(events, "close", None)
            if close is not None:
                close()
            self.screen.end_prose()
            raise

    def _command(self, name: str, argument: str) -> bool:
        if name in LEAVING:
            return False
        command = next((command for command in COMMANDS if command.name == name), None)
        if command is None:
            names = [command.name for command in COMMANDS] + ["quit"]
            near = get_close_matches(name, names, n=1, cutoff=0.4)
            raise UserError(f"There is no /{name}.", f"/{near[0]}" if near else "/help")
        if command.argument and not command.argument.startswith("[") and not argument:
            raise UserError(f"/{name} needs something after it.", f"/{name} {command.argument}")
        getattr(self, f"_do_{name}")(argument)
        return True

    def _do_help(self, _argument: str) -> None:
        screen = self.screen
        screen.line("Say in your own words what you are after. Some examples:")
        for example in self._examples():
            screen.line(f"- {example}")
        screen.line("Commands:")
        screen.columns([(f"/{c.name} {c.argument}".rstrip(), c.about) for c in COMMANDS])
        screen.line("Esc then Enter, or \\ at the end of a line, begins a new line. Ctrl-C stops an answer.")

    def _examples(self) -> list[str]:
        verb = self.screen.spec.verb if self.screen.spec else "try"
        return [
            "something like TITLE, but newer",
            f"what should I {verb} after TITLE, TITLE and TITLE?",
            "I liked TITLE and hated TITLE",
            "why the second one?",
        ]

    def _do_why(self, argument: str) -> None:
        if not argument.isdecimal():
            raise UserError("/why needs the number of a pick.", "/why 1")
        from ..say import why

        pick = self.chat.why(int(argument))
        catalog = self._catalog_of()
        self.screen.line(catalog.label(catalog.position(pick.id)))
        for reason in why(pick):
            self.screen.line(f"- {reason}")

    def _do_more(self, _argument: str) -> None:
        self._answer("more")

    def _do_like(self, argument: str) -> None:
        self.screen.line(self.chat.like(argument))

    def _do_dislike(self, argument: str) -> None:
        self.screen.line(self.chat.dislike(argument))

    def _do_seen(self, argument: str) -> None:
        self.screen.line(self.chat.seen(argument))

    def _do_fresh(self, argument: str) -> None:
        self._turn("fresh", self.chat.fresh, argument)

    def _do_diverse(self, argument: str) -> None:
        self._turn("diverse", self.chat.diverse, argument)

    def _do_explore(self, argument: str) -> None:
        self._turn("explore", self.chat.explore, argument)

    def _turn(self, name: str, change: Callable[[float], str], argument: str) -> None:
        """Change a dial; without an ``argument`` say how it stands."""
        from ..say import dialled

        try:
            said = change(float(argument)) if argument else dialled(self.chat.dial)
        except ValueError:
            raise UserError(f"/{name} needs a number.", f"/{name} 0.5") from None
        self.screen.line(said)

    def _do_undo(self, _argument: str) -> None:
        self.screen.line(self.chat.undo())

    def _do_profile(self, _argument: str) -> None:
        for line in self.chat.known() or ["Nothing is remembered of you yet."]:
            self.screen.line(line)
        from ..say import dialled

        self.screen.line(dialled(self.chat.dial))

    def _do_state(self, _argument: str) -> None:
        self.screen.line(self.chat.in_force())

    def _do_trace(self, _argument: str) -> None:
        from ..say import traced

        rows = traced(self.chat.trace())
        if rows:
            self.screen.columns(rows)
        else:
            self.screen.line("Nothing was recommended yet.")

    def _do_usage(self, _argument: str) -> None:
        from ..say import cost

        last, all_ = self.chat.usage()
        self.screen.columns([("last answer", cost(last)), ("since you came", cost(all_))])

    def _do_export(self, argument: str) -> None:
        path = Path(argument).expanduser()
        try:
            path.write_text(json.dumps(self.chat.export(), ensure_ascii=False, indent=1), encoding="utf-8")
        except OSError as error:
            raise UserError(f"{path} cannot be written ({error.strerror}).") from None
        self.screen.line(f"All that is kept of you is in {path}.")

    def _do_forget(self, argument: str) -> None:
        if argument:
            self.screen.line(self.chat.forget(argument))
            return
        if not self.confirm("Erase everything that is remembered of you? This cannot be taken back."):
            self.screen.line("Nothing was erased.", quiet=True)
            return
        said = self.chat.forget()
        self.on_forget()
        self.screen.line(said)

    def _do_model(self, argument: str) -> None:
        self.screen.line(self.chat.set_model(argument) if argument else self.chat.model_status)

    def _do_save(self, argument: str) -> None:
        path = Path(argument).expanduser()
        self.chat.save(path)
        self.screen.line(f"This conversation is in {path}.")
