"""Other libraries' rankings are read, checked, and measured beside ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from palate.agent.evaluate import few_likes
from palate.agent.evaluate.peers import read_rankings
from palate.agent.evaluate.splits import few_likes_split
from palate.data.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from palate.tools.toolbox import Toolbox


def write(folder: Path, name: str = "a", **arrays: Any) -> None:
    defaults = {
        "protocol": "few-likes",
        "catalog": "toy",
        "split_sha256": "abc",
        "method": "lib/model",
        "fold_in": "yes",
        "fit_seconds": 2.0,
        "ms_per_request": -1.0,
    }
    plain: dict[str, Any] = {key: np.asarray(value) for key, value in (defaults | arrays).items()}
    np.savez(folder / f"{name}.npz", **plain)


def test_rankings_are_read_by_slice(tmp_path: Path) -> None:
    write(tmp_path, k3_ranked=np.array([[1, 2]]))
    write(tmp_path, "other", protocol="warm", ranked=np.array([[1, 2]]))
    (peer,) = read_rankings(tmp_path, "few-likes", "toy", "abc")
    assert list(peer.ranked) == ["k=3"]
    assert peer.notes == {"fold_in": "yes", "fit_seconds": 2.0}
    assert peer.ms_per_request is None
    ((warm),) = read_rankings(tmp_path, "warm", "toy", "abc")
    assert list(warm.ranked) == ["all"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"split_sha256": "other"}, "another split"),
        ({"fold_in": "perhaps"}, "cannot be read"),
        ({"method": np.array([{"pickled": 1}], object)}, "cannot be read"),
    ],
)
def test_what_cannot_be_compared_is_refused(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    write(tmp_path, k1_ranked=np.array([[1, 2]]), **change)
    with pytest.raises(DataError, match=message):
        read_rankings(tmp_path, "few-likes", "toy", "abc")


def test_a_broken_file_and_a_repeated_method_are_refused(tmp_path: Path) -> None:
    write(tmp_path)
    write(tmp_path, "b")
    with pytest.raises(DataError, match="repeats"):
        read_rankings(tmp_path, "few-likes", "toy", "abc")
    (tmp_path / "b.npz").write_bytes(b"not an archive")
    with pytest.raises(DataError, match="cannot be read"):
        read_rankings(tmp_path, "few-likes", "toy", "abc")


def test_peers_stand_in_the_same_table(toy_box: Toolbox, tmp_path: Path) -> None:
    likes = toy_box.catalog.interactions.likes(4.0)
    split = few_likes_split(likes, ks=(1,), draws=1)
    dense = likes.toarray() > 0
    episodes = split.episodes[1]
    ranked = np.full((len(episodes), 12), -1)
    for row, (person, given) in enumerate(zip(episodes.people, episodes.given, strict=True)):
        # The given like first, which does not count, then everything that is wanted.
        items = [*given.tolist(), *np.flatnonzero(dense[person])][:12]
        ranked[row, : len(items)] = items
    write(tmp_path, split_sha256=split.sha256, method="lib/oracle", k1_ranked=ranked, ms_per_request=0.5)
    write(tmp_path, "b", split_sha256=split.sha256, method="lib/closed", fold_in="no", fit_seconds=-1.0)
    rows = few_likes.run(toy_box, ks=(1,), draws=1, peers=tmp_path)["rows"]
    by_method = {row["method"]: row for row in rows}
    assert by_method["lib/oracle"]["metrics"]["ndcg@10"] == 1.0
    assert by_method["lib/oracle"]["metrics"]["ms_per_request"] == 0.5
    assert by_method["lib/closed"] == {
        "method": "lib/closed",
        "slice": "k=1",
        "n": 0,
        "metrics": {"fold_in": "no"},
    }
    ours = by_method["palate"]["metrics"]
    assert ours["best_other"] == "lib/oracle"
    assert ours["ratio_to_best_other"] == pytest.approx(ours["ndcg@10"], abs=1e-4)
