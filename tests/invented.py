"""Invented films with facts that no two of them share, for statements whose truth is known."""

from __future__ import annotations

from typing import NamedTuple

from palate.agent.types import Pick, Reason
from palate.agent.write import WriteFacts
from palate.data.schema import CatalogSpec, Facet

SPEC = CatalogSpec(
    name="invented",
    noun="film",
    plural="films",
    verb="watch",
    facets=(
        Facet(
            name="genre",
            label="genre",
            kind="category",
            multiple=True,
            synonyms={"Sci-Fi": ("science fiction", "scifi"), "Comedy": ("funny", "comic")},
        ),
        Facet(name="director", label="director", kind="name", multiple=True, verb="directed by"),
        Facet(name="cast", label="cast", kind="name", multiple=True, verb="starring"),
        Facet(name="year", label="year", kind="year"),
        Facet(name="length", label="length", kind="number", unit="min"),
        Facet(name="score", label="critics' score", kind="number", unit="of 100"),
        Facet(name="plot", label="plot", kind="text"),
    ),
)


class Film(NamedTuple):
    title: str
    year: int
    director: str
    star: str
    genre: str
    length: int
    score: int
    both: int
    likers: int


FILMS = (
    Film("Iron Harvest", 1986, "Mara Quist", "Tove Lind", "Horror", 137, 84, 38, 61),
    Film("The Glass Coast", 1994, "Leo Marsh", "Ada Brandt", "Western", 98, 91, 27, 44),
    Film("Dr. Pomegranate", 2003, "Kei Mori", "Ruben O'Hara", "Sci-Fi", 112, 77, 19, 73),
    Film("Up", 1971, "J. B. Stone", "Ines Gordon-Levy", "Comedy", 89, 69, 52, 95),
)
SEED = "Salt Road"
OTHER_SEED = "Night Bus"


def pick(film: Film, number: int) -> Pick:
    """The film as a pick with every kind of reason."""
    return Pick(
        id=str(number),
        title=film.title,
        score=1.0,
        facets={
            "genre": (film.genre, "Drama"),
            "director": (film.director,),
            "cast": (film.star,),
            "year": film.year,
            "length": film.length,
            "score": film.score,
            "plot": "A murderer in Lisbon steals a violin.",
        },
        reasons=(
            Reason(
                kind="co_liking",
                text=f"{film.both} of the {film.likers} people who rated {SEED} 4 or more"
                " also gave it 4 or more",
            ),
            Reason(
                kind="shared_facet",
                text=f"Directed by {film.director}, like {SEED}",
                evidence={"facet": "director", "values": [film.director]},
            ),
            Reason(
                kind="shared_facet",
                text=f"{film.genre} and Drama, like {OTHER_SEED}",
                evidence={"facet": "genre", "values": [film.genre, "Drama"]},
            ),
        ),
    )


def facts(wishes: tuple[str, ...] = ("after 1970", "not Musical")) -> WriteFacts:
    """A reply with all the films, for a person who named two others."""
    picks = tuple(pick(film, number) for number, film in enumerate(FILMS))
    return WriteFacts(spec=SPEC, picks=picks, likes=(SEED, OTHER_SEED), wishes=wishes)
