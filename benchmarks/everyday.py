"""everyday: requests as people type them, each with films that must and must not be among the first ten.

    python -m benchmarks.everyday [REQUESTS.toml] [--list] [--only-notes]

Writes results/everyday-films.json for ``everyday_requests.toml`` (the test set; settings are chosen on
``everyday_development.toml``, for which nothing is written). Each request is the first message of a new chat
with nobody's history, through ``Chat.ask``. The row ``palate/facts-only`` is the same program over the same
catalogue without its notes, indexed anew in a temporary folder. A request whose films the catalogue does not
have stops the run. ``--list`` prints what each request got.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from palate.agent.app import Palate
from palate.agent.store import MemoryStore
from palate.data.catalog import Catalog
from palate.tools.toolbox import Toolbox

from benchmarks.common import row, write_result
from benchmarks.facts_only import facts_only

FOLDER = Path(__file__).resolve().parent
TEST = FOLDER / "everyday_requests.toml"
FIRST = 10


@dataclass(frozen=True)
class Request:
    """A message and the ids of films that answer it and that do not."""

    ask: str
    kind: str
    must: frozenset[str]
    may: frozenset[str]
    must_not: frozenset[str]


def main() -> None:
    """Ask everything, print the figures, and write them where they are of the test set."""
    options = _options()
    catalog = Catalog.open("films")
    requests = read(options.requests, catalog)
    rows = []
    with Palate.over(Toolbox(catalog), model="none", store=MemoryStore()) as app:
        rows += _rows("palate", app, requests, listed=options.list)
    if not options.only_notes:
        with (
            facts_only(catalog) as bare,
            Palate.over(Toolbox(bare), model="none", store=MemoryStore()) as app,
        ):
            rows += _rows("palate/facts-only", app, requests, listed=False)
    if options.requests == TEST and not options.only_notes:
        digest = hashlib.sha256(TEST.read_bytes()).hexdigest()
        write_result("everyday", "films", rows, split_sha256=digest)
    else:
        sys.stdout.writelines(f"{each}\n" for each in rows if each["slice"] == "all" or options.list)


def read(path: Path, catalog: Catalog) -> list[Request]:
    """The requests of a file; exits with the films that the catalogue does not have."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))["request"]
    ids = {
        f"{title} ({year:g})": catalog.ids[place]
        for place, year in reversed(list(enumerate(catalog.numbers("year").tolist())))
        for title in (*catalog.aliases(place), catalog.titles[place])
    }
    named = [[*each["must"], *each.get("may", ()), *each["must_not"]] for each in table]
    if missing := sorted({label for labels in named for label in labels} - ids.keys()):
        sys.exit("not in the catalogue: " + "; ".join(missing))

    def meant(labels: list[str]) -> frozenset[str]:
        return frozenset(ids[label] for label in labels)

    return [
        Request(
            each["ask"],
            each["kind"],
            meant(each["must"]),
            meant(each.get("may", [])),
            meant(each["must_not"]),
        )
        for each in table
    ]


def _rows(method: str, app: Palate, requests: list[Request], *, listed: bool) -> list[dict[str, Any]]:
    app.warm(wait=True)
    asked = []
    for number, each in enumerate(requests):
        reply = app.chat(user=f"nobody-{number}").ask(each.ask, k=FIRST)
        found = {pick.id for pick in reply.items}
        good, bad = each.must & found, each.must_not & found
        if listed:
            mark = "   " if good and not bad else "!! " if not bad else "XX "
            shown = ", ".join(pick.title for pick in reply.items)
            sys.stdout.write(f"{mark}{each.ask}\n      {shown}\n")
        asked.append((each.kind, bool(good), not bad, len(found & (each.must | each.may)) / FIRST))
    kinds = sorted({kind for kind, *_ in asked})
    rows = []
    for kind in ("all", *kinds):
        of_kind = [rest for each, *rest in asked if kind in ("all", each)]
        must, clean, named = (float(np.mean([each[at] for each in of_kind])) for at in range(3))
        rows.append(
            row(method, kind, len(of_kind), must=must, no_must_not=clean, named_among_first_ten=named)
        )
    return rows


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Everyday requests on the catalogue films.")
    parser.add_argument("requests", nargs="?", type=Path, default=TEST)
    parser.add_argument("--list", action="store_true", help="print what each request got")
    parser.add_argument("--only-notes", action="store_true", help="leave out the row without notes")
    options = parser.parse_args()
    options.requests = options.requests.resolve()
    return options


if __name__ == "__main__":
    main()
