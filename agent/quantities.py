"""Numbers, amounts with a unit, years and decades in words ("an hour and a half", "the late nineties").

Every reader takes the folded tokens and a position, and returns what it read with the position after it,
or None. Units are those of everyday speech; which facet they bound is decided by the caller.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

UNITS: dict[str, dict[str, float]] = {
    "min": {
        "min": 1,
        "mins": 1,
        "minute": 1,
        "minutes": 1,
        "h": 60,
        "hr": 60,
        "hrs": 60,
        "hour": 60,
        "hours": 60,
    },
    "h": {
        "min": 1 / 60,
        "minute": 1 / 60,
        "minutes": 1 / 60,
        "h": 1,
        "hr": 1,
        "hrs": 1,
        "hour": 1,
        "hours": 1,
    },
    "%": {"%": 1, "percent": 1, "per cent": 1},
    "as a fraction": {"%": 0.01, "percent": 0.01, "per cent": 0.01},
    "of 100": {"of 100": 1, "%": 1, "percent": 1, "per cent": 1, "points": 1},
    "$": {"$": 1, "dollar": 1, "dollars": 1, "bucks": 1, "usd": 1},
    "USD": {"$": 1, "dollar": 1, "dollars": 1, "bucks": 1, "usd": 1},
    "EUR": {"€": 1, "euro": 1, "euros": 1, "eur": 1},
    "g": {"g": 1, "gram": 1, "grams": 1, "kg": 1000, "kilo": 1000, "kilos": 1000},
    "kg": {"g": 0.001, "grams": 0.001, "kg": 1, "kilo": 1, "kilos": 1},
    "m": {
        "m": 1,
        "metre": 1,
        "metres": 1,
        "meter": 1,
        "meters": 1,
        "km": 1000,
        "kilometres": 1000,
        "kilometers": 1000,
    },
    "km": {
        "m": 0.001,
        "km": 1,
        "kilometre": 1,
        "kilometres": 1,
        "kilometers": 1,
        "miles": 1.609,
        "mile": 1.609,
    },
}
"""Unit of a facet → how people write it, and how many of the facet's unit that is."""
SPELT = {
    word: number
    for number, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
}
TENS = {
    word: 10 * number
    for number, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2
    )
}
DECADES = {
    word: 10 * number
    for number, word in enumerate(
        ["twenties", "thirties", "forties", "fifties", "sixties", "seventies", "eighties", "nineties"], 2
    )
}
CENTURIES = {
    word: first
    for words, first in (
        ("18th eighteenth", 1701),
        ("19th nineteenth", 1801),
        ("20th twentieth", 1901),
        ("21st", 2001),
    )
    for word in words.split()
}
"""A century in words → its first year."""
PARTS = {"early": (0, 4), "mid": (3, 6), "late": (5, 9)}
"""Which years of a decade "early", "mid" and "late" mean."""
YEAR = re.compile(r"(1[89]\d\d|2\d\d\d)")
DECADE = re.compile(r"(1[89]|20)(\d)0s|(\d)0s")
CLOCK = re.compile(r"(\d{1,2})h(\d{1,2})?(?:m|min)?")
DIGITS = re.compile(r"\d{1,30}(?:\.\d{1,3})?")
THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+")


class Read(NamedTuple):
    """A value and the position of the token after it."""

    value: float
    end: int


class Years(NamedTuple):
    """A span of calendar years, both included, and the position of the token after it."""

    low: int
    high: int
    end: int


def number(lows: Sequence[str], at: int) -> Read | None:
    """A number in digits or words ("1,000", "8.5", "twenty five", "four and a half", "a couple of")."""
    read = _whole(lows, at)
    if read is not None and lows[read.end : read.end + 3] == ("and", "a", "half"):
        return Read(read.value + 0.5, read.end + 3)
    return read


def _whole(lows: Sequence[str], at: int) -> Read | None:
    if at >= len(lows):
        return None
    low = lows[at]
    if THOUSANDS.fullmatch(low):
        return Read(float(low.replace(",", "")), at + 1)
    low = low.replace(",", ".")
    if DIGITS.fullmatch(low):
        return Read(float(low), at + 1)
    if low == "a" and at + 1 < len(lows) and lows[at + 1] in {"hundred", "dozen", "couple"}:
        amount = {"hundred": 100.0, "dozen": 12.0, "couple": 2.0}[lows[at + 1]]
        end = at + 3 if lows[at + 2 : at + 3] == ("of",) else at + 2
        return Read(amount, end)
    if low in TENS:
        unit = SPELT.get(lows[at + 1], 0) if at + 1 < len(lows) else 0
        return Read(float(TENS[low] + unit), at + 2) if 0 < unit < 10 else Read(float(TENS[low]), at + 1)
    if low in SPELT:
        hundred = at + 1 < len(lows) and lows[at + 1] == "hundred"
        return Read(SPELT[low] * 100.0, at + 2) if hundred else Read(float(SPELT[low]), at + 1)
    return None


