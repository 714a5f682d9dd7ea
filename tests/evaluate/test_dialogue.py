"""The protocol dialogue on invented rows: what is asked, what is left out, and that test rows stay unseen.

Where only titles count, words change nothing.
"""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest
from palate.agent.dialogue_rank import DialogueRanker
from palate.agent.dialogues import context_of
from palate.agent.evaluate import dialogue
from palate.agent.evaluate.dialogue import (
    TEST,
    TRAIN,
    RowReader,
    difference_of,
    figures_of,
    rank_of,
    run,
)
from palate.agent.evaluate.report import render
from palate.data.errors import DataError, NoData, UserError
from palate.data.importers.redial import read_rows
from palate.tools.lexical import LexicalIndex
from palate.tools.lookup import TitleIndex

if TYPE_CHECKING:
    from pathlib import Path

    from palate.data.catalog import Catalog

MEASURES = ("recall@1", "recall@10", "recall@50", "mrr", "ndcg@10")
WORDS = ("scary", "cosy", "trading", "fiddly")


def gold(toy: Catalog, item: int, *, in_context: bool = False) -> dict[str, Any]:
    return {"title": toy.label(item), "movieId": toy.ids[item], "link": "x", "in_context": in_context}


def row(
    toy: Catalog, name: str, asked: int, answer: int, turn: int = 2, word: str = "scary"
) -> dict[str, Any]:
    """Somebody likes one game and gets another; the talk before the answer has ``turn + 1`` messages."""
    said = ["", "Hi! What do you play?", f"We loved {toy.label(asked)}, it is {word}"]
    said += [f"Try {toy.label(answer)}", "We know that"] if turn == 4 else []
    entities = [word, toy.label(asked)] + ([toy.label(answer)] if turn == 4 else [])
    named = gold(toy, answer + (1 if turn == 4 else 0))
    return {
        "dialog_id": name,
        "turn_id": turn,
        "context": said,
        "entities": entities,
        "resp": f"Try {named['title']}",
        "gold": [named],
    }


