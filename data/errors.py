"""Errors speak to someone.

PalateError
├── UserError            the person at the keyboard: one line, and the command that mends it
│   ├── NoData           nothing set up yet (exit code 3)
│   └── SetupFailed      a fetch, build or training step that could not finish
├── DataError            a file or artifact that is broken, stale or foreign
├── ModelUnavailable     an LLM that cannot be used now (exit code 4)
│   └── Incapable        an LLM that cannot do this at all: it gives no logits, calls no tools
└── ToolFailed           a tool could not do its work; the turn goes on without it
"""

from __future__ import annotations


class PalateError(Exception):
    """The root of every error that palate raises on purpose; ``exit_code`` is the console's."""

    exit_code = 1


class UserError(PalateError):
    """One line for the person at the keyboard; ``mend`` is the command that puts it right."""

    def __init__(self, message: str, mend: str = "") -> None:
        super().__init__(f"{message} {mend_hint(mend)}".strip())
        self.message = message
        self.mend = mend


class NoData(UserError):
    """Nothing is set up for what was asked."""

    exit_code = 3


class SetupFailed(UserError):
    """A step of the set-up could not finish."""


class DataError(UserError):
    """A file or artifact is broken, stale or foreign."""


class ModelUnavailable(UserError):
    """An LLM cannot be used now; answers are complete without it.

    ``retry_after`` is how many seconds its server asks to wait, 0 where it does not say.
    """

    exit_code = 4

    def __init__(self, message: str, mend: str = "", *, retry_after: float = 0.0) -> None:
        super().__init__(message, mend)
        self.retry_after = retry_after


class Incapable(ModelUnavailable):
    """An LLM cannot do what was asked of it, now or later; nothing is wrong with it."""


class ToolFailed(PalateError):
    """A tool could not do its work."""


def mend_hint(command: str) -> str:
    """The command as a hint at the end of a line; empty for no command."""
    return f"Try: {command}" if command else ""
