"""Whole conversations: those of tests/scenarios/talk, each as a person would expect it.

``open.txt`` names the ones that are not held yet; one that passes has to leave it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from palate.tools.toolbox import Toolbox
from small import SmallToolbox, set_up
from toy import SPEC, toy_interactions, toy_items

from benchmarks.talk import FOLDER, UNTUNED, load, play

if TYPE_CHECKING:
    from palate.data.catalog import Catalog

OPEN = frozenset((FOLDER.parent / "open.txt").read_text(encoding="utf-8").splitlines())


def conversations(catalog: str) -> list[Any]:
    """The conversations about one catalogue, as parameters."""
    cases = [case for path in sorted(FOLDER.glob("*.yaml")) for case in load(path)]
    return [
        pytest.param(case, id=name, marks=[pytest.mark.xfail(strict=True)] if name in OPEN else [])
        for case in cases
        if case["catalog"] == catalog and (name := f"{case['file']}: {case['name']}")
    ]


@pytest.fixture(scope="module")
def board_games(tmp_path_factory: pytest.TempPathFactory) -> SmallToolbox:
    return set_up(tmp_path_factory.mktemp("talk") / "toy", toy_items(), toy_interactions(), SPEC)


@pytest.fixture(scope="module")
def opened_films(films: Catalog) -> Toolbox:
    return Toolbox(films)


@pytest.mark.parametrize("case", conversations("toy"))
def test_board_games(case: dict[str, Any], board_games: SmallToolbox) -> None:
    assert play(case, board_games) == []


@pytest.mark.films
@pytest.mark.parametrize("case", conversations("films"))
def test_films(case: dict[str, Any], opened_films: Toolbox) -> None:
    assert play(case, opened_films) == []


def test_names_are_unique_and_open_ones_exist() -> None:
    names = [f"{path.stem}: {case['name']}" for path in FOLDER.glob("*.yaml") for case in load(path)]
    assert len(names) == len(set(names))
    assert set(OPEN) <= set(names)
    assert not UNTUNED.exists() or {path.suffix for path in UNTUNED.iterdir()} <= {".yaml"}
