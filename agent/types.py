"""The types of a turn: what was understood, what is picked and why."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from ..data.schema import FacetValue, Frozen, Quality
from ..tools.types import Where

Act = Literal[
    "recommend",  # asks for picks, or changes what was asked before
    "more",  # the next picks of the same request
    "why",  # asks for the reasons of a pick
    "feedback",  # only says what was liked, disliked or seen
    "ask",  # a question about an item or the catalogue
    "reset",  # drops what was asked before
    "undo",  # takes back the last message
    "smalltalk",  # hello, thanks, bye
    "unclear",  # nothing of the above was found in it
]


class Mention(Frozen):
    """An item named by the person: ``surface`` is how they wrote it, ``certainty`` in [0, 1]."""

    id: str
    title: str
    surface: str
    certainty: float = 1.0


class UnknownTitle(Frozen):
    """Words that look like a title and are in no catalogue entry, with the nearest titles there are."""

    surface: str
    nearest: tuple[str, ...] = ()


class Constraint(Frozen):
    """One hard constraint as it was said; ``where`` holds exactly one facet."""

    surface: str
    where: Where
    lasting: bool = False
    """Said of the person rather than of this request ("I never watch horror"): outlives a new topic."""


class Intent(Frozen):
    """What one message asks for. Titles are resolved, constraints are in the catalogue's own values."""

    act: Act = "unclear"
    seeds: tuple[Mention, ...] = ()
    likes: tuple[Mention, ...] = ()
    dislikes: tuple[Mention, ...] = ()
    seen: tuple[Mention, ...] = ()
    forgets: tuple[Mention, ...] = Field(default=(), exclude_if=lambda of: not of)
    """Items that are no example any more, nor a like or dislike ("forget Alien")."""
    unknown_titles: tuple[UnknownTitle, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    drop: tuple[str, ...] = ()
    """Facets whose earlier constraints are given up ("any year is fine"); "*": the whole earlier request."""
    allows: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(facet, values) that need not be left out any more ("horror is fine")."""
    releases: tuple[tuple[str, tuple[str, ...]], ...] = Field(default=(), exclude_if=lambda of: not of)
    """(facet, values) that need not be there any more ("forget the western")."""
    unwanted: tuple[str, ...] = Field(default=(), exclude_if=lambda of: not of)
    """Words that no item shall be called by, where titles describe ("no vanilla")."""
    qualities: tuple[tuple[str, Quality], ...] = ()
    """Word as said → how it leans the ranking."""
    cannot_tell: tuple[str, ...] = ()
    """Qualities asked for that neither a facet nor a note carries."""
    names: tuple[tuple[str, str], ...] = ()
    """(facet, value) of people or brands named without being required ("like Kurosawa")."""
    query: str = ""
    """What remains for content search: the message without titles, commands and constraints."""
    proposed: tuple[str, ...] = Field(default=(), exclude_if=lambda ids: not ids)
    """Ids that a model's calls of tools brought for it, best first."""
    best: bool = False
    """Asks for the best rather than the closest."""
    k: int | None = None
    target: int | None = None
    """Which of the shown picks is meant, counted from 1."""
    question: Literal["", "fact", "count", "state", "among"] = ""
    """``among``: which of those shown satisfy the constraints."""
    ask_facet: str = ""
    """The facet asked about ("who directed it?")."""
    settles: bool = False
    """Whether it answers or dismisses the question that was asked."""
    surprise: bool = False
    """Asks to be surprised: to see what a wider taste would bring, and no question."""
    quiet: bool = False
    """Asks for no more questions."""
    age: int | None = None
    """How old the person says they are at least; 18 for an adult."""
    topic: Literal["", "greeting", "thanks", "bye", "help", "capabilities", "off-topic"] = ""

    @property
    def wants_next(self) -> bool:
        """Whether it asks for other picks than those shown: more, a surprise, or a question dismissed."""
        told = self.constraints or self.qualities or self.likes
        return self.act == "more" or self.surprise or (self.settles and not told)


class Reason(Frozen):
    """A sentence for a person and the evidence it was built from, which can be recomputed."""

    kind: str
    text: str
    evidence: dict[str, Any] = Field(default_factory=dict)


SPONSORED = "sponsored"
"""The kind of the reason that discloses what is paid for."""


class Pick(Frozen):
    """A recommended item."""

    id: str
    title: str
    score: float
    facets: dict[str, FacetValue] = Field(default_factory=dict)
    reasons: tuple[Reason, ...] = ()
    carried: dict[str, float] = Field(default_factory=dict)
    """Tool → its share of what spoke for this pick, the largest first; the rest of 1 is of smaller ones."""
    confidence: float | None = Field(default=None, exclude_if=lambda sure: sure is None)
    """The probability that this person, if they rate it, rates it as liked, calibrated on people whom no
    model saw; None where the catalogue has no ratings that tell or nothing is known of the person."""


class Option(Frozen):
    """One answer to a question: the words for it, the first as it is offered, and what it asks for."""

    words: tuple[str, ...]
    where: Where = Field(default_factory=dict)
    qualities: tuple[tuple[str, Quality], ...] = ()
    like: str = Field(default="", exclude_if=lambda item_id: not item_id)
    """Id of the item that is liked by whoever answers so."""


WHICH, TITLE = "", "title"
"""What a question is about that asks which of two items is liked better, or for the original of a title."""


class Question(Frozen):
    """What the agent asks after its picks; ``facet`` is what it is about, or one of WHICH and TITLE."""

    text: str
    facet: str
    options: tuple[Option, ...]


class Relaxation(Frozen):
    """What dropping one constraint would open."""

    constraint: str
    facet: str
    opens: int


class Timings(Frozen):
    """Milliseconds spent in each step of a turn."""

    understand: float = 0.0
    plan: float = Field(default=0.0, exclude_if=lambda spent: not spent)
    """Of a model that planned with tools; left out for a plan by rules."""
    retrieve: float = 0.0
    rank: float = 0.0
    explain: float = 0.0
    write: float = 0.0


class Step(Frozen):
    """One thing done for an answer: what, with which arguments, and how many items it left or found."""

    does: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    found: int | None = None


class Spent(Frozen):
    """What a language model cost in one turn: requests, tokens, and seconds in the model's process."""

    requests: int = 0
    cached_tokens: int = 0
    """Of prompts, those whose state was there already."""
    prompt_tokens: int = 0
    """Of prompts, those that were read."""
    written_tokens: int = 0
    first_token_seconds: float = 0.0
    """Of the first request."""
    seconds: float = 0.0

    def __add__(self, other: Spent) -> Spent:
        """Both together; the first token is that of the first."""
        total = {name: getattr(self, name) + getattr(other, name) for name in type(self).model_fields}
        return Spent(**total | {"first_token_seconds": self.first_token_seconds or other.first_token_seconds})


class Trace(Frozen):
    """How an answer came about: the steps of its plan, the milliseconds of each part of the turn, and what a
    language model cost.
    """

    steps: tuple[Step, ...] = ()
    timings_ms: Timings = Timings()
    spent: Spent = Spent()


class Reply(Frozen):
    """The answer to one message; its JSON is the contract of ``palate recommend --json``."""

    query: str
    intent: Intent
    items: tuple[Pick, ...] = ()
    text: str = ""
    abstained: bool = False
    relaxed: tuple[Relaxation, ...] = ()
    question: Question | None = Field(default=None, exclude_if=lambda asked: asked is None)
    """What was asked back, in a conversation."""
    model: str = "none"
    timings_ms: Timings = Timings()
