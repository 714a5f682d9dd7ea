"""Reasons of every kind, and what each is built from, in catalogues whose numbers are worked out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from palate.agent import counterfactual
from palate.agent.explain import MAX_REASONS, Basis, explain, holds, near
from palate.agent.plan import make_plan
from palate.agent.profile import Profile
from palate.agent.state import State
from palate.agent.types import Mention, Reason
from palate.data.catalog import Catalog, Interactions, write_catalog
from palate.data.schema import CatalogSpec, Facet, Item
from palate.tools.collaborative import UserKNN
from palate.tools.types import Bound
from small import app_of, set_up
from toy import SPEC as GAMES
from toy import toy_interactions, toy_items

if TYPE_CHECKING:
    from collections.abc import Iterator

    from palate.agent.app import Palate

SPEC = CatalogSpec(
    name="tiny",
    noun="film",
    plural="films",
    facets=(
        Facet(name="maker", label="maker", kind="name", multiple=True, verb="made by", weight=3.0),
        Facet(name="length", label="length", kind="number", unit="min", less=("shorter",), more=("longer",)),
        Facet(
            name="gore",
            label="gore",
            kind="number",
            judged=True,
            grades=("none", "mild", "heavy"),
            less=("less gory",),
            more=("gorier",),
        ),
    ),
    like_at=4.0,
)
A, B, C, D, E = range(5)
ITEMS = [
    Item(id="a", title="Amber", facets={"maker": ("Mo",), "length": 120, "gore": 2}, known=0.9),
    Item(id="b", title="Basalt", facets={"maker": ("Nell",), "length": 90, "gore": 1}, known=0.8),
    Item(
        id="c",
        title="Cobalt",
        text="A slow film about a harbour. Fog, gulls and an old pilot who waits for a ship all winter.",
        facets={"maker": ("Nell",), "length": 100},
        known=0.7,
    ),
    Item(id="d", title="Dolomite", facets={"maker": ("Otto",), "length": 130, "gore": 0}, known=0.6),
    Item(id="e", title="Emerald", facets={"maker": ("Mo",), "length": 95}, known=0.5),
    *(Item(id=f"z{n}", title=f"Zinc {n}", facets={"maker": (f"Z{n}",)}, known=0.1) for n in range(20)),
]
# Twenty people. The first eight like Amber, six of them Basalt too, one more likes Basalt. Dolomite is liked
# by 0-4, 8 and 9. Nobody rated Cobalt and Emerald.
LIKED = {A: range(8), B: (0, 1, 2, 3, 4, 5, 8), D: (0, 1, 2, 3, 4, 8, 9)}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    path = tmp_path_factory.mktemp("explained") / "tiny"
    pairs = [(person, item) for item, people in LIKED.items() for person in people]
    pairs += [(person, 5 + person % 20) for person in range(20)]
    people, items = (np.array(column) for column in zip(*pairs, strict=True))
    ratings = np.full(len(pairs), 5.0)
    write_catalog(SPEC, ITEMS, Interactions.of(people, items, ratings, n_people=20, n_items=len(ITEMS)), path)
    return Catalog.open(path)


def only(reasons: tuple[Reason, ...], kind: str) -> Reason:
    (found,) = [reason for reason in reasons if reason.kind == kind]
    return found


def kinds(reasons: tuple[Reason, ...]) -> set[str]:
    return {reason.kind for reason in reasons}


def changed(reason: Reason, **evidence: Any) -> Reason:
    return reason.model_copy(update={"evidence": reason.evidence | evidence})


class TestNeighbours:
    def test_people_of_the_same_taste_are_counted(self, tiny: Catalog) -> None:
        basis = Basis(likes=(A, B, C))
        people = near(UserKNN.fit(tiny.interactions), basis)
        assert people is not None
        # Whoever rated Amber or Basalt is near: 0 to 8, and 0-4 and 8 of these like Dolomite, as 9 does.
        told = only(explain(tiny, D, basis, people), "neighbours")
        assert told.text == "6 of the 9 people whose taste is nearest to yours rated it 4 or more"
        assert told.evidence == {
            "likes": ("a", "b", "c"),
            "nearest": 9,
            "likers": 6,
            "item_likers": 7,
            "people": 20,
        }
        assert holds(tiny, D, told)
        assert not holds(tiny, D, changed(told, likers=7))
        assert not holds(tiny, A, told)

    def test_one_or_two_likes_are_no_taste(self, tiny: Catalog) -> None:
        model = UserKNN.fit(tiny.interactions)
        assert near(model, Basis(likes=(A, B))) is None
        assert near(model, Basis(likes=(A, B, D), inferred=True)) is None
        assert near(model, Basis(likes=(5, 6, 7))) is not None


class TestPaths:
    def test_over_people_then_over_a_name(self, tiny: Catalog) -> None:
        # Nobody rated Cobalt, and it shares no value with Amber; six of the eight who like Amber like Basalt.
        told = only(explain(tiny, C, Basis(seeds=(A,))), "graph_path")
        assert told.text == (
            "Made by Nell, like Basalt, which 6 of the 8 people who rated Amber 4 or more"
            " also rated 4 or more"
        )
        assert (told.evidence["first"], told.evidence["bridge"], told.evidence["both"]) == ("people", "b", 6)
        # 6/8 of the weight 3 · (1 - log 2 / log 25)
        assert told.evidence["strength"] == pytest.approx(0.75 * 3 * (1 - np.log(2) / np.log(25)), abs=1e-3)
        assert holds(tiny, C, told)
        assert not holds(tiny, D, told)
        assert not holds(tiny, C, changed(told, both=7))
        assert not holds(tiny, C, changed(told, values=("Otto",)))

    def test_over_a_name_then_over_people(self, tiny: Catalog) -> None:
        # Nobody rated Emerald, made by Mo like Amber; five of the eight who like Amber like Dolomite.
        told = only(explain(tiny, D, Basis(seeds=(E,))), "graph_path")
        assert told.text == (
            "5 of the 8 people who rated Amber 4 or more also rated it 4 or more,"
            " and Amber is made by Mo, like Emerald"
        )
        assert told.evidence["first"] == "name"
        assert holds(tiny, D, told)
        assert not holds(tiny, B, told)

    def test_no_path_where_the_seed_says_it_itself(self, tiny: Catalog) -> None:
        assert "graph_path" not in kinds(explain(tiny, B, Basis(seeds=(A,))))  # liked by the same people
        assert "graph_path" not in kinds(explain(tiny, A, Basis(seeds=(E,))))  # the maker is shared


class TestQuotes:
    def test_the_span_that_answers_is_quoted_with_its_place(self, tiny: Catalog) -> None:
        told = only(explain(tiny, C, Basis(words="an old pilot in the fog")), "quote")
        text = tiny.item(C).text
        assert text[told.evidence["start"] : told.evidence["end"]] == told.evidence["text"]
        assert told.text == "Its text says “Fog, gulls and an old pilot who waits”"
        assert told.evidence["answers"] == ("pilot", "fog")
        assert holds(tiny, C, told)
        assert not holds(tiny, A, told)
        assert not holds(tiny, C, changed(told, answers=("pilot", "gold")))

    def test_half_a_word_does_not_hold(self, tiny: Catalog) -> None:
        told = only(explain(tiny, C, Basis(words="an old pilot in the fog")), "quote")
        cut = changed(told, end=told.evidence["end"] - 1, text=told.evidence["text"][:-1])
        assert not holds(tiny, C, cut)

    @pytest.mark.parametrize("words", ["a heist in a bank", "the", "a spaceship with a pilot and robots"])
    def test_nothing_is_quoted_that_does_not_answer(self, tiny: Catalog, words: str) -> None:
        assert "quote" not in kinds(explain(tiny, C, Basis(words=words)))


class TestContrasts:
    def test_with_what_was_turned_down(self, tiny: Catalog) -> None:
        basis = Basis(seeds=(A,), turned_down=(D,), where={"length": Bound(lt=130)})
        told = only(explain(tiny, B, basis), "contrast")
        assert told.text == "Shorter than Dolomite, which you turned down (90 min against 130 min)"
        assert holds(tiny, B, told)
        assert not holds(tiny, A, told)
        assert not holds(tiny, B, changed(told, side="more"))

    def test_with_a_seed_and_by_a_note(self, tiny: Catalog) -> None:
        told = only(explain(tiny, B, Basis(seeds=(A,), where={"gore": Bound(lt=2)})), "contrast")
        assert told.text == "Less gory than Amber (mild against heavy, by palate's notes)"
        assert holds(tiny, B, told)

    def test_only_of_what_was_asked_about_and_only_with_what_does_not_fit(self, tiny: Catalog) -> None:
        assert "contrast" not in kinds(explain(tiny, B, Basis(seeds=(A,), turned_down=(D,))))
        assert "contrast" not in kinds(explain(tiny, B, Basis(seeds=(A,), where={"length": Bound(lt=200)})))
        # Of Cobalt's gore nothing is known.
        assert "contrast" not in kinds(explain(tiny, B, Basis(seeds=(C,), where={"gore": Bound(lt=2)})))


@pytest.fixture(scope="module")
def games(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Palate]:
    box = set_up(tmp_path_factory.mktemp("why") / "toy", toy_items(), toy_interactions(), GAMES)
    with app_of(box) as app:
        yield app


class TestWithout:
    def test_why_says_where_a_pick_would_stand_without_a_seed(self, games: Palate) -> None:
        catalog, chat = games.box.catalog, games.chat("why")
        shown = chat.ask("something like Iron Fleet", k=5)
        assert not any(reason.kind == "counterfactual" for pick in shown.items for reason in pick.reasons)
        said = chat.ask("why 1")
        (pick,) = said.items
        told = only(pick.reasons, "counterfactual")
        assert told.text in said.text
        assert told.text.startswith("Without Iron Fleet, which you asked for the like of, this would be ")
        assert told.evidence["place"] == 1
        position, plan = catalog.position(pick.id), chat.session.plan()
        again = counterfactual.again(games.box, plan, position)
        assert holds(catalog, position, told, again)
        assert not holds(catalog, position, changed(told, would_be=told.evidence["would_be"] + 1), again)
        assert not holds(catalog, position, told)  # without a ranking nobody can tell

    def test_the_numbers_are_those_of_two_rankings(self, games: Palate) -> None:
        box = games.box
        seed = box.catalog.ids[5]
        state = State(seeds=(Mention(id=seed, title="Iron Fleet", surface="Iron Fleet"),))
        profile = Profile().adding([box.catalog.ids[4]], "like", "said")
        plan = make_plan(box, state, profile)
        position = next(at for at in range(50) if counterfactual.strongest(box, plan, at) is not None)
        told = counterfactual.strongest(box, plan, position)
        assert told is not None
        assert 1 <= told.place < told.would_be <= told.of == box.catalog.n - 2
        assert counterfactual.again(box, plan, position)(told) == told

    def test_a_list_that_a_dial_has_moved_has_no_such_places(self, games: Palate) -> None:
        chat = games.chat("dialled")
        chat.ask("something like Iron Fleet", k=5)
        chat.diverse(0.5)
        (pick,) = chat.ask("why 1").items
        assert "counterfactual" not in kinds(pick.reasons)


def test_reasons_are_few_start_with_two_kinds_and_all_hold(games: Palate) -> None:
    catalog = games.box.catalog
    found: set[str] = set()
    requests = {
        "a": ("I love Iron Fleet, Crypt & Candle and Harvest Moon", "recommend me something"),
        "b": ("something like Iron Fleet but shorter",),
        "c": ("a calm puzzle about farming",),
    }
    for user, messages in requests.items():
        chat = games.chat(user)
        for message in messages:
            reply = chat.ask(message, k=8)
        assert reply.items
        for pick in reply.items:
            assert 1 <= len(pick.reasons) <= MAX_REASONS
            assert all(holds(catalog, catalog.position(pick.id), reason) for reason in pick.reasons)
            found |= kinds(pick.reasons)
    assert {"co_liking", "contrast", "quote"} <= found
