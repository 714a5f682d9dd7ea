from __future__ import annotations

import math
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from palate.data.catalog import Catalog
from palate.data.errors import DataError, NoData
from palate.tools.lexical import K1, MOST_REPEATS, B, LexicalIndex, stem, terms_of, weigh

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def index(toy_path: Path, tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    path = tmp_path_factory.mktemp("lexical") / "toy"
    shutil.copytree(toy_path, path)
    return LexicalIndex.build(Catalog.open(path))


def test_weights_are_those_of_the_formula() -> None:
    """Three documents, worked out by hand from Robertson and Zaragoza's equation."""
    terms, arrays = weigh([["sea", "sea", "storm"], ["sea", "farm"], ["farm", "farm", "farm", "cow"]])
    number = terms.index("sea")
    here = slice(arrays["starts"][number], arrays["starts"][number + 1])
    rarity = math.log(1 + (3 - 2 + 0.5) / (2 + 0.5))
    mean = (3 + 2 + 4) / 3

    def weight(count: int, length: int) -> float:
        return rarity * count * (K1 + 1) / (count + K1 * (1 - B + B * length / mean))

    assert arrays["items"][here].tolist() == [0, 1]
    np.testing.assert_allclose(arrays["weights"][here], [weight(2, 3), weight(1, 2)], rtol=1e-6)


def test_scores_add_up_over_terms(index: LexicalIndex) -> None:
    both, one, other = (index.scores(text) for text in ("harvest moon", "harvest", "moon"))
    np.testing.assert_allclose(both, one + other, rtol=1e-5)


def test_a_term_said_often_counts_by_the_root_of_how_often(index: LexicalIndex) -> None:
    once = index.scores("harvest")
    np.testing.assert_allclose(index.scores("harvest harvest"), math.sqrt(2) * once, rtol=1e-6)
    np.testing.assert_allclose(index.scores("harvest " * 9), math.sqrt(MOST_REPEATS) * once, rtol=1e-6)


def test_the_best_item_has_the_words(index: LexicalIndex) -> None:
    assert index.search("harvest moon", 1).items.tolist() == [2]
    assert index.search("HARVESTS moons", 1).items.tolist() == [2]
    assert index.search("cafe bazaars", 1).items.tolist() == [6]


def test_only_allowed_items_that_share_a_word_are_found(index: LexicalIndex) -> None:
    allow = np.zeros(index.n, np.bool_)
    allow[[2, 30]] = True
    assert index.search("harvest", 10, allow).items.tolist() == [2]
    assert len(index.search("zebra", 10).items) == 0


def test_function_words_count_only_alone(index: LexicalIndex) -> None:
    np.testing.assert_array_equal(index.scores("it is a harvest"), index.scores("harvest"))
    assert index.scores("it").max() > 0


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text())
def test_any_text_scores(index: LexicalIndex, text: str) -> None:
    scores = index.scores(text)
    assert scores.shape == (index.n,)
    assert (scores >= 0).all()
    found = index.search(text, 5).scores
    assert (np.diff(found) <= 0).all()


@pytest.mark.parametrize(
    ("word", "stemmed"),
    [("films", "film"), ("comedies", "comedy"), ("glass", "glass"), ("bus", "bus"), ("horses", "horse"),
     ("it", "it"), ("shoes", "shoe"), ("gas", "gas")],
)  # fmt: skip
def test_plurals_become_singulars(word: str, stemmed: str) -> None:
    assert stem(word) == stemmed


def test_terms_fold_accents_and_split_scripts_without_spaces() -> None:
    assert terms_of("Café 千と") == ["cafe", "千", "と"]


def test_the_stored_index_answers_like_the_built_one(toy_path: Path, tmp_path: Path) -> None:
    shutil.copytree(toy_path, tmp_path / "toy", ignore=shutil.ignore_patterns("artifacts"))
    catalog = Catalog.open(tmp_path / "toy")
    with pytest.raises(NoData, match="palate setup --catalog toy"):
        LexicalIndex.open(catalog)
    built = LexicalIndex.build(catalog)
    np.testing.assert_array_equal(LexicalIndex.open(catalog).scores("war"), built.scores("war"))
    (tmp_path / "toy" / "artifacts" / "lexical" / "arrays.safetensors").write_bytes(b"x")
    with pytest.raises(DataError, match="palate setup --catalog toy"):
        LexicalIndex.open(catalog)


def test_no_documents_are_no_trouble() -> None:
    terms, arrays = weigh([])
    assert terms == []
    assert LexicalIndex(0, terms, arrays).search("anything", 3).items.tolist() == []
