"""Events as text in a terminal.

Whatever comes from a catalogue, a model or a person passes ``sanitise`` before it is written, and is printed
as literal text, never as markup.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol, TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from ..types import SPONSORED
from .text import sanitise, use_colour

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ...data.schema import CatalogSpec, Facet, FacetValue
    from ..events import Event
    from ..types import Pick, Reply

_SHOWN_VALUES, _SHOWN_FACETS = 2, 4
"""How many values of a facet, and how many facets, stand beside a pick; questions tell the rest."""
_MIN_WIDTH, _MAX_WIDTH = 20, 100


def title_line(pick: Pick, spec: CatalogSpec | None) -> str:
    """The title, with its year where the catalogue has years and the title does not carry it yet."""
    title = sanitise(pick.title)
    paid = " · sponsored" if any(reason.kind == SPONSORED for reason in pick.reasons) else ""
    for facet in spec.facets if spec else ():
        year = pick.facets.get(facet.name)
        if facet.kind == "year" and isinstance(year, int | float) and not title.endswith(f"({year:.0f})"):
            return f"{title} ({year:.0f}){paid}"
    return f"{title}{paid}"


def facets_line(pick: Pick, spec: CatalogSpec | None) -> str:
    """The facets that the catalogue shows beside a pick, on one line."""
    shown = [facet for facet in spec.facets if facet.shown and facet.kind != "year"] if spec else []
    parts = [facet_text(facet, pick.facets[facet.name]) for facet in shown if facet.name in pick.facets]
    return " · ".join([part for part in parts if part][:_SHOWN_FACETS])


def facet_text(facet: Facet, value: FacetValue) -> str:
    """One facet's value as people read it; empty for no value."""
    if isinstance(value, bool):
        return facet.label if value else ""
    if isinstance(value, int | float):
        number = f"{value:g}"
        return f"{number} {facet.unit}" if facet.unit else f"{facet.label} {number}"
    values = [value] if isinstance(value, str) else list(value)
    more = " …" if len(values) > _SHOWN_VALUES else ""
    return sanitise(", ".join(values[:_SHOWN_VALUES])) + more


class Screen(Protocol):
    """Where events are shown."""

    def picks(self, lead: str, items: Sequence[Pick]) -> None:
        """The numbered picks, each with its first reason."""
        ...

    def sentence(self, text: str) -> None:
        """The next sentence of the prose."""
        ...

    def end_prose(self) -> None:
        """The prose is over; whatever comes next starts on a line of its own."""
        ...

    def line(self, text: str, *, quiet: bool = False) -> None:
        """One line of its own; a quiet one stands back."""
        ...

    def columns(self, rows: Sequence[tuple[str, str]]) -> None:
        """Pairs, such as a command and what it does."""
        ...


class PlainScreen:
    """Text only: for pipes, screen readers and terminals that cannot do more.

    Nothing is wrapped, aligned or redrawn; one thought is one line.
    """

    def __init__(self, out: TextIO, spec: CatalogSpec | None = None) -> None:
        self._out = out
        self.spec = spec

    def picks(self, lead: str, items: Sequence[Pick]) -> None:
        """The numbered picks."""
        if lead:
            self.line(lead)
        for number, pick in enumerate(items, start=1):
            facets = facets_line(pick, self.spec)
            self.line(f"{number}. {title_line(pick, self.spec)}" + (f" — {facets}" if facets else ""))
            if pick.reasons:
                self.line(pick.reasons[0].text, indent="   ")

    def sentence(self, text: str) -> None:
        """The next sentence, on its own line."""
        self.line(text)

    def end_prose(self) -> None:
        """Nothing is open."""

    def columns(self, rows: Sequence[tuple[str, str]]) -> None:
        """One pair a line."""
        for left, right in rows:
            self.line(f"{left}: {right}", indent="  ")

    def line(self, text: str, *, quiet: bool = False, indent: str = "") -> None:  # noqa: ARG002
        """One line, written at once."""
        self._out.write(f"{indent}{sanitise(text)}\n")
        self._out.flush()


