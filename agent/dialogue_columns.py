"""What a conversation says of every item, side by side: the columns that a dialogue ranker weighs.

Three kinds: what dialogues name in general, what resembles or is named beside the items mentioned, and what
fits the words, by itself or because similar dialogues named it. A column of which nothing is known in a
conversation is zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ..tools.lexical import stem
from ..tools.side import side_of, standardise
from ..tools.text import tokens
from .dialogue_counts import COMMON, fading
from .features import Tools

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from ..data.catalog import Catalog
    from ..tools.lookup import TitleIndex
    from ..tools.types import FloatArray, IntArray
    from .dialogue_counts import Recorded
    from .dialogues import Context

    Values = NDArray[np.float64]

MODELS = ("item-knn", "ials")
"""User-kNN, EASE and the graph add next to nothing beside item-kNN (cross-validated over dialogues)."""
COLUMNS = (
    "expected",
    "named",
    "late",
    "together",
    *MODELS,
    "content",
    "content-nearest",
    "names",
    "categories",
    "common",
    "years",
    "values",
    "values-last",
    "bearers",
    "lexical",
    "meaning",
    "alike",
    "alike-mentions",
    "alike-content",
    "alike-common",
)
USUAL_MENTIONS, MOST_MENTIONS = 2, 8
"""Mentions at which ``late`` is zero, and from which on it does not grow."""
RAREST = 0.02
"""The share of items below which a category's value does not tell more still."""


class Box(Tools, Protocol):
    """The part of a toolbox that reading a conversation needs."""

    @property
    def titles(self) -> TitleIndex:
        """Titles and names."""
        ...

    def encode(self, text: str, *, wait: bool = False) -> FloatArray | None:
        """The unit vector of ``text``; None while the encoder is not open."""
        ...


@dataclass(frozen=True)
class Tables:
    """What is worked out once for a catalogue."""

    common: FloatArray
    """(n, values) of the categories that many items have, rows of unit length."""
    telling: FloatArray
    """(n, values): which item has which of these values, the rarer the greater."""
    phrases: dict[tuple[str, ...], list[int]]
    """Stemmed words → the values of ``common`` that they mean."""
    longest: int
    """Words of the longest phrase."""


def meaning_of(box: Box, context: Context, *, wait: bool = False) -> FloatArray | None:
    """The sentence vector (dim,) of what the person said; None where that is nothing or no encoder is open.

    ``wait`` for the encoder to open.
    """
    return box.encode(context.person, wait=wait) if context.person and box.content is not None else None


def columns_of(
    box: Box, recorded: Recorded, context: Context, meaning: FloatArray | None, without: int | None = None
) -> FloatArray:
    """The columns of one conversation, (n, len(COLUMNS)).

    ``meaning`` (dim,) is the sentence vector of what the person said (:func:`meaning_of`). Of the
    ``recorded`` dialogues one may be left out (``without``): the one that the conversation is of.
    """
    named = recorded.named
    parts: dict[str, NDArray[np.floating]] = {
        "expected": np.log(named.expected),
        "named": named.log_rate(without),
    }
    late = min(len(context.mentioned), MOST_MENTIONS) - USUAL_MENTIONS
    parts["late"] = parts["named"] * late
    if context.mentioned:
        parts["together"] = named.together(context.mentioned, without)
        parts |= dict(_resembling(box, context))
        if box.content is not None:
            items = box.content.vectors[list(context.mentioned)].mean(axis=0)
            middle = items / max(float(np.linalg.norm(items)), 1e-9)
            shares = recorded.shares(recorded.middles, middle, without)
            parts["alike-mentions"] = named.among(shares, without)
    parts |= dict(_fitting(box, context, meaning))
    parts |= dict(_said_alike(box, recorded, meaning, without))
    columns = np.zeros((box.catalog.n, len(COLUMNS)), np.float32)
    for column, name in enumerate(COLUMNS):
        if name in parts:
            columns[:, column] = parts[name]
    return columns


def _resembling(box: Box, context: Context) -> Iterator[tuple[str, NDArray[np.floating]]]:
    """What resembles the items mentioned, whoever speaks of them."""
    items = np.array(context.mentioned, np.int64)
    weights = fading(len(items)).astype(np.float32)
    for name in MODELS:
        if name in box.models:
            yield name, _scaled(box.models[name].score(items, weights))
    if box.content is not None:
        cosines = box.content.vectors @ box.content.vectors[items].T
        yield "content", cosines @ weights
        yield "content-nearest", cosines.max(axis=1)
    side = side_of(box.catalog)
    yield "names", np.log1p(8 * _products(side.names, items).max(axis=1))
    yield "categories", _products(side.categories, items) @ weights
    common = _tables(box.catalog).common
    yield "common", common @ (weights @ common[items])
    years = side.year[items]
    known = np.isfinite(years)
    if known.any():
        apart = np.log1p(np.abs(side.year[:, None] - years[known]))
        yield "years", np.nan_to_num(-(apart @ weights[known]) / weights[known].sum(), nan=-3.0)


