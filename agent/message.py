"""A message as tokens: cleaned, folded and bounded, so that every later step can count on plain words.

Offsets of tokens are those of the cleaned text. ``plain`` is the folded words joined by single spaces;
patterns of the other modules run over it, and :meth:`Message.tokens_of` maps a match back to tokens.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from ..tools.everyday import EVERYDAY

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_CHARS = 2000
"""What of a message is parsed; nobody asks for a recommendation in more."""

TOKEN = re.compile(r"\d+[.,]\d+(?!\w)|\w+(?:'\w+)*|\n|[^\w\s]")
QUOTES = str.maketrans(
    {"’": "'", "‘": "'", "`": "'", "´": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"'}
)
ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|[@-Z\\-_])")
"""Terminal escape sequences, of which the letters would otherwise remain."""
SEPARATOR = re.compile(r" *\n *|  +")
MARKS = str.maketrans(dict.fromkeys("*_`>~", " "))
"""Marks of lists, quotations and emphasis in pasted text; nobody says them."""
BLANK = "_"
"""What a word reads as that belongs to a title."""
MARKUP = re.compile(r"</?[a-zA-Z!][^<>]{0,500}>|\{\s*\"[^{}]{0,500}:[^{}]{0,500}\}")
"""Tags and data: nobody speaks in them, so they ask for nothing."""
DASHES = frozenset("-‐‑‒–—−/")
SUFFIXES = {
    "n't": "not", "'ve": "have", "'d": "would", "'m": "am", "'re": "are", "'ll": "will", "'s": "'s",
}  # fmt: skip
IS_BEFORE_S = frozenset(
    {"it", "that", "what", "who", "where", "how", "there", "here", "when", "why", "he", "she"}
)
"""Words behind which "'s" is "is" and no possessive."""
BARE = {
    word.replace("'", ""): word
    for word in (
        "don't", "doesn't", "didn't", "isn't", "wasn't", "aren't", "weren't", "haven't", "hasn't",
        "couldn't", "wouldn't", "shouldn't", "can't", "i've", "what's", "that's",
    )
}  # fmt: skip
"""Contractions written without their apostrophe."""
SPOKEN = {
    "smth": "something", "sth": "something", "pls": "please", "plz": "please", "thx": "thanks", "u": "you",
    "ur": "your", "tho": "though", "b4": "before", "bc": "because", "cuz": "because", "wanna": "want",
    "gimme": "give", "lemme": "let", "kinda": "kind", "nope": "no", "nah": "no",
}  # fmt: skip
"""Words of quick messages → what they stand for, or the first word of it."""
WITH = ((re.compile(r"\bw/o\b"), "without"), (re.compile(r"\bw/ ?(?=\w)"), "with "))
STEMS = {"ca": "can", "wo": "will", "sha": "shall"}
"""What is left of "can't", "won't" and "shan't" without "n't"."""


@dataclass(frozen=True)
class Token:
    """One word or mark: as written, folded, and where it stands in the cleaned text."""

    text: str
    low: str
    start: int
    end: int

    @property
    def is_word(self) -> bool:
        """Whether it is a word or a number rather than a mark."""
        return self.low[:1].isalnum() or self.low == "'s"


@dataclass(frozen=True)
class Message:
    """A cleaned message and its tokens."""

    text: str
    tokens: tuple[Token, ...]

    @cached_property
    def lows(self) -> tuple[str, ...]:
        """The folded tokens."""
        return tuple(token.low for token in self.tokens)

    @cached_property
    def plain(self) -> str:
        """The folded tokens joined by single spaces."""
        return " ".join(self.lows)

    @cached_property
    def _starts(self) -> list[int]:
        starts, at = [], 0
        for low in self.lows:
            starts.append(at)
            at += len(low) + 1
        return starts

    @cached_property
    def _text_starts(self) -> list[int]:
        return [token.start for token in self.tokens]

    @cached_property
    def _text_ends(self) -> list[int]:
        return [token.end for token in self.tokens]

    def tokens_of(self, match: re.Match[str], group: int | str = 0) -> tuple[int, int]:
        """The token range [first, last) that a match over ``plain`` covers."""
        start, end = match.span(group)
        while start < end and self.plain[start] == " ":
            start += 1
        return bisect_right(self._starts, start) - 1, bisect_left(self._starts, max(end, start + 1))

    def tokens_between(self, start: int, end: int) -> tuple[int, int]:
        """The token range [first, last) that lies in characters ``start`` to ``end`` of ``text``."""
        return bisect_right(self._text_ends, start), bisect_left(self._text_starts, end)

    def masked(self, ranges: Iterable[tuple[int, int]]) -> Message:
        """The message with the words of ``ranges`` made blank: what is in a title gives no orders."""
        blank = {at for first, last in ranges for at in range(first, last)}
        if not blank:
            return self
        tokens = [replace(t, low=BLANK) if at in blank else t for at, t in enumerate(self.tokens)]
        return Message(self.text, tuple(tokens))

    def surface(self, first: int, last: int) -> str:
        """Tokens ``first`` to ``last`` (not included) as they were written."""
        if first >= last:
            return ""
        return self.text[self.tokens[first].start : self.tokens[last - 1].end]


def read(text: str) -> Message:
    """``text`` cleaned and cut into tokens; never raises, whatever the characters."""
    cleaned = clean(text)
    tokens: list[Token] = []
    for match in TOKEN.finditer(cleaned):
        word, start, end = match.group(), match.start(), match.end()
        if word in DASHES and _joins(cleaned, start):
            continue
        tokens.extend(_split(word, start, end))
    return Message(cleaned, tuple(tokens))


def clean(text: str) -> str:
    """``text`` without invisible and control characters, quotes straightened, at most MAX_CHARS long."""
    text = ESCAPES.sub("", text[: 4 * MAX_CHARS]).translate(MARKS)
    text = unicodedata.normalize("NFKC", text)[: 4 * MAX_CHARS].translate(QUOTES)
    kept = []
    for char in text:
        category = unicodedata.category(char)
        if char in "\n\r" or category in {"Zl", "Zp"}:
            kept.append("\n")
        elif category in {"Cc", "Zs"}:
            kept.append(" ")
        elif category not in {"Cf", "Cs", "Co", "Cn"}:
            kept.append(char)
    bare = "".join(kept)
    for short, long in WITH:
        bare = short.sub(long, bare)
    while (stripped := MARKUP.sub(" ", bare)) != bare:
        bare = stripped
    return re.sub(r"[ ]{2,}", " ", bare).strip()[:MAX_CHARS]


def fold(text: str) -> str:
    """``text`` in lower case and without accents."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def either(phrases: str) -> str:
    """A pattern for any of ``phrases``, which two spaces or a line break separate; each may be a pattern."""
    return f"(?:{'|'.join(SEPARATOR.split(phrases.strip()))})"


