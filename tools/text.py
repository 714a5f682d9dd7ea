"""Words compared as people mean them: case, accents, punctuation and ways of writing numbers do not count."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Letters that Unicode does not decompose into a base letter and a mark.
_LETTERS = str.maketrans(
    {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
_JOINERS = str.maketrans({"'": "", "’": "", "‘": "", "`": "", "ʼ": "", "&": " and ", "·": ""})

# Scripts written without spaces: each character is a token of its own.
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af"
_WORD = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+")
_WORD_AS_WRITTEN = re.compile(rf"[{_CJK}]|&|(?:[^\W_{_CJK}]|[\u0300-\u036f])+(?:['’·][^\W_{_CJK}]+)*")

_ROMAN = "ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx"
_WRITTEN = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty"
)
NUMBERS = {word: str(number) for number, word in enumerate(_WRITTEN.split())} | {
    word: str(number) for number, word in enumerate(_ROMAN.split(), start=2)
}
_ARTICLES = "the a an le la les l el los las lo il gli i un une uno una der die das den det ein eine"
ARTICLES = frozenset(_ARTICLES.split())


class Word(NamedTuple):
    """A word of a running text: ``[start, end)`` in it, as written and folded."""

    start: int
    end: int
    written: str
    folded: str


def fold(text: str) -> str:
    """``text`` in lower case without accents, with apostrophes dropped and "&" spelt out."""
    lowered = text.casefold()
    if not lowered.isascii():
        decomposed = unicodedata.normalize("NFKD", lowered)
        lowered = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
        lowered = unicodedata.normalize("NFC", lowered).casefold().translate(_LETTERS)
    return lowered.translate(_JOINERS)


def tokens(text: str) -> list[str]:
    """The folded words of ``text``; characters of scripts without spaces stand alone."""
    return _WORD.findall(fold(text))


def words(text: str) -> list[Word]:
    """The words of ``text`` with their places in it; what folds to nothing is left out."""
    found = []
    for match in _WORD_AS_WRITTEN.finditer(text):
        folded = "".join(tokens(match.group()))
        if folded:
            found.append(Word(match.start(), match.end(), match.group(), folded))
    return found


def numbered(parts: list[str]) -> list[str]:
    """``parts`` with roman and written numbers as digits ("two", "ii" → "2").

    A single letter first in a title is a letter ("V for Vendetta"), later it counts ("Rocky V").
    """
    return [NUMBERS.get(part, part) if place or len(part) > 1 else part for place, part in enumerate(parts)]


def key(text: str) -> str:
    """What two spellings of one title share: tokens with numbers as digits, written together."""
    return "".join(numbered(tokens(text)))


def pack(texts: list[str]) -> NDArray[np.uint8]:
    """Lines of text as bytes; no text may hold a line break."""
    return np.frombuffer("\n".join(texts).encode(), np.uint8)


def unpack(packed: NDArray[Any]) -> list[str]:
    """The lines of :func:`pack`."""
    return packed.tobytes().decode().split("\n") if packed.size else []
