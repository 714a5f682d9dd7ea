"""Writes the evaluator's splits as plain arrays, for libraries that run in an environment of their own.

    python -m benchmarks.export_splits CATALOG FOLDER

One ``PROTOCOL-CATALOG.npz`` each for few-likes, warm and (where times are known) temporal. People and items
are positions in the catalogue. Rankings made of them are read back by ``--peers FOLDER``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from palate.agent.evaluate import temporal, warm
from palate.agent.evaluate.splits import TEST, TRAIN, VALID, few_likes_split
from palate.data.catalog import Catalog
from palate.data.errors import UserError

if TYPE_CHECKING:
    from palate.agent.evaluate.splits import HeldOut


def main(name: str, folder: Path) -> None:
    """Write the splits of the catalogue ``name`` into ``folder``."""
    catalog = Catalog.open(name)
    folder.mkdir(parents=True, exist_ok=True)
    found = {"few-likes": few_likes_arrays(catalog), "warm": held_out_arrays(catalog, warm.split_of(catalog))}
    try:
        found["temporal"] = held_out_arrays(catalog, temporal.split_of(catalog))
    except UserError as error:
        sys.stderr.write(f"{error}\n")
    for protocol, arrays in found.items():
        path = folder / f"{protocol}-{name}.npz"
        np.savez_compressed(path, **arrays)
        sys.stdout.write(f"{path} {arrays['split_sha256']}\n")


def few_likes_arrays(catalog: Catalog) -> dict[str, Any]:
    """All interactions, each person's fold, and the episodes by the number of likes given."""
    rows, like_at = catalog.interactions, catalog.spec.like_at
    split = few_likes_split(rows.likes(like_at))
    arrays = _common(catalog, split.sha256) | {
        "people": rows.people,
        "items": rows.items,
        "ratings": rows.ratings,
        "times": rows.times,
        "liked": np.ones(len(rows), bool) if like_at is None else rows.ratings >= like_at,
        "folds": split.folds,
        "ks": np.array(sorted(split.episodes)),
    }
    for k, episodes in split.episodes.items():
        arrays |= {f"k{k}_people": episodes.people, f"k{k}_given": episodes.given}
    return arrays


def held_out_arrays(catalog: Catalog, split: HeldOut) -> dict[str, Any]:
    """(person, item) of the likes in each part, and who is asked; ``seen`` is all that must be masked."""
    arrays = _common(catalog, split.sha256) | {"asked": split.asked}
    for name, part in (("train", TRAIN), ("valid", VALID), ("test", TEST)):
        rows = split.only(part, liked=True)
        arrays[name] = np.stack([rows.people, rows.items], axis=1)
    masked = split.only(TRAIN, VALID)
    return arrays | {"masked": np.stack([masked.people, masked.items], axis=1)}


def _common(catalog: Catalog, sha256: str) -> dict[str, Any]:
    return {
        "split_sha256": np.array(sha256),
        "catalog": np.array(catalog.spec.name),
        "n_people": np.array(catalog.interactions.n_people),
        "n_items": np.array(catalog.n),
        "item_ids": np.array(catalog.ids),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("catalog")
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    main(options.catalog, options.folder)
