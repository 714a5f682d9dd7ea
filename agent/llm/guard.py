"""A client behind a circuit breaker: a server that keeps failing is left alone for a while.

After :data:`FAILURES` failures in a row, or one that says how long to wait (429 with Retry-After), requests
fail at once, in one line, until the time is over; then one is let through, and its failure doubles the wait.
The pattern is that of Nygard (Release It!, 2007). Nothing is retried: answers are complete without the model.
"""

from __future__ import annotations

import math
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ...data.errors import Incapable, ModelUnavailable
from .wrapped import Wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .base import LLM

FAILURES = 2
"""Failures in a row after which a server is left alone."""
REST, LONGEST_REST = 30.0, 300.0
"""Seconds of the first rest, and of the longest."""


class Guard(Wrapped):
    """``llm`` as long as it works; ``clock`` gives seconds."""

    def __init__(self, llm: LLM, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(llm)
        self._clock = clock
        self._failed = 0
        self._rest = REST
        self._closed_until = 0.0

    def ready(self) -> bool:
        """Whether a request would be served at once."""
        return super().ready() and self._clock() >= self._closed_until

    async def close(self) -> None:
        """Close the client; it is not held against it any more that it failed."""
        self._failed, self._rest, self._closed_until = 0, REST, 0.0
        await super().close()

    @contextmanager
    def _request(self) -> Iterator[None]:
        """Count how what is done inside ends; raises ModelUnavailable at once while the server rests."""
        left = self._closed_until - self._clock()
        if left > 0:
            raise ModelUnavailable(
                f"{self.name} failed and is left alone; it is asked again in {math.ceil(left)} s."
            )
        try:
            yield
        except Incapable:
            raise  # nothing is wrong with it
        except ModelUnavailable as error:
            self._failed += 1
            if error.retry_after or self._failed >= FAILURES:
                self._closed_until = self._clock() + max(error.retry_after, self._rest)
                self._rest = min(2 * self._rest, LONGEST_REST)
            raise
        else:
            self._failed, self._rest = 0, REST
