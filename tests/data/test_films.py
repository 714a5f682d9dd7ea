"""The film catalogues: the join, titles, genres, critics' scores and known-ness."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from palate.data.catalog import Catalog
from palate.data.fetch import located
from palate.data.importers.films import build_from, merged_genres, read_table
from palate.data.importers.films import joined as join_films
from palate.data.importers.films_facts import Facts, critics_score, read_facts, sensible
from palate.data.importers.films_join import Film, join
from palate.data.importers.films_known import known_of
from palate.data.importers.movielens import read_films, read_ratings

if TYPE_CHECKING:
    from collections.abc import Sequence

CHECKED = json.loads(Path(__file__).with_name("films_joins.json").read_text(encoding="utf-8"))
"""220 films of MovieLens-100K drawn at random, each joined by hand: its id → IMDb id, or null."""


def film(film_id: str, title: str, year: int | None = 1990, *genres: str) -> Film:
    return Film(film_id, title, year, frozenset(genres or ("Drama",)))


def joined(rated: Sequence[Film], facts: Sequence[Film]) -> dict[str, str | None]:
    return join(rated, facts, {})


def test_years_must_agree() -> None:
    facts = [film("old", "Heat", 1972), film("new", "Heat", 1995)]
    assert joined([film("1", "Heat", 1995)], facts) == {"1": "new"}
    assert joined([film("1", "Heat", 1996)], facts) == {"1": "new"}
    assert joined([film("1", "Heat", 1985)], facts) == {"1": None}
    assert joined([film("1", "Heat", None)], facts) == {"1": None}


def test_two_years_apart_needs_a_title_without_namesake() -> None:
    facts = [film("a", "Harvest Road", 1992)]
    assert joined([film("1", "Harvest Road", 1990)], facts) == {"1": "a"}
    assert joined([film("1", "Harvest Road", 1990, "Horror")], facts) == {"1": None}
    assert joined([film("1", "Harvest Road", 1990)], [*facts, film("b", "Harvest Road", 1950)]) == {"1": None}


def test_a_series_episode_is_found_by_either_part() -> None:
    facts = [
        film("iv", "Star Wars: Episode IV – A New Hope", 1977),
        film("v", "Star Wars: Episode V – X", 1980),
    ]
    assert joined([film("1", "Star Wars", 1977), film("2", "X", 1980)], facts)["1"] == "iv"


def test_namesakes_with_another_article_and_genre_stay_apart() -> None:
    facts = [film("fear", "Fear", 1996, "Thriller")]
    rated = [film("1", "Fear", 1996, "Thriller"), film("2", "Fear, The", 1995, "Horror")]
    assert joined(rated, facts) == {"1": "fear", "2": None}


def test_typing_errors_are_seen_through_but_not_sequels() -> None:
    facts = [film("a", "Nightmare Corridor II"), film("b", "Nightmare Corridors III")]
    assert joined([film("1", "Nightmare Coridor 2")], facts) == {"1": "a"}
    assert joined([film("1", "Nightmare Coridor 4")], facts) == {"1": None}


def test_repeated_entries_share_a_film_and_aliases_go_first() -> None:
    facts = [film("a", "Hugo Pool"), film("b", "Another")]
    rated = [
        film("1", "Hugo Pool"),
        film("2", "Hugo Pool"),
        film("3", "Quite Different"),
        film("4", "Another"),
    ]
    assert join(rated, facts, {"3": "b", "4": ""}) == {"1": "a", "2": "a", "3": "b", "4": None}


def test_genres_of_movielens_lead() -> None:
    wikidata = ("Thriller", "Mystery", "Drama", "Crime", "History", "Action", "Adventure")
    assert merged_genres(("Action", "Crime", "Thriller"), wikidata) == ("Action", "Crime", "Thriller")
    assert merged_genres(("Drama", "War"), ("History", "Biography")) == (
        "Drama",
        "War",
        "Biography",
        "History",
    )
    assert merged_genres((), ("Comedy",)) == ("Comedy",)
    assert sensible(wikidata) == ("Thriller", "Mystery", "Drama", "Crime", "Action", "Adventure")
    assert sensible(("Drama", "History")) == ("Drama", "History")


def test_few_reviews_do_not_outrank_many() -> None:
    few, many = critics_score(10.0, 100, 5), critics_score(9.0, 95, 200)
    assert few is not None
    assert many is not None
    assert few < many
    assert critics_score(None, 90, 100) is not None
    assert critics_score(None, None, 100) is None
    assert critics_score(9.0, 90, 0) is None


def test_known_ness_follows_ratings_and_reviews() -> None:
    films = [Facts(f"tt{i}", "t", 2000 + i % 3, reviews=i * 5, box_office=i * 1e6) for i in range(40)]
    known = known_of(films, [0] * 40)
    assert known[39] > known[20] > known[1]
    assert ((known > 0) & (known < 1)).all()
    rated = known_of([*films, None], [*[0] * 40, 100])
    assert rated[40] > rated[20]
    assert known_of(films, [200, *[0] * 39])[0] > known[0]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """``films``, built anew from the files that were fetched."""
    database, folder = located("movies-db"), located("ml-100k")
    assert database is not None
    assert folder is not None
    path = tmp_path_factory.mktemp("catalogs") / "films"
    build_from("films", database, folder, path)
    return Catalog.open(path)


@pytest.mark.films
def test_the_build_reproduces_the_checked_joins() -> None:
    database, folder = located("movies-db"), located("ml-100k")
    assert database is not None
    assert folder is not None
    special = read_table("films_aliases.toml")
    facts = read_facts(database, special["corrections"])
    rated = read_films(folder)
    found = join_films(rated, facts, special["joins"])
    wrong = {film_id: found[film_id] for film_id in CHECKED if found[film_id] != CHECKED[film_id]}
    assert wrong == {}
    counts = np.bincount(read_ratings(folder, rated).films, minlength=len(rated))
    has = np.array([found[one.id] is not None for one in rated])
    assert counts[has].sum() / counts.sum() >= 0.97
    assert has[counts >= 20].mean() >= 0.96


@pytest.mark.films
def test_films_holds_every_film_and_almost_every_rating(built: Catalog) -> None:
    assert built.n > 17_700
    assert built.spec.n_people == 943
    assert built.spec.n_interactions > 99_600
    rated = np.unique(built.interactions.items)
    assert 1_640 < len(rated) < 1_682
    assert built.spec.best_by == "critics"


@pytest.mark.films
def test_titles_are_the_ones_people_use(built: Catalog) -> None:
    labels = {item_id: built.label(built.position(item_id)) for item_id in built.ids}
    assert labels["tt0076759"] == "Star Wars (1977)"
    assert labels["tt0086190"] == "Return of the Jedi (1983)"
    assert labels["tt0114814"] == "The Usual Suspects (1995)"
    assert labels["tt0114746"] == "12 Monkeys (1995)"
    assert labels["tt0097937"] == "My Left Foot (1989)"
    assert "Se7en" in built.aliases(built.position("tt0114369"))
    assert "Twelve Monkeys" in built.aliases(built.position("tt0114746"))
    assert not [title for title in built.titles if title.endswith((", The", ", A", ", La", ", Il"))]
    assert "unkonwn" not in built.titles


@pytest.mark.films
def test_the_well_known_are_known(built: Catalog) -> None:
    known = {item_id: float(built.known[built.position(item_id)]) for item_id in built.ids}
    for well in ("tt1375666", "tt0468569", "tt0120737", "tt0076759", "tt0133093"):
        assert known[well] > 0.99
    documentary = (
        built.postings("genre")[:, [built.values("genre").index("Documentary")]].toarray().ravel() > 0
    )
    recent = documentary & (built.numbers("year") == 2013)
    assert np.median(built.known[recent]) < 0.5


@pytest.mark.films
def test_the_best_of_a_director_are_the_best(built: Catalog) -> None:
    column = built.values("director").index("Akira Kurosawa")
    films = np.flatnonzero(built.postings("director")[:, [column]].toarray().ravel())
    best = films[np.argsort(-np.nan_to_num(built.numbers("critics")[films]))][:5]
    assert built.position("tt0047478") == best[0]
    assert built.position("tt0042876") in best


@pytest.mark.films
def test_vocabularies_are_one(built: Catalog) -> None:
    genres = built.values("genre")
    assert "Children's" not in genres
    assert "unknown" not in genres
    assert len(genres) == 21
    spoken = {facet.name: set(facet.synonyms) for facet in built.spec.facets if facet.synonyms}
    for facet, values in spoken.items():
        # The vocabulary of notes has terms to spare.
        assert values <= set(built.values(facet)) or built.spec.facet(facet).judged, facet
    for quality in built.spec.qualities:
        for name, wanted in {**quality.prefer, **quality.avoid}.items():
            grades = [str(grade) for grade in range(len(built.spec.facet(name).grades))]
            assert set(wanted) <= set(grades or built.values(name))


@pytest.mark.films
def test_documents_are_short(built: Catalog) -> None:
    documents = built.documents()
    noted = [bool(built.item(place).facets.get("about")) for place in range(built.n)]
    lengths = np.array([len(document.split()) for document in documents])
    assert lengths[~np.array(noted)].max() <= 60
    assert lengths.max() <= 150
    alien = documents[built.position("tt0078748")]
    # What a film is called says nothing of what it is like.
    assert alien.startswith("Genre: Action, Horror, Sci-Fi, Thriller. Director: Ridley Scott.")
    assert "Alien (1979)" not in alien
    assert "Mood: " in alien
