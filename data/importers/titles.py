"""Titles as data sets write them: natural order, the variants inside brackets, and keys to compare by."""

from __future__ import annotations

import re
import unicodedata

_ARTICLES = (
    "the", "a", "an", "le", "la", "les", "l'", "un", "une", "il", "lo", "gli", "i", "el", "los", "las",
    "der", "die", "das", "ein", "eine", "den", "det", "de", "o", "os", "as",
)  # fmt: skip
_MOVED = re.compile(rf"^(?P<rest>.+), (?P<article>{'|'.join(_ARTICLES)})$", re.IGNORECASE)
_BRACKETS = re.compile(r"\s*\(([^()]*)\)")
_ALSO = re.compile(r"^a\.?k\.?a\.?\s+", re.IGNORECASE)
_YEAR = re.compile(r"\s*\((\d{4})\)\s*$")
_LEADING = frozenset(_ARTICLES) - {"i", "as", "o", "os"}
_WORDS = {
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13",
    "fourteen": "14", "fifteen": "15", "sixteen": "16", "seventeen": "17", "eighteen": "18",
    "nineteen": "19", "twenty": "20", "thirty": "30", "forty": "40", "fifty": "50", "hundred": "100",
    "thousand": "1000",
}  # fmt: skip
_ROMAN = {
    "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8", "ix": "9", "xiii": "13",
}  # fmt: skip
_SAME = {
    "and": "", "the": "", "part": "", "episode": "", "dr": "doctor", "mr": "mister", "monsieur": "mister",
    "mrs": "missus", "st": "saint", "vs": "versus", "blvd": "boulevard", "colour": "color",
    "colours": "colors", "grey": "gray", "first": "1st", "second": "2nd", "third": "3rd", "fourth": "4th",
    "fifth": "5th", "sixth": "6th", "seventh": "7th", "eighth": "8th", "ninth": "9th", "tenth": "10th",
}  # fmt: skip


def natural(title: str) -> str:
    """Put a moved article back: "Usual Suspects, The" → "The Usual Suspects"."""
    moved = _MOVED.match(title.strip())
    if not moved:
        return title.strip()
    article = moved["article"]
    return f"{article}{'' if article.endswith(chr(39)) else ' '}{moved['rest']}"


def split_year(title: str) -> tuple[str, int | None]:
    """A year in brackets at the end, taken off: "Heat (1995)" → ("Heat", 1995)."""
    found = _YEAR.search(title)
    return (title[: found.start()].strip(), int(found[1])) if found else (title.strip(), None)


def variants(title: str) -> list[str]:
    """The main title and those in brackets, each in natural order, repetitions left out.

    "Seven (Se7en)" → ["Seven", "Se7en"]; "Shanghai Triad (a.k.a. Yao a yao)" → both titles.
    """
    main = natural(_BRACKETS.sub("", title))
    inner = [_ALSO.sub("", part) for part in _BRACKETS.findall(title)]
    found = [main, *(natural(part) for part in inner)]
    return list(dict.fromkeys(part for part in found if part and not re.fullmatch(r"\d{4}|V|TV", part)))


def plain(text: str) -> str:
    """Lower case without accents and punctuation, "&" as "and", single spaces."""
    text = text.casefold().replace("&", " and ").replace("æ", "ae").replace("ø", "o").replace("ß", "ss")
    text = unicodedata.normalize("NFKD", text)
    # Once more: some letters are capitals only once they are decomposed.
    text = "".join(char for char in text if not unicodedata.combining(char)).casefold()
    text = re.sub(r"['’`´.]", "", text)
    return " ".join(re.sub(r"[^\w]+", " ", text).split())


def key(title: str) -> str:
    """What two spellings of one title have in common.

    Accents, punctuation, spaces and leading articles do not matter, nor whether a number is written
    in words, digits or Roman numerals: "Godfather: Part II, The" and "The Godfather Part 2" are one.
    """
    words = plain(natural(title)).split()
    while len(words) > 1 and words[0] in _LEADING:
        words = words[1:]
    first, *rest = words or [""]
    numbered = [_WORDS.get(first, first), *(_ROMAN.get(word, _WORDS.get(word, word)) for word in rest)]
    return "".join(_SAME.get(word, word) for word in numbered) or "".join(words)


def parts(title: str) -> list[str]:
    """Pieces of a title that may stand for it: before and after a subtitle's mark, without an owner.

    "Star Wars: Episode IV – A New Hope" → "Star Wars", "Episode IV – A New Hope", "A New Hope";
    "Rudyard Kipling's The Jungle Book" → "The Jungle Book".
    """
    found: list[str] = []
    rest = title
    while len(split := re.split(r":\s|\s[-–—]\s|,? or:? (?=[A-Z])", rest, maxsplit=1)) == 2:
        before, rest = split
        found += [before, rest]
    if owned := re.match(r"^(?:[\w.]+ ){0,3}[\w.]+'s (?P<rest>.+)$", title):
        found.append(owned["rest"])
    return list(dict.fromkeys(part.strip() for part in found if part.strip()))


def digits(title_key: str) -> str:
    """The numbers of a key: what tells sequels apart."""
    return "".join(re.findall(r"\d+", title_key))
