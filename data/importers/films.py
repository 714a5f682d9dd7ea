"""The catalogues ``films`` (facts and ratings, joined) and ``films-facts`` (facts alone, CC0)."""

from __future__ import annotations

import hashlib
import tomllib
from collections import Counter, defaultdict
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from ..catalog import Interactions, catalog_path, write_catalog
from ..errors import DataError
from ..fetch import fetch
from ..notes import FILMS, VOCABULARY, load_notes, note_values, vocabulary, with_notes
from ..schema import CatalogSpec, FacetValue, Item
from .films_facts import Facts, read_facts
from .films_join import Film, join
from .films_known import known_of
from .movielens import LICENCE, RatedFilm, Ratings, read_films, read_ratings
from .titles import key, variants

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ..arrays import FloatArray, IntArray
    from ..catalog import Catalog
    from ..fetch import Progress
    from ..notes import Note

FACTS_SOURCE = "film facts from Wikidata (CC0)"
RECIPE = 1
"""Counts the changes of this importer after which catalogues are to be made anew."""
TABLES = ("films_aliases.toml", "films_chinese.toml", "films_spec.toml")
ADDED = frozenset({"Biography", "Sport", "Animation", "Western", "War", "Musical", "Documentary"})
"""Genres of the facts that are believed beside MovieLens's own, which are fewer and more careful."""


def build(name: str = "films", progress: Progress | None = None) -> CatalogSpec:
    """Fetch the sources of ``films`` or ``films-facts`` and write the catalogue.

    Raises SetupFailed (fetching) and DataError (a source that cannot be read).
    """
    database = fetch("movies-db", progress)
    ratings_folder = fetch("ml-100k", progress) if name == "films" else None
    return build_from(name, database, ratings_folder, catalog_path(name))


def build_from(name: str, database: Path, ratings_folder: Path | None, target: Path) -> CatalogSpec:
    """Write a film catalogue to ``target`` from files already fetched; without ratings, facts alone."""
    special = read_table("films_aliases.toml")
    facts = read_facts(database, special["corrections"])
    rated = read_films(ratings_folder) if ratings_folder else []
    joins = joined(rated, facts, special["joins"])
    groups = _grouped(rated, joins)
    ratings = read_ratings(ratings_folder, rated) if ratings_folder else None
    counts = Counter(ratings.films.tolist()) if ratings else Counter()
    of_facts = {facts_id: group for group in groups if (facts_id := joins[rated[group[0]].id])}
    alone = [group for group in groups if joins[rated[group[0]].id] is None]

    rows = [(film, of_facts.get(film.imdb, [])) for film in facts]
    known = known_of(
        [*facts, *[None] * len(alone)],
        [sum(counts[i] for i in group) for _, group in rows] + [sum(counts[i] for i in g) for g in alone],
    )
    fame, notes = _fame(facts, known), load_notes()
    items = [
        _item(film, [rated[i] for i in group], float(value), fame)
        for (film, group), value in zip(rows, known[: len(rows)], strict=True)
    ]
    items += [
        _item_alone([rated[i] for i in group], float(value))
        for group, value in zip(alone, known[len(rows) :], strict=True)
    ]
    at = {i: row for row, group in enumerate([*(g for _, g in rows), *alone]) for i in group}
    interactions = _interactions(ratings, at, len(items)) if ratings else None
    spec = with_notes(_spec(name, rated=bool(ratings_folder)), vocabulary())
    return write_catalog(spec, [_noted(item, notes) for item in items], interactions, target)


def _noted(item: Item, notes: Mapping[str, Note]) -> Item:
    """``item`` with what its note says."""
    note = notes.get(item.id)
    return item if note is None else item.model_copy(update={"facets": item.facets | note_values(note)})


def recipe(name: str) -> str:
    """A hash over what this importer makes a catalogue of beside its sources."""
    digest = hashlib.sha256(f"{RECIPE} {name}".encode())
    for file in (*(resources.files(__package__).joinpath(table) for table in TABLES), FILMS, VOCABULARY):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def known_given(catalog: Catalog, counts: IntArray) -> FloatArray:
    """Known-ness (n,) of a film catalogue's items if they had ``counts`` (n,) ratings; raises SetupFailed."""
    facts = read_facts(fetch("movies-db"), read_table("films_aliases.toml")["corrections"])
    by_id = {film.imdb: film for film in facts}
    return known_of([by_id.get(item_id) for item_id in catalog.ids], counts.tolist())


def joined(
    rated: Sequence[RatedFilm], facts: Sequence[Facts], aliases: Mapping[str, str]
) -> dict[str, str | None]:
    """MovieLens id → IMDb id, None where the facts lack the film (see :func:`..films_join.join`)."""
    ours = [Film(film.id, film.title, film.year, frozenset(film.genres)) for film in rated]
    theirs = [Film(film.imdb, film.title, film.year, frozenset(film.genres)) for film in facts]
    return join(ours, theirs, aliases)


