"""What notes are good for: wishes, comparisons, questions, reasons; in a catalogue where not all have one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from palate.agent.explain import holds
from palate.data.notes import vocabulary, with_notes
from palate.data.schema import CatalogSpec, Facet, Item, Quality
from palate.tools.filters import describe
from palate.tools.types import Bound
from small import app_of, set_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from palate.agent.app import Palate

SPEC = with_notes(
    CatalogSpec(
        name="small",
        noun="film",
        plural="films",
        facets=(
            Facet(name="genre", label="genre", kind="category", multiple=True),
            Facet(name="year", label="year", kind="year"),
        ),
        qualities=(Quality(words=("heist",), prefer={"genre": ("Crime",)}),),
        title_describes=False,
    ),
    vocabulary(),
)
GRADES = {"violence": 1, "gore": 1, "dread": 1, "humour": 1, "warmth": 1, "pace": 1}


def noted(name: str, genre: str, **note: Any) -> Item:
    """A film with a note; grades that are not given are 1."""
    about = f"What happens in {name} happens to somebody who did not ask for it, and it is good to watch."
    terms = {"mood": ("charming",), "theme": ("trust",), "setting": ("London",)}
    facets = {
        "genre": (genre,),
        "year": 1990,
        **GRADES,
        **terms,
        "about": about,
        "suits": "People who like it.",
    }
    return Item(id=name.lower(), title=name, facets=facets | note, known=0.5)


def bare(name: str, genre: str) -> Item:
    """A film of which only facts are known."""
    return Item(id=name.lower(), title=name, facets={"genre": (genre,), "year": 1990}, known=0.5)


FILMS = [
    noted("Redwater", "Horror", gore=3, dread=3, mood=("chilling",), theme=("ghosts", "grief")),
    noted("Bluefall", "Horror", gore=1, dread=3, mood=("eerie",), theme=("ghosts",)),
    noted("Greenmoor", "Horror", gore=0, dread=2, mood=("gentle",), theme=("grief", "family")),
    noted("Amberline", "Crime", theme=("heist", "twist"), pace=3),
    noted("Whitelaw", "Crime", theme=("justice",)),
    noted("Greyson", "Comedy", humour=3, mood=("witty",), theme=("friendship",)),
    bare("Blackstone", "Crime"),
    bare("Brownlow", "Comedy"),
    bare("Violette", "Horror"),
]
NOTED = {"redwater", "bluefall", "greenmoor", "amberline", "whitelaw", "greyson"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Palate]:
    with app_of(set_up(tmp_path_factory.mktemp("noted") / "small", FILMS, None, SPEC)) as app:
        yield app


def ids(app: Palate, text: str) -> list[str]:
    return [pick.id for pick in app.recommend(text, k=9).items]


def test_a_wish_leans_and_leaves_the_others_in(app: Palate) -> None:
    found = ids(app, "a film about grief")
    assert set(found[:2]) == {"redwater", "greenmoor"}
    assert len(found) == len(FILMS)


def test_facts_stand_in_for_items_without_a_note(app: Palate) -> None:
    found = ids(app, "a heist")
    # The note of Whitelaw says what it is about, and that is no heist.
    assert found[:2] == ["amberline", "blackstone"]


def test_what_is_unwanted_filters_and_an_item_without_a_note_is_not_taken_to_have_it(app: Palate) -> None:
    assert set(ids(app, "horror without ghosts")) == {"greenmoor", "violette"}


def test_less_is_less_than_the_named_one_and_known_to_be(app: Palate) -> None:
    assert set(ids(app, "something like Redwater, but less gory")) == NOTED - {"redwater"}
    reply = app.recommend("something like Bluefall, but less gory", k=9)
    assert [pick.id for pick in reply.items] == ["greenmoor"]
    (limit,) = [reason for reason in reply.items[0].reasons if reason.kind == "constraint"]
    assert "gore none" in limit.text


def test_more_than_the_most_means_as_much(app: Palate) -> None:
    assert ids(app, "like Redwater but scarier") == ["bluefall"]


def test_no_gore_is_a_limit_and_slow_a_wish(app: Palate) -> None:
    assert ids(app, "no gore") == ["greenmoor"]
    assert len(ids(app, "a slow film")) == len(FILMS)
    assert ids(app, "a fast-paced film")[0] == "amberline"


def test_reasons_say_what_the_note_says_and_can_be_recomputed(app: Palate) -> None:
    reply = app.recommend("a gentle film about grief", k=9)
    catalog = app.box.catalog
    first = reply.items[0]
    assert first.id == "greenmoor"
    told = {reason.kind: reason for reason in first.reasons}
    assert told["noted"].text == "Palate's note: gentle; about grief"
    assert told["note"].text.startswith("What happens in Greenmoor")
    assert "palate's note" in told["note"].text
    for pick in reply.items:
        assert all(holds(catalog, catalog.position(pick.id), reason) for reason in pick.reasons)
    for kind in ("noted", "note"):
        assert not holds(catalog, catalog.position("bluefall"), told[kind])


def test_items_without_a_note_are_never_said_to_have_one(app: Palate) -> None:
    for pick in app.recommend("a gentle film about grief", k=9).items:
        if pick.id not in NOTED:
            assert not any("note" in reason.kind for reason in pick.reasons)


def test_a_question_is_answered_by_the_grade_and_marked(app: Palate) -> None:
    chat = app.chat()
    answer = chat.ask("how gory is Redwater?").text
    assert "heavy" in answer
    assert "palate's note" in answer
    assert "no gore" in chat.ask("how gory is Blackstone?").text


def test_about_an_item_quotes_the_note(app: Palate) -> None:
    said = app.chat().ask("tell me about Greyson").text
    assert "What happens in Greyson" in said
    assert "palate's note" in said


def test_limits_on_grades_are_said_in_words() -> None:
    assert describe(SPEC, {"gore": Bound(lt=2)}) == "gore none or mild"
    assert describe(SPEC, {"pace": Bound(gte=3)}) == "pace fast"
