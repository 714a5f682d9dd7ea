"""An autoencoder for people of whom a few likes are known, trained on just such people.

Training (torch) is in :mod:`.autoencoder_train`; what is here scores with numpy alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from .artifacts import load_arrays, save_arrays
from .collaborative import Columns, liked_columns

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from ..data.catalog import Interactions
    from .types import FloatArray, IntArray

FEW_LIKES = 10
"""Up to here every number of likes has a vector of its own, beyond they share one for each half octave."""
LEVELS = FEW_LIKES + 9
"""Vectors for numbers of likes: none, 1 … 10, and eight half octaves, to 160 likes and more."""


def level(n: NDArray[np.floating[Any]]) -> IntArray:
    """The place of the vector of ``n`` likes (any shape), 0 … LEVELS - 1."""
    beyond = FEW_LIKES + np.ceil(2 * np.log2(np.maximum(n, FEW_LIKES) / FEW_LIKES))
    return np.clip(np.where(n <= FEW_LIKES, np.round(n), beyond), 0, LEVELS - 1).astype(np.int64)


class FewLikesAutoencoder:
    """A denoising autoencoder with a multinomial likelihood (Liang et al., WWW 2018), for few likes.

    Each training step gives it a few likes of a person, seldom more, and asks for all their others. A person
    who likes n items scores E tanh(Σ w_i E_i / √n + c_n) + b, where the vector E_i of an item is its own plus
    a projection of its features. Several networks, each of other random numbers, are averaged.
    """

    name: ClassVar[str] = "autoencoder"
    version: ClassVar[int] = 2

    def __init__(self, arrays: dict[str, NDArray[Any]], columns: Columns) -> None:
        """``arrays``: ``items`` E (n_columns, dim), ``bias`` b (n_columns,), ``count`` c (LEVELS, dim).

        Networks stand side by side in dim; ``n_networks`` (1,) says how many.
        """
        self.arrays = arrays
        self.columns = columns

    @classmethod
    def fit(
        cls,
        interactions: Interactions,
        like_at: float | None,
        features: FloatArray | None = None,
        seed: int = 0,
        **options: Any,
    ) -> Self:
        """Train on likes; ``features`` (n_items, any) say what items are like.

        ``options`` are the fields of :class:`~.autoencoder_train.Options`.
        """
        from .autoencoder_train import Options, train_networks

        columns, likes = liked_columns(interactions, like_at)
        seen = interactions.likes(None)[:, columns.positions].tocsr()
        described = None if features is None else features[columns.positions]
        return cls(train_networks(likes, seen, described, Options(**options), seed), columns)

    def score(self, items: IntArray, weights: FloatArray) -> FloatArray:
        """See :meth:`~.collaborative.Recommender.score`; logits of what the person likes besides."""
        columns, kept = self.columns.profile(items, weights)
        if len(columns) == 0:
            return self.columns.spread(np.zeros(len(self.columns), np.float32))
        n = float(np.abs(kept).sum())
        count = self.arrays["count"][level(np.array(max(n, 1.0)))]
        hidden = np.tanh(kept @ self.arrays["items"][columns] / np.sqrt(n) + count)
        hidden /= self.arrays["n_networks"][0]
        return self.columns.spread(self.arrays["items"] @ hidden + self.arrays["bias"])

    def save(self, folder: Path, data_sha256: str) -> None:
        """See :meth:`~.collaborative.Recommender.save`."""
        save_arrays(
            folder,
            self.arrays | {"positions": self.columns.positions},
            kind=self.name,
            data_sha256=data_sha256,
            config={"n_items": self.columns.n_items},
            version=self.version,
        )

    @classmethod
    def load(cls, folder: Path, data_sha256: str) -> Self:
        """See :meth:`~.collaborative.Recommender.load`."""
        arrays, config = load_arrays(folder, kind=cls.name, data_sha256=data_sha256, version=cls.version)
        return cls(arrays, Columns(arrays.pop("positions"), config["n_items"]))
