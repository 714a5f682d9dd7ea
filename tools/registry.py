"""The retrieval tools as plain functions, and their JSON schemas for models that call tools.

A tool is a typed function whose first parameter is the toolbox; name, docstring and signature make its
schema. :data:`TOOLS` lists all of them. Over a :class:`Housed` toolbox the searching tools bring only what
the rules of the house allow; those that look up what was named say in ``remark`` what the rules say of it.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Protocol, get_type_hints

import numpy as np
from pydantic import BaseModel, Field, ValidationError, create_model

from ..data.errors import ToolFailed, UserError
from ..data.schema import FacetValue, Frozen
from .filters import allow_list
from .graph import LightGCN
from .topk import best
from .types import BoolArray, FloatArray, Hit, IntArray, Scored, Where

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ..data.catalog import Catalog
    from .collaborative import Recommender
    from .content import ContentIndex
    from .lookup import TitleIndex

SURE = 0.6
"""From this certainty on, a title given to a tool is taken to mean the item."""
POOL = 5
"""Times as many candidates as are wanted, where a rule of the house may leave some of them out."""
SPONSORED, WITHHELD = "Sponsored.", "A rule of the house: not to be recommended to this person."
PEOPLE = ("user-knn", "item-knn", "ease", "ials")
"""Models of what people like, the best after few likes first."""


class Toolbox(Protocol):
    """What the tools need of an opened catalogue."""

    @property
    def catalog(self) -> Catalog:
        """The items."""
        ...

    @property
    def titles(self) -> TitleIndex:
        """Titles and names."""
        ...

    @property
    def content(self) -> ContentIndex:
        """Sentence vectors."""
        ...

    @property
    def models(self) -> dict[str, Recommender]:
        """Trained models by name."""
        ...

    @property
    def house(self) -> House | None:
        """The rules that results keep to; None for none."""
        ...

    def encode(self, text: str, *, wait: bool = False) -> FloatArray | None:
        """The unit vector of ``text``."""
        ...


@dataclass(frozen=True)
class House:
    """The rules of a house as the tools keep them: what is searched, how many come, what is said of them.

    ``choose`` gives the places of the first k of an order (positions, best first) that may stand together.
    """

    allowed: BoolArray
    most: int
    choose: Callable[[Sequence[int], int], Sequence[int]]
    sponsored: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Housed:
    """A toolbox whose results keep to the rules of a house."""

    box: Toolbox
    house: House | None

    @property
    def catalog(self) -> Catalog:
        """The items."""
        return self.box.catalog

    @property
    def titles(self) -> TitleIndex:
        """Titles and names."""
        return self.box.titles

    @property
    def content(self) -> ContentIndex:
        """Sentence vectors."""
        return self.box.content

    @property
    def models(self) -> dict[str, Recommender]:
        """Trained models by name."""
        return self.box.models

    def encode(self, text: str, *, wait: bool = False) -> FloatArray | None:
        """The unit vector of ``text``."""
        return self.box.encode(text, wait=wait)


class Facts(Frozen):
    """All that the catalogue says of one item; ``remark`` is what the rules of the house say of it."""

    id: str
    title: str
    text: str
    facets: dict[str, FacetValue]
    remark: str = Field(default="", exclude_if=lambda remark: not remark)


Query = Annotated[str, Field(description="What the items should be like, in everyday words.", min_length=1)]
Likes = Annotated[list[str], Field(description="Titles or ids of items that the person likes.", min_length=1)]
Bounds = Annotated[
    Where | None,
    Field(
        description='Hard constraints, facet to bound: {"year": {"gte": 1985}, "genre": {"not": ["Horror"]}}.'
    ),
]
Count = Annotated[int, Field(description="How many results at most.", ge=1, le=100)]


def search_content(box: Toolbox, query: Query, where: Bounds = None, k: Count = 10) -> list[Hit]:
    """Find items whose description is nearest in meaning to a text."""
    vector = box.encode(query, wait=True)
    if vector is None:
        raise ToolFailed("The sentence encoder is not open.")
    allow = _allowed(box, where) if where or box.house else None
    return _hits(box, box.content.search(vector, _pool(box, k), allow), k)


def find_title(
    box: Toolbox,
    title: Annotated[str, Field(description="A title as the person wrote it, typing errors and all.")],
    year: Annotated[int | None, Field(description="The year, when several items share the title.")] = None,
    k: Count = 5,
) -> list[Hit]:
    """Find the items that a title may mean; the score says how sure that is, from 0 to 1."""
    matches = box.titles.find(title, k, year)
    return [_hit(box, match.position, match.certainty) for match in matches]


def similar_by_people(box: Toolbox, likes: Likes, where: Bounds = None, k: Count = 10) -> list[Hit]:
    """Find what people who like the given items like as well, from ratings; unrated items are not found."""
    name = next((name for name in PEOPLE if name in box.models), None)
    if name is None:
        raise ToolFailed(f"The {box.catalog.spec.plural} have no ratings to learn from.")
    return _similar(box, box.models[name].score, likes, where, k)


def similar_by_graph(box: Toolbox, likes: Likes, where: Bounds = None, k: Count = 10) -> list[Hit]:
    """Find items near the given ones in the graph of people, items and what items share."""
    if "gnn" not in box.models:
        raise ToolFailed(f"No graph was trained on the {box.catalog.spec.plural}.")
    graph = box.models["gnn"]
    score = graph.similar if isinstance(graph, LightGCN) else graph.score
    return _similar(box, score, likes, where, k)


def popular(box: Toolbox, where: Bounds = None, k: Count = 10) -> list[Hit]:
    """Find the items that most people like, whoever asks."""
    model = box.models.get("popularity")
    nobody = np.zeros(0, np.int64), np.zeros(0, np.float32)
    scores = box.catalog.known if model is None else model.score(*nobody)
    return _hits(box, best(scores, _pool(box, k), _allowed(box, where)), k)


def filter_items(
    box: Toolbox,
    where: Annotated[Where, Field(description="Hard constraints, facet to bound.")],
    k: Count = 10,
) -> list[Hit]:
    """List items that satisfy constraints, the best known first; the score is known-ness, from 0 to 1."""
    return _hits(box, best(box.catalog.known, _pool(box, k), _allowed(box, where)), k)


def item_facts(
    box: Toolbox, item: Annotated[str, Field(description="The title or id of one item.")]
) -> Facts:
    """Tell everything that the catalogue says of one item."""
    position = resolve_item(box, item)
    found = box.catalog.item(position)
    label = box.catalog.label(position)
    return Facts(
        id=found.id, title=label, text=found.text, facets=found.facets, remark=_remark(box, position)
    )


TOOLS: tuple[Callable[..., Any], ...] = (
    search_content,
    find_title,
    similar_by_people,
    similar_by_graph,
    popular,
    filter_items,
    item_facts,
)


@dataclass(frozen=True)
class Tool:
    """A tool bound to a catalogue: its schema in the style of OpenAI's functions, and how to call it."""

    name: str
    description: str
    schema: dict[str, Any]
    box: Toolbox
    function: Callable[..., Any]

    def __call__(self, **arguments: Any) -> Any:
        """Call the tool with JSON-like arguments, checked against the schema.

        Returns what the function returns. Raises UserError for arguments that do not fit, for unknown
        titles, facets and values; ToolFailed when the tool cannot do its work.
        """
        return self.function(self.box, **checked(self.function, arguments))


