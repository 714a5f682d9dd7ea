"""Film facts from movies.db (Wikidata, CC0): one :class:`Facts` a film, in palate's vocabulary."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ..schema import FacetValue

_QUERY = """
    SELECT omdb.imdbID, Title, Year, omdb.Rating AS certificate, Runtime, Genre, Director, Writer, "Cast",
           Metacritic, Language, Country, Awards, Oscars,
           tomatoes.Rating AS rating, Meter, Reviews, BoxOffice, Production
    FROM omdb JOIN tomatoes ON tomatoes.ID = omdb.ID
    ORDER BY omdb.ID
"""

GENRES = {"Music": "Musical", "Children's": "Family"}
"""Names of one genre in either vocabulary → palate's."""

LANGUAGES = {
    "American English": "English", "Standard Chinese": "Mandarin", "Putonghua": "Mandarin",
    "Standard Taiwanese Mandarin": "Mandarin", "Yue Chinese": "Cantonese", "Modern Greek": "Greek",
    "Kurdish language": "Kurdish", "Bangla": "Bengali", "Filipino": "Tagalog", "Flemish Dutch": "Dutch",
    "Neapolitan language": "Neapolitan", "Egyptian Arabic": "Arabic", "Moroccan Arabic": "Arabic",
    "Swiss German": "German", "Egyptian language": "Ancient Egyptian", "Wu Chinese": "Shanghainese",
    "Hakka Chinese": "Hakka", "parseltongue": "Parseltongue",
}  # fmt: skip
COUNTRIES = {
    "People's Republic of China": "China", "British Hong Kong": "Hong Kong", "West Germany": "Germany",
    "Federal Republic of Yugoslavia": "Yugoslavia", "Socialist Federal Republic of Yugoslavia": "Yugoslavia",
    "Serbia and Montenegro": "Serbia", "Kingdom of Italy": "Italy",
    "Kingdom of the Netherlands": "Netherlands", "Georgian SSR": "Georgia", "Taiwan Island": "Taiwan",
    "Republic of China": "Taiwan", "Kingdom of Great Britain": "United Kingdom", "Wales": "United Kingdom",
    "Occupied Palestinian territory": "Palestine",
}  # fmt: skip
CERTIFICATES = {"M/PG": "PG", "GP": "PG", "M": "PG", "X": "NC-17"}
"""Certificates of earlier years → what they became."""


@dataclass(frozen=True)
class Facts:
    """One film's facts; counts are 0 and lists empty where unknown."""

    imdb: str
    title: str
    year: int
    genres: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    facets: dict[str, FacetValue] = field(default_factory=dict)
    """Everything but year and genre, ready for an item."""
    reviews: int = 0
    nominations: int = 0
    oscars: int = 0
    box_office: float = 0.0
    cast_size: int = 0


def read_facts(path: Path, corrections: Mapping[str, Mapping[str, str | int]] | None = None) -> list[Facts]:
    """All films of movies.db in the order of the file, one a IMDb id (a second title becomes an alias).

    ``corrections`` holds title or year by IMDb id, for mistakes in the facts. Raises sqlite3.Error.
    """
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    try:
        rows = connection.execute(_QUERY).fetchall()
    finally:
        connection.close()
    found: dict[str, Facts] = {}
    for row in rows:
        facts = _facts(row, (corrections or {}).get(row["imdbID"], {}))
        if earlier := found.get(facts.imdb):
            found[facts.imdb] = Facts(**{**vars(earlier), "aliases": (*earlier.aliases, facts.title)})
        else:
            found[facts.imdb] = facts
    return list(found.values())


def _facts(row: sqlite3.Row, correction: Mapping[str, str | int]) -> Facts:
    title = re.sub(r"\s*\((\d{4} )?film\)$", "", str(correction.get("title", row["Title"])))
    awards = row["Awards"] or ""
    nominations = re.search(r"Nominated for (\d+)", awards)
    cast = _split(row["Cast"])
    return Facts(
        imdb=row["imdbID"],
        title=title,
        year=int(correction.get("year", row["Year"])),
        genres=sensible(_renamed(_split(row["Genre"]), GENRES)),
        aliases=_episode_titles(title),
        facets=_facets(row, cast),
        reviews=row["Reviews"] or 0,
        nominations=int(nominations[1]) if nominations else 0,
        oscars=row["Oscars"] or 0,
        box_office=row["BoxOffice"] or 0.0,
        cast_size=len(cast),
    )


def _facets(row: sqlite3.Row, cast: tuple[str, ...]) -> dict[str, FacetValue]:
    certificate = row["certificate"] or ""
    found: dict[str, FacetValue | None] = {
        "director": _split(row["Director"]),
        "cast": cast,
        "writer": _split(row["Writer"]),
        "runtime": int(row["Runtime"]) if row["Runtime"] else None,
        "country": _renamed(_split(row["Country"]), COUNTRIES),
        "language": _renamed(_split(row["Language"]), LANGUAGES),
        "certificate": CERTIFICATES.get(certificate, certificate),
        "critics": critics_score(row["rating"], row["Meter"], row["Reviews"]),
        "metacritic": row["Metacritic"] or None,
        "oscars": row["Oscars"] or None,
        "studio": _split(row["Production"])[:3],
    }
    return {name: value for name, value in found.items() if value}


def critics_score(rating: float | None, meter: int | None, reviews: int | None) -> int | None:
    """The critics' mean rating of 100, drawn towards the mean of all films where reviews are few.

    A posterior mean with the weight of 25 reviews on 61, the mean over films of ten reviews or more: nine
    enthusiasts do not outrank a hundred. ``rating`` is the mean of 10; where only the share of good reviews
    (``meter``, percent) is known, it is mapped onto the ratings' scale by the line fitted over those films.
    """
    if not reviews:
        return None
    mean = 10 * rating if rating is not None else None if meter is None else 31 + 0.49 * meter
    return None if mean is None else round((reviews * mean + 25 * 61) / (reviews + 25))


def sensible(genres: tuple[str, ...]) -> tuple[str, ...]:
    """Genres without the ones that Wikidata's classes bring in by mistake.

    "Historical" comes along with epics, adventures and true crime that are none: it stays only where no
    genre of the present or the future stands beside it.
    """
    if "History" in genres and {"Sci-Fi", "Crime", "Thriller", "Horror"} & set(genres):
        genres = tuple(genre for genre in genres if genre != "History")
    return genres


def _episode_titles(title: str) -> tuple[str, ...]:
    """What a film of a numbered series is called: "Star Wars: Episode V – X" → "X", "Star Wars: X"."""
    found = re.match(r"(?P<series>.+): Episode [IVX]+ – (?P<rest>.+)$", title)
    return (found["rest"], f"{found['series']}: {found['rest']}") if found else ()


_CUT_OFF = frozenset({"", "Jr.", "Sr."})
"""Parts of names that the commas of the source have cut off; sorted apart, they cannot be put back."""


def _split(text: str | None) -> tuple[str, ...]:
    parts = dict.fromkeys(part.strip() for part in (text or "").split(", "))
    return tuple(part for part in parts if part not in _CUT_OFF)


def _renamed(values: tuple[str, ...], names: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names.get(value, value) for value in values))
