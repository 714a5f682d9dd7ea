from __future__ import annotations

import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from palate.agent.interface.text import forgiving, sanitise, use_colour


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mAlien\x1b[0m", "Alien"),
        ("Ali\x1b[2Jen", "Alien"),
        ("\x1b]0;stolen title\x07Alien", "Alien"),
        ("\x1b]8;;http://x\x1b\\Alien\x1b]8;;\x1b\\", "Alien"),
        ("\x9b31mAlien", "Alien"),
        ("Alien\r\nBob", "Alien Bob"),
        ("a\x00b\x08c\x7fd", "abcd"),
        ("evil\u202egpj.exe", "evilgpj.exe"),
        ("a\u2066b\u2069\u200b\ufeffc", "abc"),
        ("broken \ud83d half", "broken \ufffd half"),
        ("寿司 🍣 café", "寿司 🍣 café"),
        ("👩‍🚀", "👩‍🚀"),
        ("می‌خواهم", "می‌خواهم"),
        ("[bold]not markup[/bold]", "[bold]not markup[/bold]"),
    ],
)
def test_what_may_reach_a_terminal(text: str, shown: str) -> None:
    assert sanitise(text) == shown


@given(st.text(alphabet=st.characters(), max_size=200))
def test_nothing_that_steers_a_terminal_is_left(text: str) -> None:
    shown = sanitise(text)
    assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in shown)
    assert not set(shown) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069\u061c")
    assert sanitise(shown) == shown
    shown.encode("utf-8")


@given(st.text(alphabet="\x1b[];0123456789mABC \x07\\\n", max_size=60))
def test_no_pieces_of_escapes_join_into_a_new_one(text: str) -> None:
    assert "\x1b" not in sanitise(text, lines=True)


def test_line_breaks_stay_where_asked_for() -> None:
    assert sanitise("a\nb", lines=True) == "a\nb"
    assert sanitise("a\nb") == "a b"


def test_a_stream_that_cannot_write_a_character_replaces_it() -> None:
    raw = io.BytesIO()
    out = forgiving(io.TextIOWrapper(raw, encoding="ascii"))
    out.write("café 🍣")
    out.flush()
    assert raw.getvalue() == b"caf? ?"


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("term", "expected"), [("xterm-256color", True), ("dumb", False), ("", False)])
def test_only_a_capable_terminal_gets_more_than_text(term: str, expected: bool) -> None:
    assert use_colour(_Terminal(), {"TERM": term}) is expected
    assert not use_colour(io.StringIO(), {"TERM": term})
