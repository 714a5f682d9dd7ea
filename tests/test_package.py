from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
SKIPPED = {"tests", "build", "dist"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy of what is tracked or new, so that the checkout stays as it is."""
    folder = tmp_path_factory.mktemp("wheel")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=CHECKOUT,
        capture_output=True,
        check=True,
    )
    source = folder / "source"
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (CHECKOUT / name).is_file():
            target = source / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((CHECKOUT / name).read_bytes())
    (source / "README.md").touch()
    code = "from setuptools import build_meta; print(build_meta.build_wheel('..'))"
    subprocess.run([sys.executable, "-c", code], cwd=source, capture_output=True, check=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_installs_one_name(wheel: Path) -> None:
    names = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {name for name in names if not name.endswith(".dist-info")} == {"palate"}


def test_the_wheel_carries_every_file_that_is_read_at_run_time(wheel: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    for pattern in ("data/**/*.toml", "prompts/*.jinja", "agent/evaluate/*.jinja", "py.typed"):
        wanted = {f"palate/{path.relative_to(CHECKOUT).as_posix()}" for path in CHECKOUT.glob(pattern)}
        assert wanted
        assert wanted <= packed
    assert not any("/tests/" in name for name in packed)


def test_every_package_is_listed() -> None:
    listed = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    found = {"palate"}
    for marker in CHECKOUT.glob("*/**/__init__.py"):
        parts = marker.relative_to(CHECKOUT).parts[:-1]
        if not parts[0].startswith(".") and parts[0] not in SKIPPED | {"benchmarks"}:
            found.add(".".join(("palate", *parts)))
    assert set(listed) == found


def test_importing_palate_imports_nothing_heavy() -> None:
    code = (
        "import sys; import palate; "
        "print([m for m in ('numpy', 'pydantic', 'torch', 'rich') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.films
def test_a_built_wheel_recommends_outside_the_checkout(wheel: Path, tmp_path: Path) -> None:
    """The wheel, installed alone into a fresh environment; its dependencies are those already here."""
    venv.create(tmp_path / "venv", with_pip=False)
    (site,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    zipfile.ZipFile(wheel).extractall(site)
    # Only the folder of the dependencies: not its .pth files, which would bring the checkout back.
    here = Path(sys.prefix).glob("lib/python*/site-packages")
    python = tmp_path / "venv" / "bin" / "python"
    code = (
        "import palate, pathlib; assert pathlib.Path(palate.__file__).is_relative_to(%r), palate.__file__\n"
        "from palate.agent.interface.cli import main; main()"
    )
    done = subprocess.run(
        [python, "-c", code % str(site), "recommend", "something like Alien", "-k", "3", "--no-llm"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(site), *map(str, here)])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "3. " in done.stdout
