"""Rankings that other libraries made of the same split, read back to be measured like ours.

One ``.npz`` a method, of plain arrays: ``protocol``, ``catalog``, ``split_sha256``, ``method``, ``fold_in``
("yes", "no", "retrained"), ``fit_seconds`` and ``ms_per_request`` (-1 where unknown), and positions of items,
best first, -1 for none: ``k1_ranked`` … of each episode, or ``ranked`` of each person asked. If it likes,
``seconds_to_best``, the seconds of learning up to the best point on validation data, and a ``note``.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...data.errors import DataError
from .questions import Answers

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from .questions import Questions

FOLD_IN = ("yes", "no", "retrained")


@dataclass(frozen=True)
class PeerRankings:
    """What one method of another library ranked."""

    method: str
    fold_in: str
    """Whether it answers for a person whom it was not fitted to: yes, no, or only by fitting it again."""
    fit_seconds: float | None
    ms_per_request: float | None
    ranked: dict[str, NDArray[np.int64]]
    """Slice ("k=1" … or "all") → (n, depth)."""
    seconds_to_best: float | None = None
    note: str = ""

    def answers(self, where: str, questions: Questions) -> Answers | None:
        """Its answers to the questions of a slice; None where it has none.

        Raises DataError where they are not as many as the questions or name items that are not there.
        """
        if where not in self.ranked:
            return None
        ranked = self.ranked[where]
        if len(ranked) != len(questions) or ranked.max(initial=-1) >= questions.n_items:
            raise DataError(f"The rankings of {self.method} for {where} do not fit the questions.")
        for row, hidden in enumerate(questions.hidden):
            kept = ranked[row][~np.isin(ranked[row], hidden)]
            ranked[row] = np.pad(kept, (0, len(ranked[row]) - len(kept)), constant_values=-1)
        ms = self.ms_per_request
        return Answers(ranked, None if ms is None else np.full(len(ranked), ms))

    @property
    def notes(self) -> dict[str, Any]:
        """What its rows say beside the figures."""
        notes: dict[str, Any] = {"fold_in": self.fold_in}
        for name, seconds in (("fit_seconds", self.fit_seconds), ("seconds_to_best", self.seconds_to_best)):
            if seconds is not None:
                notes[name] = round(seconds, 2)
        return notes | ({"note": self.note} if self.note else {})


def read_rankings(folder: Path, protocol: str, catalog: str, split_sha256: str) -> list[PeerRankings]:
    """The rankings in ``folder`` that are of this protocol and catalogue, by the method's name.

    Raises DataError for a file that is broken, of another split, or names a method twice.
    """
    found: dict[str, PeerRankings] = {}
    for path in sorted(folder.glob("*.npz")):
        try:
            with np.load(path, allow_pickle=False) as arrays:
                if "method" not in arrays or _text(arrays, "protocol", "catalog") != (protocol, catalog):
                    continue
                if str(arrays["split_sha256"]) != split_sha256:
                    raise DataError(f"{path.name} ranks another split.")
                peer = _peer(arrays)
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise DataError(f"{path.name} cannot be read ({error}).") from error
        if peer.method in found:
            raise DataError(f"{path.name} repeats the method {peer.method}.")
        found[peer.method] = peer
    return [found[name] for name in sorted(found)]


def _peer(arrays: Any) -> PeerRankings:
    fold_in = str(arrays["fold_in"])
    if fold_in not in FOLD_IN:
        raise ValueError(f"fold_in is {fold_in!r}")
    ranked = {
        "all" if name == "ranked" else f"k={name[1:].removesuffix('_ranked')}": arrays[name].astype(np.int64)
        for name in arrays.files
        if name.endswith("ranked")
    }
    fit, ms = float(arrays["fit_seconds"]), float(arrays["ms_per_request"])
    to_best = float(arrays["seconds_to_best"]) if "seconds_to_best" in arrays else -1
    return PeerRankings(
        method=str(arrays["method"]),
        fold_in=fold_in,
        fit_seconds=fit if fit >= 0 else None,
        ms_per_request=ms if ms >= 0 else None,
        ranked=ranked,
        seconds_to_best=to_best if to_best >= 0 else None,
        note=str(arrays["note"]) if "note" in arrays else "",
    )


def _text(arrays: Any, *names: str) -> tuple[str, ...]:
    return tuple(str(arrays[name]) for name in names)
