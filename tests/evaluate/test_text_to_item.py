"""What a question holds and does not, that no form of document holds it, and how ranks are counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from palate.agent.evaluate import text_to_item
from palate.agent.evaluate.protocols import evaluate
from palate.agent.evaluate.redact import LEAST_WORDS, Redactor
from palate.agent.evaluate.text_to_item import N_FOLDS, questions_of, rank_of
from palate.data.catalog import Catalog, write_catalog
from palate.data.errors import UserError
from palate.tools.embedding import embed
from palate.tools.search import Relevance
from palate.tools.toolbox import Toolbox
from toy import SPEC, toy_items

if TYPE_CHECKING:
    from pathlib import Path

    from palate.tools.types import FloatArray, IntArray

STORY = (
    "{title} is a game. In {title} two farmers race over a frozen river to sell their barley, and whoever "
    "is late has to eat it in the winter of 1887, says Mara Quill."
)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The toy catalogue where every second game has a text of two sentences."""
    path = tmp_path_factory.mktemp("told") / "toy"
    items = [
        item.model_copy(update={"text": STORY.format(title=item.title)}) if place % 2 == 0 else item
        for place, item in enumerate(toy_items())
    ]
    write_catalog(SPEC, items, None, path)
    return Catalog.open(path)


def test_nothing_that_names_the_item_is_left(told: Catalog) -> None:
    item = told.item(2)
    own = item.facets["designer"]
    assert isinstance(own, tuple)
    designer, surname = own[0], own[0].split()[-1]
    other = next(name for name in told.values("designer") if name not in own)
    said = f"{item.title.upper()} by {designer} and {other} is {surname}'s best of 1987, {surname.lower()}."
    assert Redactor(told).redacted(said, item) == f"by and is best of , {surname.lower()}."


def test_questions_come_from_texts_of_two_sentences_that_are_long_enough(told: Catalog) -> None:
    asked = questions_of(told)
    assert [question.place for question in asked] == list(range(0, told.n, 2))
    for question in asked:
        assert "is a game" not in question.text
        assert not any(letter.isdigit() for letter in question.text)
        assert told.titles[question.place] not in question.text
        assert len(question.text.split()) >= LEAST_WORDS
        assert 0 <= question.fold < N_FOLDS


def test_equal_scores_share_the_middle_rank() -> None:
    scores = np.array([3, 2, 2, 2, 1], np.float32)
    assert [rank_of(scores, place) for place in range(5)] == [1, 3, 3, 3, 5]


@dataclass
class Fits:
    """Notes what every map learns from."""

    answers: list[IntArray]

    def __call__(
        self,
        documents: FloatArray,
        notes: FloatArray,
        places: IntArray,
        requests: FloatArray,
        answers: IntArray,
    ) -> Relevance:
        self.answers.append(answers)
        return Relevance.fit(documents, notes, places, requests, answers)


def test_a_form_has_its_rows_and_no_map_learns_from_what_it_is_asked(
    told: Catalog, encoder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits = Fits([])
    monkeypatch.setattr(text_to_item, "Relevance", type("Spy", (), {"fit": staticmethod(fits)}))
    seen: list[str] = []

    def noted(texts: list[str], *rest: Any) -> Any:
        seen.extend(texts)
        return embed(texts, *rest)

    monkeypatch.setattr(f"{text_to_item.__name__}.embed", noted)
    notes = {told.ids[0]: "A calm game of barley.", told.ids[2]: "Cold hands, warm bread."}
    figures = evaluate(Toolbox(told), "text-to-item", notes=notes)
    asked = questions_of(told)
    for number, answers in enumerate(fits.answers):
        fold = number % N_FOLDS
        assert set(answers.tolist()) == {q.place for q in asked if q.fold != fold}
    # What is asked is in no document: "barley" comes from the questions and one note alone.
    documents = [text for text in seen if text not in {question.text for question in asked}]
    assert sum("frozen river" in text for text in documents) == 0
    rows = {(row["slice"], row["method"]): row for row in figures["rows"]}
    assert rows["noted", "palate"]["n"] == 2
    for method in ("palate", "palate/facts-only", "palate/notes-only", "minilm", "bm25", "bm25/facts-only"):
        measured = rows["all", method]["metrics"]
        assert 0 < measured["mrr"] <= 1
        assert 0 <= measured["recall@10"] <= 1
    assert rows["all", "palate"]["metrics"]["document"] == "facts and first sentence"
    assert "ratio_to_minilm_ci95" in rows["all", "palate/facts-only"]["metrics"]
    assert len(figures["split_sha256"]) == 64


def test_items_without_texts_cannot_be_asked_for(toy: Catalog, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="text"):
        evaluate(Toolbox(toy), "text-to-item")
