"""Numbers in Chinese with what they count: years, decades, amounts, marks, counts, places and ages."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from .chinese_words import Token, tables
from .references import ORDINALS

if TYPE_CHECKING:
    from collections.abc import Callable

HELD = 0xE000
"""The first of the private characters that stand for what is held aside."""
MOST = 0xF00
NUM = r"(?:\d{1,9}(?:\.\d{1,3})?|[〇零一二两三四五六七八九十百千]{1,9})"
SEVERAL = r"(?:[2-9]|\d{2,5}|[二两三四五六七八九十百]{1,7})"
"""A number of items; "one" is no count."""
DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
UNITS = {"十": 10, "百": 100, "千": 1000}
COUNTED = "(?:部|个|本|款|条|张|首|种|家|集|件)"
YEAR = r"(?:1[89]\d\d|20\d\d|[一二][九零〇][零〇一二三四五六七八九]{2}|两千(?:零[一二三四五六七八九])?)"
HOURS = "(?:个?(?:小时|钟头))"
DURATION = (
    rf"(?:(?P<h>{NUM})?个?(?P<half>半)?{HOURS}(?P<half2>半)?(?:零?(?P<hm>{NUM})(?:分钟|分)?)?"
    rf"|(?P<m>{NUM})(?:分钟|min))"
)
AFTER = (
    "(?:或者?|及|和)?(?:以后|之后)|(?:或|及)更新|以来|至今|到现在|到今天|开始|以前|之前|左右|前后|后|前|起"
    "|[\u4e00-\u9fff]{0,3}?的?那(?:一)?(?:部|个|版|本)|版本?"
)
"""What stands behind a year; the last two say which of several items of a title is meant."""
PARTS = {"初": "early ", "早": "early ", "中": "mid ", "末": "late ", "后": "late ", "晚": "late "}

Made = tuple[str, str]
"""The kind and the English of what a pattern found; no English: it is left as it is."""


class Aside(list[Token]):
    """What was read and held aside, each standing as one private character."""

    def hold(self, token: Token) -> str:
        """The character that stands for ``token``; its English where there are too many."""
        if len(self) >= MOST:
            return f" {token.english} "
        self.append(token)
        return chr(HELD + len(self) - 1)

    def at(self, char: str) -> Token | None:
        """The token that ``char`` stands for."""
        place = ord(char) - HELD
        return self[place] if 0 <= place < len(self) else None


def number(text: str) -> float:
    """A number in digits or in Chinese characters; digits one by one are read as such ("一九五八")."""
    if re.fullmatch(r"\d+(?:\.\d+)?", text):
        return float(text[:12])
    if not set(text) & set(UNITS):
        return float("".join(str(DIGITS.get(char, 0)) for char in text[:12]) or 0)
    total, digit = 0, 0
    for char in text[:20]:
        if char in UNITS:
            total += max(digit, 1) * UNITS[char]
            digit = 0
        else:
            digit = DIGITS.get(char, 0)
    return float(total + digit)


def read_numbers(text: str, aside: Aside, noun: str) -> str:
    """``text`` with each number and what it counts held aside; ``noun`` is what items are called."""
    for pattern, read in _rules():

        def held(match: re.Match[str], read: Callable[[re.Match[str], str], Made] = read) -> str:
            kind, english = read(match, noun)
            return aside.hold(Token(kind, english, match[0])) if english else match[0]

        text = pattern.sub(held, text)
    return text


def _n(text: str) -> str:
    return f"{number(text):g}"


def _side(match: re.Match[str]) -> str:
    for sides, word in ((tables().behind, match["behind"]), (tables().before, match["before"])):
        for side, words in sides.items():
            if word in words:
                return side
    return ""


def _duration(match: re.Match[str], _: str) -> Made:
    minutes = number(match["m"]) if match["m"] else 0.0
    if not match["m"]:
        if not match["h"] and not match["half"]:
            return "", ""
        hours = (number(match["h"]) if match["h"] else 0.0) + 0.5 * bool(match["half"] or match["half2"])
        minutes = 60 * hours + (number(match["hm"]) if match["hm"] else 0.0)
    return "K", f"{_side(match)} {minutes:g} minutes".strip()


def _minutes_to_hours(match: re.Match[str], _: str) -> Made:
    most = 60 * (number(match[2]) + 0.5 * bool(match[3]))
    return "K", f"between {_n(match[1])} and {most:g} minutes"


def _amount(match: re.Match[str], _: str) -> Made:
    unit = next(english for english, words in tables().units.items() if match["unit"] in words)
    return "K", f"{_side(match)} {_n(match['n'])} {unit}".strip()


def _mark(match: re.Match[str], _: str) -> Made:
    return "K", f"rated {side} {_n(match['n'])}" if (side := _side(match)) else ""


def _first_year(said: str) -> int:
    value = int(number(said))
    return value if value >= 100 else value + (1900 if value >= 20 else 2000)


def _decade(match: re.Match[str], _: str) -> Made:
    first, behind = _first_year(match["n"]), match["after"] or ""
    if match["from"]:
        start = match["from"]
        begin = 1900 + 10 * DIGITS[start] if start in DIGITS else _first_year(start)
        return "K", f"between {min(begin, first)} and {max(begin, first) + 9}"
    if behind[-1:] in {"后", "来", "起"}:
        return "K", f"since {first}"
    if behind[-1:] == "前":
        return "K", f"before {first}"
    return "K", f"{PARTS.get((match['part'] or '-')[0], '')}{first}s"


def _year(match: re.Match[str], _: str) -> Made:
    year, behind = _n(match["y"]), match["after"] or ""
    early = {"晚于": "after", "早于": "before", "不早于": "since", "不晚于": "until"}
    if match["before"]:
        return "K", f"{early[match['before']]} {year}"
    if behind[-1:] in {"来", "今", "起", "始", "在", "天"} or behind[:1] in {"及", "或", "和"}:
        return "K", f"since {year}"
    if behind in {"左右", "前后"}:
        return "K", f"around {year}"
    if behind[-1:] in {"后", "前"}:
        return "K", f"{'after' if behind[-1] == '后' else 'before'} {year}"
    return "K", f"the {year} one" if behind else f"from {year}"


def _place(match: re.Match[str], _: str) -> Made:
    value = int(number(match["n"]))
    names = {place: word for word, place in ORDINALS.items()}
    return "R", f"the {names[value]} one" if value in names else f"number {value}" if value else ""


def _any_of(sides: dict[str, list[str]]) -> str:
    words = {word for words in sides.values() for word in words}
    return "|".join(sorted(words, key=len, reverse=True))


def _as(kind: str, template: str) -> Callable[[re.Match[str], str], Made]:
    """A reader that puts the numbers of the match and the noun into ``template``."""

    def read(match: re.Match[str], noun: str) -> Made:
        return kind, template.format(*map(_n, match.groups()), noun=noun)

    return read


@cache
def _rules() -> tuple[tuple[re.Pattern[str], Callable[[re.Match[str], str], Made]], ...]:
    edge = rf"(?P<before>{_any_of(tables().before)})?"
    tail = rf"(?P<behind>{_any_of(tables().behind)})?"
    unit = f"(?P<unit>{_any_of(tables().units)})"
    century = "(?:上个?世纪|20世纪|二十世纪)?"
    rules: list[tuple[str, Callable[[re.Match[str], str], Made]]] = [
        (rf"我?(?:今年)?还?(?:没有?满?|未满|不满|不到|没到|快要?|马上)({NUM})岁",
         _as("F", "I am not yet {}")),
        (rf"(?:我|我?今年)(?:今年|已经|已|现在|都|是|刚)*满?({NUM})多?周?岁了?", _as("F", "I am {}")),
        (rf"我(?:今年|已经|已|现在|都)*满({NUM})了?(?![\d岁])", _as("F", "I am {}")),
        (rf"({NUM})岁", _as("W", "for kids of {}")),
        (rf"比({YEAR})年?更?(?:早|老|旧)", _as("K", "before {}")),
        (rf"比({YEAR})年?更?(?:晚|新)", _as("K", "after {}")),
        (rf"从?({YEAR})年?(?:到|至|-|~|—|–)({YEAR})年?(?:之间|间|期间)?", _as("K", "between {} and {}")),
        (rf"从?{century}(?:(?P<from>[二三四五六七八]十?|\d0)(?:年代)?(?:到|至|和|-|~)?)?{century}"
         r"(?P<n>[二三四五六七八九]十|\d{4}|\d0|[零〇一]零|零零)年代"
         r"(?P<part>初期?|早期|中期|末期?|后期|晚期)?(?P<after>以后|之后|以来|起|以前|之前)?", _decade),
        (r"(?:21世纪|二十一世纪|本世纪|新世纪)(?:以来|之后|以后)?", _as("K", "21st century")),
        (r"20世纪|二十世纪|上个?世纪", _as("K", "20th century")),
        (rf"(?:最?近|过去)(?:这)?{NUM}年(?:内|来|里)?", _as("W", "recent")),
        (rf"(?P<before>不早于|不晚于|早于|晚于)?(?P<y>{YEAR})年?(?P<after>{AFTER})", _year),
        (rf"(?P<before>不早于|不晚于|早于|晚于)?(?P<y>{YEAR})年(?P<after>(?!))?", _year),
        (rf"({NUM})(?:分钟)?(?:到|至|-|~)({NUM})分钟(?:之间)?", _as("K", "between {} and {} minutes")),
        (rf"({NUM}){HOURS}?(?:到|至|-|~)({NUM}){HOURS}(?:之间)?", _as("K", "between {} and {} hours")),
        (rf"({NUM})分钟(?:到|至|-|~)({NUM}){HOURS}(半)?(?:之间)?", _minutes_to_hours),
        (rf"{edge}{DURATION}{tail}", _duration),
        (rf"{edge}(?<![下上这那每])(?P<n>{NUM})(?:块|多)?{unit}{tail}", _amount),
        (rf"(?:评分|打分|分数)[要得]?在?{edge}(?P<n>{NUM})(?:分(?!钟))?{tail}", _mark),
        (rf"{edge}(?P<n>{NUM})分(?!钟){tail}", _mark),
        (rf"(?:前|头)({NUM}){COUNTED}", _as("R", "the first {}")),
        (rf"(?:最后|后)([二两三四五六七八九]|[2-9]){COUNTED}", _as("R", "the last {}")),
        (rf"最后一?{COUNTED}", _as("R", "the last one")),
        (rf"第(?P<n>{NUM}){COUNTED}?", _place),
        (rf"(?:只要|就要|只|就)(?:给我|推荐|来)?(?:一|1){COUNTED}"
         rf"|(?:一|1){COUNTED}(?:就|即)(?:够了?|行|好|可以?)", _as("F", "just one")),
        (rf"再(?:给我|推荐|来|给|要)+({SEVERAL}){COUNTED}", _as("F", "{} more")),
        (rf"(?:给我|推荐|来|找|要|看|只要|介绍|列出)+({SEVERAL}){COUNTED}", _as("F", "show me {} {noun}")),
        (rf"(?<![这那])({SEVERAL}){COUNTED}", _as("F", "{} {noun}")),
    ]  # fmt: skip
    return tuple((re.compile(pattern), read) for pattern, read in rules)
