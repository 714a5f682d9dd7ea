"""Notes: the schema, the closed vocabulary, and what the checker refuses."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from palate.data.catalog import Catalog, write_catalog
from palate.data.errors import DataError
from palate.data.notes import (
    FILMS,
    Note,
    load_notes,
    note_facets,
    note_qualities,
    note_values,
    read_lines,
    vocabulary,
    with_notes,
)
from palate.data.notes_check import Facts, check, main
from palate.data.schema import CatalogSpec, Facet, Item, Quality
from pydantic import ValidationError

if TYPE_CHECKING:
    from pathlib import Path

GOOD: dict[str, Any] = {
    "id": {"imdb": "tt0000001"},
    "title": "The Lighthouse Keeper",
    "year": 1950,
    "about": "A keeper on a rock in the sea takes in a stranger who will not say where he comes from. "
    "It is quiet, damp and full of creaking wood.",
    "moods": ["suspenseful", "lonely", "atmospheric"],
    "themes": ["dark secret", "trust", "loneliness"],
    "setting": ["sea", "1950s"],
    "intensity": {"violence": 1, "gore": 0, "dread": 2, "humour": 0, "warmth": 1},
    "pace": 1,
    "for": "People who like bad weather and few words.",
    "origin": "palate",
}


@pytest.fixture
def facts(tmp_path: Path) -> Facts:
    """Five invented films; Ada Busy is in four of them, Ben Once in one, only the first is French."""
    spec = CatalogSpec(
        name="inventions",
        noun="film",
        facets=(
            Facet(name="year", label="year", kind="year"),
            Facet(name="cast", label="cast", kind="name", multiple=True),
            Facet(
                name="country",
                label="country",
                kind="category",
                multiple=True,
                synonyms={"France": ("french",), "Germany": ("german",)},
            ),
        ),
    )
    keeper = Item(
        id="tt0000001",
        title="The Lighthouse Keeper",
        aliases=("The Keeper",),
        facets={"year": 1950, "cast": ("Ben Once",), "country": ("France",)},
    )
    others = [
        Item(id=f"tt000001{i}", title=f"Other {i}", facets={"year": 1960 + i, "cast": ("Ada Busy",)})
        for i in range(4)
    ]
    write_catalog(spec, [keeper, *others], None, tmp_path / "inventions")
    return Facts(Catalog.open(tmp_path / "inventions"))


def written(path: Path, *notes: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(note) + "\n" for note in notes), encoding="utf-8")
    return path


def errors_of(tmp_path: Path, facts: Facts | None, *notes: dict[str, Any]) -> list[str]:
    return check(read_lines(written(tmp_path / "notes.jsonl", *notes)), vocabulary(), facts)


def test_a_right_note_has_no_errors(tmp_path: Path, facts: Facts) -> None:
    assert errors_of(tmp_path, facts, GOOD) == []


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"moods": ["suspenseful", "lonely", "sparkly"]}, "the mood 'sparkly' is not in the vocabulary"),
        ({"themes": ["trust", "trust", "guilt"]}, "the theme 'trust' is given twice"),
        ({"setting": ["the moon"]}, "the setting 'the moon' is not in the vocabulary"),
        ({"moods": ["bleak", "joyful", "lonely"]}, "the moods 'bleak' and 'joyful' do not go together"),
        ({"moods": ["witty", "lonely", "gritty"]}, "the mood 'witty' does not go with humour 0"),
        ({"origin": "somebody"}, "the origin 'somebody' is not in the vocabulary"),
        ({"about": GOOD["about"] + " It turns out he is alone."}, "'turns out' may give the end away"),
        ({"about": GOOD["about"].rstrip(".")}, "about does not end a sentence"),
        ({"id": {"imdb": "tt0000002"}}, "the catalogue has no tt0000002"),
        ({"id": {"ml100k": "7"}}, "the catalogue has no ml100k-7"),
        ({"title": "The Lighthouse"}, "the catalogue calls it 'The Lighthouse Keeper'"),
        ({"year": 1951}, "the catalogue dates it 1950"),
        ({"for": "People who watch everything with Ada Busy."}, "does not link it with Ada Busy"),
        ({"for": "People who have a weakness for any German film."}, "does not call it a german film"),
    ],
)
def test_each_mistake_is_told(tmp_path: Path, facts: Facts, change: dict[str, Any], error: str) -> None:
    found = errors_of(tmp_path, facts, GOOD | change)
    assert [one for one in found if one.endswith(error)], found
    assert found[0].startswith("notes.jsonl:1: ")


@pytest.mark.parametrize(
    "change",
    [
        {"title": "The Keeper"},
        {"title": "Lighthouse Keeper"},
        {"for": "People who have a weakness for any French film."},
        {"for": "People who know the songs of Ben Once."},
        {"for": "People who know the songs of Cara Unknown."},
    ],
)
def test_what_the_catalogue_does_not_contradict_passes(
    tmp_path: Path, facts: Facts, change: dict[str, Any]
) -> None:
    assert errors_of(tmp_path, facts, GOOD | change) == []


def test_two_notes_share_no_sentence_and_no_item(tmp_path: Path) -> None:
    second = GOOD["about"].split(". ")[1]
    shares = GOOD | {"id": {"imdb": "tt0000010"}, "about": f"{second} {'Gulls scream over it. ' * 3}".strip()}
    found = errors_of(tmp_path, None, GOOD, shares)
    assert sum("a sentence was in notes.jsonl:1 already" in one for one in found) == 2  # about and for
    assert any(
        "the item was in notes.jsonl:1 already" in one for one in errors_of(tmp_path, None, GOOD, GOOD)
    )


@pytest.mark.parametrize(
    "change",
    [
        {"about": "Too short."},
        {"about": "x" * 321},
        {"for": "All."},
        {"moods": ["lonely", "gritty"]},
        {"themes": ["trust"] * 9},
        {"setting": []},
        {"pace": 4},
        {"pace": 1.5},
        {"intensity": {"violence": 1, "gore": 0, "dread": 2, "humour": 0}},
        {"id": {}},
        {"id": {"imdb": "tt0000001", "ml100k": "1"}},
        {"id": {"imdb": "0000001"}},
        {"stars": 5},
    ],
)
def test_the_schema_refuses(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Note.model_validate_json(json.dumps(GOOD | change))


def test_a_broken_line_is_an_error_and_not_a_crash(tmp_path: Path) -> None:
    path = tmp_path / "notes.jsonl"
    path.write_text(json.dumps(GOOD) + "\n{broken\n", encoding="utf-8")
    assert check(read_lines(path), vocabulary(), None)[0].startswith("notes.jsonl:2: ")
    with pytest.raises(DataError, match="line 2"):
        load_notes(path)


def test_the_command_exits_with_1_where_there_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = written(tmp_path / "good.jsonl", GOOD)
    bad = written(tmp_path / "bad.jsonl", GOOD | {"setting": ["the moon"]}, GOOD | {"origin": "x"})
    assert main(["check", str(good), "--catalog", "none"]) == 0
    assert capsys.readouterr().out == ""
    assert main(["check", str(bad), "--catalog", "none"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert all(line.startswith("bad.jsonl:") for line in lines)
    assert len(lines) >= 2
    assert main(["check", str(tmp_path / "absent.jsonl"), "--catalog", "none"]) == 1


def test_merge_orders_replaces_and_refuses_what_is_wrong(tmp_path: Path) -> None:
    into = tmp_path / "all.jsonl"
    older = GOOD | {
        "id": {"ml100k": "9"},
        "year": 1940,
        "about": "z" * 90 + ".",
        "for": "Nobody but the brave.",
    }
    first = written(tmp_path / "first.jsonl", GOOD)
    assert main(["merge", str(first), "--into", str(into), "--catalog", "none"]) == 0
    second = written(tmp_path / "second.jsonl", GOOD | {"pace": 3}, older)
    assert main(["merge", str(second), "--into", str(into), "--catalog", "none"]) == 0
    notes = load_notes(into)
    assert list(notes) == ["ml100k-9", "tt0000001"]
    assert notes["tt0000001"].pace == 3
    before = into.read_bytes()
    shares = written(tmp_path / "shares.jsonl", GOOD | {"id": {"imdb": "tt0000010"}})
    assert main(["merge", str(shares), "--into", str(into), "--catalog", "none"]) == 1
    wrong = written(tmp_path / "wrong.jsonl", GOOD | {"origin": "x"})
    assert main(["merge", str(wrong), "--into", str(into), "--catalog", "none"]) == 1
    assert into.read_bytes() == before


def test_a_note_survives_writing_and_reading() -> None:
    note = Note.model_validate_json(json.dumps(GOOD))
    assert json.loads(note.model_dump_json(exclude_none=True)) == GOOD


def test_no_notes_where_there_is_no_file(tmp_path: Path) -> None:
    assert load_notes(tmp_path / "absent.jsonl") == {}


def test_an_everyday_word_leads_to_one_term() -> None:
    words = vocabulary()
    for table in (words.moods, words.themes, words.settings):
        everyday = [word for term, rest in table.items() for word in (term.lower(), *rest)]
        assert len(everyday) == len(set(everyday))
        assert all(word == word.lower().strip() for rest in table.values() for word in rest)


def test_what_the_vocabulary_refers_to_is_in_it() -> None:
    words = vocabulary()
    used = {
        *(mood for one in words.qualities for mood in (*one.avoid, *one.prefer)),
        *words.bounds,
        *words.conflicts,
        *(mood for moods in words.conflicts.values() for mood in moods),
    }
    assert used <= words.moods.keys()
    scales = {scale for bounds in words.bounds.values() for scale in bounds}
    assert (
        scales | {scale for one in words.qualities for scale in (*one.prefer_grades, *one.avoid_grades)}
        <= words.scales.keys()
    )
    said = [word for one in words.qualities for word in one.words]
    assert len(said) == len(set(said))


def test_a_broken_vocabulary_is_told(tmp_path: Path) -> None:
    path = tmp_path / "vocabulary.toml"
    path.write_text("[moods]\nsad = 3\n", encoding="utf-8")
    with pytest.raises(DataError, match="vocabulary"):
        vocabulary(path)


def test_notes_become_facets_that_a_catalogue_takes(tmp_path: Path) -> None:
    facets = note_facets(vocabulary())
    values = note_values(Note.model_validate_json(json.dumps(GOOD)))
    assert {facet.name for facet in facets} == values.keys()
    spec = CatalogSpec(name="noted", facets=facets)
    write_catalog(spec, [Item(id="a", title="A", facets=values)], None, tmp_path / "noted")
    catalog = Catalog.open(tmp_path / "noted")
    assert catalog.numbers("dread")[0] == 2
    assert catalog.values("mood") == ["atmospheric", "lonely", "suspenseful"]
    gore = spec.facet("gore")
    assert "less gory" in gore.less
    assert "gory" in gore.high


def test_qualities_lean_to_moods() -> None:
    leans = {word: quality for quality in note_qualities(vocabulary()) for word in quality.words}
    assert "heartwarming" in leans["feel-good"].prefer["mood"]
    assert "bleak" in leans["less bleak"].avoid["mood"]
    # What spoils it and what cannot stand beside what is wanted are avoided.
    assert {"heartbreaking", "bleak"} <= set(leans["feel-good"].avoid["mood"])
    assert leans["feel-good"].avoid["dread"] == ("2", "3")


def test_a_spec_with_notes_leans_by_the_note_first_and_by_its_facts_for_items_without_one() -> None:
    plain = CatalogSpec(
        name="films",
        facets=(Facet(name="genre", label="genre", kind="category", multiple=True),),
        qualities=(
            Quality(words=("gritty", "noisy"), prefer={"genre": ("Crime",)}),
            Quality(words=("slow",), avoid={"genre": ("Action",)}),
        ),
        unknown_qualities=("gory", "well-acted"),
    )
    spec = with_notes(plain, vocabulary())
    leans = {word: quality for quality in spec.qualities for word in quality.words}
    assert leans["gritty"].prefer == {"mood": ("gritty",), "genre": ("Crime",)}
    assert leans["noisy"].prefer == {"genre": ("Crime",)}
    assert leans["slow"].prefer == {"pace": ("0", "1")}
    assert leans["slow"].avoid == {"genre": ("Action",)}
    assert spec.unknown_qualities == ("well-acted",)
    assert [facet.name for facet in spec.facets if not facet.judged] == ["genre"]


@pytest.mark.films
def test_our_notes_are_right(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(FILMS)]) == 0, capsys.readouterr().out


def everyday() -> list[dict[str, Any]]:
    path = FILMS.parents[2] / "benchmarks" / "everyday_requests.toml"
    requests: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))["request"]
    return requests


def test_everyday_requests_are_well_formed() -> None:
    requests = everyday()
    assert len(requests) == 150 == len({one["ask"] for one in requests})
    for one in requests:
        films = [*one["must"], *one.get("may", []), *one["must_not"]]
        assert len(films) == len(set(films)), one["ask"]
        assert 3 <= len(one["must"]) <= 6, one["ask"]
        assert 2 <= len(one["must_not"]) <= 4, one["ask"]


@pytest.mark.films
def test_everyday_requests_name_films_of_the_catalogue(films: Catalog) -> None:
    year = films.numbers("year")
    named = {
        f"{title} ({int(year[position])})"
        for position in range(films.n)
        if year[position] == year[position]
        for title in (films.titles[position], *films.aliases(position))
    }
    asked = {film for one in everyday() for key in ("must", "may", "must_not") for film in one.get(key, [])}
    assert asked <= named, sorted(asked - named)
