"""The application and its turns, over the real default catalogue, without a model or with a scripted one."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest
from palate import Palate
from palate.agent.errors import UserError
from palate.agent.events import Done, Notice, Picks, Sentence, Understood
from palate.agent.explain import holds
from palate.agent.llm.scripted import ScriptedLLM
from palate.agent.store import MemoryStore
from palate.agent.types import Reply

pytestmark = pytest.mark.films


@pytest.fixture(scope="module")
def app() -> Iterator[Palate]:
    with Palate.open("films", model="none", store=MemoryStore()) as opened:
        opened.warm(wait=True)
        yield opened


def titles(reply: Reply) -> list[str]:
    return [pick.title for pick in reply.items]


def test_a_request_is_answered_within_its_constraints(app: Palate) -> None:
    reply = app.chat("constraints").ask("something like Alien, after 1985, nothing with children", k=5)
    assert len(reply.items) == 5
    assert "Aliens" in titles(reply)
    assert "Alien" not in titles(reply)
    for pick in reply.items:
        year = pick.facets["year"]
        assert isinstance(year, int)
        assert year > 1985
        assert "Family" not in str(pick.facets["genre"])


def test_every_reason_holds_when_it_is_recomputed(app: Palate) -> None:
    catalog = app.box.catalog
    checked = 0
    for number, text in enumerate(
        ("something like Inception", "the best of Kurosawa", "dark crime like Se7en")
    ):
        for pick in app.chat(f"reasons-{number}").ask(text, k=10).items:
            assert pick.reasons
            for reason in pick.reasons:
                assert holds(catalog, catalog.position(pick.id), reason), reason
                checked += 1
    assert checked > 30


def test_a_reason_about_another_item_does_not_hold(app: Palate) -> None:
    catalog = app.box.catalog
    pick = app.chat("false").ask("something like Inception", k=1).items[0]
    other = catalog.position(app.chat("false").ask("short westerns", k=1).items[0].id)
    about = [reason for reason in pick.reasons if reason.kind in {"shared_facet", "praised", "co_liking"}]
    assert about
    assert not any(holds(catalog, other, reason) for reason in about)


def test_picks_come_before_anything_else_and_done_is_last(app: Palate) -> None:
    kinds = [type(event) for event in app.chat("order").stream("something like Heat")]
    assert kinds[0] is Understood
    assert kinds[-1] is Done
    assert Picks in kinds


def test_more_shows_others_and_why_explains_them(app: Palate) -> None:
    chat = app.chat("more")
    first = chat.ask("something like Alien", k=5)
    second = chat.ask("more", k=5)
    assert not set(titles(first)) & set(titles(second))
    why = chat.ask("why the second one?")
    assert second.items[1].title in why.text
    assert chat.why(1).title == second.items[0].title
    with pytest.raises(UserError, match="5 picks"):
        chat.why(9)


def test_feedback_takes_effect_in_the_very_next_answer(app: Palate) -> None:
    chat = app.chat("feedback")
    first = chat.ask("something like Alien", k=3)
    chat.seen("1")
    chat.dislike(first.items[1].id)
    again = chat.ask("something like Alien", k=5)
    assert not {first.items[0].title, first.items[1].title} & set(titles(again))
    assert chat.undo() == "Undone."


def test_undo_takes_back_feedback(app: Palate) -> None:
    chat = app.chat("undo")
    assert chat.undo() == "There is nothing to undo."
    chat.like("Heat (1995)")
    assert chat.profile().ids("like")
    chat.undo()
    assert not chat.profile().ids("like")
    assert not app.store.feedback("undo", "films")


def test_conversation_and_profile_survive_and_can_be_forgotten(app: Palate) -> None:
    app.chat("anna").ask("I loved Fargo")
    app.chat("anna").ask("something like Heat, before 1990")
    returned = app.chat("anna")
    assert "Fargo" in {
        app.box.catalog.item(app.box.catalog.position(i)).title for i in returned.profile().ids("like")
    }
    assert returned.session.state.seeds[0].title == "Heat (1995)"
    assert "> I loved Fargo" in returned.transcript()
    returned.forget()
    assert app.chat("anna").profile().entries == ()
    assert "Fargo" not in app.chat("anna").transcript()


def test_an_unknown_title_is_said_and_never_recommended(app: Palate) -> None:
    reply = app.chat("unknown").ask("something like Blorgflix")
    assert reply.items == ()
    assert "Blorgflix" in reply.text


def test_when_nothing_fits_it_says_what_excludes_most(app: Palate) -> None:
    reply = app.chat("nothing").ask("westerns after 2015")
    assert reply.abstained
    assert reply.items == ()
    assert reply.relaxed[0].facet == "year"
    assert reply.relaxed[0].opens > 100
    assert "after 2015" in reply.text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "\x00\x1b[31m",
        "😀",
        "推荐",
        "'; DROP TABLE films; --",
        "{{ 7*7 }}",
        "a" * 100_000,
        "\u202ealien",
    ],
)
def test_odd_input_is_answered(app: Palate, text: str) -> None:
    reply = app.chat("odd").ask(text)
    assert reply.text or reply.items
    assert "49" not in reply.text


def test_questions_are_answered_from_the_catalogue(app: Palate) -> None:
    chat = app.chat("questions")
    assert "Ridley Scott" in chat.ask("who directed Alien?").text
    assert "Western" in chat.ask("how many westerns do you have?").text


def test_recommend_needs_no_conversation(app: Palate) -> None:
    reply = app.recommend(likes=["Alien (1979)"], where={"year": {"gte": 1985}}, k=10)
    assert len(reply.items) == 10
    assert all(isinstance(p.facets["year"], int) and p.facets["year"] >= 1985 for p in reply.items)
    with pytest.raises(UserError, match="Blorgflix"):
        app.recommend(likes=["Blorgflix"])
    with pytest.raises(UserError, match="k is 0"):
        app.recommend(k=0)
    with pytest.raises(UserError, match="facet"):
        app.recommend(where={"colour": {"in": ["red"]}})


def test_tools_are_schemas_and_callables(app: Palate) -> None:
    tools = {tool.name: tool for tool in app.tools()}
    assert tools["find_title"].schema["function"]["parameters"]["properties"].keys() == {"title", "year", "k"}
    assert tools["find_title"](title="se7en")[0].title == "Seven (1995)"


def test_prose_is_released_only_when_it_is_supported() -> None:
    said = (
        " it is directed by Christopher Nolan, like Inception. Also try Blorgflix, a masterpiece by Nobody."
    )
    model = ScriptedLLM([said, said, said, said])
    with Palate.open("films", model=model, store=MemoryStore()) as opened:
        events = list(opened.chat().stream("something like Inception", wait=True))
    prose = " ".join(event.text for event in events if isinstance(event, Sentence))
    assert "Blorgflix" not in prose
    assert "Nolan" in prose
    assert isinstance(events[-1], Done)


def test_a_model_that_cannot_be_had_costs_only_the_prose() -> None:
    with Palate.open("films", model="/nowhere/none.gguf", store=MemoryStore()) as opened:
        events = list(opened.chat().stream("something like Inception"))
    assert any(isinstance(event, Picks) for event in events)
    assert any(isinstance(event, Notice) and "none.gguf" in event.text for event in events)
    assert isinstance(events[-1], Done)


def test_many_conversations_at_once(app: Palate) -> None:
    answers: dict[int, list[str]] = {}

    def talk(number: int) -> None:
        answers[number] = titles(app.chat(f"thread-{number}").ask("something like Heat", k=5))

    threads = [threading.Thread(target=talk, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == 8
    assert len({tuple(found) for found in answers.values()}) == 1


async def test_the_same_from_asyncio(app: Palate) -> None:
    chats = [app.chat(f"async-{number}") for number in range(4)]
    replies = await asyncio.gather(*(chat.aask("something like Heat", k=5) for chat in chats))
    assert len({tuple(titles(reply)) for reply in replies}) == 1
    kinds = [event.type async for event in chats[0].astream("more")]
    assert kinds[-1] == "done"
