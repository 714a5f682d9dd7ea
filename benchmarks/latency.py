"""Milliseconds from a message to its picks and reasons, and of one ranking, warm, without an LLM.

``picks`` and ``understand`` are of whole turns. ``rank`` is one person's ranking of the whole catalogue, all
tools fused: someone with one to five likes and a wish in words that is encoded already.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from palate import Palate
from palate.agent.events import Picks, Understood
from palate.agent.rank import Taste, rank
from palate.agent.store_sqlite import SqliteStore

from benchmarks.common import percentiles, row, write_result
from benchmarks.requests import WORDS, requests


def rankings(app: Palate, n: int = 200) -> list[float]:
    """Milliseconds of ``n`` rankings of everything that is not liked."""
    box, rng = app.box, np.random.default_rng(7)
    well_known = np.argsort(-box.catalog.known)[:3000]
    allow = np.ones(box.catalog.n, bool)
    spent = []
    for number in range(n + 20):
        likes = rng.choice(well_known, 1 + number % 5, replace=False).astype(np.int64)
        words = str(rng.choice(WORDS))
        taste = replace(Taste.of(likes), words=words, vector=box.encode(words, wait=True), close=0.5)
        start = time.perf_counter()
        rank(box, taste, allow, 10)
        spent.append(1000 * (time.perf_counter() - start))
    return spent[20:]


def main() -> None:
    """Run 200 requests, each in a fresh conversation, and write the result."""
    with tempfile.TemporaryDirectory() as folder:
        app = Palate.open("films", model="none", store=SqliteStore.open(Path(folder) / "palate.db"))
        app.warm(wait=True)
        asked = requests(app.box.catalog)
        for text in asked[:20]:
            app.chat(user="warm").ask(text)
        picks, understood = [], []
        shown = unrated = 0
        rated = set(app.box.catalog.interactions.items.tolist())
        for number, text in enumerate(asked):
            chat = app.chat(user=f"bench-{number}")
            start = time.perf_counter()
            for event in chat.stream(text, k=10):
                now = 1000 * (time.perf_counter() - start)
                if isinstance(event, Understood):
                    understood.append(now)
                elif isinstance(event, Picks):
                    picks.append(now)
                    shown += len(event.items)
                    unrated += sum(app.box.catalog.position(p.id) not in rated for p in event.items)
        ranked = rankings(app)
        app.close()
    rows = [
        row("palate", "picks", len(picks), **percentiles(picks)),
        row("palate", "understand", len(understood), **percentiles(understood)),
        row("palate", "rank", len(ranked), **percentiles(ranked)),
        row("palate", "unrated-share", shown, share=unrated / max(1, shown)),
    ]
    write_result("latency", "films", rows)


if __name__ == "__main__":
    main()
