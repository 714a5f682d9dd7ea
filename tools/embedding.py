"""Embedding documents once: what was embedded before is recognised by its text."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from .types import FloatArray, IntArray

    Progress = Callable[[str, int, int], None]

REQUESTS, NOTES = "request_", "note_"
"""How the names of further arrays of hashes and vectors in one file begin."""
CHUNK = 2048
"""Documents embedded before they are stored: what an interrupted run loses."""


class DocumentEncoder(Protocol):
    """What embeds documents at set-up."""

    dim: int
    revision: str

    def embed_documents(self, texts: Sequence[str], progress: Progress | None = None) -> FloatArray:
        """The unit vectors of ``texts``, ``(len(texts), dim)``."""
        ...


def embed(
    documents: Sequence[str], encoder: DocumentEncoder, old: Path, partial: Path, progress: Progress
) -> dict[str, NDArray[Any]]:
    """The ``vectors`` ``(n, dim)`` and ``hashes`` ``(n,)`` of ``documents``.

    A document in ``old``, a safetensors file of such arrays, or in the folder ``partial`` is not embedded
    again. New vectors are stored in ``partial`` chunk by chunk; it may be deleted when the result is stored.
    Raises OSError when it cannot be written.
    """
    partial.mkdir(parents=True, exist_ok=True)
    hashes = hashes_of(documents, encoder.revision)
    done = _stored([old, *sorted(partial.glob("*.safetensors"))], encoder.dim)
    total = len(documents)
    # Texts of like length share a batch, so that little is spent on padding.
    missing = [place for place in range(total) if int(hashes[place]) not in done]
    missing.sort(key=lambda place: -len(documents[place]))
    for start in range(0, len(missing), CHUNK):
        rows = missing[start : start + CHUNK]
        before = total - len(missing) + start
        vectors = encoder.embed_documents([documents[row] for row in rows], _from(before, total, progress))
        aside = partial / f"{os.getpid()}-{start:08d}.tmp"
        save_file({"vectors": vectors, "hashes": hashes[rows]}, aside)
        aside.rename(aside.with_suffix(".safetensors"))
        done.update(zip(hashes[rows].tolist(), vectors, strict=True))
    progress("embedding", total, total)
    vectors = np.zeros((total, encoder.dim), np.float32)
    for row, number in enumerate(hashes.tolist()):
        vectors[row] = done[number]
    return {"vectors": vectors, "hashes": hashes}


def hashes_of(documents: Sequence[str], revision: str) -> IntArray:
    """A number for each document, ``(n,)``, equal for equal texts embedded by the same ``revision``."""
    key = revision[:64].encode()
    digests = (
        hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8, key=key).digest()
        for text in documents
    )
    return np.frombuffer(b"".join(digests), np.int64)


def _from(start: int, total: int, progress: Progress) -> Progress:
    """A chunk's progress as that of the whole, ``start`` documents being done."""
    return lambda label, done, _of: progress(label, start + done, total)


def _stored(paths: Sequence[Path], dim: int) -> dict[int, FloatArray]:
    """Hash → vector, from those files in ``paths`` that can be read."""
    found: dict[int, FloatArray] = {}
    for path in paths:
        try:
            arrays = load_file(path)
        except (OSError, SafetensorError):
            continue
        for prefix in ("", REQUESTS, NOTES):
            hashes, vectors = arrays.get(f"{prefix}hashes"), arrays.get(f"{prefix}vectors")
            if hashes is not None and vectors is not None and vectors.shape == (len(hashes), dim):
                found.update(zip(hashes.tolist(), vectors, strict=True))
    return found
