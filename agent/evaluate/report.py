"""Figures as one HTML file that needs nothing else: tables, and plots with their intervals.

The numbers of the plots are worked out here; ``report.html.jinja`` draws them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ...data.errors import SetupFailed
from ...data.home import home
from .laboratory import PRODUCT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TEMPLATE = "report.html.jinja"
INTERVAL = "_ci95"
AGAINST = "popularity@10"
"""What the second plot sets the first measure against: how much lists lean on what everybody knows."""


@dataclass(frozen=True)
class Mark:
    """One method in a plot; numbers are shares of the plot's width or height, from 0 to 1."""

    method: str
    kind: str
    """``product``, ``ours`` (one tool alone) or ``peer``."""
    text: str
    x: float
    low: float
    high: float
    y: float = 0.0


@dataclass(frozen=True)
class Bin:
    """One bin of a reliability plot; numbers from 0 to 1."""

    said: float
    """The mean probability in it."""
    happened: float
    share: float
    """Of all probabilities of the row, how many are in it."""
    text: str


@dataclass(frozen=True)
class Plot:
    """Marks over one scale, or over two where ``y_ticks`` are given; ticks are (share, label)."""

    title: str
    marks: tuple[Mark, ...]
    ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...] = ()


def write_report(result: dict[str, Any], path: Path | None = None) -> Path:
    """Write the report of a protocol's ``result`` and return where it is.

    Without ``path`` that is ``reports/PROTOCOL-CATALOG.html`` in palate's home. Raises SetupFailed where it
    cannot be written.
    """
    if path is None:
        path = home() / "reports" / f"{result['benchmark']}-{result['catalog']}.html"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(render(result), encoding="utf-8")
    except OSError as error:
        raise SetupFailed(f"{path} cannot be written ({error.strerror or error}).") from error
    return path


def render(result: dict[str, Any]) -> str:
    """The page of a protocol's ``result`` (see the shape of ``palate eval --json``)."""
    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    rows: list[dict[str, Any]] = result["rows"]
    slices = list(dict.fromkeys(row["slice"] for row in rows))
    measures = compared(rows)
    return environment.get_template(TEMPLATE).render(
        result=result,
        measures=measures,
        leads=[row for row in rows if "ratio_to_best_other" in row["metrics"]],
        plots={name: [interval_plot(rows, where, name) for where in slices] for name in measures},
        trade_offs=[plot for where in slices if (plot := trade_off(rows, where, measures[0])) is not None]
        if measures
        else [],
        reliabilities=[
            (f"{row['method']}, {row['slice']}", bins(row["reliability"]))
            for row in rows
            if row.get("reliability")
        ],
        tables=[table(rows, where) for where in slices],
    )


def bins(reliability: Sequence[dict[str, Any]]) -> tuple[Bin, ...]:
    """A reliability table, as the protocol ``calibration`` makes it, ready to be drawn."""
    total = sum(each["n"] for each in reliability)
    return tuple(
        Bin(
            said=each["confidence"],
            happened=each["liked"],
            share=each["n"] / max(total, 1),
            text=f"{each['n']} ratings: said {each['confidence']:.2f}, liked {each['liked']:.2f}",
        )
        for each in reliability
    )


def compared(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The measures that are plotted: those with an interval, else the first one there is."""
    names = dict.fromkeys(name for row in rows for name in row["metrics"])
    plain = [name for name in names if any(_is_number(row["metrics"].get(name)) for row in rows)]
    with_interval = [n for n in plain if n + INTERVAL in names and not _is_comparison(n)]
    return with_interval or plain[:1]


def _is_comparison(name: str) -> bool:
    """Whether a measure sets two methods against each other: it is in the table, not on a scale from 0."""
    return "ratio" in name or "_minus_" in name


def interval_plot(rows: Iterable[dict[str, Any]], where: str, name: str) -> Plot:
    """The methods of a slice by the measure ``name``, best first, with intervals where they are known."""
    here = [row for row in rows if row["slice"] == where and _is_number(row["metrics"].get(name))]
    here.sort(key=lambda row: -row["metrics"][name])
    bounds = [row["metrics"].get(name + INTERVAL, [row["metrics"][name]] * 2) for row in here]
    top, ticks = _scale(max((high for _, high in bounds), default=1.0))
    marks = tuple(
        Mark(
            method=row["method"],
            kind=_kind(row["method"]),
            text=_shown(row["metrics"][name]),
            x=row["metrics"][name] / top,
            low=max(low, 0) / top,
            high=high / top,
        )
        for row, (low, high) in zip(here, bounds, strict=True)
    )
    return Plot(where, marks, ticks)


def trade_off(rows: Iterable[dict[str, Any]], where: str, name: str) -> Plot | None:
    """The measure ``name`` (up) against popularity (right); None where fewer than two methods have both."""
    here = [
        row
        for row in rows
        if row["slice"] == where and all(_is_number(row["metrics"].get(n)) for n in (name, AGAINST))
    ]
    if len(here) < 2:
        return None
    top, y_ticks = _scale(max(row["metrics"][name] for row in here))
    marks = []
    for row in here:
        x, y = row["metrics"][AGAINST], row["metrics"][name]
        kind, text = _kind(row["method"]), f"{_shown(y)} at {_shown(x)}"
        marks.append(Mark(row["method"], kind, text, x=x, low=x, high=x, y=y / top))
    ticks = tuple((share / 4, f"{share / 4:g}") for share in range(5))
    return Plot(where, tuple(marks), ticks, y_ticks)


def table(rows: Iterable[dict[str, Any]], where: str) -> dict[str, Any]:
    """The slice's rows with one cell for each measure that any of them has."""
    here = [row for row in rows if row["slice"] == where]
    names = list(dict.fromkeys(name for row in here for name in row["metrics"]))
    columns = [name for name in names if not name.endswith(INTERVAL)]
    body = []
    for row in here:
        cells = []
        for name in columns:
            bounds = row["metrics"].get(name + INTERVAL)
            interval = "" if bounds is None else f"{_shown(bounds[0])}–{_shown(bounds[1])}"
            cells.append((_shown(row["metrics"].get(name)), interval))
        body.append({"method": row["method"], "kind": _kind(row["method"]), "n": row["n"], "cells": cells})
    return {"slice": where, "columns": columns, "rows": body}


def _kind(method: str) -> str:
    if method == PRODUCT:
        return "product"
    return "ours" if method.startswith(f"{PRODUCT}/") else "peer"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _shown(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _scale(highest: float) -> tuple[float, tuple[tuple[float, str], ...]]:
    """The end of a scale from 0 that holds ``highest``, and its ticks at round numbers."""
    if highest <= 0:
        return 1.0, ((0.0, "0"), (1.0, "1"))
    magnitude = 10.0 ** len(str(int(highest))) if highest >= 1 else 1.0
    steps = sorted(s * magnitude * 10.0**-e for s in (1, 2, 5) for e in range(1, 8))
    step = next(step for step in steps if highest / step <= 6)
    n = int(-(-highest // step))
    return n * step, tuple((i / n, f"{i * step:g}") for i in range(n + 1))
