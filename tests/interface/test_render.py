from __future__ import annotations

import io
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from interface.fake import PICKS, FakeChat, pick
from palate.agent.events import Event, Notice, Picks, Sentence
from palate.agent.interface.render import (
    PlainScreen,
    RichScreen,
    facet_text,
    reorder_line,
    screen_for,
    show,
    title_line,
)
from palate.data.schema import Facet
from rich.cells import cell_len
from rich.console import Console
from toy import SPEC


def rich_screen(width: int, *, colour: bool = False) -> tuple[RichScreen, io.StringIO]:
    out = io.StringIO()
    system: Literal["standard"] | None = "standard" if colour else None
    console = Console(file=out, width=width, force_terminal=colour, color_system=system, no_color=not colour)
    return RichScreen(console, SPEC), out


def plain(events: list[Event]) -> str:
    out = io.StringIO()
    show(events, PlainScreen(out, SPEC))
    return out.getvalue()


def test_a_turn_in_plain_text() -> None:
    out = io.StringIO()
    reply = show(FakeChat().stream("hello"), PlainScreen(out, SPEC))
    assert reply is not None
    assert reply.items == PICKS
    assert out.getvalue().splitlines() == [
        "The model is still loading.",
        "Games like that:",
        "1. The Salt Road (1981) — Trade, Sea · 60 min",
        "   It shares the theme trade",
        "2. Harvest (1982) — Trade, Sea · 60 min",
        "   It shares the theme trade",
        "3. Iron Fleet (1983) — Trade, Sea · 60 min",
        "   It shares the theme trade",
        "The model would start with 3, 1, 2.",
        "Begin with The Salt Road.",
        "It is about trade.",
    ]


def test_picks_are_on_the_screen_before_the_next_event_is_asked_for() -> None:
    screen, out = rich_screen(80)
    events = iter(FakeChat().stream("hello"))
    seen: list[str] = []

    def watched() -> object:
        for event in events:
            seen.append(out.getvalue())
            yield event

    show(watched(), screen)  # type: ignore[arg-type]
    after_picks, after_sentence = seen[3], seen[5]
    assert "1  The Salt Road (1981)" in after_picks
    assert "Begin with The Salt Road." in after_sentence


def test_a_year_in_the_title_is_not_said_twice() -> None:
    assert title_line(pick(1, "Harvest (1981)"), SPEC) == "Harvest (1981)"
    assert title_line(pick(1, "Harvest"), None) == "Harvest"


def test_facets_as_people_read_them() -> None:
    many = Facet(name="cast", label="cast", kind="name", multiple=True)
    assert facet_text(many, ("A", "B", "C", "D")) == "A, B …"
    assert facet_text(Facet(name="score", label="score", kind="number"), 7.25) == "score 7.25"
    assert facet_text(Facet(name="new", label="new", kind="category"), True) == "new"


@pytest.mark.parametrize("width", [10, 24, 40, 80, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    screen, out = rich_screen(width)
    events: list[Event] = [
        Picks(
            lead="Games that go on at length about something:",
            items=(pick(1, "寿司の王様と長い長い題名 " * 3),),
        ),
        Notice(text="word " * 40),
        Sentence(text="A sentence of some length that has to flow. " * 4),
        Sentence(text="寿司 " * 30),
    ]
    show(events, screen)
    assert max(cell_len(line) for line in out.getvalue().splitlines()) <= max(width, 20)


@given(st.lists(st.text(alphabet="abc éは", min_size=1, max_size=30), max_size=8), st.integers(20, 100))
def test_flowing_prose_keeps_every_word_in_order(sentences: list[str], width: int) -> None:
    screen, out = rich_screen(width)
    show([Sentence(text=text) for text in sentences], screen)
    assert out.getvalue().split() == " ".join(sentences).split()


def test_nothing_hostile_in_a_title_or_sentence_comes_through() -> None:
    hostile = "[red]X[/red]\x1b[31m\x1b]0;t\x07\u202eY\x08"
    events: list[Event] = [
        Picks(lead=hostile, items=(pick(1, hostile, reason=hostile),)),
        Sentence(text=hostile),
        Notice(text=hostile),
    ]
    screen, out = rich_screen(80)
    show(events, screen)
    for text in (out.getvalue(), plain(events)):
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "\x08" not in text
        assert "[red]X[/red]Y" in text


def test_colours_only_where_wanted() -> None:
    screen, out = rich_screen(80, colour=True)
    show(FakeChat().stream("hello"), screen)
    assert "\x1b[1m" in out.getvalue()
    assert isinstance(screen_for(io.StringIO(), plain=False), PlainScreen)


def test_the_reorder_speaks_in_the_numbers_on_the_screen() -> None:
    assert reorder_line(("g02", "g00", "g01"), PICKS) == "The model would start with 3, 1, 2."
    assert reorder_line(("gone", "g01"), PICKS) == "The model would start with 2."
