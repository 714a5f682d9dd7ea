"""Chinese messages, rewritten in the English that the rules read.

A message is cut into the longest phrases of a table (``chinese.toml`` and the catalogue's own words), after
patterns have put into English order what Chinese puts elsewhere: likeness, comparison, bounds, people,
questions. What no phrase explains stays as it is. Titles in 《》 stay literally, in quotation marks.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
DIGITS = {char: number for number, char in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
MARKS = str.maketrans(dict(zip("，。？！、；：", (", ", ". ", "? ", "! ", ", ", "; ", ": "), strict=True)))
TITLE = r"(?:⟦\d+⟧|[A-Za-z][A-Za-z.'&-]*(?: [A-Za-z.'&-]+)*)"
NAME = r"[A-Za-z][A-Za-z.'-]*(?: [A-Za-z.'-]+)*"
NO = r"(?:不对|不是|不)[, ]*"
MANY = rf"(?P<titles>{TITLE}(?:(?:和|与|, ?){TITLE})*)"
NUMBER = r"[\d零一二两三四五六七八九十百]+"
QUOTED = re.compile(r"《([^》]*)》|「([^」]*)」|『([^』]*)』")
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
ANY_OF = {
    "年份": "year",
    "年代": "year",
    "语言": "language",
    "长度": "length",
    "片长": "length",
    "时长": "length",
    "国家": "country",
    "类型": "genre",
    "导演": "director",
}
UNITS = {"分钟": "minutes", "小时": "hours", "个小时": "hours"}


class Tables(NamedTuple):
    """The general phrases, the comparatives, and traditional characters with their simplified ones."""

    words: dict[str, str]
    compared: dict[str, str]
    traditional: dict[str, str]


def to_english(text: str, words: Mapping[str, str]) -> str:
    """``text`` in English where it has Chinese characters, else unchanged; never raises.

    ``words`` are the catalogue's own phrases. Takes a millisecond.
    """
    if not HAN.search(text):
        return text
    tables = _tables()
    text = unicodedata.normalize("NFKC", text)
    for traditional, simple in tables.traditional.items():
        text = text.replace(traditional, simple)
    titles: list[str] = []

    def held(match: re.Match[str]) -> str:
        titles.append(next(group for group in match.groups() if group is not None))
        return f"⟦{len(titles) - 1}⟧"

    text = QUOTED.sub(held, text).translate(MARKS)
    for pattern, english in _patterns():
        text = pattern.sub(english, text)
    text = _segmented(text, tables.words, words)
    text = re.sub(r"\s*([,.?!;]) *(?=\D|$)", r"\1 ", re.sub(r" +", " ", text)).strip(" ,")
    for number, title in enumerate(titles):
        text = text.replace(f"⟦{number}⟧", f'"{title}"')
    return text


def _segmented(text: str, general: Mapping[str, str], own: Mapping[str, str]) -> str:
    """``text`` with its longest known phrases put into English, one after another."""
    known = [*general, *own]
    longest, begin = max(map(len, known), default=1), {phrase[0] for phrase in known}
    parts, at = [], 0
    while at < len(text):
        if text[at] not in begin:
            parts.append(text[at])
            at += 1
            continue
        for size in range(min(longest, len(text) - at), 0, -1):
            phrase = text[at : at + size]
            english = own.get(phrase, general.get(phrase))
            if english is not None:
                parts.append(f" {english} ")
                at += size
                break
        else:
            parts.append(text[at])
            at += 1
    return "".join(parts)


def _number(text: str) -> int:
    """A number in digits or in Chinese characters up to 999 ("十五", "五百"); 0 for none."""
    if text.isdigit():
        return int(text)
    total = 0
    for unit, value in (("百", 100), ("十", 10)):
        if unit in text:
            before, _, text = text.partition(unit)
            total += (DIGITS.get(before[-1:], 1) if before else 1) * value
    return total + DIGITS.get(text[-1:], 0)


def _decade(match: re.Match[str]) -> str:
    said = match[1]
    if said.isdigit():
        return f" from the {said}s "
    return f" from the {_number(said)}s "


def _limit(word: str) -> Callable[[re.Match[str]], str]:
    return lambda match: f" {word} {_number(match['n'])} {UNITS[match['unit']]} "


def _any(match: re.Match[str]) -> str:
    return f" any {ANY_OF[match['facet']]} is fine "


def _ordinal(match: re.Match[str]) -> str:
    number = _number(match[1])
    return f" the {ORDINALS[number - 1]} one " if 0 < number <= len(ORDINALS) else match[0]


def _like(match: re.Match[str]) -> str:
    titles = re.sub("[和与]", " and ", match["titles"])
    return f" something like {titles} "


def _than(match: re.Match[str]) -> str:
    return f" {_tables().compared[match['word']]} than {match['title']} "


def _less(match: re.Match[str]) -> str:
    return f" less {_tables().words.get(match['word'], match['word'])} "


def _several(match: re.Match[str]) -> str:
    number = _number(match[1])
    return (
        f" recommend {number} 件 " if number > 1 else " a "
    )  # what items are called is the catalogue's word


def _compared(match: re.Match[str]) -> str:
    return f" {_tables().compared[match['word']]} "


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...]:
    """What has another order in English, the special before the general."""
    compared = "|".join(map(re.escape, _tables().compared))
    unit = "|".join(UNITS)
    amount = rf"(?P<n>{NUMBER})(?P<unit>{unit})"
    patterns: list[tuple[str, str | Callable[[re.Match[str]], str]]] = [
        # corrections, and who somebody is
        (rf"{NO}我(?:说|指)?的?(?:是说|说的是|指的是|是)(\d{{4}})年的?那?部?", r" no, I meant the \1 one "),
        (rf"{NO}我?(?:是说|说的是|指的是)({TITLE})", r" no, I meant \1 "),
        (rf"(?:原名|英文名?|外文名)(?:是|叫)({TITLE})", r" I meant \1 "),
        (rf"我(?:已经|已)?满?({NUMBER})岁(?:了|以上)?", lambda m: f" I am {_number(m[1])} "),
        (rf"我(?:还)?(?:没|未)满?({NUMBER})岁", lambda m: f" I am not {_number(m[1])} "),
        (r"我(?:已经)?(?:成年了?|是成年人)", " I am an adult "),
        # questions
        (rf"({TITLE})(?:是)?谁(?:导演|拍)的", r" who directed \1 "),
        (rf"({TITLE})(?:是)?谁(?:写|编剧)的", r" who wrote \1 "),
        (rf"({TITLE})(?:有)?多长", r" how long is \1 "),
        (rf"({TITLE})是?(?:哪一?年|什么时候)的?", r" what year is \1 "),
        (r"(?:你们)?有多少(?:部|个|本)?", " how many "),
        # likes and what is known
        (rf"({TITLE})(?:我)?(?:已经|早就)?看过了?", r" I have seen \1 "),
        (rf"我(?:已经)?看过(?:了)?({TITLE})", r" I have seen \1 "),
        (rf"我(?:还)?没看过({TITLE})", r" I have not seen \1 "),
        (rf"({TITLE})(?:太|很|真)?(?:无聊|难看|烂)了?", r" \1 was boring "),
        (rf"({TITLE})(?:太|很|真)?(?:棒|精彩|好看)了?", r" \1 was great "),
        # comparison and likeness
        (rf"要?比(?P<title>{TITLE})更?(?P<word>{compared})(?:一点|一些)?的?", _than),
        (rf"(?:像|类似于?){MANY}(?:那样|那种|一样|差不多|类似|这样)?的?", _like),
        (rf"(?:跟|和){MANY}(?:一样|差不多|类似|那样|那种)的?", _like),
        (rf"(?:没有?那么|不那么|少一?点|别那么)(?P<word>{compared})", _less),
        (r"(?:不要|别|不能)(?:太|那么)", " not too "),
        (rf"(?:再|更|稍微)?(?P<word>{compared})一?(?:点|些)(?:的)?", _compared),
        (rf"(?:更)(?P<word>{compared})(?:的)?", _compared),
        # people
        (rf"({NAME})(?:和|与)({NAME})(?:一起)?(?:主演|出演|演)的?", r" with \1 and \2 "),
        (rf"换成({NAME})(?:主演|出演|演)的?", r" starring \1 instead "),
        (rf"({NAME})(?:主演|出演|演)的?", r" starring \1 "),
        (rf"(?:由)?({NAME})(?:导演|执导|拍)的?", r" directed by \1 "),
        (r"换成", " instead "),
        # numbers
        (r"(\d{4})年(?:之|以)?后的?", r" after \1 "),
        (r"(\d{4})年以来的?", r" since \1 "),
        (r"(\d{4})年(?:之|以)?前的?", r" before \1 "),
        (r"(?:上世纪)?(\d{2,4}|[一二三四五六七八九]十)年代的?", _decade),
        (r"(\d{4})年的?", r" from \1 "),
        (rf"(?:不超过|最多|至多){amount}的?", _limit("at most")),
        (rf"(?:不到|少于|短于){amount}的?", _limit("under")),
        (rf"{amount}(?:以内|之内|以下)的?", _limit("under")),
        (rf"(?:至少|不少于){amount}的?", _limit("at least")),
        (rf"(?:超过|多于|长于){amount}的?", _limit("over")),
        (rf"{amount}以上的?", _limit("over")),
        (rf"(?:至少|不低于)({NUMBER})分", lambda m: f" at least {_number(m[1])} critics score "),
        (rf"第({NUMBER})(?:部|个|本|款|条)", _ordinal),
        (r"(?:再|还)来几(?:部|个)", " more "),
        (rf"再来({NUMBER})(?:部|个|本|款)", lambda m: f" {_number(m[1])} more "),
        (rf"(?:给我|帮我)?(?:推荐|来|找)({NUMBER})(?:部|个|本|款)", _several),
        (rf"(?P<facet>{'|'.join(ANY_OF)})(?:不限|都行|都可以|无所谓|随便)", _any),
        (rf"(?:什么|哪个|哪种|任何)(?P<facet>{'|'.join(ANY_OF)})都(?:行|可以)", _any),
        (r"多长都(?:行|可以)", " any length is fine "),
        (r"不限(?P<facet>年份|年代|语言|长度|国家|类型)", _any),
    ]  # fmt: skip
    return tuple((re.compile(pattern), english) for pattern, english in patterns)


@cache
def _tables() -> Tables:
    text = resources.files(__package__).joinpath("chinese.toml").read_text(encoding="utf-8")
    return Tables(**tomllib.loads(text))
