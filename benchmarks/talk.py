"""Conversations as data, played through the agent as an embedder has it; see tests/scenarios/README.md."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from palate.agent.app import Palate
from palate.agent.errors import UserError
from palate.agent.policy import Policy
from palate.agent.store import MemoryStore
from palate.data.documents import values_of
from palate.tools.filters import allow_list, facet_of
from palate.tools.types import Bound

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from palate.agent.app import Chat
    from palate.agent.profile import Kind
    from palate.agent.types import Reply
    from palate.data.catalog import Catalog
    from palate.tools.toolbox import Toolbox
    from palate.tools.types import Where

FOLDER = Path(__file__).resolve().parents[1] / "tests" / "scenarios" / "talk"
UNTUNED = FOLDER / "untuned"
KINDS: dict[str, Kind] = {"likes": "like", "dislikes": "dislike", "seen": "seen"}
CATALOGS = {"chinese": "films"}
"""Files whose name is not that of their catalogue."""


def load(path: Path) -> list[dict[str, Any]]:
    """The conversations of a file, each with its catalogue and the file's name."""
    cases = yaml.safe_load(path.read_text(encoding="utf-8"))
    name = path.stem.partition("-")[0]
    return [{"catalog": CATALOGS.get(name, name), "file": path.stem} | case for case in cases]


def play(case: dict[str, Any], box: Toolbox) -> list[str]:
    """Hold the conversation ``case``; what was not as expected, one line each."""
    policy = Policy.of(case["policy"]) if "policy" in case else Policy()
    app = Palate.over(box, model="none", store=MemoryStore(), policy=policy)
    talk, failures = Talk(app.chat("somebody"), box.catalog), []
    for number, turn in enumerate(case["turns"], start=1):
        said = turn.get("say", turn.get("do", "…"))
        failures += [f"turn {number} ({said}): {failure}" for failure in talk.turn(turn)]
    return failures


