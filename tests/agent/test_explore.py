"""Exploration: one draw of a taste, that told tastes hardly move, and that nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest
from palate.agent.app import Palate
from palate.agent.diversity import Dial
from palate.agent.errors import UserError
from palate.agent.explore import drawn
from palate.agent.features import Taste
from palate.agent.rank import rank
from palate.agent.store import MemoryStore
from small import SmallToolbox, set_up
from toy import SPEC, toy_interactions, toy_items


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> SmallToolbox:
    return set_up(tmp_path_factory.mktemp("explore") / "toy", toy_items(), toy_interactions(), SPEC)


def taste_of(*items: int) -> Taste:
    return Taste.of(np.array(items, np.int64))


def test_the_same_draw_is_the_same_and_another_is_not(box: SmallToolbox) -> None:
    pool, scores = np.arange(40), np.linspace(1, 0, 40).astype(np.float32)
    one, same, other = (drawn(box, taste_of(3), pool, scores, seed) for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.allclose(one, other)
    assert abs(float(one.mean())) < 1e-5
    assert float(one.std()) == pytest.approx(float(scores.std()), rel=1e-3)


def test_what_was_told_moves_less(box: SmallToolbox) -> None:
    pool, scores = np.arange(box.catalog.n), np.ones(box.catalog.n, np.float32)
    scores[::2] = 0
    liked = (0, 4, 8, 12, 16)
    moved = np.std([drawn(box, taste_of(*liked), pool, scores, seed) for seed in range(60)], axis=0)
    before = np.std([drawn(box, taste_of(), pool, scores, seed) for seed in range(60)], axis=0)
    assert (moved[list(liked)] / before[list(liked)]).mean() < (moved / before).mean()


def test_at_nought_nothing_moves_and_limits_hold_at_one(box: SmallToolbox) -> None:
    everything = np.ones(box.catalog.n, bool)
    plain = rank(box, taste_of(3), everything, 10).items
    assert np.array_equal(plain, rank(box, taste_of(3), everything, 10, dial=Dial(draw=5)).items)
    allow = box.catalog.numbers("minutes") < 60
    explored = rank(box, taste_of(3), allow, 10, dial=Dial(explore=1.0, draw=5)).items
    assert allow[explored].all()


def test_a_surprise_is_another_one_each_time(box: SmallToolbox) -> None:
    with Palate.over(box, store=MemoryStore()) as app:
        chat = app.chat("a")
        first, second = (chat.ask("surprise me") for _ in range(2))
    assert first.items
    assert first.question is None
    assert not {pick.id for pick in first.items} & {pick.id for pick in second.items}


def test_the_dial_is_kept_and_checked(box: SmallToolbox) -> None:
    store = MemoryStore()
    with Palate.over(box, store=store) as app:
        assert "Exploration: 0.5" in app.chat("a").explore(0.5)
        assert app.chat("a").dial.explore == 0.5
        with pytest.raises(UserError, match="explore"):
            app.chat("a").explore(2)
