"""What was found in a message, as ranges of its tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..tools.mentions import Span
    from ..tools.names import NameSpan

T = TypeVar("T", bound="Ranged")


class Ranged(Protocol):
    """Anything that covers tokens ``start`` to ``end`` (not included)."""

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


@dataclass(frozen=True)
class At:
    """Tokens ``start`` to ``end`` (not included)."""

    start: int
    end: int

    def meets(self, other: Ranged) -> bool:
        """Whether the two share a token."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True)
class Titled(At):
    """A title, or words that look like one and are in no entry (``is_known`` is False)."""

    span: Span
    is_known: bool = True


@dataclass(frozen=True)
class Person(At):
    """A value of a name facet."""

    span: NameSpan


def apart(items: list[T], taken: Iterable[Ranged]) -> list[T]:
    """The items that share no word with anything ``taken``."""
    closed = [At(other.start, other.end) for other in taken]
    return [item for item in items if not any(other.meets(item) for other in closed)]


def apart_from_each_other(items: Iterable[T]) -> list[T]:
    """The items from left to right, of two that share a word the one that begins first, then the longer."""
    kept: list[T] = []
    for item in sorted(items, key=lambda item: (item.start, -item.end)):
        if not kept or kept[-1].end <= item.start:
            kept.append(item)
    return kept


def within(inner: Ranged, outer: Ranged) -> bool:
    """Whether ``inner`` lies in ``outer``."""
    return outer.start <= inner.start and inner.end <= outer.end


def same_range(one: Ranged, other: Ranged) -> bool:
    """Whether the two cover the same tokens."""
    return (one.start, one.end) == (other.start, other.end)
