"""What palate remembers of people: conversations, turns and feedback.

:class:`~palate.agent.store_sqlite.SqliteStore` keeps it in a file, :class:`MemoryStore` for as long as the
process lives.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

Kind = Literal["like", "dislike", "seen"]
Source = Literal["said", "command", "inferred"]


@dataclass(frozen=True)
class Feedback:
    """One thing a person let us know of an item; ``at`` is in unix seconds."""

    item_id: str
    kind: Kind
    source: Source
    at: float


@dataclass(frozen=True)
class StoredTurn:
    """One message and the reply to it (the reply's JSON); ``at`` is in unix seconds."""

    text: str
    reply_json: str
    at: float


class Store(Protocol):
    """The memory of people. Every implementation inherits ``tests/contracts/store.py``.

    All methods may be called from any thread. They raise DataError, in one line, when the memory cannot
    be read or written.
    """

    notice: str
    """One line for the person about the memory itself ("was damaged …"); empty when all is well."""

    def record(self, user: str, catalog: str, item_id: str, kind: Kind, source: Source) -> None:
        """Remember feedback. A like takes the place of an earlier dislike and the other way round."""
        ...

    def feedback(self, user: str, catalog: str) -> list[Feedback]:
        """The feedback that stands, oldest first: the last verdict on each item, and what was seen."""
        ...

    def remove_feedback(self, user: str, catalog: str, item_id: str, kind: Kind | None = None) -> bool:
        """Take back the last feedback on an item (of one kind, or of any); False when there is none.

        What it had taken the place of stands again.
        """
        ...

    def save_conversation(self, user: str, catalog: str, state_json: str) -> None:
        """Keep a conversation's state."""
        ...

    def load_conversation(self, user: str, catalog: str) -> str | None:
        """The state kept last; None when there is none."""
        ...

    def add_turn(self, user: str, catalog: str, text: str, reply_json: str) -> None:
        """Keep one message and its reply."""
        ...

    def turns(self, user: str, catalog: str, limit: int = 50) -> list[StoredTurn]:
        """The last ``limit`` turns, oldest first."""
        ...

    def forget(self, user: str) -> None:
        """Erase everything about a person, so that no byte of it stays in the files."""
        ...

    def close(self) -> None:
        """Let go of the files; safe to repeat."""
        ...


class MemoryStore:
    """A :class:`Store` that forgets everything with the process; for one-shot requests and embedders."""

    def __init__(self) -> None:
        self.notice = ""
        self._lock = threading.Lock()
        self._feedback: dict[tuple[str, str], list[Feedback]] = {}
        self._states: dict[tuple[str, str], str] = {}
        self._turns: dict[tuple[str, str], list[StoredTurn]] = {}

    def record(self, user: str, catalog: str, item_id: str, kind: Kind, source: Source) -> None:
        """Remember feedback."""
        with self._lock:
            events = self._feedback.setdefault((user, catalog), [])
            events.append(Feedback(item_id, kind, source, time.time()))

    def feedback(self, user: str, catalog: str) -> list[Feedback]:
        """The feedback that stands, oldest first."""
        with self._lock:
            return standing(self._feedback.get((user, catalog), []))

    def remove_feedback(self, user: str, catalog: str, item_id: str, kind: Kind | None = None) -> bool:
        """Take back the last feedback on an item; False when there is none."""
        with self._lock:
            events = self._feedback.get((user, catalog), [])
            for place in range(len(events) - 1, -1, -1):
                if events[place].item_id == item_id and kind in (None, events[place].kind):
                    del events[place]
                    return True
        return False

    def save_conversation(self, user: str, catalog: str, state_json: str) -> None:
        """Keep a conversation's state."""
        with self._lock:
            self._states[user, catalog] = state_json

    def load_conversation(self, user: str, catalog: str) -> str | None:
        """The state kept last."""
        with self._lock:
            return self._states.get((user, catalog))

    def add_turn(self, user: str, catalog: str, text: str, reply_json: str) -> None:
        """Keep one message and its reply."""
        with self._lock:
            self._turns.setdefault((user, catalog), []).append(StoredTurn(text, reply_json, time.time()))

    def turns(self, user: str, catalog: str, limit: int = 50) -> list[StoredTurn]:
        """The last ``limit`` turns, oldest first."""
        with self._lock:
            return self._turns.get((user, catalog), [])[-limit:]

    def forget(self, user: str) -> None:
        """Drop everything about a person."""
        with self._lock:
            self._feedback = {key: kept for key, kept in self._feedback.items() if key[0] != user}
            self._states = {key: kept for key, kept in self._states.items() if key[0] != user}
            self._turns = {key: kept for key, kept in self._turns.items() if key[0] != user}

    def close(self) -> None:
        """Nothing to let go of."""


def standing(events: Iterable[Feedback]) -> list[Feedback]:
    """Of events, oldest first, those that stand: the last verdict on each item, and what was seen."""
    last: dict[tuple[str, bool], Feedback] = {}
    for event in events:
        key = (event.item_id, event.kind == "seen")
        last.pop(key, None)  # so that the order is that of the events that stand
        last[key] = event
    return list(last.values())