def unit_words(unit: str) -> dict[str, float]:
    """How people write ``unit``; an unlisted unit stands for itself and its plural. Empty for no unit."""
    if not unit:
        return {}
    word = unit.casefold()
    if unit.startswith("of ") and unit not in UNITS:
        return {unit: 1, "points": 1, "point": 1}
    return UNITS.get(unit, {word: 1, word + "s": 1, word.removesuffix("s"): 1})


def amount(lows: Sequence[str], at: int, unit: str) -> Read | None:
    """An amount in ``unit``: "two hours", "1h30", "an hour and a half", "$20"; None without a unit."""
    words = unit_words(unit)
    if not words or at >= len(lows):
        return None
    clock = CLOCK.fullmatch(lows[at])
    if clock and "h" in words:
        hours, minutes = float(clock[1]), float(clock[2] or 0)
        loose = clock[2] is None and number(lows, at + 1)
        end = at + 2 if loose else at + 1
        minutes = loose.value if loose else minutes
        return Read((hours + minutes / 60) * words["h"], end)
    if lows[at] in words and lows[at] in {"$", "€"}:
        read = number(lows, at + 1)
        return read and Read(read.value * words[lows[at]], read.end)
    return _glued(lows, at, words) or _spoken(lows, at, words)


def years(lows: Sequence[str], at: int) -> Years | None:
    """A year or a decade: "1994", "90s", "the nineties", "late 1980s", "20th century"."""
    start = at
    if at < len(lows) and lows[at] == "the":
        at += 1
    if at < len(lows) and lows[at] == "'":
        at += 1
    part = PARTS.get(lows[at]) if at < len(lows) else None
    if part:
        at += 1 + (lows[at + 1 : at + 2] in {("to",), ("the",), ("'",)})
    if at >= len(lows):
        return None
    if part is None and YEAR.fullmatch(lows[at]):
        return Years(int(lows[at]), int(lows[at]), at + 1) if at == start else None
    if lows[at] in CENTURIES and lows[at + 1 : at + 2] == ("century",):
        first = CENTURIES[lows[at]]
        return Years(first, first + 99, at + 2)
    if lows[at : at + 2] in {("last", "century"), ("this", "century")}:
        first = 1901 if lows[at] == "last" else 2001
        return Years(first, first + 99, at + 2)
    decade = _decade(lows, at)
    if decade is None:
        return None
    first, end = decade
    early, late = part or (0, 9)
    return Years(first + early, first + late, end)


def _decade(lows: Sequence[str], at: int) -> tuple[int, int] | None:
    match = DECADE.fullmatch(lows[at])
    if match:
        if match[3] is None:
            return int(match[1]) * 100 + int(match[2]) * 10, at + 1
        tens = int(match[3])
        return (1900 if tens >= 2 else 2000) + 10 * tens, at + 1
    if lows[at] in {"nineteen", "eighteen"} and at + 1 < len(lows) and lows[at + 1] in DECADES:
        return (1900 if lows[at] == "nineteen" else 1800) + DECADES[lows[at + 1]], at + 2
    if lows[at] in DECADES:
        return 1900 + DECADES[lows[at]], at + 1
    if lows[at] in {"noughties", "aughts"}:
        return 2000, at + 1
    return None


def _glued(lows: Sequence[str], at: int, words: dict[str, float]) -> Read | None:
    """ "90min", "2h" and the like, the unit written on to the number."""
    match = re.fullmatch(r"(\d{1,6})([a-z]{1,7})", lows[at])
    if match and match[2] in words:
        return Read(float(match[1]) * words[match[2]], at + 1)
    return None


def _spoken(lows: Sequence[str], at: int, words: dict[str, float]) -> Read | None:
    """A number, a unit, and perhaps a smaller part ("2 hours 10 minutes", "an hour and a half")."""
    if lows[at] == "half" and lows[at + 1 : at + 2] in {("an",), ("a",)} and at + 2 < len(lows):
        scale = words.get(lows[at + 2])
        return Read(0.5 * scale, at + 3) if scale else None
    read = number(lows, at)
    if read is None and lows[at] in {"a", "an"}:
        read = Read(1.0, at + 1)
    if read is None:
        return None
    value, end = read
    if lows[end : end + 3] == ("and", "a", "half"):
        value, end = value + 0.5, end + 3
    two = " ".join(lows[end : end + 2])
    if " " in two and two in words:
        return Read(value * words[two], end + 2)
    scale = words.get(lows[end]) if end < len(lows) else None
    if scale is None:
        return None
    value, end = value * scale, end + 1
    if lows[end : end + 3] == ("and", "a", "half"):
        return Read(value + 0.5 * scale, end + 3)
    and_ = end + 1 if lows[end : end + 1] == ("and",) else end
    rest = number(lows, and_)
    smaller = words.get(lows[rest.end]) if rest and rest.end < len(lows) else None
    if rest and smaller and smaller < scale:
        return Read(value + rest.value * smaller, rest.end + 1)
    return Read(value, end)
