"""What kind of message it is: small talk, a question, "more", "why", a reset, or a request.

Patterns run over ``Message.plain`` (folded words, contractions spelt out, single spaces).
"""

from __future__ import annotations

import re
from typing import Literal

from .message import either

Topic = Literal["", "greeting", "thanks", "bye", "help", "capabilities", "off-topic"]

POLITE = either(r"""
    please  thanks  thank you  no(?! more)
    ok  okay  well  so  hm+  oh  now  then  just  and  ,  !  \.  \?
    you  can  could  would  me  us  a  few  some  any  show  give  see  i  want  like  to  have  the  got
    know
    do  are  is  there  what  about  how  lets  let
""")
MORE_WORDS = either(r"""
    more(?: of (?:the same|them|these|those))?  others?  other (?:ones|suggestions|options|ideas)
    next(?: ones?| page)?  (?:something|anything|what|someone) else  another(?: one)?(?: or two)?
    keep going  go on  continue  different ones?  new ones  one more  again
    (?:other|different) than (?:those|these|them)  not (?:those|these|them)  what else is there
""")
NUMBER = r"(?:\d+|two|three|four|five|ten|one)"
MORE_ONLY = re.compile(rf"^(?:{POLITE} |{NUMBER} )*{MORE_WORDS}(?: {POLITE}| {NUMBER}| {{nouns}})*$")
"""Nothing but a request for the next picks; ``{nouns}`` stands for what the items are called."""
MORE_OF = re.compile(rf"^(?:{POLITE} |{NUMBER} )*more \w")
"""More of something."""
MORE_IN = re.compile(
    rf"\b{either('another one  one more  something else  (?:show|give) me (?:more|others)  others  next')}\b"
)
LEAD_IN = (
    r"^(?:(?:but|and|so|ok|okay|hey|hi|wait|,) )*(?:(?:in|from|on|by|with|for|to|of) (?=what|which|who))?"
)
WHY = re.compile(
    LEAD_IN
    + either(r"""
        why(?! not\b)(?! do not)  explain  how come  what makes  what is the reason  reasons? for  justify
    """)
    + r"\b"
)
RESET = re.compile(
    r"\b"
    + either(r"""
        start over  start again  start afresh  start from scratch  from scratch  begin again  reset
        clear everything  clear all  scrap that  new search  new topic  change of (?:topic|plan)
        forget (?:that|it|everything|all(?: of (?:that|it))?|what i (?:said|asked))(?! one\b)
        never mind(?! the\b| about\b)  something completely different  wipe (?:that|it|everything)
        ignore (?:that|what i said)
    """)
    + r"\b"
)
SURPRISE = re.compile(
    r"\b"
    + either(r"""
        surprise me  anything (?:goes|is fine|at all|you like)  whatever you (?:like|think|recommend)
        random  you choose  you decide  your choice
    """)
    + r"\b"
)
OF_AGE = re.compile(
    r"^(?!.*\b(?:pretend|if|not|nearly|almost|soon)\b)"
    r"(?:(?:yes|yep|yeah|sure|ok|okay|well|actually|no|sorry|but|and|,|\.|!) )*"
    r"(?:i am|we are|i have been)"
    r"(?: (?:an|all|both|already|well|over|now|older than|at least|really|only|just|still))*"
    r" (?:(?P<word>adults?|of age|grown ups?|old enough)|(?P<age>\d{1,3})"
    r"(?=$| (?:years?|yo|and|so|or|but|now|already|then|thanks|[,.!])(?: |$)))"
)
"""Said of the person's own age."""
UNDER_AGE = re.compile(
    r"^(?:(?:no|nope|sorry|actually|ok|okay|well|but|,|\.|!) )*"
    r"(?:i am|we are) (?:(?:still|only|just|all|both) )*"
    r"(?:(?:not|nearly|almost|under|below|not yet)(?: (?:an|yet|old|enough|quite|over|really|the|at|least))*"
    r" (?:adults?|of age|grown ups?|enough|age|\d{1,3})"
    r"|(?:a |an )?(?:minors?|under ?age|kids?|child|children))"
    r"(?=$| (?:years?|yet|and|so|or|but|now|[,.!])(?: |$))"
)
"""Said of the person's own age: it is less than what is asked for."""
ADULT = 18
BEST = re.compile(
    r"\b"
    + either(r"""
        (?:the |your |all time )?(?:best|greatest|finest)(?! friends?\b)(?: rated| reviewed)?
        top(?: rated| reviewed)?(?= |$)  highest (?:rated|reviewed)  must (?:sees?|watch|reads?)
        all time  masterpieces?  essentials?  classics?
    """)
    + r"\b"
)
UNDO = re.compile(
    r"^(?:(?:no|oops|oh|wait|please|sorry|actually|ok|,) )*"
    + either("undo  revert  take back  take (?:that|it|this) back  go back")
    + "(?: (?:that|it|this|the|last|one|step|message|thing|please|again|what i (?:just )?said))*$"
)
"""The last message taken back."""
AND = re.compile(r"^and (?!why\b|show\b|what\b|recommend\b)[^.!]*\?$")
"""The last question asked of something else ("and comedies?")."""
GOES_ON = re.compile(r"^and\b|\bof (?:them|those|these)\b")
"""A question that goes on from the last one."""
COUNT = re.compile(r"\bhow many\b(?! (?:minutes|hours|pages|people|times|awards|oscars|stars)\b)")
AMONG = re.compile(
    r"^(?:(?:but|and|so|ok|okay|,) )*"
    + either(r"""
        (?:which|what|how many)(?: \w+)? of (?:these|those|them|the \w+ you)\b
        which(?: ones?)?(?: is| are| was| were| has| have)(?! the\b| good\b| some\b| any\b)\b
        (?:are|were) (?:they|these|those) all\b
        (?:is|are|was|were|do|does|has|have) (?:any|some|one|all|either)(?: \w+)? of (?:these|those|them)\b
    """)
    + r"(?! (?:should|would|could|can|do|shall) (?:i|we|you)\b)"
)
"""Asks which of those shown are like that ("which of these are comedies?")."""
CHOOSES = re.compile(
    LEAD_IN + r"which (?:one |of (?:these|those|them) )?(?:would|should|do|shall|can) (?:you|i|we)\b"
)
"""Asks for one of those shown: the first, which fits best."""
STATE = re.compile(
    r"\b"
    + either(r"""
        what do you know (?:about|of) me  what have i (?:asked|said|told)  what did i (?:ask|say|tell)
        my (?:profile|constraints|filters|preferences|settings|taste)  what do you remember
        what are (?:the|my|your) (?:current )?(?:constraints|filters)
        what (?:am i|are we) (?:asking|looking) for
        what are you (?:filtering|looking|searching)(?: on| for| by)?
        what (?:have you|did you|you have|you) (?:understood|understand|noted|got so far)
        what do you have so far
        what (?:is|are) (?:in force|set|active)
    """)
    + r"\b"
)
ASKED_HOW = "long|old|good|well|short|expensive|big|many|much|is|are|was|highly|popular|new|recent"
QUESTION = re.compile(
    LEAD_IN
    + either(rf"""
        who  whose  when  where  which (?:year|{{labels}})
        how (?:{ASKED_HOW}|{{degrees}})  how \w+ (?:is|are|was|were)
        what (?:is|are|was|were|year|{{labels}})  is  are  was  were  does  did  has
        tell me (?:more )?about  describe  more about  details (?:on|about|of)
        do you (?:have|know)  have you (?:got|heard of|seen)
    """)
    + r"\b"
)
"""Put as a question about an item; ``{labels}`` stands for what the facets are called."""
HOW_IS = re.compile(LEAD_IN + rf"how (?!(?:{ASKED_HOW}|come|about)\b)(\w+) (?:is|are|was|were)\b")
"""Asks how much of something there is."""
ABOUT = re.compile(
    LEAD_IN
    + either(r"""
        tell me (?:more )?about  what (?:is|are|was)  describe  more about  details (?:on|about|of)
        do you (?:have|know)  have you (?:got|heard of|seen)
    """)
    + r"\b"
)
EXISTS = re.compile(LEAD_IN + r"(?:is|are) there\b")
WISH = re.compile(
    r"\b"
    + either(r"""
        recommend\w*  suggest\w*  any (?:ideas?|tips?|thoughts)
        what (?:should|could|can|shall|would|do) (?:i|we|you)  what next  what else
        (?:find|show|give|get) (?:me|us)  looking for  in the mood  something  anything  a good  any good
        what to
        i (?:want|need|would (?:like|love)|fancy|feel like|am looking|am after|am in the mood)
        i am (?:so )?bored  entertain me
        help me (?:find|choose|pick|decide)  pick (?:one|something)  choose  what is (?:good|a good)
    """)
    + r"\b"
)
FRESH = re.compile(
    r"^(?:(?:now|ok|okay|then|so|hi|hello|hey|thanks|great|please|and|,|\.|!) )*"
    r"(?:(?:can|could|would|will) you )?(?:please )?"
    + either(r"""
        recommend  suggest  find  show  give (?:me|us)  looking for  which  the best  best  top
        i (?:want|need|would (?:like|love)|am looking|am in the mood|feel like|fancy)
        what (?:are|is|should|can|could|shall|do)
    """)
    + r"\b"
)
"""How a request begins that stands for itself."""
PLAIN = re.compile(
    r"^(?:(?:now|ok|okay|then|so|hi|hello|hey|thanks|great|please|and|well|,|\.|!) )*"
    r"(?:(?:can|could|would|will) you )?(?:please )?"
    r"(?:recommend|suggest|find|show|give|i (?:want|need|would like|am looking for))(?: (?:me|us))?"
    r" (?:an?|some) "
)
"""A request for any item ("recommend me a film"): with nothing else said it is a new one."""
LEAVES = re.compile(r"(?:^| )(?:forget(?: about)?|drop|leave|lose|remove|without|take|never mind)(?: out)?$")
"""Before a title: it is no example any more."""
LIKE = re.compile(r"\b(?:like|similar to|in the style of|reminiscent of)\b")
SIMILAR = re.compile(
    r"\b(?:something|anything|others?|ones?|more|what else(?: is)?|stuff|{nouns}) (?:else )?(?:that is )?"
    r"(?:similar|alike|comparable|like (?:that|it|this|those|these|them))\b(?! to\b)"
)
"""Asks for the like of what was just spoken of."""
ELSEWHERE = re.compile(
    r"^(?:(?:now|ok|okay|then|so|and|but|well|thanks|,|\.|!) )*(?:let us (?:try|do) )?"
    r"something else (?:now )?[:,.;]"
)
"""Begins another request ("something else: westerns")."""
REFINES = re.compile(
    r"\b"
    + either("""
        but  only  less  more  not  no  also  instead  other  else  them  those  these  it  ones  one  too
        make
        still  without  except  nothing  never
    """)
    + r"\b"
)
"""Words that tie a message to the request before it."""
CORRECTS = re.compile(
    r"\b(?:i (?:meant|mean|was thinking of|am talking about)|(?:the|that) (?:one )?(?:other )?one|"
    r"not that one)\b"
)
ADDS = re.compile(r"\b(?:also|as well|in addition|add|plus|and also|too)\b")
TOO = re.compile(
    r"^(?:(?:ok|okay|yes|,) )*(?:and|plus|also)\b|\b(?:as well|also|in addition)\b|\w too\b(?! \w)"
)
"""Something is wanted beside what was wanted before."""
INJECTION = re.compile(
    r"\b"
    + either(r"""
        (?:ignore|disregard|forget|override|bypass)\b[^.!?]{0,40}\b(?:instructions?|rules|prompts?)
        (?:ignore|disregard|forget|override|bypass)\b[^.!?]{0,40}\b(?:guidelines|system)
        (?:print|reveal|show|repeat|tell|output|leak) (?:me )?(?:your|the) (?:\w+ )?(?:prompts?|instructions)
        what (?:is|are) (?:your|the) (?:\w+ )?prompts?  what are (?:your|the) (?:\w+ )?instructions
        system prompt  jailbreak  developer mode  you are now  pretend (?:to be|you are)  act as  api keys?
        passwords?
    """)
    + r"\b(?:(?! and (?:recommend|suggest|find|show|give|list|pick)\b)[^.!?])*"
)
"""An order to the program, up to the end of its clause."""
OFF_TOPIC = re.compile(
    r"\b"
    + either(r"""
        weather  forecast  will it (?:rain|snow)  news  stock (?:price|market)  bitcoin
        what (?:time|day|date) is  time is it
        capital of  president of  prime minister  translate  (?:write|draft) (?:me )?(?:a|an|some|my)
        solve  calculate  what is \d+  \d+ [+*/x] \d+  tell me a joke  sing  horoscope  who will win  lottery
        medical  doctor  lawyer  legal advice  homework  essay  code in  python  javascript  sql
        how do i (?!find|get|use)\w+  are you (?:human|alive|real|sentient)  do you love  marry me
        drop table  select \*
    """)
    + r"(?!\w)"
)
PRAISE = (
    "ok  okay  great  perfect  cool  nice  awesome  wonderful  lovely  good  brilliant  excellent  "
    "cheers  thx  haha+  lol  wow"
)
THANKS = r"thanks?(?: you)?(?: (?:so|very) much| a lot| a million)?"
TOPICS: tuple[tuple[Topic, str], ...] = (
    ("help", "^" + either("""
        help(?: me)?  how (?:does this|do you) work  how do i use (?:this|you|it)  instructions  usage
        commands
    """) + "(?: please)?$"),
    ("capabilities", r"\b" + either(r"""
        what can (?:you|i|this) (?:do|ask|say)  who are you  what do you do
        what are you(?! recommending| filtering| looking| searching)
        are you a (?:bot|robot|human)  how can you help  what is your name  what else can you do
    """) + r"\b"),
    ("bye", r"^(?:(?:ok|okay|thanks|thank you|well|,) )*" + either(r"""
        bye(?: bye)?  goodbye  good night  see you(?: \w+)?  farewell  cheerio  ciao  quit  exit  that is all
        i am done
    """) + r"(?: (?:for now|then|!|\.|,|thanks|thank you))*$"),
    ("thanks", "^" + either(rf"""
        {PRAISE}  {THANKS}  no thanks?(?: you)?  many  a lot  ta  that is  that helps?  helpful  will do
        got it
        sounds  i see  fine  alright
    """) + "(?: " + either(rf"""
        {PRAISE}  ,  !  \.  thanks?  you  so  very  much  a  lot  for  the  that  is  was  helpful  helps?  it
        will do  i  see  fine  really  all  tips  suggestions  recommendations
    """) + ")*$"),
    ("greeting", "^" + either(r"""
        hi+  hello  hey+  hiya  howdy  good (?:morning|afternoon|evening|day)  yo  greetings
    """) + "(?: " + either(r"""
        hi+  hello  hey+  there  you  palate  everyone  all  again  ,  !  \.  \?  :  \)  how are you  doing
        today  how is it going
    """) + ")*$"),
    ("greeting", r"^(?:how are you(?: doing)?(?: today)?|how is it going|what is up|sup)(?: \W)*$"),
)  # fmt: skip
"""Messages that are small talk and nothing else."""
_TOPICS = tuple((topic, re.compile(pattern)) for topic, pattern in TOPICS)


def small_topic(plain: str) -> Topic:
    """The topic of a message that is small talk and nothing else; empty for any other."""
    trimmed = plain.strip(" .!?,")
    return next((topic for topic, pattern in _TOPICS if pattern.search(trimmed)), "")


def age_said(plain: str) -> int | None:
    """The age that a person says to have, at least; None where they say none."""
    if UNDER_AGE.search(plain):
        return 0
    match = OF_AGE.search(plain)
    if match is None:
        return None
    return int(match["age"]) if match["age"] else ADULT
