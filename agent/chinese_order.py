"""The tokens of a Chinese clause in English order.

Rules are patterns over the kinds of the tokens, a letter each (``chinese_words.KINDS``). They put likeness,
comparison, people, questions, verdicts and the negation of an adjective where English has them.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from .chinese_words import Token, compared, said, tables, texts
from .message import comparative, superlative

if TYPE_CHECKING:
    from collections.abc import Callable

ITEMS = "[TR](?:[c,]?[TR])*"
NAMES = "[LU](?:c[LU])*"
STARTS = frozenset({"有", "来", "给", "找", "看看"})
"""Verbs that ask only where they begin a clause."""
NOTHING = Token("", "", "")
GOOD = frozenset({"great", "good"})
IRREGULAR = {"great": "best", "good": "best"}
DISLIKES = frozenset({"I hate", "I do not like"})
SEVERAL = frozenset({"these", "all of them"})
ALIKE = frozenset({"like", "similar"})
"""What asks for likeness even where nothing is named; other words of likeness then only point ("那种")."""
NAMED_BEHIND = frozenset({"tell me about", "do you have", "show me", "I meant", "no ,"})
"""Behind these a clause of unknown words is a title."""


class Hit:
    """A match of a pattern over kinds, its groups as tokens."""

    def __init__(self, tokens: list[Token], match: re.Match[str]) -> None:
        self._tokens, self._match = tokens, match

    def __getitem__(self, group: str | int) -> list[Token]:
        first, last = self._match.span(group)
        return self._tokens[first:last]

    def replaced(self, made: list[Token]) -> list[Token]:
        """All tokens, ``made`` in place of what matched."""
        return [*self._tokens[: self._match.start()], *made, *self._tokens[self._match.end() :]]


def ordered(clause: list[Token], *, alone: bool) -> list[Token]:
    """The tokens of ``clause`` in English order; ``alone``: it is the whole message."""
    tokens = _told_apart(clause, alone=alone)
    for pattern, rule in _rules():
        for _ in range(4):
            match = pattern.search("".join(token.kind for token in tokens))
            if match is None:
                break
            hit = Hit(tokens, match)
            tokens = hit.replaced(rule(hit))
    return _finished(_marked(tokens, alone=alone))


def _told_apart(clause: list[Token], *, alone: bool) -> list[Token]:
    """``clause`` without empty words, and phrases of two meanings read by what stands beside them."""
    tokens = [token for token in clause if token.kind != "z"]
    if len(tokens) == 1 and tokens[0].source in {"不", "不是", "不要"}:
        return [said("no thanks" if alone else "no")]
    excepts = any(token.english == "except" for token in tokens)
    kept: list[Token] = []
    for at, token in enumerate(tokens):
        behind, _, next_source = tokens[at + 1] if at + 1 < len(tokens) else NOTHING
        if excepts and (token.kind == "D" or token.english == "anything is fine"):
            continue  # "… is fine" then says nothing more
        if token.kind + behind == "yS" or (token.english == "these" and behind == "R"):
            continue  # how much it is liked is not counted; 你推荐的第二部 is the second
        if token.source == "最好" and behind not in {"", "d"}:
            kept.append(said("preferably"))  # "the best" only before 的
        elif at and token.source in STARTS:
            continue
        elif token.source == "有点" and behind:
            if at + 2 == len(tokens):
                kept.append(said("too", "y"))  # 有点长 complains, 有点长的 does not
        elif token.english == "what should I watch" and set(behind) & set("WVTLKU"):
            kept.append(said("show me"))
        elif token.kind == "w" and "最" in next_source:
            kept.append(said("which one is the", "H"))
        elif token.source == "最新" and "H" in {each.kind for each in (*tokens, *kept)}:
            kept.append(token._replace(english="newest"))
        elif token.kind == "a" and token.source in {"没", "没有"} and at and at + 1 == len(tokens):
            kept.append(said("?", "q"))
        elif token.source == "算了" and any(each.kind in "WVL" for each in kept):
            kept.append(said("not", "n"))  # 恐怖片就算了
        elif token.source == "不是" and behind in set("WVL"):
            kept.append(token._replace(kind="a"))  # 不是美国的战争片 is a war film
        else:
            kept.append(token)
    return kept


def _name(token: Token) -> str:
    """The English of a title or name; in quotation marks where no capital shows that it is one."""
    if token.kind == "L" and token.english[0].islower():
        return f'"{token.english}"'
    return "and" if token.kind == "c" else token.english


def _named(tokens: list[Token]) -> str:
    """Titles and names, each in quotation marks unless it is a reference, a number or a word alone."""
    kinds = "".join(token.kind for token in tokens)
    if not kinds.strip("cTRL"):
        return " ".join(_name(token) for token in tokens)
    if set(kinds) <= set("TRLKd") or kinds == "W":
        return texts(tokens)
    source = "".join(token.source for token in tokens)
    return " and ".join(f'"{name}"' for name in re.split(r"[和、]|或者?", source) if name)


def _like(hit: Hit) -> list[Token]:
    return [*hit["rest"], said(f"like {_named(hit['x'])}", "K")]


def _like_it(hit: Hit) -> list[Token]:
    """Likeness to what was spoken of; a word that only points is left to the end."""
    if hit[0][0].english not in ALIKE:
        return [hit[0][0]._replace(kind="z"), *hit["rest"]]
    return [*hit["rest"], said("something like it" if not hit["rest"] else "like it", "K")]


def _than(hit: Hit) -> list[Token]:
    return [said(f"{compared(hit['w'][0].english)} than {_named(hit['x'])}", "K")]


def _person(hit: Hit) -> list[Token]:
    names = " ".join(f'"{token.source}"' if token.kind == "U" else token.english for token in hit["x"])
    between = [token for token in hit["between"] if token.kind == "K"]
    return [*hit["rest"], said(f"{hit['p'][0].english} {names}", "K"), *between]


def _first_said(hit: Hit) -> list[Token]:
    """What is said of items, in front of them."""
    return [hit["s"][0], said(texts(hit["x"]), "T")]


def _twice_said(hit: Hit) -> list[Token]:
    """Two things said of the same items (最近看了《…》，超级喜欢)."""
    x = said(_named(hit["x"]), "T")
    return [*hit["first"], x, said(","), *hit["s"], x]


def _of_all(hit: Hit) -> list[Token]:
    """A verdict that names nothing is on what was shown."""
    return [*hit[0], said("all of them", "R")]


def _about(hit: Hit) -> list[Token]:
    """What is told about, behind what tells it."""
    return [*hit["rest"], hit[0][0]._replace(kind="F"), *hit["x"]]


def _concerning(hit: Hit) -> list[Token]:
    """The same, where what tells it stands behind (跟下棋有关的)."""
    return [*hit["rest"], said("about"), *hit["x"]]


def _verdict(hit: Hit) -> list[Token]:
    x, what = _named(hit["x"]), [token for token in hit["w"] if token.kind not in "Fd"]
    if hit["q"]:
        return [*hit["lead"], said(f"how {texts([t for t in what if t.kind != 'y'])} is {x}")]
    if what[-1].kind == "W" and hit["x"][-1].english in SEVERAL:
        return [*hit["lead"], *what]  # "these are too dark" asks for others and says nothing of a taste
    if what[-1].kind == "V" or what[-1].english in tables().praised or what[0].english == "too":
        praised = what[-1].english in tables().praised
        good = praised or (what[-1].english in GOOD and what[0].english != "too")
        negated = any(token.kind == "a" for token in what)
        return [
            *hit["lead"],
            said("I like" if good != negated else "I do not like", "S"),
            said(x, "T"),
        ]
    return [*hit["lead"], said(f"{x} was {texts(what)}")]


def _question(hit: Hit) -> list[Token]:
    subject, asked = _named(hit["x"]) or "it", hit["Q"][0].english
    return [said(f"{asked} {subject} from" if asked == "what country is" else f"{asked} {subject}")]


def _asked_of(hit: Hit) -> list[Token]:
    """A question for one of the facets (它什么类型)."""
    return [said(f"what {hit['w'][0].english} is {_named(hit['x'])}")]


def _original(hit: Hit) -> list[Token]:
    """A title by its original name."""
    return [hit[0][0]._replace(kind="F"), said(f'"{hit["x"][0].english}"', "T")]


def _why(hit: Hit) -> list[Token]:
    return [said("why"), next(token for token in hit[0] if token.kind in "TRL")]


def _meant(hit: Hit) -> list[Token]:
    """The year of one of several items (1958年拍的那部)."""
    year = hit["k"][0].english.removeprefix("from ")
    return [said(f"the {year} one", "K")] if year.isdigit() else hit[0]


def _apart(hit: Hit) -> list[Token]:
    """An adjective that is negated before its noun, behind it."""
    mine = [token._replace(kind="n") if token.kind == "a" else token for token in hit["not"]]
    return [*hit["rest"], said(","), *mine]


def _more(hit: Hit) -> list[Token]:
    word = next(token for token in hit[0] if token.kind in "WV")
    return [said(compared(word.english), "K")]


def _less(hit: Hit) -> list[Token]:
    return [hit[0][0]._replace(kind="n"), *hit[0][1:]]


def _most(hit: Hit) -> list[Token]:
    word = hit[0][-1].english
    regular = superlative(word) if compared(word) == comparative(word) else ""
    return [said(IRREGULAR.get(word) or regular or f"most {word}", "W")]


def _which(hit: Hit) -> list[Token]:
    return [said("which one is the", "H"), *hit["w"]]


def _not_behind(hit: Hit) -> list[Token]:
    """What is negated, behind the negation (恐怖片除外, 暴力少一点)."""
    negation = hit["n"][0]
    if negation.kind == "a" and negation.english != "less":
        return hit[0]
    return [said(negation.english, "n"), *hit["w"]]


def _that(hit: Hit) -> list[Token]:
    """A word that only says which (新的那个)."""
    return hit["w"] if hit["r"][0].english in {"this one", "that one"} else hit[0]


def _dropped(hit: Hit) -> list[Token]:
    words = [token.english for token in hit[0] if token.kind in "WVKL"]
    how = next((token.english for token in hit[0] if token.kind == "D"), "any")
    if not words:
        return [said("anything is fine")]
    if how == "both" and len(words) > 1:
        return [said(" or ".join(words), "K")]
    if how == "fine" and not any(token.kind == "w" for token in hit[0]):
        return [said(f"{' '.join(words)} is fine", "K")]
    return [said(" , ".join(f"any {word} is fine" for word in words), "K")]


@cache
def _rules() -> tuple[tuple[re.Pattern[str], Callable[[Hit], list[Token]]], ...]:
    """Patterns over the kinds of a clause's tokens, in the order in which they are tried."""
    rest = "d?(?P<rest>[^neaSFq]*)"
    rules: list[tuple[str, Callable[[Hit], list[Token]]]] = [
        (r"^.*Y.*[TRL].*$|^.*[TRL].*Y.*$", _why),
        (r"Bd?(?P<x>[TLRUK](?:c?[TLRUK])*)[Fmyd]*(?P<w>[WV])o?", _than),
        (rf"b(?P<x>[^beS]{{1,8}}?)[eb]{rest}", _like),
        (rf"(?<![TLRUKWVc])c(?P<x>[TLRUWV](?:c?[TLRUWV])*)[eb]{rest}", _like),
        (rf"b(?P<x>[TLR](?:c[TLR])*){rest}", _like),
        (rf"(?<![TLUWVKd])(?P<x>(?=[^FSTbed]*U)[WVU][^FSTbed]*)e{rest}", _like),
        (rf"(?P<x>[TLU](?:c[TLU])*)[eb]{rest}", _like),
        (rf"b(?P<x>[UWV]*U[UWV]*){rest}", _like),
        (r"[be](?=[dqoe]*(?:$|F|n|a))[dqoe]*|[be]d(?P<rest>[WVK]+)", _like_it),
        (rf"(?P<x>{NAMES})(?P<between>[KFy]*)(?P<p>P)d?(?P<rest>[WVdKy]*)", _person),
        (rf"(?P<p>P)(?P<x>{NAMES})(?P<between>)(?:d(?P<rest>[WVdK]+))?", _person),
        (r"^F*(?P<s>S)q?$", _of_all),
        (r"(?P<first>S)(?P<x>[TLR](?:c[TLR])*)[Fdy]*(?P<s>S)$", _twice_said),
        (r"(?<!S)(?P<x>[WL](?:c?[WL])*)(?P<s>S)$", _first_said),
        (rf"(?:^|(?<=F))(?P<x>{ITEMS})[Fcdy]*(?P<s>S)[qo]?$", _first_said),
        (r"t(?P<x>[WVLUKTc]+)d(?P<rest>[WVLKU]+)", _about),
        (r"c?(?P<x>[WVLUT]+(?:c[WVLUT]+)*)gd?(?P<rest>[WVLKU]*)", _concerning),
        (rf"^(?P<lead>F?)(?P<x>{ITEMS}|L)[Fd]*(?P<w>a?y*V|a?y+W|a?y?W(?=q))(?P<q>q?)(?:d|dW)?$", _verdict),
        (r"^[Fd]*(?:(?P<x>[TRLU](?:c[TRLU])*)[Fd]*)?(?P<Q>Q)[dq]*$", _question),
        (rf"^(?P<x>{ITEMS}|L)(?P<Q>Q)W$", _question),
        (rf"^[Fd]*(?P<x>{ITEMS}|L)w(?P<w>W)[dq]*$", _asked_of),
        (r"(?P<k>K)d?(?P<r>R)$", _meant),
        (r"(?P<not>(?:n?y|n?a)y?[WVL](?:c?a?y?[WVL])*)d(?P<rest>[WVLKd]+)", _apart),
        (r"m[yo]?[WV]o?", _more),
        (r"[WV]o", _more),
        (r"ay?[WVLK]", _less),
        (r"M[WV]", _most),
        (r"(?P<w>[WV])dH$", _which),
        (r"(?P<w>y?[WVLK](?:c?y?[WVLK])*)d?(?P<n>n)$", _not_behind),
        (r"(?P<w>[WV])(?P<n>a)d?$", _not_behind),
        (r"RH(?P<w>W)", _which),
        (r"(?P<w>[WV])d(?P<r>R)$", _that),
        (r"w[WVKL]+D", _dropped),
        (r"D[WVKL](?:c?[WVKL])*d?l?$|[WVKL](?:[cd]?[WVKL])*[ad]?F?D|[nD][WVKL]+d?l|[WVKL]+d?l[nD]", _dropped),
        (r"[nDa][RFd]*l$", lambda _: [said("no limits")]),
        (r"^[Fcm]*(?:w?D|Dw)$", _dropped),
        (r"N(?P<x>L)", _original),
    ]  # fmt: skip
    return tuple((re.compile(pattern), rule) for pattern, rule in rules)


