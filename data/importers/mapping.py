"""What the columns of a person's files are: given in a TOML mapping, guessed where it says nothing."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, ValidationError

from ..errors import DataError, UserError
from ..schema import CatalogSpec, Facet, Frozen, Quality

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ID = (
    "id", "item_id", "itemid", "sku", "isbn", "asin", "product_id", "productid", "book_id", "bookid",
    "movie_id", "movieid", "track_id", "song_id", "game_id", "article_id", "isin",
)  # fmt: skip
TITLE = ("title", "name", "item_name", "product_name", "item_title", "label", "assetname")
TEXT = ("text", "description", "summary", "overview", "plot", "abstract", "blurb", "synopsis")
IMAGE = ("image", "image_url", "img", "photo", "picture", "cover", "iconic_image", "thumbnail")
PERSON = (
    "person",
    "user",
    "user_id",
    "userid",
    "person_id",
    "customer",
    "customer_id",
    "customerid",
    "reader",
)
ITEM = ("item", "item_id", "itemid", *ID[3:])
MEND = "palate import NAME --items FILE --map FILE.toml"
RATING = ("rating", "score", "stars", "value", "grade")
TIME = ("time", "timestamp", "date", "created_at", "ts", "datetime", "when")


class MappedFacet(Facet):
    """A facet and the column it comes from."""

    column: str = ""
    """The column; empty: the facet's name."""
    separator: str = ""
    """What separates several values in one cell."""
    rename: dict[str, str] = Field(default_factory=dict)
    drop: tuple[str, ...] = ()
    """Values that mean nothing ("(no genres listed)")."""

    def facet(self) -> Facet:
        """The facet alone, for the catalogue's spec."""
        return Facet.model_validate(self.model_dump(include=set(Facet.model_fields)))


class Join(Frozen):
    """Another file with columns of the same items."""

    file: str
    on: str
    """The column that holds the items' key in that file."""
    collect: str = ""
    """For a file of several rows an item (tags): the column whose values are gathered."""
    at_least: int = 1
    """How many rows of one item must agree on a gathered value."""
    optional: bool = False


class ItemsMap(Frozen):
    """Where items are and what their columns mean; empty: guessed or absent."""

    file: str = ""
    delimiter: str | None = None
    id: str = ""
    id_format: str = "{}"
    key: str = ""
    """The column that interactions and joins name items by; empty: the id."""
    title: str = ""
    title_format: str = ""
    """A title made of columns ("Place {number}"), where none is given."""
    title_style: Literal["plain", "catalogued"] = "plain"
    """``catalogued``: "Matrix, The (a.k.a. X)", with the article moved and other titles in brackets."""
    year_facet: str = ""
    """The facet that a year in brackets behind the title goes to."""
    aliases: tuple[str, ...] = ()
    text: str = ""
    image: str = ""
    known: str = ""
    """A number that says how widely known an item is; empty: its interactions."""
    joins: tuple[Join, ...] = ()


class InteractionsMap(Frozen):
    """Where interactions are and what their columns mean; empty: guessed or absent."""

    file: str = ""
    format: Literal["rows", "pairs"] = "rows"
    delimiter: str | None = None
    person: str = ""
    item: str = ""
    rating: str = ""
    time: str = ""


class Mapping(Frozen):
    """A whole mapping; the fields of a catalogue's spec beside the columns."""

    noun: str = "item"
    plural: str = "items"
    nouns: tuple[str, ...] = ()
    verb: str = "try"
    licence: str = ""
    sources: tuple[str, ...] = ()
    qualities: tuple[Quality, ...] = ()
    unknown_qualities: tuple[str, ...] = ()
    best_by: str | None = None
    like_at: float | None = None
    guess_facets: bool = True
    """Whether columns that no facet names become facets by looking at them."""
    items: ItemsMap = ItemsMap()
    interactions: InteractionsMap = InteractionsMap()
    facets: tuple[MappedFacet, ...] = ()

    def spec(
        self, name: str, facets: Sequence[Facet], rating_range: tuple[float, float] | None
    ) -> CatalogSpec:
        """The catalogue's spec; without ``like_at`` a like is a rating in the upper fifth of the scale."""
        like_at = self.like_at
        if like_at is None and rating_range and rating_range[0] < rating_range[1]:
            like_at = round(0.8 * rating_range[1], 2)
        shared = self.model_dump(include=CatalogSpec.model_fields.keys() & Mapping.model_fields.keys())
        return CatalogSpec.model_validate(
            {**shared, "name": name, "facets": facets, "like_at": like_at, "rating_range": rating_range}
        )


