"""Models of a grown catalogue, made from those of its earlier version.

What has a closed form is fitted again, which is exact and takes seconds. What learned by gradients keeps
what it learned: an item that came new is placed among the others by those who like it and by what is known
of it (attribute-to-feature mapping: Gantner et al., ICDM 2010), here by ridge regression.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..data.errors import DataError, NoData
from .autoencoder import FewLikesAutoencoder
from .collaborative import Columns, liked_columns
from .graph import LightGCN, tag_matrix
from .ials import IALS, solve_rows
from .side import item_features
from .train import MODELS, features_of, fit, folder_of, wanted

if TYPE_CHECKING:
    from collections.abc import Callable

    from scipy.sparse import csr_array

    from ..data.catalog import Catalog
    from .collaborative import Recommender
    from .types import BoolArray, FloatArray

    Progress = Callable[[str, int, int], None]

L2 = 1.0
"""The ridge, in items: how many of them a regression is worth against."""
SETTLING = 2
"""Rounds of alternating least squares after which new factors have settled among the old."""


def update_models(old: Catalog, new: Catalog, progress: Progress | None = None) -> None:
    """Store the models of ``new``, whose first items are those of ``old``.

    Raises SetupFailed, and DataError for a model of ``old`` that is broken.
    """
    names = wanted(new)
    for done, name in enumerate(names):
        if progress is not None:
            progress(f"updating {name}", done, len(names))
        _updated(old, new, name).save(folder_of(new, name), new.spec.data_sha256)


def _updated(old: Catalog, new: Catalog, name: str) -> Recommender:
    features = features_of(new)
    if name not in (IALS.name, FewLikesAutoencoder.name, LightGCN.name):
        return fit(new, name, features)
    try:
        model = MODELS[name].load(folder_of(old, name), old.spec.data_sha256)
    except NoData:
        return fit(new, name, features)
    if isinstance(model, IALS):
        return grown_factors(model, new)
    if isinstance(model, FewLikesAutoencoder):
        return grown_autoencoder(model, new, item_features(new))
    if isinstance(model, LightGCN):
        return grown_graph(model, new, features)
    raise DataError(f"{name} cannot be updated.", f"palate update {new.spec.name} --retrain")


def grown_factors(model: IALS, new: Catalog) -> IALS:
    """Factors of all liked items of ``new``: :data:`SETTLING` rounds that begin with those of ``model``."""
    columns, likes = liked_columns(new.interactions, new.spec.like_at)
    spread = np.zeros((new.n, model.factors.shape[1]), np.float32)
    spread[model.columns.positions] = model.factors
    items = spread[columns.positions]
    by_item = likes.T.tocsr()
    for _ in range(SETTLING):
        people = solve_rows(likes, items, model.alpha, model.l2)
        items = solve_rows(by_item, people, model.alpha, model.l2)
    return IALS(items, columns, model.alpha, model.l2)


def grown_graph(model: LightGCN, new: Catalog, features: FloatArray | None) -> LightGCN:
    """``model`` with vectors, votes and a popularity for every item of ``new``; old items keep theirs."""
    old, likes = model.trained, new.interactions.likes(new.spec.like_at)
    n_old, described = len(old.popularity), tag_matrix(new)[0]

    def grown(vectors: FloatArray) -> FloatArray:
        h = np.zeros((new.n, vectors.shape[1]), np.float32)
        h[:n_old] = vectors
        known = np.any(h != 0, axis=1)
        parts = [by_company(described, h, known), *([] if features is None else [features])]
        company = by_company(likes.T.tocsr(), h, known)
        h[~known] = predicted(h, known, company, np.hstack(parts))[~known]
        length = np.linalg.norm(h[~known], axis=1, keepdims=True)
        h[~known] /= np.maximum(length, 1e-9)
        return h

    counts = np.log1p(np.asarray(likes.sum(axis=0)).ravel())
    liked = np.flatnonzero(counts[:n_old])
    usual = float(old.popularity[liked].mean()) if len(liked) else 0.0
    added = np.where(counts[n_old:] > 0, _along(counts[liked], old.popularity[liked], counts[n_old:]), usual)
    votes = np.repeat(old.votes.mean(axis=1, keepdims=True), new.n - n_old, axis=1)
    trained = old._replace(
        h_items=grown(old.h_items),
        smooth=grown(old.smooth),
        near=grown(old.near),
        votes=np.hstack([old.votes, votes]).astype(np.float32),
        popularity=np.concatenate([old.popularity, added]).astype(np.float32),
    )
    return LightGCN(trained, likes, model.n_features)


def grown_autoencoder(model: FewLikesAutoencoder, new: Catalog, described: FloatArray) -> FewLikesAutoencoder:
    """``model`` with a column for every item that somebody likes in ``new``.

    The vector of a new one is predicted (see :func:`predicted`), its bias is what others have that as many
    people like. ``described`` (n, any) are features of the items.
    """
    likes = new.interactions.likes(new.spec.like_at)
    popularity = np.log(np.asarray(likes.mean(axis=0)).ravel() + 1e-3)
    old = model.columns.positions
    known = np.zeros(new.n, bool)
    known[old] = True
    added = np.setdiff1d(np.unique(likes.indices), old)
    vectors = np.zeros((new.n, model.arrays["items"].shape[1]), np.float32)
    vectors[old] = model.arrays["items"]
    vectors[added] = predicted(vectors, known, by_company(likes.T.tocsr(), vectors, known), described)[added]
    bias = _along(popularity[old], model.arrays["bias"], popularity[added])
    positions = np.concatenate([old, added])
    arrays = dict(model.arrays)
    arrays["items"] = vectors[positions]
    arrays["bias"] = np.concatenate([model.arrays["bias"], bias])
    return FewLikesAutoencoder(arrays, Columns(positions, new.n))


def predicted(
    vectors: FloatArray, known: BoolArray, company: FloatArray, described: FloatArray
) -> FloatArray:
    """What the vector of each item should be, (n, dim), from those of the ``known`` (n,) ones.

    ``company`` (n, any) comes from the people who like an item, zero without any; ``described`` (n, any) is
    known of every item. Items with company and without have a regression each.
    """
    liked = np.any(company != 0, axis=1)
    out = np.zeros_like(vectors)
    alone = np.hstack([described, np.ones((len(described), 1), np.float32)])
    for x, among, taught in (
        (alone, ~liked, known),
        (np.hstack([company, alone]), liked, known & liked),
    ):
        if taught.any() and among.any():
            out[among] = x[among] @ _ridge(x[taught], vectors[taught])
    return out


def by_company(links: csr_array, vectors: FloatArray, known: BoolArray) -> FloatArray:
    """The mean vector of the company of each item, (n, dim); zero without any.

    ``links`` (n, n_groups) ≥ 0 say which item belongs to which group (a person who likes it, a tag). Company
    are the *other* known items of its groups, each group counting by the item's weight in it: an item must
    not speak for itself, or a regression would learn to listen to that.
    """
    from scipy.sparse import coo_array

    rows = links.tocoo()
    at, group = rows.coords
    weight = rows.data.astype(np.float64)
    own = np.where(known[at], weight, 0.0)
    total = np.bincount(group, own, minlength=links.shape[1])
    others = total[group] - own
    share = np.where(others > 1e-6, weight / np.maximum(others, 1e-6), 0.0)
    sums = coo_array((own, (group, at)), shape=links.shape[::-1]).tocsr() @ vectors
    spread = coo_array((share, (at, group)), shape=links.shape).tocsr()
    itself = np.bincount(at, share * own, minlength=links.shape[0])[:, None] * vectors
    size = np.bincount(at, weight * (others > 1e-6), minlength=links.shape[0])
    mean = (spread @ sums - itself) / np.maximum(size, 1e-9)[:, None]
    return np.asarray(np.where(size[:, None] > 0, mean, 0.0), np.float32)


def _ridge(x: FloatArray, y: FloatArray) -> FloatArray:
    """The weights (n_x, n_y) of a ridge regression; columns of ``x`` count alike whatever their size."""
    scale = np.maximum(np.sqrt(np.mean(np.square(x, dtype=np.float64), axis=0)), 1e-6)
    scaled = x / scale
    gram = scaled.T @ scaled + L2 * np.eye(x.shape[1])
    return np.asarray(np.linalg.solve(gram, scaled.T @ y) / scale[:, None], np.float32)


def _along(x: FloatArray, y: FloatArray, at: FloatArray) -> FloatArray:
    """The least-squares line through (x, y), read at ``at``; the mean of ``y`` where ``x`` does not vary."""
    if len(x) == 0 or float(np.ptp(x)) < 1e-9:
        return np.full(len(at), float(np.mean(y)) if len(y) else 0.0, np.float32)
    slope, intercept = np.polyfit(x, y, 1)
    return np.asarray(slope * at + intercept, np.float32)
