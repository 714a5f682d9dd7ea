"""What recorded dialogues name: how often, and together with what.

Every measure can leave one dialogue out, so that a model which learns from a dialogue is not shown what it
is to predict.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np

from ..tools.side import side_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from ..data.catalog import Catalog
    from ..tools.types import FloatArray

    Values = NDArray[np.float64]

SHAPE = 2.0
"""Of the gamma distribution around the expected count: how many mentions outweigh the expectation."""
TOGETHER = 20.0
"""Mentions beside an item that outweigh what is named in general."""
SHARPNESS = 3.0
"""How fast a dialogue counts less the less its words resemble those of this one."""
CLOSEST = 4.0
"""Deviations above the mean beyond which a dialogue does not count as closer still."""
ALIKE = 0.3
"""What is named in general, relative to what similar dialogues name."""
FADE = 0.8
"""What an earlier mention counts, relative to the next one."""
RIDGE = 3.0
COMMON = 0.01
"""The share of items that have a category's value, from which the value helps to say what is named."""
RECENT = 0.1
"""The share of interactions, the latest ones, that say what is spoken of now."""


@dataclass(frozen=True)
class Counts:
    """How often each item is named in dialogues, with an expectation for what few or none name.

    ``by_dialogue`` (n_dialogues, n) holds 0 and 1; ``expected`` (n,) is the count that an item's ratings,
    age and categories let expect.
    """

    by_dialogue: csr_array
    expected: Values

    @cached_property
    def counts(self) -> Values:
        """In how many dialogues each item is named, (n,)."""
        return np.asarray(self.by_dialogue.sum(axis=0), np.float64).ravel()

    def log_rate(self, without: int | None = None) -> Values:
        """The logarithm of the count to expect of each item, (n,).

        The mean of a gamma posterior around :attr:`expected` m: m (a + c) / (a + m), c the count and a
        :data:`SHAPE`. ``without`` is a dialogue that is left out.
        """
        counts = self.counts
        if without is not None:
            counts = counts.copy()
            counts[self.items_of(without)] -= 1
        return np.log(self.expected) + np.log((SHAPE + counts) / (SHAPE + self.expected))

    def items_of(self, dialogue: int) -> NDArray[np.int32]:
        """The items that a dialogue names."""
        start, end = self.by_dialogue.indptr[dialogue : dialogue + 2]
        items: NDArray[np.int32] = self.by_dialogue.indices[start:end]
        return items

    @cached_property
    def _together(self) -> csr_array:
        together = (self.by_dialogue.T @ self.by_dialogue).tocsr()
        together.setdiag(0)
        return together

    def together(self, mentioned: Sequence[int], without: int | None = None) -> Values:
        """How much likelier each item (n,) is named beside those ``mentioned`` than at all, as a logarithm.

        Each mentioned item gives a distribution of what is named beside it, shrunk to what is named in
        general; they are averaged, the later mentions counting more. Zeros where nothing is mentioned.
        """
        if not len(mentioned):
            return np.zeros(len(self.expected))
        general = np.exp(self.log_rate(without))
        general /= general.sum()
        own = None if without is None else self.items_of(without)
        weights = fading(len(mentioned))
        mixed = np.zeros_like(general)
        for item, weight in zip(mentioned, weights, strict=True):
            beside = self._beside(item, own)
            mixed += weight * (beside + TOGETHER * general) / (beside.sum() + TOGETHER)
        return np.asarray(np.log(mixed / general), np.float64)

    def beside(self, mentioned: Sequence[int]) -> Values:
        """How often each item (n,) is named beside those ``mentioned``, as a share of their own counts."""
        shares = np.zeros(len(self.expected))
        for item in mentioned:
            shares += self._beside(item, None) / (self.counts[item] + SHAPE)
        return shares

    def among(self, shares: Values, without: int | None = None) -> Values:
        """How much likelier each item (n,) is named in some dialogues than in all, as a logarithm.

        ``shares`` (n_dialogues,) say how much each dialogue counts; their sum is 1.
        """
        general = np.exp(self.log_rate(without)) / self.by_dialogue.shape[0]
        found = shares @ self.by_dialogue
        return np.asarray(np.log((found + ALIKE * general) / ((1 + ALIKE) * general)), np.float64)

    def _beside(self, item: int, own: NDArray[np.int32] | None) -> Values:
        start, end = self._together.indptr[item : item + 2]
        beside = np.zeros(len(self.expected))
        beside[self._together.indices[start:end]] = self._together.data[start:end]
        if own is not None and item in own:
            beside[own[own != item]] -= 1
        return beside


