"""The dials through the application: as arguments, in a conversation, as settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from contracts.recommender import interactions_of
from palate.agent.app import Palate
from palate.agent.diversity import Dial
from palate.agent.errors import UserError
from palate.agent.store import MemoryStore
from palate.data.catalog import Catalog
from small import SmallToolbox, app_of, items_of, set_up

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from palate.agent.types import Reply

N_ITEMS = 40


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty items; the first are rated by nearly everybody, the last by hardly anybody."""
    rows = [(p, i, 5.0) for p in range(38) for i in range(N_ITEMS) if (p * 13 + i * 7) % N_ITEMS > i]
    folder = tmp_path_factory.mktemp("dial") / "small"
    set_up(folder, items_of(N_ITEMS), interactions_of(rows, 38, N_ITEMS))
    return folder


@pytest.fixture
def app(path: Path) -> Iterator[Palate]:
    with app_of(SmallToolbox(Catalog.open(path))) as opened:
        yield opened


def ids(reply: Reply) -> list[str]:
    return [pick.id for pick in reply.items]


def fame(app: Palate, reply: Reply) -> float:
    """How many people like the items of a reply, on average."""
    counts = np.asarray(app.box.catalog.interactions.likes(4.0).sum(axis=0)).ravel()
    return float(np.mean([counts[app.box.catalog.position(item)] for item in ids(reply)]))


def test_a_conversation_keeps_its_dial_until_it_is_taken_back(app: Palate) -> None:
    chat = app.chat("anna")
    chat.like("i5")
    plain = chat.ask("recommend something", k=8)
    assert "fresh: 0.9" in chat.fresh(0.9)
    fresh = chat.ask("recommend something", k=8)
    assert fame(app, fresh) < fame(app, plain)
    assert app.chat("anna").dial.fresh == 0.9
    assert app.chat("ben").dial.fresh == 0
    assert "fresh: 0.9" in chat.ask("what did I ask for?").text
    for _ in ("the question", "the request"):
        chat.undo()
        assert chat.dial.fresh == 0.9
    chat.undo()
    assert chat.dial.fresh == 0
    assert app.chat("anna").dial.fresh == 0
    assert ids(chat.ask("recommend something", k=8)) == ids(plain)


def test_a_new_request_keeps_the_dial_and_forgetting_does_not(app: Palate) -> None:
    chat = app.chat()
    chat.diverse(0.5)
    chat.ask("something like Thing 3")
    chat.ask("forget everything")
    assert chat.dial.diverse == 0.5
    chat.forget()
    assert chat.dial.diverse == 0


def test_arguments_are_for_one_answer(app: Palate) -> None:
    plain = app.recommend(likes=["i5"], k=8)
    assert ids(app.recommend(likes=["i5"], k=8, fresh=0.0, diverse=0.0)) == ids(plain)
    assert fame(app, app.recommend(likes=["i5"], k=8, fresh=1.0)) < fame(app, plain)
    assert ids(app.recommend(likes=["i5"], k=8, diverse=0.9)) != ids(plain)
    assert ids(app.recommend(likes=["i5"], k=8)) == ids(plain)


def test_settings_are_where_a_conversation_begins(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PALATE_FRESH", "0.4")
    box = SmallToolbox(Catalog.open(path))
    with Palate.over(box, model="none", store=MemoryStore()) as app:
        chat = app.chat()
        assert chat.dial == Dial(0.4)
        chat.fresh(-1)
        assert chat.dial == Dial(-1)


@pytest.mark.parametrize("value", [1.5, -2, float("nan"), float("inf")])
def test_a_number_out_of_range_changes_nothing(app: Palate, value: float) -> None:
    chat = app.chat()
    with pytest.raises(UserError, match="fresh is"):
        chat.fresh(value)
    with pytest.raises(UserError, match="diverse is"):
        app.recommend(likes=["i5"], diverse=value)
    assert chat.dial == Dial()
