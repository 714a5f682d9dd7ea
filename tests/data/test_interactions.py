from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from palate.data.catalog import Catalog
from palate.data.errors import DataError
from palate.data.importers.tabular import import_files
from palate.data.interactions import LARGEST, Interactions

if TYPE_CHECKING:
    from pathlib import Path

ROWS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 3), st.floats(-10, 10, width=32), st.integers(0, 9))
)


def of(rows: list[tuple[int, int, float, int]]) -> Interactions:
    people, items, ratings, times = np.array(rows, np.float64).reshape(len(rows), 4).T
    return Interactions.of(
        people.astype(np.int64),
        items.astype(np.int64),
        ratings.astype(np.float32),
        times.astype(np.int64),
        n_people=5,
        n_items=4,
    )


@given(ROWS)
def test_each_person_and_item_once_with_the_latest_rating_in_order_of_time(
    rows: list[tuple[int, int, float, int]],
) -> None:
    made = of(rows)
    latest: dict[tuple[int, int], tuple[int, float]] = {}
    for person, item, rating, time in rows:
        if (person, item) not in latest or time >= latest[person, item][0]:
            latest[person, item] = time, float(np.float32(rating))
    pairs = list(zip(made.people.tolist(), made.items.tolist(), strict=True))
    assert sorted(pairs) == sorted(latest)
    assert [latest[pair] for pair in pairs] == list(
        zip(made.times.tolist(), made.ratings.tolist(), strict=True)
    )
    order = list(zip(made.people.tolist(), made.times.tolist(), strict=True))
    assert order == sorted(order)


@given(ROWS, st.floats(-10, 10))
def test_likes_are_the_ratings_from_the_threshold_on(
    rows: list[tuple[int, int, float, int]], like_at: float
) -> None:
    made = of(rows)
    assert made.likes(like_at).sum() == (made.ratings >= like_at).sum()
    assert made.likes(None).sum() == len(made)


@pytest.mark.parametrize(
    "rating", [float("nan"), float("inf"), -float("inf"), 2 * LARGEST, -2 * LARGEST, 1e30]
)
def test_a_rating_that_is_no_rating_is_refused(rating: float) -> None:
    with pytest.raises(ValueError, match="a rating is"):
        of([(0, 0, 4.0, 0), (1, 1, rating, 0)])


@pytest.mark.parametrize(("person", "item"), [(5, 0), (-1, 0), (0, 4), (0, -1)])
def test_a_position_out_of_range_is_refused(person: int, item: int) -> None:
    with pytest.raises(ValueError, match="position is outside"):
        of([(person, item, 1.0, 0)])


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        Interactions.of(np.array([0]), np.array([0, 1]), n_people=1, n_items=2)


def test_an_import_puts_odd_ratings_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PALATE_HOME", str(tmp_path))
    items, plays = tmp_path / "items.csv", tmp_path / "plays.csv"
    items.write_text("id,title\na,Apple\nb,Bread\nc,Cheese\n")
    good = "".join(f"u{n},{'abc'[n % 3]},{n % 5}\n" for n in range(12))
    plays.write_text(f"user,item,rating\n{good}u1,a,nan\nu1,b,1e30\nu1,c,-1e9\nu2,zzz,4\nu3,a,much\n")
    report = import_files("odd", items, plays)
    assert report.rejected == 5
    assert report.rejected_file is not None
    said = report.rejected_file.read_text()
    for reason in ("the rating is too large", "the rating is no number", "unknown item 'zzz'"):
        assert reason in said
    assert np.abs(Catalog.open("odd").interactions.ratings).max() <= 4


def test_a_file_of_nothing_but_odd_ratings_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PALATE_HOME", str(tmp_path))
    items, plays = tmp_path / "items.csv", tmp_path / "plays.csv"
    items.write_text("id,title\na,Apple\nb,Bread\n")
    plays.write_text("user,item,rating\nu1,a,inf\nu1,b,1e30\n")
    with pytest.raises(DataError, match="cannot be used"):
        import_files("odd", items, plays)