class Talk:
    """One conversation while it is held and checked."""

    def __init__(self, chat: Chat, catalog: Catalog) -> None:
        self.chat, self.catalog = chat, catalog
        self._before: set[str] = set()
        self._ids = {catalog.label(n): catalog.ids[n] for n in range(catalog.n)}

    def turn(self, turn: dict[str, Any]) -> list[str]:
        """Say or do what the turn says; what was not as it expects."""
        if "do" in turn:
            reply, read = None, self._do(turn["do"])
        else:
            message = (
                turn["say_repeat"]["text"] * turn["say_repeat"]["times"]
                if "say_repeat" in turn
                else turn["say"]
            )
            reply, read = self._say(message)
        shown = [pick.id for pick in reply.items] if reply and reply.intent.act != "why" else []
        failures = []
        for key, wanted in turn.items():
            if key not in {"say", "do", "say_repeat", "comment"}:
                failures += [f"{key}: {line}" for line in self._check(key, wanted, reply, shown, read)]
        self._before |= set(shown)
        return failures

    def _say(self, text: str) -> tuple[Reply, str]:
        lines, reply = [], None
        for event in self.chat.stream(text, wait=True):
            match event.type:
                case "notice" | "sentence" | "question":
                    lines.append(event.text)
                case "picks":
                    lines.append(event.lead)
                    lines += [f"{p.title} {reason.text}" for p in event.items for reason in p.reasons]
                case "done":
                    reply = event.reply
        assert reply is not None
        return reply, "\n".join([*lines, reply.text])

    def _do(self, command: str) -> str:
        name, _, argument = command.partition(" ")
        try:
            match name:
                case "undo":
                    return self.chat.undo()
                case "forget":
                    self.chat.forget()
                    return ""
                case "like":
                    return self.chat.like(argument)
                case "dislike":
                    return self.chat.dislike(argument)
                case "seen":
                    return self.chat.seen(argument)
                case _:
                    return f"{name} is no command"
        except UserError as error:
            return str(error)

    def _check(
        self, key: str, wanted: Any, reply: Reply | None, shown: Sequence[str], read: str
    ) -> Iterable[str]:
        state, profile = self.chat.session.state, self.chat.profile()
        have: Any
        match key:
            case "act":
                yield from self._same(wanted, reply and reply.intent.act)
            case "seeds":
                yield from self._same(sorted(map(self._id, wanted)), sorted(m.id for m in state.seeds))
            case "where":
                yield from self._same(plain(bounds(wanted)), plain(state.where))
            case "has_where":
                have = plain(state.where)
                yield from (
                    f"{f}: {have.get(f)}" for f, b in plain(bounds(wanted)).items() if have.get(f) != b
                )
            case "qualities":
                have = [word.casefold() for word, _ in state.qualities]
                yield from (f"no {w}, only {have}" for w in wanted if w.casefold() not in have)
            case "cannot_tell":
                have = [word.casefold() for word in reply.intent.cannot_tell] if reply else []
                yield from (
                    f"no {w}, only {have}" for w in wanted if not any(w.casefold() in h for h in have)
                )
            case "names":
                have = [list(name) for name in state.names]
                yield from (f"no {name}, only {have}" for name in wanted if name not in have)
            case "k":
                yield from self._same(wanted, len(shown))
            case "shows":
                yield from self._same(wanted, bool(shown))
            case "first":
                yield from self._same(self._id(wanted), shown[0] if shown else None)
            case "items":
                yield from self._items(wanted, shown)
            case "text":
                phrases = [wanted] if isinstance(wanted, str) else wanted
                low = read.casefold()
                yield from (f"no {p!r} in {read[:300]!r}" for p in phrases if str(p).casefold() not in low)
            case "no_text":
                phrases = [wanted] if isinstance(wanted, str) else wanted
                yield from (
                    f"{p!r} in {read[:300]!r}" for p in phrases if str(p).casefold() in read.casefold()
                )
            case "abstained":
                yield from self._same(wanted, bool(reply and reply.abstained))
            case "relaxes":
                have = [way.facet for way in reply.relaxed if way.opens] if reply else []
                yield from (f"no {facet}, only {have}" for facet in wanted if facet not in have)
            case "asks":
                question = reply.question if reply else None
                have = question.facet if question and isinstance(wanted, str) else question is not None
                yield from self._same(wanted, have)
            case "likes" | "dislikes" | "seen":
                have = profile.ids(KINDS[key])
                yield from self._same(sorted(map(self._id, wanted)), sorted(have))
            case _:
                yield "is no key"

    def _items(self, wanted: dict[str, Any], shown: Sequence[str]) -> Iterable[str]:
        titles = {item_id: self.catalog.label(self.catalog.position(item_id)) for item_id in shown}
        for key, value in wanted.items():
            match key:
                case "all":
                    yield from (
                        f"{titles[i]} is not {value}" for i in shown if not self._fits(i, bounds(value))
                    )
                case "none":
                    # Bounds that no item satisfies, one by one.
                    for facet, bound in bounds(value).items():
                        yield from (f"{titles[i]} is {value}" for i in shown if self._fits(i, {facet: bound}))
                case "include":
                    yield from (
                        f"no {t} in {list(titles.values())}" for t in value if self._id(t) not in shown
                    )
                case "any_of":
                    if not {self._id(title) for title in value} & set(shown):
                        yield f"none of {value} in {list(titles.values())}"
                case "exclude":
                    yield from (f"{title} was shown" for title in value if self._id(title) in shown)
                case "fresh":
                    yield from (f"{titles[i]} was shown before" for i in shown if i in self._before)
                case "per_value":
                    yield from self._capped(value, shown)
                case _:
                    yield f"{key} is no key"

    def _capped(self, caps: dict[str, int], shown: Sequence[str]) -> Iterable[str]:
        for name, most in caps.items():
            facet = facet_of(self.catalog.spec, name)
            items = [self.catalog.item(self.catalog.position(item_id)) for item_id in shown]
            counts = Counter(value for item in items for value in set(values_of(item, facet)))
            yield from (f"{n} of {value}" for value, n in counts.items() if n > most)

    def _fits(self, item_id: str, where: Where) -> bool:
        return bool(allow_list(self.catalog, where)[self.catalog.position(item_id)])

    def _id(self, name: str) -> str:
        return self._ids.get(str(name), str(name))

    def _same(self, wanted: Any, had: Any) -> Iterable[str]:
        if wanted != had:
            yield f"wanted {wanted!r}, had {had!r}"


def bounds(where: dict[str, Any]) -> Where:
    """Bounds as written in a file."""
    return {facet: Bound.model_validate(_strings(bound)) for facet, bound in where.items()}


def plain(where: Where) -> dict[str, Any]:
    """Bounds in a form in which the order of values does not matter, and 90 is 90.0."""
    raw = {
        f: bound.model_dump(by_alias=True, exclude_defaults=True, exclude_none=True)
        for f, bound in where.items()
    }
    return {
        f: {k: sorted(v) if isinstance(v, tuple) else v for k, v in bound.items()} for f, bound in raw.items()
    }


def _strings(bound: dict[str, Any]) -> dict[str, Any]:
    return {
        key: [str(v) if not isinstance(v, list) else v for v in value] if isinstance(value, list) else value
        for key, value in bound.items()
    }
