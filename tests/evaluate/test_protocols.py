"""The protocols on an invented catalogue: who is asked, by what, and that no method saw what is asked."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from palate import Palate
from palate.agent.evaluate import few_likes, held_out, temporal, warm
from palate.agent.evaluate.laboratory import laboratory
from palate.agent.evaluate.protocols import available, evaluate
from palate.agent.evaluate.splits import TEST, TRAIN, few_likes_split
from palate.data.catalog import Catalog
from palate.data.errors import UserError
from palate.tools.toolbox import Toolbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from palate.agent.evaluate.laboratory import Laboratory
    from palate.agent.types import Reply
    from palate.data.interactions import Interactions


def with_interactions(box: Toolbox, interactions: Interactions) -> Toolbox:
    """The same catalogue as if these interactions had been stored in it."""
    catalog = Catalog.open(box.catalog.path)
    catalog.interactions = interactions
    return Toolbox(catalog)


def row(figures: dict[str, Any], method: str, where: str) -> dict[str, Any]:
    (found,) = (r for r in figures["rows"] if (r["method"], r["slice"]) == (method, where))
    return dict(found["metrics"], n=found["n"])


@pytest.fixture(scope="module")
def figures(toy_box: Toolbox) -> dict[str, Any]:
    return evaluate(toy_box, "few-likes", ks=(1,), draws=1, n_folds=1)


def test_figures_have_the_shape_of_every_benchmark(figures: dict[str, Any]) -> None:
    assert set(figures) == {"benchmark", "catalog", "machine", "split_sha256", "rows"}
    methods = {r["method"] for r in figures["rows"]}
    assert {"palate", "palate/content", "palate/user-knn", "palate/gnn", "palate/popularity"} <= methods
    for each in figures["rows"]:
        measured = each["metrics"]
        low, high = measured["ndcg@10_ci95"]
        assert 0 <= low <= measured["ndcg@10"] <= high <= 1
        assert {"recall@10", "coverage@10", "novelty@10", "gini@10", "ms_per_request"} <= set(measured)


def test_the_product_is_compared_with_the_best_other_row(figures: dict[str, Any]) -> None:
    lead = row(figures, "palate", "k=1")
    others = {r["method"]: r["metrics"]["ndcg@10"] for r in figures["rows"] if r["method"] != "palate"}
    assert others[lead["best_other"]] == max(others.values())
    assert lead["ratio_to_best_other"] == pytest.approx(lead["ndcg@10"] / max(others.values()), abs=2e-3)


def test_the_product_row_is_what_recommend_answers(toy_box: Toolbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every question of the row goes to ``Palate.recommend``, and its answer is what is measured."""
    asked: list[tuple[str, ...]] = []
    real = Palate.recommend
    likes = toy_box.catalog.interactions.likes(4.0).toarray() > 0

    def perfect(self: Palate, text: str = "", **arguments: Any) -> Reply:
        # The first person with these likes: with one draw a fold of six people rarely repeats a question.
        reply = real(self, text, **arguments)
        asked.append(tuple(arguments["likes"]))
        given = [self.box.catalog.position(item_id) for item_id in arguments["likes"]]
        person = people[len(asked) - 1]
        wanted = [at for at in np.flatnonzero(likes[person]) if at not in given][: arguments["k"]]
        picks = [reply.items[0].model_copy(update={"id": self.box.catalog.ids[at]}) for at in wanted]
        return reply.model_copy(update={"items": tuple(picks)})

    split = few_likes_split(toy_box.catalog.interactions.likes(4.0), ks=(2,), draws=1)
    episodes = split.episodes[2].of_people(split.folds == 0)
    people = episodes.people.tolist()
    monkeypatch.setattr(Palate, "recommend", perfect)
    changed = few_likes.run(toy_box, ks=(2,), draws=1, n_folds=1)
    ids = toy_box.catalog.ids
    assert asked == [tuple(ids[at] for at in given) for given in episodes.given]
    # Lists of nothing but wanted items: the row follows what recommend says, to the number.
    n_wanted = likes[people].sum(axis=1) - 2
    assert row(changed, "palate", "k=2")["mrr@10"] == 1.0
    expected = np.mean(np.minimum(n_wanted, 10) / n_wanted)
    assert row(changed, "palate", "k=2")["recall@10"] == pytest.approx(expected, abs=1e-4)


@contextmanager
def spying(monkeypatch: pytest.MonkeyPatch, module: Any) -> Iterator[list[Interactions]]:
    """Notes the interactions that lie in the folder of every laboratory."""
    made: list[Interactions] = []

    @contextmanager
    def noted(box: Toolbox, *rest: Any) -> Iterator[Laboratory]:
        with laboratory(box, *rest) as lab:
            made.append(Catalog.open(lab.app.box.catalog.path).interactions)
            yield lab

    monkeypatch.setattr(module, "laboratory", noted)
    yield made


def rows_of(interactions: Interactions) -> Counter[tuple[int, ...]]:
    """Each person's (item, rating, time) rows, whatever number the person has."""
    people: dict[int, list[int]] = {}
    for person, item, rating, time in zip(
        interactions.people, interactions.items, interactions.ratings, interactions.times, strict=True
    ):
        people.setdefault(int(person), []).extend((int(item), int(rating), int(time)))
    return Counter(tuple(rows) for rows in people.values())


