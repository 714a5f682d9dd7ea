"""Runs the Python example of a documentation page as a reader would, over the real catalogues."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from palate.data.home import home

if TYPE_CHECKING:
    import pytest

DOCS = Path(__file__).resolve().parents[1] / "docs"


def run_example(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the one Python example of ``page`` in a home of its own, with the catalogues that are set up."""
    for name in ("catalogs", "models"):
        (tmp_path / name).symlink_to(home() / name)
    monkeypatch.setenv("PALATE_HOME", str(tmp_path))
    path = DOCS / page
    (example,) = re.findall(r"```python\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)
    exec(compile(example, str(path), "exec"), {})
