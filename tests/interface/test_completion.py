from __future__ import annotations

from palate.agent.interface.completion import ChatCompleter
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

TITLES = ["The Matrix", "Alien", "Aliens", "Alien 3", "Matrix Reloaded", "Up\x1b[31m"]


def completions(text: str, titles: list[str] = TITLES) -> list[str]:
    """The whole line after each completion."""
    completer = ChatCompleter(lambda: titles)
    found = completer.get_completions(Document(text), CompleteEvent())
    return [text[: len(text) + c.start_position] + c.text for c in found]


def test_commands() -> None:
    assert completions("/li") == ["/like"]
    assert "/quit" in completions("/")
    assert completions("/zzz") == []


def test_titles_after_a_command_best_known_first() -> None:
    assert completions("/like ali") == ["/like Alien", "/like Aliens", "/like Alien 3"]
    assert completions("/why ali") == []


def test_numbers_after_a_dial() -> None:
    assert completions("/fresh ") == ["/fresh -1", "/fresh -0.5", "/fresh 0", "/fresh 0.5", "/fresh 1"]
    assert completions("/fresh -0") == ["/fresh -0.5"]
    assert completions("/diverse ") == ["/diverse 0", "/diverse 0.5", "/diverse 1"]


def test_articles_may_be_left_out() -> None:
    assert completions("/seen matr") == ["/seen The Matrix", "/seen Matrix Reloaded"]


def test_titles_within_a_sentence() -> None:
    assert completions("something like the mat") == ["something like The Matrix"]
    assert completions("something like zzz") == []
    assert completions("al") == []


def test_titles_are_made_harmless() -> None:
    assert completions("/like up") == ["/like Up"]


def test_a_large_catalogue_is_listed_once_and_completed_in_part() -> None:
    asked = []

    def titles() -> list[str]:
        asked.append(1)
        return [f"Title {number}" for number in range(50_000)]

    completer = ChatCompleter(titles)
    assert 0 < len(list(completer.get_completions(Document("/like title 4"), CompleteEvent()))) < 50
    assert len(list(completer.get_completions(Document("/like title 49999"), CompleteEvent()))) == 1
    assert asked == [1]