def _marked(tokens: list[Token], *, alone: bool) -> list[Token]:
    """``tokens`` with what can only be an unknown title in quotation marks: it is liked, or stands alone."""
    kinds = "".join(token.kind for token in tokens)
    # "Not" between unknown characters is one of them (霸王别姬).
    found = re.search(r"(?<=S)(?:[^SKFn]|(?<=U)n(?=U))*U[^SKFn]*$", kinds)
    if found is None and alone:
        found = re.search(r"(?:^|(?<=F))U(?:[^FSQKDq]*U)?$", kinds)
        if found and any(token.english not in NAMED_BEHIND for token in tokens[: found.start()]):
            found = None
    if found is None:
        return tokens
    first, last = found.span()
    while last > first and tokens[last - 1].kind in "dRWq":
        last -= 1
    title = tokens[first:last]
    if len("".join(token.source for token in title)) < 2:
        return tokens
    return [*tokens[:first], said(_named(title), "T"), *tokens[last:]]


def _finished(tokens: list[Token]) -> list[Token]:
    """Lists joined, words without English left out, and what English says last brought to the end."""
    negated = any(token.kind == "n" or token.english in DISLIKES for token in tokens)
    made: list[Token] = []
    for token in tokens:
        if token.kind in "dobeqBmDwlzP" or (token.kind == "U" and len(token.source) == 1):
            continue
        if token.kind == "c" and (not made or made[-1].kind in "FS"):
            continue
        if token.kind == "c" and negated and token.english == "and" and made[-1].kind in "WVKL":
            token = token._replace(english="or")
        if negated and made and made[-1].kind in "WV" and token.kind == "V":
            made.append(said("or"))
        made.append(token)
    while made and made[-1].kind == "c":
        made.pop()
    if any(token.english.startswith("like ") for token in made):
        made = [token for token in made if token.english != "others"]  # 跟第一部类似的还有吗
    last = [t for t in made if t.kind == "W" and t.english.startswith(("in ", "from "))]
    last += [t for t in made if t.english == "instead"]
    return _others([*(t for t in made if t not in last), *last])


def _others(tokens: list[Token]) -> list[Token]:
    """ "Others" before a word says which."""
    return [
        token._replace(english="other")
        if token.english == "others" and place + 1 < len(tokens) and tokens[place + 1].kind in "WV"
        else token
        for place, token in enumerate(tokens)
    ]
