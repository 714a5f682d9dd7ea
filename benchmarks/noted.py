"""noted: what notes are worth where nobody says a word. Writes results/noted-films.json.

    nice python -m benchmarks.noted [--protocol cold-items|few-likes ...] [--jobs N]

The protocols cold-items and few-likes over the catalogue films, with its notes and (``/facts-only``) without
them: in the graph's tags, in the sentence vectors, and in what items share.
"""

from __future__ import annotations

import argparse
from typing import Any

from palate.agent.evaluate.protocols import evaluate
from palate.data.catalog import Catalog
from palate.tools.toolbox import Toolbox

from benchmarks.common import write_result
from benchmarks.facts_only import facts_only

PROTOCOLS = ("cold-items", "few-likes")


def main() -> None:
    """Measure both ways and write the figures of all methods."""
    parser = argparse.ArgumentParser(description="cold-items and few-likes with and without notes.")
    parser.add_argument("--protocol", nargs="+", choices=PROTOCOLS, default=PROTOCOLS)
    parser.add_argument("--jobs", type=int, default=1, help="folds of few-likes at a time")
    options = parser.parse_args()
    catalog = Catalog.open("films")
    rows: list[dict[str, Any]] = []
    split = ""
    with facts_only(catalog, rated=True) as bare:
        for protocol in options.protocol:
            more = {"jobs": options.jobs} if protocol == "few-likes" and options.jobs > 1 else {}
            for suffix, one in (("", catalog), ("/facts-only", bare)):
                measured = evaluate(Toolbox(one), protocol, **more)
                split += measured["split_sha256"]
                rows += [
                    each | {"method": each["method"] + suffix, "slice": f"{protocol} {each['slice']}"}
                    for each in measured["rows"]
                ]
    write_result("noted", "films", rows, split_sha256=split)


if __name__ == "__main__":
    main()
