"""Search by what is said: a request's meaning and its words, together.

Sentence vectors of requests and of documents lie apart: documents of one catalogue share a form, requests
another. :class:`RequestMap` brings the two together; words that both hold count beside it (BM25).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from .embedding import NOTES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from .types import FloatArray, IntArray

WORDS_SHARE = 0.25
"""How much shared words count beside the meaning, both in deviations."""
MOST_WORDS = 8.0
"""Deviations beyond which shared words do not count as more: one rare word in common says only so much."""
WHITENING = 0.25
"""The power of the documents' covariance that is taken out: 0 only centres, ½ makes all directions equal."""
FLOOR = 0.3
"""Added to each direction's variance, as a share of the mean one: what hardly varies is mostly noise."""
STRENGTH = 30.0
"""How many pairs of request and document it takes to believe them as much as the encoder."""
DOCUMENT_SHARE = 0.8
"""How much an item's document counts beside its note."""
TOGETHER = 1.15
"""What their sum is divided by, so that items with and without a note compare."""
LEAST_NOTES = 50
"""With fewer notes there is nothing to tell how they differ from each other."""
LEAST_WORDS = 10
"""Words of a text's later sentences from which on they can stand for a request."""
REQUESTS_AT_MOST = 2000
"""Texts read as requests: more of them cost encoding and change little."""


class RequestMap:
    """A linear map from the vectors of requests to those of documents, in closed form.

    Both are centred on their own means, which takes hubs away (Suzuki et al., EMNLP 2013), and directions in
    which the documents vary much are shrunk by P = (C + floor)^-¼ (a softer form of whitening; Su et al.,
    2021). With a = unit((q - q̄) P) and b = unit((d - d̄) P), M is the ridge regression of b on a over pairs of
    a request and its document, shrunk to the identity. A document scores unit(a M) · b, a cosine.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """``arrays``: ``whiten`` P and ``turn`` M (dim, dim), ``request_mean`` and ``document_mean`` (dim,),
        ``lengths`` (n,) of the documents' (d - d̄) P."""
        self.arrays = {name: np.asarray(arrays[name], np.float32) for name in NAMES}

    @classmethod
    def fit(
        cls, documents: FloatArray, requests: FloatArray | None = None, answers: IntArray | None = None
    ) -> RequestMap:
        """The map for ``documents`` (n, dim), learned from ``requests`` (m, dim) that the documents at
        ``answers`` (m,) answer. Without any, requests are centred as documents are, and M is the identity.
        """
        dim = documents.shape[1]
        middle = documents.mean(axis=0) if len(documents) else np.zeros(dim, np.float32)
        whiten = _whitening(documents - middle)
        turn, request_mean = np.eye(dim), middle
        if requests is not None and answers is not None and len(requests):
            request_mean = requests.mean(axis=0)
            a = _units((requests - request_mean) @ whiten)
            b = _units((documents[answers] - middle) @ whiten)
            gram = a.T @ a + STRENGTH * np.eye(dim)
            turn = np.linalg.solve(gram, a.T @ b + STRENGTH * np.eye(dim))
        lengths = np.maximum(np.linalg.norm((documents - middle) @ whiten, axis=1), 1e-6)
        values = (whiten, turn, request_mean, middle, lengths)
        return cls(dict(zip(NAMES, values, strict=True)))

    def scores(self, documents: FloatArray, request: FloatArray) -> FloatArray:
        """How well each of ``documents`` (n, dim), those of the fit, answers ``request`` (dim,), (n,)."""
        whiten, middle = self.arrays["whiten"], self.arrays["document_mean"]
        asked = _units(((request - self.arrays["request_mean"]) @ whiten)[None])
        direction = whiten @ _units(asked @ self.arrays["turn"])[0]
        # One product with the stored vectors: the whitened documents need not be kept.
        return np.asarray((documents @ direction - middle @ direction) / self.arrays["lengths"], np.float32)


NAMES = ("whiten", "turn", "request_mean", "document_mean", "lengths")
"""The arrays of a :class:`RequestMap`."""


