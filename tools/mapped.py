"""Arrays read in place: a safetensors file whose pages are shared and loaded when first touched."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

TYPES = {"F32": np.float32, "I64": np.int64}
"""The types that are read, by the format's names."""


def mapped_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of a safetensors file by name, as read-only views of its memory-mapped bytes.

    Those of float32 and int64; what else the file holds is left out.

    The format is eight bytes that hold the header's length, a JSON header, and the arrays' bytes. Raises
    OSError, ValueError or KeyError for a file that is none.
    """
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > path.stat().st_size:
            raise ValueError(f"{path.name} is not a safetensors file")
        header = json.loads(file.read(length))
    raw = np.memmap(path, np.uint8, mode="r", offset=8 + length)
    arrays: dict[str, NDArray[Any]] = {}
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] in TYPES:
            first, last = entry["data_offsets"]
            # A plain view: every slice of a memmap object pays for being one.
            arrays[name] = np.asarray(raw[first:last]).view(TYPES[entry["dtype"]]).reshape(entry["shape"])
    return arrays
