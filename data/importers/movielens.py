"""MovieLens-100K: 100,000 ratings of 1,682 films by 943 people (GroupLens; research use).

F. M. Harper and J. A. Konstan, "The MovieLens Datasets: History and Context", ACM TiiS 5(4), 2015.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..catalog import Interactions, catalog_path, write_catalog
from ..errors import DataError
from ..fetch import fetch
from ..schema import CatalogSpec, Facet, FacetValue, Item
from .films_facts import GENRES
from .known import quantiles
from .titles import split_year, variants

if TYPE_CHECKING:
    from pathlib import Path

    from ..arrays import FloatArray, IntArray
    from ..catalog import Catalog
    from ..fetch import Progress

LICENCE = "MovieLens terms: research use, no redistribution"
NAME = "movielens-100k"


@dataclass(frozen=True)
class RatedFilm:
    """A film as MovieLens names it: its id there, title as written, year and genres (palate's names)."""

    id: str
    title: str
    year: int | None
    genres: tuple[str, ...]


@dataclass(frozen=True)
class Ratings:
    """Ratings in the order of the file: person and film as positions, 1 to 5, unix seconds."""

    people: IntArray
    films: IntArray
    ratings: FloatArray
    times: IntArray
    n_people: int


def read_films(folder: Path) -> list[RatedFilm]:
    """The films of MovieLens-100K, in the order of the file; raises DataError for a broken one."""
    films = []
    for row in _rows(folder / "ml-100k.item"):
        title, year_in_title = split_year(row["movie_title:token_seq"])
        year = row["release_year:token"]
        genres = tuple(GENRES.get(genre, genre) for genre in row["class:token_seq"].split())
        films.append(
            RatedFilm(
                id=row["item_id:token"],
                title=title,
                year=int(year) if year.isdigit() else year_in_title,
                genres=tuple(genre for genre in genres if genre != "unknown"),
            )
        )
    return films


def read_ratings(folder: Path, films: list[RatedFilm]) -> Ratings:
    """The ratings of MovieLens-100K; raises DataError for a broken file."""
    rows = _rows(folder / "ml-100k.inter")
    at = {film.id: position for position, film in enumerate(films)}
    people = np.array([int(row["user_id:token"]) for row in rows], np.int64)
    _, positions = np.unique(people, return_inverse=True)
    return Ratings(
        people=positions.astype(np.int64),
        films=np.array([at[row["item_id:token"]] for row in rows], np.int64),
        ratings=np.array([float(row["rating:float"]) for row in rows], np.float32),
        times=np.array([int(float(row["timestamp:float"])) for row in rows], np.int64),
        n_people=int(positions.max()) + 1,
    )


def source_order(catalog: Catalog) -> IntArray:
    """The positions among the interactions of ``catalog``, as :func:`build` wrote it, of the file's rows.

    Raises SetupFailed where the file cannot be fetched and DataError where the catalogue is of other data.
    """
    folder = fetch("ml-100k")
    ratings, stored = read_ratings(folder, read_films(folder)), catalog.interactions
    keys = stored.people * stored.n_items + stored.items
    order = np.argsort(keys)
    wanted = ratings.people * stored.n_items + ratings.films
    if not np.array_equal(np.sort(wanted), keys[order]):
        raise DataError("The catalogue is not of these ratings.", f"palate setup --catalog {NAME}")
    return order[np.searchsorted(keys[order], wanted)]


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path.name} cannot be read ({error}).", "palate setup") from error


def build(name: str = NAME, progress: Progress | None = None) -> CatalogSpec:
    """Fetch MovieLens-100K and write it as a catalogue of its own, repeated films included.

    For evaluation against the literature: every id of the data set is one item. Raises SetupFailed.
    """
    folder = fetch("ml-100k", progress)
    films = read_films(folder)
    ratings = read_ratings(folder, films)
    known = quantiles(np.bincount(ratings.films, minlength=len(films)).astype(np.float32))
    items = [_item(film, float(value)) for film, value in zip(films, known, strict=True)]
    interactions = Interactions.of(
        ratings.people,
        ratings.films,
        ratings.ratings,
        ratings.times,
        n_people=ratings.n_people,
        n_items=len(films),
    )
    return write_catalog(_spec(name), items, interactions, catalog_path(name))


def _item(film: RatedFilm, known: float) -> Item:
    title, *aliases = variants(film.title)
    facets: dict[str, FacetValue] = {}
    if film.year is not None:
        facets["year"] = film.year
    if film.genres:
        facets["genre"] = film.genres
    return Item(id=f"ml100k-{film.id}", title=title, aliases=tuple(aliases), facets=facets, known=known)


def _spec(name: str) -> CatalogSpec:
    return CatalogSpec(
        name=name,
        noun="film",
        plural="films",
        verb="watch",
        facets=(
            Facet(name="year", label="year", kind="year", less=("older",), more=("newer",)),
            Facet(name="genre", label="genre", kind="category", multiple=True),
        ),
        like_at=4.0,
        rating_range=(1.0, 5.0),
        licence=LICENCE,
        sources=("MovieLens-100K",),
    )
