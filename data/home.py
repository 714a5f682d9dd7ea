"""Where palate keeps things: ``$PALATE_HOME``, else the platform's folder for user data."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def home() -> Path:
    """The folder of everything palate stores."""
    override = os.environ.get("PALATE_HOME")
    return Path(override).expanduser() if override else Path(platformdirs.user_data_dir("palate"))


def sources_dir() -> Path:
    """Fetched files, checked by checksum."""
    return home() / "sources"


def models_dir() -> Path:
    """The sentence encoder and local LLMs."""
    return home() / "models"


def catalogs_dir() -> Path:
    """One folder a catalogue."""
    return home() / "catalogs"


def notes_dir() -> Path:
    """Notes that language models wrote, one file a catalogue."""
    return home() / "notes"


def state_dir() -> Path:
    """People's data: the database, the history file, the log."""
    return home() / "state"


def datasets_dir() -> Path | None:
    """The folder of data sets that palate has mappings for: $PALATE_DATASETS, or ../shared/datasets beside
    the checkout; None where there is none."""
    given = os.environ.get("PALATE_DATASETS")
    folder = Path(given) if given else Path(__file__).resolve().parents[2] / "shared" / "datasets"
    return folder if folder.is_dir() else None
