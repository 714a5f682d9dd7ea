"""Milliseconds of each step of a turn."""

from __future__ import annotations

import time

from .types import Timings


class Clock:
    """A stopwatch whose laps belong to the steps of a turn."""

    def __init__(self) -> None:
        self._last = time.perf_counter()
        self._spent: dict[str, float] = {}

    def lap(self, step: str) -> None:
        """The time since the last lap belongs to ``step``."""
        now = time.perf_counter()
        self._spent[step] = self._spent.get(step, 0.0) + 1000 * (now - self._last)
        self._last = now

    def timings(self) -> Timings:
        """What was spent so far."""
        return Timings(**{step: round(spent, 2) for step, spent in self._spent.items()})
