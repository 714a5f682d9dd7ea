"""Which LLM a name stands for."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ...data.errors import ModelUnavailable
from ...data.home import home as default_home
from ...data.sources import source

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
    here: bool


_ABOUT = {
    DEFAULT: "restates given facts well; the default, made for two cores",
    "qwen2.5-coder-1.5b": "writes more freely at half the speed",
    "smollm2-135m": "the smallest, for trying things out; few of its sentences pass the check",
}


def list_models(home: Path | None = None) -> tuple[Known, ...]:
    """The models known by name, the default first."""
    return tuple(
        Known(name, about, source(name).size // 1_000_000, _file(name, home).is_file())
        for name, about in _ABOUT.items()
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
        from .guard import Guard
        from .hosted import HostedLLM, find_key

        base_url, _, model = name.partition("#")
        return Guard(HostedLLM(base_url, model=model, key=find_key((home or default_home()) / "state")))
    from .local import LocalLLM

    states = (home or default_home()) / "cache" / "prefixes"
    if name.endswith(".gguf") or os.sep in name:
        path = Path(name).expanduser()
        return LocalLLM(path, name=path.stem, states=states)
    if name not in _ABOUT:
        raise ModelUnavailable(
            f"There is no model {name!r}: it can be {', '.join(_ABOUT)}, a .gguf file's path, a base URL,"
            f" or {NONE}.",
            "palate models",
        )
    return LocalLLM(_file(name, home), name=name, states=states, fetch=f"palate setup --model {name}")


def _file(name: str, home: Path | None) -> Path:
    """Where :func:`palate.data.fetch.fetch` puts the file of a model."""
    wanted = source(name)
    return (home or default_home()) / wanted.folder / name / wanted.files[0].path
