"""Arrays on disk that know what they were made from: safetensors beside a manifest, never a pickle.

An artifact is a folder of two files. ``arrays.safetensors`` holds the numbers; ``manifest.json`` names the
kind, the hash of the catalogue's data, the configuration, the library versions, and the hash of the first
file. The folder is written aside, read back, and renamed: a reader sees the old artifact or the new one.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from importlib.metadata import version as library_version
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from ..data.errors import DataError, NoData, SetupFailed
from ..data.schema import Frozen

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

ARRAYS = "arrays.safetensors"
MANIFEST = "manifest.json"
_LIBRARIES = ("numpy", "scipy", "safetensors")


class Manifest(Frozen):
    """What an artifact was made from, stored beside its arrays."""

    kind: str
    version: int
    data_sha256: str
    arrays_sha256: str
    config: dict[str, Any]
    libraries: dict[str, str]


def save_arrays(
    folder: Path,
    arrays: dict[str, NDArray[Any]],
    *,
    kind: str,
    data_sha256: str,
    config: dict[str, Any],
    version: int,
) -> None:
    """Write an artifact, replacing the one in ``folder``.

    ``config`` must be plain JSON: tuples and numpy scalars would not compare equal when read back.
    Raises SetupFailed when the disk refuses or gives back something else than was written.
    """
    aside = folder.with_name(f".{folder.name}.{os.getpid()}.new")
    try:
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, aside / ARRAYS)
        manifest = Manifest(
            kind=kind,
            version=version,
            data_sha256=data_sha256,
            arrays_sha256=file_sha256(aside / ARRAYS),
            config=config,
            libraries={name: library_version(name) for name in _LIBRARIES},
        )
        (aside / MANIFEST).write_text(manifest.model_dump_json(indent=1) + "\n", encoding="utf-8")
        if set(load_file(aside / ARRAYS)) != set(arrays):
            raise SetupFailed(f"The arrays of {folder.name} did not read back as they were written.")
        swap_in(aside, folder)
    except OSError as error:
        raise SetupFailed(f"Could not write {folder}: {error.strerror or error}.") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def load_arrays(
    folder: Path, *, kind: str, data_sha256: str, version: int
) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """The arrays and the configuration of an artifact.

    Raises NoData where there is none, DataError when it is of another kind or version, was made from other
    data, or is damaged; both name the command that rebuilds it.
    """
    manifest = read_manifest(folder)
    if manifest.kind != kind:
        raise _broken(folder, f"is of the kind {manifest.kind}, not {kind}")
    if manifest.version != version:
        raise _broken(folder, f"has format {manifest.version}, this version of palate reads {version}")
    if manifest.data_sha256 != data_sha256:
        raise _broken(folder, "was made from other data than the catalogue holds now")
    path = folder / ARRAYS
    try:
        if file_sha256(path) != manifest.arrays_sha256:
            raise _broken(folder, "is damaged (its checksum differs)")
        return load_file(path), manifest.config
    except (OSError, SafetensorError) as error:
        raise _broken(folder, "cannot be read") from error


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the artifact in ``folder``; raises NoData or DataError."""
    path = folder / MANIFEST
    try:
        return Manifest.model_validate_json(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise NoData(f"The catalogue {_catalog(folder)} has no {folder.name} yet.", _mend(folder)) from None
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise _broken(folder, "has a manifest that cannot be read") from error


def is_current(folder: Path, *, kind: str, data_sha256: str, config: dict[str, Any], version: int) -> bool:
    """Whether ``folder`` holds, undamaged, what :func:`save_arrays` would write for these arguments."""
    try:
        manifest = read_manifest(folder)
        wanted = (kind, version, data_sha256, json.loads(json.dumps(config)))
        found = (manifest.kind, manifest.version, manifest.data_sha256, manifest.config)
        return found == wanted and file_sha256(folder / ARRAYS) == manifest.arrays_sha256
    except (NoData, DataError, OSError):
        return False


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal; raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def swap_in(aside: Path, folder: Path) -> None:
    """Put the finished folder ``aside`` in the place of ``folder``; raises OSError.

    A folder that is not empty cannot be renamed over, so the old one steps aside first.
    """
    old = folder.with_name(f".{folder.name}.{os.getpid()}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    aside.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _catalog(folder: Path) -> str:
    # Artifacts lie in CATALOG/artifacts/NAME.
    return folder.absolute().parents[1].name


def _mend(folder: Path) -> str:
    return f"palate setup --catalog {_catalog(folder)}"


def _broken(folder: Path, what: str) -> DataError:
    return DataError(f"The {folder.name} of the catalogue {_catalog(folder)} {what}.", _mend(folder))
