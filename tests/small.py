"""Whole set-ups of small invented catalogues, without a model of any kind: texts become random vectors."""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from palate.agent.app import Palate
from palate.agent.fusion_fit import fit_fusion
from palate.agent.store import MemoryStore
from palate.data.catalog import Catalog, write_catalog
from palate.data.schema import CatalogSpec, Facet, Item
from palate.tools.content import ContentIndex
from palate.tools.lexical import LexicalIndex
from palate.tools.lookup import TitleIndex
from palate.tools.toolbox import Toolbox
from palate.tools.train import train

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from palate.data.interactions import Interactions
    from palate.tools.types import FloatArray

SPEC = CatalogSpec(
    name="small",
    facets=(Facet(name="kind", label="kind", kind="category"), Facet(name="year", label="year", kind="year")),
    like_at=4.0,
    rating_range=(1.0, 5.0),
)
KINDS = ("Sweet", "Sour", "Salty")


class RandomEncoder:
    """A unit vector drawn from each text, the same for the same text; ``embedded`` counts texts."""

    dim = 8
    revision = "random-1"

    def __init__(self) -> None:
        self.embedded = 0

    def embed_documents(
        self, texts: Sequence[str], progress: Callable[[str, int, int], None] | None = None
    ) -> FloatArray:
        """The vectors of ``texts``, (len(texts), dim)."""
        self.embedded += len(texts)
        rows = [np.random.default_rng(hashlib.sha256(t.encode()).digest()[0]).normal(size=8) for t in texts]
        vectors = np.array(rows, np.float32).reshape(len(texts), self.dim)
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


class SmallToolbox(Toolbox):
    """A toolbox whose sentence vectors are those of :class:`RandomEncoder`."""

    @cached_property
    def content(self) -> ContentIndex:
        """The random vectors."""
        return ContentIndex.open(self.catalog, RandomEncoder.revision, RandomEncoder.dim)

    def encode(self, text: str, *, wait: bool = False) -> FloatArray | None:
        """Nothing: random vectors know no request."""
        return None


def items_of(n: int, start: int = 0) -> list[Item]:
    """``n`` items, i0, i1 …; of three kinds in turn."""
    return [
        Item(
            id=f"i{at}",
            title=f"Thing {at}",
            text=f"A thing for occasion {at}.",
            facets={"kind": KINDS[at % 3], "year": 1990 + at % 20},
            known=round(1 / (1 + at), 3),
        )
        for at in range(start, start + n)
    ]


def set_up(
    path: Path, items: list[Item], interactions: Interactions | None, spec: CatalogSpec = SPEC
) -> SmallToolbox:
    """The catalogue in ``path`` with everything a set-up makes; returns its toolbox."""
    write_catalog(spec, items, interactions, path)
    catalog = Catalog.open(path)
    TitleIndex.build(catalog)
    LexicalIndex.build(catalog)
    ContentIndex.build(catalog, RandomEncoder())
    train(catalog)
    box = SmallToolbox(catalog)
    fit_fusion(box)
    return SmallToolbox(Catalog.open(path))


def app_of(box: Toolbox) -> Palate:
    """The application over ``box``, without a language model, remembering nothing on disk."""
    return Palate.over(box, model="none", store=MemoryStore())