def written(folder: Path, train: list[dict[str, Any]], test: list[dict[str, Any]]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, rows in ((TRAIN, train), (TEST, test)):
        (folder / name).write_text("".join(json.dumps(each) + "\n" for each in rows), encoding="utf-8")
    return folder


def told_by_words(toy: Catalog, folder: Path, in_training: list[str], in_test: list[str]) -> Path:
    """Somebody likes game 25 and gets one of four, the n-th where they say the n-th of the words."""
    train = [
        row(toy, f"a{n}{copy}", 25, 30 + n, word=word)
        for n, word in enumerate(in_training)
        for copy in "uvwxyz"
    ]
    return written(
        folder, train, [row(toy, f"b{n}", 25, 30 + n, word=word) for n, word in enumerate(in_test)]
    )


def metrics_of(figures: dict[str, Any], method: str) -> dict[str, Any]:
    (found,) = (each["metrics"] for each in figures["rows"] if each["method"] == method)
    return found  # type: ignore[no-any-return]


class Kept(DialogueRanker):
    """Keeps every ranker that is made."""

    made: ClassVar[list[DialogueRanker]] = []

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.made.append(self)


@pytest.fixture(scope="module")
def box(toy: Catalog) -> Any:
    index = LexicalIndex.build(toy)
    return SimpleNamespace(
        catalog=toy, titles=TitleIndex.open(toy), models={}, content=None, lexical=index, encode=None
    )


@pytest.fixture(scope="module")
def box_with_vectors(box: Any, toy: Catalog, encoder: Any) -> Any:
    """The same with an encoder, to which the same words are the same and others have nothing in common."""
    content = SimpleNamespace(vectors=encoder.embed_documents(toy.documents()))
    return SimpleNamespace(
        **vars(box)
        | {"content": content, "encode": lambda text, wait=False: encoder.embed_documents([text])[0]}
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
    return written(path, train, [*test, unlinked, known])


@pytest.fixture(scope="module")
def figures(box: Any, folder: Path) -> dict[str, Any]:
    return run(box, dialogues=folder)


def test_the_figures_have_the_shape_of_every_benchmark(figures: dict[str, Any]) -> None:
    assert figures["benchmark"] == "dialogue"
    assert len(figures["split_sha256"]) == 64
    methods = ["palate", "palate/titles", "popularity", "palate/ease", "simple-mix"]
    assert [r["method"] for r in figures["rows"]] == methods
    for each in figures["rows"]:
        assert each["slice"] == "test_dev"
        # One answer has no linked item, one only names what was mentioned.
        assert each["n"] == 5
        for name in MEASURES:
            low, high = each["metrics"][f"{name}_ci95"]
            assert 0 <= low <= each["metrics"][name] <= high <= 1


def test_what_followed_in_training_is_found(figures: dict[str, Any]) -> None:
    ours, titles, *others = (r["metrics"] for r in figures["rows"])
    # The titles tell it, all say the same words.
    assert ours["recall@1"] == titles["recall@1"] == pytest.approx(0.8)
    assert ours["mrr"] > max(other["mrr"] for other in others if other is not others[-1])


def test_words_change_nothing_where_only_titles_count(
    toy: Catalog, box_with_vectors: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Words tell which game follows; the row of titles does not follow them, nor what they are trained to."""
    monkeypatch.setattr(dialogue, "DialogueRanker", Kept)
    told = told_by_words(toy, tmp_path / "told", list(WORDS), list(WORDS))
    crossed = told_by_words(toy, tmp_path / "crossed", list(WORDS), list(WORDS[::-1]))
    silent = told_by_words(toy, tmp_path / "silent", ["good"] * 4, list(WORDS))
    first, second, third = (run(box_with_vectors, dialogues=folder) for folder in (told, crossed, silent))
    assert metrics_of(first, "palate")["recall@1"] == 1
    assert metrics_of(second, "palate")["recall@1"] == 0
    titles = metrics_of(first, "palate/titles")
    assert titles["recall@1"] <= 0.25
    assert titles["recall@10"] == 1
    assert metrics_of(second, "palate/titles") == metrics_of(third, "palate/titles") == titles
    # By what it learned, too: words that tell nothing of the ranks might still have moved the weights.
    whole, of_titles = Kept.made[::2], Kept.made[1::2]
    assert not np.array_equal(whole[0].weights.slopes, whole[2].weights.slopes)
    for ranker in of_titles:
        assert np.array_equal(ranker.weights.slopes, of_titles[0].weights.slopes)
        assert not ranker.recorded.vectors.any()


def test_the_row_of_palate_says_how_far_it_is_above_titles_alone(
    toy: Catalog, box_with_vectors: Any, tmp_path: Path
) -> None:
    figures = run(box_with_vectors, dialogues=told_by_words(toy, tmp_path, list(WORDS), list(WORDS)))
    ours, titles = metrics_of(figures, "palate"), metrics_of(figures, "palate/titles")
    for name in MEASURES:
        difference = ours[f"{name}_minus_titles"]
        assert difference == pytest.approx(ours[name] - titles[name], abs=2e-4)
        low, high = ours[f"{name}_minus_titles_ci95"]
        assert low <= difference <= high
        assert f"{name}_minus_titles" not in titles
        assert f"<th>{name}_minus_titles</th>" in render(figures)
    assert ours["recall@1_minus_titles"] >= 0.75


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


def test_the_difference_is_paired_and_worked_out_by_hand() -> None:
    ranks, titles = np.array([[1, 4, 20, 2], [2, 4, 60, 1]], np.float32)
    dialogues = np.array([0, 0, 1, 2])
    figures = difference_of(ranks, titles, dialogues)
    assert figures["recall@1_minus_titles"] == 0
    assert figures["recall@10_minus_titles"] == 0
    assert figures["recall@50_minus_titles"] == 0.25
    assert figures["mrr_minus_titles"] == pytest.approx((1 / 2 + 1 / 20 - 1 / 60 - 1 / 2) / 4, abs=1e-4)
    # The same instances are found among ten, so no resample differs, however much its own recall does.
    assert figures["recall@10_minus_titles_ci95"] == [0, 0]
    # Three dialogues of one instance each that differs by one: no resample differs from another.
    ahead = difference_of(np.ones(3, np.float32), np.full(3, 99, np.float32), np.arange(3))
    assert ahead["recall@50_minus_titles_ci95"] == [1, 1]
    behind = difference_of(titles, ranks, dialogues)
    assert behind["recall@50_minus_titles"] == -0.25
    assert behind["recall@50_minus_titles_ci95"] == [
        -edge for edge in figures["recall@50_minus_titles_ci95"][::-1]
    ]


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
