"""What is said about a named item: a seed, liked, disliked, seen; read off the words around its name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from .message import Message, either

if TYPE_CHECKING:
    from collections.abc import Sequence

Role = Literal["seed", "like", "dislike", "seen", "other", "bare"]
"""``other``: named in a way that asks for nothing ("I have not seen X"); ``bare``: no word says what for."""

ADVERB = either("""
    really  also  very  much  absolutely  just  always  totally  quite  do  did  have  had  already  both  all
    particularly  especially  once  recently  ever  so  even  still  kind of  sort of
""")
ADVERBS = f"(?:{ADVERB} )*"
WHO = either("""
    i  we  he  she  they  kids  wife  husband  friends  family  everyone  everybody  and  but  who  also
    really
    dad  mum  mom
""")
LOVE = "(?:like|likes|love|loves|liked|loved|enjoyed|enjoy|adore|adored)"
BIG = "(?:a )?(?:big |huge )?"
NOT_YET = r"(?<!should i )(?<!should we )(?<!to )(?<!can )(?<!will )(?<!would )"
PRE: tuple[tuple[str, Role], ...] = (
    ("than", "other"),
    ("(?:forget(?: about)?|drop|never mind(?: about)?|leave|without|take)", "other"),
    (rf"(?:not|never) {ADVERBS}(?:seen|watched|read|played|tried|heard of|own|watch)", "other"),
    (rf"(?:not|never) {ADVERBS}(?:{LOVE}|cared? for|into|keen on|crazy about|{BIG}fan of)", "dislike"),
    (either("""
        hate  hates  hated  dislike  disliked  despise  despised  detest  loathe  loathed  can not stand
        could not stand  can not bear  could not bear  could not get into  bored by  sick of  tired of
        fed up with
        disappointed (?:by|with|in)  regret watching  walked out of  nothing like  less like  unlike
    """), "dislike"),
    (rf"(?<!would )\b{WHO} {ADVERBS}{LOVE}", "like"),
    (either(rf"""
        loved  enjoyed  liked  adored  adore  am {BIG}fan of  am into  keen on  in love with  obsessed with
        fond of  favou?rites?(?: \w+)?(?: \w+)? (?:is|are|was|were|include|includes)  favou?rites? :  likes :
        favou?rites?
    """), "like"),
    (rf"because (?:i|we) {LOVE}", "like"),
    (NOT_YET + r"(?:have |had )?(?:already |just |also )*" + either("""
        have seen  seen  saw  watched  have read  already read  finished  i own  we own  i know  {past}
        already (?:own|know|have|played|bought|tried)
    """), "seen"),
    (either("other than  apart from  aside from  besides  except for  except"), "seen"),
    (either(r"""
        like  similar to  such as  akin to  resembling  resembles  along the lines of  reminiscent of
        in the (?:vein|style|spirit|manner|mould|mood) of  reminds? me of  comparable to  close to  more of
        mood for  vibes? of  vibe as  same \w+ as  cross between  mix of  mixture of  fans? of  as good as
        as \w+ as  i meant  i mean  after(?: (?:watching|seeing|reading|finishing))?  starting with
        if (?:i|you|we) (?:really )?(?:like|liked|love|loved|enjoyed)  recommendations? (?:for|based on)
        based on  start from
    """), "seed"),
    (r"would (?:really )?(?:like|love)(?: to (?:see|watch|read))?", "seed"),
)  # fmt: skip
"""What stands before a name; of two cues that end at the same place the first here counts."""
GOOD = either("""
    great  good  amazing  fantastic  brilliant  excellent  wonderful  awesome  perfect  superb  fun  lovely
    incredible  terrific  a masterpiece  my (?:all time )?favou?rites?  one of my favou?rites?  the best
    beautiful  hilarious  fine
""")
BAD = either(r"""
    boring  terrible  awful  bad  overrated  dull  disappointing  stupid  rubbish  garbage  trash
    horrible  crap
    meh  too \w+  not (?:for me|my thing|my cup of tea|great|good|that good|very good|so good)
    a (?:bore|mess|disappointment)