def test_a_fold_is_asked_by_what_never_saw_it(toy_box: Toolbox, monkeypatch: pytest.MonkeyPatch) -> None:
    interactions = toy_box.catalog.interactions
    split = few_likes_split(interactions.likes(4.0), ks=(1,), draws=1)
    with spying(monkeypatch, few_likes) as made:
        few_likes.run(toy_box, ks=(1,), draws=1, n_folds=2)
    assert len(made) == 2
    for fold, stored in enumerate(made):
        asked = rows_of(interactions.only_people(split.folds == fold))
        rest = rows_of(interactions.only_people(split.folds != fold))
        assert rows_of(stored) == rest
        assert not rows_of(stored) & asked


@pytest.mark.parametrize("protocol", [warm, temporal])
def test_nothing_held_out_is_fitted(toy_box: Toolbox, monkeypatch: pytest.MonkeyPatch, protocol: Any) -> None:
    split = protocol.split_of(toy_box.catalog)
    with spying(monkeypatch, held_out) as made:
        figures = protocol.run(toy_box)
    (stored,) = made
    pairs = set(zip(stored.people.tolist(), stored.items.tolist(), strict=True))
    train, test = split.only(TRAIN), split.only(TEST)
    assert pairs == set(zip(train.people.tolist(), train.items.tolist(), strict=True))
    assert len(test)
    assert not pairs & set(zip(test.people.tolist(), test.items.tolist(), strict=True))
    assert row(figures, "palate", "all")["n"] == len(split.asked)
    assert row(figures, "palate", "history<=20")["n"] == len(split.asked)
    assert row(figures, "palate/user-knn", "all")["fit_seconds"] >= 0


def test_what_only_test_people_know_shows_nowhere(toy_box: Toolbox) -> None:
    """Test people may like a pair of items together, or rate everything upside down: no answer changes."""
    interactions = toy_box.catalog.interactions
    rest = np.arange(interactions.n_people) < 24
    mine = ~rest[interactions.people]
    planted = replace(
        interactions,
        items=np.where(mine & (interactions.items % 2 == 0), interactions.items + 1, interactions.items),
        ratings=np.where(mine, 6 - interactions.ratings, interactions.ratings).astype(np.float32),
    )
    answers = []
    for seen in (interactions, planted):
        box = with_interactions(toy_box, seen)
        with laboratory(box, seen.only_people(rest), 4.0) as lab:
            methods = lab.methods()
            answers.append({name: method(np.array([3]), 10).tolist() for name, method in methods.items()})
    assert answers[0] == answers[1]
    assert all(answers[0].values())


def test_given_likes_are_never_answered_and_vectors_are_not_computed_again(
    toy_box: Toolbox, encoder: Any
) -> None:
    given = np.array([0, 4, 8])
    before = encoder.embedded
    with laboratory(toy_box, toy_box.catalog.interactions, 4.0) as lab:
        assert encoder.embedded == before
        assert np.array_equal(lab.app.box.content.vectors, toy_box.content.vectors)
        for name, method in lab.methods().items():
            ranked = method(given, 10)
            assert len(ranked) == 10, name
            assert not set(ranked.tolist()) & set(given.tolist()), name
        # Only the last fifty of very many likes tell of a person; none of them is recommended again.
        assert set(lab.methods()["palate"](np.arange(56), 10).tolist()) == {56, 57, 58, 59}
        assert lab.fit_seconds["palate"] >= lab.fit_seconds["palate/gnn"] > 0


def test_unknown_and_absent_protocols_are_refused(toy_box: Toolbox) -> None:
    assert {"few-likes", "warm", "temporal"} <= set(available())
    with pytest.raises(UserError, match="does not exist"):
        evaluate(toy_box, "no-such")
    with pytest.raises(UserError, match="takes no dialogues"):
        evaluate(toy_box, "warm", dialogues=Path("anywhere"))


def test_catalogues_that_cannot_be_asked_are_refused_before_anything_is_fitted(toy_box: Toolbox) -> None:
    interactions = toy_box.catalog.interactions
    timeless = with_interactions(toy_box, replace(interactions, times=np.zeros_like(interactions.times)))
    with pytest.raises(UserError, match="when its interactions were"):
        evaluate(timeless, "temporal")
    lonely = with_interactions(toy_box, replace(interactions, ratings=np.ones_like(interactions.ratings)))
    with pytest.raises(UserError, match="likes enough"):
        evaluate(lonely, "few-likes")


def test_folds_in_processes_answer_as_folds_in_turn(toy_box: Toolbox) -> None:
    at_once = few_likes.run(toy_box, ks=(1,), draws=1, n_folds=2, jobs=2)
    in_turn = few_likes.run(toy_box, ks=(1,), draws=1, n_folds=2)
    for together, alone in zip(at_once["rows"], in_turn["rows"], strict=True):
        assert together["method"] == alone["method"]
        assert together["metrics"]["ndcg@10"] == alone["metrics"]["ndcg@10"]
