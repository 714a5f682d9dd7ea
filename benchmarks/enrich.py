"""enrich: what notes are worth that a local model writes from texts. Writes results/enrich-CATALOG.json.

    nice python -m benchmarks.enrich [CATALOG] [--model NAME] [--items 500] [--write-only | --measure-only]

Texts of the catalogue (``ml-latest-small``) are taken apart: sentences 1, 3, 5 … of a text are *told*, and
the note is written from them; sentences 2, 4, 6 … *ask* for the item, redacted as in ``text-to-item``, and
neither the model nor any index ever sees them. Items are drawn by a seed from those with enough of both. All
items of the catalogue are ranked, and these alone are the targets. They are indexed as facts, facts and
generated note, facts and the note of another target (what merely having a note is worth), or facts and the
told text itself.

Notes are kept in palate's home, so that an interrupted run goes on; those that are there are measured.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any

from palate.agent.enrich import write_notes
from palate.agent.evaluate.redact import Redactor, sentences
from palate.agent.evaluate.text_to_item import NAME, WITH_NOTES, run
from palate.agent.llm.models import DEFAULT, resolve
from palate.data.catalog import Catalog, write_catalog
from palate.data.generated import Answered, GeneratedNote, read_answers, text_sha256
from palate.data.home import notes_dir
from palate.data.notes import load_notes
from palate.data.schema import Item
from palate.tools.toolbox import Toolbox

from benchmarks.common import row, write_result
from benchmarks.text_to_item import indexed

SEED = 11
OTHERS = 1000
"""Other items whose texts are read as requests: the ranking learns from them how requests speak."""


@dataclass(frozen=True)
class Halves:
    """One item's text, taken apart."""

    told: Item
    """The item with what its note is written from as its text."""
    asking: Item
    """The item with its first sentence and then those that ask, as ``text-to-item`` reads a text."""


def main() -> None:
    """Write the notes that are missing, then measure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.enrich")
    parser.add_argument("catalog", nargs="?", default="ml-latest-small")
    parser.add_argument("--model", default=DEFAULT)
    parser.add_argument("--items", type=int, default=500)
    parser.add_argument("--write-only", action="store_true", help="write notes and measure nothing")
    parser.add_argument("--measure-only", action="store_true", help="measure with the notes that are there")
    options = parser.parse_args()
    catalog = Catalog.open(options.catalog)
    drawn = draw(catalog, options.items)
    path = notes_dir() / f"{options.catalog}.benchmark.jsonl"
    if not options.measure_only:
        llm = resolve(options.model)
        assert llm is not None, "a model is needed"
        asyncio.run(write_notes(catalog, llm, path, _say, among=[each.told for each in drawn]))
    if not options.write_only:
        answers = [answer for answer in read_answers(path) if answer.model == options.model]
        write_result("enrich", options.catalog, measure(catalog, drawn, answers, options.model))


def draw(catalog: Catalog, n: int) -> list[Halves]:
    """``n`` items by a seed whose texts have enough to tell and enough to ask."""
    redactor, found = Redactor(catalog), []
    for place in range(catalog.n):
        item = catalog.item(place)
        said = sentences(item.text)
        if len(said) < 3 or set(said[::2]) & set(said[1::2]):
            continue
        asking = item.model_copy(update={"text": " ".join([said[0], *said[1::2]])})
        # Put together anew they must fall into the same sentences.
        if sentences(asking.text) == [said[0], *said[1::2]] and redactor.question(asking):
            found.append(Halves(item.model_copy(update={"text": " ".join(said[::2])}), asking))
    return random.Random(SEED).sample(found, min(n, len(found)))


def measure(
    catalog: Catalog, drawn: list[Halves], answers: list[Answered], model: str
) -> list[dict[str, Any]]:
    """The rows of the result, over those of ``drawn`` that have a note."""
    told = {each.told.id: each.told for each in drawn}
    of_texts = [a for a in answers if a.id.item_id in told]
    of_texts = [a for a in of_texts if a.text_sha256 == text_sha256(told[a.id.item_id])]
    notes = {a.id.item_id: a for a in of_texts if isinstance(a, GeneratedNote)}
    texts = indexed(notes)
    ids = sorted(texts)
    ways = {
        "generated-notes": texts,
        "notes-of-others": dict(zip(ids, [texts[other] for other in ids[1:] + ids[:1]], strict=True)),
        "raw-text": {item_id: told[item_id].text for item_id in ids},
    }
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="palate-enrich-") as folder:
        box = Toolbox(_asking(catalog, drawn, Path(folder)))
        for way, ways_texts in ways.items():
            for each in run(box, progress=_say, notes=ways_texts)["rows"]:
                method, _, suffix = each["method"].partition("/")
                if each["slice"] != "noted" or suffix not in ("facts-only", WITH_NOTES[1:]):
                    continue
                name = f"{method}/{way if f'/{suffix}' == WITH_NOTES else suffix}"
                if name not in {row["method"] for row in rows}:
                    rows.append(each | {"method": name})
    seconds = [a.seconds for a in of_texts]
    cost = {
        "seconds_mean": mean(seconds),
        "seconds_median": median(seconds),
        "refused_share": 1 - len(notes) / len(of_texts),
    }
    return [*rows, row(model, "cost", len(of_texts), **cost), *_agreement(notes, model)]


def _agreement(notes: Mapping[str, GeneratedNote], model: str) -> list[dict[str, Any]]:
    """How far the model's notes say what palate's own notes on the same films say."""
    own = load_notes()
    pairs = [(note, own[item_id]) for item_id, note in notes.items() if item_id in own]
    if not pairs:
        return []
    shares = {
        f"{name}_share": mean(
            len(set(getattr(a, name)) & set(getattr(b, name))) / len(getattr(a, name)) for a, b in pairs
        )
        for name in ("moods", "themes", "setting")
    }
    grades = [
        (x, y)
        for a, b in pairs
        for x, y in zip(
            [*a.intensity.model_dump().values(), a.pace],
            [*b.intensity.model_dump().values(), b.pace],
            strict=True,
        )
    ]
    off = mean(abs(x - y) for x, y in grades)
    of_ones = mean(abs(1 - y) for _, y in grades)
    return [row(model, "palate's notes", len(pairs), **shares, grades_off=off, ones_off=of_ones)]


def _asking(catalog: Catalog, drawn: list[Halves], folder: Path) -> Catalog:
    """The catalogue whose texts are those that ask, and of :data:`OTHERS` other items their own."""
    asking = {each.asking.id: each.asking for each in drawn}
    others = [item_id for item_id in catalog.ids if item_id not in asking]
    kept = set(random.Random(SEED).sample(others, min(OTHERS, len(others))))
    items = []
    for place in range(catalog.n):
        item = catalog.item(place)
        bare = item if item.id in kept else item.model_copy(update={"text": ""})
        items.append(asking.get(item.id, bare))
    path = folder / catalog.spec.name
    write_catalog(catalog.spec, items, None, path)
    embedded = catalog.path / "artifacts" / NAME
    if embedded.exists():
        # Documents that were embedded before are not embedded again.
        shutil.copytree(embedded, path / "artifacts" / NAME)
    return Catalog.open(path)


def _say(label: str, done: int, total: int) -> None:
    if done % 10 == 0 or done == total:
        sys.stderr.write(f"{label}: {done} of {total}\n")


if __name__ == "__main__":
    main()