@lru_cache(maxsize=4096)
def key(phrase: str) -> str:
    """``phrase`` as it would stand in ``Message.plain``, possessives left out ("Children's" → "children")."""
    return " ".join(low for low in read(phrase).lows if low != "'s")


def plural(phrase: str) -> str:
    """The regular plural of an English phrase."""
    if re.search(r"(s|x|z|ch|sh)$", phrase):
        return phrase + "es"
    if re.search(r"[^aeiou]y$", phrase):
        return phrase[:-1] + "ies"
    return phrase + "s"


def singular(phrase: str) -> str:
    """What a phrase is the regular plural of; empty for what cannot be one."""
    for ending, stem in (("ies", "y"), ("oes", "o"), ("ches", "ch"), ("shes", "sh"), ("s", "")):
        if phrase.endswith(ending) and not phrase.endswith(("ss", "us", "is")):
            return phrase.removesuffix(ending) + stem
    return ""


def comparative(word: str) -> str:
    """The regular comparative of a short English adjective; empty for what cannot be one."""
    if " " in word or not 3 <= len(word) <= 8 or not word.isalpha():
        return ""
    if word.endswith("y"):
        return word[:-1] + "ier"
    return word + ("r" if word.endswith("e") else "er")


def is_comparative(word: str) -> bool:
    """Whether a word in lower case is the regular comparative of an everyday one."""
    stems = (word[:-1], word[:-2], f"{word[:-3]}y") if word.endswith("er") else ()
    return any(stem in EVERYDAY and comparative(stem) == word for stem in stems)


def superlative(word: str) -> str:
    """The regular superlative of a short English adjective; empty for what cannot be one."""
    compared = comparative(word)
    return compared[:-1] + "st" if compared else ""


def _joins(text: str, at: int) -> bool:
    """Whether the dash at ``at`` ties two words ("sci-fi", "90-minute"), not two numbers ("1990-1999")."""
    if not 0 < at < len(text) - 1:
        return False
    before, after = text[at - 1], text[at + 1]
    if text[at] == "/":
        return False
    return before.isalnum() and after.isalnum() and not (before.isdigit() and after.isdigit())


def _split(word: str, start: int, end: int) -> list[Token]:
    """One token, or two for a contraction ("don't" → "do", "not")."""
    low = fold(word)
    if low == "\n":
        return [Token(word, ".", start, end)]
    whole = BARE.get(low, SPOKEN.get(low, low))
    for suffix, expanded in SUFFIXES.items():
        stem = whole.removesuffix(suffix)
        if stem and stem != whole:
            if suffix == "'s" and stem in IS_BEFORE_S:
                expanded = "is"
            # Where the apostrophe was left out, the suffix is one character shorter in the text.
            middle = min(max(end - len(suffix) + len(whole) - len(low), start + 1), end)
            head = Token(word[: middle - start], STEMS.get(stem, stem), start, middle)
            return [head, Token(word[middle - start :], expanded, middle, end)]
    return [Token(word, whole, start, end)]
