"""A catalogue seen with only some of its interactions, and models fitted to just these.

The fusion learns from people whom its models never saw, and the evaluator asks such people: both fit
models to a part of the people here, with the code that a set-up uses.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..tools import train

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from ..data.catalog import Catalog
    from ..data.interactions import Interactions
    from ..tools.collaborative import Recommender
    from ..tools.content import ContentIndex
    from ..tools.lexical import LexicalIndex
    from ..tools.types import BoolArray, FloatArray, IntArray
    from .features import Tools

TO_FIND_AT_LEAST = 5
"""Likes that are left to be found in an episode."""


@dataclass(frozen=True)
class Episodes:
    """People of whom ``k`` likes are given: one row a person and draw."""

    k: int
    people: IntArray
    """(n,)"""
    given: IntArray
    """(n, k) item positions."""

    def __len__(self) -> int:
        return len(self.people)

    def of_people(self, keep: BoolArray) -> Episodes:
        """The episodes of the people in ``keep`` (n_people,)."""
        rows = keep[self.people]
        return Episodes(self.k, self.people[rows], self.given[rows])


@dataclass(frozen=True)
class Trial:
    """The tools over a part of a catalogue's interactions (see :class:`~.features.Tools`)."""

    catalog: Catalog
    models: dict[str, Recommender]
    content: ContentIndex | None
    lexical: LexicalIndex


def trial(box: Tools, interactions: Interactions, known: FloatArray | None = None) -> Trial:
    """All models fitted to ``interactions``, which are of the box's catalogue or of some of its people.

    ``known`` (n,) takes the place of the catalogue's known-ness, which may have seen more people.
    """
    catalog = view(box.catalog, interactions, known)
    vectors = None if box.content is None else np.asarray(box.content.vectors)
    models = {name: train.fit(catalog, name, vectors) for name in train.wanted(catalog)}
    return Trial(catalog, models, box.content, box.lexical)


def view(catalog: Catalog, interactions: Interactions, known: FloatArray | None = None) -> Catalog:
    """``catalog`` with other interactions, and with known-ness that follows from these alone.

    The known-ness values of rated items are dealt out again in the order of the ratings that are left, so
    that nothing of the people left out shows in them.
    """
    seen = copy.copy(catalog)
    seen.interactions = interactions
    seen.known = _dealt_again(catalog, interactions) if known is None else known
    return seen


def _dealt_again(catalog: Catalog, interactions: Interactions) -> FloatArray:
    rated = np.unique(catalog.interactions.items)
    counts = np.bincount(interactions.items, minlength=catalog.n)[rated]
    known = catalog.known.copy()
    known[rated[np.argsort(counts, kind="stable")]] = np.sort(known[rated])
    return known


def draw_episodes(
    likes: csr_array, people: IntArray, k: int, draws: int, rng: np.random.Generator
) -> Episodes:
    """``draws`` episodes of each of ``people`` with k + 5 ``likes`` (n_people, n_items) or more."""
    asked: list[int] = []
    given: list[IntArray] = []
    for person in people.tolist():
        liked = likes.indices[likes.indptr[person] : likes.indptr[person + 1]]
        if len(liked) < k + TO_FIND_AT_LEAST:
            continue
        for _ in range(draws):
            asked.append(person)
            given.append(rng.choice(liked, k, replace=False))
    rows = np.array(given, np.int64).reshape(len(asked), k)
    return Episodes(k, np.array(asked, np.int64), rows)


def without_items(interactions: Interactions, hidden: BoolArray) -> Interactions:
    """The interactions with items outside ``hidden`` (n_items,); people keep their positions."""
    return interactions.rows(~hidden[interactions.items])
