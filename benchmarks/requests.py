"""200 varied requests, made from the catalogue's own titles and values; the same ones in every run."""

from __future__ import annotations

import numpy as np
from palate.data.catalog import Catalog

WRITTEN = (
    "something like Inception",
    "recommend me something like Alien, after 1985",
    "a feel-good film for the whole family from the nineties",
    "dark crime like Se7en but not in English",
    "the best of Kurosawa",
    "short westerns",
    "what should I watch after The Matrix, Heat and Fargo?",
    "something scary but not gory",
    "French comedies under 100 minutes",
    "a heist with a twist",
)
PATTERNS = (
    "something like {a}",
    "something like {a}, after {year}",
    "I loved {a} and {b}",
    "{a} but not {genre}",
    "{genre} films from the {decade}s",
    "the best {genre}",
    "{genre} under {minutes} minutes",
    "what should I watch after {a}, {b} and {c}?",
    "anything by the director of {a}",
    "a {genre} about {word} and {word2}",
)
WORDS = (
    "revenge",
    "friendship",
    "the sea",
    "a robbery",
    "growing up",
    "a murder",
    "space",
    "music",
    "war",
    "love",
)


def requests(catalog: Catalog, n: int = 200, seed: int = 7) -> list[str]:
    """``n`` requests over well-known and less-known items of a film catalogue."""
    rng = np.random.default_rng(seed)
    known = np.argsort(-catalog.known)[: max(2000, catalog.n // 9)]
    genres = catalog.values("genre")
    made: list[str] = list(WRITTEN)
    while len(made) < n:
        a, b, c = (catalog.titles[int(p)] for p in rng.choice(known, 3, replace=False))
        made.append(
            str(rng.choice(PATTERNS)).format(
                a=a,
                b=b,
                c=c,
                genre=str(rng.choice(genres)).lower(),
                year=int(rng.integers(1950, 2005)),
                decade=int(rng.choice([1950, 1960, 1970, 1980, 1990])),
                minutes=int(rng.choice([90, 100, 110, 120])),
                word=str(rng.choice(WORDS)),
                word2=str(rng.choice(WORDS)),
            )
        )
    return made[:n]
