"""Search by words: BM25 over the items' documents.

S. Robertson and H. Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009, with the inverse
document frequency that is never negative (as in Lucene).
"""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ..data.documents import form_of
from .artifacts import load_arrays, save_arrays
from .everyday import FUNCTION_WORDS
from .text import pack, tokens, unpack
from .topk import best

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ..data.catalog import Catalog
    from .types import BoolArray, FloatArray, Scored

KIND, VERSION = "lexical", 2
K1 = 1.2
"""How soon a repeated term stops counting."""
B = 0.5
"""How much a long document is discounted: less than in running text, for many facts are no verbosity."""
MOST_REPEATS = 3
"""How often a term counts in a request, at most."""


class LexicalIndex:
    """Documents as weighted terms, by term.

    Term ``t`` is in the documents ``items[starts[t]:starts[t + 1]]`` with those ``weights``.
    """

    def __init__(self, n: int, terms: list[str], arrays: dict[str, NDArray[Any]]) -> None:
        self.n = n
        self._terms = terms
        self._starts = arrays["starts"]
        self._items = arrays["items"]
        self._weights = arrays["weights"]

    @classmethod
    def build(cls, catalog: Catalog) -> LexicalIndex:
        """Index the documents of a catalogue and store the index beside it; raises SetupFailed."""
        terms, arrays = weigh([terms_of(document) for document in catalog.documents()])
        save_arrays(
            catalog.path / "artifacts" / KIND,
            {**arrays, "terms": pack(terms)},
            kind=KIND,
            data_sha256=form_of(catalog.spec),
            config={"k1": K1, "b": B},
            version=VERSION,
        )
        return cls(catalog.n, terms, arrays)

    @classmethod
    def open(cls, catalog: Catalog) -> LexicalIndex:
        """The stored index; raises NoData where there is none, DataError when it is stale or broken."""
        arrays, _ = load_arrays(
            catalog.path / "artifacts" / KIND,
            kind=KIND,
            data_sha256=form_of(catalog.spec),
            version=VERSION,
        )
        return cls(catalog.n, unpack(arrays["terms"]), arrays)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {term: number for number, term in enumerate(self._terms)}

    def scores(self, text: str) -> FloatArray:
        """The BM25 score of every item for ``text``, ``(n,)``; 0 where no term is shared.

        Function words count only in a text that has no others. A term said n times counts √n times, n being
        at most :data:`MOST_REPEATS`.
        """
        found = np.zeros(self.n, np.float32)
        said = tokens(text)
        telling = [token for token in said if token not in FUNCTION_WORDS] or said
        for term, times in Counter(map(stem, telling)).items():
            number = self._numbers.get(term)
            if number is not None:
                here = slice(int(self._starts[number]), int(self._starts[number + 1]))
                found[self._items[here]] += np.float32(min(times, MOST_REPEATS) ** 0.5) * self._weights[here]
        return found

    def search(self, text: str, k: int, allow: BoolArray | None = None) -> Scored:
        """At most ``k`` items that share a term with ``text``, the highest BM25 score first."""
        found = self.scores(text)
        return best(np.where(found > 0, found, np.float32(np.nan)), k, allow)


def terms_of(text: str) -> list[str]:
    """The terms of a text: folded words, plurals as singulars, characters of scripts without spaces."""
    return [stem(token) for token in tokens(text)]


def stem(token: str) -> str:
    """A word without the plural's ending (the S-stemmer: D. Harman, How effective is suffixing?, 1991)."""
    if len(token) < 4 or not token.endswith("s"):
        return token
    if token.endswith("ies") and not token.endswith(("eies", "aies")):
        return token[:-3] + "y"
    if token.endswith("es") and not token.endswith(("aes", "ees", "oes")):
        return token[:-1]
    return token if token.endswith(("us", "ss")) else token[:-1]


def weigh(
    documents: Sequence[list[str]], k1: float = K1, b: float = B
) -> tuple[list[str], dict[str, NDArray[Any]]]:
    """The terms of ``documents`` and their BM25 weights by term (``starts``, ``items``, ``weights``)."""
    numbers: dict[str, int] = {}
    term_of, item_of = [], []
    for item, terms in enumerate(documents):
        for term in terms:
            term_of.append(numbers.setdefault(term, len(numbers)))
            item_of.append(item)
    n = max(len(documents), 1)
    pairs = np.array(term_of, np.int64) * n + np.array(item_of, np.int64)
    distinct, counts = np.unique(pairs, return_counts=True)
    terms_sorted, items = distinct // n, distinct % n
    frequency = np.bincount(terms_sorted, minlength=len(numbers))
    rarity = np.log1p((n - frequency + 0.5) / (frequency + 0.5))
    lengths = np.bincount(np.array(item_of, np.int64), minlength=n)
    relative = lengths / max(float(lengths.mean()), 1.0)
    saturation = k1 * (1 - b + b * relative[items])
    weights = rarity[terms_sorted] * counts * (k1 + 1) / (counts + saturation)
    starts = np.concatenate(([0], np.cumsum(frequency))).astype(np.int64)
    arrays: dict[str, NDArray[Any]] = {
        "starts": starts,
        "items": items.astype(np.int32),
        "weights": weights.astype(np.float32),
    }
    return list(numbers), arrays
