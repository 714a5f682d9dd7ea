from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest
from palate.data.catalog import Catalog
from palate.data.errors import ToolFailed, UserError
from palate.tools.lookup import TitleIndex
from palate.tools.registry import TOOLS, definition, schema
from palate.tools.topk import best

if TYPE_CHECKING:
    from pathlib import Path

    from palate.tools.registry import House, Tool
    from palate.tools.types import BoolArray, FloatArray, IntArray, Scored


class NextDoor:
    """A recommender that likes the neighbours of what is liked and knows nothing of the last item."""

    name: ClassVar[str] = "user-knn"

    def __init__(self, n: int) -> None:
        self.n = n

    def score(self, items: IntArray, weights: FloatArray) -> FloatArray:
        scores = np.zeros(self.n, np.float32)
        for item in items:
            scores -= np.abs(np.arange(self.n) - item)
        scores[-1] = np.nan
        return scores

    def save(self, folder: Path, data_sha256: str) -> None:
        raise NotImplementedError

    @classmethod
    def load(cls, folder: Path, data_sha256: str) -> NextDoor:
        raise NotImplementedError


class OneWord:
    """Content that is nearest in the order of position."""

    def __init__(self, n: int) -> None:
        self.n = n

    def search(self, vector: FloatArray, k: int, allow: BoolArray | None = None) -> Scored:
        return best(-np.arange(self.n, dtype=np.float32), k, allow)


class Box:
    """A toolbox over the toy catalogue."""

    house: House | None = None

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.titles = TitleIndex.open(catalog)
        self.content: Any = OneWord(catalog.n)
        self.models: dict[str, Any] = {"user-knn": NextDoor(catalog.n)}

    def encode(self, text: str, *, wait: bool = False) -> FloatArray | None:
        return np.ones(4, np.float32)


@pytest.fixture(scope="module")
def tools(toy_path: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Tool]:
    path = tmp_path_factory.mktemp("registry") / "toy"
    shutil.copytree(toy_path, path)
    box = Box(Catalog.open(path))
    return {tool.name: tool for tool in (definition(function, box) for function in TOOLS)}


@pytest.mark.parametrize("function", TOOLS, ids=lambda function: function.__name__)
def test_schemas_are_functions_of_openai_s_style(function: Any) -> None:
    described = json.loads(json.dumps(schema(function)))
    assert described["type"] == "function"
    body = described["function"]
    assert body["name"] == function.__name__
    assert body["description"].endswith(".")
    assert body["parameters"]["type"] == "object"
    assert body["parameters"]["additionalProperties"] is False
    assert "box" not in body["parameters"]["properties"]
    assert all(entry.get("description") for entry in body["parameters"]["properties"].values())


def test_the_bounds_of_a_schema_use_the_names_that_people_write() -> None:
    bound = schema(TOOLS[0])["function"]["parameters"]["$defs"]["Bound"]
    assert {"gte", "lte", "in", "all", "not"} <= set(bound["properties"])


def test_a_title_is_found(tools: dict[str, Tool]) -> None:
    hits = tools["find_title"](title="harvest mon")
    assert (hits[0].id, hits[0].title) == ("g02", "Harvest Moon (1984)")
    assert 0.5 < hits[0].score <= 1


def test_bounds_hold_in_every_search(tools: dict[str, Tool]) -> None:
    where = {"theme": {"not": ["scary"]}, "year": {"gte": 1990}}
    for name, arguments in (
        ("popular", {}),
        ("filter_items", {}),
        ("search_content", {"query": "trade"}),
        ("similar_by_people", {"likes": ["The Salt Road"]}),
    ):
        hits = tools[name](where=where, k=20, **arguments)
        assert hits
        for hit in hits:
            facts = tools["item_facts"](item=hit.id)
            assert "Horror" not in facts.facets["theme"]
            assert facts.facets["year"] >= 1990


def test_what_is_liked_is_not_recommended_nor_what_the_model_does_not_know(tools: dict[str, Tool]) -> None:
    hits = tools["similar_by_people"](likes=["g03", "iron fleet"], k=100)
    ids = [hit.id for hit in hits]
    assert ids[0] == "g04"
    assert not {"g03", "g05", "g59"} & set(ids)


def test_the_best_known_come_first(tools: dict[str, Tool]) -> None:
    assert [hit.id for hit in tools["popular"](k=3)] == ["g00", "g01", "g02"]


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("popular", {"k": 0}, "k"),
        ("popular", {"k": 1000}, "k"),
        ("popular", {"bogus": 1}, "bogus"),
        ("popular", {"where": {"theem": {}}}, "theme"),
        ("popular", {"where": {"theme": {"like": "x"}}}, "where"),
        ("find_title", {}, "title"),
        ("item_facts", {"item": "the purple rainmaker"}, "No game is called"),
        ("similar_by_people", {"likes": []}, "likes"),
    ],
)
def test_arguments_that_do_not_fit_are_user_errors(
    tools: dict[str, Tool], name: str, arguments: dict[str, Any], said: str
) -> None:
    with pytest.raises(UserError, match=said):
        tools[name](**arguments)


def test_a_tool_without_its_model_fails_as_a_tool(tools: dict[str, Tool]) -> None:
    with pytest.raises(ToolFailed, match="graph"):
        tools["similar_by_graph"](likes=["It"])
