"""Set-up: fetch, build, embed, index and train what a catalogue needs, each step only where it is missing.

A step is done when what it makes opens: the same checks that guard a chat (checksums, data hash, format)
decide whether it runs again. So an interrupted set-up resumes, a damaged artifact is made anew, and a
repeated set-up takes a second. Downloads run beside the other steps.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..data.fetch import fetch, located
from ..data.home import catalogs_dir
from ..data.importers.registry import builder_of, recipe_of
from ..data.schema import GROWN
from ..data.sources import load_sources
from .errors import DataError, ModelUnavailable, NoData, PalateError, SetupFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ..data.catalog import Catalog
    from ..data.fetch import Progress
    from ..data.importers.tabular import ImportReport

ENCODER = "all-minilm-l6-v2"


@dataclass(frozen=True)
class Step:
    """One part of a set-up: ``open`` raises NoData or DataError while ``make`` has to run."""

    label: str
    open: Callable[[], object]
    make: Callable[[], object]

    def is_done(self) -> bool:
        """Whether what the step makes is there, undamaged and made from these data."""
        try:
            self.open()
        except (NoData, DataError):
            return False
        return True


def run_setup(catalog: str, model: str, progress: Progress) -> None:
    """Make the catalogue and the model ready.

    ``model`` is the name of a model to fetch; a path, a URL or ``none`` needs nothing. Raises SetupFailed or
    NoData in one line. Where only the model could not be fetched, everything else is done first and
    ModelUnavailable is raised.
    """
    if builder_of(catalog) is None:
        from ..data.catalog import Catalog

        Catalog.open(catalog)  # one that nobody can make is said to be missing before anything is fetched
    llm = _in_background(lambda: fetch(model, progress)) if _to_fetch(model) else None
    encoder = None if located(ENCODER) else _in_background(lambda: fetch(ENCODER, progress))
    with alone(catalog, progress):
        opened = _built(catalog, progress)
        run_steps(steps_of(opened, progress, encoder), progress)
    from .enrich import take_in

    take_in(catalog, progress)
    if llm is not None:
        try:
            llm.result()
        except PalateError as error:
            raise ModelUnavailable(f"Everything but the language model is ready. {error}") from error


def import_catalog(
    name: str, items: Path, interactions: Path | None, mapping: Path | None, progress: Progress
) -> ImportReport:
    """Make the catalogue ``name`` from files, with all its indexes and models; returns what was made of them.

    Raises UserError, DataError or SetupFailed, each in one line.
    """
    from ..data.importers.tabular import import_files

    with alone(name, progress):
        report = import_files(name, items, interactions, mapping, progress)
    run_setup(name, "none", progress)
    return report


def run_steps(steps: list[Step], progress: Progress) -> None:
    """Run what is not done; after a step that ran, the later ones run as well, for they build upon it."""
    stale = False
    for step in steps:
        if stale or not step.is_done():
            stale = True
            progress(step.label, 0, 1)
            step.make()
            progress(step.label, 1, 1)


def _built(name: str, progress: Progress) -> Catalog:
    """The catalogue, made from its sources where it is missing, broken, or as an earlier palate made it."""
    from ..data.catalog import Catalog

    build = builder_of(name)
    try:
        catalog = Catalog.open(name)
        if build is None or catalog.spec.recipe_sha256 in {recipe_of(name), GROWN}:
            return catalog
    except (NoData, DataError):
        if build is None:
            raise
    build(name, progress)
    return Catalog.open(name)


def steps_of(catalog: Catalog, progress: Progress, encoder: Future[Any] | None = None) -> list[Step]:
    """What is made over a written catalogue, in order; ``encoder`` is its download, if that is under way."""
    from ..tools.content import ContentIndex
    from ..tools.encoder import Encoder
    from ..tools.lexical import LexicalIndex
    from ..tools.lookup import TitleIndex
    from ..tools.toolbox import Toolbox
    from ..tools.train import load_models, train
    from .confidence import load_confidence
    from .fusion import load_fusion
    from .fusion_fit import fit_fusion

    def embed() -> None:
        if encoder is not None:
            encoder.result()
        ContentIndex.build(catalog, Encoder.open(), progress)

    return [
        Step("index of titles", lambda: TitleIndex.open(catalog), lambda: TitleIndex.build(catalog)),
        Step("index of words", lambda: LexicalIndex.open(catalog), lambda: LexicalIndex.build(catalog)),
        Step("index of meanings", lambda: ContentIndex.open(catalog), embed),
        Step("training", lambda: load_models(catalog), lambda: train(catalog, progress)),
        Step(
            "ranking",
            lambda: (load_fusion(catalog), load_confidence(catalog)),
            lambda: fit_fusion(Toolbox(catalog), progress),
        ),
    ]


def _to_fetch(model: str) -> bool:
    """Whether ``model`` names something to fetch that is not here yet."""
    return model in load_sources() and located(model) is None


@contextmanager
def alone(catalog: str, progress: Progress) -> Iterator[None]:
    """Hold the one lock of the catalogue's set-up; wait for another process that has it."""
    from filelock import FileLock, Timeout

    folder = catalogs_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / f".{catalog}.setup.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            progress("waiting for another set-up", 0, 0)
            lock.acquire()
    except OSError as error:
        raise SetupFailed(f"{folder} cannot be written ({error.strerror}).") from None
    try:
        yield
    finally:
        lock.release()


def _in_background(work: Callable[[], Any]) -> Future[Any]:
    """Run ``work`` in a thread that does not outlive the process."""
    future: Future[Any] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # whoever waits for the result gets it
            future.set_exception(error)

    threading.Thread(target=run, name="palate-fetch", daemon=True).start()
    return future
