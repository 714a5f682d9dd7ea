"""Scenarios as data: what is said, turn by turn, and what must be understood of it.

A file under tests/scenarios/ is a list of conversations; each is ``{name, turns}``, or one turn. A turn has
``say`` and the parts of the intent that must be there; a part that is not named must be empty, and ``act`` is
``recommend`` where it is not named. ``where`` merges the constraints, items are named by their labels (or
toy ids), ``shows`` puts picks on the screen after the turn, and ``state`` checks what is then in force.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from palate.agent.state import State, advance, merged

if TYPE_CHECKING:
    from collections.abc import Iterable

    from palate.agent.types import Intent, Mention
    from palate.agent.understand import Understander
    from palate.data.catalog import Catalog
    from palate.tools.types import Where

FOLDER = Path(__file__).resolve().parent / "scenarios"


def load(name: str) -> list[dict[str, Any]]:
    """The conversations of a file, each with its turns."""
    raw = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return [case if "turns" in case else {"name": case["say"], "turns": [case]} for case in raw]


def play(turns: list[dict[str, Any]], understander: Understander, catalog: Catalog) -> None:
    """Say the turns one after another and check each."""
    labels = {catalog.label(position): catalog.ids[position] for position in range(catalog.n)}
    state = State()
    for turn in turns:
        expected = {key: value for key, value in turn.items() if key not in {"say", "shows", "state"}}
        intent = understander.understand(turn["say"], state)
        assert heard(intent) == {"act": "recommend", **expected}, turn["say"]
        state = advance(state, intent)
        if "shows" in turn:
            state = state.showing([labels.get(shown, shown) for shown in turn["shows"]])
        if "state" in turn:
            assert held(state, catalog) == turn["state"], turn["say"]


def heard(intent: Intent) -> dict[str, Any]:
    """An intent in the terms of the files, without what is empty."""
    said: dict[str, Any] = {
        "act": intent.act,
        **{role: _titles(getattr(intent, role)) for role in ("seeds", "likes", "dislikes", "seen")},
        "unknown": [title.surface for title in intent.unknown_titles],
        "where": _where(merged(intent.constraints)),
        "lasting": [constraint.surface for constraint in intent.constraints if constraint.lasting],
        "drop": list(intent.drop),
        "allows": [[facet, list(values)] for facet, values in intent.allows],
        "qualities": [word for word, _ in intent.qualities],
        "cannot_tell": list(intent.cannot_tell),
        "names": [list(name) for name in intent.names],
        **{
            part: getattr(intent, part)
            for part in ("query", "best", "k", "target", "question", "ask_facet", "topic")
        },
    }
    return {key: value for key, value in said.items() if value}


def held(state: State, catalog: Catalog) -> dict[str, Any]:
    """A state in the terms of the files, without what is empty."""
    held: dict[str, Any] = {
        "seeds": _titles(state.seeds),
        "where": _where(state.where),
        "qualities": [word for word, _ in state.qualities],
        "names": [list(name) for name in state.names],
        "query": state.query,
        "best": state.best,
        "k": state.k,
    }
    return {key: value for key, value in held.items() if value}


def _titles(mentions: Iterable[Mention]) -> list[str]:
    return [mention.title for mention in mentions]


def _where(where: Where) -> dict[str, Any]:
    raw = {
        facet: bound.model_dump(by_alias=True, exclude_defaults=True, exclude_none=True)
        for facet, bound in where.items()
    }
    return {facet: {part: _plain(value) for part, value in bound.items()} for facet, bound in raw.items()}


def _plain(value: Any) -> Any:
    """Tuples as lists, as YAML has them."""
    return [_plain(each) for each in value] if isinstance(value, tuple) else value
