"""What kind of message it is: small talk, a question, "more", "why", a reset, or a request.

Patterns run over ``Message.plain`` (folded words, contractions spelt out, single spaces).
"""

from __future__ import annotations

import re
from typing import Literal

Topic = Literal["", "greeting", "thanks", "bye", "help", "capabilities", "off-topic"]

POLITE = r"(?:please|thanks|thank you|ok|okay|well|so|hm+|hmm|oh|now|then|just|and|,|!|\.|\?|you|can|could|would|me|a|few|some|any|show|give|see|i|want|like|to|have|the|got|know|do|are|is|there|what|about|how|lets|let|us)"
MORE_WORDS = (
    r"(?:more(?: of (?:the same|them|these|those))?|others?|other (?:ones|suggestions|options|ideas)|next(?: ones?| page)?|"
    r"(?:something|anything|what|someone) else|another(?: one)?(?: or two)?|keep going|go on|continue|different ones?|"
    r"new ones|one more|again)"
)
MORE_ONLY = re.compile(rf"^(?:{POLITE} |\d+ |(?:two|three|four|five|ten|one) )*{MORE_WORDS}(?: {POLITE}| {{nouns}})*$")
MORE_IN = re.compile(r"\b(?:another one|one more|something else|(?:show|give) me (?:more|others)|others|next)\b")
WHY = re.compile(r"^(?:but |and |so |ok |okay |, )*(?:why(?! not\b)(?! do not)|explain|how come|what makes|what is the reason|reasons? for|justify)\b")
RESET = re.compile(
    r"\b(?:start over|start again|start afresh|start from scratch|from scratch|begin again|reset|clear everything|clear all|"
    r"forget (?:that|it|everything|all(?: of (?:that|it))?|what i (?:said|asked))(?! one\b)|scrap that|new search|new topic|"
    r"change of (?:topic|plan)|never mind(?! the\b| about\b)|something completely different|wipe (?:that|it|everything)|ignore (?:that|what i said))\b"
)
SURPRISE = re.compile(r"\b(?:surprise me|anything (?:goes|is fine|at all|you like)|whatever you (?:like|think|recommend)|random|dealer is choice|you choose|you decide|your choice)\b")
BEST = re.compile(
    r"\b(?:(?:the |your |all time )?(?:best|greatest|finest)(?! friends?\b)(?: rated| reviewed)?|top(?: rated| reviewed)?(?= |$)|"
    r"(?:highest|best) (?:rated|reviewed)|must (?:sees?|watch|reads?)|all time|masterpieces?|essentials?)\b"
)
COUNT = re.compile(r"\bhow many\b(?! (?:minutes|hours|pages|people|times|awards|oscars|stars)\b)")
STATE = re.compile(
    r"\b(?:what do you know (?:about|of) me|what have i (?:asked|said|told)|what did i (?:ask|say|tell)|my (?:profile|constraints|filters|"
    r"preferences|settings|taste)|what are (?:the|my|your) (?:current )?(?:constraints|filters)|what do you remember|"
    r"what (?:am i|are we) (?:asking|looking) for)\b"
)
QUESTION = re.compile(
    r"^(?:and |but |so |ok |okay |, )*(?:who|whose|when|where|how (?:long|old|good|well|short|expensive|big|many|much|is|are|was|highly|popular|new|recent)|"
    r"which (?:year|{labels})|what (?:is|are|was|were|year|{labels})|tell me (?:more )?about|is|are|was|were|does|did|has|"
    r"do you (?:have|know)|have you (?:got|heard of|seen)|describe|more about|details (?:on|about|of))\b"
)
ABOUT = re.compile(r"^(?:and |but |so |ok |okay |, )*(?:tell me (?:more )?about|what (?:is|are|was)|describe|more about|details (?:on|about|of)|do you (?:have|know)|have you (?:got|heard of|seen))\b")
EXISTS = re.compile(r"^(?:and |but |so |ok |okay |, )*(?:is|are) there\b")
WISH = re.compile(
    r"\b(?:recommend\w*|suggest\w*|what (?:should|could|can|shall|would|do) (?:i|we|you)|what next|what else|(?:find|show|give|get) (?:me|us)|"
    r"i (?:want|need|would (?:like|love)|fancy|feel like|am looking|am after|am in the mood)|looking for|in the mood|something|anything|"
    r"a good|any good|what to|help me (?:find|choose|pick|decide)|pick (?:one|something)|choose|what is (?:good|a good))\b"
)
FRESH = re.compile(
    r"^(?:(?:now|ok|okay|then|so|hi|hello|hey|thanks|great|please|and|,|\.|!) )*(?:(?:can|could|would|will) you )?(?:please )?"
    r"(?:recommend|suggest|find|show|give (?:me|us)|i (?:want|need|would (?:like|love)|am looking|am in the mood|feel like|fancy)|"
    r"what (?:are|is|should|can|could|shall|do)|the best|best|top|looking for|which)\b"
)
REFINES = re.compile(
    r"\b(?:but|only|less|more|not|no|also|instead|other|else|them|those|these|it|ones|one|too|make|of these|still|without|except|nothing|never)\b"
)
CORRECTS = re.compile(r"\b(?:i (?:meant|mean|was thinking of|am talking about)|(?:the|that) (?:one )?(?:other )?one|not that one)\b")
ADDS = re.compile(r"\b(?:also|as well|in addition|add|plus|and also|too)\b")
INJECTION = re.compile(
    r"\b(?:(?:ignore|disregard|forget|override|bypass)\b[^.!?]{0,40}\b(?:instructions?|rules|prompts?|guidelines|system)|system prompt|"
    r"(?:print|reveal|show|repeat|tell me|output|leak|what is|what are) (?:me )?(?:your|the) (?:\w+ )?(?:prompts?|instructions)|jailbreak|"
    r"developer mode|you are now|pretend (?:to be|you are)|act as|api keys?|passwords?)\b[^.!?]*"
)
OFF_TOPIC = re.compile(
    r"\b(?:weather|forecast|news|stock (?:price|market)|bitcoin|what (?:time|day|date) is|time is it|capital of|president of|prime minister|"
    r"translate|(?:write|draft) (?:me )?(?:a|an|some|my) |solve|calculate|what is \d+|\d+ [+*/x] \d+|tell me a joke|sing|horoscope|"
    r"who will win|lottery|medical|doctor|lawyer|legal advice|homework|essay|code in|python|javascript|sql|how do i (?!find|get|use)|"
    r"are you (?:human|alive|real|sentient)|do you love|marry me|drop table|select \*)\b"
)
TOPICS: tuple[tuple[Topic, re.Pattern[str]], ...] = (
    ("help", re.compile(r"^(?:help(?: me)?|how (?:does this|do you) work|how do i use (?:this|you|it)|instructions|usage|commands)(?: please| \W)*$")),
    ("capabilities", re.compile(r"\b(?:what can (?:you|i|this) (?:do|ask|say)|who are you|what are you(?! recommending)|what do you do|are you a (?:bot|robot|human)|"
                                r"how can you help|what is your name|what else can you do)\b")),
    ("bye", re.compile(r"^(?:ok |okay |thanks |thank you |well |, )*(?:bye(?: bye)?|goodbye|good night|see you(?: \w+)?|farewell|cheerio|ciao|quit|exit|that is all|i am done)(?: for now| then| \W|!|\.|,| thanks| thank you)*$")),
    ("thanks", re.compile(r"^(?:ok|okay|great|perfect|cool|nice|awesome|wonderful|many|a lot|lovely|good|brilliant|excellent|,|!|\.|cheers|ta|thx|thanks?(?: you)?(?: (?:so|very) much| a lot| a million)?|that is|that helps?|helpful|will do|got it|sounds|no thanks?(?: you)?|i see|fine|alright)"
                          r"(?: (?:ok|okay|great|perfect|cool|nice|awesome|wonderful|lovely|good|brilliant|excellent|,|!|\.|cheers|thx|thanks?|you|so|very|much|a|lot|for|the|that|is|was|helpful|help|helps|it|will do|i|see|fine|really|all|tips|suggestions|recommendations))*$")),
    ("greeting", re.compile(r"^(?:hi+|hello|hey+|hiya|howdy|good (?:morning|afternoon|evening|day)|yo|greetings|hi there|hello there|hey there)"
                            r"(?: (?:there|you|palate|everyone|all|again|,|!|\.|how are you(?: doing)?(?: today)?|how is it going|what is up|\?|\:|\)))*$|^(?:how are you(?: doing)?(?: today)?|how is it going|what is up|sup)(?: \W)*$")),
)  # fmt: skip


def small_topic(plain: str) -> Topic:
    """The topic of a message that is small talk and nothing else; empty for any other."""
    trimmed = plain.strip(" .!?,")
    return next((topic for topic, pattern in TOPICS if pattern.search(trimmed)), "")


def without_injection(plain: str) -> tuple[str, bool]:
    """``plain`` without attempts to command the program, and whether there were any."""
    left = INJECTION.sub(" ", plain)
    return re.sub(r"\s+", " ", left).strip(), left != plain
