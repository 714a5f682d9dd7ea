"""Write docs/transcript.md: thirty requests and their picks, without an LLM, from a fresh run."""

from __future__ import annotations

import sys
from pathlib import Path

from palate import Palate
from palate.agent import say
from palate.agent.store import MemoryStore

from benchmarks.common import ROOT
from benchmarks.requests import WRITTEN

TRANSCRIPT = ROOT / "docs" / "transcript.md"
K = 5
REQUESTS = (
    *WRITTEN[:7],
    "something like Amelie",
    "French comedies under 100 minutes",
    "I loved Toy Story and Finding Nemo",
    "something like The Godfather, but not in English",
    "the best science fiction from the seventies",
    "with Sigourney Weaver, but no horror",
    "a scary film under 95 minutes",
    "something like Seven Samurai",
    "romantic comedies from the 2000s",
    "a war film that is not American",
    "something like Casablanca",
    "documentaries about music",
    "the best of Hitchcock before 1960",
)
MOODS = (
    "a slow-burn horror in space",
    "a heist with a twist",
    "a gentle film about grief",
    "something like Alien, but less gory",
    "something feel-good for a rainy Sunday",
    "something like Seven, but not so dark",
    "a funny film about death",
    "films set in Paris in the fifties",
    "nothing too scary, but eerie",
    "a dreamy film about being lonely in a big city",
)
"""What palate's notes are for."""


def transcript(app: Palate) -> str:
    """The thirty requests with their picks, as Markdown; each in a conversation of its own."""
    lines = ["# Thirty requests", "", "Written by `make transcript`: the default catalogue, without a model."]
    for number, text in enumerate((*REQUESTS, *MOODS)):
        reply = app.chat(user=f"transcript-{number}").ask(text, k=K)
        lines += [
            "",
            f"## {text}",
            *(f"*{notice}*" for notice in say.notices(app.box.catalog.spec, reply.intent)),
        ]
        lines += ["", *(line for line in say.listed(reply))]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the file; with ``-`` as argument, print it instead."""
    with Palate.open("films", model="none", store=MemoryStore()) as app:
        app.warm(wait=True)
        text = transcript(app)
    if sys.argv[1:] == ["-"]:
        print(text)
    else:
        Path(TRANSCRIPT).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
