"""Importing a person's own files: guessed columns, mappings, and rows or files that are no good."""

from __future__ import annotations

import csv
import json
import os
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from palate.data.catalog import Catalog
from palate.data.errors import DataError, UserError
from palate.data.importers.cells import guess_facet, number_of, text_of, time_of
from palate.data.importers.registry import builder_of
from palate.data.importers.tabular import build_mapped, import_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GAMES = [
    {"sku": "a1", "name": "Salt Road", "about": "x", "year": "1999", "mechanics": "trade|dice",
     "minutes": "45", "maker": "Ada Quill", "photo": "a.png"},
    {"sku": "b2", "name": "Iron Fleet", "about": "y", "year": "2004", "mechanics": "war",
     "minutes": "120.5", "maker": "Bruno Falk", "photo": "https://example.org/b.png"},
    {"sku": "c3", "name": "Harvest", "about": "z", "year": "", "mechanics": "dice|farm", "minutes": "n/a",
     "maker": "Chiyo Mori", "photo": ""},
]  # fmt: skip
PLAYS = [("u1", "a1", 5), ("u1", "b2", 2), ("u2", "a1", 4), ("u3", "c3", 1), ("u3", "a1", 5)]


@pytest.fixture(autouse=True)
def home(tmp_path: Path) -> Iterator[Path]:
    """Each test imports into a home of its own."""
    before = os.environ.get("PALATE_HOME")
    os.environ["PALATE_HOME"] = str(tmp_path / "home")
    yield tmp_path / "home"
    if before is None:
        del os.environ["PALATE_HOME"]
    else:
        os.environ["PALATE_HOME"] = before


