"""Ranking learned from invented conversations: their structure is found, and nothing else is shown."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from palate.agent.dialogue_columns import COLUMNS, columns_of
from palate.agent.dialogue_counts import Recorded, count, expect
from palate.agent.dialogue_fit import Lessons, fit_weights
from palate.agent.dialogue_rank import DialogueRanker
from palate.agent.dialogues import Dialogue, Turn, context_of, examples_of, read_dialogues
from palate.data.errors import DataError, NoData, UserError
from palate.tools.lexical import LexicalIndex
from palate.tools.lookup import TitleIndex

if TYPE_CHECKING:
    from pathlib import Path

    from palate.data.catalog import Catalog

PAIR = ("g12", "g15")
"""Two games that are always named together, an economic one and one of horror."""
WORDS = {"Economic": "trade", "Farming": "farming", "War": "battle", "Horror": "scary"}


class Words:
    """An encoder that knows one direction a theme, and none for other texts."""

    def __init__(self, dim: int = 8) -> None:
        self.dim = dim

    def vector(self, text: str) -> np.ndarray:
        vector = np.zeros(self.dim, np.float32)
        for number, word in enumerate(WORDS.values()):
            vector[number] = float(word in text)
        vector[-1] = 0.1
        return vector / np.linalg.norm(vector)


def themed(toy: Catalog, theme: str) -> set[str]:
    return {toy.ids[i] for i in range(toy.n) if theme in toy.item(i).facets["theme"]}  # type: ignore[operator]


def conversations(toy: Catalog, n: int, seed: int) -> list[Dialogue]:
    rng = np.random.default_rng(seed)
    found = []
    for number in range(n):
        theme = list(WORDS)[int(rng.integers(4))]
        fitting = sorted(themed(toy, theme) - set(PAIR))
        first, second = rng.choice(fitting, 2, replace=False)
        ask = Turn(who="person", text=f"Something with {WORDS[theme]} please", items=())
        turns = [ask, Turn(who="agent", text="Try", items=(str(first),))]
        turns += [Turn(who="person", text="And another?"), Turn(who="agent", items=(str(second),))]
        if number % 4 == 0:
            turns = [
                Turn(who="person", text="Something like", items=(PAIR[0],)),
                Turn(who="agent", text="Try", items=(PAIR[1],)),
            ]
        found.append(Dialogue(turns=tuple(turns)))
    return found


@pytest.fixture(scope="module")
def box(toy: Catalog) -> Any:
    words = Words()
    vectors = np.array([words.vector(document) for document in toy.documents()])
    return SimpleNamespace(
        catalog=toy,
        titles=TitleIndex.open(toy),
        models={},
        content=SimpleNamespace(vectors=vectors),
        lexical=LexicalIndex.build(toy),
        encode=lambda text, wait=False: words.vector(text),
    )


@pytest.fixture(scope="module")
def ranker(toy: Catalog, box: Any) -> DialogueRanker:
    return DialogueRanker.fit(box, conversations(toy, 80, seed=1))


def titles_of(toy: Catalog, ranker: DialogueRanker, turns: list[Turn], k: int = 5) -> list[str]:
    return [toy.ids[item] for item in ranker.rank(turns, k, wait=True).items]


def test_words_bring_what_fits_them(toy: Catalog, ranker: DialogueRanker) -> None:
    for theme, word in WORDS.items():
        turns = [Turn(who="person", text=f"Something with {word} please")]
        first = titles_of(toy, ranker, turns)
        assert len(themed(toy, theme) & set(first)) >= 4, (theme, first)


def test_what_is_named_together_comes_together(toy: Catalog, ranker: DialogueRanker) -> None:
    turns = [Turn(who="person", text="Something like", items=(PAIR[0],))]
    assert titles_of(toy, ranker, turns, 1) == [PAIR[1]]
    parts = ranker.contributions(turns, toy.position(PAIR[1]))
    assert max(parts, key=lambda name: parts[name]) in {"together", "alike", "named"}
    assert parts["together"] > 0


def test_it_ranks_unseen_conversations_better_than_what_is_named_most(
    toy: Catalog, ranker: DialogueRanker
) -> None:
    ours, popular = [], []
    most = ranker.recorded.named.counts
    for example in examples_of(toy, conversations(toy, 40, seed=2)):
        scores = ranker.scores(example.context, wait=True)
        for item in example.wanted:
            ours.append(np.count_nonzero(scores > scores[item]))
            popular.append(np.count_nonzero(most > most[item]))
    # A theme has some twenty games, and which of them comes is chance.
    assert np.mean(np.array(ours) < 20) > 0.85
    assert np.mean(np.array(popular) < 20) < 0.7


def test_what_was_mentioned_is_left_out(toy: Catalog, ranker: DialogueRanker) -> None:
    turns = [Turn(who="person", text="scary", items=PAIR), Turn(who="agent", items=("g03", "g03"))]
    ranked = ranker.rank(turns, 100, wait=True)
    assert len(ranked.items) == toy.n - 3
    assert not {toy.position(each) for each in (*PAIR, "g03")} & set(ranked.items.tolist())
    allow = np.zeros(toy.n, bool)
    allow[[toy.position(PAIR[0]), 5, 7]] = True
    assert sorted(ranker.rank(turns, 100, allow).items.tolist()) == [5, 7]


def test_without_a_word_only_what_is_named_in_general_counts(toy: Catalog, ranker: DialogueRanker) -> None:
    telling = {name for name, part in ranker.contributions([], 0).items() if abs(part) > 1e-6}
    spread = {
        name
        for name in telling
        if abs(ranker.contributions([], 0)[name] - ranker.contributions([], 12)[name]) > 1e-6
    }
    assert spread <= {"expected", "named", "late"}
    silent = [Turn(who="person", text=""), Turn(who="agent", text="", items=())]
    assert titles_of(toy, ranker, silent) == titles_of(toy, ranker, [])


def test_unknown_ids_are_passed_over(toy: Catalog, box: Any, ranker: DialogueRanker) -> None:
    turns = [Turn(who="person", text="scary", items=("nothing", "g12"))]
    known = [Turn(who="person", text="scary", items=("g12",))]
    assert titles_of(toy, ranker, turns) == titles_of(toy, ranker, known)
    strange = Dialogue(turns=(Turn(who="agent", items=("nothing",)),))
    with pytest.raises(UserError, match="recommends anything"):
        DialogueRanker.fit(box, [strange])
    with pytest.raises(UserError):
        DialogueRanker.fit(box, [])


def test_stored_and_loaded_it_ranks_the_same(ranker: DialogueRanker, box: Any, tmp_path: Path) -> None:
    folder = tmp_path / "toy" / "artifacts" / "dialogue"
    ranker.save(folder)
    turns = [Turn(who="person", text="a battle", items=("g03",))]
    again = DialogueRanker.load(folder, box).rank(turns, 20)
    assert again.items.tolist() == ranker.rank(turns, 20).items.tolist()
    with pytest.raises(NoData):
        DialogueRanker.load(tmp_path / "toy" / "artifacts" / "other", box)


def test_it_learns_the_same_from_the_same(toy: Catalog, box: Any) -> None:
    talks = conversations(toy, 30, seed=3)
    first, second = (DialogueRanker.fit(box, talks, seed=5).weights.slopes for _ in range(2))
    assert np.array_equal(first, second)


def test_a_catalogue_without_vectors_learns_from_the_rest(toy: Catalog, box: Any) -> None:
    bare = SimpleNamespace(**{**vars(box), "content": None})
    ranker = DialogueRanker.fit(bare, conversations(toy, 80, seed=1))
    first = titles_of(toy, ranker, [Turn(who="person", text="Something with battle please")])
    assert len(themed(toy, "War") & set(first)) >= 4


def test_a_dialogue_is_not_in_its_own_columns(toy: Catalog, box: Any) -> None:
    """What only one dialogue names looks, from within that dialogue, as if nobody had named it."""
    others = conversations(toy, 30, seed=4)
    talk = Dialogue(
        turns=(
            Turn(who="person", text="scary", items=("g50",)),
            Turn(who="agent", items=("g51",)),
            Turn(who="person", items=("g52",)),
        )
    )
    named = [context_of(toy, each.turns).mentioned for each in [*others, talk]]
    words = Words()
    vectors = np.array([words.vector(context_of(toy, each.turns).person) for each in [*others, talk]])
    counted = Recorded.of(count(toy, named), vectors, box.content.vectors)
    without = Recorded.of(count(toy, named[:-1]), vectors[:-1], box.content.vectors)
    context = context_of(toy, talk.turns[:1])
    meaning = words.vector("scary")
    inside = columns_of(box, counted, context, meaning, without=len(others))
    seen = columns_of(box, counted, context, meaning)
    # The expectation is fitted to all counts, so only what is counted is compared, less that expectation.
    place = COLUMNS.index("together")
    item, other = toy.position("g51"), toy.position("g53")
    assert seen[item, place] > seen[other, place] + 0.1
    assert inside[item, place] == pytest.approx(inside[other, place], abs=1e-5)
    truth = np.log((2 + without.named.counts) / (2 + counted.named.expected))
    assert np.allclose(counted.named.log_rate(len(others)) - np.log(counted.named.expected), truth)
    for of_all, of_others in ((counted.vectors, without.vectors), (counted.middles, without.middles)):
        shares = counted.shares(of_all, words.vector("scary"), without=len(others))
        assert shares[-1] == 0
        assert np.allclose(shares[:-1], without.shares(of_others, words.vector("scary")))


def test_together_is_the_shrunk_share_worked_out_by_hand(toy: Catalog) -> None:
    counts = count(toy, [[0, 1], [0, 1], [0, 2], [3]])
    general = np.exp(counts.log_rate())
    general /= general.sum()
    # Beside item 0 stand three mentions: twice item 1, once item 2.
    wanted = np.log((2 + 20 * general[1]) / (3 + 20) / general[1])
    assert counts.together([0])[1] == pytest.approx(wanted)
    # The later mention counts 1 / 0.8 of the earlier one; beside item 3 stands nothing.
    mixed = (0.8 * (2 + 20 * general[1]) / 23 + 1.0 * general[1]) / 1.8
    assert counts.together([0, 3])[1] == pytest.approx(np.log(mixed / general[1]))
    assert not counts.together([]).any()


def test_the_expectation_is_a_poisson_regression(toy: Catalog) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=4000)
    columns = np.column_stack([np.ones(4000), x])
    counts = rng.poisson(np.exp(0.5 + 0.8 * x)).astype(np.float64)
    found = np.log(expect(columns, counts))
    slope = (found[1] - found[0]) / (x[1] - x[0])
    assert slope == pytest.approx(0.8, abs=0.03)
    # With a constant the sum of what is expected is what was counted.
    assert np.exp(found).sum() == pytest.approx(counts.sum(), rel=0.01)


def test_the_weights_are_those_of_a_softmax_regression() -> None:
    """Two places, one column that tells them apart: w is the log odds, where the penalty is small."""
    n = 400
    columns = np.tile(np.array([[1.0], [-1.0]], np.float32), (n, 1, 1))
    wanted = np.zeros((n, 2), np.float32)
    wanted[: 3 * n // 4, 0] = 1
    wanted[3 * n // 4 :, 1] = 1
    mentioned = np.ones(n, bool)
    lessons = Lessons(columns, np.zeros((n, 2), np.float32), wanted, mentioned)
    weights = fit_weights(lessons, ridge=1e-6)
    scores = weights.score(columns[0], mentioned=True)
    assert scores[0] - scores[1] == pytest.approx(np.log(3), abs=1e-3)
    # An item that stands for three others weighs as much as three.
    weighted = Lessons(columns, np.array([[0.0, np.log(3)]] * n, np.float32), wanted, mentioned)
    scores = fit_weights(weighted, ridge=1e-6).score(columns[0], mentioned=True)
    assert scores[0] - scores[1] == pytest.approx(np.log(9), abs=1e-3)
    # Conversations without a mention have their own slopes: here the odds are the other way round.
    mentioned[n // 2 :] = False
    both = Lessons(
        columns, np.zeros((n, 2), np.float32), np.eye(2, dtype=np.float32)[1 - mentioned * 1], mentioned
    )
    weights = fit_weights(both, ridge=0.5)
    assert weights.score(columns[0], mentioned=True)[0] > 1
    assert weights.score(columns[0], mentioned=False)[0] < -1


def test_dialogues_are_read_from_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "talks.jsonl"
    path.write_text('{"turns": [{"who": "person", "text": "Hi", "items": ["g01"]}]}\n\n', encoding="utf-8")
    (talk,) = read_dialogues(path)
    assert talk.turns[0].items == ("g01",)
    path.write_text('{"turns": [{"who": "nobody"}]}\n', encoding="utf-8")
    with pytest.raises(DataError, match="Line 1"):
        read_dialogues(path)
    with pytest.raises(NoData):
        read_dialogues(tmp_path / "none.jsonl")


TURNS = st.lists(
    st.builds(
        Turn,
        who=st.sampled_from(["person", "agent"]),
        text=st.text(max_size=30) | st.sampled_from(["scary", "by Ada Quill", "trade or battle"]),
        items=st.lists(st.sampled_from(["g00", "g07", "g59", "none", ""]), max_size=3).map(tuple),
    ),
    max_size=5,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(turns=TURNS)
def test_any_conversation_has_a_whole_ranking(
    toy: Catalog, ranker: DialogueRanker, turns: list[Turn]
) -> None:
    ranked = ranker.rank(turns, toy.n)
    mentioned = context_of(toy, turns).mentioned
    assert np.isfinite(ranked.scores).all()
    assert sorted([*ranked.items.tolist(), *mentioned]) == list(range(toy.n))
