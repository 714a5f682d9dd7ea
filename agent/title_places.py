"""Where a title stands that has no other support: words and patterns around it, and words that are none."""

from __future__ import annotations

import re

from .message import either
from .roles import ADVERBS, BAD, GOOD, VERDICT

ANSWERS = frozenset({"yes", "no", "yeah", "ok", "okay", "sure", "please", "thanks", "maybe", "never"})
"""Words that answer, and are the whole message: no titles."""
PRONOUNS = frozenset({"it", "that", "this", "them", "both", "these", "those", "other", "one", "others"})
QUOTED = re.compile(r"""\"([^\"]{1,90})\"|(?<!\S)'([^']{2,90})'(?!\w)""")
SURE_TITLE = 0.7
"""From this certainty on, quoted words are taken for the title they resemble."""
FAMOUS = 0.95
"""Known-ness from which on a word is taken for a title although notes have it for a term."""
OBSCURE = 0.3
"""Known-ness below which an item is not meant by words that might be anything."""
VAGUE = frozenset({"something", "anything", "nothing", "some", "any", "more", "what", "just", "another"})
"""Words that begin a wish rather than a title that is not written with capitals."""
MAX_TITLE = 8
"""Words in the longest title that is looked for without other support."""
TITLE = "(?P<title>[^.!?,;]+?)"
ASIDE = either("""
    again  please  pls  plz  then  though  tho  tbh  btw  thanks  thx  anyway  too  exactly  actually  lol
    for me  by the way  to be honest
""")
"""Behind a title at the end of a message: no part of it."""
END = rf"(?: {ASIDE})*[ .!?]*$"
WH = "(?:who|when|where|what|which)"
QUESTIONS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"^(?:and )?{WH} (?:\w+ )?(?:directed|wrote|made|starred in|stars in|plays in|acts in|is in|was|is|"
        rf"designed|published|did|does) {TITLE}(?: made| released| published| written| about| from| in|"
        rf" take| last| cost| come out| have| win)?{END}",
        rf"^(?:and )?(?:is|was|does|did|has) {TITLE}(?: \w+)? (?:very |too |really |that |an? )?\w+{END}",
        r"^(?:and )?(?:how \w+ (?:is|was|does|did|do|were)|tell me (?:more )?about|do you (?:have|know)|"
        rf"what about|how about|is|was) {TITLE}"
        rf"(?: (?:in|any|good|a|an|too|worth|take|last|cost|run|really)\b.*)?{END}",
        rf"^(?:and )?(?:in |from |by )?{WH} (?:\w+ ){{1,3}}(?:of|is|in|was|did|does) {TITLE}"
        rf"(?: in| come out| made| released| published)?{END}",
    )
)
"""Where a question asks about an item, be its title a word for a kind of item or not."""
ANNOUNCED = tuple(
    re.compile(pattern)
    for pattern in (
        rf"^(?:and |or )?(?P<title>.+?)(?: {ASIDE})*$",
        rf"(?:^|[.!?,;] )(?:i think )?{TITLE} (?:(?:is|was|were) {ADVERBS}(?:{GOOD}|{BAD})|{VERDICT})\b",
        r"(?<!\bi )(?<!\bwe )(?<!would )(?<!not )(?<!also )(?<!really )\b(?:like|similar to) "
        rf"{TITLE}(?= (?:but|and|or|only|not|from|in|with|by)\b|$| [.!?,;(])",
        rf"\b(?:than|i (?:meant|mean)) {TITLE}{END}",
    )
)
"""Where a title stands that has no other support."""
ASKED = re.compile(
    rf"^(?:and )?(?:(?P<own>(?:do|have) you (?:have|got)|is there|(?:what|which) (?:is |are |was )?(?:the )?"
    rf"{{labels}} (?:of|is|for|was))|{WH} (?:\w+ )?(?:directed|wrote|made)) {TITLE}"
    rf"(?: in| from)?{END}"
)
"""A question that is about one item."""
ASKED_NOT = frozenset(
    {"any", "a", "an", "some", "more", "something", "anything", "it", "that", "this", "one"}
)
PARTLY = 0.5
"""The certainty from which on a part of a famous title is taken for it in such a question."""
SURE_NAME = 0.5
"""A name less certain than this is left to content search."""


BETWEEN = frozenset({"and", "or", ",", "&", "+", "nor", "then", "plus"})
"""Joins titles of a list."""
BEFORE_TITLE = frozenset({"both", "also", "either", "maybe", "even", "just", "only", '"', "'"})
BEFORE_YEAR = frozenset({"after", "than", "from", "of", "to", "before", "in"})
"""Before a number it is a year, be there a title of that number or not."""
CLOSES = frozenset(
    """
    and or & + , . ! ? ; : ( ) " ' but nor because though although too either again please pls also tbh so
    which that is was were are only not with without from by more less very really a already yet both lol btw
    """.split()  # noqa: SIM905
)
"""Behind a title: it has ended."""
ARTICLES = frozenset({"the", "a", "an"})
LIKE = re.compile(r"\b(?:like|similar to|seen|read|watched|loved|liked|hated)\b(?: \w+)?$")
"""Before a title, and never before a description."""
