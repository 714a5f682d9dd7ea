from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pexpect
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TESTS = Path(__file__).resolve().parents[1]
COMMAND = [sys.executable, str(Path(__file__).with_name("fake.py"))]
ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[=>]|\r")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    paths = {"PALATE_HOME": str(tmp_path / "home"), "PYTHONPATH": str(TESTS), "TERM": "xterm-256color"}
    return {**os.environ, **paths, "NO_COLOR": "1", "PROMPT_TOOLKIT_NO_CPR": "1"}


def over_lines(
    environment: dict[str, str], lines: str | bytes, *flags: str
) -> subprocess.CompletedProcess[bytes]:
    content = lines.encode() if isinstance(lines, str) else lines
    return subprocess.run(
        [*COMMAND, *flags], input=content, capture_output=True, env=environment, timeout=60, check=False
    )


def test_lines_on_standard_input_are_answered(environment: dict[str, str]) -> None:
    done = over_lines(environment, "something like Harvest\n\n/why 2\n")
    assert done.returncode == 0
    assert done.stdout.decode().count("1. The Salt Road") == 1
    assert "Harvest (1977)\n- It shares" in done.stdout.decode()
    assert done.stderr == b""


def test_the_last_line_needs_no_line_break_and_exit_ends(environment: dict[str, str]) -> None:
    assert "The Salt Road" in over_lines(environment, "hello").stdout.decode()
    assert over_lines(environment, "/exit\nhello\n").stdout == b""


def test_an_error_is_one_line_and_the_next_message_is_answered(environment: dict[str, str]) -> None:
    done = over_lines(environment, "mendable\nunmendable\nhello\n")
    assert done.returncode == 0
    errors = done.stderr.decode().splitlines()
    assert errors[0] == "There is no such thing. Try: palate setup"
    log = Path(environment["PALATE_HOME"]) / "state" / "palate.log"
    assert errors[1].startswith("Something went wrong inside palate (ZeroDivisionError)")
    assert str(log) in errors[1]
    assert len(errors) == 2
    assert "a bug" in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert "The Salt Road" in done.stdout.decode()


@pytest.mark.parametrize(
    "line", [b"\xff\xfe\x00\n", b"\x1b[2J\n", "🍣 寿司\n".encode(), b"x" * 100_000 + b"\n"]
)
def test_any_bytes_are_a_message(environment: dict[str, str], line: bytes) -> None:
    done = over_lines(environment, line)
    assert done.returncode == 0
    assert b"Salt Road" in done.stdout
    assert b"\x1b" not in done.stdout


def test_a_stream_that_cannot_write_a_title_does_not_fail(environment: dict[str, str]) -> None:
    done = over_lines({**environment, "PYTHONIOENCODING": "ascii"}, "hello\n")
    assert done.returncode == 0
    assert b"1. The Salt Road (1981) ? Trade" in done.stdout


def test_with_neither_terminal_nor_lines_there_is_a_demonstration(environment: dict[str, str]) -> None:
    done = over_lines(environment, "")
    text = done.stdout.decode()
    assert done.returncode == 0
    assert "demonstration" in text.splitlines()[0]
    assert len(re.findall(r"^> something like |^> only after |^> why the first one", text, re.MULTILINE)) == 3
    assert text.count("1. The Salt Road") == 3


class Terminal:
    """The chat in a terminal; ``until`` returns what was shown up to a text, without escapes."""

    def __init__(
        self, environment: dict[str, str], *flags: str, arguments: Sequence[str] = COMMAND[1:]
    ) -> None:
        self.child = pexpect.spawn(
            COMMAND[0],
            [*arguments, *flags],
            env=environment,
            timeout=8,
            dimensions=(40, 80),
            encoding="utf-8",
        )

    def until(self, text: str) -> str:
        self.child.expect_exact(text)
        return ESCAPES.sub("", self.child.before + text)

    def prompted(self) -> None:
        """Wait for a prompt: it switches bracketed paste on and ends by showing the cursor."""
        self.child.expect(r"\?2004h.*?>.*?\?25h")

    def type(self, text: str) -> None:
        self.child.send(text)

    def ended(self) -> int:
        self.child.expect(pexpect.EOF)
        self.child.wait()  # the terminal is closed before the process has ended: closing now would kill it
        self.child.close()
        return int(self.child.exitstatus)


@pytest.fixture
def terminal(environment: dict[str, str]) -> Iterator[Terminal]:
    terminal = Terminal(environment)
    terminal.prompted()
    yield terminal
    terminal.child.close(force=True)


