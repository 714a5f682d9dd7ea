"""scenarios: whole conversations as data, and how many of them are held as a person would expect.

    python -m benchmarks.scenarios [FILE …] [--list]

Writes results/scenarios-talk.json: the share of conversations without any unmet expectation, of those that
may be looked at while palate is changed (``tuned``) and of those written last (``untuned``), in all and by
file. Catalogues that are not set up are left out and named. ``--list`` prints what was not as expected.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from palate.data.catalog import Catalog
from palate.data.home import catalogs_dir
from palate.tools.toolbox import Toolbox

from benchmarks.common import row, write_result
from benchmarks.talk import FOLDER, UNTUNED, load, play

sys.path.insert(0, str(FOLDER.parents[1]))


def main() -> None:
    """Hold every conversation and write the rates."""
    parser = argparse.ArgumentParser(description="Conversations as data.")
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    digest = hashlib.sha256()
    for group, folder in (("tuned", FOLDER), ("untuned", UNTUNED)):
        held: dict[str, list[bool]] = {}
        for path in options.files or sorted(folder.glob("*.yaml")):
            digest.update(path.read_bytes())
            for case in load(path):
                box = opened(case["catalog"])
                if box is None:
                    continue
                failures = play(case, box)
                held.setdefault(case["file"], []).append(not failures)
                if options.list and failures:
                    sys.stdout.write(f"{case['file']}: {case['name']}\n")
                    sys.stdout.writelines(f"    {failure[:600]}\n" for failure in failures)
        everything = [one for file in held.values() for one in file]
        for name, ones in (("", everything), *((f"/{name}", ones) for name, ones in held.items())):
            if ones:
                rows.append(row("palate", group + name, len(ones), **{"pass": sum(ones) / len(ones)}))
        if options.files:
            break
    if options.files:
        sys.stdout.writelines(f"{each}\n" for each in rows)
    else:
        write_result("scenarios", "talk", rows, split_sha256=digest.hexdigest())


@cache
def opened(name: str) -> Toolbox | None:
    """A catalogue's toolbox; the invented one is made on the spot, None for one that is not set up."""
    if name == "toy":
        from small import set_up
        from toy import SPEC, toy_interactions, toy_items

        return set_up(Path(tempfile.mkdtemp()) / "toy", toy_items(), toy_interactions(), SPEC)
    if not (catalogs_dir() / name / "catalog.json").exists():
        sys.stderr.write(f"{name} is not set up: palate setup --catalog {name} --model none\n")
        return None
    return Toolbox(Catalog.open(name))


if __name__ == "__main__":
    main()
