"""Fixtures, and the skips of tests whose data or model is not there."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from palate.data.catalog import Catalog

CHECKOUT = Path(__file__).resolve().parents[1]
SHARED = CHECKOUT.parent / "shared"

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

# A busy machine must not fail a property that holds.
settings.register_profile("palate", deadline=None)
# A verdict on a commit must not depend on luck; whoever changes palate searches anew with every run.
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "palate")


def _films_ready() -> bool:
    from palate.data.home import catalogs_dir

    return (catalogs_dir() / "films" / "catalog.json").exists()


def _model_ready() -> bool:
    from palate.data.home import models_dir

    found = importlib.util.find_spec("llama_cpp") is not None
    return found and any(models_dir().rglob("*.gguf"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    absent = {
        "shared": (SHARED.is_dir(), "../shared is not here"),
        "films": (_films_ready(), "the catalogue films is not set up (palate setup)"),
        "model": (_model_ready(), "no local model (make setup)"),
    }
    for item in items:
        for marker, (ready, why) in absent.items():
            if item.get_closest_marker(marker) and not ready:
                item.add_marker(pytest.mark.skip(reason=why))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of data sets beside the checkout."""
    return SHARED


@pytest.fixture(scope="session")
def toy_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the invented board-game catalogue; read-only by convention, copy it to change it."""
    from toy import write_toy

    path = tmp_path_factory.mktemp("catalogs") / "toy"
    write_toy(path)
    return path


@pytest.fixture(scope="session")
def toy(toy_path: Path) -> Catalog:
    """The invented board-game catalogue, opened."""
    from palate.data.catalog import Catalog

    return Catalog.open(toy_path)


@pytest.fixture(scope="session")
def films() -> Catalog:
    """The catalogue films of the real home; for tests marked films."""
    from palate.data.catalog import Catalog

    return Catalog.open("films")
