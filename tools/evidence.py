"""Evidence: what the data say of two items, as numbers and values that anyone can recompute.

Nothing here judges. A reason is written from these models by the agent, and checked by calling the same
function again.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from ..data.schema import Frozen
from .collaborative import UserKNN
from .everyday import FUNCTION_WORDS
from .lexical import stem
from .text import ARTICLES, tokens, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scipy.sparse import csr_array

    from ..data.catalog import Catalog
    from .types import FloatArray, IntArray

QUOTED_WORDS = 12
"""Words of a quoted span, at most."""
QUOTED_CHARACTERS = 120
AROUND = 4
"""Words that a quoted span has before its first and behind its last word of the request, at most."""
COMPANIONS = 30
"""Items that are liked with a seed, over which a path may lead."""
BRIDGES = 8
"""Rated items that share a name with a seed, over which a path may lead."""
RARE = 0.5
"""The rarity of a name that a path may lead over, at least: a studio of a thousand films links nothing."""
COMMON = 5
"""People who like both ends of a step over people, at least."""
_CLAUSE = re.compile(r"[.!?;:\n]+(?=\s|$)")


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


class Company(Frozen):
    """How many of the people nearest to a person by their ratings like an item, and of all people."""

    likes: tuple[str, ...]
    """Ids of what the person is known by, each counted alike."""
    nearest: int
    """How many people are nearest: fewer than asked for where fewer rated any of ``likes``."""
    likers: int
    item_likers: int
    people: int

    @property
    def lift(self) -> float:
        """How many times likelier one of the nearest likes the item than anybody; 0 where nobody does."""
        if not self.nearest or not self.item_likers:
            return 0.0
        return self.likers * self.people / (self.nearest * self.item_likers)


class Bridge(Frozen):
    """A path of two links from a seed to an item over a third one: a link over people, and one over a name.

    Neither co-liking nor a shared value says it, for seed and item need have nothing in common.
    """

    seed: str
    bridge: str
    """Ids."""
    first: Literal["people", "name"]
    """Which link the seed has: the other is the item's."""
    both: int
    """People who like both ends of the link over people."""
    end_likers: int
    """People who like the nearer end of it: the seed, or the bridge where the name comes first."""
    facet: str
    values: tuple[str, ...]
    """What the ends of the other link share in a name facet."""
    strength: float
    """The share of ``end_likers`` that ``both`` are, times the facet's weight, times the value's rarity."""


class Quote(Frozen):
    """A span of an item's own text: ``text`` is ``item.text[start:end]``, letter by letter."""

    start: int
    end: int
    text: str
    answers: tuple[str, ...]
    """The words of the request that stand in it, by their stems, in the order of the request."""


class Contrast(Frozen):
    """A number or year of an item that satisfies a bound, beside that of another one that does not."""

    facet: str
    value: float
    other: str
    """Id of the item that is compared with."""
    other_value: float
    side: Literal["less", "more"]
    turned_down: bool
    """Whether the person turned it down; else they asked for the like of it."""


class Counterfactual(Frozen):
    """Where a pick would stand without one seed or like; places count from 1, among ``of`` items that fit."""

    without: str
    """Id of the seed or like that is left out."""
    asked: bool
    """Whether it is a seed of the request; else a like."""
    place: int
    would_be: int
    of: int


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
    return Neighbours(people=len(people), likers=_likers_among(catalog, people, item))


def nearest_people(model: UserKNN, likes: Sequence[int], most: int) -> IntArray:
    """The (at most) ``most`` people nearest to one who likes ``likes`` alike, nearest first; see UserKNN."""
    items = np.array(likes, np.int64)
    return model.neighbours(items, np.ones(len(items), np.float32))[0][:most]


def company(catalog: Catalog, likes: Sequence[int], nearest: IntArray, item: int) -> Company:
    """How many of the ``nearest`` people, those of :func:`nearest_people` for ``likes``, like the item."""
    indptr, _ = _likers(catalog)
    return Company(
        likes=tuple(catalog.ids[like] for like in likes),
        nearest=len(nearest),
        likers=_likers_among(catalog, nearest, item),
        item_likers=int(indptr[item + 1] - indptr[item]),
        people=catalog.interactions.n_people,
    )


def company_again(catalog: Catalog, told: Company, most: int, item: int) -> Company:
    """What :func:`company` says now of the likes in ``told``, from the catalogue alone."""
    likes = [catalog.position(like) for like in told.likes]
    return company(catalog, likes, nearest_people(_all_people(catalog), likes, most), item)


def bridge(catalog: Catalog, seed: int, item: int) -> Bridge | None:
    """The strongest path from ``seed`` to ``item`` over a third item, None where there is none.

    Over people first where somebody likes the seed, over a name first where only the item is liked. What
    seed and item share themselves is no path.
    """
    indptr, _ = _likers(catalog)
    if indptr[seed + 1] > indptr[seed]:
        return _over_companions(catalog, seed, item)
    if indptr[item + 1] > indptr[item]:
        return _over_names(catalog, seed, item)
    return None


