"""A short conversation about whatever the catalogue holds, for when nobody is there to type."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ...data.catalog import Catalog

_WELL_KNOWN = 200


def demonstration(catalog: Catalog) -> list[str]:
    """Three messages: something like the best-known item, a bound on it, and a question about the answer."""
    best_known = np.argsort(-catalog.known, kind="stable")[:_WELL_KNOWN]
    if not len(best_known):
        return []
    first = catalog.titles[int(best_known[0])]
    return [f"something like {first}", _narrower(catalog, best_known), "why the first one?"]


def _narrower(catalog: Catalog, best_known: np.ndarray[tuple[int], np.dtype[np.int64]]) -> str:
    """A bound that some of the well-known items meet, in the catalogue's own terms."""
    for facet in catalog.spec.facets:
        if facet.kind == "year":
            years = catalog.numbers(facet.name)[best_known]
            if not np.isnan(years).all():
                decade = int(np.nanmedian(years)) // 10 * 10
                return f"only after {decade}, please"
    return "more"