def _grouped(rated: Sequence[RatedFilm], joins: Mapping[str, str | None]) -> list[list[int]]:
    """Positions of ``rated`` by film: some are listed twice. Entries without a name are left out."""
    groups: dict[object, list[int]] = defaultdict(list)
    for position, film in enumerate(rated):
        if film.year is None and not film.genres:
            continue
        groups[joins[film.id] or (key(film.title), film.year)].append(position)
    return list(groups.values())


def _interactions(ratings: Ratings, at: Mapping[int, int], n_items: int) -> Interactions:
    items = np.array([at.get(film, -1) for film in ratings.films.tolist()], np.int64)
    keep = items >= 0
    return Interactions.of(
        ratings.people[keep],
        items[keep],
        ratings.ratings[keep],
        ratings.times[keep],
        n_people=ratings.n_people,
        n_items=n_items,
    )


def _fame(facts: Sequence[Facts], known: FloatArray) -> dict[str, float]:
    """How well known a person of a cast is: the known-ness of the films they appear in, summed."""
    fame: dict[str, float] = defaultdict(float)
    for film, value in zip(facts, known[: len(facts)], strict=True):
        for name in _names(film.facets.get("cast")):
            # Cubed: one film that everybody knows says more than several that few do.
            fame[name] += float(value) ** 3
    return fame


def _names(value: FacetValue | None) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def _item(film: Facts, entries: Sequence[RatedFilm], known: float, fame: Mapping[str, float]) -> Item:
    rated_titles = [title for entry in entries for title in variants(entry.title)]
    title = _best_title(film, rated_titles)
    rated_genres = tuple(dict.fromkeys(genre for entry in entries for genre in entry.genres))
    facets: dict[str, FacetValue] = {"year": film.year, **film.facets}
    if genres := merged_genres(rated_genres, film.genres):
        facets["genre"] = genres
    if cast := _names(film.facets.get("cast")):
        # The source lists a cast by the alphabet; the best-known come first here.
        facets["cast"] = tuple(sorted(cast, key=lambda name: -fame[name]))
    aliases = _others(title, [film.title, *film.aliases, *rated_titles])
    return Item(id=film.imdb, title=title, aliases=aliases, facets=facets, known=known)


def _item_alone(entries: Sequence[RatedFilm], known: float) -> Item:
    titles = [title for entry in entries for title in variants(entry.title)]
    facets: dict[str, FacetValue] = {}
    if entries[0].year is not None:
        facets["year"] = entries[0].year
    if entries[0].genres:
        facets["genre"] = entries[0].genres
    return Item(
        id=f"ml100k-{entries[0].id}",
        title=titles[0],
        aliases=_others(titles[0], titles),
        facets=facets,
        known=known,
    )


def _best_title(film: Facts, rated_titles: Sequence[str]) -> str:
    """The facts' title, unless people leave its subtitle or its series' name and episode away."""
    head, colon, _ = film.title.partition(": ")
    short = {*map(key, film.aliases), *([key(head)] if colon else [])}
    return next((title for title in rated_titles[:1] if key(title) in short), film.title)


def _others(title: str, titles: Sequence[str]) -> tuple[str, ...]:
    seen = {title.casefold()}
    found = []
    for other in titles:
        if other.casefold() not in seen:
            seen.add(other.casefold())
            found.append(other)
    return tuple(found)


def merged_genres(rated: tuple[str, ...], facts: tuple[str, ...]) -> tuple[str, ...]:
    """The genres of a film from MovieLens's and the facts' list.

    MovieLens's genres were given by people who compared films with each other; the facts' are the union
    of every class that someone entered. So MovieLens's lead, and of the facts' only those are added that
    MovieLens has no word for or that are hard to mistake; a film with at most one genre gets all.
    """
    if len(rated) <= 1:
        return tuple(dict.fromkeys((*rated, *facts)))
    added = [genre for genre in facts if genre in ADDED]
    if "History" in facts and {"Biography", "War"} & {*rated, *facts}:
        added.append("History")
    if "Fantasy" in facts and "Sci-Fi" not in rated and len(rated) <= 3:
        added.append("Fantasy")
    return tuple(dict.fromkeys((*rated, *added)))


def _spec(name: str, *, rated: bool) -> CatalogSpec:
    table = read_table("films_spec.toml")
    if not rated:
        table |= {"like_at": None, "rating_range": None}
    return CatalogSpec.model_validate(
        {
            **table,
            "name": name,
            "spoken": {"zh": read_table("films_chinese.toml")},
            "recipe_sha256": recipe(name),
            "licence": f"facts CC0; ratings {LICENCE}" if rated else "CC0",
            "sources": (FACTS_SOURCE, "MovieLens-100K") if rated else (FACTS_SOURCE,),
        }
    )


def read_table(name: str) -> dict[str, Any]:
    """A committed TOML file beside this module; raises DataError for a broken one."""
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"{name} is broken ({error}).") from error