def _fitting(
    box: Box, context: Context, meaning: FloatArray | None
) -> Iterator[tuple[str, NDArray[np.floating]]]:
    """What fits the words."""
    tables = _tables(box.catalog)
    yield "values", _values(tables, context.said)
    yield "values-last", _values(tables, context.last)
    yield "bearers", _bearers(box, context.said)
    yield "lexical", np.log1p(box.lexical.scores(context.person))
    if box.content is not None and meaning is not None:
        yield "meaning", box.content.vectors @ meaning


def _said_alike(
    box: Box, recorded: Recorded, meaning: FloatArray | None, without: int | None
) -> Iterator[tuple[str, NDArray[np.floating]]]:
    """What dialogues with similar words name, and what resembles that."""
    if meaning is None or box.content is None or not recorded.vectors.shape[1]:
        return
    shares = recorded.shares(recorded.vectors, meaning, without)
    yield "alike", recorded.named.among(shares, without)
    leaning = recorded.leaning(shares, without).astype(np.float32)
    for name, features in (("content", box.content.vectors), ("common", _tables(box.catalog).common)):
        yield f"alike-{name}", features @ (leaning @ features)


def _values(tables: Tables, text: str) -> FloatArray:
    """How many of the category values that ``text`` names each item has, (n,), rare ones counting more."""
    said = [stem(token) for token in tokens(text)]
    found: set[int] = set()
    for size in range(1, tables.longest + 1):
        for start in range(len(said) - size + 1):
            found.update(tables.phrases.get(tuple(said[start : start + size]), ()))
    told: FloatArray = tables.telling[:, sorted(found)].sum(axis=1)
    return told / np.float32(max(len(found), 1))


def _bearers(box: Box, text: str) -> FloatArray:
    """How surely each item (n,) is by or with somebody whom ``text`` names."""
    found = np.zeros(box.catalog.n, np.float32)
    for span in box.titles.names.mentions(text):
        for name in span.matches:
            items = _items_by(box.catalog, name.facet)[name.value]
            found[items] = np.maximum(found[items], name.certainty)
    return found


def _scaled(scores: FloatArray) -> FloatArray:
    """Mean 0 and deviation 1 over the items that the model knows, 0 for the others."""
    return np.nan_to_num(standardise(scores, np.ones(len(scores), bool)), nan=0.0)


def _products(rows: csr_array, items: IntArray) -> FloatArray:
    """The products of all rows (n, any) with those of ``items``, (n, len(items))."""
    products: FloatArray = (rows @ rows[items].T).toarray()
    return products


class _ByValue:
    """The items that have a value of a facet."""

    def __init__(self, catalog: Catalog, facet: str) -> None:
        self._numbers = {value: number for number, value in enumerate(catalog.values(facet))}
        self._postings = catalog.postings(facet).tocsc()

    def __getitem__(self, value: str) -> NDArray[np.int32]:
        number = self._numbers[value]
        items: NDArray[np.int32] = self._postings.indices[slice(*self._postings.indptr[number : number + 2])]
        return items


@lru_cache(maxsize=32)
def _items_by(catalog: Catalog, facet: str) -> _ByValue:
    return _ByValue(catalog, facet)


@lru_cache(maxsize=8)
def _tables(catalog: Catalog) -> Tables:
    columns: list[FloatArray] = []
    phrases: dict[tuple[str, ...], list[int]] = {}
    for facet in catalog.spec.facets:
        if facet.kind != "category":
            continue
        postings = catalog.postings(facet.name).tocsc()
        for number, value in enumerate(catalog.values(facet.name)):
            column = postings[:, [number]].toarray().ravel()
            if column.mean() >= COMMON:
                for words in (value, *facet.synonyms.get(value, ())):
                    parts = tuple(stem(token) for token in tokens(words))
                    if parts:
                        phrases.setdefault(parts, []).append(len(columns))
                columns.append(column)
    has = np.column_stack(columns) if columns else np.zeros((catalog.n, 0), np.float32)
    lengths = np.maximum(np.sqrt(has.sum(axis=1, keepdims=True)), 1)
    rarity = np.log(1 / np.maximum(has.mean(axis=0), RAREST))
    longest = max(map(len, phrases), default=0)
    return Tables(has / lengths, (has * rarity).astype(np.float32), phrases, longest)
