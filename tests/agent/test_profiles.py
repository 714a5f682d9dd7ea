"""What is remembered of a person: the documentation's example, ages, and forgetting."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from palate.agent.app import Palate
from palate.agent.errors import UserError
from palate.agent.plan import HALF_LIFE, LEAST_KEPT, make_plan
from palate.agent.profile import Entry, Profile
from palate.agent.state import State
from palate.agent.store import MemoryStore
from palate.agent.store_sqlite import SqliteStore
from small import SmallToolbox, set_up
from toy import SPEC, toy_interactions, toy_items

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = Path(__file__).resolve().parents[2] / "docs" / "profiles.md"


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> SmallToolbox:
    return set_up(tmp_path_factory.mktemp("profiles") / "toy", toy_items(), toy_interactions(), SPEC)


@pytest.fixture
def app(box: SmallToolbox) -> Iterator[Palate]:
    with Palate.over(box, store=MemoryStore()) as opened:
        yield opened


@pytest.mark.films
def test_the_example_of_the_documentation_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from palate.data.home import home

    for name in ("catalogs", "models"):
        (tmp_path / name).symlink_to(home() / name)
    monkeypatch.setenv("PALATE_HOME", str(tmp_path))
    (example,) = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    exec(compile(example, str(DOCS), "exec"), {})
    said = capsys.readouterr().out
    assert "You know Blade Runner (1982) (you noted it" in said
    assert "You do not like Titanic (1997) (you said so" in said
    assert "Always: not musicals" in said


def test_old_likes_fade_and_do_not_vanish(box: SmallToolbox) -> None:
    import time

    now = time.time()
    ages = (0.0, HALF_LIFE, 100 * HALF_LIFE)
    entries = [Entry(item_id=f"g{n:02}", kind="like", at=now - age) for n, age in enumerate(ages)]
    weights = make_plan(box, State(), Profile(entries=tuple(entries))).taste.weights
    assert weights.tolist() == pytest.approx([1.0, 0.5, LEAST_KEPT], abs=0.01)


def test_one_item_is_forgotten_and_the_rest_stays(app: Palate) -> None:
    chat = app.chat("a")
    chat.ask("I loved Harvest Moon, and hated Iron Fleet")
    assert chat.forget("Iron Fleet (2005)") == "Forgotten: Iron Fleet (2005)."
    assert chat.forget("Iron Fleet (2005)") == "Nothing was remembered of Iron Fleet (2005)."
    assert chat.known() == [line for line in chat.known() if "Harvest Moon" in line]
    assert app.chat("a").profile().ids("dislike") == []
    with pytest.raises(UserError):
        chat.forget("Zorbulon")


def test_undo_does_not_bring_back_what_was_forgotten(app: Palate) -> None:
    chat = app.chat("a")
    chat.ask("I hated Iron Fleet")
    chat.ask("war games")
    chat.forget("Iron Fleet (2005)")
    chat.undo()
    assert chat.known() == []
    assert "g05" not in chat.session.state.rejected
    assert app.chat("a").profile().entries == ()


def test_undo_in_words_says_when_there_is_nothing(app: Palate) -> None:
    chat = app.chat("a")
    assert chat.ask("undo that").text == "There is nothing to undo."
    chat.ask("war games")
    chat.ask("only German ones")
    assert chat.ask("no wait, take that back").text.startswith("Undone.")
    assert set(chat.session.state.where) == {"theme"}
    assert chat.ask("go").intent.act != "undo"


def test_the_export_holds_all_and_is_json(app: Palate) -> None:
    chat = app.chat("a")
    chat.ask("I never play horror")
    chat.ask("I loved Harvest Moon")
    chat.ask("war games")
    kept = json.loads(json.dumps(chat.export()))
    assert [turn["text"] for turn in kept["turns"]] == [
        "I never play horror",
        "I loved Harvest Moon",
        "war games",
    ]
    assert kept["profile"][0]["item_id"] == "g02"
    assert "Always: not horror (you said so)." in chat.known()


def test_the_trace_says_what_each_limit_left(app: Palate) -> None:
    chat = app.chat("a")
    assert chat.trace().steps == ()
    chat.ask("war games under an hour")
    steps = chat.trace().steps
    left = [step.found for step in steps if step.does in ("what may be shown to you", "filter_items")]
    assert left == sorted(left, reverse=True)  # type: ignore[type-var]
    assert len(left) == 3


def test_nothing_forgotten_stays_in_the_file(box: SmallToolbox, tmp_path: Path) -> None:
    path = tmp_path / "memory.db"
    with Palate.over(box, store=SqliteStore.open(path)) as app:
        chat = app.chat("zanzibarperson")
        chat.ask("I loved Harvest Moon, something with qwertyword")
        chat.ask("recommend a game")
        chat.forget()
    files = [file for file in tmp_path.iterdir() if file.is_file()]
    assert files
    for file in files:
        content = file.read_bytes()
        assert b"zanzibarperson" not in content
        assert b"qwertyword" not in content
