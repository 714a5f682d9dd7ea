"""What was read of one message, before it is decided what the message asks for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .message import Message
    from .sightings import Sightings
    from .state import State
    from .types import Mention, UnknownTitle
    from .wishes import Scope, Wishes


@dataclass
class Heading:
    """Items by what is said about them."""

    seeds: list[Mention] = field(default_factory=list)
    likes: list[Mention] = field(default_factory=list)
    dislikes: list[Mention] = field(default_factory=list)
    seen: list[Mention] = field(default_factory=list)
    bare: list[Mention] = field(default_factory=list)
    """Named with no word that says what for."""
    unknown: list[UnknownTitle] = field(default_factory=list)
    target: int | None = None
    """The place of the shown pick that is spoken of first."""
    refers: bool = False
    """Whether something is referred to, be it there or not ("it" before anything was shown)."""


@dataclass(frozen=True)
class Reading:
    """Everything read of one message in a conversation at ``state``."""

    message: Message
    state: State
    found: Sightings
    scope: Scope
    heading: Heading
    wishes: Wishes
    names: tuple[tuple[str, str], ...]
    """(facet, value) of people and brands only compared to."""
    commanded: bool
    """Whether the message tried to give the program orders."""

    @property
    def reference_words(self) -> set[str]:
        """The words of the references to what was shown or spoken of."""
        return {self.message.surface(item.start, item.end) for item in self.found.references}
