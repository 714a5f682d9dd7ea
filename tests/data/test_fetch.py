"""Fetching: places in order, checksums, resuming, and one line for whatever goes wrong."""

from __future__ import annotations

import hashlib
import http.server
import os
import subprocess
import sys
import threading
import zipfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from palate.data.errors import SetupFailed, UserError
from palate.data.fetch import Fetcher
from palate.data.sources import Hub, Member, Source, SourceFile, Wheel, load_sources

if TYPE_CHECKING:
    from collections.abc import Iterator

PARTS = (b"first part " * 5000, b"second part " * 4000, b"the third" * 700)
WHOLE = b"".join(PARTS)


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def make_wheel(folder: Path, name: str, members: dict[str, bytes]) -> str:
    """A wheel that pip accepts, and its SHA-256."""
    info = f"{name}-1.0.dist-info"
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for member, data in members.items():
            archive.writestr(member, data)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return sha(path.read_bytes())


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A folder of three wheels that hold a file in parts."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    for i, part in enumerate(PARTS, 1):
        make_wheel(folder, f"blob_part{i}", {f"blob_part{i}/data/part{i}.bin": part, "other.py": b"raise"})
    return folder


def joined_source(shelf: Path, *, hub: bool = False, whole: bytes = WHOLE) -> Source:
    wheels = tuple(
        Wheel(
            requirement=f"blob-part{i}==1.0",
            sha256=sha((shelf / f"blob_part{i}-1.0-py3-none-any.whl").read_bytes()),
            members=(Member(member=f"blob_part{i}/data/part{i}.bin", path="blob.bin", size=len(part)),),
        )
        for i, part in enumerate(PARTS, 1)
    )
    return Source(
        folder="models",
        licence="CC0",
        origin="test",
        files=(SourceFile(path="blob.bin", size=len(whole), sha256=sha(whole)),),
        hub=Hub(url="{hub}/repo/{file}") if hub else None,
        wheels=wheels,
    )


def single_source(shelf: Path, *, hub: bool = False) -> Source:
    """The same file from one wheel: pip runs once."""
    digest = make_wheel(shelf, "blob", {"blob/blob.bin": WHOLE})
    members = (Member(member="blob/blob.bin", path="blob.bin", size=len(WHOLE)),)
    wheel = Wheel(requirement="blob==1.0", sha256=digest, members=members)
    return joined_source(shelf, hub=hub).model_copy(update={"wheels": (wheel,)})


