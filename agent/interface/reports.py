"""What there is: models, catalogues, and how well they do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import typer

from ...data.fetch import located
from ...data.home import catalogs_dir
from ...data.importers.registry import BUILDERS
from ...data.sources import load_sources
from .catalogs import installed
from .text import sanitise

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ...data.fetch import Progress
    from ..enrich import EnrichReport


def print_models() -> None:
    """One line a model: its name, size, whether it is here, and its licence."""
    rows = []
    for name, source in load_sources().items():
        if any(file.path.endswith(".gguf") for file in source.files):
            here = "here" if located(name) else f"palate setup --model {name}"
            rows.append((name, f"{source.size / 1e6:,.0f} MB", here, source.licence))
    rows.append(("FILE.gguf", "", "any local GGUF with a chat template", ""))
    rows.append(("http(s)://…", "", "any OpenAI-compatible base URL", ""))
    rows.append(("none", "", "answers without prose", ""))
    _print_table(rows)


def print_catalogs() -> None:
    """One line a catalogue: what it holds and its licence, or the command that gets it."""
    rows = []
    for spec in installed():
        ratings = f"{spec.n_interactions:,} interactions" if spec.n_interactions else "no interactions"
        rows.append((spec.name, f"{spec.n_items:,} {spec.plural}", ratings, spec.licence))
    for name in BUILDERS:
        if not (catalogs_dir() / name / "catalog.json").exists():
            rows.append((name, "not set up", f"palate setup --catalog {name}", ""))
    _print_table(rows)


def print_enriched(report: EnrichReport, *, as_json: bool) -> None:
    """What a run of ``palate enrich`` did; as JSON on standard output."""
    if as_json:
        typer.echo(json.dumps(vars(report)))
        return
    asked = report.written + sum(report.refused.values())
    each = f", {report.seconds / asked:.1f} s each" if asked else ""
    lines = [
        f"{report.written:,} notes by {report.model} are new{each}; {report.before:,} were there already.",
        *(f"No note: {sanitise(why)} ({count:,})." for why, count in report.refused.items()),
        f"{report.joined:,} of {report.with_text:,} items with a text have a generated note now.",
    ]
    if report.left:
        lines.append(f"{report.left:,} items were left. Next: palate enrich --catalog {report.catalog}")
    for line in lines:
        typer.echo(line)


def measure(catalog: str, protocol: str, progress: Progress, **options: Path | str | None) -> dict[str, Any]:
    """The figures of a protocol over the catalogue of that name; ``options`` that are None are not given.

    Raises UserError and its kin.
    """
    from ...tools.toolbox import Toolbox
    from ..evaluate.figures import commit
    from ..evaluate.protocols import evaluate

    given = {name: value for name, value in options.items() if value is not None}
    measured = evaluate(Toolbox.open(catalog), protocol, progress=progress, **given)
    return {"commit": commit(), **measured}


def print_and_report(result: dict[str, Any], path: Path | None, *, as_json: bool) -> Path:
    """Print the figures and write the report to ``path``; returns where that is. Raises SetupFailed."""
    from ..evaluate.report import write_report

    if as_json:
        typer.echo(json.dumps(result, indent=2))
    else:
        print_figures(result["rows"])
        for example in result.get("examples", ()):
            typer.echo("")
            for name, titles in example.items():
                typer.echo(sanitise(f"{name}: {'; '.join(titles)}"))
    return write_report(result, path)


def print_figures(rows: Sequence[dict[str, Any]]) -> None:
    """One line a method and slice, its plain metrics side by side."""
    table = []
    for row in rows:
        plain = {name: value for name, value in row["metrics"].items() if isinstance(value, int | float)}
        figures = [f"{name} {value:.4g}" for name, value in plain.items()]
        table.append([row["slice"], row["method"], f"n={row['n']}", "  ".join(figures)])
    _print_table(table)


def _print_table(rows: Sequence[Sequence[str]]) -> None:
    """Rows in columns as wide as their widest cell."""
    cells = [[sanitise(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
