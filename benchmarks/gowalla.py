"""gowalla: a big sparse data set with the split that LightGCN was published on. Writes results/gowalla.json.

    nice python -m benchmarks.gowalla --shared ../shared [--threads 2] [--validate]

Full ranking, train items masked, mean over the people with test items. Beside ``palate/gnn`` stands GF-CF
(Shen et al., CIKM 2021), a closed-form graph filter. With ``--validate`` a tenth of each person's train
items is held out and ranked instead of the test items, and no file is written: :data:`SETTINGS` were chosen
so.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from palate.agent.evaluate.metrics import ndcg_of, recall_of
from palate.data.interactions import Interactions
from palate.tools.graph import LightGCN
from scipy.sparse import csr_array, diags_array
from scipy.sparse.linalg import svds

from benchmarks.common import row, write_result

if TYPE_CHECKING:
    from collections.abc import Callable

    from palate.tools.types import FloatArray, IntArray

    Scores = Callable[[IntArray], FloatArray]
    """Of people (n,) the scores (n, n_items), higher is better, NaN where nothing is known."""

K = 20
SETTINGS: dict[str, Any] = {"dim": 128, "batch": 2048, "steps_at_most": 200, "itself": (0.0, 0.0)}
"""Of the graph network, where they are not those of films."""
TOGETHER = 200
"""People ranked at a time."""
FREQUENCIES = 256
"""GF-CF: singular vectors that pass the ideal filter, as in the paper."""
IDEAL = 0.3
"""GF-CF: the weight of the ideal filter, as in the paper."""


def main() -> None:
    """Fit and rank as the command line says; write the figures."""
    options = _options()
    import torch

    torch.set_num_threads(options.threads)
    folder = options.shared / "datasets" / "gowalla"
    train, test = read(folder / "train.txt", folder / "test.txt")
    if options.validate:
        train, test = hold_out(train)
    rows = [
        _row("palate/gnn", fit_gnn, train, test, options.threads),
        _row("gf-cf", fit_filter, train, test, options.threads),
    ]
    if options.validate:
        sys.stdout.writelines(f"{each}\n" for each in rows)
        return
    digest = hashlib.sha256(b"".join((folder / name).read_bytes() for name in ("train.txt", "test.txt")))
    write_result("gowalla", "gowalla", rows, split_sha256=digest.hexdigest(), name="gowalla")


def read(*paths: Path) -> list[csr_array]:
    """Files of lines ``person item item …`` as 0/1 matrices (n_people, n_items) of one shape."""
    pairs = []
    for path in paths:
        lines = [np.array(line.split(), np.int64) for line in path.read_text(encoding="utf-8").splitlines()]
        people = np.concatenate([np.full(len(line) - 1, line[0]) for line in lines if len(line)])
        pairs.append((people, np.concatenate([line[1:] for line in lines])))
    shape = tuple(1 + max(int(pair[side].max()) for pair in pairs) for side in (0, 1))
    return [_matrix(people, items, shape) for people, items in pairs]


def hold_out(train: csr_array) -> tuple[csr_array, csr_array]:
    """A tenth of each person's items taken out of ``train``, rounded down: what stays, and what goes."""
    rng = np.random.default_rng(0)
    people = np.repeat(np.arange(train.shape[0]), np.diff(train.indptr))
    order = np.lexsort((rng.random(len(people)), people))
    out = np.empty(len(people), bool)
    out[order] = np.arange(len(people)) - train.indptr[people] < np.diff(train.indptr)[people] // 10
    return tuple(_matrix(people[kept], train.indices[kept], train.shape) for kept in (~out, out))


def fit_gnn(train: csr_array) -> Scores:
    """The graph network, every person folded in from their train items."""
    people = np.repeat(np.arange(train.shape[0]), np.diff(train.indptr))
    items = train.indices.astype(np.int64)
    n_people, n_items = train.shape
    interactions = Interactions.of(people, items, n_people=n_people, n_items=n_items)
    model = LightGCN.fit(interactions, None, None, None, **SETTINGS)

    def scores(asked: IntArray) -> FloatArray:
        likes = [items[train.indptr[person] : train.indptr[person + 1]] for person in asked]
        return np.stack([model.score(given, np.ones(len(given), np.float32)) for given in likes])

    return scores


def fit_filter(train: csr_array) -> Scores:
    """GF-CF: with R̃ = D_u^-½ R D_i^-½ a person scores r (R̃ᵀR̃ + IDEAL · D_i^-½ V Vᵀ D_i^½)."""
    by_person, by_item = (np.maximum(train.sum(axis=axis), 1) for axis in (1, 0))
    filtered = (diags_array(by_person**-0.5) @ train @ diags_array(by_item**-0.5)).tocsr()
    back = filtered.T.tocsr()
    v = svds(filtered.astype(np.float64), FREQUENCIES, v0=np.ones(min(train.shape)))[2].T.astype(np.float32)
    narrow, wide = v * by_item[:, None] ** -0.5, v * by_item[:, None] ** 0.5

    def scores(asked: IntArray) -> FloatArray:
        linear = (train[asked] @ back @ filtered).toarray()
        return np.asarray(linear + IDEAL * (train[asked] @ narrow) @ wide.T, np.float32)

    return scores


def _row(
    method: str, fit: Callable[[csr_array], Scores], train: csr_array, test: csr_array, threads: int
) -> dict[str, Any]:
    start = time.perf_counter()
    scores = fit(train)
    seconds = time.perf_counter() - start
    asked = np.flatnonzero(np.diff(test.indptr))
    hits = np.concatenate([_hits(scores, train, test, part) for part in _parts(asked)])
    n_wanted = np.diff(test.indptr)[asked]
    return row(
        method,
        "all",
        len(asked),
        **{
            f"recall@{K}": float(recall_of(hits, n_wanted, K).mean()),
            f"ndcg@{K}": float(ndcg_of(hits, n_wanted, K).mean()),
            "fit_seconds": seconds,
            "threads": threads,
        },
    )


def _hits(scores: Scores, train: csr_array, test: csr_array, asked: IntArray) -> np.ndarray[Any, Any]:
    found = np.nan_to_num(scores(asked), nan=-np.inf, neginf=-np.inf)
    seen = train[asked]
    found[np.repeat(np.arange(len(asked)), np.diff(seen.indptr)), seen.indices] = -np.inf
    top = np.argpartition(-found, K, axis=1)[:, :K]
    order = np.argsort(-np.take_along_axis(found, top, axis=1), axis=1, kind="stable")
    ranked = np.take_along_axis(top, order, axis=1)
    return np.take_along_axis(test[asked].toarray() > 0, ranked, axis=1)


def _parts(asked: IntArray) -> list[IntArray]:
    return np.array_split(asked, max(1, len(asked) // TOGETHER))


def _matrix(people: IntArray, items: IntArray, shape: tuple[int, ...]) -> csr_array:
    matrix = csr_array((np.ones(len(people), np.float32), (people, items)), shape=shape)
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Recall@20 on gowalla.")
    parser.add_argument("--shared", type=Path, default=Path("../shared"), help="the folder of shared data")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="threads of torch")
    parser.add_argument("--validate", action="store_true", help="rank held-out train items, write nothing")
    return parser.parse_args()


if __name__ == "__main__":
    main()
