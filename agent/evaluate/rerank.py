"""``rerank``: what a language model's order of the picks adds to the learned one.

People whom no model saw name three of their likes and get their first ten picks; the model orders these as
it does in a conversation. The weight of its order in the fusion is chosen by the people of one fold: the best
of :data:`GRID` whose gain in nDCG@10 is above zero with its whole 95 % interval, else zero. What it then
changes is measured on the people of another fold. Two more rows have no model: ``random`` orders at random,
``adversarial`` puts what the person likes last; a weight that is chosen well protects from both.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...data.errors import ModelUnavailable, UserError
from ..bridge import Bridge
from ..llm.models import DEFAULT, NONE, resolve
from ..rerank import SECONDS, fuse, order_by
from ..write import WriteFacts
from . import metrics
from .figures import check_enough, result
from .laboratory import laboratory
from .splits import few_likes_split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...data.fetch import Progress
    from ...tools.toolbox import Toolbox
    from ...tools.types import BoolArray, IntArray
    from ..llm.base import LLM
    from .laboratory import Laboratory
    from .metrics import Values
    from .splits import FewLikesSplit

    Orders = list[list[int]]
    """An order of each episode's picks, best first."""

NAME = "rerank"
LIKES, PICKS, DRAWS = 3, 10, 3
TO_CHOOSE, TO_MEASURE = 0, 1
"""The folds whose people choose the weight, and on whom it is measured."""
GRID = tuple(round(0.05 * step, 2) for step in range(1, 21))
SHOWN = 3
"""Episodes that are shown with the order that came in and the one that went out."""


@dataclass(frozen=True)
class Episode:
    """What a person said and got: ``liked`` (n picks,) of it, of ``n_liked`` items that were to be found."""

    person: int
    facts: WriteFacts
    liked: BoolArray
    n_liked: int


def run(
    box: Toolbox,
    *,
    progress: Progress | None = None,
    model: str | LLM = DEFAULT,
    episodes: int = 500,
    to_choose: int = 300,
) -> dict[str, Any]:
    """Figures of the protocol for ``model``, on at least ``episodes`` episodes as far as there are so many.

    Raises UserError for a catalogue without people to ask, and ModelUnavailable.
    """
    catalog, like_at = box.catalog, box.catalog.spec.like_at
    llm = resolve(model) if isinstance(model, str) else model
    split = few_likes_split(catalog.interactions.likes(like_at), ks=(LIKES,), draws=DRAWS)
    check_enough(catalog, len(np.unique(split.episodes[LIKES].people)))
    known = ~np.isin(split.folds, (TO_CHOOSE, TO_MEASURE))
    with laboratory(box, catalog.interactions.only_people(known), like_at, progress) as lab:
        chosen_by = _episodes(lab, box, split, TO_CHOOSE, to_choose)
        measured_on = _episodes(lab, box, split, TO_MEASURE, episodes)
    if not measured_on or not chosen_by:
        raise UserError(f"Too few people in {catalog.spec.name} have likes enough to be asked.")
    rng = np.random.default_rng(2026)
    rerankers = {
        "random": [_random(part, rng) for part in (chosen_by, measured_on)],
        "adversarial": [_adversarial(part) for part in (chosen_by, measured_on)],
    }
    seconds: list[float] = []
    if llm is not None:
        asked = _Asker(llm, progress, len(chosen_by) + len(measured_on))
        rerankers[llm.name] = [asked.orders(part) for part in (chosen_by, measured_on)]
        seconds = asked.seconds
    elif model != NONE:
        raise ModelUnavailable(f"There is no model {model!r}.", "palate models")
    rows, examples = [], []
    for name, (first, second) in rerankers.items():
        weight = fit_weight(chosen_by, first)
        rows.append(_row(name, measured_on, second, weight, seconds if llm and name == llm.name else []))
        if llm is not None and name == llm.name:
            examples = [_example(*pair, weight) for pair in zip(measured_on, second, strict=True)][:SHOWN]
    return result(NAME, catalog, split.sha256, rows[::-1]) | {"examples": examples}


def fit_weight(episodes: Sequence[Episode], orders: Orders) -> float:
    """The weight in [0, 1] of ``orders`` that gains most, surely more than nothing; 0 where none does."""
    people = np.array([episode.person for episode in episodes])
    before = quality(episodes, orders, 0.0)
    best, gained = 0.0, 0.0
    for weight in GRID:
        gain = metrics.mean_over_people(quality(episodes, orders, weight) - before, people)
        if gain.low > 0 and gain.mean > gained:
            best, gained = weight, gain.mean
    return best


