"""What went wrong, for the person in one line and for whoever mends it in a log."""

from __future__ import annotations

import logging
import os
import threading
from typing import TYPE_CHECKING

from ...data.home import state_dir

if TYPE_CHECKING:
    from logging.handlers import RotatingFileHandler
    from pathlib import Path

_MOST_BYTES = 1_000_000
log = logging.getLogger("palate")


def log_file() -> Path:
    """Where the log is."""
    return state_dir() / "palate.log"


def start_journal() -> None:
    """Send warnings, errors and whatever ends a thread to the log, never to the terminal.

    The file is made when the first line is written. Where it cannot be, the log is dropped in silence:
    a chat must not fail for want of a log.
    """
    log.setLevel(logging.WARNING)
    logging.captureWarnings(True)
    logging.getLogger().addHandler(_PrivateLog())
    threading.excepthook = _thread_ended


def report_unexpected(error: BaseException) -> str:
    """Log ``error`` with its traceback; returns the line that says so."""
    log.error("unexpected", exc_info=error)
    return f"Something went wrong inside palate ({type(error).__name__}). The details are in {log_file()}."


def clear_journal() -> None:
    """Empty the log: a traceback may quote what a person said."""
    for path in (log_file(), log_file().with_suffix(".log.1")):
        if path.exists():
            path.write_bytes(b"")


def _thread_ended(arguments: threading.ExceptHookArgs) -> None:
    if arguments.exc_value is not None:
        log.error("a thread ended: %s", arguments.thread, exc_info=arguments.exc_value)


class _PrivateLog(logging.Handler):
    """A rotating file, opened at the first line, readable by its owner only."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._file: RotatingFileHandler | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        try:
            if self._file is None:
                from logging.handlers import RotatingFileHandler

                path = log_file()
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
                self._file = RotatingFileHandler(path, maxBytes=_MOST_BYTES, backupCount=1, encoding="utf-8")
                self._file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
            self._file.emit(record)
        except OSError:
            return
