"""The Chinese phrases that belong to no field (``chinese.toml``), each of a kind, and tokens made of them."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import NamedTuple

KINDS = {
    "words": "W", "verdicts": "V", "says": "S", "not": "n", "notso": "a", "lacking": "a", "more": "m",
    "bit": "o", "degree": "y", "like": "b", "alike": "e", "and": "c", "than": "B", "most": "M",
    "question": "Q", "which": "H", "why": "Y", "concerning": "t", "concerned": "g", "indifferent": "D",
    "limit": "l", "whatever": "w", "said": "F", "refers": "R", "originally": "N", "empty": "z", "of": "d",
    "asks": "q",
}  # fmt: skip
"""Section of the table → the letter of its phrases in patterns. Besides: T a title, L Latin words or a name,
U unknown, K a bound or a number, P what somebody did ("directed by"); "," and "." are marks."""


class Token(NamedTuple):
    """A phrase: its kind, its English, and what was written."""

    kind: str
    english: str
    source: str


class Tables(NamedTuple):
    """Phrases with their kinds and English, comparatives, English words that praise behind "too", traditional
    characters → simplified ones, and the words around amounts: side of a bound or unit → its Chinese words.
    """

    phrases: dict[str, tuple[str, str]]
    comparatives: dict[str, str]
    praised: frozenset[str]
    simplified: dict[int, str]
    before: dict[str, list[str]]
    behind: dict[str, list[str]]
    units: dict[str, list[str]]


@cache
def tables() -> Tables:
    """The tables, read once."""
    table = tomllib.loads(resources.files(__package__).joinpath("chinese.toml").read_text(encoding="utf-8"))
    phrases: dict[str, tuple[str, str]] = {}
    for section, kind in KINDS.items():
        for english, said in table[section].items():
            for phrase in said:
                phrases.setdefault(phrase, (kind, english))
    pairs = table["traditional"]
    simplified = {ord(old): new for old, new in zip(pairs["from"], pairs["to"], strict=True)}
    return Tables(
        phrases,
        table["comparatives"],
        frozenset(table["praised"]["words"]),
        simplified,
        table["before"],
        table["behind"],
        table["units"],
    )


def compared(word: str) -> str:
    """The comparative of an English adjective, of one word where the table has it."""
    return tables().comparatives.get(word, f"more {word}")


def said(english: str, kind: str = "F") -> Token:
    """A token of this English that nobody wrote."""
    return Token(kind, english, english)


def texts(tokens: list[Token]) -> str:
    """The English of ``tokens``."""
    return " ".join(token.english for token in tokens if token.english)
