"""A product that has seen only some of a catalogue's interactions: what the evaluator puts questions to.

It is made by the steps of a set-up, over a catalogue of its own in a temporary folder, and answers through
:meth:`Palate.recommend`. Nothing of what is held out is in that folder: known-ness is worked out again from
the interactions that are left, and every model and the fusion learn from these alone. The items' sentence
vectors, which know of nobody, are not computed again.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...data.catalog import Catalog, write_catalog
from ...tools.toolbox import Toolbox
from ..app import Palate
from ..features import Taste, content_scores
from ..setup import run_steps, steps_of
from ..store import MemoryStore
from ..trial import view

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ...data.fetch import Progress
    from ...data.interactions import Interactions
    from ...tools.types import FloatArray, IntArray

    Method = Callable[[IntArray, int], IntArray]
    """Positions that a person likes, and how many items to give → their positions, best first."""

PRODUCT = "palate"
"""The row of the product: ``Palate.recommend``, all tools fused."""
MOST = 100
"""Picks that :meth:`Palate.recommend` gives at most."""
TRAINING = ("training", "ranking", "learning")
"""How the steps that fit something begin."""


@dataclass(frozen=True)
class Laboratory:
    """The product over some interactions, ready to be asked."""

    app: Palate
    fit_seconds: dict[str, float]
    """Method → how long it took to fit; the product's is that of all models and of the fusion."""

    def methods(self) -> dict[str, Method]:
        """The product, and each of its tools alone, by the names of their rows.

        A method gives as many items as it is asked for, or fewer if it knows no more (the product gives
        :data:`MOST`); liked ones are not among them.
        """
        box = self.app.box
        methods: dict[str, Method] = {PRODUCT: self._recommended}
        for name, model in box.models.items():

            def by_model(
                given: IntArray, depth: int, score: Callable[..., FloatArray] = model.score
            ) -> IntArray:
                return first(score(given, np.ones(len(given), np.float32)), given, depth)

            methods[f"{PRODUCT}/{name}"] = by_model

        def by_content(given: IntArray, depth: int) -> IntArray:
            return first(content_scores(box, Taste.of(given)), given, depth)

        methods[f"{PRODUCT}/content"] = by_content
        return methods

    def _recommended(self, given: IntArray, depth: int) -> IntArray:
        catalog = self.app.box.catalog
        likes = [catalog.ids[position] for position in given]
        reply = self.app.recommend(likes=likes, k=min(depth, MOST))
        return np.array([catalog.position(pick.id) for pick in reply.items], np.int64)


@contextmanager
def laboratory(
    box: Toolbox,
    interactions: Interactions,
    like_at: float | None,
    progress: Progress | None = None,
    known: FloatArray | None = None,
) -> Iterator[Laboratory]:
    """The product made of the items of ``box`` and these ``interactions``, as a set-up makes it.

    ``like_at`` says what counts as a like in them; ``known`` (n,) is the items' known-ness, where it is not
    worked out from the interactions (:func:`~..trial.view`). Raises NoData where ``box`` has no sentence
    vectors yet, and SetupFailed.
    """
    _ = box.content
    timer = _Timer(progress)
    with tempfile.TemporaryDirectory(prefix="palate-eval-") as folder:
        # Artifacts name their catalogue by its folder.
        path = Path(folder) / box.catalog.spec.name
        catalog = _written(box.catalog, view(box.catalog, interactions, known), like_at, path)
        run_steps(steps_of(catalog, timer), timer)
        timer.stop()
        with Palate.over(Toolbox(catalog), model="none", store=MemoryStore()) as app:
            yield Laboratory(app, timer.by_method())


def first(scores: FloatArray | None, given: IntArray, depth: int) -> IntArray:
    """The ``depth`` positions with the best scores, ties by position; none of NaN or of ``given``."""
    if scores is None:
        return np.empty(0, np.int64)
    known = np.isfinite(scores)
    known[given] = False
    best = np.argsort(np.where(known, -scores, np.inf), kind="stable")[: min(depth, int(known.sum()))]
    return best.astype(np.int64)


def _written(catalog: Catalog, seen: Catalog, like_at: float | None, path: Path) -> Catalog:
    """``catalog`` as it is ``seen``, in the folder ``path``, with the sentence vectors to re-use."""
    known = seen.known.tolist()
    items = [catalog.item(at).model_copy(update={"known": value}) for at, value in enumerate(known)]
    spec = catalog.spec.model_copy(update={"like_at": like_at})
    write_catalog(spec, items, seen.interactions, path)
    (path / "artifacts" / "content").mkdir(parents=True)
    for arrays in (catalog.path / "artifacts" / "content").glob("*.safetensors"):
        # Without their manifest: they serve as a store of embedded texts, and are checked by their hashes.
        shutil.copy(arrays, path / "artifacts" / "content")
    return Catalog.open(path)


class _Timer:
    """A progress function that notes how long each step takes."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._seconds: dict[str, float] = {}
        self._label = ""
        self._since = time.perf_counter()

    def __call__(self, label: str, done: int, total: int) -> None:
        """A step goes on until another one is named."""
        if label != self._label:
            self.stop()
            self._label = label
        if self._progress is not None:
            self._progress(label, done, total)

    def stop(self) -> None:
        """The last step ends now."""
        now = time.perf_counter()
        self._seconds[self._label] = self._seconds.get(self._label, 0.0) + now - self._since
        self._since = now

    def by_method(self) -> dict[str, float]:
        """Method → seconds of fitting."""
        fitting = {label: s for label, s in self._seconds.items() if label.startswith(TRAINING)}
        models = {label.removeprefix("training "): s for label, s in fitting.items() if " " in label}
        models.pop("learning to rank", None)
        return {f"{PRODUCT}/{name}": s for name, s in models.items()} | {PRODUCT: sum(fitting.values())}
