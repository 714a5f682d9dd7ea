"""What is understood of messages, as data over two catalogues, and as properties of any text."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from palate.agent.state import State, advance
from palate.agent.types import Intent
from palate.agent.understand import Understander
from palate.tools.lookup import TitleIndex
from scenario import load, play

if TYPE_CHECKING:
    from palate.data.catalog import Catalog

TOY = load("understand_toy")
FILMS = load("understand_films")
WORDS = """
something like Harvest Moon It not no without but and or , . ? ! horror war games shorter than newer under two
hours 90 min after before 1985 the nineties second first it why who designed loved hated seen Ada Quill
best more less too never only 3 10 % " ' ( ) - between from to any year is fine forget that
""".split()  # noqa: SIM905


@pytest.fixture(scope="module")
def toy_reader(toy: Catalog) -> Understander:
    return Understander(toy, TitleIndex.open(toy))


@pytest.fixture(scope="module")
def films_reader(films: Catalog) -> Understander:
    return Understander(films, TitleIndex.open(films))


@pytest.mark.parametrize("case", TOY, ids=[case["name"] for case in TOY])
def test_board_games(case: dict[str, Any], toy_reader: Understander, toy: Catalog) -> None:
    play(case["turns"], toy_reader, toy)


@pytest.mark.films
@pytest.mark.parametrize("case", FILMS, ids=[case["name"] for case in FILMS])
def test_films(case: dict[str, Any], films_reader: Understander, films: Catalog) -> None:
    play(case["turns"], films_reader, films)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t ",
        "\x00\x1b[31m",
        "🎲🎲",
        "\u200b\u2060",
        "?!...",
        "\ud800",
        "{{ 7*7 }}",
        "'; DROP TABLE games; --",
    ],
)
def test_nothing_asked_is_never_a_request_for_items(text: str, toy_reader: Understander) -> None:
    intent = toy_reader.understand(text)
    assert intent.act in {"unclear", "smalltalk"}
    assert not intent.constraints
    assert not intent.seeds


@pytest.mark.parametrize(
    "text", ["推荐几部像《Harvest Moon》那样的游戏", "что-нибудь вроде Harvest Moon", "ハーベスト", "مثل"]
)
def test_other_scripts_do_not_raise(text: str, toy_reader: Understander) -> None:
    assert isinstance(toy_reader.understand(text), Intent)


def test_invisible_characters_do_not_hide_a_title(toy_reader: Understander) -> None:
    (seed,) = toy_reader.understand("something like Har\u200bvest\u00a0Mo\u00adon").seeds
    assert seed.title == "Harvest Moon (1984)"


def test_only_the_beginning_of_a_huge_message_is_read(toy_reader: Understander) -> None:
    text = "something like Harvest Moon " + "not horror " * 10_000
    begun = time.process_time()
    intent = toy_reader.understand(text)
    assert time.process_time() - begun < 1
    assert [seed.title for seed in intent.seeds] == ["Harvest Moon (1984)"]


def test_surfaces_are_as_written(toy_reader: Understander) -> None:
    intent = toy_reader.understand("Something like HARVEST MOON, but Not Horror, under TWO hours")
    assert [seed.surface for seed in intent.seeds] == ["HARVEST MOON"]
    assert [c.surface for c in intent.constraints] == ["under TWO hours", "not Horror"]


def test_qualities_carry_how_they_lean(toy_reader: Understander) -> None:
    ((word, quality),) = toy_reader.understand("less scary").qualities
    assert word == "less scary"
    assert quality.avoid == {"theme": ("Horror",)}
    ((_, opposite),) = toy_reader.understand("not cosy").qualities
    assert opposite.avoid == {"theme": ("Farming",)}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(max_size=300), st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join)))
def test_any_text_is_read_and_taken_in(toy_reader: Understander, text: str) -> None:
    state = State().showing(["g00", "g01", "g02"])
    intent = toy_reader.understand(text, state)
    assert Intent.model_validate_json(intent.model_dump_json(by_alias=True)) == intent
    after = advance(state, intent)
    assert State.model_validate_json(after.model_dump_json(by_alias=True)) == after
    again = toy_reader.understand(text, state)
    assert again == intent
    for constraint in intent.constraints:
        assert len(constraint.where) == 1


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(WORDS), min_size=300, max_size=500).map(" ".join))
def test_time_is_bounded(toy_reader: Understander, text: str) -> None:
    begun = time.process_time()
    toy_reader.understand(text)
    # Some 80 ms where nothing else runs: the bound only guards against work that grows with the square.
    assert time.process_time() - begun < 2
