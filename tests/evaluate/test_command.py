"""``palate eval``: JSON on standard output, the report's place on standard error."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from palate.agent.evaluate import protocols
from palate.agent.interface.cli import run
from toy import write_toy

if TYPE_CHECKING:
    from pathlib import Path

FIGURES: dict[str, Any] = {
    "benchmark": "few-likes",
    "catalog": "toy",
    "machine": "any",
    "split_sha256": "abc",
    "rows": [{"method": "palate", "slice": "k=1", "n": 3, "metrics": {"ndcg@10": 0.5, "fold_in": "yes"}}],
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that holds the invented catalogue, without indexes."""
    monkeypatch.setenv("PALATE_HOME", str(tmp_path))
    write_toy(tmp_path / "catalogs" / "toy")
    return tmp_path


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The protocols that were run; none of them takes any time."""
    names: list[str] = []

    def measured(box: Any, protocol: str, **_: Any) -> dict[str, Any]:
        assert box.catalog.spec.name == "toy"
        names.append(protocol)
        return FIGURES

    monkeypatch.setattr(protocols, "evaluate", measured)
    return names


def test_json_goes_out_and_the_report_into_the_home(
    home: Path, asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["eval", "--catalog", "toy", "--protocol", "warm", "--json"]) == 0
    assert asked == ["warm"]
    out, err = capsys.readouterr()
    printed = json.loads(out)
    assert {**printed, **FIGURES} == printed
    assert printed["command"] == "palate eval --catalog toy --protocol warm --json"
    assert printed["commit"]
    report = home / "reports" / "few-likes-toy.html"
    assert str(report) in err.replace("\n", "")
    assert "k=1" in report.read_text(encoding="utf-8")


def test_without_json_a_table_goes_out_and_the_report_where_it_is_told(
    home: Path, asked: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["eval", "--catalog", "toy", "--report", str(tmp_path / "mine.html")]) == 0
    assert asked == ["few-likes"]
    assert "ndcg@10 0.5" in capsys.readouterr().out
    assert (tmp_path / "mine.html").exists()


def test_what_cannot_be_evaluated_is_said_in_one_line(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["eval", "--catalog", "toy", "--protocol", "no-such"]) == 1
    assert run(["eval", "--catalog", "nowhere"]) == 3
    # Nothing is set up over this one yet.
    assert run(["eval", "--catalog", "toy", "--protocol", "warm"]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert "does not exist" in err
    assert "palate setup --catalog toy" in err
    assert "Traceback" not in err
