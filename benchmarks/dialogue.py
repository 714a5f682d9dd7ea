"""dialogue: what a human recommender names next (ReDial). Writes results/dialogue-CATALOG.json.

    nice python -m benchmarks.dialogue [CATALOG] [--dialogues FOLDER]

The catalogue must be set up; ml-latest-small unless another is named. FOLDER holds valid.jsonl, which is
learned from, and test_dev.jsonl, which is asked; without it they are looked for beside the checkout. The row
of palate says how far it is above palate/titles, which is shown no words. Takes four minutes on one core.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from palate.agent.evaluate.dialogue import NAME, run
from palate.agent.evaluate.figures import commit
from palate.tools.toolbox import Toolbox

from benchmarks.common import RESULTS


def main() -> None:
    """Run the protocol and write its figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dialogue")
    parser.add_argument("catalog", nargs="?", default="ml-latest-small")
    parser.add_argument("--dialogues", type=Path, help="the folder of valid.jsonl and test_dev.jsonl")
    options = parser.parse_args()
    measured = run(Toolbox.open(options.catalog), progress=_say, dialogues=options.dialogues)
    command = f"python -m benchmarks.dialogue {options.catalog}"
    figures = {"benchmark": NAME, "catalog": options.catalog, "command": command, "commit": commit()}
    path = RESULTS / f"{NAME}-{options.catalog}.json"
    RESULTS.mkdir(exist_ok=True)
    path.write_text(json.dumps(figures | measured, indent=1) + "\n", encoding="utf-8")
    for row in measured["rows"]:
        sys.stdout.write(f"{row['method']:24} {json.dumps(row['metrics'])}\n")


def _say(label: str, done: int, total: int) -> None:
    if done == 0:
        sys.stderr.write(f"{label} ({total})\n")


if __name__ == "__main__":
    main()