def load_mapping(path: Path) -> Mapping:
    """A mapping from a TOML file; raises UserError that says what is wrong with it."""
    try:
        return parse_mapping(path.read_text(encoding="utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"The mapping {path} cannot be read ({error}).") from error


_MAPPINGS = resources.files("palate.data").joinpath("mappings")


def committed_names() -> list[str]:
    """The catalogues that palate has a mapping for."""
    files = (entry.name for entry in _MAPPINGS.iterdir())
    return sorted(file.removesuffix(".toml") for file in files if file.endswith(".toml"))


def committed_mapping(name: str) -> Mapping:
    """One of palate's own mappings by the catalogue's name; raises UserError with the names there are."""
    known = committed_names()
    if name not in known:
        raise UserError(f"There is no mapping {name!r}; there are {', '.join(known)}.")
    return parse_mapping(_MAPPINGS.joinpath(f"{name}.toml").read_text(encoding="utf-8"), f"{name}.toml")


def parse_mapping(text: str, name: str) -> Mapping:
    """A mapping from TOML text; raises UserError."""
    try:
        return Mapping.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"The mapping {name} is no TOML ({error}).") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UserError(f"The mapping {name}: {where}: {first['msg']}.") from error


def guess_items(given: ItemsMap, columns: Sequence[str], file: str) -> ItemsMap:
    """Fill in the item columns that the mapping leaves open; raises DataError without an id or title."""
    guessed: dict[str, Any] = {
        "id": given.id or _named(columns, ID),
        "title": given.title or ("" if given.title_format else _named(columns, TITLE)),
        "text": given.text or _named(columns, TEXT),
        "image": given.image or _named(columns, IMAGE),
    }
    filled = given.model_copy(update=guessed)
    _check_columns(filled, ("id", "title", "text", "image", "key", "known"), columns, file)
    if not filled.id:
        raise DataError(f"{file}: no column looks like an id ({_listed(columns)}).", MEND)
    if not filled.title and not filled.title_format:
        raise DataError(f"{file}: no column looks like a title ({_listed(columns)}).", MEND)
    return filled


def guess_interactions(
    given: InteractionsMap, columns: Sequence[str], item_key: str, file: str
) -> InteractionsMap:
    """Fill in the interaction columns that the mapping leaves open; raises DataError without both ends."""
    same = item_key if item_key in columns else ""
    filled = given.model_copy(
        update={
            "person": given.person or _named(columns, PERSON),
            "item": given.item or same or _named(columns, ITEM),
            "rating": given.rating or _named(columns, RATING),
            "time": given.time or _named(columns, TIME),
        }
    )
    _check_columns(filled, ("person", "item", "rating", "time"), columns, file)
    for end in ("person", "item"):
        if not getattr(filled, end):
            raise DataError(f"{file}: no column looks like a {end} ({_listed(columns)}).", MEND)
    return filled


def _named(columns: Sequence[str], names: Sequence[str]) -> str:
    lower = {column.strip().lower().replace(" ", "_"): column for column in columns}
    return next((lower[name] for name in names if name in lower), "")


def _check_columns(filled: Frozen, fields: Sequence[str], columns: Sequence[str], file: str) -> None:
    for name in fields:
        column = getattr(filled, name)
        if column and column not in columns:
            raise DataError(f"{file} has no column {column!r} ({_listed(columns)}).")


def _listed(columns: Sequence[str]) -> str:
    shown = ", ".join(columns[:12])
    return f"its columns are: {shown}" if len(columns) <= 12 else f"its columns are: {shown}, …"
