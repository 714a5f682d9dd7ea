"""What goes to the peers and what comes back; the peers' own libraries are not needed here."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from palate.agent.evaluate.metrics import ndcg as measured
from palate.agent.evaluate.peers import read_rankings
from scipy.sparse import csr_matrix

from benchmarks.peers import run, setup
from benchmarks.peers.exchange import FewLikes, HeldOut, ndcg, top, write
from benchmarks.peers.model import EarlyStopping, Fitted, Settings, Task
from benchmarks.peers.protocols import few_likes, held_out

N_ITEMS = 12


def test_top_hides_pads_and_breaks_ties_by_popularity() -> None:
    scores = np.array([[0.0, 3.0, 0.0, 5.0, -np.inf]], np.float32)
    hidden = csr_matrix(np.array([[0, 0, 0, 1, 0]]))
    popularity = np.array([1, 9, 7, 2, 3])
    assert top(scores, hidden, popularity, 5).tolist() == [[1, 2, 0, -1, -1]]


def test_top_keeps_the_most_popular_of_a_tie_that_does_not_fit() -> None:
    ranked = top(np.zeros((1, 5), np.float32), csr_matrix((1, 5)), np.array([1, 5, 2, 4, 3]), 2)
    assert ranked.tolist() == [[1, 3]]


def test_choosing_measures_what_the_evaluator_measures() -> None:
    rng = np.random.default_rng(0)
    ranked = np.array([rng.permutation(30)[:10] for _ in range(8)])
    wanted = rng.random((8, 30)) < 0.2
    wanted[0] = False
    by_evaluator = np.mean([measured(row, want) for row, want in zip(ranked[1:], wanted[1:], strict=True)])
    assert ndcg(ranked, csr_matrix(wanted)) == pytest.approx(by_evaluator)


def test_early_stopping_keeps_the_best_state_and_its_time() -> None:
    learning = EarlyStopping(patience=1, cap_seconds=1e9)
    state = {"weights": 0}
    went_on = []
    for epoch, score in enumerate([0.1, 0.3, 0.3, 0.2, 0.2], 1):
        state["weights"], learning.learned = epoch, float(epoch)
        went_on.append(learning.see(epoch, score, state))
    assert went_on == [True, True, True, True, False]
    assert learning.best_state == {"weights": 3}
    assert learning.seconds_to_best == 2.0


@pytest.fixture
def held_out_split(tmp_path: Path) -> HeldOut:
    """Two people who have 0 to 3, with 4 to choose by. There is no test part to be read."""
    train = np.array([[person, item] for person in range(2) for item in range(4)])
    valid = np.array([[0, 4], [1, 4]])
    common: dict[str, Any] = {"catalog": "toy", "split_sha256": "abc", "n_people": 2, "n_items": N_ITEMS}
    parts: dict[str, Any] = {"train": train, "valid": valid, "masked": np.concatenate([train, valid])}
    np.savez(tmp_path / "warm-toy.npz", asked=np.arange(2), **common, **parts)
    ratings: dict[str, Any] = {"people": train[:, 0], "items": train[:, 1], "ratings": 1.0 + train[:, 1]}
    np.savez(tmp_path / "few-likes-toy.npz", **common, **ratings)
    return HeldOut.read(tmp_path / "warm-toy.npz")


def test_ratings_of_training_pairs_are_found(held_out_split: HeldOut) -> None:
    assert held_out_split.train.ratings.tolist() == [1, 2, 3, 4] * 2


def test_settings_are_chosen_on_validation_and_known_items_masked(held_out_split: HeldOut) -> None:
    def fit(task: Task, settings: Settings) -> Fitted:
        favourite = np.zeros(N_ITEMS, np.float32)
        favourite[settings["favourite"]] = 1
        return Fitted(lambda people: np.tile(favourite, (len(people), 1)))

    answers = held_out(held_out_split, fit, {"favourite": [9, 4, 7], "fixed": 1})
    assert "favourite=4" in answers["note"]
    assert not set(answers["ranked"].ravel().tolist()) & set(range(5))


@pytest.fixture
def few_likes_split(tmp_path: Path) -> FewLikes:
    """Forty people in two folds who rated everything and like ten."""
    n_people = 40
    people, items = (part.ravel() for part in np.mgrid[:n_people, :N_ITEMS])
    asked = np.arange(n_people)
    np.savez(
        tmp_path / "few-likes-toy.npz",
        catalog="toy",
        split_sha256="abc",
        n_people=n_people,
        n_items=N_ITEMS,
        people=people,
        items=items,
        ratings=np.where(items < 10, 5.0, 1.0),
        liked=items < 10,
        folds=asked % 2,
        ks=np.array([1]),
        k1_people=asked,
        k1_given=np.full((n_people, 1), 3),
    )
    return FewLikes.read(tmp_path / "few-likes-toy.npz")


def test_no_fold_is_fitted_to_the_people_it_asks(few_likes_split: FewLikes) -> None:
    fitted_to = []

    def fit(task: Task, settings: Settings) -> Fitted:
        people, items = (set(column.tolist()) for column in (task.pairs.people, task.pairs.items))
        fitted_to.append((people, task.judge is None, items))
        return Fitted(of_likes=lambda rows: np.tile(np.arange(N_ITEMS, dtype=np.float32), (rows.shape[0], 1)))

    answers = few_likes(few_likes_split, fit, {"positives": ["liked", "all"]})
    last = [people for people, is_last, _ in fitted_to if is_last]
    assert last == [set(range(1, 40, 2)), set(range(0, 40, 2))]
    for people, is_last, items in fitted_to:
        assert is_last or len(people) == 17, "three of twenty choose the settings"
        assert len({person % 2 for person in people}) == 1
        assert items in (set(range(10)), set(range(12)))
    ranked = answers["k1_ranked"]
    assert (ranked[:, :3] == [11, 10, 9]).all()
    assert not (ranked == 3).any()


def test_rankings_are_read_back_by_the_evaluator(tmp_path: Path) -> None:
    head: dict[str, Any] = {
        "protocol": "few-likes",
        "catalog": "toy",
        "split_sha256": "abc",
        "method": "lib/model",
    }
    figures: dict[str, Any] = {"fold_in": "yes", "fit_seconds": 1.5, "ms_per_request": 0.5, "note": "k=1"}
    write(tmp_path / "one.npz", **head, **figures, k3_ranked=np.array([[2, 0, -1]], np.int32))
    (peer,) = read_rankings(tmp_path, "few-likes", "toy", "abc")
    assert (peer.method, peer.fold_in, peer.fit_seconds) == ("lib/model", "yes", 1.5)
    assert peer.ranked["k=3"].tolist() == [[2, 0, -1]]
    assert [path.name for path in tmp_path.iterdir()] == ["one.npz"]


def test_every_method_has_settings_and_says_whether_it_folds_in() -> None:
    folder = Path(setup.__file__).parent
    settings = tomllib.loads((folder / "settings.toml").read_text())
    assert set(settings) == set(run.METHODS)
    assert all("warm" in own for own in settings.values())
    modules = {target.split(":")[0] for target in run.METHODS.values()}
    assert all((folder / f"{module}.py").exists() for module in modules)


def test_versions_of_the_peers_are_pinned() -> None:
    folder = Path(setup.__file__).parent
    for name in ("requirements.txt", "requirements-optional.txt"):
        lines = [line for line in (folder / name).read_text().splitlines() if line and line[0] != "#"]
        assert lines
        assert all("==" in line for line in lines)
