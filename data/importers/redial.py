"""ReDial's conversations as rows, one a turn in which the recommender answers.

R. Li et al., Towards Deep Conversational Recommendations, NeurIPS 2018. A row holds the turns so far (by
turns the seeker's and the recommender's, the seeker's last), the entities named in them, the answer, and the
items of the answer with their keys in a catalogue and whether they stand in the turns so far.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pydantic import ConfigDict, Field, ValidationError

from ..errors import DataError, NoData
from ..schema import Frozen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Gold(Frozen):
    """An item that the answer names."""

    title: str
    key: str | None = Field(alias="movieId", default=None)
    """Its key in the catalogue's source; None where it could not be linked."""
    in_context: bool = False
    link: str | None = None

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)


class Row(Frozen):
    """One answer and what came before it."""

    dialog_id: str
    turn_id: int
    context: tuple[str, ...]
    entities: tuple[str, ...] = ()
    resp: str = ""
    gold: tuple[Gold, ...] = ()

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)

    @property
    def wanted(self) -> tuple[str, ...]:
        """The keys of the linked items that the turns so far do not name, each once."""
        keys = (gold.key for gold in self.gold if not gold.in_context)
        return tuple(dict.fromkeys(key for key in keys if key is not None))


def read_rows(path: Path) -> list[Row]:
    """The rows of a JSON lines file; raises NoData where there is none, DataError for a broken line."""
    return [_row(line, f"Line {number} of {path.name}") for number, line in dialogue_lines(path)]


def dialogue_lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a JSON lines file that are not empty, with their numbers from 1; raises as above."""
    try:
        # Not splitlines: JSON may hold the other line ends of Unicode as they are.
        lines = path.read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        raise NoData(f"There are no dialogues at {path}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"The dialogues at {path} cannot be read ({error}).") from error
    yield from ((number, line) for number, line in enumerate(lines, start=1) if line.strip())


def _row(line: str, where: str) -> Row:
    try:
        fields: dict[str, Any] = json.loads(line)
        return Row.model_validate(fields)
    except ValidationError as error:
        raise DataError(f"{where} is no row of a dialogue ({error.errors()[0]['msg']}).") from error
    except ValueError as error:
        raise DataError(f"{where} is no JSON ({error}).") from error
