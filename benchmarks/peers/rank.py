"""Lets the peers rank.

    python -m benchmarks.peers.rank [CATALOG] [--protocol NAME ...] [--only METHOD ...] [--folder F]

Exports palate's splits, makes the peers' environment unless it is there, and fits the peers one after the
other on one thread. What is there of the same split is not made again; remove a file to measure it anew.
Afterwards ``python -m benchmarks.warm CATALOG --peers F`` and ``python -m benchmarks.few_likes CATALOG
--peers F`` put palate's rows and theirs in one table.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from . import setup

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(__file__).resolve().parent / "rankings"
PROTOCOLS = ("warm", "few-likes")
"""Those that peers are asked by default."""


def rank(
    catalog: str, protocols: tuple[str, ...] = PROTOCOLS, only: tuple[str, ...] = (), folder: Path = FOLDER
) -> None:
    """Leave the rankings of the peers in ``only`` (all where it is empty) in ``folder``.

    Raises CalledProcessError if a step fails.
    """
    methods = ("--only", *only) if only else ()
    setup.main()
    splits = folder / "splits"
    _run(sys.executable, "-m", "benchmarks.export_splits", catalog, str(splits))
    for protocol in protocols:
        split = splits / f"{protocol}-{catalog}.npz"
        _run(str(setup.python()), "-m", "benchmarks.peers.run", protocol, str(split), str(folder), *methods)


def _run(*command: str) -> None:
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": ""}
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("catalog", nargs="?", default="movielens-100k")
    parser.add_argument("--protocol", choices=(*PROTOCOLS, "temporal"), nargs="+", default=PROTOCOLS)
    parser.add_argument("--only", nargs="+", default=(), metavar="METHOD")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    asked = parser.parse_args()
    rank(asked.catalog, tuple(asked.protocol), tuple(asked.only), asked.folder.resolve())
