"""Which LLM a name stands for."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ...data.errors import ModelUnavailable
from ...data.home import home as default_home

if TYPE_CHECKING:
    from .base import LLM

DEFAULT = "qwen2.5-coder-0.5b"
NONE = "none"


@dataclass(frozen=True)
class Known:
    """A model that palate can fetch, and whether its file is here."""

    name: str
    about: str
    megabytes: int
    here: bool = False


_KNOWN = (
    Known(DEFAULT, "restates given facts well; the default on two cores", 491),
    Known("qwen2.5-coder-1.5b", "writes better at half the speed", 1117),
    Known("smollm2-135m", "the smallest; for trying things out", 98),
)


def list_models(home: Path | None = None) -> tuple[Known, ...]:
    """The models known by name, the default first."""
    folder = _models(home)
    return tuple(
        Known(known.name, known.about, known.megabytes, _file(folder, known.name).is_file())
        for known in _KNOWN
    )


def resolve(name: str, home: Path | None = None) -> LLM | None:
    """The LLM that ``name`` stands for; nothing is loaded or connected yet. None for ``none``.

    A known model's name, the path of a GGUF file, or an OpenAI-compatible base URL, optionally followed
    by ``#`` and the name of the model there. ``home`` is palate's folder. Raises ModelUnavailable for any
    other name. A model that is named but absent is no error here: its first request says so.
    """
    if name == NONE:
        return None
    if name.startswith(("http://", "https://")):
        from .hosted import HostedLLM, find_key

        base_url, _, model = name.partition("#")
        return HostedLLM(base_url, model=model, key=find_key((home or default_home()) / "state"))
    from .local import LocalLLM

    states = (home or default_home()) / "cache" / "prefixes"
    if name.endswith(".gguf") or os.sep in name:
        path = Path(name).expanduser()
        return LocalLLM(path, name=path.stem, states=states)
    if name not in {known.name for known in _KNOWN}:
        names = ", ".join(known.name for known in _KNOWN)
        raise ModelUnavailable(
            f"There is no model {name!r}: it can be {names}, a .gguf file's path, a base URL, or {NONE}.",
            "palate models",
        )
    fetch = f"palate setup --model {name}"
    return LocalLLM(_file(_models(home), name), name=name, states=states, fetch=fetch)


def _models(home: Path | None) -> Path:
    return (home or default_home()) / "models"


def _file(folder: Path, name: str) -> Path:
    return folder / f"{name}.gguf"