def definition(function: Callable[..., Any], box: Toolbox) -> Tool:
    """The tool ``function`` bound to the catalogue of ``box``."""
    described = schema(function)
    return Tool(function.__name__, described["function"]["description"], described, box, function)


def schema(function: Callable[..., Any]) -> dict[str, Any]:
    """The JSON schema of a tool, as OpenAI-compatible servers take it (``{"type": "function", …}``)."""
    parameters = _arguments(function).model_json_schema()
    parameters.pop("title", None)
    return {
        "type": "function",
        "function": {
            "name": function.__name__,
            "description": inspect.cleandoc(function.__doc__ or ""),
            "parameters": parameters,
        },
    }


def checked(function: Callable[..., Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """``arguments`` as the tool's own types; raises UserError, naming the first that does not fit."""
    try:
        model = _arguments(function).model_validate(arguments)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "arguments"
        raise UserError(f"{function.__name__}: {place}: {first['msg']}.") from None
    return {name: getattr(model, name) for name in type(model).model_fields}


def resolve_item(box: Toolbox, text: str) -> int:
    """The position of the item with the id or title ``text``; raises UserError with the nearest titles."""
    try:
        return box.catalog.position(text)
    except KeyError:
        matches = box.titles.find(text, 3)
    if matches and matches[0].certainty >= SURE:
        return matches[0].position
    near = "; ".join(box.catalog.label(match.position) for match in matches)
    hint = f" The nearest: {near}." if near else ""
    raise UserError(f"No {box.catalog.spec.noun} is called {text!r}.{hint}")


def _arguments(function: Callable[..., Any]) -> type[BaseModel]:
    hints = get_type_hints(function, include_extras=True)
    fields: dict[str, Any] = {}
    for name, parameter in list(inspect.signature(function).parameters.items())[1:]:
        required = parameter.default is inspect.Parameter.empty
        fields[name] = (hints[name], ... if required else parameter.default)
    return create_model(function.__name__, __config__={"extra": "forbid"}, **fields)


def _similar(
    box: Toolbox,
    score: Callable[[IntArray, FloatArray], FloatArray],
    likes: Sequence[str],
    where: Bounds,
    k: int,
) -> list[Hit]:
    items: IntArray = np.array([resolve_item(box, like) for like in likes], np.int64)
    scores = score(items, np.ones(len(items), np.float32))
    allow = _allowed(box, where)
    allow[items] = False
    return _hits(box, best(scores, _pool(box, k), allow), k)


def _allowed(box: Toolbox, where: Bounds) -> BoolArray:
    """What satisfies ``where`` and the rules of the house, (n,); raises UserError."""
    allow = allow_list(box.catalog, where or {})
    return allow if box.house is None else allow & box.house.allowed


def _pool(box: Toolbox, k: int) -> int:
    return k if box.house is None else POOL * k


def _hits(box: Toolbox, found: Scored, k: int) -> list[Hit]:
    """The first ``k`` of ``found`` that the rules of the house let stand together."""
    positions, scores = found.items.tolist(), found.scores.tolist()
    house = box.house
    places = range(len(positions)) if house is None else house.choose(positions, min(k, house.most))
    return [_hit(box, positions[place], scores[place]) for place in places]


def _hit(box: Toolbox, position: int, score: float) -> Hit:
    catalog = box.catalog
    label, remark = catalog.label(position), _remark(box, position)
    return Hit(id=catalog.ids[position], title=label, score=round(score, 6), remark=remark)


def _remark(box: Toolbox, position: int) -> str:
    """What the rules of the house say of an item that was named; empty for nothing."""
    if box.house is None:
        return ""
    if not box.house.allowed[position]:
        return WITHHELD
    return SPONSORED if position in box.house.sponsored else ""
