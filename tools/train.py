"""Fits every model of a catalogue and stores it; loads what is stored.

Loading needs numpy and scipy only: torch is imported when a model that learns by gradients is fitted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..data.errors import DataError, NoData
from .artifacts import load_arrays, read_manifest
from .autoencoder import FewLikesAutoencoder
from .collaborative import Ease, ItemKNN, Recommender, UserKNN
from .graph import LightGCN, tag_matrix
from .ials import IALS
from .popular import Popularity
from .side import item_features

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ..data.catalog import Catalog
    from .types import FloatArray

    Progress = Callable[[str, int, int], None]

MODELS: dict[str, type[Recommender]] = {
    model.name: model for model in (Popularity, UserKNN, ItemKNN, Ease, IALS, FewLikesAutoencoder, LightGCN)
}
"""Every model by the name of its folder under ``artifacts``, in the order of training."""

DENSE_AT_MOST = 20_000
"""Rated items up to which an item-item matrix is affordable; beyond, factors alone remain."""
CELLS_AT_MOST = 250_000_000
"""People times rated items up to which the autoencoder, which trains on dense rows, fits into memory."""


def train(catalog: Catalog, progress: Progress | None = None) -> None:
    """Fit and store the models of ``catalog``; those that are stored already for its data are kept.

    Sentence vectors, where the catalogue has them by now, are the graph's node features. ``progress`` gets a
    label, models done, models in all. Raises SetupFailed when the disk refuses.
    """
    features = features_of(catalog)
    names = wanted(catalog)
    for done, name in enumerate(names):
        if progress is not None:
            progress(f"training {name}", done, len(names))
        if not _is_trained(catalog, name, features):
            fit(catalog, name, features).save(folder_of(catalog, name), catalog.spec.data_sha256)
    if progress is not None:
        progress("training", len(names), len(names))


def wanted(catalog: Catalog) -> tuple[str, ...]:
    """The names of the models that ``catalog`` should have, from what data it has."""
    if len(catalog.interactions.items) == 0:
        return (Popularity.name, LightGCN.name)
    n_rated = len(np.unique(catalog.interactions.items))
    learned = [ItemKNN.name, Ease.name] if n_rated <= DENSE_AT_MOST else []
    if n_rated * catalog.interactions.n_people <= CELLS_AT_MOST:
        learned.append(FewLikesAutoencoder.name)
    return (Popularity.name, UserKNN.name, *learned, IALS.name, LightGCN.name)


def fit(catalog: Catalog, name: str, features: FloatArray | None) -> Recommender:
    """The model ``name`` fitted to all of the catalogue's interactions; raises KeyError for another name."""
    interactions, like_at = catalog.interactions, catalog.spec.like_at
    match name:
        case Popularity.name:
            return Popularity.fit(interactions, like_at, catalog.known)
        case UserKNN.name:
            return UserKNN.fit(interactions)
        case ItemKNN.name:
            return ItemKNN.fit(interactions, like_at)
        case Ease.name:
            return Ease.fit(interactions, like_at)
        case IALS.name:
            return IALS.fit(interactions, like_at)
        case FewLikesAutoencoder.name:
            return FewLikesAutoencoder.fit(interactions, like_at, item_features(catalog))
        case LightGCN.name:
            return LightGCN.fit(interactions, tag_matrix(catalog)[0], features, like_at)
    raise KeyError(name)


def load_models(catalog: Catalog) -> dict[str, Recommender]:
    """The stored models by name; raises NoData where one is missing and DataError where one is unusable."""
    sha = catalog.spec.data_sha256
    return {name: MODELS[name].load(folder_of(catalog, name), sha) for name in wanted(catalog)}


def _is_trained(catalog: Catalog, name: str, features: FloatArray | None) -> bool:
    """Whether the model is stored, undamaged, of this data and with as many node features as there are."""
    folder = folder_of(catalog, name)
    try:
        MODELS[name].load(folder, catalog.spec.data_sha256)
        n_features = 0 if features is None else features.shape[1]
        return name != LightGCN.name or read_manifest(folder).config["n_features"] == n_features
    except (NoData, DataError):
        return False


def features_of(catalog: Catalog) -> FloatArray | None:
    """The items' sentence vectors (n, dim) as they are stored, None before they are; raises DataError."""
    from .content import KIND, VERSION

    folder, sha = folder_of(catalog, KIND), catalog.spec.data_sha256
    try:
        vectors: FloatArray = load_arrays(folder, kind=KIND, data_sha256=sha, version=VERSION)[0]["vectors"]
    except NoData:
        return None
    return vectors


def folder_of(catalog: Catalog, name: str) -> Path:
    """Where the model ``name`` of ``catalog`` is stored."""
    return catalog.path / "artifacts" / name
