"""Evidence: what the data say of two items, as numbers and values that anyone can recompute.

Nothing here judges. A reason is written from these models by the agent, and checked by calling the same
function again.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from ..data.schema import Frozen

if TYPE_CHECKING:
    from ..data.catalog import Catalog
    from .collaborative import UserKNN
    from .types import FloatArray, IntArray


class CoLiking(Frozen):
    """How many people like a seed, an item, and both."""

    seed_likers: int
    item_likers: int
    both: int
    n_people: int

    @property
    def lift(self) -> float:
        """How many times likelier the item is liked by those who like the seed; 0 where nobody likes one."""
        if not self.seed_likers or not self.item_likers:
            return 0.0
        return self.both * self.n_people / (self.seed_likers * self.item_likers)


class SharedValues(Frozen):
    """The values of one facet that two items share, the rarest first."""

    facet: str
    values: tuple[str, ...]
    counts: tuple[int, ...]
    """How many items of the catalogue have each value."""
    rarity: tuple[float, ...]
    """1 - log(count) / log(n): 1 for a value of one item, 0 for one that every item has."""
    weight: float
    """The facet's weight times the rarity of the rarest value."""


class Neighbours(Frozen):
    """How many of the people most similar to a person like an item."""

    people: int
    likers: int


class GraphPath(Frozen):
    """The strongest two steps in the graph from a seed to an item: over a tag, or over people."""

    via: Literal["tag", "people"]
    facet: str = ""
    value: str = ""
    people: int = 0
    strength: float
    """The product of the path's normalised edge weights, summed over people."""


def co_liking(catalog: Catalog, seed: int, item: int) -> CoLiking:
    """Who likes the items at two positions; zeros for an item without likes."""
    indptr, indices = _likers(catalog)
    by_seed = indices[indptr[seed] : indptr[seed + 1]]
    by_item = indices[indptr[item] : indptr[item + 1]]
    both = np.intersect1d(by_seed, by_item, assume_unique=True)
    return CoLiking(
        seed_likers=len(by_seed),
        item_likers=len(by_item),
        both=len(both),
        n_people=catalog.interactions.n_people,
    )


def shared_values(catalog: Catalog, a: int, b: int) -> list[SharedValues]:
    """What the items at two positions share in each category and name facet, the most telling first."""
    found = []
    for facet in catalog.spec.facets:
        if facet.kind not in ("category", "name"):
            continue
        shared, counts = _shared(catalog, facet.name, a, b)
        if len(shared) == 0:
            continue
        rarity = 1 - np.log(counts) / np.log(max(catalog.n, 2))
        names = catalog.values(facet.name)
        found.append(
            SharedValues(
                facet=facet.name,
                values=tuple(names[column] for column in shared.tolist()),
                counts=tuple(counts.tolist()),
                rarity=tuple(round(each, 4) for each in rarity.tolist()),
                weight=round(facet.weight * float(rarity[0]), 4),
            )
        )
    return sorted(found, key=lambda each: -each.weight)


def neighbours(
    catalog: Catalog, model: UserKNN, items: IntArray, weights: FloatArray, item: int
) -> Neighbours:
    """How many of the people whom ``model`` finds most similar to a person like the item at ``item``.

    ``model`` must be trained on all people of the catalogue, as the stored one is.
    """
    people, _ = model.neighbours(items, weights)
    indptr, indices = _likers(catalog)
    likers = np.isin(people, indices[indptr[item] : indptr[item + 1]], assume_unique=True)
    return Neighbours(people=len(people), likers=int(likers.sum()))


def graph_path(catalog: Catalog, seed: int, item: int) -> GraphPath | None:
    """The strongest way of two steps from ``seed`` to ``item``, None where there is none.

    An edge weighs 1/√(degrees of its ends) within its relation, a tag's also its facet's weight; over
    people it is Σ_p 1 / (deg p · √(deg seed · deg item)), over a tag weight / deg tag.
    """
    paths = [*_over_people(catalog, seed, item), *_over_tags(catalog, seed, item)]
    return max(paths, key=lambda path: path.strength, default=None)


def _over_people(catalog: Catalog, seed: int, item: int) -> list[GraphPath]:
    indptr, indices = _likers(catalog)
    by_seed = indices[indptr[seed] : indptr[seed + 1]]
    by_item = indices[indptr[item] : indptr[item + 1]]
    both = np.intersect1d(by_seed, by_item, assume_unique=True)
    if len(both) == 0:
        return []
    over = float((1 / _likes_of_people(catalog)[both]).sum())
    strength = over / float(np.sqrt(len(by_seed) * len(by_item)))
    return [GraphPath(via="people", people=len(both), strength=strength)]


def _over_tags(catalog: Catalog, seed: int, item: int) -> list[GraphPath]:
    return [
        GraphPath(via="tag", facet=shared.facet, value=shared.values[0], strength=weight / shared.counts[0])
        for shared in shared_values(catalog, seed, item)
        if (weight := catalog.spec.facet(shared.facet).weight) > 0
    ]


def _shared(catalog: Catalog, facet: str, a: int, b: int) -> tuple[IntArray, IntArray]:
    """The columns of values that ``a`` and ``b`` share, rarest first, and how many items have each."""
    indptr, indices, counts = _values(catalog, facet)
    # An item has a handful of values: a set of them is ten times faster than numpy's set routines.
    of_b = set(indices[indptr[b] : indptr[b + 1]].tolist())
    both = np.array([v for v in indices[indptr[a] : indptr[a + 1]].tolist() if v in of_b], np.int64)
    if len(both) < 2:
        return both, counts[both]
    order = np.argsort(counts[both], kind="stable")
    return both[order], counts[both[order]]


@lru_cache(maxsize=64)
def _values(catalog: Catalog, facet: str) -> tuple[IntArray, IntArray, IntArray]:
    """The postings of a facet by item (indptr, indices), and how many items have each value."""
    postings = catalog.postings(facet)
    counts = np.bincount(postings.indices, minlength=postings.shape[1]).astype(np.int64)
    return postings.indptr, postings.indices, counts


@lru_cache(maxsize=8)
def _likers(catalog: Catalog) -> tuple[IntArray, IntArray]:
    """The people who like each item, as indptr (n + 1,) and sorted indices."""
    by_item = catalog.interactions.likes(catalog.spec.like_at).tocsc()
    by_item.sort_indices()
    return by_item.indptr, by_item.indices


@lru_cache(maxsize=8)
def _likes_of_people(catalog: Catalog) -> IntArray:
    """How many likes each person gave, (n_people,)."""
    _, people = _likers(catalog)
    return np.bincount(people, minlength=catalog.interactions.n_people).astype(np.int64)
