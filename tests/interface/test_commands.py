from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest
from interface.fake import FakeChat
from palate.agent.diversity import Dial
from palate.agent.errors import UserError
from palate.agent.interface.commands import COMMANDS, Session
from palate.agent.interface.render import PlainScreen
from toy import SPEC

if TYPE_CHECKING:
    from pathlib import Path

    from palate.data.catalog import Catalog


@pytest.fixture
def chat() -> FakeChat:
    return FakeChat()


@pytest.fixture
def out() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def session(chat: FakeChat, out: io.StringIO, toy: Catalog) -> Session:
    return Session(lambda: chat, lambda: toy, PlainScreen(out, SPEC))


def test_words_are_answered(session: Session, chat: FakeChat, out: io.StringIO) -> None:
    assert session.handle("  something like Harvest  ")
    assert chat.asked == ["something like Harvest"]
    assert "1. The Salt Road" in out.getvalue()


def test_nothing_is_no_message(session: Session, chat: FakeChat, out: io.StringIO) -> None:
    assert session.handle(" \t ")
    assert chat.asked == []
    assert out.getvalue() == ""


@pytest.mark.parametrize("command", ["/exit", "/quit", "/EXIT"])
def test_leaving(session: Session, command: str) -> None:
    assert not session.handle(command)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("/like Harvest Moon", "Noted: you like Harvest Moon."),
        ("/dislike It", "Noted: you do not like It."),
        ("/seen It", "Noted: you know It."),
        ("/undo", "There is nothing to take back."),
        ("/model", "The model is none."),
        ("/model other", "The model is other."),
        ("/why 2", "Harvest (1977)\n- It shares the theme trade."),
        (
            "/profile",
            "Nothing is remembered of you yet.\nFamiliar to fresh: 0 (of -1 to 1). Variety: 0 (of 0 to 1).",
        ),
        ("/state", "Nothing is asked for."),
        ("/trace", "Nothing was recommended yet."),
        ("/fresh 0.5", "Picks are fresh by 0.5."),
        ("/fresh", "Familiar to fresh: 0 (of -1 to 1). Variety: 0 (of 0 to 1)."),
        ("/diverse 1", "Picks are varied by 1."),
        ("/explore 0.4", "Picks explore by 0.4."),
    ],
)
def test_commands_say_what_they_did(session: Session, out: io.StringIO, command: str, said: str) -> None:
    assert session.handle(command)
    assert out.getvalue() == f"{said}\n"


def test_more_asks_for_more(session: Session, chat: FakeChat) -> None:
    session.handle("/more")
    assert chat.asked == ["more"]


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [("/wy 1", "/why"), ("/halp", "/help"), ("/disliked", "/dislike"), ("/zzz", "/help")],
)
def test_an_unknown_command_suggests_the_nearest(session: Session, typed: str, nearest: str) -> None:
    with pytest.raises(UserError) as raised:
        session.handle(typed)
    assert raised.value.mend == nearest


@pytest.mark.parametrize("typed", ["/like", "/why", "/why two", "/save", "/seen  "])
def test_what_is_missing_is_said(session: Session, typed: str) -> None:
    with pytest.raises(UserError, match="needs"):
        session.handle(typed)


def test_help_names_every_command_and_gives_examples(session: Session, out: io.StringIO) -> None:
    session.handle("/help")
    assert all(f"/{command.name}" in out.getvalue() for command in COMMANDS)
    assert "what should I play after TITLE" in out.getvalue()


@pytest.mark.parametrize("command", ["/fresh much", "/fresh 2", "/diverse -1", "/fresh nan"])
def test_a_dial_takes_a_number_in_its_range(session: Session, chat: FakeChat, command: str) -> None:
    with pytest.raises(UserError, match=r"number|may be"):
        session.handle(command)
    assert chat.dial == Dial()


def test_saving(session: Session, tmp_path: Path) -> None:
    session.handle("hello")
    session.handle(f"/save {tmp_path / 'a talk.txt'}")
    assert (tmp_path / "a talk.txt").read_text() == "hello"
    with pytest.raises(UserError, match="cannot be written"):
        session.handle(f"/save {tmp_path / 'nowhere' / 'file'}")


def test_forgetting_asks_first_and_clears_what_was_typed(session: Session, chat: FakeChat) -> None:
    cleared: list[bool] = []
    session.on_forget = lambda: cleared.append(True)
    session.confirm = lambda _: False
    session.handle("/like Harvest")
    session.handle("/forget")
    assert chat.liked == ["Harvest"]
    assert cleared == []
    session.confirm = lambda _: True
    session.handle("/forget")
    assert chat.liked == []
    assert cleared == [True]


def test_one_thing_is_forgotten_and_all_is_exported(
    session: Session, chat: FakeChat, out: io.StringIO, tmp_path: Path
) -> None:
    session.handle("/like Harvest")
    session.handle("/like It")
    session.handle("/forget Harvest")
    assert chat.liked == ["It"]
    session.handle(f"/export {tmp_path / 'me.json'}")
    assert json.loads((tmp_path / "me.json").read_text()) == {"profile": ["It"]}
    session.handle("/profile")
    assert "You like It (you noted it)." in out.getvalue()
    with pytest.raises(UserError, match="cannot be written"):
        session.handle(f"/export {tmp_path / 'nowhere' / 'file'}")


def test_the_trace_names_the_tools(session: Session, out: io.StringIO) -> None:
    session.handle("hello")
    session.handle("/trace")
    assert "search_content: query hello" in out.getvalue()


def test_an_interrupt_closes_the_stream(out: io.StringIO, toy: Catalog) -> None:
    class Interrupting(PlainScreen):
        def sentence(self, text: str) -> None:
            raise KeyboardInterrupt

    chat = FakeChat()
    with pytest.raises(KeyboardInterrupt):
        Session(lambda: chat, lambda: toy, Interrupting(out, SPEC)).handle("hello")
    assert chat.closed == 1
