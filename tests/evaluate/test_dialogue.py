"""The protocol dialogue on invented rows: what is asked, what is left out, and that test rows stay unseen."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from palate.agent.dialogues import context_of
from palate.agent.evaluate.dialogue import TEST, TRAIN, RowReader, figures_of, rank_of, run
from palate.data.errors import DataError, NoData, UserError
from palate.data.importers.redial import read_rows
from palate.tools.lexical import LexicalIndex
from palate.tools.lookup import TitleIndex

if TYPE_CHECKING:
    from pathlib import Path

    from palate.data.catalog import Catalog


def gold(toy: Catalog, item: int, *, in_context: bool = False) -> dict[str, Any]:
    return {"title": toy.label(item), "movieId": toy.ids[item], "link": "x", "in_context": in_context}


def row(toy: Catalog, name: str, asked: int, answer: int, turn: int = 2) -> dict[str, Any]:
    """Somebody likes one game and gets another; the talk before the answer has ``turn + 1`` messages."""
    said = ["", "Hi! What do you play?", f"We loved {toy.label(asked)}, it is scary"]
    said += [f"Try {toy.label(answer)}", "We know that"] if turn == 4 else []
    entities = ["scary", toy.label(asked)] + ([toy.label(answer)] if turn == 4 else [])
    named = gold(toy, answer + (1 if turn == 4 else 0))
    return {
        "dialog_id": name,
        "turn_id": turn,
        "context": said,
        "entities": entities,
        "resp": f"Try {named['title']}",
        "gold": [named],
    }


@pytest.fixture(scope="module")
def box(toy: Catalog) -> Any:
    index = LexicalIndex.build(toy)
    return SimpleNamespace(
        catalog=toy, titles=TitleIndex.open(toy), models={}, content=None, lexical=index, encode=None
    )


@pytest.fixture(scope="module")
def folder(toy: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """In training game 30 + i follows game i for i < 8; the test asks for i < 4 and for a pair never seen."""
    path = tmp_path_factory.mktemp("rows")
    train = [row(toy, f"a{i}{copy}", i, 30 + i, turn) for i in range(8) for copy in "xyz" for turn in (2, 4)]
    test = [row(toy, f"b{i}", i, 30 + i) for i in range(4)] + [row(toy, "c", 25, 52)]
    unlinked = row(toy, "d", 1, 31)
    unlinked["gold"] = [{"title": "Nothing (1999)", "movieId": None, "in_context": False}]
    known = row(toy, "e", 1, 31)
    known["gold"] = [gold(toy, 1, in_context=True)]
    for name, rows in ((TRAIN, train), (TEST, [*test, unlinked, known])):
        (path / name).write_text("".join(json.dumps(each) + "\n" for each in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def figures(box: Any, folder: Path) -> dict[str, Any]:
    return run(box, dialogues=folder)


def test_the_figures_have_the_shape_of_every_benchmark(figures: dict[str, Any]) -> None:
    assert figures["benchmark"] == "dialogue"
    assert len(figures["split_sha256"]) == 64
    assert [r["method"] for r in figures["rows"]] == ["palate", "popularity", "palate/ease", "simple-mix"]
    for each in figures["rows"]:
        assert each["slice"] == "test_dev"
        # One answer has no linked item, one only names what was mentioned.
        assert each["n"] == 5
        for name in ("recall@1", "recall@10", "recall@50", "mrr", "ndcg@10"):
            low, high = each["metrics"][f"{name}_ci95"]
            assert 0 <= low <= each["metrics"][name] <= high <= 1


def test_what_followed_in_training_is_found(figures: dict[str, Any]) -> None:
    ours, *others = (r["metrics"] for r in figures["rows"])
    assert ours["recall@1"] == pytest.approx(0.8)
    assert ours["mrr"] > max(other["mrr"] for other in others if other is not others[-1])


def test_test_rows_are_not_learned_from(box: Any, folder: Path, tmp_path: Path, toy: Catalog) -> None:
    """Other rows to be asked leave what the training rows taught as it was."""
    for name in (TRAIN, TEST):
        (tmp_path / name).write_text((folder / name).read_text(encoding="utf-8"), encoding="utf-8")
    rows = [row(toy, f"f{n}", 25, 52) for n in range(30)]
    with (tmp_path / TEST).open("a", encoding="utf-8") as file:
        file.write("".join(json.dumps(each) + "\n" for each in rows))
    more = run(box, dialogues=tmp_path)
    before = run(box, dialogues=folder)
    for was, now in zip(before["rows"], more["rows"], strict=True):
        found = {r["method"]: r["metrics"]["recall@1"] * r["n"] for r in (was, now)}
        # The pair of the test rows is never first, however often it is asked.
        assert found[was["method"]] == pytest.approx(round(was["metrics"]["recall@1"] * 5), abs=0.01)
    assert more["split_sha256"] != before["split_sha256"]


def test_turns_name_items_and_hold_the_rest_of_the_words(toy: Catalog, box: Any, folder: Path) -> None:
    reader = RowReader(toy, box.titles)
    first = read_rows(folder / TRAIN)[0]
    turns = reader.turns(first)
    assert [turn.who for turn in turns] == ["person", "agent", "person"]
    assert turns[-1].items == (toy.ids[0],)
    assert toy.titles[0] not in turns[-1].text
    assert turns[-1].text.endswith("it is scary")
    assert context_of(toy, turns).mentioned == (0,)
    whole = reader.dialogues(read_rows(folder / TRAIN))
    assert len(whole) == 24
    assert [turn.items for turn in whole[0].turns if turn.items] == [("g00",), ("g30",), ("g31",)]


def test_ranks_leave_out_what_was_mentioned() -> None:
    scores = np.array([5.0, 4.0, 3.0, 3.0, 1.0], np.float32)
    assert rank_of(scores, (), 1) == 2
    assert rank_of(scores, (0,), 1) == 1
    assert rank_of(scores, (0, 1), 2) == 1.5
    assert rank_of(scores, (1,), 1) == np.inf


def test_figures_worked_out_by_hand() -> None:
    ranks = np.array([1, 4, 20, np.inf], np.float32)
    figures = figures_of(ranks, np.array([0, 0, 1, 2]))
    assert figures["recall@1"] == 0.25
    assert figures["recall@10"] == 0.5
    assert figures["recall@50"] == 0.75
    assert figures["mrr"] == pytest.approx((1 + 1 / 4 + 1 / 20) / 4, abs=1e-4)
    assert figures["ndcg@10"] == pytest.approx((1 + 1 / np.log2(5)) / 4, abs=1e-4)


def test_what_cannot_be_asked_says_so(toy: Catalog, box: Any, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(NoData, match="no dialogues"):
        run(box, dialogues=tmp_path / "nowhere")
    (tmp_path / TRAIN).write_text("{}\n", encoding="utf-8")
    with pytest.raises(DataError, match="Line 1"):
        read_rows(tmp_path / TRAIN)
    strange = row(toy, "x", 1, 31)
    strange["gold"][0]["movieId"] = 4711
    for name in (TRAIN, TEST):
        (tmp_path / name).write_text(json.dumps(strange) + "\n", encoding="utf-8")
    with pytest.raises(UserError, match="not about the items"):
        run(box, dialogues=tmp_path)
