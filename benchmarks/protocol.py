"""Runs one protocol of the evaluator, with other libraries' rankings beside ours, and keeps its figures."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from palate.agent.evaluate.figures import commit
from palate.agent.evaluate.protocols import evaluate
from palate.agent.evaluate.report import write_report
from palate.tools.toolbox import Toolbox

from benchmarks.common import RESULTS


def main(protocol: str, default: str = "movielens-100k", **more: Any) -> None:
    """Take the catalogue, ``--peers`` and ``--report`` from the command line; write results/NAME.json.

    ``more`` is handed to the protocol.
    """
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{protocol.replace('-', '_')}")
    parser.add_argument("catalog", nargs="?", default=default)
    parser.add_argument("--peers", type=Path, help="a folder of other libraries' rankings of the same split")
    parser.add_argument("--report", type=Path, help="where an HTML report goes")
    parser.add_argument("--jobs", type=int, default=1, help="folds of few-likes at a time")
    options = parser.parse_args()
    figures = run(protocol, options.catalog, options.peers, options.jobs, **more)
    path = RESULTS / f"{protocol}-{options.catalog}.json"
    RESULTS.mkdir(exist_ok=True)
    path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    if options.report is not None:
        write_report(figures, options.report)
    for row in figures["rows"]:
        sys.stdout.write(f"{row['slice']:16} {row['method']:24} {json.dumps(row['metrics'])}\n")


def run(protocol: str, catalog: str, peers: Path | None, jobs: int = 1, **more: Any) -> dict[str, Any]:
    """The figures of a protocol, with the command that makes them and the commit."""
    beside: dict[str, Any] = {} if peers is None else {"peers": peers}
    beside |= more if jobs == 1 else {"jobs": jobs} | more
    measured = evaluate(Toolbox.open(catalog), protocol, progress=_Steps(), **beside)
    command = (
        f"python -m benchmarks.{protocol.replace('-', '_')} {catalog}{' --peers FOLDER' if peers else ''}"
    )
    return {"benchmark": protocol, "catalog": catalog, "command": command, "commit": commit()} | measured


class _Steps:
    """Says each step when it begins."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._label = ""

    def __call__(self, label: str, done: int, total: int) -> None:
        if label != self._label:
            self._label = label
            sys.stderr.write(f"{time.monotonic() - self._start:6.0f} s  {label} ({done} of {total})\n")
