from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest
from palate.agent.errors import DataError, NoData
from palate.agent.setup import Step, run_setup, run_steps

if TYPE_CHECKING:
    from pathlib import Path


class Said:
    """A progress function that remembers."""

    def __init__(self) -> None:
        self.labels: list[str] = []

    def __call__(self, label: str, done: int, total: int) -> None:
        self.labels.append(label)


def step(name: str, made: list[str], *, done: bool = False, error: type[Exception] = NoData) -> Step:
    def look() -> None:
        if not done:
            raise error("missing")

    return Step(name, look, lambda: made.append(name))


def test_only_what_is_missing_is_made() -> None:
    made: list[str] = []
    run_steps([step("a", made, done=True), step("b", made, done=True)], Said())
    assert made == []


def test_what_builds_upon_a_new_part_is_made_again() -> None:
    made: list[str] = []
    said = Said()
    run_steps([step("a", made, done=True), step("b", made), step("c", made, done=True)], said)
    assert made == ["b", "c"]
    assert "a" not in said.labels


def test_a_damaged_part_is_made_again_and_a_bug_is_not_hidden() -> None:
    made: list[str] = []
    run_steps([step("a", made, error=DataError)], Said())
    assert made == ["a"]
    with pytest.raises(ZeroDivisionError):
        run_steps([step("a", made, error=ZeroDivisionError)], Said())


def test_a_catalogue_that_nothing_makes_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PALATE_HOME", str(tmp_path))
    with pytest.raises(NoData, match="nobody-made-this"):
        run_setup("nobody-made-this", "none", Said())


@pytest.fixture
def home(tmp_path: Path, toy_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with the invented catalogue and the encoder of the real home, if it is there."""
    from palate.data.home import models_dir

    encoder = models_dir() / "all-minilm-l6-v2"
    if not encoder.is_dir():
        pytest.skip("the sentence encoder is not here (palate setup)")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / encoder.name).symlink_to(encoder)
    shutil.copytree(toy_path, tmp_path / "catalogs" / "toy")
    monkeypatch.setenv("PALATE_HOME", str(tmp_path))
    return tmp_path


@pytest.mark.films
def test_a_set_up_is_repeated_at_once_and_mends_what_is_damaged(home: Path) -> None:
    first, again, mended = Said(), Said(), Said()
    run_setup("toy", "none", first)
    assert {"index of meanings", "training", "ranking"} <= set(first.labels)
    run_setup("toy", "none", again)
    assert again.labels == []
    (damaged,) = (home / "catalogs" / "toy" / "artifacts" / "lexical").glob("*.safetensors")
    damaged.write_bytes(damaged.read_bytes()[:-10])
    run_setup("toy", "none", mended)
    assert "index of words" in mended.labels


@pytest.mark.films
def test_two_set_ups_do_not_collide(home: Path) -> None:
    from filelock import FileLock

    run_setup("toy", "none", Said())
    said = Said()
    lock = FileLock(home / "catalogs" / ".toy.setup.lock")
    with lock:
        thread = threading.Thread(target=run_setup, args=("toy", "none", said))
        thread.start()
        for _ in range(100):
            if said.labels:
                break
            time.sleep(0.05)
        assert said.labels == ["waiting for another set-up"]
        assert thread.is_alive()
    thread.join(30)
    assert not thread.is_alive()


def test_an_unknown_catalogue_at_the_shell_is_one_line(tmp_path: Path) -> None:
    import os

    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from palate.agent.interface.cli import main; main()",
            "setup",
            "--catalog",
            "nope",
        ],
        env={**os.environ, "PALATE_HOME": str(tmp_path), "PALATE_MODEL": "none"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1
