"""The protocols of ``palate eval`` by name: each is a module of this folder with a function ``run``."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from inspect import signature
from typing import TYPE_CHECKING, Any, cast

from ...data.errors import UserError

if TYPE_CHECKING:
    from ...data.fetch import Progress
    from ...tools.toolbox import Toolbox

PROTOCOLS = (
    "few-likes",
    "warm",
    "temporal",
    "dialogue",
    "text-to-item",
    "cold-items",
    "calibration",
    "rerank",
)
"""Every protocol that has a name; :func:`available` says which of them this version has."""


def available() -> list[str]:
    """The protocols that are here."""
    return [name for name in PROTOCOLS if find_spec(_module(name), __package__) is not None]


def evaluate(
    box: Toolbox, protocol: str = "few-likes", *, progress: Progress | None = None, **options: Any
) -> dict[str, Any]:
    """Figures of ``protocol`` over the box's catalogue, in the shape of every benchmark's JSON.

    ``options`` are handed to the protocol's ``run``. Raises UserError for a protocol that is not here, for
    an option that it does not take, and for a catalogue that it cannot be asked of.
    """
    here = available()
    if protocol not in here:
        why = "is not there yet" if protocol in PROTOCOLS else "does not exist"
        hint = f"palate eval --protocol {'|'.join(here)}"
        raise UserError(f"The protocol {protocol!r} {why}.", hint)
    run = import_module(_module(protocol), __package__).run
    if foreign := sorted(options.keys() - signature(run).parameters.keys()):
        raise UserError(f"The protocol {protocol!r} takes no {foreign[0]}.")
    return cast("dict[str, Any]", run(box, progress=progress, **options))


def _module(protocol: str) -> str:
    return "." + protocol.replace("-", "_")
