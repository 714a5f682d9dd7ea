from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from palate.data.errors import DataError, NoData, SetupFailed
from palate.tools.artifacts import ARRAYS, MANIFEST, is_current, load_arrays, read_manifest, save_arrays

if TYPE_CHECKING:
    from pathlib import Path

ARGS: dict[str, Any] = {"kind": "model", "data_sha256": "abc", "version": 2}
VALUES: dict[str, Any] = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.array([1, 2], np.int64)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "toy" / "artifacts" / "model"
    save_arrays(path, VALUES, config={"k": 80}, **ARGS)
    return path


def test_arrays_and_configuration_come_back(folder: Path) -> None:
    arrays, config = load_arrays(folder, **ARGS)
    assert config == {"k": 80}
    assert set(arrays) == {"a", "b"}
    np.testing.assert_array_equal(arrays["a"], VALUES["a"])
    assert arrays["b"].dtype == np.int64


def test_a_view_is_stored_by_its_values(tmp_path: Path) -> None:
    transposed = VALUES["a"].T
    save_arrays(tmp_path / "c" / "artifacts" / "m", {"t": transposed}, config={}, **ARGS)
    arrays, _ = load_arrays(tmp_path / "c" / "artifacts" / "m", **ARGS)
    np.testing.assert_array_equal(arrays["t"], transposed)


def test_the_manifest_names_libraries_and_the_files_hash(folder: Path) -> None:
    manifest = read_manifest(folder)
    assert "numpy" in manifest.libraries
    assert len(manifest.arrays_sha256) == 64


def test_saving_again_replaces_and_leaves_nothing_beside(folder: Path) -> None:
    save_arrays(folder, {"c": VALUES["b"]}, config={"k": 1}, **ARGS)
    arrays, config = load_arrays(folder, **ARGS)
    assert (set(arrays), config) == ({"c"}, {"k": 1})
    assert [path.name for path in folder.parent.iterdir()] == ["model"]


@pytest.mark.parametrize(
    ("change", "says"),
    [({"kind": "other"}, "kind"), ({"data_sha256": "def"}, "other data"), ({"version": 3}, "format")],
)
def test_what_does_not_belong_is_refused_with_the_command_that_mends(
    folder: Path, change: dict[str, Any], says: str
) -> None:
    with pytest.raises(DataError, match=says) as caught:
        load_arrays(folder, **(ARGS | change))
    assert caught.value.mend == "palate setup --catalog toy"


def test_one_changed_byte_is_noticed(folder: Path) -> None:
    raw = bytearray((folder / ARRAYS).read_bytes())
    raw[-1] ^= 1
    (folder / ARRAYS).write_bytes(raw)
    with pytest.raises(DataError, match="damaged"):
        load_arrays(folder, **ARGS)
    assert not is_current(folder, config={"k": 80}, **ARGS)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"kind": "model"}', "\udcff"])
def test_a_broken_manifest_is_refused(folder: Path, text: str) -> None:
    (folder / MANIFEST).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(DataError, match="manifest"):
        load_arrays(folder, **ARGS)


def test_missing_arrays_are_refused(folder: Path) -> None:
    (folder / ARRAYS).unlink()
    with pytest.raises(DataError, match="cannot be read"):
        load_arrays(folder, **ARGS)


def test_where_nothing_is_the_error_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(NoData, match="palate setup --catalog toy"):
        load_arrays(tmp_path / "toy" / "artifacts" / "ease", **ARGS)


def test_is_current_compares_everything(folder: Path) -> None:
    assert is_current(folder, config={"k": 80}, **ARGS)
    assert not is_current(folder, config={"k": 81}, **ARGS)
    for change in ({"kind": "x"}, {"data_sha256": "x"}, {"version": 1}):
        assert not is_current(folder, config={"k": 80}, **(ARGS | change))
    assert not is_current(folder.parent / "none", config={"k": 80}, **ARGS)


def test_a_disk_that_refuses_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SetupFailed, match="Could not write"):
        save_arrays(tmp_path / "file" / "model", VALUES, config={}, **ARGS)


def test_the_manifest_is_json(folder: Path) -> None:
    assert json.loads((folder / MANIFEST).read_text())["config"] == {"k": 80}
