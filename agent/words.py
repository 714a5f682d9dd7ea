"""Sentences and words of prose, as the checker of prose reads them."""

from __future__ import annotations

import re
from typing import NamedTuple

from ..tools.text import NUMBERS, fold

_TOKEN = re.compile(r"%|\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*")
_END = re.compile(r"(?:\.{3}|…|[.!?])[\"”’')\]]*(?=\s|$)")
_ABBREVIATIONS = frozenset(
    re.findall(
        r"\S+",
        "dr mr mrs ms st jr sr prof gen col capt sgt lt rev hon no vol vs etc inc ltd co e.g i.e a.m p.m",
    )
)


class Token(NamedTuple):
    """A word or number of a text: ``[start, end)`` in it, as written, and the form it is compared by."""

    start: int
    end: int
    written: str
    stem: str

    @property
    def is_number(self) -> bool:
        """Whether it is a number, in digits or written out."""
        return self.stem[:1].isdigit()

    @property
    def is_capital(self) -> bool:
        """Whether it is written with a capital letter."""
        return self.written[:1].isupper()


def tokens(text: str) -> list[Token]:
    """The words and numbers of ``text``, in order."""
    found = []
    for match in _TOKEN.finditer(text):
        written = match.group()
        found.append(Token(match.start(), match.end(), written, _compared(written)))
    return found


def stem(word: str) -> str:
    """A folded word without the endings that do not change what is said ("stars", "starring" → "star")."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-2] if word.endswith(("sses", "shes", "ches", "xes")) else word[:-1]
    for ending in ("ing", "ed"):
        root = word.removesuffix(ending)
        if root != word and len(root) > 2 and re.search("[aeiouy]", root):
            doubled = len(root) > 3 and root[-1] == root[-2] and root[-1] not in "lse"
            return root[:-1] if doubled else root
    return word[:-1] if len(word) > 3 and word.endswith("e") else word


def split_sentences(text: str) -> tuple[list[str], str]:
    """The finished sentences of ``text`` and the unfinished rest after them.

    A full stop ends no sentence after an abbreviation ("Dr. Strangelove"), an initial ("J. R. R."), within
    "U.S." or a decimal, nor before a word in lower case. While what follows a mark is not there yet, the
    sentence is not finished.
    """
    sentences, start = [], 0
    for match in _END.finditer(text):
        after = text[match.end() :].lstrip()
        if not after or not _ends(text[start : match.start()], match.group(), after):
            continue
        sentences.append(text[start : match.end()].strip())
        start = match.end()
    return sentences, text[start:].lstrip()


def _ends(before: str, mark: str, after: str) -> bool:
    if mark[0] in "!?":
        return not after[0].islower()
    last = before.rsplit(None, 1)[-1].lstrip("(\"“'") if before.strip() else ""
    short = last.casefold() in _ABBREVIATIONS or re.fullmatch(r"(?:[^\W\d_]\.)*[^\W\d_]", last) is not None
    return not after[0].islower() and not (short and mark[0] == "." and len(mark) < 3 and last != "I")


def _compared(written: str) -> str:
    if written == "%":
        return written
    if written[0].isdigit():
        return re.sub(r"[.,](?=\d{3}(?:\D|$))", "", written).replace(",", ".")
    plain = re.sub(r"['’]s?$", "", written)
    folded = fold(plain)
    # "one" and "I" are words here, not numbers.
    return NUMBERS[folded] if folded in _COUNTS else stem(folded)


_COUNTS = frozenset(word for word, digits in NUMBERS.items() if len(word) > 2 and digits != "1") - {
    "iii",
    "vii",
}


def _stems(text: str) -> frozenset[str]:
    return frozenset(token.stem for token in tokens(text))


HARMLESS = _stems(
    """
    what a an the this that these those it its they them their he she his her you your yours yourself i i'd
    i'll i've i'm me my we our us here there's it's that's you'd you'll you've you're let's one ones
    first second third next last then finally start begin starter go turn try pick choice choose
    recommend recommendation suggest suggestion think guess hope believe enjoy enjoyed enjoyable like
    liked likes love loved appreciate want wanted asked ask looking look request wish fit fits fitting
    suit suits match matches matching good great fine nice solid lovely strong worth place option also
    too as well and or but so if since because while when which who whose where with in on of for from
    to at by about into after before is are was were be been being am has have had having do does did
    will would can could should may might must make makes made give gives given get gets take takes come
    comes came bring brings offer offers feature features featuring going include includes including
    share shares sharing contain contains find see watch feel keep know known another other both each
    just right really very quite pretty something thing things kind sort way bit little more time today
    tonight evening mood taste tastes list top add put say says said show shows perhaps maybe definitely
    certainly sure surely simply especially particularly out
    """
)
"""Words that say nothing of an item by themselves. Whatever is not here must be in the evidence."""

NEGATIONS = _stems(
    "no not never without neither nor none nothing cannot can't don't doesn't didn't isn't aren't wasn't"
    " weren't won't wouldn't hasn't haven't hadn't shouldn't couldn't lack lacks hardly barely rarely except"
    " unlike"
)
"""Words that turn a statement round; a statement with one needs evidence that says so."""

POINTING = _stems("it this that they these those both he she its their")
"""Words that stand for an item named before."""

CITING = _stems("like liked love loved enjoy enjoyed rate rated with as after appreciate watched seen than")
"""Words before a title that is compared with or was liked, rather than spoken of."""

OPENING = _stems("start begin go open try watch kick")
"""Before "with", they lead to a title that is spoken of ("start with Aliens")."""

ASKING = _stems("ask asked asking want wanted request wish")
"""Words after which a person's wishes are named."""

SHARING = _stems("share shares sharing shared same common")
"""Words that say that two items have something in common."""

VERBS = _stems(
    "is are was has have stars starring shares runs comes came features offers brings gives won tells lasts"
    " directed written made set suits fits makes shows takes includes contains costs"
)
"""After "and" or "but", one of these begins a statement of its own."""

IS = _stems("is are was were")
"""Words before what is said of something; a title there is no title but a value that is called alike."""
