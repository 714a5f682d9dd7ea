"""The types that tools take and return."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field

from ..data.schema import Frozen

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


class Bound(Frozen):
    """What one facet of an item must satisfy; all given parts hold at once.

    ``in``: has at least one of these values. ``all``: has each of them. ``not``: has none of them.
    ``not_all``: has no group of values whole ("no romantic comedies").
    ``gte``, ``lte``, ``gt``, ``lt`` bound numbers and years, in the facet's unit. An item that lacks the
    facet fails every part but ``not`` and ``not_all``.
    """

    gte: float | None = None
    lte: float | None = None
    gt: float | None = None
    lt: float | None = None
    any_of: tuple[str, ...] = Field(default=(), alias="in")
    all_of: tuple[str, ...] = Field(default=(), alias="all")
    none_of: tuple[str, ...] = Field(default=(), alias="not")
    not_all: tuple[tuple[str, ...], ...] = ()

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)


Where = dict[str, Bound]
"""Facet name → bound; every bound must hold."""


class Hit(Frozen):
    """One result of a tool, ready for JSON. ``remark`` is what the rules of the house say of the item."""

    id: str
    title: str
    score: float
    remark: str = Field(default="", exclude_if=lambda remark: not remark)


class Scored(NamedTuple):
    """A tool's candidates: item positions, best first, and their scores (same length, higher is better)."""

    items: IntArray
    scores: FloatArray
