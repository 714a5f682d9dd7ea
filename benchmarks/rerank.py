"""rerank: what a language model's order of the picks adds. Writes results/rerank-CATALOG.json.

    python -m benchmarks.rerank [CATALOG] [--models NAME …] [--episodes N]

The catalogue must be set up; movielens-100k unless another is named. Each model is asked for its order of
the same episodes; ``random`` and ``adversarial`` need none. The 0.5B model takes an hour or two on two cores.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from palate.agent.evaluate.figures import commit
from palate.agent.evaluate.protocols import evaluate
from palate.agent.llm.models import DEFAULT
from palate.tools.toolbox import Toolbox

from benchmarks.common import RESULTS


def main() -> None:
    """Ask each model, and write one file with the rows of all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rerank")
    parser.add_argument("catalog", nargs="?", default="movielens-100k")
    parser.add_argument("--models", nargs="+", default=[DEFAULT, "smollm2-135m"])
    parser.add_argument("--episodes", type=int, default=500)
    options = parser.parse_args()
    box = Toolbox.open(options.catalog)
    rows: dict[str, dict[str, Any]] = {}
    figures: dict[str, Any] = {}
    for model in options.models:
        figures = evaluate(box, "rerank", model=model, episodes=options.episodes)
        rows |= {row["method"]: row for row in figures["rows"]}
        sys.stdout.write(f"{json.dumps(rows[model])}\n")
        sys.stdout.flush()
    command = f"python -m benchmarks.rerank {options.catalog} --models {' '.join(options.models)}"
    told = {"benchmark": "rerank", "catalog": options.catalog, "command": command, "commit": commit()}
    path = RESULTS / f"rerank-{options.catalog}.json"
    path.write_text(json.dumps(told | figures | {"rows": list(rows.values())}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