def bridge_again(catalog: Catalog, told: Bridge, item: int) -> Bridge:
    """What the data say now of the links of ``told``; its values are those that both ends really have."""
    seed, middle = catalog.position(told.seed), catalog.position(told.bridge)
    people, name = (
        ((seed, middle), (middle, item)) if told.first == "people" else ((middle, item), (seed, middle))
    )
    both = co_liking(catalog, *people)
    shared = next((s for s in shared_values(catalog, *name) if s.facet == told.facet), None)
    held = () if shared is None else tuple(v for v in shared.values if v in told.values)
    return told.model_copy(update={"both": both.both, "end_likers": both.seed_likers, "values": held})


def quote(text: str, request: str) -> Quote | None:
    """The span of ``text`` that answers ``request`` best: the most of its words, then the earliest, shortest.

    The span is of one clause, whole words, at most :data:`QUOTED_WORDS` and :data:`QUOTED_CHARACTERS`. Of
    three telling words or more it must have two; words without content tell nothing. None where nothing
    answers, and for a span with control characters.
    """
    wanted = list(dict.fromkeys(stem(t) for t in tokens(request) if t not in FUNCTION_WORDS and len(t) > 2))
    best: Quote | None = None
    for start, end in _clauses(text) if wanted else ():
        found = [(word, stem(word.folded)) for word in words(text[start:end])]
        for first in range(len(found)):
            if found[first][1] not in wanted:
                continue
            window = found[first : first + QUOTED_WORDS - AROUND]
            hits = [at for at, (_, one) in enumerate(window) if one in wanted]
            last = first + hits[-1]
            before = max(0, first - AROUND, last + 1 - QUOTED_WORDS)
            behind = min(len(found) - 1, last + AROUND, before + QUOTED_WORDS - 1)
            while behind > last and found[behind][0].folded in FUNCTION_WORDS:
                behind -= 1
            while before < first and found[before][0].folded in FUNCTION_WORDS - ARTICLES:
                before += 1
            span = (start + found[before][0].start, start + found[behind][0].end)
            said = tuple(w for w in wanted if any(one == w for _, one in found[before : behind + 1]))
            if best is None or len(said) > len(best.answers):
                best = Quote(start=span[0], end=span[1], text=text[span[0] : span[1]], answers=said)
    enough = best is not None and len(best.answers) >= min(2, max(len(wanted) - 1, 1))
    plain = best is not None and len(best.text) <= QUOTED_CHARACTERS and best.text.isprintable()
    return best if enough and plain else None


def quoted(text: str, told: Quote) -> bool:
    """Whether ``told`` is a span of whole words of ``text`` that has what it is said to answer."""
    inside = {stem(word.folded) for word in words(told.text)}
    whole = re.search(r"\w\Z", text[: told.start]) is None and re.match(r"\w", text[told.end :]) is None
    return text[told.start : told.end] == told.text and whole and set(told.answers) <= inside


def graph_path(catalog: Catalog, seed: int, item: int) -> GraphPath | None:
    """The strongest way of two steps from ``seed`` to ``item``, None where there is none.

    An edge weighs 1/√(degrees of its ends) within its relation, a tag's also its facet's weight; over
    people it is Σ_p 1 / (deg p · √(deg seed · deg item)), over a tag weight / deg tag.
    """
    paths = [*_over_people(catalog, seed, item), *_over_tags(catalog, seed, item)]
    return max(paths, key=lambda path: path.strength, default=None)


def _clauses(text: str) -> Iterator[tuple[int, int]]:
    """The stretches of ``text`` between marks that end a clause."""
    start = 0
    for mark in _CLAUSE.finditer(text):
        yield start, mark.start()
        start = mark.end()
    yield start, len(text)


class _Companion(NamedTuple):
    """An item that people who like a seed like as well."""

    position: int
    both: int


def _over_companions(catalog: Catalog, seed: int, item: int) -> Bridge | None:
    indptr, _ = _likers(catalog)
    likers = int(indptr[seed + 1] - indptr[seed])
    best: Bridge | None = None
    by_name = _companions_by_name(catalog, seed)
    own = {facet: set(_row(catalog, facet, seed)) for facet in _linking(catalog)} if by_name else {}
    for facet in own:
        names, counts = catalog.values(facet), _values(catalog, facet)[2]
        for column in _row(catalog, facet, item):
            rare = _rarity(catalog, int(counts[column])) >= RARE
            if not rare or column in own[facet] or (facet, column) not in by_name:
                continue
            companion = next((c for c in by_name[facet, column] if c.position != item), None)
            if companion is None:
                continue
            strength = _link(catalog, facet, int(counts[column])) * companion.both / likers
            if best is None or strength > best.strength:
                best = Bridge(
                    seed=catalog.ids[seed],
                    bridge=catalog.ids[companion.position],
                    first="people",
                    both=companion.both,
                    end_likers=likers,
                    facet=facet,
                    values=(names[column],),
                    strength=round(strength, 4),
                )
    return best


