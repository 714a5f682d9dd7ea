"""How a conversation's state follows from its messages."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from palate.agent.state import EVERYTHING, MAX_SHOWN, State, added, advance, merged
from palate.agent.types import Constraint, Intent, Mention
from palate.data.schema import Quality
from palate.tools.types import Bound
from pydantic import ValidationError


def limit(facet: str = "year", *, lasting: bool = False, **sides: Any) -> Constraint:
    return Constraint(surface=facet, where={facet: Bound(**sides)}, lasting=lasting)


def ask(**parts: Any) -> Intent:
    return Intent(act=parts.pop("act", "recommend"), **parts)


def item(item_id: str, surface: str = "") -> Mention:
    return Mention(id=item_id, title=item_id.upper(), surface=surface or item_id)


def after(*intents: Intent) -> State:
    state = State()
    for intent in intents:
        state = advance(state, intent)
    return state


@pytest.mark.parametrize(
    ("first", "second", "held"),
    [
        ({"gt": 1985}, {"lt": 2000}, {"gt": 1985, "lt": 2000}),
        ({"gt": 1985}, {"gte": 1990}, {"gte": 1990}),
        ({"gte": 1990, "lte": 1999}, {"gte": 1970, "lte": 1979}, {"gte": 1970, "lte": 1979}),
        ({"gt": 1990}, {"lt": 1980}, {"lt": 1980}),
        ({"lt": 1980}, {"gte": 1980}, {"gte": 1980}),
        ({"any_of": ("A",)}, {"any_of": ("B",)}, {"any_of": ("B",)}),
        ({"any_of": ("A", "B")}, {"none_of": ("A",)}, {"any_of": ("B",), "none_of": ("A",)}),
        ({"none_of": ("A",)}, {"none_of": ("B",)}, {"none_of": ("A", "B")}),
        ({"none_of": ("A", "B")}, {"any_of": ("A",)}, {"any_of": ("A",), "none_of": ("B",)}),
        ({"all_of": ("A", "B")}, {"any_of": ("C",)}, {"any_of": ("C",)}),
    ],
)
def test_a_new_constraint_replaces_what_it_speaks_about(first: Any, second: Any, held: Any) -> None:
    state = after(ask(constraints=(limit(**first),)), ask(constraints=(limit(**second),)))
    assert state.where == {"year": Bound(**held)}


def test_constraints_on_other_facets_stay() -> None:
    state = after(ask(constraints=(limit(gt=1985),)), ask(constraints=(limit("genre", none_of=("A",)),)))
    assert state.where == {"year": Bound(gt=1985), "genre": Bound(none_of=("A",))}


def test_a_dropped_facet_is_free_again() -> None:
    state = after(ask(constraints=(limit(gt=1985), limit("genre", any_of=("A",)))), ask(drop=("year",)))
    assert state.where == {"genre": Bound(any_of=("A",))}


def test_a_new_topic_keeps_only_what_lasts() -> None:
    before = ask(
        seeds=(item("a"),),
        constraints=(limit(gt=1985), limit("genre", lasting=True, none_of=("A",))),
        qualities=(("dark", Quality(words=("dark",))),),
        query="space",
        best=True,
        k=3,
    )
    state = after(before, ask(seeds=(item("b"),), drop=(EVERYTHING,)))
    assert [seed.id for seed in state.seeds] == ["b"]
    assert state.where == {"genre": Bound(none_of=("A",))}
    assert (state.qualities, state.query, state.best, state.k) == ((), "", False, None)


def test_reset_drops_the_request_and_remembers_what_was_shown() -> None:
    state = after(ask(seeds=(item("a"),), query="space")).showing(["x", "y"])
    state = advance(state, ask(act="reset"))
    assert not state.has_request
    assert state.ever_shown == ("x", "y")


@pytest.mark.parametrize("act", ["smalltalk", "unclear", "why", "ask"])
def test_talk_changes_nothing_that_was_asked(act: str) -> None:
    state = after(ask(seeds=(item("a"),), constraints=(limit(gt=1985),)))
    said = advance(state, ask(act=act, seeds=(item("b"),)))
    assert (said.seeds, said.where) == (state.seeds, state.where)
    assert said.turn == state.turn + 1


def test_seeds_of_the_same_words_correct_others_replace() -> None:
    state = after(ask(seeds=(item("fly86", "The Fly"), item("alien", "Alien"))))
    corrected = advance(state, ask(seeds=(item("fly58", "the fly"),)))
    assert [seed.id for seed in corrected.seeds] == ["fly58", "alien"]
    replaced = advance(state, ask(seeds=(item("heat", "Heat"),)))
    assert [seed.id for seed in replaced.seeds] == ["heat"]


def test_a_disliked_seed_is_none_any_more() -> None:
    state = after(ask(seeds=(item("a"), item("b"))), ask(act="feedback", dislikes=(item("a"),)))
    assert [seed.id for seed in state.seeds] == ["b"]
    assert state.rejected == ("a",)


def test_words_add_up() -> None:
    assert after(ask(query="heist"), ask(query="in space"), ask(query="space")).query == "heist in space"


def test_the_item_spoken_of_is_in_focus() -> None:
    state = State().showing(["a", "b", "c"])
    assert state.focus is None
    assert State().showing(["a"]).focus == "a"
    assert advance(state, ask(act="why", target=2)).focus == "b"
    assert advance(state, ask(act="ask", seeds=(item("z"),))).focus == "z"
    assert advance(state, ask(act="ask", target=9)).focus is None


def test_shown_items_are_remembered_once_and_not_without_end() -> None:
    state = State().showing(["a", "b"]).showing(["b", "c"])
    assert state.shown == ("b", "c")
    assert state.ever_shown == ("a", "b", "c")
    many = State()
    for start in range(0, 2 * MAX_SHOWN, 10):
        many = many.showing([str(number) for number in range(start, start + 10)])
    assert len(many.ever_shown) == MAX_SHOWN
    assert many.ever_shown[-1] == str(2 * MAX_SHOWN - 1)


def test_advance_leaves_its_argument_alone() -> None:
    state = after(ask(seeds=(item("a"),)))
    copy = state.model_copy(deep=True)
    advance(state, ask(seeds=(item("b"),), constraints=(limit(gt=1),), drop=(EVERYTHING,)))
    assert state == copy
    with pytest.raises(ValidationError):
        state.turn = 7  # type: ignore[misc]


VALUES = st.lists(st.sampled_from("ABC"), max_size=2, unique=True).map(tuple)
YEARS = st.none() | st.integers(1950, 2010).map(float)
BOUNDS = st.builds(Bound, gt=YEARS, lte=YEARS, any_of=VALUES, none_of=VALUES)
CONSTRAINTS = st.builds(
    lambda facet, bound: Constraint(surface=facet, where={facet: bound}), st.sampled_from("fg"), BOUNDS
)


@given(st.lists(CONSTRAINTS, max_size=6), CONSTRAINTS)
def test_the_latest_constraint_always_holds(old: list[Constraint], new: Constraint) -> None:
    ((facet, bound),) = new.where.items()
    held = merged(added(added([], old), [new]))[facet]
    if bound.gt is not None:
        assert (held.gt, held.gte) == (bound.gt, None)
    if bound.lte is not None:
        assert (held.lte, held.lt) == (bound.lte, None)
    if bound.any_of:
        assert held.any_of == bound.any_of
    assert set(bound.none_of) <= set(held.none_of)
    assert not set(held.any_of) & set(bound.none_of) - set(bound.any_of)


@given(st.lists(st.lists(CONSTRAINTS, max_size=3).map(tuple), max_size=5))
def test_a_state_survives_json(said: list[tuple[Constraint, ...]]) -> None:
    state = after(*(ask(constraints=constraints) for constraints in said)).showing(["a"])
    assert State.model_validate_json(state.model_dump_json(by_alias=True)) == state
