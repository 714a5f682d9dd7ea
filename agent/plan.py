"""Intent and state → what is asked of the tools: a taste, an allow-list, and the steps in words.

The rule plan: every tool is asked over one allow-list, and the fusion weighs what each knows.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..data.schema import Quality
from ..tools.filters import allow_list, describe, resolve
from ..tools.text import tokens
from .diversity import AS_RANKED
from .explain import Basis
from .leftovers import is_content
from .policy import OPEN, Policy, permitted
from .rank import Taste
from .types import Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..data.catalog import Catalog
    from ..tools.toolbox import Toolbox
    from ..tools.types import BoolArray, Bound, FloatArray, Where
    from .diversity import Dial
    from .profile import Profile
    from .state import State

SEED_WEIGHT = 1.0
LIKE_BESIDE_SEED = 0.25
"""An old like still colours a request that names another seed, but does not lead it."""
DISLIKE_WEIGHT = -0.5
AVOID = -1.0
PURE = 0.5
"""How much it counts that an item is nothing but what a category demands."""
FADE = 0.2
"""How fast the terms of a note count less than its first, the strongest."""
FALL = 0.02
"""How much each place of what a model proposed counts less than the one before."""
UNNOTED = 0.5
"""How much facts count for a quality that notes know, in items without a note."""
MOST_LIKES = 1000
SAID = 10
"""Items that a trace names."""
HALF_LIFE, LEAST_KEPT = 365 * 86400.0, 0.3
"""Seconds after which a like counts half, and what of it stays however old it is."""
CLOSE_TO_SEEDS = 1.0
CLOSE_TO_LIKES = 0.8
"""Who tells in words what they loved hopes for its like; nDCG of a bare list of likes is best at 0."""


@dataclass(frozen=True)
class Plan:
    """What one turn asks of the tools. ``allow`` (n,) is the one allow-list of all of them: what satisfies
    the request of ``base`` (n,), which is what may be shown to this person at all.

    ``dial`` says how familiar and how varied the list is to be.
    """

    taste: Taste
    allow: BoolArray
    base: BoolArray
    where: Where
    basis: Basis
    steps: tuple[Step, ...]
    dial: Dial = AS_RANKED
    policy: Policy = OPEN
    user: str = ""
    confirmed: bool = False
    """Whether ``user`` said that they are what the policy asks them to be."""


def make_plan(
    box: Toolbox,
    state: State,
    profile: Profile,
    *,
    more: bool = False,
    close: float = CLOSE_TO_LIKES,
    dial: Dial = AS_RANKED,
    policy: Policy = OPEN,
    user: str = "",
    wait: bool = False,
) -> Plan:
    """The plan of a turn. ``more`` leaves out what was shown, ``wait`` waits for the encoder.

    ``policy`` are the rules of the house, some of them for this ``user``.

    ``close`` in [0, 1] is how much a person without seeds wants the like of their likes rather than what
    others who like them like.

    Raises UserError for a facet or value that the catalogue does not have.
    """
    catalog = box.catalog
    where = state.where
    seeds = _positions(box, [m.id for m in state.seeds])
    told = profile.ids("like")
    # What is only inferred of a person counts where they say nothing, now or before.
    inferred = not told and not state.has_request
    likes = _positions(box, profile.inferred if inferred else told)[-MOST_LIKES:]
    likes = [like for like in likes if like not in seeds]
    dislikes = _positions(box, [*profile.ids("dislike"), *state.rejected])
    shown = state.ever_shown if more else ()
    base = permitted(policy, catalog, user, confirmed=state.confirmed)
    hidden = [*profile.hidden(again=policy.show_seen), *state.rejected, *shown]
    base[[*seeds, *_positions(box, hidden)]] = False
    for phrase in state.unwanted:
        base[list(box.titles.table.with_words(tokens(phrase)))] = False
    allow, limits = _limited(catalog, where, base)
    weights = [SEED_WEIGHT] * len(seeds)
    age = profile.ages("like", time.time())
    kept = [max(LEAST_KEPT, 0.5 ** (age[catalog.ids[like]] / HALF_LIFE)) for like in likes]
    weights += [(LIKE_BESIDE_SEED if seeds else SEED_WEIGHT) * share for share in kept]
    if not weights and not state.query:
        dislikes = []  # what is unlike one disliked item is no taste: they are hidden, and that is all
    weights += [DISLIKE_WEIGHT] * len(dislikes)
    taste = Taste(
        items=np.array([*seeds, *likes, *dislikes], np.int64),
        weights=np.array(weights, np.float32),
        vector=box.encode(state.query, wait=wait) if state.query else None,
        words=state.query,
        unread=_unread(state),
        lean=lean(box, state.qualities, state.names, where, _positions(box, state.proposed)),
        best=state.best,
        close=CLOSE_TO_SEEDS if seeds else close,
    )
    basis = Basis(
        seeds=tuple(seeds),
        likes=tuple(reversed(likes)),
        inferred=inferred,
        where=where,
        names=state.names,
        qualities=state.qualities,
        words=state.query,
        best=state.best,
    )
    steps = (*limits, *_heard(catalog, taste))
    return Plan(taste, allow, base, where, basis, steps, dial, policy, user, state.confirmed)


def lean(
    box: Toolbox,
    qualities: tuple[tuple[str, Quality], ...],
    names: tuple[tuple[str, str], ...],
    where: Where,
    proposed: Sequence[int] = (),
) -> FloatArray | None:
    """How wishes tilt the ranking of what fits, (n,): each by -1 to 1; None for no wish that does.

    ``proposed`` are positions that a model found for them, best first.
    """
    sought = {
        (facet, value) for _, quality in qualities for facet, of in quality.prefer.items() for value in of
    }
    tilts = [_tilt(box.catalog, _sparing(quality, sought)) for _, quality in qualities]
    tilts += [_share(box.catalog, facet, (value,)) for facet, value in names]
    tilts += [
        PURE * tilt
        for facet, bound in where.items()
        if (tilt := _purity(box.catalog, facet, bound)) is not None
    ]
    if proposed:
        tilt = np.zeros(box.catalog.n, np.float32)
        tilt[list(proposed)] = 1 - FALL * np.arange(len(proposed), dtype=np.float32)
        tilts.append(tilt)
    return np.sum(tilts, axis=0, dtype=np.float32) if tilts else None


def _sparing(quality: Quality, sought: set[tuple[str, str]]) -> Quality:
    """``quality`` without avoiding what any wish seeks ("not scary, but eerie")."""
    left = {facet: tuple(v for v in of if (facet, v) not in sought) for facet, of in quality.avoid.items()}
    return quality.model_copy(update={"avoid": {facet: of for facet, of in left.items() if of}})


def _tilt(catalog: Catalog, quality: Quality) -> FloatArray:
    """How each item answers a quality, (n,): by its judged facets where it has any, else by its facts."""
    tilt, open_ = np.zeros(catalog.n, np.float32), np.ones(catalog.n, bool)
    for judged, strength in ((True, 1.0), (False, UNNOTED)):
        names = {n for n in (*quality.prefer, *quality.avoid) if catalog.spec.facet(n).judged == judged}
        if not names:
            continue
        wanted = np.mean(_shares(catalog, quality.prefer, names), axis=0)
        avoided = np.any([share > 0 for share in _shares(catalog, quality.avoid, names)], axis=0)
        found = np.where(avoided, AVOID, wanted) * strength
        tilt = np.where(open_, found, tilt).astype(np.float32)
        if judged:
            open_ = ~np.any([_has_any(catalog, name) for name in names], axis=0)
    return tilt


def _shares(catalog: Catalog, wanted: dict[str, tuple[str, ...]], names: set[str]) -> list[FloatArray]:
    """For each of the facets ``names`` that something is wanted of, how much of it each item has, (n,)."""
    none = np.zeros(catalog.n, np.float32)
    return [_share(catalog, name, wanted[name]) for name in sorted(names & wanted.keys())] or [none]


def _share(catalog: Catalog, name: str, values: tuple[str, ...]) -> FloatArray:
    """How much of the wanted values each item has, (n,): 1 from two of them on, or one of one.

    A note's terms stand strongest first, and count by their place.
    """
    if catalog.spec.facet(name).kind == "number":
        return np.isin(catalog.numbers(name), np.array(values, np.float32)).astype(np.float32)
    vocabulary = {value: column for column, value in enumerate(catalog.values(name))}
    columns = [vocabulary[value] for value in values if value in vocabulary]
    postings = catalog.postings(name)
    if catalog.spec.facet(name).judged:
        place = np.arange(postings.nnz) - np.repeat(postings.indptr[:-1], np.diff(postings.indptr))
        postings.data = (1 / (1 + FADE * place)).astype(np.float32)
    count = np.asarray(postings[:, columns].sum(axis=1)).ravel()
    return np.minimum(1, count / min(2, len(values))).astype(np.float32)


def _purity(catalog: Catalog, name: str, bound: Bound) -> FloatArray | None:
    """How much of what each item is, by a category, was asked for, (n,): a western is more of one than what
    is a comedy too. None where nothing is wanted or an item has one value only.
    """
    facet, wanted = catalog.spec.facet(name), (*bound.any_of, *bound.all_of)
    if facet.kind != "category" or not facet.multiple or facet.judged or not wanted:
        return None
    postings = catalog.postings(name)
    columns = [column for value in wanted for column in resolve(catalog, facet, value)]
    among = np.asarray(postings[:, columns].sum(axis=1)).ravel()
    return np.asarray(among / np.maximum(np.diff(postings.indptr), 1), np.float32)


def _has_any(catalog: Catalog, name: str) -> BoolArray:
    """Which items have a value of a facet, (n,)."""
    if catalog.spec.facet(name).kind == "number":
        return np.asarray(np.isfinite(catalog.numbers(name)))
    return np.asarray(np.diff(catalog.postings(name).indptr) > 0)


def _unread(state: State) -> float:
    """The share of the words to search by that no quality and no constraint has read, from 0 to 1."""
    surfaces = [surface for surface, _ in state.qualities] + [c.surface for c in state.constraints]
    read = {token for surface in surfaces for token in tokens(surface)}
    words = [token for token in tokens(state.query) if is_content(token, frozenset())]
    return sum(token not in read for token in words) / len(words) if words else 1.0


def _positions(box: Toolbox, ids: list[str] | tuple[str, ...]) -> list[int]:
    """The positions of the ids that are still in the catalogue, each once, in their order."""
    found: dict[int, None] = {}
    for item_id in ids:
        try:
            found[box.catalog.position(item_id)] = None
        except KeyError:
            continue  # a conversation outlives the catalogue's version
    return list(found)


def _limited(catalog: Catalog, where: Where, base: BoolArray) -> tuple[BoolArray, list[Step]]:
    """What of ``base`` (n,) satisfies ``where``, (n,), and how many items each bound left, for the trace."""
    allow = base.copy()
    steps = [Step(does="what may be shown to you", found=int(np.count_nonzero(base)))]
    for facet, bound in where.items():
        allow &= allow_list(catalog, {facet: bound})
        said = {"where": describe(catalog.spec, {facet: bound})}
        steps.append(Step(does="filter_items", arguments=said, found=int(np.count_nonzero(allow))))
    return allow, steps


def _heard(catalog: Catalog, taste: Taste) -> list[Step]:
    """The tools that the ranking hears, for the trace."""
    steps = []
    if len(taste.items):
        labels = [catalog.label(position) for position in taste.items.tolist()[:SAID]]
        weights = [round(float(weight), 2) for weight in taste.weights.tolist()[:SAID]]
        liked = {"items": labels, "weights": weights}
        steps += [Step(does=tool, arguments=liked) for tool in ("similar_by_people", "similar_by_graph")]
    if taste.words:
        steps.append(Step(does="search_content", arguments={"query": taste.words}))
    return [*steps, Step(does="popular")]
