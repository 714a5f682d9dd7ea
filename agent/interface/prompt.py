"""The prompt: history, completion, several lines."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.completion import ThreadedCompleter
from prompt_toolkit.filters import Condition
from prompt_toolkit.history import FileHistory
from prompt_toolkit.key_binding import KeyBindings

from .completion import ChatCompleter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from prompt_toolkit.key_binding import KeyPressEvent


class History(FileHistory):
    """What was typed, in a file that only its owner can read, and that can be cleared."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path = path
        self._make_private()
        super().__init__(str(path))

    def clear(self) -> None:
        """Forget everything that was typed, on disk and in memory."""
        self._path.write_bytes(b"")
        self._make_private()
        self._loaded_strings.clear()

    def _make_private(self) -> None:
        os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
        self._path.chmod(0o600)


def build_prompt(history: History, titles: Callable[[], Sequence[str]]) -> PromptSession[str]:
    """A prompt that completes commands while they are typed and titles on Tab."""
    typing_command = Condition(lambda: get_app().current_buffer.text.startswith("/"))
    return PromptSession(
        history=history,
        completer=ThreadedCompleter(ChatCompleter(titles)),
        complete_while_typing=typing_command,
        key_bindings=_bindings(),
        multiline=True,
        prompt_continuation="  ",
        mouse_support=False,
    )


def confirm(question: str) -> bool:
    """Ask for a yes; anything else, Ctrl-C and Ctrl-D included, is a no."""
    try:
        answer: str = PromptSession().prompt(f"{question} [y/N] ")
    except (KeyboardInterrupt, EOFError):
        return False
    return answer.strip().lower() in ("y", "yes")


def _bindings() -> KeyBindings:
    bindings = KeyBindings()

    @bindings.add("enter")
    def _enter(event: KeyPressEvent) -> None:
        """Send the message; after a trailing backslash, begin a new line instead."""
        buffer = event.current_buffer
        if buffer.document.current_line_before_cursor.endswith("\\"):
            buffer.delete_before_cursor()
            buffer.insert_text("\n")
        else:
            buffer.validate_and_handle()

    @bindings.add("escape", "enter")
    def _new_line(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    return bindings
