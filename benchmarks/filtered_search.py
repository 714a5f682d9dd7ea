"""Milliseconds of a content search at 50,000 items, with and without an allow-list, Chroma open.

    python -m benchmarks.filtered_search [N]

The vectors are those of the catalogue films with noise, so that they lie as sentence vectors do. Allow-lists
are drawn at random, and, the harder case, as the items that are *farthest* from the query: then the nearest
neighbours are exactly what is not allowed.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from palate.data.catalog import Catalog, write_catalog
from palate.data.schema import CatalogSpec, Item
from palate.tools.content import ContentIndex
from palate.tools.encoder import REVISION, Encoder
from palate.tools.toolbox import Toolbox

from benchmarks.common import percentiles, row, write_result

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from palate.tools.types import BoolArray, FloatArray

N = 50_000
K = 10
QUERIES = 100
ROUNDS = 3
SHARES = (0.9, 0.5, 0.25, 0.1, 0.01)


class Tiled:
    """Stands in for the encoder: the vectors of real documents, over and over, each with its own noise."""

    dim = Encoder.dim
    revision = REVISION

    def __init__(self, vectors: FloatArray) -> None:
        self._vectors = vectors

    def embed_documents(
        self,
        texts: Sequence[str],
        progress: Callable[[str, int, int], None] | None = None,  # noqa: ARG002
    ) -> FloatArray:
        """A vector of each text, ``(len(texts), dim)``."""
        numbers = np.array([int(text.split()[1].rstrip(".")) for text in texts])
        noise = np.random.default_rng(int(numbers[0])).normal(size=(len(texts), self.dim)) * 0.02
        return _unit(self._vectors[numbers % len(self._vectors)] + noise.astype(np.float32))


def made(n: int, folder: Path) -> ContentIndex:
    """The index of a catalogue of ``n`` items in ``folder``, Chroma open."""
    write_catalog(
        CatalogSpec(name="many"), [Item(id=str(i), title=f"Item {i}") for i in range(n)], None, folder
    )
    real = np.asarray(Toolbox.open("films").content.vectors)
    index = ContentIndex.build(Catalog.open(folder), Tiled(real))
    index.warm(wait=True)
    return index


def measured(index: ContentIndex) -> dict[str, list[float]]:
    """Milliseconds by the kind of allow-list; all kinds take turns, so that a busy machine troubles each."""
    n, rng = len(index.vectors), np.random.default_rng(0)
    noise = rng.normal(size=(QUERIES, index.vectors.shape[1])).astype(np.float32)
    queries = _unit(index.vectors[rng.choice(n, QUERIES)] + 0.03 * noise)
    times: dict[str, list[float]] = {}
    for number, query in enumerate(np.tile(queries, (ROUNDS, 1))):
        for kind, allow in _lists(index, query, rng):
            start = time.perf_counter()
            found = index.search(query, K, allow)
            spent = 1000 * (time.perf_counter() - start)
            assert len(found.items) == K
            if number >= QUERIES // 5:
                times.setdefault(kind, []).append(spent)
    return times


def _lists(
    index: ContentIndex, query: FloatArray, rng: np.random.Generator
) -> list[tuple[str, BoolArray | None]]:
    draws = rng.random(len(index.vectors))
    cosines = index.vectors @ query
    lists: list[tuple[str, BoolArray | None]] = [("unfiltered", None)]
    for share in SHARES:
        lists.append((f"{share:.0%} random", draws < share))
        lists.append((f"{share:.0%} farthest", cosines <= np.quantile(cosines, share)))
    return lists


def _unit(vectors: FloatArray) -> FloatArray:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def main() -> None:
    """Measure and write the result."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else N
    with tempfile.TemporaryDirectory() as folder:
        index = made(n, Path(folder) / "many")
        times = measured(index)
        index.close()
    plain = float(np.median(times["unfiltered"]))
    rows = [
        row("palate/content", kind, len(spent), **percentiles(spent), ratio=float(np.median(spent)) / plain)
        for kind, spent in times.items()
    ]
    write_result("filtered-search", f"{n}-items", rows)


if __name__ == "__main__":
    main()
