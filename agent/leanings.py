"""What somebody seems to like, inferred from what their likes share.

It is never stored: it goes with the likes. A value counts that more of the likes have than the catalogue's
well-known items would lead one to expect, by a one-sided binomial test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.stats import binom

if TYPE_CHECKING:
    from ..data.catalog import Catalog
    from .profile import Profile

LEAST_LIKES, LEAST_SHARED = 3, 3
CHANCE = 0.01
"""How improbable it must be that so many likes share a value by chance."""
SPOKEN_OF = 0.5
"""The least chance that people have a view on a facet, for it to be one of their tastes."""
MOST = 3


class Leaning(NamedTuple):
    """``liked`` of ``likes`` items that somebody likes have ``value`` of ``facet``."""

    facet: str
    value: str
    liked: int
    likes: int


def leanings(catalog: Catalog, profile: Profile) -> list[Leaning]:
    """What the likes of ``profile`` share, the least probable first, at most :data:`MOST`."""
    ids = [item_id for item_id in (*profile.ids("like"), *profile.inferred) if item_id in catalog]
    if len(ids) < LEAST_LIKES:
        return []
    liked = [catalog.position(item_id) for item_id in ids]
    # People name what is well known, so that its shares are what to expect.
    weights = np.clip(catalog.known, 0, 1).astype(np.float64) ** 2 + 1e-9
    weights /= weights.sum()
    found: list[tuple[float, Leaning]] = []
    for facet in catalog.spec.facets:
        if facet.kind not in ("category", "name") or facet.judged or facet.asked < SPOKEN_OF:
            continue
        postings = catalog.postings(facet.name)
        among = np.asarray(postings[liked].sum(axis=0)).ravel()
        shared = np.flatnonzero(among >= LEAST_SHARED)
        expected = np.asarray(weights @ postings[:, shared]).ravel()
        values = catalog.values(facet.name)
        for column, share in zip(shared.tolist(), expected.tolist(), strict=True):
            count = int(among[column])
            chance = float(binom.sf(count - 1, len(ids), min(share, 1.0)))
            if chance <= CHANCE:
                found.append((chance, Leaning(facet.name, values[column], count, len(ids))))
    return [leaning for _, leaning in sorted(found)[:MOST]]
