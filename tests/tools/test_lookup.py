from __future__ import annotations

import shutil
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from palate.data.catalog import Catalog
from palate.tools.lookup import TitleIndex, prominence
from palate.tools.titles import spellings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def titles(toy_path: Path, tmp_path_factory: pytest.TempPathFactory) -> TitleIndex:
    path = tmp_path_factory.mktemp("lookup") / "toy"
    shutil.copytree(toy_path, path)
    return TitleIndex.open(Catalog.open(path))


def first(titles: TitleIndex, text: str, year: int | None = None) -> str:
    found = titles.find(text, year=year)
    return titles.catalog.label(found[0].position) if found else ""


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("The Salt Road", "The Salt Road (1970)"),
        ("salt road", "The Salt Road (1970)"),
        ("Salt Road, The", "The Salt Road (1970)"),
        ("die salzstrasse", "The Salt Road (1970)"),
        ("the salt raod", "The Salt Road (1970)"),
        ("iron fleet 2", "Iron Fleet II (1998)"),
        ("Iron Fleet two", "Iron Fleet II (1998)"),
        ("iron fleet 1", "Iron Fleet (2005)"),
        ("iron fleet", "Iron Fleet (2005)"),
        ("cafe bazaar", "Café Bazaar (2012)"),
        ("12 lanterns", "Twelve Lanterns (2019)"),
        ("crypt and candle", "Crypt & Candle (1976)"),
        ("quiet orchard", "A Quiet Orchard (1983)"),
        ("bazaar", "Café Bazaar (2012)"),
        ("lanterns", "Twelve Lanterns (2019)"),
        ("siege of vern", "Siege of Varn (1997)"),
        ("harvest (2010)", "Harvest (2010)"),
        ("harvest", "Harvest (1977)"),
    ],
)
def test_titles_are_found_as_people_write_them(titles: TitleIndex, text: str, label: str) -> None:
    assert first(titles, text) == label


def test_a_year_chooses_among_items_of_one_title(titles: TitleIndex) -> None:
    assert first(titles, "harvest", year=2010) == "Harvest (2010)"
    assert first(titles, "harvest", year=1977) == "Harvest (1977)"
    assert first(titles, "the 2010 harvest") == "Harvest (2010)"


def test_certainty_falls_with_the_fit(titles: TitleIndex) -> None:
    whole, partial, typo = (
        titles.find(text)[0].certainty for text in ("The Salt Road", "bazaar", "cafe bazar")
    )
    assert whole > 0.95
    assert 0.4 < partial < whole
    assert 0.4 < typo < whole


def test_what_is_no_title_is_not_certain(titles: TitleIndex) -> None:
    assert all(match.certainty < 0.6 for match in titles.find("zebra quantum paradox"))
    assert titles.find("") == []
    assert titles.find("?!") == []


def test_an_alias_is_named_by_the_match(titles: TitleIndex) -> None:
    match = titles.find("Die Salzstraße")[0]
    assert (match.title, match.alias) == ("The Salt Road", "Die Salzstraße")


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text() | st.text(alphabet="the salt road it 2 ii()'\"&,."))
def test_no_text_raises(titles: TitleIndex, text: str) -> None:
    for match in titles.find(text):
        assert 0 <= match.certainty <= 1
    spans = [*titles.mentions(text), *titles.unknown(text)]
    spans.sort()
    for span in spans:
        assert text[span.start : span.end] == span.surface
    assert all(one.end <= other.start for one, other in pairwise(spans))
    for name in titles.names.mentions(text):
        assert text[name.start : name.end] == name.surface
    titles.names.find(text)


def test_every_title_finds_its_item(titles: TitleIndex) -> None:
    for position, title in enumerate(titles.catalog.titles):
        found = [match.position for match in titles.find(title, 5, titles.year(position))]
        assert position in found


def test_the_stored_index_answers_like_the_made_one(titles: TitleIndex) -> None:
    stored = TitleIndex.open(titles.catalog)
    for text in ("salt road", "iron fleet 2", "siege of vern", "zebra"):
        assert stored.find(text) == titles.find(text)
    assert stored.names.find("quill") == titles.names.find("quill")


def test_a_broken_index_is_made_anew(titles: TitleIndex, tmp_path: Path) -> None:
    path = tmp_path / "toy"
    shutil.copytree(titles.catalog.path, path)
    (path / "artifacts" / "titles" / "arrays.safetensors").write_bytes(b"broken")
    assert TitleIndex.open(Catalog.open(path)).find("salt road")[0].title == "The Salt Road"


def test_spellings_of_titles_with_heads_tails_and_brackets() -> None:
    def of(title: str) -> set[str]:
        return {" ".join(spelling.parts) for spelling in spellings(title)}

    assert {"terminator 2 judgment day", "terminator 2", "judgment day"} <= of("Terminator 2: Judgment Day")
    assert {"seven", "se7en", "7"} <= of("Seven (Se7en)")
    assert {"the godfather part 2", "godfather 2"} <= of("The Godfather Part II")
    assert of("Usual Suspects, The") >= {"the usual suspects", "usual suspects"}
    assert of("$") == {"$"}


def test_prominence_falls_with_the_rank() -> None:
    weights = prominence(np.array([1.0, 0.9, 0.5, 0.0], np.float32))
    assert (np.diff(weights) < 0).all()


@pytest.mark.films
@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("alien", "Alien (1979)"),
        ("matrix", "The Matrix (1999)"),
        ("se7en", "Seven (1995)"),
        ("godfather 2", "The Godfather Part II (1974)"),
        ("terminator two", "Terminator 2: Judgment Day (1991)"),
        ("shawshank", "The Shawshank Redemption (1994)"),
        ("amelie", "Amélie (2001)"),
        ("inceptoin", "Inception (2010)"),
        ("star wars", "Star Wars (1977)"),
        ("silence of the lambs", "The Silence of the Lambs (1991)"),
        ("seven samurai", "Seven Samurai (1954)"),
        ("Alien (1979)", "Alien (1979)"),
        ("the 1982 thing", "The Thing (1982)"),
        ("12 monkeys", "12 Monkeys (1995)"),
        ("dark knight", "The Dark Knight (2008)"),
        ("usual suspects", "The Usual Suspects (1995)"),
        ("heat", "Heat (1995)"),
        ("spiderman", "Spider-Man (2002)"),
        ("mission impossible", "Mission: Impossible (1996)"),
        ("empire strikes back", "The Empire Strikes Back (1980)"),
        ("shawshank redemtion", "The Shawshank Redemption (1994)"),
    ],
)
def test_films_as_people_write_them(films: Catalog, text: str, label: str) -> None:
    assert first(TitleIndex.open(films), text) == label
