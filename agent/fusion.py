"""The learned fusion: how far each tool is believed, by how much is known of the person and of the item.

Scoring needs numpy alone; training is in :mod:`.fusion_train`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from ..data.errors import NoData
from ..tools.artifacts import load_arrays, save_arrays
from ..tools.autoencoder import FewLikesAutoencoder
from .features import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from numpy.typing import NDArray

    from ..data.catalog import Catalog
    from ..tools.collaborative import Recommender
    from ..tools.types import BoolArray, FloatArray
    from .features import Table

KIND = "fusion"
VERSION = 1
CONTEXT = 3
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
    """score = Σ_f z_f · (W_f · x) + b · x + vᵀ max(0, A [z; x] + a), one W, b for warm items, one for cold.

    x is what is known of the person (:func:`context`), z the standardised columns of an item. An item is
    cold where no person's rating speaks of it: unrated, or the person likes only unrated ones.
    Listwise softmax regression (Cao et al., ICML 2007) with a small network for what is not additive.
    """

    def __init__(self, arrays: dict[str, NDArray[Any]], extra: Mapping[str, Recommender]) -> None:
        """``arrays``: ``weights`` (2, F, CONTEXT), ``bias`` (2, CONTEXT), ``inner`` (F + CONTEXT + 1, H),
        ``shift`` (H,), ``outer`` (H,); ``extra`` are models that only the fusion uses."""
        self.arrays = arrays
        self.extra = extra

    @classmethod
    def default(cls) -> Fusion:
        """Fixed weights, for a catalogue without enough people to learn from."""
        weights = np.zeros((2, len(COLUMNS), CONTEXT), np.float32)
        for column, name in enumerate(COLUMNS):
            weights[0, column, 0] = (DEFAULT_WARM | DEFAULT_BOTH).get(name, 0.0)
            weights[1, column, 0] = (DEFAULT_COLD | DEFAULT_BOTH).get(name, 0.0)
        arrays = {
            "weights": weights,
            "bias": np.zeros((2, CONTEXT), np.float32),
            "inner": np.zeros((len(COLUMNS) + CONTEXT + 1, 0), np.float32),
            "shift": np.zeros(0, np.float32),
            "outer": np.zeros(0, np.float32),
        }
        return cls(arrays, {})

    def score(self, table: Table) -> FloatArray:
        """The fused score of every item, (n,)."""
        return self.weigh(table.z, table.cold, table.likes)

    def weigh(self, z: FloatArray, cold: BoolArray, likes: float) -> FloatArray:
        """Fused scores (rows,) of columns ``z`` (rows, F), for rows that are ``cold`` (rows,) or not."""
        x = context(likes)
        heads = z @ (self.arrays["weights"] @ x).T + self.arrays["bias"] @ x
        total = np.where(cold, heads[:, 1], heads[:, 0])
        if self.arrays["outer"].size:
            inner, n = self.arrays["inner"], z.shape[1]
            hidden = z @ inner[:n] + (x @ inner[n:-1] + self.arrays["shift"])
            hidden += cold[:, None] * inner[-1]
            total = total + np.maximum(hidden, 0) @ self.arrays["outer"]
        return np.asarray(total, np.float32)

    def contributions(self, z: FloatArray, cold: BoolArray, likes: float) -> dict[str, FloatArray]:
        """What each column adds to the score: the score, less that with the column at its mean."""
        whole = self.weigh(z, cold, likes)
        parts: dict[str, FloatArray] = {}
        for column, name in enumerate(COLUMNS):
            if np.any(z[:, column]):
                without = z.copy()
                without[:, column] = 0
                parts[name] = whole - self.weigh(without, cold, likes)
        return parts

    def save(self, folder: Path, data_sha256: str) -> None:
        """Write the artifact and the models that only it uses; raises SetupFailed."""
        for name, model in self.extra.items():
            model.save(folder.with_name(name), data_sha256)
        config = {"columns": list(COLUMNS), "extra": sorted(self.extra)}
        save_arrays(folder, self.arrays, kind=KIND, data_sha256=data_sha256, config=config, version=VERSION)

    @classmethod
    def load(cls, folder: Path, data_sha256: str) -> Fusion:
        """The fusion in ``folder``; raises NoData or DataError (stale, foreign or damaged)."""
        arrays, config = load_arrays(folder, kind=KIND, data_sha256=data_sha256, version=VERSION)
        if FewLikesAutoencoder.name not in config["extra"]:
            return cls(arrays, {})
        model = FewLikesAutoencoder.load(folder.with_name(FewLikesAutoencoder.name), data_sha256)
        return cls(arrays, {model.name: model})


def context(likes: float) -> FloatArray:
    """What the weights depend on: 1, log(likes) and its square, up to 20 likes."""
    level = np.log(np.clip(likes, 1, 20))
    return np.array([1, level, level * level / 2], np.float32)


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
