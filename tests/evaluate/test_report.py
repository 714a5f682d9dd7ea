"""The report is one file that asks for nothing, and draws the figures it was given."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest
from palate.agent.evaluate.report import compared, interval_plot, render, trade_off, write_report

if TYPE_CHECKING:
    from pathlib import Path


def row(method: str, where: str, value: float, **metrics: Any) -> dict[str, Any]:
    figures = {"ndcg@10": value, "ndcg@10_ci95": [value - 0.1, value + 0.1], "popularity@10": 0.8}
    return {"method": method, "slice": where, "n": 7, "metrics": figures | metrics}


LEAD = {"best_other": "lib/<x>", "ratio_to_best_other": 1.25, "ratio_to_best_other_ci95": [1.1, 1.4]}
RESULT: dict[str, Any] = {
    "benchmark": "few-likes",
    "catalog": "toy",
    "command": "palate eval --catalog 'toy'",
    "rows": [
        row("palate", "k=1", 0.5, **LEAD),
        row("palate/gnn", "k=1", 0.3),
        row("lib/<x>", "k=1", 0.4),
        row("palate", "k=5", 0.6),
        {"method": "lib/closed", "slice": "k=5", "n": 0, "metrics": {"fold_in": "no"}},
    ],
}


def test_the_page_needs_nothing_from_elsewhere_and_runs_nothing() -> None:
    page = render(RESULT)
    assert not re.search(r"<script|<link|src=|href=|url\(|@import|https?:", page)
    assert "prefers-color-scheme: dark" in page
    assert "lib/&lt;x&gt;" in page
    assert "lib/<x>" not in page


def test_its_drawings_are_well_formed_and_hold_every_method() -> None:
    drawings = [ElementTree.fromstring(found) for found in re.findall(r"<svg.*?</svg>", render(RESULT), re.S)]
    names = [text.text for text in drawings[0].iter("text") if text.get("class") == "name"]
    assert names == ["palate", "lib/<x>", "palate/gnn"]
    # One plot with intervals a slice, and one against popularity where there is more than one method.
    assert len(drawings) == 3


def test_every_row_is_in_a_table() -> None:
    page = render(RESULT)
    assert page.count("<tr><td class=") == len(RESULT["rows"])
    assert "1.250" in page
    assert "1.100–1.400" in page


def test_plots_are_to_scale() -> None:
    plot = interval_plot(RESULT["rows"], "k=1", "ndcg@10")
    assert plot.ticks[-1] == (1.0, "0.6")
    assert [mark.kind for mark in plot.marks] == ["product", "peer", "ours"]
    assert plot.marks[0].x == pytest.approx(0.5 / 0.6)
    assert (plot.marks[0].low, plot.marks[0].high) == pytest.approx((0.4 / 0.6, 1.0))
    against = trade_off(RESULT["rows"], "k=1", "ndcg@10")
    assert against is not None
    assert against.marks[0].x == 0.8
    assert trade_off(RESULT["rows"], "k=5", "ndcg@10") is None


def test_without_intervals_the_first_measure_is_plotted() -> None:
    rows = [{"method": "palate", "slice": "all", "n": 3, "metrics": {"recall@1": 0.1, "recall@10": 0.2}}]
    assert compared(rows) == ["recall@1"]
    assert "<svg" in render({"benchmark": "dialogue", "catalog": "toy", "rows": rows})
    nothing = {"benchmark": "dialogue", "catalog": "toy", "rows": [{**rows[0], "metrics": {}}]}
    assert "palate" in render(nothing)


def test_it_goes_to_the_home_unless_told_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PALATE_HOME", str(tmp_path))
    assert write_report(RESULT) == tmp_path / "reports" / "few-likes-toy.html"
    elsewhere = tmp_path / "a" / "b.html"
    assert write_report(RESULT, elsewhere) == elsewhere
    assert elsewhere.read_text(encoding="utf-8").startswith("<!doctype html>")
