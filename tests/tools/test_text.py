from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from palate.tools.text import fold, key, pack, tokens, unpack, words


@given(st.text())
def test_any_text_folds_and_splits(text: str) -> None:
    for word in words(text):
        assert word.folded
        assert text[word.start : word.end] == word.written
    assert key(text) == key(text)


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert tokens(" ".join(tokens(text))) == tokens(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Amélie", "amelie"),
        ("The Godfather Part II", "the godfather part 2"),
        ("Rocky V", "rocky five"),
        ("Crypt & Candle", "crypt and candle"),
        ("WALL·E", "wall-e"),
        ("Schindler’s List", "schindlers list"),
        ("Twelve Lanterns", "12 lanterns"),
        ("Łódź", "lodz"),
        ("Spider-Man", "spiderman"),
    ],
)
def test_spellings_of_one_title_share_a_key(one: str, other: str) -> None:
    assert key(one) == key(other)


@pytest.mark.parametrize(("one", "other"), [("Alien", "Aliens"), ("V for Vendetta", "5 for Vendetta")])
def test_different_titles_do_not(one: str, other: str) -> None:
    assert key(one) != key(other)


def test_scripts_without_spaces_are_split_by_character() -> None:
    assert tokens("千と千尋 film") == ["千", "と", "千", "尋", "film"]
    assert fold("한국") == "한국"


@given(
    st.lists(st.text(alphabet=st.characters(exclude_characters="\n", exclude_categories=["Cs"]), min_size=1))
)
def test_lines_survive_packing(lines: list[str]) -> None:
    assert unpack(pack(lines)) == lines
