"""What kind of message it is, once what it names is known."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from . import acts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .facetwords import FacetWords
    from .message import Message
    from .state import State
    from .types import Act


@dataclass(frozen=True)
class Heard:
    """What a message holds, for deciding its kind."""

    has_subject: bool
    """An item is named or referred to with no word that says what for."""
    only_subject: bool
    """And nothing else is in the message."""
    wishes: bool
    """Seeds, constraints, qualities, names, an unknown title, or something nobody can tell."""
    own: bool
    """The same, apart from what nobody can tell or what is only referred to."""
    words: bool
    """Words for content search."""
    likes: bool
    feedback: bool
    """Likes, dislikes or things seen."""
    drops: bool
    unknown: bool
    """A title is named that no item has."""
    best: bool
    """The best are asked for, or a number of picks."""
    others: bool
    """More of a kind are asked for ("ten more westerns")."""
    general: bool
    """A surprise, no questions, or what the items are called ("some films")."""


@dataclass(frozen=True)
class Kind:
    """The kind of a message."""

    act: Act
    question: Literal["", "fact", "count", "state", "among"] = ""
    ask_facet: str = ""
    off_topic: bool = False


ASKS_FOR = re.compile(acts.LEAD_IN + r"(?:do|have) you (?:have|got|know|heard of|carry|sell|stock)\b")
"""Asks whether an item is there."""


class Classifier:
    """Decides kinds, given what one catalogue's items and facets are called."""

    def __init__(self, nouns: Sequence[str], facets: FacetWords) -> None:
        self._facets = facets
        labels = "|".join(map(re.escape, facets.labels)) or "$^"
        degrees = "|".join(map(re.escape, facets.degrees)) or "$^"
        pattern = acts.QUESTION.pattern.replace("{labels}", labels).replace("{degrees}", degrees)
        self._question = re.compile(pattern)
        self._more = re.compile(acts.MORE_ONLY.pattern.replace("{nouns}", "|".join(map(re.escape, nouns))))

    def is_question(self, message: Message) -> bool:
        """Whether it is put as a question about an item."""
        return self._question.search(message.plain) is not None and not acts.EXISTS.search(message.plain)

    def is_more(self, message: Message) -> bool:
        """Whether it asks for the next picks and nothing else."""
        return self._more.search(message.plain.strip(" .!?")) is not None

    def classify(self, message: Message, heard: Heard, state: State, *, commanded: bool) -> Kind:
        """The kind of ``message``; ``commanded``: it tried to give the program orders."""
        plain = message.plain
        if self.is_more(message) or (heard.others and state.shown):
            return Kind("more")
        if acts.STATE.search(plain):
            return Kind("ask", "state")
        if acts.WHY.search(plain):
            return Kind("why")
        if state.shown and (heard.wishes or heard.words) and acts.AMONG.search(plain):
            return Kind("ask", "among")
        if acts.COUNT.search(plain) or (state.counted is not None and acts.AND.search(plain)):
            return Kind("ask", "count")
        if heard.has_subject and not heard.feedback and (self.is_question(message) or heard.only_subject):
            about = acts.ABOUT.search(plain) or not self.is_question(message)
            return Kind("ask", "fact", self._facets.asked(message) if not about else self._labelled(message))
        if heard.unknown and not heard.wishes and (ASKS_FOR.search(plain) or self.is_question(message)):
            return Kind("ask", "fact")
        off = commanded or acts.OFF_TOPIC.search(plain) is not None
        if off and not (heard.own or heard.feedback or (commanded and heard.best)):
            return Kind("smalltalk", off_topic=True)
        return Kind(self._request(message, heard, state))

    def _labelled(self, message: Message) -> str:
        """The facet named in "what is the runtime of the second"."""
        return (
            self._facets.asked(message)
            if not acts.ABOUT.search(message.plain) or _names_facet(message, self._facets)
            else ""
        )

    def _request(self, message: Message, heard: Heard, state: State) -> Act:
        plain = message.plain
        if (reset := acts.RESET.search(plain)) and not (heard.wishes or heard.words or heard.drops):
            rest = f"{plain[: reset.start()]} {plain[reset.end() :]}"
            goes_on = "something" in reset.group() or heard.best or acts.WISH.search(rest)
            return "recommend" if goes_on else "reset"
        if heard.wishes or heard.words or heard.drops:
            return "recommend"
        if heard.feedback:
            if acts.MORE_IN.search(plain) and state.shown and not heard.likes:
                return "more"
            return "recommend" if acts.WISH.search(plain) or acts.MORE_IN.search(plain) else "feedback"
        if heard.best or heard.general or acts.WISH.search(plain):
            return "recommend"
        return "unclear"


def _names_facet(message: Message, facets: FacetWords) -> bool:
    labels = {word for label in facets.labels for word in label.split()}
    return bool(labels & set(message.lows))
