"""One event loop in one thread: the async core runs there, whoever calls, from threads or other loops.

A local model's process and its queue belong to one loop; with this bridge several conversations, sync and
async, share them without a second set of code.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Coroutine, Generator
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")

CLOSE_SECONDS = 5.0
"""How long the end of a stream or of the loop is waited for."""


class Bridge:
    """The loop thread; started at first use, ended by :meth:`close`."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Run ``work`` in the loop; the future may be waited for or cancelled from any thread."""
        return asyncio.run_coroutine_threadsafe(work, self._running())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run ``work`` to its end; an interrupt of the caller cancels it."""
        future = self.submit(work)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def iterate(self, events: AsyncGenerator[T, None]) -> Generator[T, None, None]:
        """The events for a caller without a loop. Closing the iterator ends the generator."""
        future: Future[Any] | None = None
        try:
            while True:
                future = self.submit(_next(events))
                event = future.result()
                if event is _END:
                    return
                yield event
        finally:
            self._finish(future, events)

    async def aiterate(self, events: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
        """The events for a caller in a loop of its own."""
        future: Future[Any] | None = None
        try:
            while True:
                future = self.submit(_next(events))
                event = await asyncio.wrap_future(future)
                if event is _END:
                    return
                yield event
        finally:
            await asyncio.to_thread(self._finish, future, events)

    def close(self) -> None:
        """End the loop and its thread; safe to repeat."""
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is not None and thread is not None:
            loop.call_soon_threadsafe(loop.stop)
            thread.join(CLOSE_SECONDS)

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=_serve, args=(self._loop,), name="palate", daemon=True)
                self._thread.start()
            return self._loop

    def _finish(self, future: Future[Any] | None, events: AsyncGenerator[Any, None]) -> None:
        # A generator that is waiting for its next event cannot be closed: the wait is cancelled first.
        if future is not None and not future.done():
            future.cancel()
        ended = self.submit(_close(events))
        try:
            ended.result(CLOSE_SECONDS)
        except TimeoutError:
            ended.cancel()


_END = object()


async def _next(events: AsyncGenerator[Any, None]) -> Any:
    return await anext(events, _END)


async def _close(events: AsyncGenerator[Any, None]) -> None:
    while True:
        try:
            return await events.aclose()
        except RuntimeError:  # it is still on its way to where it is cancelled
            await asyncio.sleep(0.005)


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