def quality(episodes: Sequence[Episode], orders: Orders, weight: float) -> Values:
    """nDCG@10 of each episode's picks, (n episodes,), with the given weight of ``orders``."""
    hits = np.zeros((len(episodes), PICKS), bool)
    for row, (episode, order) in enumerate(zip(episodes, orders, strict=True)):
        fused = fuse(order, weight)
        hits[row, : len(fused)] = episode.liked[fused]
    n_liked = np.array([episode.n_liked for episode in episodes])
    return metrics.ndcg_of(hits, n_liked, PICKS)


def _episodes(lab: Laboratory, box: Toolbox, split: FewLikesSplit, fold: int, most: int) -> list[Episode]:
    """The episodes of a fold's people, at most about ``most``: all of a person or none."""
    catalog = lab.app.box.catalog
    likes = box.catalog.interactions.likes(box.catalog.spec.like_at)
    every = split.episodes[LIKES].of_people(split.folds == fold)
    found: list[Episode] = []
    for person, given in zip(every.people.tolist(), every.given, strict=True):
        if len(found) >= most and person != found[-1].person:
            break
        titles = tuple(catalog.label(position) for position in given.tolist())
        picks = lab.app.recommend(likes=[catalog.ids[position] for position in given], k=PICKS).items
        wanted: IntArray = np.setdiff1d(likes.indices[likes.indptr[person] : likes.indptr[person + 1]], given)
        positions = [catalog.position(pick.id) for pick in picks]
        facts = WriteFacts(catalog.spec, picks, titles)
        found.append(Episode(person, facts, np.isin(positions, wanted), len(wanted)))
    return found


class _Asker:
    """Asks a model for its orders, and keeps how long each took."""

    def __init__(self, llm: LLM, progress: Progress | None, total: int) -> None:
        self._llm, self._progress, self._total = llm, progress, total
        self.seconds: list[float] = []

    def orders(self, episodes: Sequence[Episode]) -> Orders:
        """The model's order of each episode's picks; raises ModelUnavailable."""
        bridge = Bridge()
        found = []
        try:
            for episode in episodes:
                started = time.perf_counter()
                found.append(bridge.run(order_by(self._llm, episode.facts, episode.facts.picks)))
                self.seconds.append(time.perf_counter() - started)
                if self._progress is not None:
                    self._progress(f"reranking by {self._llm.name}", len(self.seconds), self._total)
        finally:
            bridge.run(self._llm.close())
            bridge.close()
        return found


def _random(episodes: Sequence[Episode], rng: np.random.Generator) -> Orders:
    return [rng.permutation(len(episode.facts.picks)).tolist() for episode in episodes]


def _adversarial(episodes: Sequence[Episode]) -> Orders:
    return [np.argsort(episode.liked, kind="stable").tolist() for episode in episodes]


def _row(
    name: str, episodes: Sequence[Episode], orders: Orders, weight: float, seconds: Sequence[float]
) -> dict[str, Any]:
    people = np.array([episode.person for episode in episodes])
    before, after = quality(episodes, orders, 0.0), quality(episodes, orders, weight)
    mean = metrics.mean_over_people(after, people)
    change = metrics.mean_over_people(after - before, people)
    alone = metrics.mean_over_people(quality(episodes, orders, 1.0), people)
    figures: dict[str, Any] = {
        "ndcg@10": round(mean.mean, 4),
        "ndcg@10_ci95": [round(mean.low, 4), round(mean.high, 4)],
        "weight": weight,
        "episodes": len(episodes),
        "ndcg@10_before": round(metrics.mean_over_people(before, people).mean, 4),
        "ndcg@10_by_model_alone": round(alone.mean, 4),
        "change_minus_before": round(change.mean, 4),
        "change_minus_before_ci95": [round(change.low, 4), round(change.high, 4)],
    }
    if seconds:
        figures["seconds_p50"] = round(float(np.median(seconds)), 2)
        figures["within_time"] = round(float(np.mean(np.array(seconds) <= SECONDS)), 3)
    return {"method": name, "slice": name, "n": len(np.unique(people)), "metrics": figures}


def _example(episode: Episode, order: list[int], weight: float) -> dict[str, Any]:
    """An episode for reading: what was liked, the order that came in, the model's and the fused one."""
    titles = [pick.title for pick in episode.facts.picks]
    return {
        "likes": list(episode.facts.likes),
        "order_in": titles,
        "model": [titles[place] for place in order],
        "order_out": [titles[place] for place in fuse(order, weight)],
    }
