"""What nothing else explained: the words that content search gets, and those that must not reach it."""

from __future__ import annotations

from collections.abc import Sequence

from .message import Message

STOP = frozenset(
    """
    a about above absolutely actually after again ago all almost along already also although always am an and another any
    anybody anyone anything anyway are around as ask at away back be because been before being besides between both bit
    but by came can case change check choose come could course cup decide definitely did do does doing done during each
    either else enough especially etc even ever every everybody everyone everything exactly except fancy feel feeling few
    find fine first for found from fun further get gets getting give given go goes going gone good got great had hand happy
    has have having he hello help hello her here hey hi him his hm hmm how however i idea ideas if im in instead into is it
    its itself just keep kind know kinda last lately later least less let lets like liked likes list literally little long look
    looking lot lots love loved made make makes many may maybe me mean meant might mine mood more most much must my myself
    name named need needs never new next nice no nobody none nor not nothing now of off often oh ok okay old on once one
    ones only onto options or other others our out over own part people perhaps pick picks please pleasure possible possibly
    prefer preferably preferred pretty probably question quite rather really recommend recommendation recommendations
    recommended right said same saw say see seem seen set shall she should show similar simple since so some somebody
    someone something sometimes sort stuff such suggest suggested suggestion suggestions sure take tell than thank thanks
    that the their them then there these they thing things think this those though through time times title titles to
    today together tonight too top toward try trying type under unless until up upon us use used usual usually very vein
    want wanted wants was watch watched watching way we well went were what whatever when where whether which while who
    whole whom whose why will wish with within without wonder wondering would yeah yes yet you your yours 's style
    like along lines spirit vibe vibes minutes ready sound sounds afternoon evening weekend night morning hoping
    hope plus minus per somehow still evening favourite favorite favourites favorites rated reviewed enjoy enjoyed hate
    hated dislike disliked stand fan fans starring featuring directed called number amazing awesome brilliant excellent
    decent solid interesting worth worthwhile having ideally currently really totally avoid skip exclude excluding apart
    rest anymore tired sick fed bored quick question surprise everything instead random ever released came done
    boring terrible awful overrated dull disappointing stupid rubbish garbage trash horrible crap meh masterpiece
    fantastic wonderful perfect superb lovely incredible terrific bore mess sucked sucks rocks rocked
    matter matters care different next exist available including include includes bear
    """.split()  # noqa: SIM905
)
"""Words that ask, praise or connect, and describe no item."""
OWN = frozenset((word,) for word in ("my", "our", "your", "his", "her", "their"))
"""A word behind one of these is of the person's life ("with my girlfriend")."""


def runs(
    message: Message, claimed: Sequence[bool], clear: Sequence[bool], stop: frozenset[str]
) -> list[tuple[int, int]]:
    """Token ranges with unexplained content, trimmed to their first and last such word.

    ``claimed``: tokens that are explained and break a run; ``clear``: explained ones that may stand inside a run
    ("horror" in "slow-burn horror in space"); ``stop``: words without content.
    """
    found, at, lows = [], 0, message.lows
    while at < len(lows):
        if claimed[at] or not message.tokens[at].is_word:
            at += 1
            continue
        end = at
        while end < len(lows) and not claimed[end] and message.tokens[end].is_word:
            end += 1
        content = [
            i for i in range(at, end) if not clear[i] and is_content(lows[i], stop) and lows[i - 1 : i] not in OWN
        ]
        if content:
            first, last = content[0], content[-1] + 1
            while first > at and clear[first - 1]:
                first -= 1
            while last < end and clear[last]:
                last += 1
            found.append((first, last))
        at = end
    return found


def is_content(low: str, stop: frozenset[str]) -> bool:
    """Whether a folded word may describe an item."""
    return low not in STOP and low not in stop and any(char.isalpha() for char in low)