def _over_names(catalog: Catalog, seed: int, item: int) -> Bridge | None:
    best: Bridge | None = None
    for middle, facet, column in _namesakes(catalog, seed):
        if middle == item or column in _row(catalog, facet, item):
            continue
        both = co_liking(catalog, middle, item)
        if both.both < COMMON or both.lift <= 1:
            continue
        link = _link(catalog, facet, int(_values(catalog, facet)[2][column]))
        strength = link * both.both / both.seed_likers
        if best is None or strength > best.strength:
            best = Bridge(
                seed=catalog.ids[seed],
                bridge=catalog.ids[middle],
                first="name",
                both=both.both,
                end_likers=both.seed_likers,
                facet=facet,
                values=(catalog.values(facet)[column],),
                strength=round(strength, 4),
            )
    return best


@lru_cache(maxsize=256)
def _companions_by_name(catalog: Catalog, seed: int) -> dict[tuple[str, int], list[_Companion]]:
    """(facet, column) → the companions of ``seed`` that have that name, those liked with it most first.

    A companion is liked with the seed by :data:`COMMON` people or more and oftener than chance has it; of
    them the :data:`COMPANIONS` with the highest cosine count.
    """
    indptr, indices = _likers(catalog)
    by_person = _likes(catalog)
    people = indices[indptr[seed] : indptr[seed + 1]]
    both = np.asarray(by_person[people].sum(axis=0)).ravel()
    likers = np.diff(indptr)
    lifted = both * catalog.interactions.n_people > len(people) * likers
    among = np.flatnonzero((both >= COMMON) & lifted)
    among = among[among != seed]
    cosine = both[among] / np.sqrt(np.maximum(likers[among], 1))
    found: dict[tuple[str, int], list[_Companion]] = {}
    for position in among[np.argsort(-cosine, kind="stable")[:COMPANIONS]].tolist():
        for facet in _linking(catalog):
            for column in _row(catalog, facet, position):
                found.setdefault((facet, column), []).append(_Companion(position, int(both[position])))
    return found


@lru_cache(maxsize=256)
def _namesakes(catalog: Catalog, seed: int) -> list[tuple[int, str, int]]:
    """(position, facet, column) of liked items that share a name with ``seed``, the most telling first."""
    indptr, _ = _likers(catalog)
    liked = np.diff(indptr)
    found: list[tuple[float, int, int, str, int]] = []
    for facet in _linking(catalog):
        counts = _values(catalog, facet)[2]
        for column in _row(catalog, facet, seed):
            rare = counts[column] > 1 and _rarity(catalog, int(counts[column])) >= RARE
            for position in _having(catalog, facet)[column].tolist() if rare else ():
                if position != seed and liked[position] >= COMMON:
                    strength = _link(catalog, facet, int(counts[column]))
                    found.append((-strength, -int(liked[position]), position, facet, column))
    return [(position, facet, column) for _, _, position, facet, column in sorted(found)[:BRIDGES]]


def _link(catalog: Catalog, facet: str, count: int) -> float:
    """How much a link over a value that ``count`` items have says; see :class:`SharedValues`."""
    return catalog.spec.facet(facet).weight * _rarity(catalog, count)


def _rarity(catalog: Catalog, count: int) -> float:
    return float(1 - np.log(count) / np.log(max(catalog.n, 2)))


@lru_cache(maxsize=8)
def _linking(catalog: Catalog) -> tuple[str, ...]:
    """The facets of names over which a path may lead."""
    return tuple(f.name for f in catalog.spec.facets if f.kind == "name" and f.weight > 0 and not f.judged)


def _row(catalog: Catalog, facet: str, position: int) -> list[int]:
    """The columns of the values that an item has."""
    indptr, indices, _ = _values(catalog, facet)
    row: list[int] = indices[indptr[position] : indptr[position + 1]].tolist()
    return row


@lru_cache(maxsize=16)
def _having(catalog: Catalog, facet: str) -> list[IntArray]:
    """The items that have each value, by its column."""
    by_value = catalog.postings(facet).tocsc()
    return np.split(by_value.indices, by_value.indptr[1:-1])


def _likers_among(catalog: Catalog, people: IntArray, item: int) -> int:
    """How many of ``people`` like the item."""
    indptr, indices = _likers(catalog)
    return int(np.isin(people, indices[indptr[item] : indptr[item + 1]], assume_unique=True).sum())


@lru_cache(maxsize=2)
def _all_people(catalog: Catalog) -> UserKNN:
    """User-kNN over all people of the catalogue, as a set-up trains it."""
    return UserKNN.fit(catalog.interactions)


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
def _likes(catalog: Catalog) -> csr_array:
    """What each person likes, (n_people, n_items) of 0 and 1."""
    return catalog.interactions.likes(catalog.spec.like_at).tocsr()


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
