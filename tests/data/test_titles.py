"""Titles: variants, natural order, and keys that see through spelling but not through sequels."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from palate.data.importers.titles import digits, key, natural, parts, plain, split_year, variants


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Usual Suspects, The", "The Usual Suspects"),
        ("Postino, Il", "Il Postino"),
        ("Uomo delle stelle, L'", "L'Uomo delle stelle"),
        ("Boot, Das", "Das Boot"),
        ("Good, the Bad, the Ugly", "Good, the Bad, the Ugly"),
        ("Alien", "Alien"),
    ],
)
def test_moved_articles_go_back(written: str, said: str) -> None:
    assert natural(written) == said


@pytest.mark.parametrize(
    ("written", "titles"),
    [
        ("Seven (Se7en)", ["Seven", "Se7en"]),
        ("City of Lost Children, The (Cité des enfants perdus, La)",
         ["The City of Lost Children", "La Cité des enfants perdus"]),
        ("Die Hard (a.k.a. Hard One, The)", ["Die Hard", "The Hard One"]),
        ("Heat (1995)", ["Heat"]),
        ("Heat", ["Heat"]),
    ],
)  # fmt: skip
def test_brackets_hold_other_titles(written: str, titles: list[str]) -> None:
    assert variants(written) == titles


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Twelve Monkeys", "12 Monkeys"),
        ("Godfather: Part II, The", "The Godfather Part 2"),
        ("Rocky V", "Rocky 5"),
        ("Nénette et Boni", "Nenette et Boni"),
        ("Cops & Robbersons", "Cops and Robbersons"),
        ("Romeo + Juliet", "Romeo and Juliet"),
        ("Once Upon a Time... When", "Once Upon a Time...When"),
        ("Sunset Blvd.", "Sunset Boulevard"),
        ("Sixth Man, The", "The 6th Man"),
        ("Mrs. Dalloway", "Mrs Dalloway"),
        ("Haine, La", "La Haine"),
    ],
)
def test_spellings_of_one_title_share_a_key(one: str, other: str) -> None:
    assert key(one) == key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Alien", "Aliens"), ("Rocky II", "Rocky III"), ("Airplane!", "Airplane II"), ("Heat", "Heathers")],
)
def test_different_titles_have_different_keys(one: str, other: str) -> None:
    assert key(one) != key(other)


def test_digits_tell_sequels_apart() -> None:
    assert digits(key("Rocky II")) == "2" != digits(key("Rocky III"))


def test_parts_stand_for_a_title() -> None:
    assert "A New Hope" in parts("Star Wars: Episode IV – A New Hope")
    assert "Star Wars" in parts("Star Wars: Episode IV – A New Hope")
    assert parts("Rudyard Kipling's The Jungle Book") == ["The Jungle Book"]
    assert parts("Heat") == []


def test_years_in_brackets_come_off() -> None:
    assert split_year("Heat (1995)") == ("Heat", 1995)
    assert split_year("2001: A Space Odyssey") == ("2001: A Space Odyssey", None)


@given(st.text(max_size=40))
@example("\N{MATHEMATICAL BOLD ITALIC CAPITAL ALPHA}")
def test_keys_are_stable(text: str) -> None:
    assert plain(plain(text)) == plain(text)
    assert key(text) == key(f" {text} ")
    assert key(text.upper().lower()) == key(text.lower())
