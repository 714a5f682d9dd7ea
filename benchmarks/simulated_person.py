"""simulated-person: people with wishes of which some are said, some told when asked, some never.

    python -m benchmarks.simulated_person [--people N] [--model NAME] [--methods palate palate/none plain]

A person is made of a real one of MovieLens-100K: a film they like is what they are after (never named), and
three of its facts are their limits (a genre, a bound on the year, a bound on the length). Three picks a turn,
at most five turns; success is a shown film that satisfies all three. Slices: ``stated`` (two said at once,
the third in the next message), ``mixed`` (one said, the others told when asked) and ``hidden`` (one said, one
told when asked, one never). ``violations`` are shown films that break what had been said by then; ``hit`` is
a success with a film that the real person likes. Asked which of two films they like better, the person names
one that the real person likes, if they do.

palate also keeps a house policy (:data:`HOUSE`): ``house_violations`` counts shown films that it hides, films
beyond its caps and sponsored films that were not disclosed. The plain agent is told nothing of it.

Methods: ``palate/none`` (no language model), ``palate`` (with the local one), ``plain``: the same local model
with the twenty films nearest to the conversation (sentence vectors) in its prompt, temperature 0;
``plain_agent.md`` is its prompt. Writes results/simulated-person-films.json.
"""

from __future__ import annotations

import argparse
import asyncio
import re
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from palate.agent.app import Palate
from palate.agent.llm.base import Prefix, Prompt
from palate.agent.llm.models import DEFAULT
from palate.agent.policy import Policy
from palate.agent.store import MemoryStore
from palate.agent.types import WHICH
from palate.data.catalog import Catalog
from palate.tools.encoder import Encoder
from palate.tools.filters import allow_list
from palate.tools.toolbox import Toolbox
from palate.tools.types import Bound
from rapidfuzz import fuzz, process

from benchmarks.common import row, write_result

if TYPE_CHECKING:
    from palate.agent.app import Chat
    from palate.agent.llm.base import LLM
    from palate.agent.types import Question
    from palate.tools.types import Where

SEED = 2026
"""The people of the figures; questions were chosen while looking at those of seed 11."""
TURNS, PICKS, NEAREST = 5, 3, 20
LONGEST = 150
HIDDEN, PAID = 7, 5
"""Every how many-th film, of the 2,000 best known, the house hides, and discloses as sponsored."""
LIKES_AT_LEAST = 20
PROMPT = Path(__file__).with_name("plain_agent.md")
SLICES: dict[str, tuple[int, int]] = {"stated": (3, 0), "mixed": (1, 2), "hidden": (1, 1)}
"""Slice → how many of the three limits are said unasked, and how many more are told when asked."""


@dataclass
class Person:
    """What somebody wants: limits in the order in which they would be said, and films they really like."""

    limits: list[tuple[str, str, Where]]
    """(facet, words, bound)"""
    likes: frozenset[str]
    unasked: int
    when_asked: int
    told: list[Where] = field(default_factory=list)

    def opening(self) -> str:
        """The first message: at most two limits."""
        said = self._tell(min(2, self.unasked))
        return f"recommend me a film, {', '.join(said)}"

    def answer(self, question: str, options: Question | None) -> str:
        """What is said after three picks that do not fit."""
        if len(self.told) < self.unasked:
            return f"no, {self._tell(1)[0]}"
        if options is not None and options.facet == WHICH:
            liked = [n for n, option in enumerate(options.options) if option.like in self.likes]
            return ("the first", "the second")[liked[0]] if liked else "neither, show me others"
        for facet, words, where in self.limits[len(self.told) : self.unasked + self.when_asked]:
            if options.facet == facet if options is not None else ASKS[facet].search(question):
                at = next(n for n, limit in enumerate(self.limits) if limit[0] == facet)
                self.limits.insert(len(self.told), self.limits.pop(at))
                self.told.append(where)
                return words
        return "either is fine, show me others" if question else "show me others"

    def _tell(self, count: int) -> list[str]:
        said = self.limits[len(self.told) : len(self.told) + count]
        self.told += [where for *_, where in said]
        return [words for _, words, _ in said]


