"""Asking people of whom much is known: what ``warm`` and ``temporal`` share.

Methods are fitted to the first part of the interactions and told each person's likes in it. Whatever a
person has in the first two parts is taken out of the answers; what they liked in the third is to be found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .figures import Asked, check_enough, result
from .laboratory import PRODUCT, laboratory
from .peers import read_rankings
from .questions import Answers, Asking, Questions, Seen
from .splits import TEST, TRAIN, VALID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from ...data.fetch import Progress
    from ...data.interactions import Interactions
    from ...tools.toolbox import Toolbox
    from ...tools.types import BoolArray, IntArray
    from .laboratory import Method
    from .splits import HeldOut

DEPTH = 20
"""Ranks that are kept."""
LENGTHS = (20, 50, 100)
"""Bounds of the slices by how many likes are known."""
FOR_STRANGERS = (PRODUCT, f"{PRODUCT}/popularity")
"""Methods that have an answer where nothing is known."""


def evaluate(
    name: str,
    box: Toolbox,
    split: HeldOut,
    like_at: float | None,
    peers: Path | None,
    progress: Progress | None,
) -> dict[str, Any]:
    """Figures of the protocol ``name`` over ``split``; ``like_at`` says what a like is to the models.

    Raises UserError where hardly anybody can be asked.
    """
    check_enough(box.catalog, len(split.asked))
    others = [] if peers is None else read_rankings(peers, name, box.catalog.spec.name, split.sha256)
    known = questions_of(split, split.asked)
    unknown = questions_of(split, split.strangers)
    with laboratory(box, split.only(TRAIN), like_at, progress) as lab:
        methods = lab.methods()
        answers = _ask_all(methods, known, progress)
        first = {method: methods[method] for method in FOR_STRANGERS if method in methods}
        to_strangers = _ask_all(first, unknown, None)
    notes = {method: {"fit_seconds": round(spent, 2)} for method, spent in lab.fit_seconds.items()}
    for peer in others:
        found = peer.answers("all", known)
        if found is not None:
            answers[peer.method], notes[peer.method] = found, peer.notes
    rows = list(Asked(known, answers, notes).rows(box.content.vectors, dict(_slices(known))))
    # One that could not be run is said, not left out.
    silent = [peer for peer in others if peer.method not in answers]
    rows += [{"method": peer.method, "slice": "all", "n": 0, "metrics": peer.notes} for peer in silent]
    if len(unknown):
        everyone = {"new people": np.ones(len(unknown), bool)}
        rows += Asked(unknown, to_strangers).rows(box.content.vectors, everyone)
    return result(name, box.catalog, split.sha256, rows)


def questions_of(split: HeldOut, people: IntArray) -> Questions:
    """One question for each of ``people``: their likes in the first part are told."""
    told = _by_person(split.only(TRAIN, liked=True))
    hidden = _by_person(split.only(TRAIN, VALID))
    wanted = _by_person(split.only(TEST, liked=True))
    return Questions(
        people=people,
        given=[told(person) for person in people],
        wanted=[wanted(person) for person in people],
        hidden=[hidden(person) for person in people],
        part=np.zeros(len(people), np.int64),
        seen=[Seen.of(split.only(TRAIN))],
        n_items=split.interactions.n_items,
    )


def _by_person(interactions: Interactions) -> Callable[[int], IntArray]:
    """Person → the items of their interactions, in the order of time."""
    order = np.argsort(interactions.people, kind="stable")
    items = interactions.items[order]
    ends = np.cumsum(np.bincount(interactions.people, minlength=interactions.n_people))
    return lambda person: items[ends[person - 1] if person else 0 : ends[person]]


def _ask_all(
    methods: Mapping[str, Method], questions: Questions, progress: Progress | None
) -> dict[str, Answers]:
    everyone = np.arange(len(questions))
    said = Asking(len(methods) * len(questions), progress)
    answers = {name: Answers.empty(len(questions), DEPTH) for name in methods}
    for name, method in methods.items():
        answers[name].ask(method, questions, everyone, said)
    return answers


def _slices(questions: Questions) -> Iterator[tuple[str, BoolArray]]:
    """Everybody, and people by how many likes are known of them."""
    lengths = np.array([len(given) for given in questions.given])
    yield "all", np.ones(len(lengths), bool)
    low = 0
    for high in LENGTHS:
        yield (
            f"history<={high}" if not low else f"history {low + 1}-{high}",
            (lengths > low) & (lengths <= high),
        )
        low = high
    yield f"history>{low}", lengths > low
