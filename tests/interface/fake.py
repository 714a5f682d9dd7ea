"""A chat that answers from a script, and a console of its own, for tests of the interface.

``python fake.py [--plain]``, with the folder of the tests on the path, runs the chat over standard input
and output in ``$PALATE_HOME``.
"""

from __future__ import annotations

import sys
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from palate.agent.diversity import Dial
from palate.agent.errors import UserError
from palate.agent.events import Done, Event, Notice, Picks, Reorder, Sentence, Understood
from palate.agent.store import MemoryStore
from palate.agent.types import Intent, Pick, Reason, Reply, Spent, Step, Trace
from palate.data.catalog import Catalog
from palate.data.home import catalogs_dir
from toy import SPEC, write_toy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from palate.data.schema import FacetValue


def pick(number: int, title: str, reason: str = "It shares the theme trade") -> Pick:
    """A pick of the invented catalogue."""
    facets: dict[str, FacetValue] = {
        "year": 1980 + number,
        "theme": ("Trade", "Sea"),
        "minutes": 60,
        "score": 7.5,
    }
    reasons = (Reason(kind="shared_facet", text=reason, evidence={"facet": "theme"}),)
    return Pick(id=f"g{number - 1:02}", title=title, score=1.0 / number, facets=facets, reasons=reasons)


PICKS = (pick(1, "The Salt Road"), pick(2, "Harvest"), pick(3, "Iron Fleet"))


class FakeChat:
    """Answers every message with the same picks; some words make it misbehave."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.liked: list[str] = []
        self.closed = 0
        self.model = "none"
        self.dial = Dial()

    def stream(self, text: str, *, k: int | None = None, wait: bool = False) -> Iterator[Event]:
        """Picks, a reorder, two sentences."""
        self.asked.append(text)
        if "unmendable" in text:
            raise ZeroDivisionError("a bug")
        if "mendable" in text:
            raise UserError("There is no such thing.", "palate setup")
        try:
            yield Understood(intent=Intent(act="recommend"))
            yield Notice(text="The model is still loading.")
            yield Picks(lead="Games like that:", items=PICKS)
            yield Reorder(ids=("g02", "g00", "g01"))
            yield Sentence(text="Begin with The Salt Road.")
            if "slowly" in text:
                for _ in range(100):
                    time.sleep(0.1)
                    yield Sentence(text="Still thinking.")
            yield Sentence(text="It is about trade.")
            yield Done(
                reply=Reply(query=text, intent=Intent(), items=PICKS, text="Begin with The Salt Road.")
            )
        finally:
            self.closed += 1

    def like(self, title: str) -> str:
        """Note a like."""
        self.liked.append(title)
        return f"Noted: you like {title}."

    def dislike(self, title: str) -> str:
        """Note a dislike."""
        return f"Noted: you do not like {title}."

    def seen(self, title: str) -> str:
        """Note what is known already."""
        return f"Noted: you know {title}."

    def fresh(self, value: float) -> str:
        """Note how fresh."""
        self.dial = Dial.checked(value, self.dial.diverse)
        return f"Picks are fresh by {value:g}."

    def diverse(self, value: float) -> str:
        """Note how varied."""
        self.dial = Dial.checked(self.dial.fresh, value)
        return f"Picks are varied by {value:g}."

    def explore(self, value: float) -> str:
        """Note how much to explore."""
        self.dial = Dial.checked(self.dial.fresh, self.dial.diverse, value)
        return f"Picks explore by {value:g}."

    def usage(self) -> tuple[Spent, Spent]:
        """One request, and two."""
        one = Spent(requests=1, prompt_tokens=50, cached_tokens=900, written_tokens=20, seconds=1.5)
        return one, one + one

    def undo(self) -> str:
        """Take back the last like."""
        return f"Taken back: {self.liked.pop()}." if self.liked else "There is nothing to take back."

    def why(self, number: int) -> Pick:
        """A pick by its number."""
        if not 1 <= number <= len(PICKS):
            raise UserError(f"There is no pick {number}.", "/why 1")
        return PICKS[number - 1]

    def known(self) -> list[str]:
        """The likes."""
        return [f"You like {title} (you noted it)." for title in self.liked]

    def in_force(self) -> str:
        """What was asked last."""
        return f"At the moment you ask for: {self.asked[-1]}." if self.asked else "Nothing is asked for."

    def trace(self) -> Trace:
        """One step for what was asked."""
        return Trace(
            steps=tuple(Step(does="search_content", arguments={"query": text}) for text in self.asked)
        )

    def export(self) -> dict[str, Any]:
        """The likes."""
        return {"profile": self.liked}

    def forget(self, title: str = "") -> str:
        """Erase likes."""
        if title:
            self.liked.remove(title)
            return f"Forgotten: {title}."
        self.liked.clear()
        return "Everything that was remembered of you is erased."

    def save(self, path: Path) -> None:
        """Write what was asked."""
        try:
            path.write_text("\n".join(self.asked))
        except OSError as error:
            raise UserError(f"{path} cannot be written ({error.strerror}).") from None

    def set_model(self, name: str) -> str:
        """Use another model."""
        self.model = name
        return f"The model is {name}."

    @property
    def model_status(self) -> str:
        """The model."""
        return f"The model is {self.model}."


class FakePalate:
    """An application with one chat."""

    def __init__(self) -> None:
        self.conversation = FakeChat()
        self.warmed = 0
        self.store = MemoryStore()
        self.box = SimpleNamespace(catalog=Catalog.open(SPEC.name))

    def chat(self, user: str = "default") -> FakeChat:
        """The one chat."""
        return self.conversation

    def warm(self) -> None:
        """Count."""
        self.warmed += 1

    def close(self) -> None:
        """Nothing to let go of."""


def main() -> int:
    """Run the chat."""
    from palate.agent.interface.journal import start_journal
    from palate.agent.interface.repl import run_chat

    if not (catalogs_dir() / SPEC.name).exists():
        write_toy(catalogs_dir() / SPEC.name)
    start_journal()
    app: Any = FakePalate()
    return run_chat(lambda: app, catalog=SPEC.name, user="anna", plain="--plain" in sys.argv)


if __name__ == "__main__":
    sys.exit(main())
