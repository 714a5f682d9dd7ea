"""``few-likes``: people whom no model saw name one to ten of their likes; the others are to be found.

Five folds over all people: a fold's people are asked by a product that was made without them. All items are
ranked.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ...data.catalog import Catalog
from ...tools.toolbox import Toolbox
from .figures import Asked, check_enough, result
from .laboratory import laboratory
from .peers import read_rankings
from .questions import FIRST, Answers, Asking, Questions, Seen
from .splits import DRAWS, FEW, few_likes_split

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from ...data.fetch import Progress
    from ...data.interactions import Interactions
    from ...tools.types import FloatArray
    from .laboratory import Method
    from .peers import PeerRankings
    from .splits import FewLikesSplit

    Fold = tuple[dict[int, dict[str, Answers]], dict[str, float]]

NAME = "few-likes"


def run(
    box: Toolbox,
    *,
    progress: Progress | None = None,
    peers: Path | None = None,
    ks: tuple[int, ...] = FEW,
    draws: int = DRAWS,
    n_folds: int | None = None,
    jobs: int = 1,
) -> dict[str, Any]:
    """Figures of the protocol over the box's catalogue; ``jobs`` folds at a time, each in a process.

    ``peers`` is a folder of other libraries' rankings (:mod:`.peers`). Fewer ``ks`` or ``draws`` are for a
    quick look and hash to another split; so are the first ``n_folds`` folds alone, which have no hash. Raises
    UserError for a catalogue without people to ask.
    """
    catalog, like_at = box.catalog, box.catalog.spec.like_at
    split = few_likes_split(catalog.interactions.likes(like_at), ks=ks, draws=draws)
    folds = split.n_folds if n_folds is None else n_folds
    questions = questions_of(split, catalog.interactions, like_at, folds)
    check_enough(catalog, max((len(np.unique(asked.people)) for asked in questions.values()), default=0))
    sha256 = split.sha256 if folds == split.n_folds else ""
    others = [] if peers is None else read_rankings(peers, NAME, catalog.spec.name, sha256)
    answers: dict[int, dict[str, Answers]] = {k: {} for k in questions}
    seconds: dict[str, list[float]] = {}
    look = Look(ks, draws, folds)
    for fold, (found, spent) in enumerate(_folds(box, look, progress, jobs)):
        for k, asked in questions.items():
            for name, part in found[k].items():
                whole = answers[k].setdefault(name, Answers.empty(len(asked), FIRST))
                whole.take(part, np.flatnonzero(asked.part == fold))
        for name, took in spent.items():
            seconds.setdefault(name, []).append(took)
    notes = {name: {"fit_seconds": round(float(np.mean(spent)), 2)} for name, spent in seconds.items()}
    rows = _rows(box.content.vectors, questions, answers, notes, others)
    return result(NAME, catalog, sha256, list(rows))


class Look(NamedTuple):
    """What of the protocol is run: the usual, or less of it for a quick look."""

    ks: tuple[int, ...]
    draws: int
    n_folds: int


def _folds(box: Toolbox, look: Look, progress: Progress | None, jobs: int) -> Iterator[Fold]:
    """What each fold's people were answered, in the order of the folds."""
    if jobs == 1:
        yield from (_fold(box, look, fold, progress) for fold in range(look.n_folds))
        return
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        of_fold = partial(_fold_of, box.catalog.path, look)
        for done, found in enumerate(pool.map(of_fold, range(look.n_folds))):
            if progress is not None:
                progress("folds", done + 1, look.n_folds)
            yield found


def _fold_of(path: Path, look: Look, fold: int) -> Fold:
    """:func:`_fold` of the catalogue at ``path``, for another process."""
    return _fold(Toolbox(Catalog.open(path)), look, fold, None)


def _fold(box: Toolbox, look: Look, fold: int, progress: Progress | None) -> Fold:
    """The answers to the people of one fold by what was fitted to all others, and the seconds it took."""
    catalog, like_at = box.catalog, box.catalog.spec.like_at
    split = few_likes_split(catalog.interactions.likes(like_at), ks=look.ks, draws=look.draws)
    questions = questions_of(split, catalog.interactions, like_at, look.n_folds)
    answers: dict[int, dict[str, Answers]] = {k: {} for k in questions}
    said = _named(f"fold {fold + 1} of {split.n_folds}", progress)
    with laboratory(box, catalog.interactions.only_people(split.folds != fold), like_at, said) as lab:
        _ask_all(lab.methods(), questions, fold, answers, said)
        return answers, dict(lab.fit_seconds)


def questions_of(
    split: FewLikesSplit, interactions: Interactions, like_at: float | None, folds: int
) -> dict[int, Questions]:
    """The questions to the people of the first ``folds`` folds by the number of likes given.

    They are in the order of the split's episodes; numbers of likes that nobody has are left out.
    """
    likes = interactions.likes(like_at)
    seen = [Seen.of(interactions.only_people(split.folds != fold)) for fold in range(split.n_folds)]
    questions = {}
    for k, every in split.episodes.items():
        episodes = every.of_people(split.folds < folds)
        liked = [likes.indices[likes.indptr[p] : likes.indptr[p + 1]] for p in episodes.people]
        given = list(episodes.given)
        if given:
            questions[k] = Questions(
                people=episodes.people,
                given=given,
                wanted=[np.setdiff1d(all_of, some) for all_of, some in zip(liked, given, strict=True)],
                hidden=given,
                part=split.folds[episodes.people],
                seen=seen,
                n_items=interactions.n_items,
            )
    return questions


def _ask_all(
    methods: Mapping[str, Method],
    questions: Mapping[int, Questions],
    fold: int,
    answers: dict[int, dict[str, Answers]],
    progress: Progress | None,
) -> None:
    rows = {k: np.flatnonzero(asked.part == fold) for k, asked in questions.items()}
    said = Asking(len(methods) * sum(map(len, rows.values())), progress)
    for name, method in methods.items():
        for k, asked in questions.items():
            answered = answers[k].setdefault(name, Answers.empty(len(asked), FIRST))
            answered.ask(method, asked, rows[k], said)


def _rows(
    vectors: FloatArray,
    questions: Mapping[int, Questions],
    answers: Mapping[int, dict[str, Answers]],
    notes: dict[str, dict[str, Any]],
    others: Sequence[PeerRankings],
) -> Iterator[dict[str, Any]]:
    notes = notes | {peer.method: peer.notes for peer in others}
    for k, asked in questions.items():
        where = f"k={k}"
        ranked = {peer.method: peer.answers(where, asked) for peer in others}
        both = answers[k] | {name: found for name, found in ranked.items() if found is not None}
        everyone = np.ones(len(asked), bool)
        yield from Asked(asked, both, notes).rows(vectors, {where: everyone})
        for name in (name for name, found in ranked.items() if found is None):
            # It cannot answer for a person it was not fitted to: said, not left out.
            yield {"method": name, "slice": where, "n": 0, "metrics": notes[name]}


def _named(prefix: str, progress: Progress | None) -> Progress | None:
    """``progress`` with labels that begin with ``prefix``."""
    if progress is None:
        return None
    return lambda label, done, total: progress(f"{prefix}: {label}", done, total)
