"""What a "not" covers: the scope of negation, read off the words around it.

The scope of a negator runs to the end of its clause. "But", "though", "just" and a full stop end it; a comma
ends it unless a list of the same kind goes on ("no musicals, westerns or romance"); a new verb or "something"
ends it once something was negated ("nothing violent, give me a comedy").
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from .message import Message, either

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NEGATOR = re.compile(
    r"\b"
    + either(r"""
        hardly any  barely any  hardly  barely  little or no  not much  as little
        anything but  everything but  all but
        (?:any|every|all)(?: \w+){1,2} but(?= (?:the |a |an )?\w+(?: \w+)?$)(?! \w+er\b| not\b| no\b)
        other than  apart from  aside from  except for  except
        excepting
        outside(?: of)?  excluding  exclude  excludes
        without  not  no more  no  non  never  nothing  none  nobody
        neither  nor
        avoid  avoiding  skip  minus  tired of  sick of  enough (?:of|with)  fed up with  bored with  bored of
        rather than
        instead of  free of  leave out  cut out  hate  hates  hated  dislike  dislikes  disliked  despise
        detest
        can not stand  could not stand  can not bear  loathe  loathed
    """)
    + r"\b"
)
HARMLESS = re.compile(
    r"\b"
    + either(r"""
        nothing but  nothing except  nothing other than  nothing special  nothing in particular
        nothing else(?! by\b| with\b| from\b| in\b)
        not sure  no idea  no clue  no preference  no problem  no matter  no worries  no thanks  no thank you
        not bad  why not  why do not  not to mention  not really sure  do not mind  do not care  not matter
        not know  never mind  can not wait  or not  if not  not only  not just  not necessarily  not always
        not all  no longer wait  not seen  not watched  not read  never seen  never watched  have never read
        never heard  not heard  have not  not have to  not need to  need not
    """)
    + r"\b"
)
"""Phrases with a negative word that exclude nothing."""
STORY = re.compile(
    r"\bwho (?:\w+ )?(?:should|could|would|will|must|can|may) not\b"
    r"(?! (?:stand|bear|handle|take|watch|like)\b)"
)
"""Said of somebody in a story ("a family who should not be in one house"): it excludes nothing either."""
INSTEAD = re.compile(r"\b(?:instead of|rather than|in place of)\b")
"""What stands behind gives way to something else."""
SOFT = re.compile(r"\b(?:not (?:only|just|necessarily|always|all|have to|need to)|need not)\b")
"""Negators that take back an exclusiveness and exclude nothing ("not only comedies")."""
HARD_END = frozenset(
    {".", "!", "?", ";", ":", "(", ")", "but", "though", "although", "however", "yet", "while"}
)
SOFT_END = frozenset(
    """
    i we you they something anything someone give show recommend suggest find get want wants prefer need
    please just only still rather maybe perhaps like love loved liked enjoy enjoyed instead with that which
    who because since so if when
    """.split()  # noqa: SIM905
)
"""Words that end a scope once something in it was negated."""
BEGINS = frozenset(
    """
    something anything i preferably also under over below above before after from at less more within up
    shorter longer newer older
    """.split()  # noqa: SIM905
)
"""Words behind "and" that begin a wish of its own ("not horror and under two hours")."""
KINDS = frozenset(
    {"a", "an", "the", "any", "something", "anything", "one", "ones", "suitable", "meant", "made"}
)
"""Behind "not": what follows says which items it is about ("not something for kids")."""
ADJECTIVE = frozenset({"too", "so", "very", "overly", "that", "really", "as"})
LASTING = re.compile(
    r"\b(?:i|we) (?:(?:really|just|absolutely|usually|generally|also) )*"
    + either(r"""
        never  always  only  can not stand  could not stand  can not bear  hate  dislike  loathe  detest
        despise
        do not (?:(?:really|usually|ever) )?(?:watch|read|like|enjoy|buy|eat|care for|play|listen|use|visit)
    """)
    + r"\b"
)
"""Said of the person rather than of this request ("I never watch horror"): holds until it is taken back."""


def scopes(
    message: Message, is_term: Callable[[int], bool], is_bound: Callable[[int], bool] = lambda _: False
) -> list[bool]:
    """Whether each token stands under a negation.

    ``is_term(i)``: token i is part of a known phrase; ``is_bound(i)``: of one that bounds a number or year.
    """
    negated = [False] * len(message.tokens)
    spoken = itertools.chain(HARMLESS.finditer(message.plain), STORY.finditer(message.plain))
    harmless = {token for match in spoken for token in range(*message.tokens_of(match))}
    for match in NEGATOR.finditer(message.plain):
        first, after = message.tokens_of(match)
        if first in harmless or _is_answer(message, first, after):
            continue
        end = _end(message, first, after, is_term)
        for token in range(after, min(end, _other_kind(message.lows, after, end, is_bound))):
            negated[token] = True
    return negated


def replaced(message: Message) -> list[bool]:
    """Whether each token stands behind "instead of": what was wanted before is not any more."""
    found = [False] * len(message.tokens)
    for match in INSTEAD.finditer(message.plain):
        first, after = message.tokens_of(match)
        for token in range(after, _end(message, first, after, lambda _: True)):
            found[token] = True
    return found


def softened(message: Message) -> list[bool]:
    """Whether each token stands after "not only": what is said there shall not be the only thing."""
    soft = [False] * len(message.tokens)
    for match in SOFT.finditer(message.plain):
        _, after = message.tokens_of(match)
        for token in range(after, _end(message, after, after, lambda _: True)):
            soft[token] = True
    return soft


def lasting(message: Message) -> list[bool]:
    """Whether each token stands in a clause that says what the person always or never wants."""
    found = [False] * len(message.tokens)
    for match in LASTING.finditer(message.plain):
        _, after = message.tokens_of(match)
        for token in range(after, len(found)):
            if message.lows[token] in HARD_END or message.lows[token] == ",":
                break
            found[token] = True
    return found


def _is_answer(message: Message, first: int, after: int) -> bool:
    """Whether it is the "no" that answers ("No, I meant …") and negates nothing."""
    if message.lows[first] != "no":
        return False
    return after >= len(message.lows) or message.lows[after] in {
        ",",
        ".",
        "!",
        ";",
        "i",
        "the",
        "that",
        "this",
        "not",
    }


def _end(message: Message, first: int, after: int, is_term: Callable[[int], bool]) -> int:
    lows = message.lows
    # "not too long and funny": the degree word binds the negation to one adjective.
    one_adjective = after < len(lows) and lows[after] in ADJECTIVE
    no_list = lows[first] in {"no", "without", "non"}
    said = False
    for at in range(after, len(lows)):
        low = lows[at]
        if low in HARD_END and (at > after or low not in {"but"}):
            return at
        if low == "," and lows[at + 1 : at + 2] and lows[at + 1] in BEGINS:
            return at
        if low == "," and not (said and _list_goes_on(lows, at + 1, is_term, no_list=no_list)):
            return at
        # What is negated is that adjective ("not too violent war film"), or one more of its kind.
        if (
            said
            and one_adjective
            and low not in {"or", "nor"}
            and lows[at - 1] not in {"or", "nor", *ADJECTIVE}
        ):
            return at
        if low == "and" and at + 1 < len(lows) and lows[at + 1] in BEGINS:
            return at
        if low in SOFT_END and said:
            return at
        # "Not boring for adults": it is for them.
        if low == "for" and lows[first] == "not" and at == after + 1 and lows[after] not in KINDS:
            return at
        said = said or is_term(at)
    return len(lows)


def _other_kind(lows: Sequence[str], after: int, end: int, is_bound: Callable[[int], bool]) -> int:
    """Where behind a comma a bound follows what is none: it goes on no list ("not French, 2000 or later")."""
    for at in range(after, end - 1):
        if lows[at] == "," and is_bound(at + 1):
            return end if any(map(is_bound, range(after, at))) else at
    return end


def _list_goes_on(lows: Sequence[str], at: int, is_term: Callable[[int], bool], *, no_list: bool) -> bool:
    """Whether only known phrases follow up to the end of the clause, joined as a list."""
    joined = False
    for position in range(at, len(lows)):
        low = lows[position]
        if low in HARD_END:
            break
        if low in {"or", "nor"} or (low == "and" and no_list):
            joined = True
        elif low not in {",", "a", "an", "the", "any"} and not is_term(position):
            return joined
    return joined or no_list
