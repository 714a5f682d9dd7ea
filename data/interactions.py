"""Who rated what, when: the interactions of a catalogue as flat arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from .arrays import BoolArray, FloatArray, IntArray

LARGEST = 1e6
"""The size of a rating from which on it is taken for an error: sums of squares would lose the others."""


@dataclass(frozen=True)
class Interactions:
    """Interactions as four arrays of one length, sorted by (person, time).

    ``people`` and ``items`` hold positions, ``ratings`` the rating as given (1 where the data know none),
    ``times`` unix seconds, 0 where unknown. At most one interaction a person and item.
    Make one with :meth:`of`, which sorts and removes repetitions.
    """

    people: IntArray
    items: IntArray
    ratings: FloatArray
    times: IntArray
    n_people: int
    n_items: int

    def __len__(self) -> int:
        return len(self.people)

    @classmethod
    def of(
        cls,
        people: IntArray,
        items: IntArray,
        ratings: FloatArray | None = None,
        times: IntArray | None = None,
        *,
        n_people: int,
        n_items: int,
    ) -> Interactions:
        """Interactions in any order; of several by one person with one item the latest stays.

        Raises ``ValueError`` where lengths differ, a position is out of range, or a rating is not finite or
        larger than any scale (:data:`LARGEST`); ratings below 0 are of a scale that has them.
        """
        people = np.asarray(people, np.int64)
        items = np.asarray(items, np.int64)
        ratings = np.ones(len(people), np.float32) if ratings is None else np.asarray(ratings, np.float32)
        times = np.zeros(len(people), np.int64) if times is None else np.asarray(times, np.int64)
        if not len(people) == len(items) == len(ratings) == len(times):
            raise ValueError("people, items, ratings and times differ in length")
        _check_range(people, n_people, "person")
        _check_range(items, n_items, "item")
        if not np.isfinite(ratings).all():
            raise ValueError("a rating is not a finite number")
        if len(ratings) and np.abs(ratings).max() > LARGEST:
            raise ValueError(f"a rating is beyond {LARGEST:,.0f}")
        # Stable, so that without times the later row of a file counts as the later interaction.
        order = np.lexsort((times, items, people))
        last = np.ones(len(order), bool)
        last[:-1] = (np.diff(people[order]) != 0) | (np.diff(items[order]) != 0)
        order = order[last]
        order = order[np.lexsort((times[order], people[order]))]
        return cls(people[order], items[order], ratings[order], times[order], n_people, n_items)

    def matrix(self) -> csr_array:
        """The ratings, ``(n_people, n_items)`` float32."""
        return self._csr(self.ratings, np.ones(len(self), bool))

    def likes(self, like_at: float | None) -> csr_array:
        """What people liked, ``(n_people, n_items)`` float32 of 0 and 1.

        A like is a rating from ``like_at`` on; with None every interaction is one.
        """
        keep = np.ones(len(self), bool) if like_at is None else self.ratings >= like_at
        return self._csr(np.ones(len(self), np.float32), keep)

    def rows(self, keep: BoolArray) -> Interactions:
        """The interactions in ``keep`` ``(len(self),)``; people and items keep their positions."""
        return replace(
            self,
            people=self.people[keep],
            items=self.items[keep],
            ratings=self.ratings[keep],
            times=self.times[keep],
        )

    def only_people(self, keep: BoolArray) -> Interactions:
        """The interactions of the people in ``keep`` ``(n_people,)``; their positions are renumbered."""
        kept = self.rows(keep[self.people])
        renumbered = (np.cumsum(keep) - 1).astype(np.int64)
        return replace(kept, people=renumbered[kept.people], n_people=int(keep.sum()))

    def _csr(self, data: FloatArray, keep: BoolArray) -> csr_array:
        from scipy.sparse import coo_array

        where = (self.people[keep], self.items[keep])
        matrix = coo_array((data[keep], where), shape=(self.n_people, self.n_items)).tocsr()
        matrix.sort_indices()
        return matrix


def _check_range(positions: IntArray, n: int, what: str) -> None:
    if len(positions) and (positions.min() < 0 or positions.max() >= n):
        raise ValueError(f"a {what}'s position is outside 0…{n - 1}")
