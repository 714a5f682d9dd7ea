from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

PALATE = [sys.executable, "-c", "from palate.agent.interface.cli import main; main()"]


def palate(home: Path | None, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    places = {"PALATE_HOME": str(home)} if home else {}
    env = {**os.environ, **places, **environment}
    return subprocess.run(
        [*PALATE, *arguments], env=env, capture_output=True, text=True, timeout=120, check=False
    )


def test_help_comes_at_once(tmp_path: Path) -> None:
    before = os.times()
    done = palate(tmp_path, "--help")
    after = os.times()
    # Seconds of a core, not of the clock: a busy machine must not fail it.
    used = after.children_user + after.children_system - before.children_user - before.children_system
    assert done.returncode == 0
    assert used < 0.3
    for command in (
        "setup",
        "chat",
        "recommend",
        "import",
        "update",
        "eval",
        "models",
        "catalogs",
        "doctor",
        "config",
    ):
        assert command in done.stdout
    assert "serve" not in done.stdout


def test_nothing_heavy_is_imported_for_help() -> None:
    heavy = ("numpy", "rich", "pydantic", "prompt_toolkit", "torch", "sqlalchemy", "chromadb")
    code = f"import sys, palate.agent.interface.cli; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_version(tmp_path: Path) -> None:
    done = palate(tmp_path, "--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("palate 0.")


@pytest.mark.parametrize(
    "arguments",
    [
        ["nope"],
        ["recommend"],
        ["recommend", " "],
        ["recommend", "x", "-k", "0"],
        ["recommend", "x", "--fresh", "2"],
        ["recommend", "x", "--diverse", "-1"],
        ["update"],
        ["update", "films"],
    ],
)
def test_usage_errors_are_two(tmp_path: Path, arguments: list[str]) -> None:
    done = palate(tmp_path, *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", [["chat"], ["recommend", "x"]])
def test_no_data_is_three_with_the_command_that_gets_it(tmp_path: Path, command: list[str]) -> None:
    done = palate(tmp_path, *command)
    assert done.returncode == 3
    assert done.stdout == ""
    assert done.stderr == "The catalogue films is not set up. Try: palate setup --catalog films\n"


@pytest.mark.parametrize(
    ("content", "word"), [("k = 0", "k"), ("k = [", "TOML"), ("catalog = ''", "catalog")]
)
def test_a_wrong_setting_is_one_line(tmp_path: Path, content: str, word: str) -> None:
    (tmp_path / "config.toml").write_text(content)
    done = palate(tmp_path, "config", "show")
    assert done.returncode == 1
    assert word in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_settings_say_where_they_come_from(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('k = 7\nuser = "anna"\n')
    lines = palate(tmp_path, "config", "show", "--origin", PALATE_USER="ben").stdout.splitlines()
    assert lines == [
        "catalog = films  (default)",
        "model = qwen2.5-coder-0.5b  (default)",
        f"k = 7  ({tmp_path / 'config.toml'})",
        "fresh = 0.0  (default)",
        "diverse = 0.0  (default)",
        "explore = 0.0  (default)",
        "policy =   (default)",
        "user = ben  (PALATE_USER)",
    ]


def test_models_and_catalogues_are_listed_with_the_command_that_gets_them(tmp_path: Path) -> None:
    assert "palate setup --model smollm2-135m" in palate(tmp_path, "models").stdout
    assert "palate setup --catalog films" in palate(tmp_path, "catalogs").stdout


def test_the_doctor_names_what_is_missing(tmp_path: Path) -> None:
    done = palate(tmp_path, "doctor")
    assert done.returncode == 1
    assert "BAD catalogues: none is set up  Try: palate setup" in done.stdout


@pytest.mark.films
def test_one_shot_asks_nothing_back() -> None:
    done = palate(None, "recommend", "recommend me a film", "--json", "--no-llm")
    assert "question" not in json.loads(done.stdout)
    assert "Rather" not in palate(None, "recommend", "recommend me a film", "--no-llm").stdout


@pytest.mark.films
def test_one_object_with_the_fields_of_the_contract() -> None:
    text = "something like Alien, after 1985, nothing with children"
    done = palate(None, "recommend", text, "-k", "5", "--json", "--no-llm")
    reply = json.loads(done.stdout)
    assert done.returncode == 0
    assert set(reply) == {
        "query", "intent", "items", "text", "abstained", "relaxed", "model", "timings_ms"
    }  # fmt: skip
    assert reply["query"] == text
    assert len(reply["items"]) == 5
    for item in reply["items"]:
        assert set(item) - {"confidence"} == {"id", "title", "score", "facets", "reasons", "carried"}
        assert item["facets"]["year"] > 1985
        assert set(item["reasons"][0]) == {"kind", "text", "evidence"}
        assert item["title"] != "Alien"
    assert set(reply["timings_ms"]) == {"understand", "retrieve", "rank", "explain", "write"}


@pytest.mark.films
def test_an_honest_nothing_is_an_answer() -> None:
    done = palate(None, "recommend", "a western before 1900", "--no-llm")
    assert done.returncode == 0
    assert done.stdout.strip()


@pytest.mark.films
def test_a_model_asked_for_and_not_to_be_had_is_four() -> None:
    done = palate(None, "recommend", "something like Alien", "-k", "1", "--model", "/nowhere/model.gguf")
    assert done.returncode == 4
    assert "1. " in done.stdout
    assert "Traceback" not in done.stderr
