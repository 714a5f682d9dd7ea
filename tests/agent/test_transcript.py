"""The committed transcript is what a fresh run gives."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from palate import Palate
from palate.agent.store import MemoryStore

from benchmarks.transcript import MOODS, REQUESTS, TRANSCRIPT, transcript

PICK = re.compile(r"^\d+\. \*\*(.+?)\*\*", re.MULTILINE)


def picks(text: str) -> list[set[str]]:
    """The picks under each request."""
    return [set(PICK.findall(part)) for part in text.split("\n## ")[1:]]


@pytest.mark.films
def test_at_most_three_of_a_hundred_and_fifty_picks_differ() -> None:
    kept = picks(Path(TRANSCRIPT).read_text(encoding="utf-8"))
    with Palate.open("films", model="none", store=MemoryStore()) as app:
        app.warm(wait=True)
        fresh = picks(transcript(app))
    assert len(kept) == len(fresh) == len((*REQUESTS, *MOODS)) == 30
    assert sum(len(then) for then in kept) == 150
    assert sum(len(then - now) for then, now in zip(kept, fresh, strict=True)) <= 3