def write_csv(path: Path, rows: list[dict[str, Any]], delimiter: str = ",", encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_plays(path: Path, plays: list[tuple[Any, ...]] = PLAYS) -> Path:
    columns = ("user", "sku", "stars", "when")
    return write_csv(path, [dict(zip(columns, (*play, 1_000), strict=True)) for play in plays])


def write_parquet(path: Path, rows: list[dict[str, Any]]) -> Path:
    import pyarrow
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    return path


def write_jsonl(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def check_games(catalog: Catalog) -> None:
    assert catalog.titles == ["Salt Road", "Iron Fleet", "Harvest"]
    kinds = {facet.name: (facet.kind, facet.multiple) for facet in catalog.spec.facets}
    assert kinds["year"] == ("year", False)
    assert kinds["mechanics"] == ("category", True)
    assert kinds["minutes"] == ("number", False)
    assert catalog.item(0).facets["mechanics"] == ("trade", "dice")
    assert catalog.item(1).facets["minutes"] == 120.5
    assert "minutes" not in catalog.item(2).facets
    assert catalog.label(2) == "Harvest"


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl", "parquet"])
def test_every_format_gives_the_same_catalogue(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"games.{ending}"
    if ending == "parquet":
        write_parquet(path, GAMES)
    elif ending == "jsonl":
        write_jsonl(path, GAMES)
    else:
        write_csv(path, GAMES, "\t" if ending == "tsv" else ",")
    report = import_files("games", path, write_plays(tmp_path / "plays.csv"))
    check_games(Catalog.open("games"))
    assert report.rejected == 0
    assert report.notes == ()
    assert report.roles["sku"] in ("id", "item")
    assert report.roles["minutes"] == "facet minutes (number)"


def test_interactions_become_people_ratings_and_known_ness(tmp_path: Path) -> None:
    report = import_files("games", write_csv(tmp_path / "g.csv", GAMES), write_plays(tmp_path / "p.csv"))
    catalog = Catalog.open("games")
    assert (report.spec.n_people, report.spec.n_interactions) == (3, 5)
    assert report.spec.rating_range == (1, 5)
    assert report.spec.like_at == 4
    expected = [[5, 2, 0], [4, 0, 0], [5, 0, 1]]
    assert catalog.interactions.matrix().toarray().tolist() == expected
    assert set(catalog.interactions.times) == {1_000}
    assert catalog.known[0] > catalog.known[1] == catalog.known[2]


def test_repetitions_and_unreadable_times_are_said(tmp_path: Path) -> None:
    plays = write_plays(tmp_path / "p.csv", [*PLAYS, ("u1", "a1", 3)])
    plays.write_text(plays.read_text().replace("1000", "soon"))
    report = import_files("games", write_csv(tmp_path / "g.csv", GAMES), plays)
    assert len(report.notes) == 2
    assert "1 interactions repeat" in report.notes[0]
    assert "No time" in report.notes[1]
    assert Catalog.open("games").interactions.matrix()[0, 0] == 3


def test_images_are_found_beside_the_file(tmp_path: Path) -> None:
    import_files("games", write_csv(tmp_path / "g.csv", GAMES))
    catalog = Catalog.open("games")
    assert catalog.item(0).image == str(tmp_path / "a.png")
    assert catalog.item(1).image == "https://example.org/b.png"
    assert catalog.item(2).image is None


def test_a_mapping_overrides_what_is_guessed(tmp_path: Path) -> None:
    mapping = tmp_path / "map.toml"
    mapping.write_text(
        'noun = "game"\nplural = "games"\nverb = "play"\nlike_at = 5\nguess_facets = false\n'
        '[items]\nid = "sku"\nid_format = "game-{}"\ntitle = "name"\ntext = "about"\nknown = "minutes"\n'
        '[[facets]]\nname = "way"\nlabel = "mechanic"\nkind = "category"\ncolumn = "mechanics"\n'
        'multiple = true\nseparator = "|"\nrename = { trade = "Trade" }\ndrop = ["dice"]\n'
    )
    plays = write_plays(tmp_path / "p.csv")
    report = import_files("games", write_csv(tmp_path / "g.csv", GAMES), plays, mapping)
    catalog = Catalog.open("games")
    assert (report.spec.noun, report.spec.like_at) == ("game", 5)
    assert catalog.ids == ["game-a1", "game-b2", "game-c3"]
    assert catalog.item(0).text == "x"
    assert catalog.values("way") == ["Trade", "farm", "war"]
    assert [facet.name for facet in catalog.spec.facets] == ["way"]
    assert len(catalog.interactions) == 5
    assert int(np.argmax(catalog.known)) == 1


def test_bad_rows_are_put_aside_with_their_lines(tmp_path: Path) -> None:
    bad = [GAMES[0], {**GAMES[1], "sku": ""}, {**GAMES[1], "name": "NaN"}]
    more = [{**GAMES[0], "sku": "d4"}, {**GAMES[0], "sku": "e5"}]
    path = write_csv(tmp_path / "g.csv", [*GAMES, *bad, *more])
    with path.open("a") as file:
        file.write("only,three,fields\n")
    plays = write_plays(tmp_path / "p.csv", [*PLAYS, ("u9", "zz", 3), ("u9", "a1", "nan"), ("", "a1", 3)])
    report = import_files("games", path, plays)
    assert (report.spec.n_items, report.spec.n_interactions) == (5, 5)
    assert report.rejected == 7
    assert report.rejected_file is not None
    with report.rejected_file.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    found = {(row["file"], row["line"], row["reason"]) for row in rows}
    assert found == {
        ("g.csv", "5", "repeated id"),
        ("g.csv", "6", "no id"),
        ("g.csv", "7", "no title"),
        ("g.csv", "10", "3 fields instead of 8"),
        ("p.csv", "7", "unknown item 'zz'"),
        ("p.csv", "8", "the rating is no number"),
        ("p.csv", "9", "no person"),
    }
    # A clean import takes the list of the earlier one away.
    assert import_files("games", write_csv(tmp_path / "g.csv", GAMES)).rejected_file is None
    assert not report.rejected_file.exists()


def test_a_file_of_mostly_bad_rows_is_refused_and_nothing_changes(tmp_path: Path) -> None:
    import_files("games", write_csv(tmp_path / "g.csv", GAMES))
    before = Catalog.open("games").spec.data_sha256
    plays = write_plays(tmp_path / "p.csv", [("u", f"other{i}", 3) for i in range(9)])
    with pytest.raises(DataError, match=r"9 of 9 rows cannot be used \(most: unknown item"):
        import_files("games", tmp_path / "g.csv", plays)
    assert Catalog.open("games").spec.data_sha256 == before


@pytest.mark.parametrize(
    ("encoding", "delimiter", "note"),
    [
        ("utf-8-sig", ",", "byte-order mark"),
        ("utf-16", ",", "UTF-16"),
        ("cp1252", ",", "Windows-1252"),
        ("utf-8", ";", "separated by ';'"),
        ("utf-8", "\t", "separated by"),
    ],
)
def test_files_that_can_be_mended_are_and_it_is_said(
    tmp_path: Path, encoding: str, delimiter: str, note: str
) -> None:
    games = [{**GAMES[0], "name": "Café Bazaar"}, *GAMES[1:]]
    report = import_files("games", write_csv(tmp_path / "g.csv", games, delimiter, encoding))
    assert Catalog.open("games").titles[0] == "Café Bazaar"
    assert len(report.notes) == 1
    assert note in report.notes[0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\x00\x01\x02\x03", "no text file"),
        (b"id,title\n", "no rows"),
        (b"id,id\n1,2\n", "each once"),
        (b"colour,size\nred,3\n", "looks like an id"),
        (b"id,size\n1,3\n", "looks like a title"),
    ],
)
def test_files_that_cannot_be_read_are_refused_in_one_line(
    tmp_path: Path, home: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "g.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as failure:
        import_files("games", path)
    assert "\n" not in str(failure.value)
    assert not (home / "catalogs" / "games").exists()


def test_broken_parquet_mappings_and_names_are_refused(tmp_path: Path) -> None:
    games = write_csv(tmp_path / "g.csv", GAMES)
    (tmp_path / "g.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(DataError, match="no readable Parquet"):
        import_files("games", tmp_path / "g.parquet")
    with pytest.raises(DataError, match="There is no file"):
        import_files("games", tmp_path / "absent.csv")
    with pytest.raises(UserError, match="built-in"):
        import_files("films", games)
    with pytest.raises(UserError, match="cannot be a catalogue"):
        import_files("../up", games)
    mapping = tmp_path / "map.toml"
    for text, message in (
        ("nown = 1", "nown"),
        ("[items", "no TOML"),
        ('[items]\nid = "nope"', "no column 'nope'"),
    ):
        mapping.write_text(text)
        with pytest.raises(UserError, match=message):
            import_files("games", games, None, mapping)


def test_broken_json_lines_are_put_aside(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "g.jsonl", GAMES)
    path.write_text(path.read_text() + "\n{broken\n[1]\n")
    assert import_files("games", path).rejected == 2


def test_lists_in_json_are_several_values(tmp_path: Path) -> None:
    rows = [{"id": i, "title": f"T{i}", "tags": ["a", "b"] if i % 2 else ["c"]} for i in range(1, 6)]
    import_files("things", write_jsonl(tmp_path / "t.jsonl", rows))
    catalog = Catalog.open("things")
    assert catalog.ids[0] == "1"
    assert catalog.item(0).facets["tags"] == ("a", "b")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=12).filter(text_of),
        min_size=1, max_size=12,
    )
)  # fmt: skip
def test_any_titles_survive_the_way_through_csv(tmp_path: Path, titles: list[str]) -> None:
    rows = [{"id": f"n{i}", "title": title, "size": i} for i, title in enumerate(titles)]
    import_files("any", write_csv(tmp_path / "any.csv", rows))
    assert Catalog.open("any").titles == titles


def test_cells() -> None:
    assert text_of("  a \n b ") == "a b"
    assert text_of(float("nan")) == text_of(None) == text_of("NULL") == ""
    assert text_of(3.0) == "3"
    assert number_of("1,5") == 1.5
    assert number_of("inf") is None
    assert time_of("1970-01-02") == 86_400
    assert time_of(1_600_000_000_000) == time_of("1600000000") == 1_600_000_000
    assert time_of("soon") == 0


def test_columns_that_say_nothing_make_no_facet() -> None:
    assert guess_facet("image_url", ["a", "b"]) is None
    assert guess_facet("colour", ["red"] * 9) is None
    assert guess_facet("empty", ["", None]) is None
    facet = guess_facet("Maker", [f"Maker {chr(65 + i % 26)}{i}" for i in range(200)])
    assert facet is not None
    assert (facet.name, facet.kind) == ("maker", "name")
    text = guess_facet("notes", ["a long remark about this thing and why it is the way it is, " * 2] * 5)
    assert text is not None
    assert (text.kind, text.shown) == ("text", False)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "items", "people", "interactions"),
    [
        ("ml-latest-small", 9_742, 488, 72_101),
        ("goodbooks", 10_000, 2_138, 238_770),
        ("groceries", 81, 0, 0),
        ("assets", 782, 0, 0),
        ("gowalla", 40_981, 29_858, 810_128),
    ],
)
def test_the_committed_mappings_read_the_data_sets(
    shared: Path, name: str, items: int, people: int, interactions: int
) -> None:
    spec = build_mapped(name, shared / "datasets").spec
    assert (spec.n_items, spec.n_people, spec.n_interactions) == (items, people, interactions)


