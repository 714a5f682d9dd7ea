"""``temporal``: one point in time for everybody; what people liked after it is to be found.

People of whom nothing came before are asked apart, as new people.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .held_out import evaluate
from .splits import temporal_split

if TYPE_CHECKING:
    from pathlib import Path

    from ...data.catalog import Catalog
    from ...data.fetch import Progress
    from ...tools.toolbox import Toolbox
    from .splits import HeldOut

NAME = "temporal"


def split_of(catalog: Catalog) -> HeldOut:
    """The split of ``catalog``; raises UserError where it knows no times."""
    return temporal_split(catalog.interactions, catalog.spec.like_at)


def run(box: Toolbox, *, progress: Progress | None = None, peers: Path | None = None) -> dict[str, Any]:
    """Figures of the protocol; ``peers`` is a folder of other libraries' rankings (:mod:`.peers`).

    Raises UserError for a catalogue that knows no times, or without people to ask.
    """
    return evaluate(NAME, box, split_of(box.catalog), box.catalog.spec.like_at, peers, progress)
