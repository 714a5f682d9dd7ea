"""What is remembered of a person: the documentation's example, ages, and forgetting."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from documented import run_example
from palate.agent.app import Palate
from palate.agent.errors import UserError
from palate.agent.leanings import leanings
from palate.agent.plan import HALF_LIFE, LEAST_KEPT, make_plan
from palate.agent.profile import Entry, Profile
from palate.agent.state import State
from palate.agent.store import MemoryStore
from palate.agent.store_sqlite import SqliteStore
from small import SmallToolbox, set_up
from toy import SPEC, toy_interactions, toy_items

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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
    run_example("profiles.md", tmp_path, monkeypatch)
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


def test_what_was_asked_for_the_like_of_is_inferred_and_marked(app: Palate) -> None:
    chat = app.chat("a")
    chat.ask("something like Harvest Moon")
    assert chat.profile().ids("like") == []
    assert chat.profile().inferred == ["g02"]
    (line,) = chat.known()
    assert line.startswith("You seem to like Harvest Moon (1984) (inferred")
    assert app.chat("a").profile().inferred == ["g02"]
    assert chat.export()["profile"][0]["source"] == "inferred"


def test_what_is_told_stands_above_what_is_inferred(app: Palate) -> None:
    chat = app.chat("a")
    chat.ask("I hated Harvest Moon")
    chat.ask("something like Harvest Moon, but shorter")
    assert chat.profile().inferred == []
    assert chat.profile().ids("dislike") == ["g02"]
    chat.ask("something like Iron Fleet")
    chat.ask("I loved Iron Fleet")
    assert chat.profile().inferred == []
    assert chat.profile().ids("like") == ["g05"]


def test_a_corrected_title_is_not_inferred(app: Palate) -> None:
    chat = app.chat("a")
    chat.ask("something like Harvest")
    (first,) = chat.profile().inferred
    chat.ask("no, I meant the 2010 one" if first == "g01" else "no, I meant the 1977 one")
    (other,) = chat.profile().inferred
    assert {first, other} == {"g01", "g20"}
    assert app.chat("a").profile().inferred == [other]


def test_undo_and_forgetting_take_back_what_was_inferred(app: Palate) -> None:
    chat = app.chat("a")
    chat.ask("something like Harvest Moon")
    chat.undo()
    assert app.chat("a").profile().entries == ()
    chat.ask("something like Harvest Moon")
    chat.forget("Harvest Moon")
    assert app.chat("a").profile().entries == ()


def test_inferred_likes_count_only_where_nothing_is_said(box: SmallToolbox) -> None:
    profile = Profile().inferring(["g02"])
    taste = make_plan(box, State(), profile).taste
    assert taste.items.tolist() == [2]
    assert make_plan(box, State(query="trade"), profile).taste.items.tolist() == []
    told = profile.adding(["g05"], "like")
    assert make_plan(box, State(), told).taste.items.tolist() == [5]


def test_tastes_are_inferred_from_what_likes_share(app: Palate, box: SmallToolbox) -> None:
    chat = app.chat("a")
    war = [t for t, i in zip(box.catalog.titles, toy_items(), strict=True) if "War" in i.facets["theme"]]  # type: ignore[operator]
    for title in war[:6]:
        chat.like(box.catalog.label(box.catalog.titles.index(title)))
    assert [(of.facet, of.value, of.liked, of.likes) for of in leanings(box.catalog, chat.profile())][:1] == [
        ("theme", "War", 6, 6)
    ]
    assert "You seem to like War (inferred from 6 of your 6 likes)." in chat.known()
    assert "You seem to like War." in chat.ask("what do you know about my taste?").text


def test_likes_that_share_only_what_is_common_tell_nothing(box: SmallToolbox) -> None:
    profile = Profile().adding([box.catalog.ids[n] for n in (1, 2, 3, 4)], "like")
    assert [of.value for of in leanings(box.catalog, profile)] == []
    assert leanings(box.catalog, Profile().adding(["g01", "g02"], "like")) == []
