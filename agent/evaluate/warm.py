"""``warm``: the textbook case, people with long histories of whom every method has seen a part.

The split is the random 8:1:1 of each person's interactions that RecBole makes by default; all of them are
positive. Figures are means over people, as RecBole's are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...data.importers.registry import source_order
from .held_out import evaluate
from .splits import recbole_split

if TYPE_CHECKING:
    from pathlib import Path

    from ...data.catalog import Catalog
    from ...data.fetch import Progress
    from ...tools.toolbox import Toolbox
    from .splits import HeldOut

NAME = "warm"


def split_of(catalog: Catalog) -> HeldOut:
    """The split of ``catalog``: by the rows of the file it was read from, where these are known."""
    return recbole_split(catalog.interactions, source_order(catalog))


def run(box: Toolbox, *, progress: Progress | None = None, peers: Path | None = None) -> dict[str, Any]:
    """Figures of the protocol; ``peers`` is a folder of other libraries' rankings (:mod:`.peers`).

    Raises UserError for a catalogue without people to ask.
    """
    return evaluate(NAME, box, split_of(box.catalog), None, peers, progress)
