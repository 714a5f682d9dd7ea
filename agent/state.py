"""The state of a conversation, and how a message changes it.

:func:`advance` is pure: it takes a state and an intent and gives the next state; whoever keeps the states
has the history for "undo". The rules a person would expect:

- Constraints accumulate. One on the same facet replaces what it speaks about: new wanted values replace the
  wanted ones, a lower bound the lower bound; unwanted values add up, and asking for one takes it back.
- A new request starts a new topic: it drops the seeds, the words and the constraints said so far. The intent
  says so itself, with :data:`EVERYTHING` in ``drop``. Only lasting constraints ("I never watch horror") stay.
- Refinements ("less long", "not horror", "more like the second") keep everything else.
- A seed named by the words of an earlier seed corrects it ("no, I meant the 1958 one").
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..data.schema import Frozen, Quality
from ..tools.types import Bound, Where
from .types import TITLE, Constraint, Intent, Mention, Question

EVERYTHING = "*"
"""In ``Intent.drop``: all that was asked before, lasting constraints excepted."""
MAX_SHOWN = 1000
"""How many shown items are remembered, the latest."""


class State(Frozen):
    """What a conversation holds between two messages; JSON-serialisable."""

    turn: int = 0
    seeds: tuple[Mention, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    """In force, oldest first; each holds one facet, and :meth:`where` merges them."""
    qualities: tuple[tuple[str, Quality], ...] = ()
    names: tuple[tuple[str, str], ...] = ()
    query: str = ""
    unwanted: tuple[str, ...] = ()
    """Words that no item shall be called by."""
    proposed: tuple[str, ...] = ()
    """Ids that a model's calls of tools brought for the request, best first."""
    best: bool = False
    k: int | None = None
    fresh: float | None = None
    """How familiar or fresh the picks of this conversation are to be; None: as it is set. So is the next."""
    diverse: float | None = None
    explore: float | None = None
    shown: tuple[str, ...] = ()
    """Ids of the last list, best first."""
    ever_shown: tuple[str, ...] = ()
    """Ids of everything shown, oldest first, none twice."""
    rejected: tuple[str, ...] = ()
    """Ids that were disliked in this conversation."""
    focus: str | None = None
    """Id of the item spoken of last ("it")."""
    question: Question | None = None
    """What was asked last and not answered yet."""
    asked: tuple[str, ...] = ()
    """Facets that were asked about in this topic."""
    dismissed: int = 0
    """Questions in a row that were dismissed or passed over."""
    quiet: bool = False
    """Whether the person wants no questions."""
    counted: tuple[Constraint, ...] | None = None
    """What the last message had counted ("and how many of them are French?"); None where it asked none."""
    ways: tuple[str, ...] = ()
    """Facets that were offered to be given up, when nothing fitted."""
    confirmed: bool = False
    """Whether the person said that they are what a rule of the house asks them to be."""

    @property
    def where(self) -> Where:
        """All constraints in force as one bound a facet."""
        return merged(self.constraints)

    @property
    def has_request(self) -> bool:
        """Whether anything is asked for at the moment."""
        return bool(self.seeds or self.constraints or self.qualities or self.names or self.query or self.best)

    def without(self, item_id: str) -> State:
        """The state once what was thought of an item is forgotten."""
        return self.model_copy(update={"rejected": tuple(each for each in self.rejected if each != item_id)})

    def showing(self, ids: Sequence[str]) -> State:
        """The state after ``ids`` were shown, best first."""
        earlier = [item_id for item_id in self.ever_shown if item_id not in set(ids)]
        spoken = self.focus in {seed.id for seed in self.seeds}
        focus = ids[0] if len(ids) == 1 else self.focus if spoken else None
        return self.model_copy(
            update={"shown": tuple(ids), "ever_shown": (*earlier, *ids)[-MAX_SHOWN:], "focus": focus}
        )


def opened(state: State, question: Question) -> State:
    """The state once ``question`` was asked."""
    asked = tuple(dict.fromkeys((*state.asked, question.facet)))
    return state.model_copy(update={"question": question, "asked": asked})


