from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from palate.agent.words import split_sentences, stem, tokens


@pytest.mark.parametrize(
    "text",
    [
        "Dr. Strangelove is a comedy.",
        "Mr. Smith goes to Washington.",
        "It was made in the U.S. by one man.",
        "J. R. R. Tolkien wrote it.",
        "It scores 7.5 of 10.",
        "Wait... and see.",
        "Try it (it is short).",
        "Try “Heat”.",
    ],
)
def test_one_sentence_stays_one(text: str) -> None:
    assert split_sentences(f"{text} Next one") == ([text], "Next one")


def test_sentences_end_at_marks_before_a_capital() -> None:
    finished, rest = split_sentences("So it is! Is it? Yes… I know. Then")
    assert finished == ["So it is!", "Is it?", "Yes…", "I know."]
    assert rest == "Then"


def test_a_sentence_is_not_finished_before_what_follows_is_there() -> None:
    assert split_sentences("It scores 7.") == ([], "It scores 7.")
    assert split_sentences("He said so. ") == ([], "He said so. ")


@given(st.text(max_size=200))
def test_splitting_loses_no_words(text: str) -> None:
    finished, rest = split_sentences(text)
    assert "".join("".join([*finished, rest]).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("stars", "starring"),
        ("directed", "directs"),
        ("comedies", "comedy"),
        ("crimes", "crime"),
        ("rated", "rate"),
    ],
)
def test_forms_of_a_word_compare_equal(one: str, other: str) -> None:
    assert stem(one) == stem(other)


def test_numbers_compare_by_value() -> None:
    assert [token.stem for token in tokens("1,234 and two, 7.5 %")] == ["1234", "and", "2", "7.5", "%"]


def test_possessives_and_accents_do_not_count() -> None:
    assert [token.stem for token in tokens("Amélie’s")] == [stem("amelie")]
