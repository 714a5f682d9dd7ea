"""dial: what a fresher or more varied list costs. Writes results/dial-CATALOG.json.

    nice python -m benchmarks.dial [CATALOG]

One fold of few-likes: people that no model saw name three likes, and every setting of the dials answers the
same questions through ``Palate.recommend``. The catalogue must be set up; movielens-100k unless another is
named. novelty@10 is in bits (Zhou et al., PNAS 2010), diversity@10 one less the mean cosine of sentence
vectors within a list (Ziegler et al., WWW 2005), which is one part of what the diversity step looks at;
facets_differ@10 is the same over categories and names.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

import numpy as np
from palate.agent.diversity import Dial, choose
from palate.agent.evaluate import metrics
from palate.agent.evaluate.laboratory import laboratory
from palate.agent.evaluate.splits import few_likes_split
from palate.data.catalog import catalog_path
from palate.tools.side import side_of
from palate.tools.toolbox import Toolbox

from .common import percentiles, row, write_result

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from palate.agent.app import Palate
    from palate.agent.trial import Episodes

K, FIRST = 3, 10
LARGE, TIMED = "films", 500
FRESH = (-1.0, -0.5, 0.25, 0.5, 0.75, 1.0)
DIVERSE = (0.1, 0.2, 0.3, 0.5, 0.8)
SETTINGS = [(0.0, 0.0), *((f, 0.0) for f in FRESH), *((0.0, d) for d in DIVERSE), (0.5, 0.3)]


def main(name: str) -> None:
    """Measure every setting on the catalogue ``name``."""
    box = Toolbox.open(name)
    interactions, like_at = box.catalog.interactions, box.catalog.spec.like_at
    likes = interactions.likes(like_at)
    split = few_likes_split(likes, ks=(K,))
    asked = split.folds == 0
    episodes = split.episodes[K].of_people(asked)
    wanted = likes.toarray() > 0
    with laboratory(box, interactions.only_people(~asked), like_at, _say) as made:
        rows = [_measured(made.app, episodes, wanted, fresh, diverse) for fresh, diverse in SETTINGS]
    if catalog_path(LARGE).exists():
        rows.append(_step(Toolbox.open(LARGE)))
    write_result("dial", name, rows, split_sha256=split.sha256)


def _step(box: Toolbox) -> dict[str, Any]:
    """How long the step itself takes: both dials, ten of two hundred candidates of a large catalogue."""
    rng = np.random.default_rng(0)
    dial = Dial(fresh=0.5, diverse=0.5)
    took = []
    for _ in range(TIMED):
        pool = rng.choice(box.catalog.n, dial.pool, replace=False)
        scores = -np.sort(-rng.random(len(pool), np.float32))
        started = time.perf_counter()
        choose(box, pool, scores, FIRST, dial)
        took.append(1000 * (time.perf_counter() - started))
    # The first ones open what is read lazily.
    return row("palate", f"the step alone, {LARGE}", box.catalog.n, **percentiles(took[TIMED // 10 :]))


def _measured(
    app: Palate, episodes: Episodes, likes: NDArray[np.bool_], fresh: float, diverse: float
) -> dict[str, Any]:
    """The figures of one setting, means over people."""
    catalog = app.box.catalog
    started = time.perf_counter()
    lists = np.full((len(episodes), FIRST), -1, np.int64)
    for place, given in enumerate(episodes.given):
        named = [catalog.ids[position] for position in given]
        reply = app.recommend(likes=named, k=FIRST, fresh=fresh, diverse=diverse)
        lists[place, : len(reply.items)] = [catalog.position(pick.id) for pick in reply.items]
    took = 1000 * (time.perf_counter() - started) / len(episodes)
    to_find = likes[episodes.people].copy()
    np.put_along_axis(to_find, episodes.given, values=False, axis=1)
    hits = np.take_along_axis(to_find, lists, axis=1) & (lists >= 0)
    ndcg = metrics.ndcg_of(hits, to_find.sum(axis=1), FIRST)
    counts = np.asarray(catalog.interactions.likes(catalog.spec.like_at).sum(axis=0)).ravel()
    information = metrics.self_information(counts.astype(np.int64), catalog.interactions.n_people)
    side = side_of(catalog)
    facets = np.hstack([side.categories.toarray(), side.names.toarray()]).astype(np.float32)
    facets /= np.maximum(np.linalg.norm(facets, axis=1, keepdims=True), 1e-9)
    estimate = metrics.mean_over_people(ndcg, episodes.people)
    figures: dict[str, Any] = {
        "ndcg@10": estimate.mean,
        "coverage@10": metrics.coverage(lists, catalog.n),
        "novelty@10": float(information[lists[lists >= 0]].mean()),
        "diversity@10": float(np.nanmean(metrics.diversity_of(lists, np.asarray(app.box.content.vectors)))),
        "facets_differ@10": float(np.nanmean(metrics.diversity_of(lists, facets))),
        "ms_per_request": took,
    }
    n = len(np.unique(episodes.people))
    made = row("palate", f"fresh={fresh:g} diverse={diverse:g}", n, **figures)
    made["metrics"]["ndcg@10_ci95"] = [round(estimate.low, 4), round(estimate.high, 4)]
    return made


def _say(label: str, done: int, total: int) -> None:
    sys.stderr.write(f"{label}: {done} of {total}\n")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "movielens-100k")
