"""Training episodes of the graph neural network: people who give some of their likes and want the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.sparse import csr_array

if TYPE_CHECKING:
    from .types import IntArray


class Episodes(NamedTuple):
    """What a batch of people gives and wants; pairs are (person's row, item)."""

    given: csr_array
    """(n_people, n_items) of 0 and 1."""
    wanted: tuple[IntArray, IntArray]
    """Rows and items, of the items that compete only."""
    candidates: IntArray
    """The items that compete, ascending."""
    shut: tuple[IntArray, IntArray]
    """Rows and places among the candidates of what was given, which does not compete."""


def sample(
    likes: csr_array,
    few: float,
    few_likes: int,
    share: tuple[float, float],
    candidates: int,
    rng: np.random.Generator,
) -> Episodes:
    """Split the rows of 0/1 ``likes`` (n_people, n_items), each with two entries or more.

    With probability ``few`` a person gives one to ``few_likes`` likes, at most half of theirs; otherwise a
    share drawn evenly between the bounds of ``share``. One like at least is given and one wanted. At most
    ``candidates`` items compete: wanted ones, drawn by how often they are wanted.
    """
    counts = np.diff(likes.indptr)
    rows = np.repeat(np.arange(len(counts)), counts)
    numbers = np.rint(rng.uniform(*share, len(counts)) * counts).astype(np.int64)
    is_few = rng.random(len(counts)) < few
    numbers[is_few] = np.minimum(rng.integers(1, few_likes + 1, is_few.sum()), counts[is_few] // 2)
    numbers = np.clip(numbers, 1, counts - 1)
    order = np.lexsort((rng.random(len(rows)), rows))
    given = np.empty(len(rows), bool)
    given[order] = np.arange(len(rows)) - likes.indptr[rows] < numbers[rows]
    there = csr_array(
        (np.ones(given.sum(), np.float32), likes.indices[given], np.append(0, np.cumsum(numbers))),
        shape=likes.shape,
    )
    wanted_rows, wanted = rows[~given], likes.indices[~given].astype(np.int64)
    among = np.arange(likes.shape[1])
    if len(among) > candidates:
        among = np.unique(rng.choice(wanted, min(candidates, len(wanted)), replace=False))
    place = np.full(likes.shape[1], -1)
    place[among] = np.arange(len(among))
    competes, shut = place[wanted] >= 0, place[there.indices]
    inside = shut >= 0
    return Episodes(
        there,
        (wanted_rows[competes], wanted[competes]),
        among,
        (rows[given][inside], shut[inside]),
    )