@pytest.mark.shared
def test_films_of_movielens_small_carry_texts_and_imdb_ids(shared: Path) -> None:
    build_mapped("ml-latest-small", shared / "datasets")
    catalog = Catalog.open("ml-latest-small")
    heat = catalog.item(catalog.position("tt0113277"))
    assert catalog.label(catalog.position("tt0113277")) == "Heat (1995)"
    assert heat.facets["genre"] == ("Action", "Crime", "Thriller")
    assert heat.facets["director"] == ("Michael Mann",)
    assert "detective" in heat.text.lower()
    assert "The Usual Suspects" in catalog.titles


def test_unknown_mappings_are_refused_with_the_names_there_are(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="ml-latest-small"):
        build_mapped("nothing", tmp_path)
    with pytest.raises(DataError, match="There is no file"):
        build_mapped("groceries", tmp_path)


def test_a_mapped_catalogue_has_a_builder_where_its_data_sets_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PALATE_DATASETS", str(tmp_path))
    build = builder_of("groceries")
    assert build is not None
    with pytest.raises(DataError, match=r"products\.csv"):
        build("groceries", None)
    assert builder_of("nothing") is None


def test_a_mapped_catalogue_has_no_builder_where_no_data_sets_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PALATE_DATASETS", str(tmp_path / "absent"))
    assert builder_of("groceries") is None
