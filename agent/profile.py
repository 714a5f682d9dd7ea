"""A person's taste profile: what they like, dislike and know, and how each was learnt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

from ..data.schema import Frozen
from .types import Intent, Mention

if TYPE_CHECKING:
    from .store import Feedback

Kind = Literal["like", "dislike", "seen"]
Source = Literal["said", "command", "inferred"]


class Entry(Frozen):
    """One thing known of a person; ``at`` in unix seconds, 0 for just now."""

    item_id: str
    kind: Kind
    source: Source = "said"
    at: float = 0.0


class Profile(Frozen):
    """Entries, oldest first. A verdict (like or dislike) replaces an earlier one on the same item."""

    entries: tuple[Entry, ...] = ()

    @classmethod
    def of(cls, feedback: Iterable[Feedback]) -> Profile:
        """The profile that stored feedback makes."""
        entries = (Entry(item_id=f.item_id, kind=f.kind, source=f.source, at=f.at) for f in feedback)
        return cls(entries=tuple(entries))

    def ids(self, kind: Kind) -> list[str]:
        """Ids of the items of one kind as the person told them, oldest first."""
        return [e.item_id for e in self.entries if e.kind == kind and e.source != "inferred"]

    @property
    def inferred(self) -> list[str]:
        """Ids of items that the person seems to like: they asked for something like them. Oldest first."""
        return [entry.item_id for entry in self.entries if entry.source == "inferred"]

    def inferring(self, ids: Iterable[str]) -> Profile:
        """The profile with likes of ``ids`` inferred, but of those that a verdict was told of."""
        judged = {entry.item_id for entry in self.entries if entry.kind != "seen"}
        return self.adding([item_id for item_id in ids if item_id not in judged], "like", "inferred")

    def not_inferring(self, ids: Iterable[str]) -> Profile:
        """The profile without inferred likes of ``ids``."""
        gone = set(ids)
        kept = (e for e in self.entries if e.item_id not in gone or e.source != "inferred")
        return Profile(entries=tuple(kept))

    def hidden(self, *, again: bool) -> list[str]:
        """Ids not to recommend: the disliked, and unless they may come ``again`` the liked and known."""
        return [entry.item_id for entry in self.entries if entry.kind == "dislike" or not again]

    def ages(self, kind: Kind, now: float) -> dict[str, float]:
        """Seconds since each item of one kind was noted, at the time ``now``; 0 for what is said just now."""
        return {e.item_id: max(0.0, now - e.at) if e.at else 0.0 for e in self.entries if e.kind == kind}

    def without(self, item_id: str) -> Profile:
        """The profile without all that is known of an item."""
        return Profile(entries=tuple(entry for entry in self.entries if entry.item_id != item_id))

    def adding(self, ids: Sequence[str], kind: Kind, source: Source = "said") -> Profile:
        """The profile with ``ids`` noted, in the place of what they contradict."""
        new = set(ids)
        kept = [e for e in self.entries if e.item_id not in new or (e.kind == "seen") != (kind == "seen")]
        fresh = (Entry(item_id=item_id, kind=kind, source=source) for item_id in dict.fromkeys(ids))
        return Profile(entries=(*kept, *fresh))

    def apply(self, intent: Intent) -> Profile:
        """The profile after a message: what it says of likes, dislikes and seen items, in its own words."""
        profile = self
        said: tuple[tuple[tuple[Mention, ...], Kind], ...] = (
            (intent.seen, "seen"),
            (intent.likes, "like"),
            (intent.dislikes, "dislike"),
        )
        for mentions, kind in said:
            profile = profile.adding([mention.id for mention in mentions], kind)
        return profile

    def new_since(self, earlier: Profile) -> tuple[Entry, ...]:
        """The entries that ``earlier`` did not have."""
        had = {(entry.item_id, entry.kind, entry.source) for entry in earlier.entries}
        return tuple(e for e in self.entries if (e.item_id, e.kind, e.source) not in had)
