"""The handle of the model's child process, usable from any thread and any event loop."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Message = dict[str, Any]
GONE: Message = {"event": "gone"}
"""What every waiting request gets when the process has ended."""


class ModelProcess:
    """A started worker. Each request has its own mailbox, fed by one reading thread."""

    def __init__(self, model: Path, states: Path) -> None:
        command = [sys.executable, "-m", f"{__package__}.worker", str(model), str(states)]
        self._chatter: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  open as long as the child
        # Threads that wait by spinning crawl as soon as anything else runs (measured: 19 s instead of 3 s
        # to the first token on two busy cores), so they sleep.
        # A session of its own: Ctrl-C at the terminal is for the chat, not for the model.
        self._child = subprocess.Popen(  # noqa: S603  our own module under our own interpreter
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._chatter,
            text=True,
            encoding="utf-8",
            start_new_session=True,
            env={"OMP_WAIT_POLICY": "passive", **os.environ},
        )
        self._ids = itertools.count(1)
        self._boxes: dict[int, Mailbox] = {0: Mailbox()}
        self._lock = threading.Lock()
        self._gone = False
        threading.Thread(target=self._listen, name="palate-model", daemon=True).start()

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._child.pid

    @property
    def alive(self) -> bool:
        """Whether the child still runs."""
        return not self._gone and self._child.poll() is None

    async def loaded(self) -> Message:
        """The worker's first line: ``loaded``, ``refused`` or ``gone``; asked once."""
        return await self._boxes[0].get()

    def send(self, do: str, **fields: object) -> tuple[int, Mailbox]:
        """Queue a request; its events arrive in the mailbox."""
        box = Mailbox()
        with self._lock:
            number = next(self._ids)
            self._boxes[number] = box
            if self._gone:
                box.put(GONE)
            else:
                self._write({"id": number, "do": do, **fields})
        return number, box

    def forget(self, number: int, *, cancel: bool) -> None:
        """Close a request's mailbox and, with ``cancel``, end its work."""
        with self._lock:
            self._boxes.pop(number, None)
            if cancel and not self._gone:
                self._write({"id": number, "do": "cancel"})

    def close(self) -> None:
        """End the child and wait until it is gone; safe to repeat."""
        with suppress(OSError):
            if self._child.stdin is not None:
                self._child.stdin.close()
        try:
            self._child.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()

    def _write(self, message: Message) -> None:
        # A child that just died is reported by the reading thread, to every mailbox at once.
        with suppress(OSError, ValueError):
            if self._child.stdin is not None:
                self._child.stdin.write(json.dumps(message) + "\n")
                self._child.stdin.flush()

    def _listen(self) -> None:
        lines: Sequence[str] | IO[str] = self._child.stdout or ()
        for line in lines:
            with suppress(json.JSONDecodeError):
                self._deliver(json.loads(line))
        self._child.wait()
        with self._lock:
            self._gone = True
            boxes = list(self._boxes.values())
        for box in boxes:
            box.put(GONE)

    def _deliver(self, message: Message) -> None:
        with self._lock:
            box = self._boxes.get(message.get("id", 0))
        if box is not None:
            box.put(message)


class Mailbox:
    """A queue filled by a thread and awaited in whichever event loop asks."""

    def __init__(self) -> None:
        self._waiting: list[Message] = []
        self._lock = threading.Lock()
        self._wake: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None

    def put(self, message: Message) -> None:
        """Add a message; called from any thread."""
        with self._lock:
            self._waiting.append(message)
            wake, self._wake = self._wake, None
        if wake is not None:
            loop, event = wake
            # A loop that was closed meanwhile has nobody waiting in it.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(event.set)

    async def get(self) -> Message:
        """The next message, waiting for it."""
        while True:
            with self._lock:
                if self._waiting:
                    return self._waiting.pop(0)
                event = asyncio.Event()
                self._wake = (asyncio.get_running_loop(), event)
            await event.wait()
