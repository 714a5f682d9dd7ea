"""What a model is told when it plans: the catalogue's facets, the conversation, and what its calls brought.

Everything is bounded, however long the conversation or large the catalogue, and texts of items stand as data,
one line each.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import prompts
from ..tools.filters import describe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..data.catalog import Catalog
    from ..data.schema import Facet
    from ..tools.registry import Facts
    from ..tools.types import Hit
    from .state import State
    from .types import Intent

VALUES_TOLD = 40
"""Values of a facet that the model is told of, the commonest."""
RESULTS = 10
"""Results of a call that the model is shown."""
TEXT_TOLD = 300
"""Characters of a text in a result."""
CHARACTERS = 3000
"""Room for the result of one call."""


def facets_told(catalog: Catalog) -> list[str]:
    """The facets of a catalogue as a model reads them, a line each, with their commonest values."""
    return [line for facet in catalog.spec.facets if (line := _facet_told(catalog, facet))]


def _facet_told(catalog: Catalog, facet: Facet) -> str:
    kind = f"{facet.name} ({'several values' if facet.multiple else facet.kind}"
    kind += ", known of some only)" if facet.judged else ")"
    if facet.kind in ("number", "year"):
        if facet.grades:
            return f"{kind}: {'; '.join(f'{n} {grade}' for n, grade in enumerate(facet.grades))}"
        numbers = catalog.numbers(facet.name)
        if not np.isfinite(numbers).any():
            return ""
        unit = f" {facet.unit}" if facet.unit else ""
        return f"{kind}: {np.nanmin(numbers):g} to {np.nanmax(numbers):g}{unit}"
    if facet.kind in ("category", "name"):
        counts = np.asarray(catalog.postings(facet.name).sum(axis=0)).ravel()
        values = catalog.values(facet.name)
        common = [values[column] for column in np.argsort(-counts, kind="stable")[:VALUES_TOLD]]
        if facet.kind == "name":
            return f"{kind}: names, for example {', '.join(common[:3])}"
        return f"{kind}: {', '.join(common)}{', …' if len(values) > len(common) else ''}"
    return ""


def held(catalog: Catalog, state: State) -> str:
    """What the conversation holds, for the prompt; bounded, however long the conversation is."""
    parts = [f"like {seed.title}" for seed in state.seeds[:5]]
    if state.where:
        parts.append(describe(catalog.spec, state.where)[:500])
    parts += [word for word, _ in state.qualities[:10]]
    shown = [catalog.label(catalog.position(item)) for item in state.shown[:RESULTS] if item in catalog]
    told = f"Asked for until now: {'; '.join(parts) or 'nothing'}."
    return (
        f"{told} Shown last: {'; '.join(f'{n}. {title}' for n, title in enumerate(shown, 1)) or 'nothing'}."
    )


def read(catalog: Catalog, intent: Intent) -> str:
    parts = [f"like {seed.title}" for seed in intent.seeds]
    parts += [describe(catalog.spec, constraint.where) for constraint in intent.constraints]
    parts += [f"“{word}”" for word, _ in intent.qualities]
    left = [f"“{title.surface}” as a title" for title in intent.unknown_titles]
    left += [f"“{word}”" for word in (*intent.cannot_tell, *([intent.query] if intent.query else []))]
    return f"{'; '.join(parts) or 'nothing'}. Left open: {'; '.join(left) or 'everything'}."


def shown(found: Sequence[Hit | Facts]) -> str:
    """Results as JSON on one line, as many as there is room for."""
    told: list[str] = []
    for each in found[:RESULTS]:
        told.append(json.dumps(_short(each.model_dump(mode="json")), ensure_ascii=False))
        if len(told) > 1 and sum(map(len, told)) > CHARACTERS:
            told.pop()
            break
    return f"[{', '.join(told)}]" if told else '{"found": 0}'


def _short(value: Any) -> Any:
    """JSON-like values with texts on one line, and with no text or list that is long."""
    if isinstance(value, str):
        return prompts.one_line(value)[:TEXT_TOLD]
    if isinstance(value, list):
        return [_short(each) for each in value[:RESULTS]]
    if isinstance(value, dict):
        return {name: _short(each) for name, each in value.items()}
    return value
