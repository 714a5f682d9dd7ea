"""Which film of one data set is which film of another: a join by title and year.

Rules run from strict to loose; a film that a stricter rule has matched is not open to a looser one. Each
rule wants the years within one of each other, for a title says little without its year, and the looser
ones want a shared genre and no second candidate.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from rapidfuzz import fuzz

from .titles import digits, key, parts, plain, variants

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

FUZZY_AT = 90.0
"""Similarity (0 to 100) from which two keys may be spellings of one title."""
SHORT = 6
"""Keys of fewer letters are matched only as whole titles."""


class Film(NamedTuple):
    """A film as a data set names it; ``year`` is None where the data do not say."""

    id: str
    title: str
    year: int | None
    genres: frozenset[str]


class _Index:
    """Films by the keys of their titles."""

    def __init__(self, films: Iterable[Film], keys: Callable[[Film], Iterable[str]]) -> None:
        self._films: dict[str, list[Film]] = defaultdict(list)
        for film in films:
            for one in set(keys(film)):
                self._films[one].append(film)

    def near(self, keys: Iterable[str], year: int, within: int) -> list[Film]:
        found = {film.id: film for one in keys for film in self._films.get(one, ())}
        return [film for film in found.values() if film.year is not None and abs(film.year - year) <= within]


def join(rated: Sequence[Film], facts: Sequence[Film], aliases: Mapping[str, str]) -> dict[str, str | None]:
    """For each film of ``rated`` the id of the same film in ``facts``, None where there is none.

    ``aliases`` maps ids of ``rated`` to ids of ``facts`` ("" for none) and goes before every rule. Repeated
    entries of one film in ``rated`` (same title, years within one) get the same id.
    """
    by_key = _Index(facts, _whole_keys)
    by_part = _Index(facts, _part_keys)
    by_year: dict[int, list[tuple[str, Film]]] = defaultdict(list)
    for fact in facts:
        if fact.year is not None:
            by_year[fact.year] += [(one, fact) for one in _whole_keys(fact)]
    found: dict[str, str | None] = {film.id: aliases[film.id] or None for film in rated if film.id in aliases}
    rules: tuple[Callable[[Film, set[str]], Film | None], ...] = (
        lambda film, _: _best(film, by_key.near([key(film_title(film))], film.year or 0, 1)),
        lambda film, taken: _free(_best(film, by_key.near(_whole_keys(film), film.year or 0, 1)), taken),
        lambda film, taken: _free(_distant(film, by_key), taken),
        lambda film, taken: _only(film, by_part.near(_long(_whole_keys(film)), film.year or 0, 1), taken),
        lambda film, taken: _only(film, by_key.near(_long(_part_keys(film)), film.year or 0, 1), taken),
        lambda film, taken: _only(film, by_part.near(_long(_part_keys(film), 9), film.year or 0, 0), taken),
        lambda film, taken: _only(film, _similar(film, by_year), taken),
    )
    for rule in rules:
        taken = {fact for fact in found.values() if fact}
        for film in rated:
            if film.id not in found and film.year is not None and (match := rule(film, taken)):
                found[film.id] = match.id
    return {film.id: found.get(film.id) for film in rated}


def film_title(film: Film) -> str:
    """The main title, without what stands in brackets."""
    return (variants(film.title) or [film.title])[0]


def _spelling(film: Film) -> str:
    return plain(film_title(film)).replace(" ", "")


def _whole_keys(film: Film) -> list[str]:
    return [key(title) for title in variants(film.title)]


def _part_keys(film: Film) -> list[str]:
    return [key(part) for title in variants(film.title) for part in parts(title)]


def _long(keys: Iterable[str], at_least: int = SHORT) -> list[str]:
    return [one for one in keys if len(one) >= at_least]


def _best(film: Film, candidates: Sequence[Film]) -> Film | None:
    """The candidate nearest in year, then in genres.

    A candidate of another year that begins with another article and shares no genre is a namesake
    ("The Fear" of 1995, "Fear" of 1996).
    """
    if film.year is None:
        return None
    year = film.year
    likely = [
        other
        for other in candidates
        if other.year == year or _alike(film, other) or _spelling(film) == _spelling(other)
    ]
    return min(likely, key=lambda other: (abs((other.year or 0) - year), -_alike(film, other)), default=None)


def _distant(film: Film, index: _Index) -> Film | None:
    """A film of the same title two years away, where genres agree and the title has no namesake."""
    if film.year is None:
        return None
    keys = _long(_whole_keys(film))
    namesakes = index.near(keys, film.year, 200)
    near = index.near(keys, film.year, 2)
    return near[0] if len(namesakes) == len(near) == 1 and _alike(film, near[0]) >= 0.5 else None


def _similar(film: Film, by_year: Mapping[int, list[tuple[str, Film]]]) -> list[Film]:
    """Films of almost the same spelling and the same numbers, the most similar only."""
    own = _long(_whole_keys(film))
    scored: list[tuple[float, Film]] = []
    for year in range((film.year or 0) - 1, (film.year or 0) + 2):
        for theirs, other in by_year.get(year, ()):
            ratio = max(fuzz.ratio(one, theirs, score_cutoff=FUZZY_AT) for one in own) if own else 0
            if ratio and any(digits(one) == digits(theirs) for one in own):
                scored.append((ratio, other))
    best = max((ratio for ratio, _ in scored), default=0)
    return [other for ratio, other in scored if ratio == best]


def _only(film: Film, candidates: Sequence[Film], taken: set[str]) -> Film | None:
    """The one candidate that is free and shares a genre; None where there are none or several."""
    good = {other.id: other for other in candidates if other.id not in taken and _alike(film, other) > 0}
    return next(iter(good.values())) if len(good) == 1 else None


def _free(film: Film | None, taken: set[str]) -> Film | None:
    return None if film is None or film.id in taken else film


def _alike(film: Film, other: Film) -> float:
    """The share of the smaller genre set that both have; 0.5 where one of them has none."""
    smaller = min(len(film.genres), len(other.genres))
    return len(film.genres & other.genres) / smaller if smaller else 0.5
