"""incremental: what an update gives and costs beside a retraining. Writes results/incremental-CATALOG.json.

    nice python -m benchmarks.incremental [CATALOG]

Of a catalogue's people one fold asks (as in few-likes) and never trains. Of the others a share comes late,
and so do some of the rated items, with everybody's ratings of them. A catalogue of what was there first is
set up; then it is updated with the rest, and, in a copy, retrained on all. Rows tell, for the fused product
and each tool, NDCG@10 of the version before (``stale``), ``updated`` and ``retrained``, the share of each
list that updated and retrained have in common, and how much of the lists are late items.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from palate.agent.app import Palate
from palate.agent.evaluate import metrics
from palate.agent.evaluate.splits import few_likes_split
from palate.agent.setup import run_setup
from palate.agent.store import MemoryStore
from palate.agent.update import update
from palate.data.catalog import Catalog, write_catalog
from palate.data.growth import Additions
from palate.data.home import catalogs_dir, models_dir
from palate.data.interactions import Interactions

from .common import row, write_result

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from palate.agent.trial import Episodes

    Ints = NDArray[np.int64]

K, FIRST = 3, 10
SHARES = (0.05, 0.2)
"""Of people who come late; half as many of the rated items do."""


def main(name: str) -> None:
    """Measure on the catalogue ``name``."""
    catalog = Catalog.open(name)
    likes = catalog.interactions.likes(catalog.spec.like_at)
    split = few_likes_split(likes, ks=(K,))
    asked = split.folds == 0
    rows = []
    for share in SHARES:
        with _home(catalog) as content:
            rows += _one(catalog, asked, split.episodes[K].of_people(asked), share, content)
    write_result("incremental", name, rows, split_sha256=split.sha256)


def _one(
    catalog: Catalog, asked: NDArray[np.bool_], episodes: Episodes, share: float, content: Path
) -> list[dict[str, Any]]:
    """The rows of one share of late people and items."""
    rng = np.random.default_rng(0)
    # Late people and items get the last positions, as they would in life.
    order = _late_last(np.unique(catalog.interactions.items), catalog.n, share / 2, rng)
    n_late = round(share / 2 * len(np.unique(catalog.interactions.items)))
    others = _renumbered(catalog.interactions.only_people(~asked), order)
    late = (others.people >= others.n_people * (1 - share)) | (others.items >= catalog.n - n_late)
    items = [catalog.item(position) for position in np.argsort(order).tolist()]
    early = replace(_rows(others, ~late), n_items=catalog.n - n_late)
    target = catalogs_dir() / "updated"
    write_catalog(catalog.spec, items[: catalog.n - n_late], early, target)
    shutil.copytree(content, target / "artifacts" / "content")
    run_setup("updated", "none", _say)
    shutil.copytree(target, target.with_name("stale"))
    seconds = {}
    additions = Additions(items=tuple(items[catalog.n - n_late :]), interactions=_rows(others, late))
    seconds["updated"] = _timed(lambda: update("updated", additions, _say))
    shutil.copytree(target, target.with_name("retrained"))
    seconds["retrained"] = _timed(lambda: update("retrained", Additions(), _say, retrain=True))
    wanted = (catalog.interactions.likes(catalog.spec.like_at).toarray() > 0)[:, np.argsort(order)]
    lists = {version: _lists(version, order[episodes.given]) for version in ("stale", "updated", "retrained")}
    where = f"people +{share:.0%}, items +{share / 2:.1%}"
    return list(_compared(lists, episodes, order, wanted, seconds, catalog.n - n_late, where))


def _compared(
    lists: dict[str, dict[str, Ints]],
    episodes: Episodes,
    order: Ints,
    wanted: NDArray[np.bool_],
    seconds: dict[str, float],
    n_early: int,
    where: str,
) -> Iterator[dict[str, Any]]:
    to_find = wanted[episodes.people].copy()
    np.put_along_axis(to_find, order[episodes.given], values=False, axis=1)
    n = len(np.unique(episodes.people))
    for method, retrained in lists["retrained"].items():
        figures: dict[str, float] = {}
        for version, answers in lists.items():
            found = answers[method]
            hits = np.take_along_axis(to_find, found, axis=1) & (found >= 0)
            ndcg = metrics.ndcg_of(hits, to_find.sum(axis=1), FIRST)
            figures[f"ndcg@10_{version}"] = metrics.mean_over_people(ndcg, episodes.people).mean
            figures[f"late_items_{version}"] = float((found >= n_early).mean())
        updated = lists["updated"][method]
        same = [len(np.intersect1d(a, b)) / FIRST for a, b in zip(updated, retrained, strict=True)]
        figures["overlap@10"] = float(np.mean(same))
        if method == "palate":
            figures |= {f"seconds_{version}": took for version, took in seconds.items()}
        yield row(method, where, n, **figures)


def _lists(version: str, given: Ints) -> dict[str, Ints]:
    """Each method's first ten for each row of ``given`` (n, k), -1 for none."""
    with Palate.open(version, model="none", store=MemoryStore()) as app:
        app.warm(wait=True)
        catalog = app.box.catalog
        models = app.box.models
        answers = {name: np.full((len(given), FIRST), -1, np.int64) for name in ("palate", *models)}
        for place, likes in enumerate(given):
            known = likes[likes < catalog.n]
            reply = app.recommend(likes=[catalog.ids[at] for at in known], k=FIRST)
            answers["palate"][place] = [catalog.position(pick.id) for pick in reply.items]
            for name, model in models.items():
                scores = np.nan_to_num(model.score(known, np.ones(len(known), np.float32)), nan=-np.inf)
                scores[known] = -np.inf
                answers[name][place] = np.argsort(-scores, kind="stable")[:FIRST]
    return {name if name == "palate" else f"palate/{name}": found for name, found in answers.items()}


def _late_last(rated: Ints, n: int, share: float, rng: np.random.Generator) -> Ints:
    """The new position of each item, (n,): a ``share`` of the ``rated`` ones at random comes last."""
    late = rng.choice(rated, round(share * len(rated)), replace=False)
    first = np.setdiff1d(np.arange(n), late)
    order = np.empty(n, np.int64)
    order[np.concatenate([first, late])] = np.arange(n)
    return order


def _renumbered(interactions: Interactions, order: Ints) -> Interactions:
    return replace(interactions, items=order[interactions.items])


def _rows(interactions: Interactions, keep: NDArray[np.bool_]) -> Interactions:
    return Interactions.of(
        interactions.people[keep],
        interactions.items[keep],
        interactions.ratings[keep],
        interactions.times[keep],
        n_people=int(interactions.people[keep].max()) + 1,
        n_items=interactions.n_items,
    )


@contextmanager
def _home(catalog: Catalog) -> Iterator[Path]:
    """A home of its own with the models of the real one; gives the embedded texts of ``catalog``."""
    before, models = os.environ.get("PALATE_HOME"), models_dir()
    with tempfile.TemporaryDirectory(prefix="palate-incremental-") as folder:
        (Path(folder) / "models").symlink_to(models)
        content = Path(folder) / "content"
        shutil.copytree(
            catalog.path / "artifacts" / "content", content, ignore=shutil.ignore_patterns("manifest.json")
        )
        os.environ["PALATE_HOME"] = folder
        try:
            yield content
        finally:
            os.environ.pop("PALATE_HOME")
            if before is not None:
                os.environ["PALATE_HOME"] = before


def _timed(work: Any) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _say(label: str, done: int, total: int) -> None:
    sys.stderr.write(f"{label}: {done} of {total}\n")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "movielens-100k")