""")
BORED = "(?:bored me|did nothing for me|sucked|sucks|left me cold|disappointed me)"
ROCKED = "(?:rocks|rules|rocked|ruled|is my jam|blew me away)"
VERDICT = f"(?:{BORED}|{ROCKED})"
LINK = r"(?: ,| -| \"| ')*(?: (?:which|that|both|all|but|because|and|i think|though))*"
POST: tuple[tuple[str, Role], ...] = (
    (rf"(?:i|we) (?:have |had |did )?(?:not|never) {ADVERBS}(?:seen|watched|read)", "other"),
    (rf"(?:i|we) {ADVERBS}(?:not|never) {ADVERBS}{LOVE}", "dislike"),
    (rf"(?:i|we) {ADVERBS}(?:hate|hated|dislike|disliked|can not stand|could not stand)", "dislike"),
    (rf"(?:is|was|were|are|looked|looks|seemed) {ADVERBS}(?:a bit |a little )?{BAD}", "dislike"),
    (BORED, "dislike"),
    (rf"(?:i|we) {ADVERBS}{LOVE}", "like"),
    (rf"(?:is|was|were|are) (?:(?:really|so|very|absolutely|pretty|just|simply) )*{GOOD}", "like"),
    (ROCKED, "like"),
    ("(?:i|we) (?:already )?(?:know|own|have) (?:it|that|them)", "seen"),
    (rf"(?:i |we )?{ADVERBS}(?:seen|watched|saw|{{past}})(?: (?:it|that|them|already|before))*", "seen"),
)
"""What stands behind a name."""
ARTICLE = re.compile(r"(?: the| a| an| both| also| \"| ')*")
BREAK = re.compile(r"[.!?;]")
CONNECT = re.compile(
    r"^(?: (?:,|and|or|&|nor|then|plus|also|too|both|either|the|even|maybe|as well as|as well|"
    r"\+|:|\"|'|\(|\)|\d{4}))*$"
)


@dataclass(frozen=True)
class Named:
    """An item or name in the message: tokens ``start`` to ``end`` (not included)."""

    start: int
    end: int


class Cues:
    """Words before a name that say what is thought of it; ``past``: past forms of what one does with it."""

    def __init__(self, past: Sequence[str]) -> None:
        words = "|".join(map(re.escape, past))
        self.patterns = [(re.compile(rf"\b(?:{p.replace('{past}', words)})(?!\w)"), role) for p, role in PRE]

    def ends(self, message: Message) -> list[int]:
        """The tokens behind such words, in order."""
        found = {message.tokens_of(match)[1] for p, _ in self.patterns for match in p.finditer(message.plain)}
        return sorted(found)


class Roles:
    """Reads roles; ``past`` are past forms of what one does with an item ("watched")."""

    def __init__(self, past: Sequence[str]) -> None:
        words = "|".join(map(re.escape, past))
        self._pre = Cues(past).patterns
        self._post = [(re.compile(rf"^{LINK} {p.replace('{past}', words)}\b"), role) for p, role in POST]

    def read(
        self, message: Message, named: Sequence[Named], negated: Sequence[bool]
    ) -> list[frozenset[Role]]:
        """The roles of each of ``named`` (in order of their places); at least one each."""
        roles: list[frozenset[Role]] = []
        for index, span in enumerate(named):
            before = named[index - 1].end if index else 0
            gap = message.lows[before : span.start]
            own = self._before(message, before, span.start)
            if own is None and index and CONNECT.match(_spaced(gap)):
                roles.append(roles[-1])
                continue
            if (
                own is None
                and index
                and not BREAK.search(" ".join(gap))
                and roles[-1] == {"seed"}
                and "but" not in gap
            ):
                own = "bare"
            if own in {None, "seed", "bare"} and negated[span.start]:
                own = "dislike"
            roles.append(frozenset({own or "bare"}))
        return self._with_verdicts(message, named, roles)

    def _before(self, message: Message, start: int, end: int) -> Role | None:
        """The role that the last cue before the name gives it, within its sentence."""
        words = message.lows[start:end]
        for at in range(len(words) - 1, -1, -1):
            if BREAK.fullmatch(words[at]):
                words = words[at + 1 :]
                break
        text, best = " ".join(words), None
        for pattern, role in self._pre:
            for match in pattern.finditer(text):
                # The cue that ends last is nearest; of those, the one listed first says more.
                if best is None or match.end() > best[0]:
                    best = (match.end(), role)
        if best is None:
            return None
        between = text[best[0] :].split()
        return best[1] if len(between) <= 6 else None

    def _with_verdicts(
        self, message: Message, named: Sequence[Named], roles: list[frozenset[Role]]
    ) -> list[frozenset[Role]]:
        """``roles`` with what is said behind the names; a verdict holds for the whole list before it."""
        result = list(roles)
        for index, span in enumerate(named):
            after = named[index + 1].start if index + 1 < len(named) else len(message.tokens)
            tail = _spaced(message.lows[span.end : after])
            hit = next(((match, role) for p, role in self._post if (match := p.search(tail))), None)
            # "… but I hated Y": the verb has the next name for its object.
            if hit is None or (index + 1 < len(named) and ARTICLE.fullmatch(tail[hit[0].end() :])):
                continue
            role = hit[1]
            at = index
            while True:
                kept = {r for r in result[at] if r == "seen" or (r == "like" and role == "seen")}
                result[at] = frozenset({*kept, role})
                if at == 0 or not CONNECT.match(_spaced(message.lows[named[at - 1].end : named[at].start])):
                    break
                at -= 1
        return result


def past_forms(verb: str) -> list[str]:
    """Past forms of the verb of a catalogue, for "I have watched X"."""
    irregular = {"read": ["read"], "buy": ["bought"], "eat": ["ate", "eaten"], "see": ["saw", "seen"]}
    irregular |= {"drink": ["drank", "drunk"], "wear": ["wore", "worn"], "try": ["tried"], "hear": ["heard"]}
    if verb in irregular:
        return irregular[verb]
    return [verb + "d" if verb.endswith("e") else verb + "ed"]


def _spaced(words: Sequence[str]) -> str:
    return "".join(f" {word}" for word in words)
