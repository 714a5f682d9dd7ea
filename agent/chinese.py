"""Chinese messages, rewritten in the English that the rules read.

A message is cut into the longest phrases of a table (``chinese.toml`` and the catalogue's own words), each of
a kind; titles and numbers with what they count are read before. Clause by clause the phrases are then put
into English order. What no phrase explains stays as it is, in quotation marks where only a title or a name
can stand.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from .chinese_numbers import YEAR, Aside, number, read_numbers
from .chinese_order import DISLIKES, ordered
from .chinese_words import Token, said, tables
from .message import MAX_CHARS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
TITLE = re.compile(
    r'《([^《》]{1,90})》|「([^「」]{1,90})」|『([^『』]{1,90})』|“([^“”]{1,90})”|"([^"]{1,90})"'
)
LETTER = r"[^\W_\u3400-\u9fff\uf900-\ufaff\ue000-\uf8ff]"
LATIN = re.compile(rf"{LETTER}(?:{LETTER}|[ .'’&-](?={LETTER}))*")
"""Words of other scripts, names of several in one."""
PRIVATE = re.compile(r"[\ue000-\uf8ff]")
"""Characters that stand for what is held aside; a message has none of its own."""
DATED = re.compile(
    rf"(?P<t1>[\ue000-\uefff])[,( ]{{0,2}}(?P<y1>{YEAR})"
    r"(?:年?\)|年?的?那[个一]?[部版个]|年?版本?|年的?版本?那?部?)"
    rf"|(?P<y2>{YEAR})年版?的?那?部?(?P<t2>[\ue000-\uefff])"
)
WHETHER = re.compile(r"(?![好不])([\u4e00-\u9fff])不\1(?=[,.?!]|$)")
"""A question put by a word and its negation (高不高)."""
MARKS = str.maketrans("。・•", ".··")
KINDS_OF_MARKS = {",": ",", ":": ",", "、": "c", ".": ".", "?": ".", "!": ".", ";": ".", "\n": ".", "\r": "."}
CLAUSE = 60
"""Phrases in the longest clause; what goes on is read as another."""
LONGEST = 14
"""Characters in the longest phrase that is looked up."""
ASKS = frozenset({"who", "what", "which", "when", "how", "where"})
REFERS = frozenset({"it", "this one", "that one", "these"})
POINTS = frozenset({"这个", "那个", "这位", "那位", "这名", "该"})
"""In front of a word for who made something (这个导演的)."""
CHOSEN = frozenset({"是", "而是", "应该是", "我要的是", "我说的是"})
"""What begins the second half of "not that one but this one"."""


def to_english(text: str, words: Mapping[str, str]) -> str:
    """``text`` in English where it has Chinese characters, else unchanged; never raises.

    ``words`` are phrases of one field with their English (``CatalogSpec.spoken``); "件" is what items are
    called where they are counted.
    """
    if not HAN.search(text[:MAX_CHARS]):
        return text
    aside = Aside()
    plain = _dated(_without_titles(PRIVATE.sub("", text[:MAX_CHARS]), aside, words), aside)
    plain = read_numbers(WHETHER.sub(r"\1吗", plain), aside, words.get("件", "things"))
    clauses = _linked(list(_clauses(_deeds(_cut(plain, aside, words), words))))
    alone = sum(bool(clause) for clause, _ in clauses) == 1
    parts: list[str] = []
    for place, (clause, mark) in enumerate(clauses):
        made = ordered(clause, alone=alone)
        # Behind a negation a Chinese comma begins something else.
        closes = mark == "," and any(token.kind in "na" or token.english in DISLIKES for token in made)
        asks = not mark and any(token.kind == "q" for token in clause)
        parts += [token.english for token in made if token.english]
        if (mark or asks) and (parts or place):
            parts.append(";" if closes else mark or "?")
    english = re.sub(r" +(?=[,.?!;])", "", re.sub(r" +", " ", " ".join(parts)))
    return re.sub(r",(?:\s*[,;])+", ",", english).strip(" ,;")


def _without_titles(text: str, aside: Aside, words: Mapping[str, str]) -> str:
    """``text`` simplified and in plain marks, each title held aside."""
    parts, at = [], 0
    for match in TITLE.finditer(text):
        parts.append(_plain(text[at : match.start()]))
        title = next(group for group in match.groups() if group is not None)
        inner = _plain(title)
        if match[0][0] != "《" and (inner in words or inner in tables().phrases):
            parts.append(inner)  # quoted for emphasis: “轻松”的
        else:
            parts.append(aside.hold(Token("T", f'"{title}"', title)))
        at = match.end()
    return "".join([*parts, _plain(text[at:])])


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).translate(tables().simplified).translate(MARKS)


def _dated(text: str, aside: Aside) -> str:
    """``text`` with a year beside a title, which says which of several is meant, taken into it."""

    def dated(match: re.Match[str]) -> str:
        title = aside.at(match["t1"] or match["t2"])
        if title is None:
            return match[0]
        year = f"{number(match['y1'] or match['y2']):g}"
        return aside.hold(title._replace(english=f'{title.english[:-1]} ({year})"'))

    return DATED.sub(dated, text)


def _cut(text: str, aside: Aside, words: Mapping[str, str]) -> list[Token]:
    """``text`` as its longest known phrases; what is unknown in one piece each."""
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        char = text[at]
        token = aside.at(char) or _phrase(text, at, words)
        if token is not None:
            at += 1 if PRIVATE.match(char) else len(token.source)
        elif latin := LATIN.match(text, at):
            token = Token("L", latin[0], latin[0])
            at = latin.end()
        elif HAN.match(char) or char == "·":
            unknown = tokens.pop().source + char if tokens and tokens[-1].kind == "U" else char
            token = Token("U", unknown, unknown)
            at += 1
        else:
            english = {"、": "and", ":": ",", "\n": ".", "\r": "."}.get(char, char.strip())
            token = Token(KINDS_OF_MARKS.get(char, "z"), english, char)
            at += 1
        tokens.append(token)
    return tokens


def _phrase(text: str, at: int, words: Mapping[str, str]) -> Token | None:
    """The longest phrase of the field or of the table that begins at ``at``."""
    if text[at].isspace() or text[at] in KINDS_OF_MARKS:
        return None
    phrases = tables().phrases
    for size in range(min(LONGEST, len(text) - at), 0, -1):
        phrase = text[at : at + size]
        if (english := words.get(phrase)) is not None:
            return Token(_kind_of(english), english, phrase)
        if (found := phrases.get(phrase)) is not None:
            return Token(*found, phrase)
    return None


def _kind_of(english: str) -> str:
    """The kind of a phrase of one field, by the form of its English."""
    parts = english.split()
    if not parts:
        return "z"
    if english == "with" or parts[-1] == "by":
        return "P"
    if parts[0] in ASKS:
        return "Q"
    if english in REFERS:
        return "R"
    if parts[-1] == "fine":
        return "F"
    return "L" if len(parts) > 1 and all(part[0].isupper() for part in parts) else "W"


def _deeds(tokens: list[Token], words: Mapping[str, str]) -> list[Token]:
    """``tokens``, a word for who somebody is ("导演") read as what they did where a name stands before it.

    What was done ("导演的") is read as who did it where none does.
    """
    made: list[Token] = []
    named = False
    for token in tokens:
        source, _, of = token.source.partition("的")
        deed, maker = words.get(f"{token.source}的", ""), words.get(source, "")
        if token.kind == "W" and made and made[-1].kind in "LU" and _kind_of(deed) == "P":
            made.append(token._replace(kind="P", english=deed))
        elif token.kind == "P" and not named and "的" in token.source:
            if made and made[-1].source in POINTS:
                made[-1] = said("by this")
            made += [Token(_kind_of(maker), maker, source), Token("d", "of", "的")]
            made += [Token(_kind_of(words[of]), words[of], of)] if of in words else []  # 导演的电影
        else:
            made.append(token)
        named = token.kind not in ",." and (named or token.kind in "LU")
    return made


def _clauses(tokens: list[Token]) -> Iterator[tuple[list[Token], str]]:
    """The clauses with the mark behind each; "but", a "not" and a "rather" begin one."""
    clause: list[Token] = []
    for at, token in enumerate(tokens):
        if token.kind in {",", "."}:
            yield clause, token.english
            clause = []
        elif clause and (len(clause) >= CLAUSE or _begins(token, clause, tokens[at + 1 : at + 2])):
            yield clause, ","
            clause = [token]
        else:
            clause.append(token)
    yield clause, ""


def _begins(token: Token, clause: list[Token], behind: list[Token]) -> bool:
    if token.english == "but" or (token.source in {"是", "而是"} and _rejects(clause)):
        return True
    orders = token.kind == "n" and token.english in {"not", "also not", "no more"} and token.source != "不是"
    # 推荐法国片不要喜剧 asks for two things, 恐怖片不要 for one.
    return (
        orders
        and any(each.kind in "WVKTL" and each.source != "最好" for each in clause)
        and any(each.kind not in "z,." for each in behind)
    )


def _rejects(clause: list[Token]) -> bool:
    """Whether ``clause`` says what was not meant (不是这部)."""
    return any("不是" in token.source for token in clause) and clause[-1].source != "不是"


def _linked(clauses: list[tuple[list[Token], str]]) -> list[tuple[list[Token], str]]:
    """``clauses`` with what one says by the one before: "not that, but this", and whose verdict it is."""
    made: list[tuple[list[Token], str]] = []
    subject: Token | None = None
    for clause, mark in clauses:
        told = [token for token in clause if token.kind != "z"]
        kinds = "".join(token.kind for token in told)
        if clause and clause[0].source in CHOSEN and made and _rejects(made[-1][0]):
            made[-1] = ([said("no")], ",")
            made.append(([said("I meant"), *clause[1:]], mark))
        elif subject is not None and re.fullmatch("F*a?y*V", kinds):
            made.append(([subject, *told], mark))  # 看过《…》, 很好看
        else:
            made.append((clause, mark))
        items = [token for token in told if token.kind in "TR"]
        subject = items[-1] if items and "S" in kinds else None
    return made
