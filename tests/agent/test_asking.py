"""One question at a time: what is asked, what an answer means, and when palate stops."""

from __future__ import annotations

import numpy as np
import pytest
from palate.agent.app import Palate
from palate.agent.asking import FAMOUS, answered, question
from palate.agent.message import read
from palate.agent.state import State
from palate.agent.store import MemoryStore
from palate.agent.types import TITLE, WHICH, Question
from palate.data.catalog import Catalog
from small import SmallToolbox, set_up
from toy import SPEC, toy_interactions, toy_items


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> SmallToolbox:
    return set_up(tmp_path_factory.mktemp("asking") / "toy", toy_items(), toy_interactions(), SPEC)


@pytest.fixture
def asked(box: SmallToolbox) -> Question:
    found = question(box.catalog, State(), np.arange(box.catalog.n), known=False)
    assert found is not None
    return found


def test_the_question_splits_what_could_be_picked(box: SmallToolbox, asked: Question) -> None:
    assert len(asked.options) == 2
    assert asked.facet in {facet.name for facet in SPEC.facets}
    for option in asked.options:
        assert option.words[0] in asked.text


def test_what_was_asked_or_settled_is_not_asked_again(box: SmallToolbox) -> None:
    state, facets = State(), []
    while (found := question(box.catalog, state, np.arange(box.catalog.n), known=False)) is not None:
        facets.append(found.facet)
        state = state.model_copy(update={"asked": (*state.asked, found.facet)})
    assert len(facets) == len(set(facets)) >= 2


@pytest.mark.parametrize(
    "changes", [{"quiet": True}, {"dismissed": 2}, {"best": True}], ids=["quiet", "dismissed", "best"]
)
def test_some_are_not_asked(box: SmallToolbox, changes: dict[str, object]) -> None:
    state = State().model_copy(update=changes)
    assert question(box.catalog, state, np.arange(box.catalog.n), known=False) is None


def test_who_is_known_is_not_asked(box: SmallToolbox) -> None:
    assert question(box.catalog, State(), np.arange(box.catalog.n), known=True) is None


@pytest.mark.parametrize(
    ("said", "place"),
    [("the first", 0), ("1", 0), ("the second one please", 1), ("b", 1), ("the latter", 1)],
)
def test_a_place_is_an_answer(asked: Question, said: str, place: int) -> None:
    intent = answered(read(said), asked)
    assert intent is not None
    assert intent.settles
    (constraint,) = intent.constraints
    assert constraint.where == asked.options[place].where


def test_the_words_of_an_option_are_an_answer(asked: Question) -> None:
    for option in asked.options:
        intent = answered(read(f"rather {option.words[0]}, please"), asked)
        assert intent is not None
        assert intent.constraints[0].where == option.where


@pytest.mark.parametrize(
    "said", ["either is fine", "I don't care", "whatever", "no preference", "you choose"]
)
def test_a_dismissal_settles_it_without_a_limit(asked: Question, said: str) -> None:
    intent = answered(read(said), asked)
    assert intent is not None
    assert intent.settles
    assert not intent.constraints


@pytest.mark.parametrize(
    "said",
    ["something like Harvest Moon", "why the second?", "games by Ada Quill under an hour", "", "thanks"],
)
def test_other_messages_are_no_answers(asked: Question, said: str) -> None:
    assert answered(read(said), asked) is None


def test_a_clear_request_is_not_ranked_again(box: SmallToolbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("ranked for a question that is not asked")

    monkeypatch.setattr("palate.agent.session.rank", never)
    with Palate.over(box, store=MemoryStore()) as app:
        assert app.chat("a").ask("something like Harvest Moon").question is None


def test_picks_come_before_any_question(box: SmallToolbox) -> None:
    with Palate.over(box, store=MemoryStore()) as app:
        kinds = [event.type for event in app.chat("a").stream("recommend a game", wait=True)]
    assert kinds.index("picks") < kinds.index("question") < kinds.index("done")


def test_a_question_outlives_a_restart(box: SmallToolbox) -> None:
    store = MemoryStore()
    with Palate.over(box, store=store) as app:
        asked = app.chat("a").ask("recommend a game").question
        assert asked is not None
        reply = app.chat("a").ask("the first")
    assert reply.intent.settles


def test_one_shot_answers_ask_nothing(box: SmallToolbox, toy: Catalog) -> None:
    with Palate.over(box, store=MemoryStore()) as app:
        assert app.recommend("games").question is None
        assert "question" not in app.recommend("games").model_dump()


def which_of_two(box: SmallToolbox) -> Question:
    """The question that is left once every facet was asked about."""
    asked = tuple(facet.name for facet in SPEC.facets)
    found = question(box.catalog, State(asked=asked), np.arange(box.catalog.n), known=False)
    assert found is not None
    return found


def test_two_well_known_items_may_be_compared(box: SmallToolbox) -> None:
    found = which_of_two(box)
    assert found.facet == WHICH
    first, second = (option.like for option in found.options)
    assert {first, second} <= {f"g{n:02}" for n in range(FAMOUS)}
    assert all(box.catalog.label(box.catalog.position(item)) in found.text for item in (first, second))
    themes = [set(box.catalog.item(box.catalog.position(item)).facets["theme"]) for item in (first, second)]  # type: ignore[arg-type]
    assert themes[0] != themes[1]


@pytest.mark.parametrize("by", ["place", "title"])
def test_who_names_one_of_two_likes_it(box: SmallToolbox, by: str) -> None:
    found = which_of_two(box)
    second = found.options[1]
    intent = answered(read("the second" if by == "place" else f"{second.words[0]} please"), found)
    assert intent is not None
    assert [mention.id for mention in intent.likes] == [second.like]
    assert not intent.wants_next


@pytest.mark.parametrize("said", ["neither", "I haven't seen either", "I don't know them", "both"])
def test_who_cannot_say_gets_other_picks(box: SmallToolbox, said: str) -> None:
    intent = answered(read(said), which_of_two(box))
    assert intent is not None
    assert intent.likes == ()
    assert intent.wants_next


def test_the_same_two_are_not_asked_of_twice(box: SmallToolbox) -> None:
    asked = (*(facet.name for facet in SPEC.facets), WHICH)
    assert question(box.catalog, State(asked=asked), np.arange(box.catalog.n), known=False) is None


def test_nobody_is_asked_whether_better_is_better(box: SmallToolbox) -> None:
    asked = tuple(facet.name for facet in SPEC.facets if facet.name != SPEC.best_by)
    found = question(box.catalog, State(asked=(*asked, WHICH)), np.arange(box.catalog.n), known=False)
    assert found is None


def test_a_title_in_another_script_is_asked_for(box: SmallToolbox) -> None:
    with Palate.over(box, store=MemoryStore()) as app:
        chat = app.chat()
        reply = chat.ask("推荐几个像《盐路》那样的")
        assert reply.items == ()
        assert reply.question is not None
        assert (reply.question.facet, reply.question.options) == (TITLE, ())
        assert "盐路" in reply.question.text
        assert [seed.id for seed in chat.ask("The Salt Road").intent.seeds] == ["g00"]