ASKS = {
    "genre": re.compile(r"\b(?:genre|kind|type|mood|comed|drama|thriller|action)", re.IGNORECASE),
    "year": re.compile(r"\b(?:year|decade|old|new|recent|era|when)", re.IGNORECASE),
    "runtime": re.compile(r"\b(?:long|length|short|minutes|hour|runtime|time)", re.IGNORECASE),
}
"""What in the plain agent's question asks about a facet."""


class Agent(Protocol):
    """Somebody who recommends."""

    def reply(self, message: str) -> tuple[list[str], str, Question | None]:
        """The ids shown, the question asked in words, and as options where it has them."""
        ...


def house(catalog: Catalog) -> Policy:
    """Rules of a house that hold in every conversation."""
    known = [catalog.ids[position] for position in np.argsort(-catalog.known, kind="stable")[:2000].tolist()]
    rules = {
        "deny": known[::HIDDEN],
        "sponsored": known[1::PAID],
        "deny_where": [{"runtime": {"gt": LONGEST}}],
        "at_most": PICKS,
        "per_value": {"director": 1},
    }
    return Policy.of(rules).checked(catalog)


class Ours:
    """palate in one conversation; ``broken`` counts what its house would not have shown so."""

    def __init__(self, chat: Chat, policy: Policy) -> None:
        self.chat, self.policy = chat, policy
        self.broken = 0

    def reply(self, message: str) -> tuple[list[str], str, Question | None]:
        """One turn."""
        reply = self.chat.ask(message, k=10)
        question = reply.question
        self.broken += max(0, len(reply.items) - PICKS)
        directors = [name for pick in reply.items for name in tuple(pick.facets.get("director", ()))]  # type: ignore[arg-type]
        self.broken += len(directors) - len(set(directors))
        disclosed = next((line for line in reply.text.splitlines() if line.startswith("Sponsored: ")), "")
        for pick in reply.items:
            long = float(pick.facets.get("runtime", 0)) > LONGEST  # type: ignore[arg-type]
            silent = pick.id in self.policy.sponsored and pick.title not in disclosed
            self.broken += pick.id in self.policy.deny or long or silent
        return [pick.id for pick in reply.items], question.text if question else "", question


class Plain:
    """A language model with the films nearest to the conversation in its prompt."""

    def __init__(self, catalog: Catalog, llm: LLM, encoder: Encoder, vectors: Any) -> None:
        self.catalog, self.llm, self.encoder, self.vectors = catalog, llm, encoder, vectors
        self.said: list[str] = []

    def reply(self, message: str) -> tuple[list[str], str, Question | None]:
        """One turn."""
        self.said.append(f"Person: {message}")
        query = self.encoder.encode([" ".join(self.said)])[0]
        near = np.argsort(-(self.vectors @ query), kind="stable")[:NEAREST].tolist()
        films = "\n".join(self._line(position) for position in near)
        system, _, user = PROMPT.read_text(encoding="utf-8").partition("\n\n")
        body = user.format(films=films, conversation="\n".join(self.said))
        text = asyncio.run(self._write(Prompt(Prefix(system, ()), body)))
        self.said.append(f"You: {text}")
        lines = [line.strip(" -*0123456789.") for line in text.splitlines() if line.strip()]
        question = next((line for line in lines if line.endswith("?")), "")
        labels = {self.catalog.label(position): self.catalog.ids[position] for position in near}
        shown: dict[str, None] = {}
        for line in lines:
            match = process.extractOne(line, labels.keys(), scorer=fuzz.partial_ratio, score_cutoff=85)
            if match and line != question:
                shown[labels[match[0]]] = None
        return list(shown)[:PICKS], question, None

    def _line(self, position: int) -> str:
        facets = self.catalog.item(position).facets
        genres = ", ".join(facets.get("genre", ()))  # type: ignore[arg-type]
        return f"{self.catalog.label(position)}: {genres}; {facets.get('runtime', '?')} min"

    async def _write(self, prompt: Prompt) -> str:
        async with aclosing(self.llm.stream(prompt, max_tokens=80)) as pieces:
            return "".join([piece async for piece in pieces])


