"""Milliseconds from a message to its picks and reasons, warm, without an LLM."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from palate import Palate
from palate.agent.events import Done, Picks, Understood
from palate.agent.store_sqlite import SqliteStore

from benchmarks.common import percentiles, row, write_result
from benchmarks.requests import requests


def main() -> None:
    """Run 200 requests, each in a fresh conversation, and write the result."""
    with tempfile.TemporaryDirectory() as folder:
        app = Palate.open("films", model="none", store=SqliteStore.open(Path(folder) / "palate.db"))
        app.warm(wait=True)
        asked = requests(app.box.catalog)
        for text in asked[:20]:
            app.chat(user="warm").ask(text)
        picks, understood, ranked = [], [], []
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
                elif isinstance(event, Done):
                    ranked.append(event.reply.timings_ms.rank)
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