def test_a_conversation(terminal: Terminal) -> None:
    terminal.type("hello\r")
    shown = terminal.until("It is about trade.")
    assert "1  The Salt Road (1981)" in shown
    assert "The model would start with 3, 1, 2." in shown
    terminal.prompted()
    terminal.type("/why 1\r")
    terminal.until("- It shares the theme trade.")
    terminal.prompted()
    terminal.type("\x04")
    assert terminal.ended() == 0


def test_control_c_stops_the_answer_and_not_the_chat(terminal: Terminal) -> None:
    terminal.type("slowly\r")
    terminal.until("Still thinking.")
    terminal.type("\x03")
    terminal.until("Stopped.")
    terminal.prompted()
    terminal.type("/exit\r")
    assert terminal.ended() == 0


def test_control_c_at_the_prompt_drops_the_line(terminal: Terminal) -> None:
    terminal.type("never sent\x03")
    terminal.prompted()
    terminal.type("/save never\x03")
    terminal.prompted()
    terminal.type("/quit\r")
    assert terminal.ended() == 0


@pytest.mark.parametrize("line_break", ["\x1b\r", "\\\r"])
def test_several_lines(terminal: Terminal, tmp_path: Path, line_break: str) -> None:
    terminal.type("first" + line_break)
    time.sleep(0.2)
    terminal.type("second\r")
    terminal.until("It is about trade.")
    terminal.type(f"/save {tmp_path / 'said'}\r")
    terminal.until("This conversation is in")
    assert (tmp_path / "said").read_text() == "first\nsecond"


def test_completion_of_commands_and_titles(terminal: Terminal) -> None:
    for keys in ("/pro", "\t", "\r"):  # at the speed of a hand: completions come from a thread
        terminal.type(keys)
        time.sleep(0.5)
    terminal.until("Nothing is remembered")
    terminal.prompted()
    for keys in ("/like the salt", "\t", "\r"):
        terminal.type(keys)
        time.sleep(0.5)
    terminal.until("Noted: you like The Salt Road.")


def test_what_was_typed_is_kept_privately_until_it_is_forgotten(
    environment: dict[str, str], terminal: Terminal
) -> None:
    history = Path(environment["PALATE_HOME"]) / "state" / "history"
    terminal.type("remember zanzibarword\r")
    terminal.until("It is about trade.")
    terminal.prompted()
    assert "zanzibarword" in history.read_text()
    assert stat.S_IMODE(history.stat().st_mode) == 0o600
    terminal.type("/forget\r")
    terminal.until("[y/N]")
    terminal.type("y\r")
    terminal.until("is erased.")
    terminal.prompted()
    files = [path for path in Path(environment["PALATE_HOME"]).rglob("*") if path.is_file()]
    assert not any(b"zanzibarword" in path.read_bytes() for path in files)


@pytest.mark.parametrize(("flag", "term"), [("--plain", "xterm-256color"), ("", "dumb")])
def test_plain_and_dumb_terminals_get_no_escapes(environment: dict[str, str], flag: str, term: str) -> None:
    terminal = Terminal({**environment, "TERM": term}, *([flag] if flag else []))
    terminal.child.expect_exact("> ")
    terminal.type("hello\n")
    terminal.child.expect_exact("It is about trade.")
    assert "\x1b" not in terminal.child.before
    terminal.child.expect_exact("> ")
    terminal.type("slowly\n")
    terminal.child.expect_exact("Still thinking.")
    terminal.type("\x03")
    terminal.child.expect_exact("Stopped.")
    terminal.type("\x04")
    assert terminal.ended() == 0


@pytest.mark.films
@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
def test_the_real_chat_from_prompt_to_restart(environment: dict[str, str], tmp_path: Path) -> None:
    from palate.data.home import home

    own = tmp_path / "home"  # the real data, and a memory of its own
    own.mkdir()
    for name in ("catalogs", "models", "sources"):
        (own / name).symlink_to(home() / name)
    command = "from palate.agent.interface.cli import main; main()"
    arguments = ["-c", command, "chat", "--model", "none"]

    def start() -> Terminal:
        terminal = Terminal(environment, arguments=arguments)
        terminal.child.timeout = 60
        terminal.prompted()
        return terminal

    first = start()
    first.type("something like Alien, after 1985\r")  # at once: the first answer waits for nothing
    assert "1  " in first.until("after 1985:") + first.until("5  ")
    first.prompted()
    first.type("/like Aliens\r")
    first.until("Noted: you like Aliens (1986).")
    first.prompted()
    first.type("/why 2\r")
    first.until("- ")
    first.prompted()
    first.type("\x04")
    assert first.ended() == 0
    second = start()
    second.type("/profile\r")
    second.until("You like Aliens (1986) (you noted it")
    second.prompted()
    second.type("/quit\r")
    assert second.ended() == 0