def advance(state: State, intent: Intent) -> State:
    """The state after ``intent``; picks are added by :meth:`State.showing`."""
    state = state.model_copy(update={"turn": state.turn + 1, **_talk(state, intent)})
    if intent.act in {"smalltalk", "unclear", "why", "ask"}:
        return state
    if intent.act == "reset" or EVERYTHING in intent.drop:
        state = _emptied(state)
    if state.question is not None:
        # Whatever a request says, the question is no longer open; only a real answer keeps others coming.
        told = intent.settles and bool(intent.constraints or intent.qualities or intent.likes)
        told = told or bool(state.question.facet == TITLE and intent.seeds)
        told = told or state.question.facet in {facet for c in intent.constraints for facet in c.where}
        state = state.model_copy(update={"question": None, "dismissed": 0 if told else state.dismissed + 1})
    kept = [c for c in state.constraints if not set(c.where) & set(intent.drop)]
    kept = _releasing(_allowing(kept, intent.allows), intent.releases)
    return state.model_copy(
        update={
            "seeds": _seeds(state.seeds, intent),
            "constraints": added(kept, intent.constraints),
            "qualities": _latest((*state.qualities, *intent.qualities)),
            "names": tuple(dict.fromkeys((*state.names, *intent.names))),
            "query": _query(state, intent),
            "unwanted": tuple(dict.fromkeys((*state.unwanted, *intent.unwanted))),
            "proposed": intent.proposed or (() if intent.seeds else state.proposed),
            "best": state.best or intent.best,
            "k": intent.k or state.k,
        }
    )


def merged(constraints: Iterable[Constraint]) -> Where:
    """One bound a facet out of many constraints; a later one wins where two speak about the same side."""
    where: Where = {}
    for constraint in constraints:
        for facet, bound in constraint.where.items():
            where[facet] = _merge(where[facet], bound) if facet in where else bound
    return where


def added(kept: Sequence[Constraint], new: Sequence[Constraint]) -> tuple[Constraint, ...]:
    """``kept`` and ``new``, without what the new ones replace.

    What one message says holds together even where it cannot: then nothing fits, and that is said.
    """
    result = list(kept)
    for constraint in new:
        ((facet, bound),) = constraint.where.items()
        trimmed = (_trimmed(old, facet, bound) for old in result if old.where != constraint.where)
        result = [old for old in trimmed if old is not None]
    return (*result, *new)


def _trimmed(old: Constraint, facet: str, new: Bound) -> Constraint | None:
    """What ``old`` still asks for once ``new`` holds for ``facet``; None for nothing."""
    bound = old.where.get(facet)
    if bound is None:
        return old
    wanted = {*new.any_of, *new.all_of}
    parts: dict[str, object] = {
        "any_of": () if wanted else tuple(value for value in bound.any_of if value not in new.none_of),
        "all_of": () if wanted else tuple(value for value in bound.all_of if value not in new.none_of),
        "none_of": tuple(value for value in bound.none_of if value not in wanted),
        "not_all": tuple(group for group in bound.not_all if not wanted >= set(group)),
    }
    parts.update(_sides(bound, new))
    if bound.gte is not None and bound.lte is not None and bound.lte - bound.gte <= len(new.none_of):
        years = {str(year) for year in range(int(bound.gte), int(bound.lte) + 1)}
        if years <= set(new.none_of):
            parts.update(gte=None, lte=None)  # "the eighties", then "not the eighties"
    left = Bound.model_validate(parts)
    return old.model_copy(update={"where": {facet: left}}) if left != Bound() else None


def _allowing(kept: Sequence[Constraint], allows: Iterable[tuple[str, tuple[str, ...]]]) -> list[Constraint]:
    """``kept`` without excluding the values that are allowed again, or else with them among what will do."""
    for facet, values in allows:
        left = []
        excluded = {value for each in kept if facet in each.where for value in _unwanted(each.where[facet])}
        for constraint in kept:
            bound = constraint.where.get(facet)
            if bound is not None and bound.any_of and not set(values) & {*bound.any_of, *excluded}:
                bound = bound.model_copy(update={"any_of": (*bound.any_of, *values)})
                constraint = constraint.model_copy(update={"where": {facet: bound}})
            elif bound is not None:
                none_of = tuple(value for value in bound.none_of if value not in values)
                not_all = tuple(group for group in bound.not_all if not set(group) <= set(values))
                bound = bound.model_copy(update={"none_of": none_of, "not_all": not_all})
                if bound == Bound():
                    continue
                constraint = constraint.model_copy(update={"where": {facet: bound}})
            left.append(constraint)
        kept = left
    return list(kept)


def _unwanted(bound: Bound) -> list[str]:
    return [*bound.none_of, *(value for group in bound.not_all for value in group)]


