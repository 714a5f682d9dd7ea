"""palate: a recommendation agent to talk to.

>>> from palate import Palate
>>> app = Palate.open("films")
>>> reply = app.chat(user="anna").ask("recommend me something like Alien, after 1985")

The public names are imported at first use: importing ``palate`` costs milliseconds.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .agent.app import Chat, Palate
    from .agent.errors import DataError, ModelUnavailable, NoData, PalateError, UserError
    from .agent.policy import Policy
    from .agent.types import Pick, Reason, Reply

__version__ = "0.1.0"

_HOMES = {
    "Palate": ".agent.app",
    "Chat": ".agent.app",
    "Policy": ".agent.policy",
    "Reply": ".agent.types",
    "Pick": ".agent.types",
    "Reason": ".agent.types",
    "PalateError": ".agent.errors",
    "UserError": ".agent.errors",
    "NoData": ".agent.errors",
    "DataError": ".agent.errors",
    "ModelUnavailable": ".agent.errors",
}

__all__ = [
    "Chat",
    "DataError",
    "ModelUnavailable",
    "NoData",
    "Palate",
    "PalateError",
    "Pick",
    "Policy",
    "Reason",
    "Reply",
    "UserError",
    "__version__",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
