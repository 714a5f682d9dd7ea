"""Seconds to fit every model and the fusion of a catalogue. Writes results/training-CATALOG.json.

    python -m benchmarks.training [CATALOG]

What a set-up does once items are embedded, over all interactions, on as many threads as torch takes.
"""

from __future__ import annotations

import sys

from palate.agent.evaluate.laboratory import laboratory
from palate.tools.toolbox import Toolbox

from benchmarks.common import row, write_result


def main(name: str) -> None:
    """Fit in a temporary folder and write the seconds of each model and of the whole."""
    box = Toolbox.open(name)
    catalog = box.catalog
    with laboratory(box, catalog.interactions, catalog.spec.like_at, known=catalog.known) as lab:
        rows = [row(method, "all", catalog.n, fit_seconds=s) for method, s in lab.fit_seconds.items()]
    write_result("training", name, rows)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "movielens-100k")
