"""What every memory of people must do; a test of an implementation inherits :class:`StoreContract`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from palate.agent.store import Store


class StoreContract:
    """Subclasses give the fixture ``store``."""

    @pytest.fixture
    def store(self) -> Store:
        raise NotImplementedError

    def test_feedback_comes_back_oldest_first(self, store: Store) -> None:
        store.record("anna", "films", "a", "like", "said")
        store.record("anna", "films", "b", "seen", "command")
        found = [(f.item_id, f.kind, f.source) for f in store.feedback("anna", "films")]
        assert found == [("a", "like", "said"), ("b", "seen", "command")]

    def test_a_verdict_replaces_the_opposite_one_but_not_seen(self, store: Store) -> None:
        for kind in ("like", "seen", "dislike"):
            store.record("anna", "films", "a", kind, "said")
        assert {f.kind for f in store.feedback("anna", "films")} == {"seen", "dislike"}

    def test_taking_back_restores_what_stood_before(self, store: Store) -> None:
        store.record("anna", "films", "a", "like", "said")
        store.record("anna", "films", "a", "dislike", "said")
        assert store.remove_feedback("anna", "films", "a", "dislike")
        assert [f.kind for f in store.feedback("anna", "films")] == ["like"]
        assert store.remove_feedback("anna", "films", "a")
        assert not store.remove_feedback("anna", "films", "a")
        assert store.feedback("anna", "films") == []

    def test_people_and_catalogues_are_apart(self, store: Store) -> None:
        store.record("anna", "films", "a", "like", "said")
        store.save_conversation("anna", "films", "{}")
        assert store.feedback("ben", "films") == store.feedback("anna", "books") == []
        assert store.load_conversation("ben", "films") is None
        assert store.load_conversation("anna", "books") is None

    def test_the_last_state_is_kept(self, store: Store) -> None:
        store.save_conversation("anna", "films", '{"turn": 1}')
        store.save_conversation("anna", "films", '{"turn": 2}')
        assert store.load_conversation("anna", "films") == '{"turn": 2}'

    def test_turns_are_the_last_ones_in_order(self, store: Store) -> None:
        for number in range(5):
            store.add_turn("anna", "films", f"message {number}", "{}")
        assert [turn.text for turn in store.turns("anna", "films", limit=2)] == ["message 3", "message 4"]

    @pytest.mark.parametrize(
        "text", ["'; DROP TABLE turns; --", "{{ 7 * 7 }}", "\x00\x1b[31m", "寿司 🍣", "x" * 100_000]
    )
    def test_any_text_is_kept_as_it_is(self, store: Store, text: str) -> None:
        store.add_turn(text, "films", text, text)
        (turn,) = store.turns(text, "films")
        assert (turn.text, turn.reply_json) == (text, text)

    def test_forgetting_takes_one_person_only(self, store: Store) -> None:
        for user in ("anna", "ben"):
            store.record(user, "films", "a", "like", "said")
            store.save_conversation(user, "films", "{}")
            store.add_turn(user, "films", "hello", "{}")
        store.forget("anna")
        assert store.feedback("anna", "films") == []
        assert store.load_conversation("anna", "films") is None
        assert store.turns("anna", "films") == []
        assert len(store.feedback("ben", "films")) == len(store.turns("ben", "films")) == 1
        store.forget("nobody")

    def test_many_threads_lose_nothing(self, store: Store) -> None:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: store.record("anna", "films", str(n), "like", "said"), range(80)))
        assert len(store.feedback("anna", "films")) == 80

    def test_closing_twice_is_harmless(self, store: Store) -> None:
        store.close()
        store.close()
