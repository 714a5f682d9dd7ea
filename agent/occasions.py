"""What says when and for whom it is to be: "for a rainy sunday", "on friday night", "for my daughter".

It says nothing of what an item is like, so it is not searched for and is no title; words within it that mean
something in the catalogue ("for a romantic evening") keep their meaning.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .message import either
from .quantities import SPELT
from .spans import At

if TYPE_CHECKING:
    from .message import Message

PEOPLE = frozenset(
    """
    aunt babies baby boy boyfriend boys brother brothers child children colleague colleagues couple couples
    cousin cousins dad daughter daughters family father fiance fiancee friend friends girl girlfriend girls
    grandad granddaughter grandfather grandma grandmother grandpa grandparents grandson husband kid kids
    ladies lady lads man men mom mother mum neighbour neighbor neighbours nephew nephews niece nieces parents
    partner people person roommate sister sisters son sons students teacher teen teenager teenagers teens
    toddler toddlers uncle wife woman women
    """.split()  # noqa: SIM905
)
"""Whom something is for."""
AGE = rf"(?:\d{{1,3}}|{'|'.join(word for word, n in SPELT.items() if n)}) (?:years?|months?|yrs?) olds?"
DAY = either("""
    mondays?  tuesdays?  wednesdays?  thursdays?  fridays?  saturdays?  sundays?  weekends?  weekdays?
    evenings?  afternoons?  mornings?  nights?  days?  tonight  today  tomorrow
""")
SPENT = either("""
    rainy  cold  hot  warm  snowy  stormy  windy  sunny  grey  gray  foggy  lazy  quiet  long  slow  busy
    free  lonely  late  early  next  coming  whole  summer  winter  autumn  spring  date  movie  film  game
    girls  boys  family  school
""")
"""Before a day: how it is spent or what it is like, and never what is wanted."""
SPENT_WORD = re.compile(SPENT)
WHEN = (
    rf"(?:for|on|over|during|this|that|next) (?:(?:a|an|the|my|our|this|that|next) )?(?:{SPENT} |'s )*{DAY}"
    rf"(?: (?:in|home|alone|off|out|together))?(?: {DAY})*"
)
TRIP = either("""
    flights?  trips?  journeys?  rides?  drives?  commutes?  holidays?  vacations?  plane  train  bus  beach
    road trips?  train rides?  bus rides?  car rides?  plane rides?
""")
WHERE = (
    rf"(?:for|during|to (?:read|watch|play|listen to|have|take) (?:on|at|in|during))"
    rf" (?:a|an|the|my|our) (?:{SPENT} )*{TRIP}"
)
WHEN_IT_IS = re.compile(rf"\b(?:{WHEN}|{WHERE})(?=$|[^\w]| (?!of )\w)")
KIN = "|".join(sorted(PEOPLE))
WHOM = re.compile(
    rf"\b(?:aged? )?{AGE}\b|\b(?:aged?|turning) \d{{1,2}}\b"
    rf"|\b(?:for|with) (?:my|our|his|her|their)(?: \w+){{0,4}}? (?:{KIN})\b"
    r"|\b(?:for|with) (?:some |old |close )?(?:friends|family|colleagues|mum|mom|dad|grandma|grandpa)\b"
    rf"|\b(?:we|they) are (?:(?:a|an|two|three|four|only|just|all) )*(?:{KIN})\b"
    rf"|\bfor (?:(?:a|an|the|some|two|three|both) )?(?:\w+ )?(?:{KIN})\b"
)


def days(message: Message) -> list[At]:
    """Where ``message`` says when it is to be."""
    return [At(*message.tokens_of(match)) for match in WHEN_IT_IS.finditer(message.plain)]


def people(message: Message) -> list[At]:
    """Where ``message`` says whom it is for, and how old they are."""
    return [At(*message.tokens_of(match)) for match in WHOM.finditer(message.plain)]


def is_of_day(low: str) -> bool:
    """Whether a word of such a time says what it is like ("a cold night"), and not what is wanted."""
    return SPENT_WORD.fullmatch(low) is not None
