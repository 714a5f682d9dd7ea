"""Measures of requests → the rows of a table, in the shape that every benchmark's JSON has."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import dataclass, field
from importlib.metadata import version as library_version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...data.errors import UserError
from . import metrics
from .laboratory import PRODUCT
from .questions import FIRST, measure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ...data.catalog import Catalog
    from ...tools.types import BoolArray, FloatArray, IntArray
    from .questions import Answers, Measures, Questions

MAIN = "ndcg@10"
"""What methods are compared by."""
WITH_INTERVAL = (MAIN, "recall@10")
LEAST_PEOPLE = 5
"""With fewer the intervals would be made of nothing."""


@dataclass(frozen=True)
class Asked:
    """Questions with everybody's answers."""

    questions: Questions
    answers: Mapping[str, Answers]
    """By method."""
    notes: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    """What is said of a method beside its figures (``fit_seconds``, ``fold_in``)."""

    def rows(self, vectors: FloatArray, slices: Mapping[str, BoolArray]) -> Iterator[dict[str, Any]]:
        """One row a slice and method: means over people, intervals, the product's lead over the best other.

        ``vectors`` (n_items, dim) are the items' sentence vectors, ``slices`` the questions that count, (n,)
        by the slice's name. A slice without a question has no rows.
        """
        measured = {name: measure(self.questions, a, vectors) for name, a in self.answers.items()}
        for where, among in slices.items():
            people = self.questions.people[among]
            here = {
                method: {name: values[among] for name, values in measures.items()}
                for method, measures in measured.items()
            }
            for method, measures in here.items() if len(people) else ():
                figures = _means(measures, people) | self._of_all_lists(method, among)
                if method == PRODUCT and len(here) > 1:
                    figures |= _lead(here, people)
                figures |= self.notes.get(method, {})
                yield {"method": method, "slice": where, "n": len(np.unique(people)), "metrics": figures}

    def _of_all_lists(self, method: str, among: BoolArray) -> dict[str, Any]:
        """What only many lists together show."""
        answers, n_items = self.answers[method], self.questions.n_items
        top = answers.ranked[among][:, :FIRST]
        figures: dict[str, Any] = {
            "coverage@10": round(metrics.coverage(top, n_items), 4),
            "gini@10": round(metrics.gini(top, n_items), 4),
        }
        if answers.milliseconds is not None:
            figures["ms_per_request"] = round(float(np.median(answers.milliseconds[among])), 3)
        return figures


def check_enough(catalog: Catalog, n_people: int) -> None:
    """Raises UserError where ``n_people``, who can be asked, are too few for a mean to say anything."""
    if n_people < LEAST_PEOPLE:
        raise UserError(
            f"{n_people} people in {catalog.spec.name} have likes enough to be asked; "
            f"it takes {LEAST_PEOPLE} at least."
        )


def result(benchmark: str, catalog: Catalog, split_sha256: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The object that ``palate eval --json`` prints, without the command."""
    return {
        "benchmark": benchmark,
        "catalog": catalog.spec.name,
        "machine": machine(),
        "split_sha256": split_sha256,
        "rows": rows,
    }


def commit() -> str:
    """The checkout's commit; for an installed palate its version."""
    root = Path(__file__).resolve().parents[2]
    if (root / ".git").exists():
        git = ["git", "-C", str(root), "rev-parse", "--short", "HEAD"]
        try:
            found = subprocess.run(git, capture_output=True, text=True, check=False)  # noqa: S603
        except OSError:
            found = None
        if found is not None and found.returncode == 0:
            return found.stdout.strip()
    return f"palate {library_version('palate')}"


def machine() -> str:
    """Processor, cores and memory, in one line."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
        model = next((line.split(":")[1].strip() for line in lines if "model name" in line), model)
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{model}, {os.cpu_count()} cores, {gib:.0f} GiB"


def _means(measures: Measures, people: IntArray) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    for name, values in measures.items():
        defined = np.isfinite(values)
        if not defined.any():
            continue
        if name in WITH_INTERVAL:
            estimate = metrics.mean_over_people(values, people)
            figures[name] = round(estimate.mean, 4)
            figures[f"{name}_ci95"] = [round(estimate.low, 4), round(estimate.high, 4)]
        else:
            figures[name] = round(float(metrics.by_person(values[defined], people[defined]).mean()), 4)
    return figures


def _lead(measured: Mapping[str, Measures], people: IntArray) -> dict[str, Any]:
    """How far the product is ahead of the best other row, and of the best row of another library."""
    others = [name for name in measured if name != PRODUCT]
    peers = [name for name in others if not name.startswith(f"{PRODUCT}/")]
    figures = _ratio_to_best("other", others, measured, people)
    return figures | _ratio_to_best("peer", peers, measured, people) if peers else figures


def _ratio_to_best(
    kind: str, names: list[str], measured: Mapping[str, Measures], people: IntArray
) -> dict[str, Any]:
    """The product's ratio to the best of ``names``, with a paired interval over people."""
    # The best by the mean over people, which is what the rows show.
    best = max(names, key=lambda name: metrics.by_person(measured[name][MAIN], people).mean())
    ratio = metrics.ratio_over_people(measured[PRODUCT][MAIN], measured[best][MAIN], people)
    return {
        f"best_{kind}": best,
        f"ratio_to_best_{kind}": round(ratio.mean, 4),
        f"ratio_to_best_{kind}_ci95": [round(ratio.low, 4), round(ratio.high, 4)],
    }