@dataclass(frozen=True)
class Recorded:
    """Recorded dialogues, counted."""

    named: Counts
    """Everything that they name."""
    vectors: FloatArray
    """(n_dialogues, dim): the sentence vectors of what the person said; zeros where they said nothing, dim 0
    without an encoder."""
    middles: FloatArray
    """(n_dialogues, dim): the mean sentence vector of the items named, of unit length; zeros and dim 0
    likewise."""

    @classmethod
    def of(cls, named: Counts, vectors: FloatArray, items: FloatArray) -> Self:
        """With the middles that follow from the vectors of the ``items`` (n, dim)."""
        middles = named.by_dialogue @ items
        lengths = np.linalg.norm(middles, axis=1, keepdims=True)
        return cls(named, vectors, np.asarray(middles / np.maximum(lengths, 1e-9), np.float32))

    def shares(self, of_each: FloatArray, vector: FloatArray, without: int | None = None) -> Values:
        """How much each dialogue (n_dialogues,) counts beside a conversation with ``vector`` (dim,).

        The softmax of the standardised cosines of ``of_each`` (n_dialogues, dim), which are the ``vectors``
        or the ``middles``; 0 for the dialogue ``without``.
        """
        cosines = (of_each @ vector).astype(np.float64)
        others = np.ones(len(cosines), bool)
        if without is not None:
            others[without] = False
        spread = float(cosines[others].std()) if others.any() else 0.0
        closeness = (cosines - cosines[others].mean()) / spread if spread > 1e-9 else np.zeros(len(cosines))
        weights = np.where(others, np.exp(SHARPNESS * np.minimum(closeness, CLOSEST)), 0.0)
        return np.asarray(weights / max(float(weights.sum()), 1e-300), np.float64)

    @cached_property
    def _evenly(self) -> csr_array:
        """(n_dialogues, n): what each dialogue names, in shares of 1."""
        from scipy.sparse import csr_array, diags_array

        sizes = np.asarray(self.named.by_dialogue.sum(axis=1), np.float64).ravel()
        return csr_array(diags_array(1 / np.maximum(sizes, 1)) @ self.named.by_dialogue)

    def leaning(self, shares: Values, without: int | None = None) -> Values:
        """By how much more each item (n,) is named in some dialogues than in all.

        ``shares`` (n_dialogues,) say how much each dialogue counts; what a dialogue names has the sum 1.
        """
        others = np.ones(len(shares))
        if without is not None:
            others[without] = 0
        return np.asarray((shares - others / max(others.sum(), 1)) @ self._evenly, np.float64)


def fading(n: int) -> Values:
    """Weights of ``n`` mentions in order, the last one the greatest; their sum is 1."""
    weights = FADE ** np.arange(n)[::-1]
    return np.asarray(weights / weights.sum(), np.float64)


def count(catalog: Catalog, named: Sequence[Iterable[int]]) -> Counts:
    """The :class:`Counts` of the items ``named`` in each dialogue."""
    from scipy.sparse import csr_array

    rows = [sorted(set(items)) for items in named]
    starts = np.concatenate([[0], np.cumsum([len(items) for items in rows])])
    columns = np.array([item for items in rows for item in items], np.int64)
    shape = (len(rows), catalog.n)
    by_dialogue = csr_array((np.ones(len(columns), np.float32), columns, starts), shape=shape)
    counts = np.asarray(by_dialogue.sum(axis=0), np.float64).ravel()
    return Counts(by_dialogue, expect(item_columns(catalog), counts))


def expect(columns: Values, counts: Values) -> Values:
    """The count to expect of each item, (n,): Poisson regression of ``counts`` on ``columns`` (n, any).

    Fitted by Newton's method with a ridge penalty on all but the first column, which is constant
    (P. McCullagh and J. Nelder, Generalized Linear Models, 1989).
    """
    penalty = RIDGE * np.eye(columns.shape[1])
    penalty[0, 0] = 1e-6
    slopes = np.zeros(columns.shape[1])
    slopes[0] = np.log(max(counts.mean(), 1e-6))
    for _ in range(50):
        mean = _mean(columns, slopes)
        gradient = columns.T @ (counts - mean) - penalty @ slopes
        step = np.linalg.solve((columns * mean[:, None]).T @ columns + penalty, gradient)
        # A first step may overshoot far beyond what the exponential allows.
        largest = float(np.abs(step).max())
        slopes += step * min(1.0, 1.0 / max(largest, 1e-12))
        if largest < 1e-4:
            break
    return _mean(columns, slopes)


def _mean(columns: Values, slopes: Values) -> Values:
    return np.exp(np.clip(columns @ slopes, -12, 8))


def item_columns(catalog: Catalog) -> Values:
    """What of an item tells how often it is spoken of, (n, any); the first column is constant.

    The number of ratings, of recent ones and their mean; common categories; the year, also together with
    the number of ratings. Known-ness where nothing is rated.
    """
    interactions, n = catalog.interactions, catalog.n
    ratings = np.log1p(np.bincount(interactions.items, minlength=n).astype(np.float64))
    base = ratings if len(interactions) else 4.0 * np.clip(catalog.known.astype(np.float64), 0, 1)
    parts = [np.ones(n), base, base**2]
    if len(interactions):
        since = np.quantile(interactions.times, 1 - RECENT)
        recent = np.bincount(interactions.items[interactions.times > since], minlength=n)
        sums = np.bincount(interactions.items, interactions.ratings - interactions.ratings.mean(), n)
        parts += [np.log1p(recent), base == 0, sums / (np.expm1(ratings) + 5)]
    years = _bumps(side_of(catalog).year)
    joined = np.column_stack([*parts, *_common(catalog), years, years * base[:, None]])
    return np.asarray(joined, np.float64)


def _common(catalog: Catalog) -> list[Values]:
    """The values of the category facets that many items have, each (n,)."""
    found = []
    for facet in catalog.spec.facets:
        if facet.kind == "category":
            postings = catalog.postings(facet.name)
            shares = np.asarray(postings.mean(axis=0)).ravel()
            found += list(postings[:, np.flatnonzero(shares >= COMMON)].toarray().T)
    return found


def _bumps(years: FloatArray) -> Values:
    """Years (n,) spread over bumps that are closer where years are more recent, (n, any)."""
    finite = np.isfinite(years)
    if not finite.any():
        return np.zeros((len(years), 0))
    newest = float(years[finite].max())
    # What is spoken of changes from year to year near the present, and by the decade long ago.
    ages = np.array([0, 1, 2, 3, 5, 7, 10, 14, 18, 23, 28, 33, 38, 48, 58, 78], np.float64)
    widths = np.gradient(ages)
    bumps = np.exp(-((((newest - years[:, None]) - ages) / widths) ** 2))
    return np.asarray(np.where(finite[:, None], bumps, 0.0), np.float64)