class Relevance:
    """How well items answer a request in words: by their documents, and by their notes where they have any.

    A note speaks as people do who say what they are after, a document of facts does not; each has a
    :class:`RequestMap` of its own.
    """

    def __init__(
        self,
        documents: RequestMap,
        notes: RequestMap | None = None,
        vectors: FloatArray | None = None,
        places: IntArray | None = None,
    ) -> None:
        """``vectors`` (m, dim) are those of the notes of the items at ``places`` (m,)."""
        self._documents, self._notes = documents, notes
        self._vectors = np.zeros((0, 0), np.float32) if vectors is None else vectors
        self._places = np.zeros(0, np.int64) if places is None else places

    @classmethod
    def fit(
        cls,
        documents: FloatArray,
        notes: FloatArray,
        places: IntArray,
        requests: FloatArray,
        answers: IntArray,
    ) -> Relevance:
        """For ``documents`` (n, dim) and the ``notes`` (m, dim) of the items at ``places`` (m,), learned from
        ``requests`` (r, dim) that the items at ``answers`` (r,) answer; there may be none of either.
        """
        of_documents = RequestMap.fit(documents, requests, answers)
        if len(notes) < LEAST_NOTES:
            return cls(of_documents)
        row = np.full(len(documents), -1)
        row[places] = np.arange(len(places))
        noted = row[answers] >= 0
        return cls(of_documents, RequestMap.fit(notes, requests[noted], row[answers[noted]]), notes, places)

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[Any]]) -> Relevance:
        """From :attr:`arrays`."""
        documents = RequestMap(arrays)
        if f"{NOTES}{NAMES[0]}" not in arrays:
            return cls(documents)
        notes = RequestMap({name: arrays[f"{NOTES}{name}"] for name in NAMES})
        return cls(
            documents, notes, np.asarray(arrays[f"{NOTES}vectors"]), np.asarray(arrays[f"{NOTES}places"])
        )

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """What :meth:`of` reads, by name."""
        if self._notes is None:
            return dict(self._documents.arrays)
        of_notes: dict[str, NDArray[Any]] = {"vectors": self._vectors, "places": self._places}
        of_notes |= self._notes.arrays
        return self._documents.arrays | {f"{NOTES}{name}": array for name, array in of_notes.items()}

    def scores(self, documents: FloatArray, request: FloatArray) -> FloatArray:
        """How well each item answers ``request`` (dim,), (n,), in deviations; ``documents`` are those of the
        fit.
        """
        found = deviations(self._documents.scores(documents, request))
        if self._notes is not None:
            noted = deviations(self._notes.scores(self._vectors, request))
            found[self._places] = (noted + DOCUMENT_SHARE * found[self._places]) / TOGETHER
        return found


def hybrid(meaning: FloatArray | None, words: FloatArray) -> dict[str, FloatArray]:
    """What each way of searching adds to an item's score, (n,), by its name; the score is their sum.

    ``meaning`` and ``words`` (n,) are the scores by :class:`RequestMap` and by BM25, brought to one scale;
    without the encoder words stand alone.
    """
    shared = np.minimum(deviations(words), np.float32(MOST_WORDS))
    if meaning is None:
        return {"lexical": shared}
    return {"words": deviations(meaning), "lexical": np.float32(WORDS_SHARE) * shared}


def deviations(scores: FloatArray) -> FloatArray:
    """``scores`` (n,) with mean 0 and deviation 1; zeros where they do not vary."""
    spread = float(scores.std()) if len(scores) else 0.0
    if spread < 1e-9:
        return np.zeros(len(scores), np.float32)
    return np.asarray((scores - scores.mean()) / spread, np.float32)


def requests_of(texts: Sequence[str]) -> tuple[list[str], list[int]]:
    """What can stand for requests in the items' ``texts``, and whose it is.

    A text's later sentences say what its item is like, as somebody might who looks for it.
    """
    found, places = [], []
    for place, text in enumerate(texts):
        later = re.split(r"(?<=[.!?])\s+", text.strip(), maxsplit=1)[1:]
        if later and len(later[0].split()) >= LEAST_WORDS:
            found.append(later[0])
            places.append(place)
    # Evenly over the catalogue, and the same ones each time.
    step = max(len(found) / REQUESTS_AT_MOST, 1.0)
    kept = [int(number * step) for number in range(min(len(found), REQUESTS_AT_MOST))]
    return [found[at] for at in kept], [places[at] for at in kept]


def _whitening(centred: FloatArray) -> NDArray[Any]:
    """P (dim, dim), of the covariance of ``centred`` (n, dim) in units of its mean variance."""
    dim = centred.shape[1]
    covariance = centred.T.astype(np.float64) @ centred / max(len(centred), 1)
    variances, directions = np.linalg.eigh(covariance)
    mean = float(variances.mean())
    if mean < 1e-12:
        return np.eye(dim)
    shrunk = (np.maximum(variances, 0) / mean + FLOOR) ** -WHITENING
    return np.asarray((directions * shrunk) @ directions.T)


def _units(rows: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-9))
