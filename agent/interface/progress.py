"""Progress of long steps, on standard error."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from .text import sanitise, use_colour

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ...data.fetch import Progress

_EVERY_SECONDS = 10.0
"""How often a step that runs on says so where lines cannot be redrawn."""


class ProgressLines:
    """Progress as lines of their own, for logs and pipes. May be called from several threads."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._lock = threading.Lock()
        self._said: dict[str, float] = {}
        self._over: set[str] = set()

    def __call__(self, label: str, done: int, total: int) -> None:
        """``done`` of ``total`` of the step ``label``; a total of 0 is not known."""
        now = time.monotonic()
        finished = 0 < total <= done
        with self._lock:
            if label in self._over:
                return
            if finished:
                self._over.add(label)
            elif label in self._said and now - self._said[label] < _EVERY_SECONDS:
                return
            self._said[label] = now
            part = "done" if finished else f"{100 * done // total} %" if total and done else "…"
            self._out.write(f"{sanitise(label)} {part}\n")
            self._out.flush()


class Paced:
    """Progress of one long step with what each part takes and what is left; other steps go to ``others``.

    ``clock`` gives seconds.
    """

    def __init__(
        self, step: str, out: TextIO, others: Progress, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._step, self._out, self._others, self._clock = step, out, others, clock
        self._start = self._said = -1.0

    def __call__(self, label: str, done: int, total: int) -> None:
        """As :class:`ProgressLines` takes it."""
        if label != self._step:
            self._others(label, done, total)
            return
        now = self._clock()
        self._start = now if self._start < 0 else self._start
        if done and (done >= total or self._said < 0 or now - self._said >= _EVERY_SECONDS):
            self._said = now
            each = (now - self._start) / done
            left = f", {_span(each * (total - done))} left" if done < total else ""
            self._out.write(f"{sanitise(label)} {done:,} of {total:,}, {each:.1f} s each{left}\n")
            self._out.flush()


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


@contextmanager
def progress_on(out: TextIO = sys.stderr) -> Iterator[Progress]:
    """A progress function: bars in a terminal, lines elsewhere."""
    if not use_colour(out):
        yield ProgressLines(out)
        return
    from rich.console import Console
    from rich.progress import BarColumn, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    lock = threading.Lock()
    tasks: dict[str, TaskID] = {}
    text = TextColumn("{task.description}", markup=False)
    bars = Bars(text, BarColumn(), TaskProgressColumn(), TimeElapsedColumn(), console=Console(file=out))

    def report(label: str, done: int, total: int) -> None:
        with lock:
            if label not in tasks:
                tasks[label] = bars.add_task(sanitise(label), total=total or None)
            bars.update(tasks[label], completed=done, total=total or None)

    with bars:
        yield report
