"""Calibration errors worked out by hand, and the protocol on an invented catalogue."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import numpy as np
import pytest
from palate.agent import fusion_fit
from palate.agent.evaluate import calibration
from palate.agent.evaluate.protocols import available, evaluate
from palate.agent.evaluate.reliability import (
    brier,
    expected_calibration_error,
    interval_of_brier,
    interval_of_error,
    reliability,
)
from palate.agent.evaluate.report import render
from palate.agent.evaluate.splits import few_likes_split
from palate.data.catalog import Catalog
from palate.data.errors import UserError
from palate.tools.toolbox import Toolbox

if TYPE_CHECKING:
    from palate.data.interactions import Interactions

P = np.array([0.12, 0.18, 0.71, 0.79, 0.75, 1.0])
LIKED = np.array([False, True, True, True, False, True])


def test_the_error_is_that_of_the_bins() -> None:
    # Bin 1: said .15, happened .5, two of six; bin 7: said .75, happened 2/3, three; bin 9: both 1.
    by_hand = (2 * 0.35 + 3 * (0.75 - 2 / 3)) / 6
    assert expected_calibration_error(P, LIKED) == pytest.approx(by_hand)
    assert expected_calibration_error(np.array([0.0, 1.0]), np.array([False, True])) == 0


def test_brier_is_the_mean_square() -> None:
    assert brier(P, LIKED) == pytest.approx(np.mean([0.0144, 0.6724, 0.0841, 0.0441, 0.5625, 0]))


def test_the_table_has_the_bins_that_hold_something() -> None:
    table = reliability(P, LIKED)
    assert [(each["from"], each["to"], each["n"]) for each in table] == [
        (0.1, 0.2, 2),
        (0.7, 0.8, 3),
        (0.9, 1.0, 1),
    ]
    assert (table[0]["confidence"], table[0]["liked"]) == (0.15, 0.5)
    assert sum(each["n"] for each in table) == len(P)


def test_intervals_are_over_people_and_hold_the_value() -> None:
    rng = np.random.default_rng(0)
    p = rng.uniform(size=4000)
    happened = rng.uniform(size=4000) < p
    people = np.repeat(np.arange(400), 10)
    low, high = interval_of_brier(p, happened, people)
    assert low < brier(p, happened) < high
    low, high = interval_of_error(p, happened, people)
    assert 0 < low < high < 0.06
    # One person alone leaves nothing to resample.
    low, high = interval_of_error(p, happened, np.zeros(4000, np.int64))
    assert low == high == pytest.approx(expected_calibration_error(p, happened))


@pytest.fixture(scope="module")
def figures(toy_box: Toolbox) -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fusion_fit, "PEOPLE_AT_LEAST", 10)
        patch.setattr("palate.agent.confidence_fit.EXAMPLES_AT_LEAST", 50)
        patch.setattr(fusion_fit, "EPISODES", 80)
        return evaluate(toy_box, "calibration", ks=(1, 3), n_folds=1)


def test_the_protocol_measures_the_confidence_that_picks_carry(figures: dict[str, Any]) -> None:
    assert "calibration" in available()
    assert {row["slice"] for row in figures["rows"]} == {"all", "k=1", "k=3"}
    assert {row["method"] for row in figures["rows"]} == set(calibration.METHODS)
    for row in figures["rows"]:
        measured = row["metrics"]
        assert 0 <= measured["ece"] <= 1
        assert measured["ece_ci95"][0] <= measured["ece_ci95"][1]
        assert sum(each["n"] for each in row["reliability"]) == measured["ratings"]
    first = figures["rows"][0]
    assert (first["method"], first["slice"]) == ("palate", "all")
    assert len(first["reliability"]) > 1


def test_the_report_draws_a_point_for_each_bin(figures: dict[str, Any]) -> None:
    page = render(figures | {"command": "c"})
    drawn = [ElementTree.fromstring(found) for found in re.findall(r"<svg.*?</svg>", page, re.S)]
    plots = [svg for svg in drawn if str(svg.get("aria-label")).startswith("reliability: ")]
    assert len(plots) == len(figures["rows"])
    assert len(list(plots[0].iter("circle"))) == len(figures["rows"][0]["reliability"])


def test_nobody_is_asked_with_models_that_saw_them(toy_box: Toolbox, monkeypatch: pytest.MonkeyPatch) -> None:
    fitted: list[Interactions] = []

    class Enough(Exception):
        pass

    def taken(box: Toolbox, interactions: Interactions, *_: object) -> None:
        fitted.append(interactions)
        raise Enough

    monkeypatch.setattr(calibration, "laboratory", taken)
    with pytest.raises(Enough):
        calibration.run(toy_box, ks=(1,))
    split = few_likes_split(toy_box.catalog.interactions.likes(4.0), ks=(1,), draws=1)
    others = toy_box.catalog.interactions.only_people(split.folds != 0)
    np.testing.assert_array_equal(fitted[0].items, others.items)
    assert len(others) < len(toy_box.catalog.interactions)


def test_where_everything_is_a_like_nothing_is_calibrated(toy_box: Toolbox) -> None:
    catalog = Catalog.open(toy_box.catalog.path)
    catalog.spec = catalog.spec.model_copy(update={"like_at": None})
    with pytest.raises(UserError, match="do not like"):
        calibration.run(Toolbox(catalog))
