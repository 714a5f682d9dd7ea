"""``palate doctor``: what is there, what is not, and the command that mends it."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import tempfile
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import typer

from ...data.catalog import Catalog
from ...data.fetch import located
from ...data.home import catalogs_dir, home, state_dir
from ...data.sources import load_sources
from ...tools.toolbox import Toolbox
from ..errors import PalateError, UserError
from ..settings import load_settings
from ..store_sqlite import SqliteStore
from .text import sanitise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SPARE_BYTES = 1 << 30
_LIBRARIES = ("chromadb", "onnxruntime", "sentence-transformers", "torch", "llama-cpp-python")


@dataclass(frozen=True)
class Finding:
    """One thing looked at. What is optional may be missing without anything being wrong."""

    name: str
    fine: bool
    detail: str
    mend: str = ""
    optional: bool = False


def examine() -> int:
    """Print every finding; the exit code is 1 where something needs mending."""
    findings = list(_findings())
    for finding in findings:
        mark = "ok " if finding.fine else "-  " if finding.optional else "BAD"
        mend = f"  Try: {finding.mend}" if finding.mend and not finding.fine else ""
        typer.echo(f"{mark} {finding.name}: {sanitise(finding.detail)}{mend}")
    return int(any(not finding.fine and not finding.optional for finding in findings))


def _findings() -> Iterator[Finding]:
    yield Finding("Python", True, f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    yield from map(_library, _LIBRARIES)
    yield _writable()
    yield _guarded("settings", lambda: str(load_settings().model_dump()), "palate config show --origin")
    yield from _models()
    names = sorted(path.parent.name for path in catalogs_dir().glob("*/catalog.json"))
    if not names:
        yield Finding("catalogues", False, "none is set up", "palate setup")
    for name in names:
        yield _guarded(f"catalogue {name}", partial(_catalog, name), f"palate setup --catalog {name}")
    yield _guarded("memory", _memory, "")


def _guarded(name: str, look: Callable[[], str], mend: str) -> Finding:
    """What ``look`` says; an error of palate's own is the finding."""
    try:
        return Finding(name, True, look())
    except UserError as error:
        return Finding(name, False, error.message, error.mend or mend)
    except PalateError as error:
        return Finding(name, False, str(error), mend)


def _library(name: str) -> Finding:
    optional = name == "llama-cpp-python"
    try:
        return Finding(name, True, version(name))
    except PackageNotFoundError:
        return Finding(name, False, "not installed", f"pip install {name}", optional)


def _writable() -> Finding:
    folder = home()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder):
            free = shutil.disk_usage(folder).free
    except OSError as error:
        return Finding("home", False, f"{folder} cannot be written ({error.strerror})", "set PALATE_HOME")
    return Finding("home", free > _SPARE_BYTES, f"{folder}, {free / 1e9:,.1f} GB free", "free some space")


def _models() -> Iterator[Finding]:
    for name, source in load_sources().items():
        if source.folder == "models":
            here = located(name)
            gguf = any(file.path.endswith(".gguf") for file in source.files)
            mend = f"palate setup --model {name}" if gguf else "palate setup"
            yield Finding(f"model {name}", here is not None, str(here or "not here"), mend, optional=gguf)
    if importlib.util.find_spec("llama_cpp") is None:
        yield Finding("local models", False, "llama-cpp-python is not installed", "make chat", optional=True)
    if os.environ.get("OPENAI_API_KEY"):
        yield Finding("hosted models", True, "a key is in the environment")


def _catalog(name: str) -> str:
    """Open everything that a chat would use."""
    catalog = Catalog.open(name)
    catalog.verify()
    box = Toolbox(catalog)
    _ = box.titles, box.lexical, box.content, box.models
    spec = catalog.spec
    return (
        f"{spec.n_items:,} {spec.plural}, {spec.n_interactions:,} interactions, indexes and models in order"
    )


def _memory() -> str:
    path = state_dir() / "palate.db"
    if not path.exists():
        return "empty"
    store = SqliteStore.open(path)
    store.close()
    return store.notice or f"{path}, {path.stat().st_size / 1e6:.1f} MB"