def _releasing(
    kept: Sequence[Constraint], releases: Iterable[tuple[str, tuple[str, ...]]]
) -> list[Constraint]:
    """``kept`` without demanding the values that are given up."""
    for facet, values in releases:
        left = []
        for constraint in kept:
            bound = constraint.where.get(facet)
            if bound is not None:
                parts = {
                    side: tuple(value for value in getattr(bound, side) if value not in values)
                    for side in ("any_of", "all_of")
                }
                bound = bound.model_copy(update=parts)
                if bound == Bound():
                    continue
                constraint = constraint.model_copy(update={"where": {facet: bound}})
            left.append(constraint)
        kept = left
    return list(kept)


def _sides(old: Bound, new: Bound) -> dict[str, float | None]:
    """The bounds of ``old`` that ``new`` neither replaces nor contradicts."""
    low = old.gte if old.gte is not None else old.gt
    high = old.lte if old.lte is not None else old.lt
    new_low = new.gte if new.gte is not None else new.gt
    new_high = new.lte if new.lte is not None else new.lt
    keep_low = new_low is None and not (new_high is not None and low is not None and low >= new_high)
    keep_high = new_high is None and not (new_low is not None and high is not None and high <= new_low)
    return {
        "gte": old.gte if keep_low else None,
        "gt": old.gt if keep_low else None,
        "lte": old.lte if keep_high else None,
        "lt": old.lt if keep_high else None,
    }


def _merge(first: Bound, second: Bound) -> Bound:
    lower = {"gte": second.gte, "gt": second.gt} if (second.gte, second.gt) != (None, None) else {
        "gte": first.gte, "gt": first.gt}  # fmt: skip
    upper = {"lte": second.lte, "lt": second.lt} if (second.lte, second.lt) != (None, None) else {
        "lte": first.lte, "lt": first.lt}  # fmt: skip
    return Bound.model_validate(
        {
            **lower,
            **upper,
            "any_of": second.any_of or first.any_of,
            "all_of": tuple(dict.fromkeys((*first.all_of, *second.all_of))),
            "none_of": tuple(dict.fromkeys((*first.none_of, *second.none_of))),
            "not_all": tuple(dict.fromkeys((*first.not_all, *second.not_all))),
        }
    )


def _talk(state: State, intent: Intent) -> dict[str, object]:
    """What changes with any message: what is spoken of, and what was rejected."""
    focus = state.focus
    if intent.target is not None and 0 < intent.target <= len(state.shown):
        focus = state.shown[intent.target - 1]
    elif mentions := (*intent.seeds, *intent.likes, *intent.dislikes, *intent.seen):
        focus = mentions[0].id
    gone = [mention.id for mention in intent.dislikes]
    return {
        "focus": focus,
        "rejected": tuple(dict.fromkeys((*state.rejected, *gone))),
        "quiet": state.quiet or intent.quiet,
        "ways": (),
        "counted": intent.constraints if intent.question == "count" else None,
    }


def _emptied(state: State) -> State:
    lasting = tuple(constraint for constraint in state.constraints if constraint.lasting)
    fresh = {"seeds": (), "qualities": (), "names": (), "query": "", "best": False, "k": None}
    fresh |= {"asked": (), "proposed": (), "unwanted": ()}
    return state.model_copy(update={**fresh, "constraints": lasting})


def _seeds(old: tuple[Mention, ...], intent: Intent) -> tuple[Mention, ...]:
    """The seeds: new ones correct those of the same words, or else replace all; what was disliked goes."""
    gone = {mention.id for mention in (*intent.dislikes, *intent.forgets)}
    kept = tuple(seed for seed in old if seed.id not in gone)
    if not intent.seeds:
        return kept
    said = {seed.surface.casefold(): seed for seed in intent.seeds}
    if all(any(words == seed.surface.casefold() for seed in old) for words in said):
        return tuple(said.get(seed.surface.casefold(), seed) for seed in old)
    return intent.seeds


def _query(state: State, intent: Intent) -> str:
    """The words for content search: new ones add to those before, unless seeds replace the request."""
    if not intent.query or intent.query.casefold() in state.query.casefold():
        return state.query
    return f"{state.query} {intent.query}".strip()[:500]


def _latest(qualities: Iterable[tuple[str, Quality]]) -> tuple[tuple[str, Quality], ...]:
    """Qualities without repetition; of two readings of one word the later counts."""
    return tuple(dict(qualities).items())
