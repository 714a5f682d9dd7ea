"""The errors an application may catch; the tree is drawn in :mod:`palate.data.errors`."""

from __future__ import annotations

from ..data.errors import (
    DataError,
    Incapable,
    ModelUnavailable,
    NoData,
    PalateError,
    SetupFailed,
    ToolFailed,
    UserError,
)

__all__ = [
    "DataError",
    "Incapable",
    "ModelUnavailable",
    "NoData",
    "PalateError",
    "SetupFailed",
    "ToolFailed",
    "UserError",
]
