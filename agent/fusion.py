"""The learned fusion: how far each tool is believed, by how much is known of the person and of the item.

Scoring needs numpy alone; training is in :mod:`.fusion_train`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from ..data.errors import NoData
from ..tools.artifacts import load_arrays, save_arrays
from .features import COLUMNS

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from numpy.typing import NDArray

    from ..data.catalog import Catalog
    from ..tools.types import FloatArray, IntArray
    from .features import Table

KIND = "fusion"
VERSION = 2
KNOTS = (1, 3, 10, 30, 100)
"""Numbers of likes that have weights of their own; between them they are interpolated, beyond they stay."""
CONTEXT = len(KNOTS) + 1
"""Length of :func:`context`."""

DEFAULT_WARM = {"user-knn": 1.0, "item-knn": 0.3, "ease": 0.1, "ials": 0.5, "autoencoder": 1.0, "gnn": 0.4}
DEFAULT_COLD = {"gnn": 0.5}
DEFAULT_BOTH = {
    "content": 0.4,
    "names": 0.3,
    "categories": 0.3,
    "years": 0.1,
    "popularity": 0.3,
    "known": 0.5,
}


class Fusion:
    """score = Σ_f z_f · (W_f · x) + b · x, one W and b for warm items, one for cold.

    x is what is known of the person (:func:`context`), z the standardised columns of an item. An item is
    cold where no person's rating speaks of it: unrated, or the person likes only unrated ones. The weights
    are learned by LambdaRank (Burges et al., NIPS 2006) in :mod:`.fusion_train`.
    """

    def __init__(self, arrays: dict[str, NDArray[Any]]) -> None:
        """``arrays``: ``weights`` W (2, F, CONTEXT) and ``bias`` b (2, CONTEXT)."""
        self.arrays = arrays

    @classmethod
    def default(cls) -> Fusion:
        """Fixed weights, for a catalogue without enough people to learn from."""
        weights = np.zeros((2, len(COLUMNS), CONTEXT), np.float32)
        for column, name in enumerate(COLUMNS):
            weights[0, column, :-1] = (DEFAULT_WARM | DEFAULT_BOTH).get(name, 0.0)
            weights[1, column, :-1] = (DEFAULT_COLD | DEFAULT_BOTH).get(name, 0.0)
        return cls({"weights": weights, "bias": np.zeros((2, CONTEXT), np.float32)})

    def score(self, table: Table) -> FloatArray:
        """The fused score of every item, (n,)."""
        x = context(table.likes, table.fame)
        by_kind = table.z @ (self.arrays["weights"] @ x).T + self.arrays["bias"] @ x
        return np.where(table.cold, by_kind[:, 1], by_kind[:, 0]).astype(np.float32)

    def contributions(self, table: Table, items: IntArray) -> dict[str, FloatArray]:
        """What each column adds to the score of each of ``items``, (len(items),) by name."""
        weights = self.arrays["weights"] @ context(table.likes, table.fame)
        parts = table.z[items] * weights[table.cold[items].astype(np.int64)]
        return {name: parts[:, column] for column, name in enumerate(COLUMNS) if parts[:, column].any()}

    def save(self, folder: Path, data_sha256: str) -> None:
        """Write the artifact; raises SetupFailed."""
        config = {"columns": list(COLUMNS)}
        save_arrays(folder, self.arrays, kind=KIND, data_sha256=data_sha256, config=config, version=VERSION)

    @classmethod
    def load(cls, folder: Path, data_sha256: str) -> Fusion:
        """The fusion in ``folder``; raises NoData or DataError (stale, foreign or damaged)."""
        return cls(load_arrays(folder, kind=KIND, data_sha256=data_sha256, version=VERSION)[0])


def context(likes: float, fame: float) -> FloatArray:
    """What the weights depend on, (CONTEXT,): how many likes there are, and how widely these are known.

    The number of likes is spread over its two neighbours in :data:`KNOTS`, so that weights follow it in
    straight lines on a logarithmic scale. ``fame`` (:attr:`~.features.Table.fame`) is there because a like of
    what everybody likes says less of a person than one of what few know.
    """
    x = np.zeros(CONTEXT, np.float32)
    level = float(np.interp(np.log(max(likes, 1)), np.log(KNOTS), np.arange(len(KNOTS))))
    below = min(int(level), len(KNOTS) - 2)
    x[below], x[below + 1], x[-1] = below + 1 - level, level - below, fame
    return x


def load_fusion(catalog: Catalog) -> Fusion:
    """The stored fusion of ``catalog``; raises NoData or DataError."""
    return Fusion.load(folder_of(catalog), catalog.spec.data_sha256)


@lru_cache(maxsize=8)
def fusion_of(catalog: Catalog) -> Fusion:
    """The stored fusion of ``catalog``, or fixed weights where none was trained; raises DataError."""
    try:
        return load_fusion(catalog)
    except NoData:
        return Fusion.default()


def folder_of(catalog: Catalog) -> Path:
    """Where the fusion of ``catalog`` is stored."""
    return catalog.path / "artifacts" / KIND