class RichScreen:
    """A colour terminal: bold titles, dim details, prose that flows into the width."""

    def __init__(self, console: Console, spec: CatalogSpec | None = None) -> None:
        self._console = console
        self.spec = spec
        self._column = 0

    @property
    def width(self) -> int:
        """Cells that a line of text may take."""
        return max(_MIN_WIDTH, min(_MAX_WIDTH, self._console.width - 1))

    def picks(self, lead: str, items: Sequence[Pick]) -> None:
        """The numbered picks."""
        self._console.print()
        if lead:
            self._print(lead, "")
        margin = len(str(len(items))) + 2
        for number, pick in enumerate(items, start=1):
            head = (
                Text().append(f"{number:>{margin - 2}}  ", "cyan").append(title_line(pick, self.spec), "bold")
            )
            self._print(head, " " * margin)
            for detail in (facets_line(pick, self.spec), pick.reasons[0].text if pick.reasons else ""):
                if detail:
                    self._print(Text(sanitise(detail), style="dim"), " " * margin, first=" " * margin)
        self._console.print()

    def sentence(self, text: str) -> None:
        """The next sentence, flowing on from the one before, written at once."""
        for word in sanitise(text).split(" "):
            cells = cell_len(word)
            if self._column and self._column + 1 + cells > self.width:
                self._write("\n")
                self._column = 0
            self._write(f" {word}" if self._column else word)
            self._column += cells + bool(self._column)
        self._console.file.flush()

    def end_prose(self) -> None:
        """Finish the paragraph."""
        if self._column:
            self._write("\n")
            self._column = 0

    def line(self, text: str, *, quiet: bool = False) -> None:
        """One line of its own, folded into the width."""
        self.end_prose()
        self._print(Text(sanitise(text), style="dim" if quiet else ""), "")

    def columns(self, rows: Sequence[tuple[str, str]]) -> None:
        """Pairs in two columns, the second folded into the width."""
        left = max((cell_len(sanitise(first)) for first, _ in rows), default=0)
        for first, second in rows:
            name = sanitise(first)
            padding = " " * (left - cell_len(name) + 2)
            text = Text().append(f"  {name}{padding}", "cyan").append(sanitise(second))
            self._print(text, " " * (left + 4))

    def _print(self, text: Text | str, margin: str, first: str = "") -> None:
        text = text if isinstance(text, Text) else Text(sanitise(text))
        lines = text.wrap(self._console, self.width - len(margin)) if cell_len(text.plain) else [text]
        for number, line in enumerate(lines):
            self._console.print(
                Text(first if number == 0 else margin).append_text(line), soft_wrap=True, highlight=False
            )

    def _write(self, text: str) -> None:
        self._console.print(Text(text), end="", soft_wrap=True, highlight=False)


def show(events: Iterable[Event], screen: Screen) -> Reply | None:
    """Show a turn as it happens; returns its reply, None where the stream was cut off before."""
    # Imported here, because numpy comes along with the types: a prompt must not wait for it.
    from ..events import Asking, Done, Notice, Picks, Reorder, Sentence, Understood

    reply = None
    shown: Sequence[Pick] = ()
    for event in events:
        match event:
            case Picks():
                shown = event.items
                screen.picks(event.lead, shown)
            case Sentence():
                screen.sentence(event.text)
            case Notice():
                screen.line(event.text, quiet=True)
            case Reorder():
                screen.line(reorder_line(event.ids, shown), quiet=True)
            case Asking():
                screen.end_prose()
                screen.line(event.text)
            case Done():
                reply = event.reply
            case Understood():
                pass
    screen.end_prose()
    return reply


def reorder_line(ids: Sequence[str], shown: Sequence[Pick], first: int = 3) -> str:
    """How the model's order begins, in the numbers on the screen."""
    numbers = {pick.id: str(number) for number, pick in enumerate(shown, start=1)}
    order = [numbers[item] for item in ids if item in numbers]
    return f"The model would start with {', '.join(order[:first])}."


def screen_for(
    out: TextIO, *, plain: bool, environment: Mapping[str, str] = os.environ
) -> PlainScreen | RichScreen:
    """The screen that suits a stream."""
    if plain or not use_colour(out, environment):
        return PlainScreen(out)
    return RichScreen(Console(file=out, highlight=False, soft_wrap=False))
