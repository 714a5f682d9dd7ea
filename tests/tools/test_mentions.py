from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from palate.data.catalog import Catalog
from palate.tools.lookup import TitleIndex

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def titles(toy_path: Path, tmp_path_factory: pytest.TempPathFactory) -> TitleIndex:
    path = tmp_path_factory.mktemp("mentions") / "toy"
    shutil.copytree(toy_path, path)
    return TitleIndex.open(Catalog.open(path))


def seen(titles: TitleIndex, text: str) -> list[str]:
    return [titles.catalog.label(span.matches[0].position) for span in titles.mentions(text)]


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("something like The Salt Road", ["The Salt Road (1970)"]),
        ("I loved salt road and iron fleet", ["The Salt Road (1970)", "Iron Fleet (2005)"]),
        ("similar to Iron Fleet II but shorter", ["Iron Fleet II (1998)"]),
        ("I played Twelve Lanterns, Café Bazaar and It",
         ["Twelve Lanterns (2019)", "Café Bazaar (2012)", "It (1991)"]),
        ('what about "It"?', ["It (1991)"]),
        ("Harvest (2010) was great", ["Harvest (2010)"]),
        ("harvest 2010", ["Harvest (2010)"]),
        ("we enjoyed the salt raod", ["The Salt Road (1970)"]),
        ("lanterns", ["Twelve Lanterns (2019)"]),
        ("The Salt Road", ["The Salt Road (1970)"]),
        ("crypt & candle, please", ["Crypt & Candle (1976)"]),
        ("I love A Quiet Orchard", ["A Quiet Orchard (1983)"]),
    ],
)  # fmt: skip
def test_titles_in_running_text(titles: TitleIndex, text: str, labels: list[str]) -> None:
    assert seen(titles, text) == labels


@pytest.mark.parametrize(
    "text",
    [
        "it is scary",
        "I like it",
        "It was ok",
        "how long does it take?",
        "a harvest game for two",
        "something about the harvest season",
        "no more than an hour",
        "THAT IS IT",
        "yes",
    ],
)
def test_everyday_words_are_no_titles(titles: TitleIndex, text: str) -> None:
    assert seen(titles, text) == []
    assert titles.unknown(text) == []


@pytest.mark.parametrize(
    ("text", "surface"),
    [
        ("something like Zorblax Returns", "Zorblax Returns"),
        ("something like zorblax", "zorblax"),
        ('have you got "Purple Rainmakers"?', "Purple Rainmakers"),
        ("I loved The Salt Road and Zorblax", "Zorblax"),
    ],
)
def test_titles_that_nobody_knows_are_told_apart(titles: TitleIndex, text: str, surface: str) -> None:
    assert [span.surface for span in titles.unknown(text)] == [surface]


def test_the_longest_title_wins(titles: TitleIndex) -> None:
    assert seen(titles, "I liked Harvest Moon") == ["Harvest Moon (1984)"]


def test_a_possessive_is_not_part_of_the_title(titles: TitleIndex) -> None:
    (span,) = titles.mentions("I love The Salt Road's art")
    assert span.surface == "The Salt Road"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("something by Ada Quill", ["Ada Quill"]),
        ("something by quill", ["Ada Quill"]),
        ("games designed by Mori", ["Chiyo Mori"]),
        ("Quill's games", ["Ada Quill"]),
        ("by chiyo morri", ["Chiyo Mori"]),
        ("by Bruno", []),
        ("a tomato harvest", []),
    ],
)
def test_names_in_running_text(titles: TitleIndex, text: str, names: list[str]) -> None:
    assert [span.matches[0].value for span in titles.names.mentions(text)] == names


def test_a_name_resolves_to_its_facet(titles: TitleIndex) -> None:
    (name,) = titles.names.find("ada quill")
    assert (name.facet, name.value) == ("designer", "Ada Quill")


def test_names_leave_taken_words_alone(titles: TitleIndex) -> None:
    assert titles.names.mentions("by Ada Quill", taken=[(3, 12)]) == []


@pytest.mark.films
@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("I loved Heat and Fargo", ["Heat (1995)", "Fargo (1996)"]),
        ("heat and fargo", ["Heat (1995)", "Fargo (1996)"]),
        ("i liked shawshank, se7en and inceptoin",
         ["The Shawshank Redemption (1994)", "Seven (1995)", "Inception (2010)"]),
        ("recommend me something like Alien, after 1985", ["Alien (1979)"]),
        ("something like alien", ["Alien (1979)"]),
        ("movies like Kubrick's 2001", ["2001: A Space Odyssey (1968)"]),
        ("after Inception, Memento and Up what should I watch?",
         ["Inception (2010)", "Memento (2000)", "Up (2009)"]),
        ("a film directed by hitchcock or with Grace Kelly", []),
        ("I want a ghost story", []),
        ("up to two hours", []),
        ("her big day was fun", []),
        ("alien monsters invading earth", []),
        ("films about war and love", []),
        ("set in New York", []),
    ],
)  # fmt: skip
def test_films_in_running_text(films: Catalog, text: str, labels: list[str]) -> None:
    assert seen(TitleIndex.open(films), text) == labels


@pytest.mark.films
@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("something by Kurosawa", "Akira Kurosawa"),
        ("hitchcock films", "Alfred Hitchcock"),
        ("I like Tarantino", "Quentin Tarantino"),
        ("like Kubrick", "Stanley Kubrick"),
        ("by tarentino", "Quentin Tarantino"),
    ],
)
def test_people_by_surname(films: Catalog, text: str, name: str) -> None:
    assert TitleIndex.open(films).names.mentions(text)[0].matches[0].value == name
