"""Whole set-ups of catalogues too small or too odd to learn from: a defined answer or a clear error."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
from contracts.recommender import interactions_of
from palate.agent.errors import PalateError, UserError
from small import app_of, items_of, set_up

if TYPE_CHECKING:
    from pathlib import Path

    from palate.agent.types import Reply

Rows = list[tuple[int, int, float]]

EVERYBODY_LIKES_ALL: Rows = [(person, item, 5.0) for person in range(60) for item in range(3)]
WORLDS: dict[str, tuple[int, int, Rows]] = {
    "three items, nobody": (3, 0, []),
    "three items, one person": (3, 1, [(0, 0, 5.0), (0, 1, 2.0)]),
    "three items, sixty people who like all": (3, 60, EVERYBODY_LIKES_ALL),
    "three items, one of them unrated": (3, 9, [(p, p % 2, 5.0) for p in range(9)]),
    "three items, everything rated low": (3, 9, [(p, i, 1.0) for p in range(9) for i in range(3)]),
    "one item, nobody": (1, 0, []),
    "one item, sixty people": (1, 60, [(p, 0, 5.0) for p in range(60)]),
    "ten items, forty people who like all": (10, 40, [(p, i, 5.0) for p in range(40) for i in range(10)]),
    "people without history": (4, 50, [(0, 0, 5.0), (0, 1, 5.0)]),
    "negative ratings": (4, 8, [(p, i, -5.0 + i * 3) for p in range(8) for i in range(4)]),
}


@pytest.mark.parametrize("name", WORLDS)
def test_every_request_gets_a_defined_answer(name: str, tmp_path: Path) -> None:
    n_items, n_people, rows = WORLDS[name]
    interactions = interactions_of(rows, n_people, n_items) if n_people else None
    with app_of(set_up(tmp_path / "small", items_of(n_items), interactions)) as app:
        ids = [f"i{at}" for at in range(n_items)]
        for likes in ([], ids[:1], ids[1:], [ids[0], ids[0]]):
            for fresh, diverse in ((0.0, 0.0), (1.0, 1.0), (-1.0, 0.5)):
                reply = app.recommend(likes=likes, k=100, fresh=fresh, diverse=diverse)
                check(reply, {*ids} - {*likes})
        check(app.recommend(dislikes=ids[:1], k=2), {*ids[1:]})
        assert app.recommend(likes=ids).items == ()
        with pytest.raises(UserError, match="i99"):
            app.recommend(likes=["i99"])
        chat = app.chat()
        for text in ("", "anything", "something like Thing 0", "more", "why the first?", "the best"):
            with contextlib.suppress(PalateError):
                assert chat.ask(text).text or chat.ask(text).items


def check(reply: Reply, allowed: set[str]) -> None:
    """All that is allowed, each once, with finite scores and a reason; or an honest nothing."""
    found = [pick.id for pick in reply.items]
    assert len(found) == len(set(found))
    assert set(found) <= allowed
    assert len(found) == min(len(allowed), 100) or len(found) == 2
    assert all(np.isfinite(pick.score) and pick.reasons for pick in reply.items)
    assert reply.text


def test_feedback_changes_the_very_next_answer(tmp_path: Path) -> None:
    # Two tastes: even people like i0–i4, odd ones i5–i9. Nothing is trained between the answers.
    rows: Rows = [(p, i, 5.0 if (i < 5) == (p % 2 == 0) else 1.0) for p in range(30) for i in range(10)]
    with app_of(set_up(tmp_path / "small", items_of(10), interactions_of(rows, 30, 10))) as app:
        chat = app.chat()
        chat.like("i0")
        first = {pick.id for pick in chat.ask("recommend something", k=4).items}
        assert first == {"i1", "i2", "i3", "i4"}
        chat.undo()
        chat.undo()
        chat.like("i9")
        second = {pick.id for pick in chat.ask("recommend something", k=4).items}
        assert len(second & {"i5", "i6", "i7", "i8"}) >= 3
