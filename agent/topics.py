"""Whether a request begins a new topic, and whether it corrects an earlier one."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ..tools.types import Bound
from . import acts
from .message import key, plural
from .state import EVERYTHING
from .types import Intent, Mention

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..data.catalog import Catalog
    from ..data.schema import FacetValue
    from ..tools.lookup import TitleIndex
    from ..tools.types import Where
    from .reading import Reading

WHOLE = 4
"""Words of a description from which on it is a request of its own."""
LIKELY = 0.4
"""The certainty from which on another item of an earlier seed's words may be what was meant."""


class Topics:
    """Relates requests about one catalogue to what was asked before."""

    def __init__(self, catalog: Catalog, titles: TitleIndex) -> None:
        self._catalog = catalog
        self._titles = titles

    def placed(self, reading: Reading, intent: Intent) -> Intent:
        """``intent``, dropping all that was asked before where it begins a new topic.

        A title as a new seed does, unless it is added ("also") or corrects; so does a request that stands for
        itself ("recommend me a western") and holds no word that ties it to the one before.
        """
        if intent.act != "recommend" or not reading.state.has_request:
            return intent
        reset = acts.RESET.search(reading.message.plain) and not (intent.drop or intent.releases)
        if reset or self._is_fresh(reading, intent):
            return intent.model_copy(update={"drop": (EVERYTHING,)})
        return intent

    def meant(self, seed: Mention, where: Where) -> Mention | None:
        """Which of several items of the seed's title ``where`` tells apart; None where it tells nothing."""
        title = key(self._catalog.titles[self._catalog.position(seed.id)])
        found = self._titles.find(seed.surface, k=12) if where else []
        same = [match for match in found if key(self._catalog.titles[match.position]) == title]
        fitting = [match.position for match in same if self._fits(match.position, where)]
        if not fitting or len(fitting) == len(same):
            return None
        label = self._catalog.label(fitting[0])
        return Mention(id=self._catalog.ids[fitting[0]], title=label, surface=seed.surface)

    def correction(self, reading: Reading) -> Intent | None:
        """ "No, I meant the 1958 one": an earlier seed resolved anew with a year or a name; else None."""
        state, message = reading.state, reading.message
        if not state.seeds or reading.found.titles or not acts.CORRECTS.search(message.plain):
            return None
        where = {f: b for constraint in reading.wishes.constraints for f, b in constraint.where.items()}
        where.update({facet: Bound.model_validate({"in": (value,)}) for facet, value in reading.names})
        for seed in reversed(state.seeds) if where else ():
            other = self._other(seed, where)
            if other is not None:
                return Intent(act="recommend", seeds=(other,))
        return None

    def without_seed(self, reading: Reading) -> Intent | None:
        """ "Drop Zodiac": the request goes on without that seed, and the profile forgets it."""
        message, forgets = reading.message, []
        for title in reading.found.titles:
            if title.is_known and acts.LEAVES.search(" ".join(message.lows[: title.start])):
                match = title.span.matches[0]
                label = self._catalog.label(match.position)
                forgets.append(
                    Mention(id=self._catalog.ids[match.position], title=label, surface=title.span.surface)
                )
        if not forgets or reading.heading.seeds or reading.wishes.constraints:
            return None
        return Intent(act="recommend", forgets=tuple(forgets))

    def _other(self, seed: Mention, where: Where) -> Mention | None:
        """The item that the words of ``seed`` may mean as well and that satisfies ``where``."""
        for match in self._titles.find(seed.surface, k=12):
            item_id = self._catalog.ids[match.position]
            if item_id != seed.id and match.certainty >= LIKELY and self._fits(match.position, where):
                label = self._catalog.label(match.position)
                return Mention(id=item_id, title=label, surface=seed.surface)
        return None

    def _is_fresh(self, reading: Reading, intent: Intent) -> bool:
        plain = reading.message.plain
        if intent.seeds:
            words = reading.reference_words
            referred = all(mention.surface in words for mention in intent.seeds)
            return not referred and not acts.ADDS.search(plain) and not acts.CORRECTS.search(plain)
        if any(one.kind != "of" for one in reading.found.unnamed):
            return False  # "his war films" are those of somebody spoken of before
        if intent.unknown_titles:
            return bool(acts.LIKE.search(plain)) and not acts.ADDS.search(plain)
        named = any(_is_head(constraint.where) for constraint in intent.constraints)
        heads = intent.query or intent.best or intent.qualities or named
        elsewhere = acts.ELSEWHERE.search(plain)
        if elsewhere and (heads or (intent.constraints and elsewhere.group().endswith(":"))):
            return True
        if not intent.constraints and acts.PLAIN.search(plain) and self._names_items(reading.message.lows):
            return not acts.REFINES.search(plain)
        begins = (
            acts.FRESH.search(plain)
            or self._is_noun_phrase(reading.message.lows)
            or len(intent.query.split()) >= WHOLE
        )
        return bool(heads and begins and not acts.REFINES.search(plain))

    def _is_noun_phrase(self, lows: Sequence[str]) -> bool:
        """Whether the words name what is wanted as a whole ("a French film", "short westerns").

        One word alone may narrow what was asked as well, and does.
        """
        kinds = len(lows) > 1 and lows[-1] in self._plurals
        return lows[0] in {"a", "an", "some"} or self._names_items(lows) or kinds

    def _names_items(self, lows: Sequence[str]) -> bool:
        """Whether the words say what the items are called."""
        spec = self._catalog.spec
        return not {spec.noun, spec.plural, *spec.nouns}.isdisjoint(lows)

    @cached_property
    def _plurals(self) -> frozenset[str]:
        """Values of categories in the plural: they name a kind of item without a noun."""
        kinds = [facet.name for facet in self._catalog.spec.facets if facet.kind == "category"]
        values = (value.casefold() for kind in kinds for value in self._catalog.values(kind))
        return frozenset(plural(value) for value in values if value.isalpha())

    def _fits(self, position: int, where: Where) -> bool:
        facets = self._catalog.item(position).facets
        return all(_holds(facets.get(facet), bound) for facet, bound in where.items())


def _is_head(where: Where) -> bool:
    """Whether a constraint says what kind of item is wanted, rather than a limit."""
    return any(bound.any_of or bound.all_of for bound in where.values())


def _holds(value: FacetValue | None, bound: Bound) -> bool:
    """Whether one facet value of an item satisfies the bounds and the wanted values of ``bound``."""
    if value is None:
        return False
    if isinstance(value, (int, float)):
        return (bound.gte is None or value >= bound.gte) and (bound.lte is None or value <= bound.lte)
    values = set(value) if isinstance(value, tuple) else {value}
    return bool(values & {*bound.any_of, *bound.all_of})
