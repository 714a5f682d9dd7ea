"""Named and referred-to items → mentions, filed by what is said about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .reading import Heading
from .references import Reference
from .roles import Role
from .spans import Person, Titled
from .types import Mention, UnknownTitle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..data.catalog import Catalog
    from ..tools.lookup import TitleIndex
    from .message import Message
    from .state import State

Said = tuple[Titled | Reference | Person, frozenset[Role]]
"""Something named, and what is said about it."""
BACK = frozenset({"it", "that", "this"})
"""Words that take up a title named just before ("I have seen Alien and loved it")."""
N_NEAREST = 3


class MentionReader:
    """Makes mentions of one catalogue's items."""

    def __init__(self, catalog: Catalog, titles: TitleIndex) -> None:
        self._catalog = catalog
        self._titles = titles

    def heading(self, message: Message, said: Sequence[Said], state: State) -> Heading:
        """The items of ``said``, filed; people are left out."""
        heading = Heading()
        last: Mention | None = None
        for item, roles in said:
            if isinstance(item, Titled) and not item.is_known:
                heading.unknown.append(self._unknown(item))
            elif isinstance(item, Titled):
                last = self._titled(item)
                if heading.target is None and last.id in state.shown:
                    heading.target = state.shown.index(last.id) + 1
                _file(heading, roles, [last])
            elif isinstance(item, Reference):
                heading.refers = heading.refers or "bare" in roles
                if heading.target is None and item.places:
                    heading.target = item.places[0]
                referred = self._referred(message, item, last)
                if len(referred) == 1:
                    last = referred[0]  # "the second one, it was meh"
                if "bare" not in roles:
                    # "Dune, I know it": what is said of "it" is said of the title.
                    heading.bare = [mention for mention in heading.bare if mention.id not in _ids(referred)]
                _file(heading, roles, referred)
        return heading

    def spoken_of(self, heading: Heading, state: State) -> list[Mention]:
        """What is referred to with no word that says what for, else the item spoken of last."""
        if heading.bare:
            return heading.bare
        focus = state.focus if state.focus in self._catalog else None
        return [] if focus is None else [self._mention(focus, "it", 1.0)]

    def _unknown(self, item: Titled) -> UnknownTitle:
        matches = item.span.matches or self._titles.find(item.span.surface, k=N_NEAREST)
        nearest = tuple(self._catalog.label(match.position) for match in matches[:N_NEAREST])
        return UnknownTitle(surface=item.span.surface, nearest=nearest)

    def _titled(self, item: Titled) -> Mention:
        match = item.span.matches[0]
        return self._mention(self._catalog.ids[match.position], item.span.surface, min(1.0, match.certainty))

    def _referred(self, message: Message, item: Reference, last: Mention | None) -> list[Mention]:
        surface = message.surface(item.start, item.end)
        if last is not None and len(item.ids) <= 1 and message.lows[item.start] in BACK:
            return [last.model_copy(update={"surface": surface})]
        # A kept conversation may be older than the catalogue.
        there = [item_id for item_id in item.ids if item_id in self._catalog]
        return [self._mention(item_id, surface, item.certainty) for item_id in there]

    def _mention(self, item_id: str, surface: str, certainty: float) -> Mention:
        label = self._catalog.label(self._catalog.position(item_id))
        return Mention(id=item_id, title=label, surface=surface, certainty=certainty)


def _ids(mentions: Sequence[Mention]) -> set[str]:
    return {mention.id for mention in mentions}


def _file(heading: Heading, roles: frozenset[Role], mentions: list[Mention]) -> None:
    lists: dict[Role, list[Mention]] = {
        "seed": heading.seeds,
        "like": heading.likes,
        "dislike": heading.dislikes,
        "seen": heading.seen,
        "bare": heading.bare,
    }
    for role in roles & lists.keys():
        lists[role] += mentions