def people(catalog: Catalog, count: int) -> list[tuple[list[tuple[str, str, Where]], frozenset[str]]]:
    """Limits and likes of ``count`` people, drawn from the ratings."""
    rng = np.random.default_rng(SEED)
    likes = catalog.interactions.likes(catalog.spec.like_at)
    rich = np.flatnonzero(np.diff(likes.indptr) >= LIKES_AT_LEAST)
    years, lengths = catalog.numbers("year"), catalog.numbers("runtime")
    made = []
    for person in rng.permutation(rich):
        liked = likes.indices[likes.indptr[person] : likes.indptr[person + 1]]
        film = int(rng.choice(liked))
        genres = catalog.item(film).facets.get("genre", ())
        if not isinstance(genres, tuple) or not genres or not np.isfinite(years[film] + lengths[film]):
            continue
        genre = str(rng.choice(genres))
        year, length = int(years[film] // 10 * 10), int(np.ceil((lengths[film] + 1) / 10) * 10)
        limits: list[tuple[str, str, Where]] = [
            ("genre", f"{genre.lower()}, please", {"genre": Bound.model_validate({"in": (genre,)})}),
            ("year", f"from {year} or later", {"year": Bound(gte=year)}),
            ("runtime", f"under {length} minutes", {"runtime": Bound(lt=length)}),
        ]
        where = {facet: bound for *_, each in limits for facet, bound in each.items()}
        if np.count_nonzero(allow_list(catalog, where)) < TURNS * PICKS:
            continue
        order = rng.permutation(len(limits)).tolist()
        made.append(([limits[n] for n in order], frozenset(catalog.ids[n] for n in liked.tolist())))
        if len(made) == count:
            break
    return made


def converse(catalog: Catalog, agent: Agent, person: Person) -> dict[str, float]:
    """One conversation: success, turns needed, violations, and whether a real like was hit."""
    message, violations, shown_at_all = person.opening(), 0, 0
    for turn in range(1, TURNS + 1):
        told = list(person.told)
        shown, question, options = agent.reply(message)
        shown_at_all += len(shown)
        places = [catalog.position(item_id) for item_id in shown]
        violations += sum(not all(allow_list(catalog, where)[place] for where in told) for place in places)
        wants = [where for *_, where in person.limits]
        good = [p for p in places if all(allow_list(catalog, where)[p] for where in wants)]
        if good:
            hit = any(catalog.ids[place] in person.likes for place in good)
            return {"success": 1, "turns": turn, "violations": violations, "shown": shown_at_all, "hit": hit}
        message = person.answer(question, options)
    return {"success": 0, "turns": TURNS, "violations": violations, "shown": shown_at_all, "hit": 0}


def main() -> None:
    """Hold all conversations and write the figures."""
    parser = argparse.ArgumentParser(description="Simulated people.")
    parser.add_argument("--people", type=int, default=60)
    parser.add_argument("--model", default=DEFAULT)
    parser.add_argument("--methods", nargs="+", default=["palate/none", "palate", "plain"])
    options = parser.parse_args()
    catalog = Catalog.open("films")
    box = Toolbox(catalog)
    made, rules = people(catalog, options.people), house(catalog)
    rows: list[dict[str, Any]] = []
    for method in options.methods:
        model = "none" if method == "palate/none" else options.model
        with Palate.over(box, model=model, store=MemoryStore(), policy=rules) as app:
            app.warm(wait=True)
            plain = _plain(app, box) if method == "plain" else None
            for name, (unasked, asked) in SLICES.items():
                held, broken = [], 0
                for number, (limits, likes) in enumerate(made):
                    person = Person(list(limits), likes, unasked, asked)
                    chat = app.chat(f"{name}-{number}")
                    ours = Ours(chat, rules)
                    agent: Agent = ours
                    if plain is not None:
                        plain.said = []
                        agent = plain
                    held.append(converse(catalog, agent, person))
                    broken += ours.broken
                mean = {
                    key: float(np.mean([each[key] for each in held])) for key in ("success", "turns", "hit")
                }
                total = sum(each["shown"] for each in held)
                bad = sum(each["violations"] for each in held)
                if plain is None:
                    mean["house_violations"] = broken
                rows.append(row(method, name, len(held), **mean, violations=bad, shown=total))
    write_result("simulated-person", "films", rows)


def _plain(app: Palate, box: Toolbox) -> Plain:
    llm = asyncio.run(app.model.ready())
    assert llm is not None
    assert box.content is not None
    return Plain(box.catalog, llm, Encoder.open(), np.asarray(box.content.vectors))


if __name__ == "__main__":
    main()
