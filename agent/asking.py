"""One question at a time: which one tells most about what is wanted, and what a short answer to it means.

A question never delays an answer: it follows the picks. It is about the facet whose answer is expected to
tell most over what could still be picked (the largest entropy of the answer; the choice of questions by
expected information is that of decision trees, Quinlan 1986), never about what was settled or asked before.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse

from ..data.schema import Quality
from ..tools.types import Bound
from .chinese import HAN
from .message import either
from .types import TITLE, WHICH, Constraint, Intent, Mention, Option, Question

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..data.catalog import Catalog
    from ..data.schema import Facet
    from ..tools.types import FloatArray, IntArray
    from .message import Message
    from .state import State

CANDIDATES = 100
"""The best items, over which the answer is expected to tell something."""
LEAST_BITS = 0.4
"""A question that tells less is not worth asking."""
WISHES = 2
"""With more wishes and limits than these a request is clear enough."""
DISMISSED = 2
"""Questions dismissed or passed over in a row, after which none is asked any more."""
VALUES = 6
"""The commonest values of a facet that are offered against each other."""

FAMOUS = 8
"""The best-known candidates, of which two are compared."""
PREFERS = 0.8
"""The chance that somebody who knows two items likes one of them better."""

DISMISSES = re.compile(
    r"^(?:(?:oh|well|hm+|um|i|am|it|is|that|really|honestly|just|ok|okay|sure|,) )*"
    + either(r"""
        either(?: one)?(?: is fine| works| of them)?
        any(?: is fine| of them)?
        both(?: are fine)?
        (?:do not|no) (?:care|mind|matter|know)  no preference  whatever(?: you like)?  does not matter
        (?:i )?(?:have not seen|do not know|never saw|have seen) (?:either|neither|them|both)
        not sure  no idea  all the same  you (?:choose|decide|pick)  neither  anything(?: is fine| goes)?
        skip(?: it| that)?
    """)
    + r"(?: (?:please|really|to me|thanks|then|\.|!))*$"
)
DISMISSES_FIRST = re.compile(
    r"^" + either("""
        either(?: one)?(?: is fine)?  no preference  i do not (?:care|mind|know)  whatever  both  neither
    """) + r" (?:, |\. |and |but )?" + either("""
        (?:just )?(?:show|give) me (?:some )?(?:others?|more|another)(?: ones?| options)?  others?  more  next
    """) + "(?: please)?$"
)  # fmt: skip
"""The same, and the next picks."""
EITHER = re.compile(
    r"^(?:(?:no|oh|,|well|sorry) )*(?:either|any)(?: one)?(?: of (?:them|these|those))? (?:is|would)"
)
QUIET = re.compile(
    r"\b" + either(r"(?:no|without)(?: more)? questions  (?:stop|do not|quit) (?:ask\w*|question\w*)") + r"\b"
)
PLACES = {
    1: frozenset({"1", "first", "former", "a"}),
    2: frozenset({"2", "second", "latter", "b"}),
}
FILLERS = frozenset(
    """
    the option number one please rather something would i like prefer a an ones kind go with let us have
    then maybe probably ok okay yes well definitely say want for lets thanks
    """.split()  # noqa: SIM905
)
SHORT = 6
"""Words of an answer to a question; longer messages are read as any other."""


def is_vague(state: State, *, known: bool) -> bool:
    """Whether a request leaves enough open to be asked about, by a person who does not mind.

    ``known``: whether the person's likes already say what they want.
    """
    wishes = len(state.constraints) + len(state.qualities) + len(state.names) + bool(state.query)
    clear = known or state.seeds or state.best or wishes > WISHES
    return not (clear or state.quiet or state.dismissed >= DISMISSED)


def question(catalog: Catalog, state: State, best: IntArray, *, known: bool) -> Question | None:
    """What to ask after showing picks, None for nothing; ``best`` are what could be picked, best first."""
    if not is_vague(state, known=known) or len(best) < CANDIDATES // 10:
        return None
    settled = {*state.asked, *state.where, *(facet for _, of in state.qualities for facet in of.prefer)}
    settled |= {catalog.spec.best_by or ""}  # everybody wants the better ones
    facets = [facet for facet in catalog.spec.facets if facet.name not in settled]
    offers = [
        (bits * facet.asked, offer)
        for facet in facets
        for bits, offer in _offers(catalog, facet, best[:CANDIDATES])
    ]
    if WHICH not in state.asked:
        offers += list(_which(catalog, best[:CANDIDATES]))
    bits, asked = max(offers, key=lambda offer: offer[0], default=(0.0, None))
    return asked if bits >= LEAST_BITS else None


def original_title(intent: Intent) -> Question | None:
    """The question for a title in a script that the catalogue does not write its titles in; None for none."""
    unknown = next((title.surface for title in intent.unknown_titles if HAN.search(title.surface)), None)
    if unknown is None:
        return None
    return Question(text=f"What is the original title of “{unknown}”?", facet=TITLE, options=())


def answered(message: Message, asked: Question) -> Intent | None:
    """What a short message says as an answer to ``asked``; None for a message of its own."""
    if DISMISSES.search(message.plain.strip(" .!")) or DISMISSES_FIRST.search(message.plain):
        return Intent(act="recommend", settles=True)
    words = [token.low for token in message.tokens if token.is_word]
    if not 0 < len(words) <= SHORT:
        return None
    said = [word for word in words if word not in FILLERS] or words[-1:]
    for number, option in enumerate(asked.options, start=1):
        own = {word for phrase in option.words for word in phrase.casefold().split()}
        if set(said) <= PLACES.get(number, frozenset()) or set(said) <= own:
            constraints = tuple(
                Constraint(surface=option.words[0], where={facet: bound})
                for facet, bound in option.where.items()
            )
            liked = (Mention(id=option.like, title=option.words[-1], surface=option.words[0]),)
            return Intent(
                act="recommend",
                settles=True,
                constraints=constraints,
                qualities=option.qualities,
                likes=liked if option.like else (),
            )
    return None


def choice(message: Message, state: State) -> Intent | None:
    """ "Either of them is fine", said of values that were all demanded: any of them will do."""
    if not EITHER.search(message.plain):
        return None
    for constraint in reversed(state.constraints):
        ((facet, bound),) = constraint.where.items()
        if len(bound.all_of) > 1:
            loose = Constraint(
                surface=constraint.surface, where={facet: Bound.model_validate({"in": bound.all_of})}
            )
            return Intent(act="recommend", constraints=(loose,))
    return None


def way_out(message: Message, ways: Sequence[str]) -> Intent | None:
    """Which of the offered limits a short message gives up ("the first", "the year"); None for none."""
    words = [token.low for token in message.tokens if token.is_word]
    said = {word for word in words if word not in FILLERS} or set(words[-1:])
    if not words or len(words) > SHORT:
        return None
    for number, facet in enumerate(ways, start=1):
        alone = len(ways) == 1 and said <= {"yes", "yeah", "yep", "ok", "okay", "sure"}
        if alone or said <= PLACES.get(number, frozenset()):
            return Intent(act="recommend", drop=(facet,))
    return None


def _offers(catalog: Catalog, facet: Facet, best: IntArray) -> Iterator[tuple[float, Question]]:
    """Questions on one facet, each with the bits that its answer is expected to tell."""
    if facet.kind in ("number", "year") and not facet.judged and facet.shown:
        yield from _halves(catalog.numbers(facet.name)[best], facet)
    elif facet.kind == "category":
        yield from _pairs(catalog, facet, best)


def _halves(values: FloatArray, facet: Facet) -> Iterator[tuple[float, Question]]:
    known = values[np.isfinite(values)]
    if not len(known):
        return
    edge = float(np.round(np.median(known), -1 if np.ptp(known) > 20 else 0))
    below = float(np.mean(known < edge))
    if not 0 < below < 1:
        return
    less, more = (
        words[:1] or default for words, default in ((facet.less, ("less",)), (facet.more, ("more",)))
    )
    year = facet.kind == "year"
    unit = "" if year else f" {facet.unit}".rstrip()
    low = f"before {edge:g}" if year else f"under {edge:g}{unit}"
    options = (
        Option(words=(less[0], *facet.less[1:], *facet.low, low), where={facet.name: Bound(lt=edge)}),
        Option(words=(more[0], *facet.more[1:], *facet.high), where={facet.name: Bound(gte=edge)}),
    )
    text = f"Rather something {less[0]} ({low}) or {more[0]}?"
    bits = _entropy([below, 1 - below]) * len(known) / len(values)
    yield bits, Question(text=text, facet=facet.name, options=options)


def _pairs(catalog: Catalog, facet: Facet, best: IntArray) -> Iterator[tuple[float, Question]]:
    postings = catalog.postings(facet.name)[best]
    counts = np.asarray(postings.sum(axis=0)).ravel()
    common = [int(column) for column in np.argsort(-counts)[:VALUES] if counts[column]]
    values = catalog.values(facet.name)
    rows = {column: np.asarray(postings[:, [column]].toarray()).ravel() > 0 for column in common}
    for one, other in itertools.combinations(common, 2):
        first, second = rows[one] & ~rows[other], rows[other] & ~rows[one]
        shares = [float(first.mean()), float(second.mean())]
        bits = _entropy(shares)  # "neither" tells little
        options = tuple(_option(facet, values[column]) for column in (one, other))
        text = f"Rather {_spoken(facet, values[one])} or {_spoken(facet, values[other])}?"
        yield bits, Question(text=text, facet=facet.name, options=options)


def _which(catalog: Catalog, best: IntArray) -> Iterator[tuple[float, Question]]:
    """ "Which do you like better?", of the best-known candidates two by two, with the bits expected of it.

    Each candidate goes with the one of the two that it shares more categories with; whoever does not know
    both cannot say. Asking for preferences between two items instead of ratings is that of Loepp et al.
    (Choice-based preference elicitation, CHI 2014).
    """
    categories = [f.name for f in catalog.spec.facets if f.kind == "category" and not f.judged]
    if not categories:
        return
    traits = scipy.sparse.hstack([catalog.postings(name)[best] for name in categories], format="csr")
    lengths = np.sqrt(np.maximum(np.diff(traits.indptr), 1))
    known = catalog.known[best]
    famous = np.argsort(-known, kind="stable")[:FAMOUS]
    likeness = (traits @ traits[famous].T).toarray() / lengths[:, None] / lengths[famous]
    for one, other in itertools.combinations(range(len(famous)), 2):
        nearer = likeness[:, one] - likeness[:, other]
        bits = _entropy([float(np.mean(nearer > 0)), float(np.mean(nearer < 0))])
        chance = PREFERS * float(known[famous[one]] * known[famous[other]])
        positions = (int(best[famous[one]]), int(best[famous[other]]))
        first, second = (catalog.label(position) for position in positions)
        text = f"Which do you like better, {first} or {second}?"
        options = tuple(
            Option(words=(catalog.titles[position], catalog.label(position)), like=catalog.ids[position])
            for position in positions
        )
        yield bits * chance, Question(text=text, facet=WHICH, options=options)


def _option(facet: Facet, value: str) -> Option:
    words = (value, *facet.synonyms.get(value, ()))
    if facet.judged:
        return Option(
            words=words, qualities=((value, Quality(words=(value,), prefer={facet.name: (value,)})),)
        )
    return Option(words=words, where={facet.name: Bound.model_validate({"in": (value,)})})


def _spoken(facet: Facet, value: str) -> str:
    return f"{facet.verb} {value}" if facet.verb else value


def _entropy(shares: Sequence[float]) -> float:
    """Bits of an answer that falls into parts of these shares."""
    return float(-sum(share * np.log2(share) for share in shares if share > 0))
