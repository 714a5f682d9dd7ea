"""Interactions of a person's own files."""

from __future__ import annotations

import hashlib
from array import array
from typing import TYPE_CHECKING

import numpy as np

from ..interactions import LARGEST, Interactions
from .cells import number_of, text_of, time_of
from .mapping import InteractionsMap, guess_interactions
from .rows import Findings, read_pairs, read_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ..arrays import IntArray


class InteractionReader:
    """Reads interactions: people get positions in the order they appear.

    ``keys`` maps what the files call an item to its position. ``good`` counts the rows of each file that
    were used, ``roles`` says what its columns were read as.
    """

    def __init__(self, keys: Mapping[str, int], findings: Findings, people: Sequence[int] = ()) -> None:
        """``people`` are the marks (see :func:`mark`) of those who have the first positions already."""
        self._keys = keys
        self._findings = findings
        self._marks = list(people)
        self._at = {number: position for position, number in enumerate(people)}
        self._people: dict[str, int] = {}
        self._who, self._what, self._when = array("q"), array("q"), array("q")
        self._ratings = array("f")
        self._rated = False
        self.good: dict[Path, int] = {}
        self.roles: dict[str, str] = {}

    def read(self, path: Path, given: InteractionsMap, item_key: str) -> None:
        """Read a file of interactions; raises DataError."""
        if given.format == "pairs":
            for line, person, item in read_pairs(path, self._findings):
                self._add(path, line, person, item, 1.0, 0)
        else:
            self._read_rows(path, given, item_key)
        self.good[path] = len(self._who)

    def _read_rows(self, path: Path, given: InteractionsMap, item_key: str) -> None:
        columns: InteractionsMap | None = None
        for line, row in read_rows(path, self._findings, delimiter=given.delimiter):
            if columns is None:
                columns = guess_interactions(given, list(row), item_key, path.name)
                self._rated = bool(columns.rating)
                self.roles = {
                    getattr(columns, role): role
                    for role in ("person", "item", "rating", "time")
                    if getattr(columns, role)
                }
            rating = number_of(row.get(columns.rating)) if columns.rating else 1.0
            if rating is None or abs(rating) > LARGEST:
                reason = "the rating is no number" if rating is None else "the rating is too large"
                self._findings.reject(path, line, reason, list(row.values()))
                continue
            time = time_of(row.get(columns.time)) if columns.time else 0
            person, item = text_of(row.get(columns.person)), text_of(row.get(columns.item))
            self._add(path, line, person, item, rating, time)

    def _add(self, path: Path, line: int, person: str, item: str, rating: float, time: int) -> None:
        if not person or item not in self._keys:
            reason = f"unknown item {item!r}" if person else "no person"
            self._findings.reject(path, line, reason, f"{person} {item}")
            return
        self._who.append(self._position(person))
        self._what.append(self._keys[item])
        self._ratings.append(rating)
        self._when.append(time)

    def _position(self, person: str) -> int:
        position = self._people.get(person)
        if position is None:
            number = mark(person)
            position = self._people[person] = self._at.setdefault(number, len(self._at))
            if position == len(self._marks):
                self._marks.append(number)
        return position

    @property
    def people(self) -> IntArray:
        """The marks of all people in the order of their positions, (n_people,)."""
        return np.array(self._marks, np.int64)

    def interactions(self, n_items: int) -> Interactions | None:
        """What was read; None where there was nothing to read."""
        if not self._who:
            return None
        found = Interactions.of(
            np.array(self._who, np.int64),
            np.array(self._what, np.int64),
            np.array(self._ratings, np.float32),
            np.array(self._when, np.int64),
            n_people=len(self._marks),
            n_items=n_items,
        )
        if repeated := len(self._who) - len(found):
            self._findings.note(f"{repeated} interactions repeat a person and item: the latest counts.")
        if "time" in self.roles.values() and not found.times.any():
            self._findings.note("No time of an interaction could be read: all count as unknown.")
        return found

    def rating_range(self) -> tuple[float, float] | None:
        """The lowest and highest rating; None where interactions carry none."""
        ratings = self._ratings
        return (min(ratings), max(ratings)) if self._rated and ratings else None


def mark(person: str) -> int:
    """A number by which a person is known again when more of their interactions come: not their name."""
    digest = hashlib.blake2b(person.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)
