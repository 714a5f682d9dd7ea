"""Completion of commands and titles."""

from __future__ import annotations

import bisect
import re
from typing import TYPE_CHECKING

from prompt_toolkit.completion import Completer, Completion

from .commands import COMMANDS, LEAVING
from .text import sanitise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from prompt_toolkit.completion import CompleteEvent
    from prompt_toolkit.document import Document

_MOST = 12
"""How many titles are offered at once."""
_LEAST = 3
"""Letters of a title that must be there before it is offered within a sentence."""
_LAST_WORDS = 6


class ChatCompleter(Completer):
    """Commands at the start of a message, what may follow them, and titles within sentences.

    ``titles`` is asked once, in the completion thread, and gives titles best known first.
    """

    def __init__(self, titles: Callable[[], Sequence[str]]) -> None:
        self._titles_of = titles
        self._sorted: list[tuple[str, int, str]] | None = None

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:  # noqa: ARG002
        """What may follow the text before the cursor."""
        text = document.text_before_cursor
        name, space, argument = text[1:].partition(" ")
        if not text.startswith("/"):
            yield from self._within(text)
        elif not space:
            for known in [command.name for command in COMMANDS] + [LEAVING[-1]]:
                if known.startswith(name):
                    yield Completion(f"/{known}", start_position=-len(text))
        else:
            yield from self._after(name, argument.lstrip())

    def _after(self, name: str, argument: str) -> Iterable[Completion]:
        """What may follow the command ``name``."""
        for command in COMMANDS:
            if command.name == name and command.titles:
                yield from self._starting(argument)
            elif command.name == name:
                fitting = (value for value in command.values if value.startswith(argument))
                yield from (Completion(value, start_position=-len(argument)) for value in fitting)

    def _within(self, text: str) -> Iterable[Completion]:
        """Titles that begin with the last words, the most words first."""
        starts = [match.start() for match in re.finditer(r"\S+", text)][-_LAST_WORDS:]
        for start in starts:
            words = text[start:]
            if len(words) >= _LEAST:
                found = list(self._starting(words))
                yield from found
                if found:
                    return

    def _starting(self, words: str) -> Iterable[Completion]:
        titles = self._index()
        low = words.lower()
        if not low.strip():
            return
        place = bisect.bisect_left(titles, (low,))
        found = []
        while place < len(titles) and titles[place][0].startswith(low):
            found.append(titles[place][1:])
            place += 1
        for _, title in sorted(set(found))[:_MOST]:
            yield Completion(title, start_position=-len(words))

    def _index(self) -> list[tuple[str, int, str]]:
        if self._sorted is None:
            entries = []
            for rank, raw in enumerate(self._titles_of()):
                title = sanitise(raw)
                entries.append((title.lower(), rank, title))
                without_article = re.sub(r"^(?:the|an|a) ", "", title.lower())
                if without_article != title.lower():
                    entries.append((without_article, rank, title))
            self._sorted = sorted(entries)
        return self._sorted
