"""What goes to the peers and what comes back: splits in, rankings out, plain arrays both.

Positions are those of palate's catalogue. Nothing here reads a test row: of held-out splits only the
training and validation pairs are opened, of ``few-likes-CATALOG.npz`` each fold sees the others' people.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]

RANKED = 100
"""Ranks that are handed back."""


@dataclass(frozen=True)
class Pairs:
    """Who has what, as positions, with the rating where one is known; arrays (n,)."""

    people: Ints
    items: Ints
    ratings: Floats
    n_people: int
    n_items: int

    def matrix(self) -> csr_matrix:
        """(n_people, n_items) float32 of 0 and 1."""
        ones = np.ones(len(self.people), np.float32)
        return csr_matrix((ones, (self.people, self.items)), shape=(self.n_people, self.n_items))

    def where(self, keep: NDArray[np.bool_]) -> Pairs:
        """The pairs in ``keep`` (n,); positions stay."""
        kept = self.people[keep], self.items[keep], self.ratings[keep]
        return Pairs(*kept, self.n_people, self.n_items)


@dataclass(frozen=True)
class HeldOut:
    """A split of known people: pairs to fit on, to choose by, to mask in the answers, and who is asked."""

    catalog: str
    sha256: str
    train: Pairs
    valid: Pairs
    masked: Pairs
    asked: Ints

    @classmethod
    def read(cls, path: Path) -> HeldOut:
        """From ``warm-CATALOG.npz`` or ``temporal-CATALOG.npz``.

        Ratings of the training pairs come from ``few-likes-CATALOG.npz``, which must lie beside it.
        """
        with np.load(path, allow_pickle=False) as file:
            name, split = str(file["catalog"]), str(file["split_sha256"])
            shape = int(file["n_people"]), int(file["n_items"])
            train, valid, masked = (_pairs(file[part], shape) for part in ("train", "valid", "masked"))
            asked = file["asked"].astype(np.int64)
        train = _with_ratings(train, path.with_name(f"few-likes-{name}.npz"))
        return cls(name, split, train, valid, masked, asked)


@dataclass(frozen=True)
class Episodes:
    """What is given of whom: ``people`` (n,), ``given`` (n, k)."""

    people: Ints
    given: Ints

    def rows(self, n_items: int) -> csr_matrix:
        """(n, n_items) float32, 1 for what is given."""
        n, k = self.given.shape
        where = np.repeat(np.arange(n), k), self.given.ravel()
        return csr_matrix((np.ones(n * k, np.float32), where), shape=(n, n_items))


@dataclass(frozen=True)
class FewLikes:
    """The split of unseen people: all interactions, everybody's fold, and the episodes by k."""

    catalog: str
    sha256: str
    pairs: Pairs
    liked: NDArray[np.bool_]
    folds: Ints
    episodes: dict[int, Episodes]

    @classmethod
    def read(cls, path: Path) -> FewLikes:
        """From ``few-likes-CATALOG.npz``."""
        with np.load(path, allow_pickle=False) as file:
            people, items, ratings = (file[name] for name in ("people", "items", "ratings"))
            pairs = Pairs(people, items, ratings, int(file["n_people"]), int(file["n_items"]))
            episodes = {
                int(k): Episodes(file[f"k{k}_people"], file[f"k{k}_given"]) for k in file["ks"].tolist()
            }
            name, split = str(file["catalog"]), str(file["split_sha256"])
            return cls(name, split, pairs, file["liked"], file["folds"], episodes)

    @property
    def n_folds(self) -> int:
        """How many folds there are."""
        return int(self.folds.max()) + 1


def top(scores: Floats, hidden: csr_matrix, popularity: Ints, n: int = RANKED) -> Ints:
    """The ``n`` best positions of each row of ``scores`` (m, n_items), best first, -1 where there are fewer.

    ``hidden`` (m, n_items) are left out, and so is what a model has no score for (-inf). Items of one score
    go by ``popularity`` (n_items,), which favours models that leave most items at zero.
    """
    by_popularity = np.argsort(-popularity, kind="stable")
    masked = np.array(scores, np.float32)
    masked[hidden.nonzero()] = -np.inf
    masked = masked[:, by_popularity]
    ranked = np.full((len(masked), n), -1, np.int64)
    n = min(n, masked.shape[1])
    edges = -np.partition(-masked, n - 1, axis=1)[:, n - 1]
    for row, (values, edge) in enumerate(zip(masked, edges, strict=True)):
        candidates = np.flatnonzero((values >= edge) & (values > -np.inf))
        best = candidates[np.argsort(-values[candidates], kind="stable")][:n]
        ranked[row, : len(best)] = by_popularity[best]
    return ranked


def ndcg(ranked: Ints, wanted: csr_matrix, k: int = 10) -> float:
    """The mean nDCG at ``k`` of the rows of ``ranked`` that want anything; for choosing, not reporting."""
    discount = 1 / np.log2(np.arange(2, k + 2))
    first, counts = ranked[:, :k], np.diff(wanted.indptr)
    hits = np.asarray(wanted[np.arange(len(first))[:, None], np.maximum(first, 0)].todense()) * (first >= 0)
    ideal = np.concatenate([[1.0], np.cumsum(discount)])[np.minimum(counts, k)]
    asked = counts > 0
    return float(((hits @ discount) / ideal)[asked].mean())


def write(path: Path, **arrays: Any) -> None:
    """Write one method's rankings, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial.npz")
    np.savez_compressed(partial, **arrays)
    partial.replace(path)


def _pairs(columns: Ints, shape: tuple[int, int]) -> Pairs:
    return Pairs(columns[:, 0], columns[:, 1], np.ones(len(columns), np.float32), *shape)


def _with_ratings(pairs: Pairs, path: Path) -> Pairs:
    with np.load(path, allow_pickle=False) as file:
        keys = file["people"] * pairs.n_items + file["items"]
        ratings = file["ratings"]
    order = np.argsort(keys)
    at = order[np.searchsorted(keys[order], pairs.people * pairs.n_items + pairs.items)]
    return Pairs(pairs.people, pairs.items, ratings[at], pairs.n_people, pairs.n_items)
