"""An invented catalogue of board games, small enough to reason about and unlike films.

Sixty games, forty people. Even-numbered people like games of trade and farming, odd-numbered ones games of
war and horror; everybody rates a few of the best-known ones. All of it follows from the seed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from palate.data.catalog import Interactions, write_catalog
from palate.data.schema import CatalogSpec, Facet, FacetValue, Item, Quality

if TYPE_CHECKING:
    from pathlib import Path

SPEC = CatalogSpec(
    name="toy",
    noun="game",
    plural="games",
    verb="play",
    facets=(
        Facet(name="year", label="year", kind="year", less=("older",), more=("newer",)),
        Facet(
            name="theme",
            label="theme",
            kind="category",
            multiple=True,
            synonyms={"Horror": ("scary", "creepy"), "Economic": ("trade", "trading"), "War": ("battle",)},
            weight=1.0,
        ),
        Facet(name="designer", label="designer", kind="name", multiple=True, verb="designed by", weight=2.0),
        Facet(name="language", label="language", kind="category", synonyms={"German": ("germany",)}),
        Facet(
            name="minutes",
            label="playing time",
            kind="number",
            unit="min",
            less=("shorter", "quicker"),
            more=("longer",),
            low=("short", "quick"),
            low_at=45,
            high=("long",),
            high_at=120,
        ),
        Facet(name="score", label="score", kind="number", unit="of 10", shown=False),
    ),
    qualities=(
        Quality(
            words=("cosy", "peaceful"), prefer={"theme": ("Farming",)}, avoid={"theme": ("War", "Horror")}
        ),
        Quality(words=("dark",), prefer={"theme": ("Horror",)}),
    ),
    unknown_qualities=("noisy", "fiddly"),
    best_by="score",
    like_at=4.0,
    rating_range=(1.0, 5.0),
    licence="CC0",
    sources=("invented for tests",),
)

# Title, aliases; the traps of a title index among them: a common word, two items of one title,
# numerals, accents, an article, a title within a title.
TITLES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("The Salt Road", ("Die Salzstraße",)),
    ("Harvest", ()),
    ("Harvest Moon", ()),
    ("It", ()),
    ("Iron Fleet II", ("Iron Fleet Two",)),
    ("Iron Fleet", ()),
    ("Café Bazaar", ()),
    ("Twelve Lanterns", ("12 Lanterns",)),
    ("Crypt & Candle", ()),
    ("A Quiet Orchard", ()),
    ("The Orchard", ()),
    ("Siege of Varn", ()),
)
FIRST = ("Amber", "Copper", "Hollow", "Silent", "Northern", "Broken", "Golden", "Winter")
SECOND = ("Harbour", "Meadow", "Legion", "Crypt", "Market", "Frontier")
THEMES = ("Economic", "Farming", "War", "Horror")
DESIGNERS = ("Ada Quill", "Bruno Falk", "Chiyo Mori", "Dario Venn", "Elif Arslan", "Bruno Okafor")
PACES = ("a calm puzzle", "a race against the clock", "a long struggle", "a game of bluff")
N_ITEMS = 60
N_PEOPLE = 40


def toy_items() -> list[Item]:
    """The sixty games; theme of game ``i`` is ``THEMES[i % 4]``, with a second one for every third game."""
    rng = np.random.default_rng(7)
    made = [(f"{first} {second}", ()) for first in FIRST for second in SECOND]
    titles = [*TITLES, *made][:N_ITEMS]
    titles[20] = ("Harvest", ())  # a second game of that title, of another year
    items = []
    for i, (title, aliases) in enumerate(titles):
        themes = [THEMES[i % 4]]
        if i % 3 == 0:
            themes.append(THEMES[(i + 1) % 4])
        facets: dict[str, FacetValue] = {
            "year": 1970 + (i * 7) % 50,
            "theme": tuple(sorted(themes)),
            "designer": (DESIGNERS[i % 6], DESIGNERS[(i // 6) % 6]) if i % 5 == 0 else (DESIGNERS[i % 6],),
            "language": "German" if i % 7 == 0 else "English",
            "minutes": int(20 + 10 * (i % 16)),
            "score": round(float(rng.uniform(4, 9.5)), 1),
        }
        if i % 11 == 10:
            del facets["minutes"]
        if i == 33:
            del facets["year"]
        text = f"{PACES[i % 4].capitalize()} about {themes[0].lower()}."
        known = round(1 - i / N_ITEMS, 4)
        items.append(
            Item(id=f"g{i:02d}", title=title, aliases=aliases, text=text, facets=facets, known=known)
        )
    return items


def toy_interactions() -> Interactions:
    """About 700 ratings of the first fifty games (the last ten have none), by taste and known-ness."""
    rng = np.random.default_rng(11)
    people, items, ratings, times = [], [], [], []
    for person in range(N_PEOPLE):
        tastes = (0, 1) if person % 2 == 0 else (2, 3)
        weight = np.array([(3.0 if i % 4 in tastes else 1.0) * (1.2 - i / 50) for i in range(50)])
        chosen = rng.choice(50, size=int(rng.integers(12, 24)), replace=False, p=weight / weight.sum())
        for order, item in enumerate(chosen):
            rating = (4.3 if item % 4 in tastes else 2.4) + rng.normal(0, 0.7)
            people.append(person)
            items.append(int(item))
            ratings.append(float(np.clip(round(rating), 1, 5)))
            times.append(1_000_000_000 + person * 10_000 + order)
    return Interactions.of(
        np.array(people),
        np.array(items),
        np.array(ratings),
        np.array(times),
        n_people=N_PEOPLE,
        n_items=N_ITEMS,
    )


def write_toy(path: Path) -> CatalogSpec:
    """The toy catalogue in the folder ``path``."""
    return write_catalog(SPEC, toy_items(), toy_interactions(), path)
