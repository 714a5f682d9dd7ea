"""Catalogues: what is written is what is opened, and broken or foreign files are refused."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from palate.data.catalog import Catalog, Interactions, write_catalog
from palate.data.errors import DataError, NoData
from palate.data.schema import CatalogSpec, Facet, Item
from toy import SPEC, toy_interactions, toy_items, write_toy

if TYPE_CHECKING:
    from pathlib import Path


def test_items_come_back_as_written(toy: Catalog) -> None:
    items = toy_items()
    assert toy.n == len(items) == 60
    assert [toy.item(i) for i in range(toy.n)] == items
    assert toy.titles[0] == "The Salt Road"
    assert toy.aliases(0) == ("Die Salzstraße",)
    assert toy.position("g07") == 7
    with pytest.raises(KeyError):
        toy.position("g99")
    with pytest.raises(IndexError):
        toy.item(-1)


def test_columns_agree_with_the_items(toy: Catalog) -> None:
    themes, postings = toy.values("theme"), toy.postings("theme")
    assert postings.shape == (60, 4)
    for i, item in enumerate(toy_items()):
        has = [themes[column] for column in postings[[i]].indices]
        assert tuple(sorted(has)) == item.facets["theme"]
    minutes = toy.numbers("minutes")
    assert minutes.dtype == np.float32
    assert np.isnan(minutes[10])
    assert minutes[1] == 30
    with pytest.raises(KeyError):
        toy.numbers("theme")
    with pytest.raises(KeyError):
        toy.values("minutes")


def test_labels_carry_the_year_where_it_is_known(toy: Catalog) -> None:
    assert toy.label(0) == "The Salt Road (1970)"
    assert toy.label(33) == toy.titles[33]


def test_documents_say_title_facets_and_text(toy: Catalog) -> None:
    documents = toy.documents()
    assert len(documents) == 60
    assert documents[0].startswith("The Salt Road (1970).")
    assert "Theme: Economic, Farming." in documents[0]
    assert "A calm puzzle about economic." in documents[0]
    assert "Score" not in documents[0]


def test_interactions_come_back_sorted(toy: Catalog) -> None:
    made, read = toy_interactions(), toy.interactions
    assert read.n_people == 40
    assert len(read) == toy.spec.n_interactions == len(made)
    assert np.array_equal(read.ratings, made.ratings)
    keys = read.people * 10**11 + read.times
    assert (np.diff(keys) >= 0).all()
    likes = read.likes(4.0)
    assert likes.shape == (40, 60)
    assert likes.sum() == (read.ratings >= 4).sum()
    assert read.likes(None).sum() == len(read)


def test_only_people_renumbers(toy: Catalog) -> None:
    keep = np.arange(40) % 2 == 1
    part = toy.interactions.only_people(keep)
    assert part.n_people == 20
    assert np.array_equal(part.matrix().toarray(), toy.interactions.matrix().toarray()[keep])


@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.integers(0, 5), st.integers(1, 5), st.integers(0, 99)), max_size=40
    )
)
def test_of_keeps_the_latest_of_each_pair(rows: list[tuple[int, int, int, int]]) -> None:
    columns = np.array(rows, np.int64).reshape(-1, 4).T
    found = Interactions.of(
        columns[0], columns[1], columns[2].astype(np.float32), columns[3], n_people=5, n_items=6
    )
    expected: dict[tuple[int, int], tuple[int, int]] = {}
    for person, item, rating, time in rows:
        if (person, item) not in expected or time >= expected[person, item][0]:
            expected[person, item] = (time, rating)
    got = zip(found.people, found.items, found.times, found.ratings, strict=True)
    assert {(p, i): (t, r) for p, i, t, r in got} == expected
    assert found.matrix().nnz == len(expected)


def test_of_refuses_what_does_not_fit() -> None:
    two = np.array([0, 1])
    with pytest.raises(ValueError, match="outside"):
        Interactions.of(two, two, n_people=1, n_items=2)
    with pytest.raises(ValueError, match="length"):
        Interactions.of(two, two[:1], n_people=2, n_items=2)
    with pytest.raises(ValueError, match="finite"):
        Interactions.of(two, two, np.array([1, np.nan], np.float32), n_people=2, n_items=2)


def test_absent_catalogue_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(NoData, match="palate setup --catalog nowhere"):
        Catalog.open(tmp_path / "nowhere")
    with pytest.raises(NoData):
        Catalog.open("../../etc")


@pytest.mark.parametrize(
    "name", ["items.jsonl", "index.json", "facets.safetensors", "vocabulary.json", "catalog.json"]
)
@pytest.mark.parametrize("size", [0, 100])
def test_files_cut_off_are_refused(toy_path: Path, tmp_path: Path, name: str, size: int) -> None:
    copy = tmp_path / "toy"
    shutil.copytree(toy_path, copy)
    (copy / name).write_bytes((copy / name).read_bytes()[:size])
    with pytest.raises(DataError, match="palate setup --catalog toy"):
        Catalog.open(copy)


def test_files_of_another_build_are_refused(toy_path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "toy"
    shutil.copytree(toy_path, copy)
    index = json.loads((copy / "index.json").read_text())
    (copy / "index.json").write_text(json.dumps(index | {"data_sha256": "0" * 64}))
    with pytest.raises(DataError, match="different builds"):
        Catalog.open(copy)
    (copy / "index.json").write_text(json.dumps(index | {"format": 99}))
    with pytest.raises(DataError, match="format"):
        Catalog.open(copy)


def test_verify_sees_a_changed_byte(toy_path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "toy"
    shutil.copytree(toy_path, copy)
    lines = (copy / "items.jsonl").read_bytes()
    (copy / "items.jsonl").write_bytes(lines.replace(b"Harvest Moon", b"Harvest Noon"))
    with pytest.raises(DataError, match="checksum"):
        Catalog.open(copy).verify()


def test_rewriting_keeps_artifacts_and_leaves_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "toy"
    first = write_toy(path)
    (path / "artifacts").mkdir()
    (path / "artifacts" / "model").write_text("x")
    second = write_catalog(SPEC, toy_items()[:50], None, path)
    assert second.data_sha256 != first.data_sha256
    assert (path / "artifacts" / "model").exists()
    assert Catalog.open(path).n == 50
    assert len(Catalog.open(path).interactions) == 0
    assert [entry.name for entry in tmp_path.iterdir()] == ["toy"]


def test_an_opened_catalogue_stays_as_it_was_when_it_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "toy"
    write_toy(path)
    opened = Catalog.open(path)
    write_catalog(SPEC, toy_items()[30:], None, path)
    assert [opened.item(i) for i in range(opened.n)] == toy_items()
    assert len(opened.numbers("minutes")) == 60
    assert opened.postings("theme").shape == (60, 4)


def test_interactions_of_another_build_are_refused(toy_path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "toy"
    shutil.copytree(toy_path, copy)
    other = tmp_path / "other"
    few = toy_interactions().only_people(np.arange(40) < 3)
    write_catalog(SPEC, toy_items(), few, other)
    shutil.copy(other / "interactions.safetensors", copy)
    with pytest.raises(DataError, match="interactions"):
        _ = Catalog.open(copy).interactions


def test_the_same_data_give_the_same_hash(tmp_path: Path, toy: Catalog) -> None:
    assert write_toy(tmp_path / "again").data_sha256 == toy.spec.data_sha256


def test_a_refused_catalogue_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "toy"
    write_toy(path)
    bad = [*toy_items(), toy_items()[0]]
    with pytest.raises(DataError, match="repeated"):
        write_catalog(SPEC, bad, None, path)
    assert Catalog.open(path).n == 60


@pytest.mark.parametrize(
    ("facets", "message"),
    [
        ({"colour": "red"}, "does not describe"),
        ({"minutes": "long"}, "does not suit"),
        ({"minutes": float("nan")}, "does not suit"),
        ({"theme": "War"}, "does not suit"),
        ({"language": ("a", "b")}, "does not suit"),
    ],
)
def test_values_must_suit_their_facet(tmp_path: Path, facets: dict[str, object], message: str) -> None:
    item = Item.model_validate({"id": "a", "title": "A", "facets": facets})
    with pytest.raises(DataError, match=message):
        write_catalog(SPEC, [item], None, tmp_path / "bad")


def test_an_empty_catalogue_opens(tmp_path: Path) -> None:
    write_catalog(
        CatalogSpec(name="none", facets=(Facet(name="f", label="f", kind="category"),)),
        [],
        None,
        tmp_path / "none",
    )
    catalog = Catalog.open(tmp_path / "none")
    assert catalog.n == 0
    assert catalog.documents() == []
    assert catalog.postings("f").shape == (0, 0)


def test_opening_imports_nothing_heavy(toy_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from palate.data.catalog import Catalog;"
        f"c = Catalog.open(Path({str(toy_path)!r})); c.item(3); c.numbers('minutes');"
        "print(sorted({'torch', 'chromadb', 'sentence_transformers', 'pyarrow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
