"""few-likes: people that no model saw name one to ten likes. Writes results/few-likes-CATALOG.json.

    nice python benchmarks/few_likes.py [CATALOG]

The catalogue must be set up (``palate setup --catalog CATALOG``); movielens-100k unless another is named.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from palate.agent.evaluate.protocols import evaluate
from palate.tools.toolbox import Toolbox

HERE = Path(__file__).resolve().parent


def main(name: str) -> None:
    """Run the protocol on the catalogue ``name`` and write its figures."""
    figures = evaluate(Toolbox.open(name), "few-likes", progress=_say)
    git = ["git", "-C", str(HERE), "rev-parse", "--short", "HEAD"]
    figures["commit"] = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()
    figures["command"] = f"python benchmarks/few_likes.py {name}"
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    path = results / f"few-likes-{name}.json"
    path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    for row in figures["rows"]:
        sys.stdout.write(f"{row['slice']:5} {row['method']:20} {json.dumps(row['metrics'])}\n")


def _say(label: str, done: int, total: int) -> None:
    sys.stderr.write(f"{label}: {done} of {total}\n")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "movielens-100k")