def fetcher(tmp_path: Path, source: Source, shelf: Path, **options: object) -> Fetcher:
    pip_args = ["--no-index", "--find-links", str(shelf)]
    return Fetcher(tmp_path / "home", sources={"blob": source}, pip_args=pip_args, **options)  # type: ignore[arg-type]


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves a folder; understands ``Range: bytes=N-`` and notes what was asked."""

    asked: list[str]

    def do_GET(self) -> None:
        self.server.asked.append(self.headers.get("Range", ""))  # type: ignore[attr-defined]
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        data = path.read_bytes()
        begin = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))
        self.send_response(206 if begin else 200)
        self.send_header("Content-Length", str(len(data) - begin))
        self.end_headers()
        self.wfile.write(data[begin:])

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[tuple[str, Path, list[str]]]:
    """A hub on loopback: its address, the folder it serves, and the ranges that were asked for."""
    folder = tmp_path / "hub"
    (folder / "repo").mkdir(parents=True)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    server.asked = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", folder / "repo", server.asked  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def online() -> Iterator[None]:
    """Hubs are not switched off in this test."""
    before = os.environ.pop("HF_HUB_OFFLINE", None)
    yield
    if before is not None:
        os.environ["HF_HUB_OFFLINE"] = before


def test_parts_are_joined_in_order_and_only_members_extracted(tmp_path: Path, shelf: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    fetch = fetcher(tmp_path, joined_source(shelf), shelf)
    assert fetch.located("blob") is None
    path = fetch.fetch("blob", lambda *step: seen.append(step))
    assert path == tmp_path / "home" / "models" / "blob" / "blob.bin"
    assert path.read_bytes() == WHOLE
    assert fetch.located("blob") == path
    assert fetch.verify("blob")
    assert seen[-1] == ("blob", len(WHOLE), len(WHOLE))
    assert all(0 <= done <= total == len(WHOLE) for _, done, total in seen)
    left = {entry.name for entry in path.parent.parent.iterdir()}
    assert left <= {"blob", ".blob.lock"}
    assert [entry.name for entry in path.parent.iterdir()] == ["blob.bin"]


def test_an_interrupted_fetch_goes_on_where_it_stopped(tmp_path: Path, shelf: Path) -> None:
    source = joined_source(shelf)
    (shelf / "blob_part2-1.0-py3-none-any.whl").rename(shelf / "hidden")
    fetch = fetcher(tmp_path, source, shelf)
    with pytest.raises(SetupFailed, match="not in the package index"):
        fetch.fetch("blob")
    (shelf / "hidden").rename(shelf / "blob_part2-1.0-py3-none-any.whl")
    # The first part is not needed again, and half of the second one is written anew.
    (shelf / "blob_part1-1.0-py3-none-any.whl").unlink()
    partial_file = tmp_path / "home" / "models" / ".blob.partial" / "blob.bin"
    partial_file.write_bytes(PARTS[0] + b"half of it")
    assert fetch.fetch("blob").read_bytes() == WHOLE


def test_a_wheel_with_a_wrong_checksum_is_refused(tmp_path: Path, shelf: Path) -> None:
    source = joined_source(shelf)
    make_wheel(shelf, "blob_part2", {"blob_part2/data/part2.bin": PARTS[1].upper()})
    fetch = fetcher(tmp_path, source, shelf)
    with pytest.raises(SetupFailed, match=r"wrong checksum of blob-part2==1\.0") as failure:
        fetch.fetch("blob")
    assert "\n" not in str(failure.value)
    assert failure.value.mend
    assert fetch.located("blob") is None


def test_a_file_with_a_wrong_checksum_is_refused_and_forgotten(tmp_path: Path, shelf: Path) -> None:
    fetch = fetcher(tmp_path, joined_source(shelf, whole=WHOLE[:-1] + b"!"), shelf)
    with pytest.raises(SetupFailed, match=r"wrong checksum of blob\.bin"):
        fetch.fetch("blob")
    assert not (tmp_path / "home" / "models" / ".blob.partial" / "blob.bin").exists()


def test_a_false_beginning_is_thrown_away(tmp_path: Path, shelf: Path) -> None:
    fetch = fetcher(tmp_path, single_source(shelf), shelf)
    aside = tmp_path / "home" / "models" / ".blob.partial"
    aside.mkdir(parents=True)
    (aside / "blob.bin").write_bytes(b"<html>sign in to this network" + PARTS[0][29:])
    assert fetch.fetch("blob").read_bytes() == WHOLE


def test_a_damaged_file_in_place_is_seen(tmp_path: Path, shelf: Path) -> None:
    fetch = fetcher(tmp_path, single_source(shelf), shelf)
    path = fetch.fetch("blob")
    path.write_bytes(WHOLE.upper())
    assert not fetch.verify("blob")
    path.write_bytes(WHOLE[:100])
    assert fetch.located("blob") is None
    assert fetch.fetch("blob").read_bytes() == WHOLE


@pytest.mark.usefixtures("online")
def test_the_hub_goes_first_and_resumes(
    tmp_path: Path, shelf: Path, hub: tuple[str, Path, list[str]]
) -> None:
    address, folder, asked = hub
    (folder / "blob.bin").write_bytes(WHOLE)
    source = joined_source(shelf, hub=True).model_copy(update={"wheels": ()})
    fetch = fetcher(tmp_path, source, shelf, hub=address)
    aside = tmp_path / "home" / "models" / ".blob.partial"
    aside.mkdir(parents=True)
    (aside / "blob.bin").write_bytes(WHOLE[:1000])
    assert fetch.fetch("blob").read_bytes() == WHOLE
    assert asked == ["bytes=1000-"]


@pytest.mark.usefixtures("online")
@pytest.mark.parametrize("served", [None, b"<html>", WHOLE.upper(), WHOLE + b"and more"])
def test_wheels_follow_a_hub_that_fails(
    tmp_path: Path, shelf: Path, hub: tuple[str, Path, list[str]], served: bytes | None
) -> None:
    address, folder, _ = hub
    if served is not None:
        (folder / "blob.bin").write_bytes(served)
    fetch = fetcher(tmp_path, single_source(shelf, hub=True), shelf, hub=address)
    assert fetch.fetch("blob").read_bytes() == WHOLE


@pytest.mark.usefixtures("online")
def test_without_a_network_both_places_are_named(tmp_path: Path, shelf: Path) -> None:
    source = joined_source(shelf, hub=True)
    dead = "http://127.0.0.1:9"
    fetch = Fetcher(
        tmp_path / "home", sources={"blob": source}, hub=dead, pip_args=["--index-url", f"{dead}/simple"]
    )
    with pytest.raises(SetupFailed, match=r"hub: no network; wheels: no network") as failure:
        fetch.fetch("blob")
    assert "\n" not in str(failure.value)


def test_offline_skips_the_hub(tmp_path: Path, shelf: Path, hub: tuple[str, Path, list[str]]) -> None:
    assert os.environ["HF_HUB_OFFLINE"] == "1"
    address, folder, asked = hub
    (folder / "blob.bin").write_bytes(WHOLE)
    fetcher(tmp_path, single_source(shelf, hub=True), shelf, hub=address).fetch("blob")
    assert asked == []


def test_too_little_space_is_said_before_anything_is_fetched(tmp_path: Path, shelf: Path) -> None:
    source = joined_source(shelf)
    huge = source.model_copy(update={"files": (SourceFile(path="blob.bin", size=1 << 60, sha256="0" * 64),)})
    with pytest.raises(SetupFailed, match="No space for blob") as failure:
        fetcher(tmp_path, huge, shelf).fetch("blob")
    assert "free some space" in failure.value.mend


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the platform has no /dev/full")
def test_a_disk_that_fills_up_is_said_in_one_line(tmp_path: Path, shelf: Path) -> None:
    aside = tmp_path / "home" / "models" / ".blob.partial"
    aside.mkdir(parents=True)
    (aside / "blob.bin").symlink_to("/dev/full")
    with pytest.raises(SetupFailed, match="the disk is full"):
        fetcher(tmp_path, joined_source(shelf), shelf).fetch("blob")


def test_a_python_without_pip_says_how_to_get_it(tmp_path: Path, shelf: Path) -> None:
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True)
    fetch = fetcher(tmp_path, joined_source(shelf), shelf, python=str(bare / "bin" / "python"))
    with pytest.raises(SetupFailed, match="pip is missing") as failure:
        fetch.fetch("blob")
    assert failure.value.mend.endswith("-m ensurepip")


def test_two_fetches_at_once_do_not_mix(tmp_path: Path, shelf: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    fetch = fetcher(tmp_path, single_source(shelf), shelf)
    lock = tmp_path / "home" / "models" / ".blob.lock"
    lock.parent.mkdir(parents=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(SetupFailed, match="Another process is fetching blob"):
            fetch.fetch("blob")
    assert fetch.fetch("blob").read_bytes() == WHOLE


def test_the_committed_list_is_consistent() -> None:
    sources = load_sources()
    assert set(sources) == {
        "movies-db", "ml-100k", "all-minilm-l6-v2",
        "smollm2-135m", "qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b",
    }  # fmt: skip
    for source in sources.values():
        sizes: dict[str, int] = {}
        for wheel in source.wheels:
            assert len(wheel.sha256) == 64
            for member in wheel.members:
                sizes[member.path] = sizes.get(member.path, 0) + member.size
        assert sizes == {file.path: file.size for file in source.files}
        assert all(len(file.sha256) == 64 for file in source.files)


def test_unknown_sources_are_refused_with_the_names_there_are(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="movies-db"):
        Fetcher(tmp_path).fetch("nothing")
