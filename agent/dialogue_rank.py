"""Ranking in a conversation, learned from recorded ones: :class:`DialogueRanker`.

Any catalogue with dialogues can train one (:mod:`.dialogues` says how they are written down). It knows how
often items are named, what is named beside what, and how far to believe the tools and the words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ..data.errors import DataError, UserError
from ..tools.artifacts import load_arrays, save_arrays
from ..tools.topk import best
from .dialogue_columns import COLUMNS, columns_of, meaning_of
from .dialogue_counts import Counts, Recorded, count
from .dialogue_fit import Weights, fit_weights, lessons_of
from .dialogues import context_of, examples_of, positions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from ..tools.types import BoolArray, FloatArray, Scored
    from .dialogue_columns import Box
    from .dialogues import Context, Dialogue, Turn

    Progress = Callable[[str, int, int], None]

KIND, VERSION = "dialogue", 1


class DialogueRanker:
    """Scores every item as the next to recommend in a conversation.

    A conditional logit over the columns of :mod:`.dialogue_columns`, fitted so that no dialogue is counted
    in its own columns.
    """

    def __init__(self, box: Box, recorded: Recorded, weights: Weights) -> None:
        self.box = box
        self.recorded = recorded
        self.weights = weights

    @classmethod
    def fit(
        cls, box: Box, dialogues: Iterable[Dialogue], *, seed: int = 0, progress: Progress | None = None
    ) -> Self:
        """Learn from ``dialogues`` over the box's catalogue, whose models must be trained.

        Ids that the catalogue lacks are passed over. Raises UserError where no answer of the agent names an
        item that was not mentioned before.
        """
        dialogues = list(dialogues)
        catalog = box.catalog
        examples = list(examples_of(catalog, dialogues))
        if not examples:
            raise UserError(f"No answer in these dialogues recommends anything of {catalog.spec.name}.")
        named = [positions(catalog, (i for turn in talk.turns for i in turn.items)) for talk in dialogues]
        vectors = _vectors(box, [context_of(catalog, talk.turns).person for talk in dialogues])
        recorded = Recorded.of(count(catalog, named), vectors, _items(box))
        lessons = lessons_of(box, recorded, examples, progress or _silent, seed)
        return cls(box, recorded, fit_weights(lessons))

    def scores(self, context: Context, *, wait: bool = False) -> FloatArray:
        """The score of every item (n,) as the answer in ``context``; ``wait`` for the encoder to open."""
        columns = self._columns(context, wait=wait)
        return self.weights.score(columns, mentioned=bool(context.mentioned))

    def rank(
        self, turns: Sequence[Turn], k: int = 10, allow: BoolArray | None = None, *, wait: bool = False
    ) -> Scored:
        """The ``k`` likeliest answers after ``turns``; what they mention is left out.

        Only items in ``allow`` (n,) count, where it is given. Without turns only what dialogues name in
        general counts.
        """
        context = context_of(self.box.catalog, turns)
        allowed = np.ones(self.box.catalog.n, bool) if allow is None else allow.copy()
        allowed[list(context.mentioned)] = False
        return best(self.scores(context, wait=wait), k, allowed)

    def contributions(self, turns: Sequence[Turn], item: int) -> dict[str, float]:
        """What each column added to the score of the item at position ``item``."""
        context = context_of(self.box.catalog, turns)
        columns = self._columns(context, wait=False)[[item]]
        (parts,) = self.weights.contributions(columns, mentioned=bool(context.mentioned))
        return dict(zip(COLUMNS, parts.tolist(), strict=True))

    def _columns(self, context: Context, *, wait: bool) -> FloatArray:
        meaning = meaning_of(self.box, context, wait=wait)
        return columns_of(self.box, self.recorded, context, meaning)

    def save(self, folder: Path) -> None:
        """Store it as an artifact of the box's catalogue; raises SetupFailed when the disk refuses."""
        named = self.recorded.named
        arrays: dict[str, NDArray[Any]] = {
            "slopes": self.weights.slopes,
            "means": self.weights.means,
            "scales": self.weights.scales,
            "vectors": self.recorded.vectors,
            "indices": named.by_dialogue.indices.astype(np.int64),
            "starts": named.by_dialogue.indptr.astype(np.int64),
            "expected": named.expected,
        }
        save_arrays(
            folder,
            arrays,
            kind=KIND,
            data_sha256=self.box.catalog.spec.data_sha256,
            config={"columns": list(COLUMNS)},
            version=VERSION,
        )

    @classmethod
    def load(cls, folder: Path, box: Box) -> Self:
        """What :meth:`save` stored; raises NoData or DataError as every artifact does."""
        sha = box.catalog.spec.data_sha256
        arrays, config = load_arrays(folder, kind=KIND, data_sha256=sha, version=VERSION)
        if config.get("columns") != list(COLUMNS):
            raise DataError(f"The dialogue ranker in {folder.name} weighs other columns than this version's.")
        weights = Weights(arrays["slopes"], arrays["means"], arrays["scales"])
        named = _counts(arrays, box.catalog.n)
        return cls(box, Recorded.of(named, arrays["vectors"], _items(box)), weights)


def _items(box: Box) -> FloatArray:
    """The items' sentence vectors (n, dim), dim 0 where there are none."""
    return np.zeros((box.catalog.n, 0), np.float32) if box.content is None else box.content.vectors


def _vectors(box: Box, texts: Sequence[str]) -> FloatArray:
    """The sentence vectors (len(texts), dim) of ``texts``; zeros for an empty one, dim 0 without vectors."""
    vectors = np.zeros((len(texts), _items(box).shape[1]), np.float32)
    for row, text in enumerate(texts):
        vector = box.encode(text, wait=True) if text and vectors.shape[1] else None
        if vector is not None:
            vectors[row] = vector
    return vectors


def _counts(arrays: dict[str, NDArray[Any]], n: int) -> Counts:
    from scipy.sparse import csr_array

    indices, starts = arrays["indices"], arrays["starts"]
    data = np.ones(len(indices), np.float32)
    return Counts(csr_array((data, indices, starts), shape=(len(starts) - 1, n)), arrays["expected"])


def _silent(_label: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""
