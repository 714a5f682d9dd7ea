"""Milliseconds from a message to its picks and reasons while the model writes to somebody else.

    python -m benchmarks.while_writing [MODEL]

One person is answered in full, prose included, again and again; meanwhile others ask, and their times count
when the model was writing as they asked. Picks wait for no model, so what is measured is how the two share
the cores. Writes the slice ``while-writing`` of ``latency``.
"""

from __future__ import annotations

import sys
import threading
import time

from palate import Palate
from palate.agent.events import Picks, Sentence
from palate.agent.llm.models import DEFAULT
from palate.agent.store import MemoryStore

from benchmarks.common import percentiles, row, write_result
from benchmarks.requests import requests

N = 100
PAUSE = 0.25
"""Seconds between two questions, for the model to be well on its way again."""


class Writer:
    """Answers requests with prose in a thread of its own until it is told to stop."""

    def __init__(self, app: Palate, asked: list[str]) -> None:
        self.writing = threading.Event()
        self.sentences = 0
        self._app = app
        self._asked = asked
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Writer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(60)

    def _run(self) -> None:
        number = 0
        while not self._stop.is_set():
            chat = self._app.chat(user=f"reader-{number}")
            for event in chat.stream(self._asked[number % len(self._asked)], k=10):
                if isinstance(event, Picks):
                    self.writing.set()
                elif isinstance(event, Sentence):
                    self.sentences += 1
                if self._stop.is_set():
                    break
            self.writing.clear()
            number += 1


def picks_of(app: Palate, text: str, user: str) -> float:
    """Milliseconds to the picks of one message in a conversation of its own."""
    start = time.perf_counter()
    for event in app.chat(user=user).stream(text, k=10):
        if isinstance(event, Picks):
            break
    return 1000 * (time.perf_counter() - start)


def main() -> None:
    """Measure with a model's prose beside it, and without, and write the result."""
    model = sys.argv[1] if len(sys.argv) > 1 else DEFAULT
    with Palate.open("films", model=model, store=MemoryStore()) as app:
        app.warm(wait=True)
        asked = requests(app.box.catalog, N + 20)
        # The first answer with prose waits for the model to be loaded.
        app.chat(user="warm").ask("something like Alien")
        for number, text in enumerate(asked[:20]):
            picks_of(app, text, f"warm-{number}")
        alone = [picks_of(app, text, f"alone-{number}") for number, text in enumerate(asked[20:])]
        beside: list[float] = []
        with Writer(app, asked) as writer:
            number = 0
            while len(beside) < N:
                time.sleep(PAUSE)
                writer.writing.wait()
                spent = picks_of(app, asked[20 + number % N], f"beside-{number}")
                if writer.writing.is_set():
                    beside.append(spent)
                number += 1
            sentences = writer.sentences
    rows = [
        row("palate", "while-writing", len(beside), sentences_written=sentences, **percentiles(beside)),
        row("palate", "alone", len(alone), **percentiles(alone)),
    ]
    write_result("latency", "films", rows, name="latency-while-writing-films")


if __name__ == "__main__":
    main()
