"""``text-to-item``: what a text says of an item, names and numbers taken out, is to find the item again.

The question is an item's own text from its second sentence on (:mod:`.redact`); all items of the catalogue
are ranked. The indexed documents hold nothing of the question: they are the item's facts, or these and the
first sentence of its text. What the product learns from texts (:class:`~...tools.search.Relevance`) it
learns from items of other folds than the one that is asked.

The row ``palate`` is :func:`~..rank.rank` for somebody of whom only these words are known. Sentences of a
text are no request with constraints, so they are not read as one (``Palate.recommend`` would).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ...data.documents import document
from ...data.errors import UserError
from ...tools.artifacts import ARRAYS
from ...tools.content import ContentIndex
from ...tools.embedding import embed
from ...tools.encoder import Encoder
from ...tools.lexical import LexicalIndex, terms_of, weigh
from ...tools.search import Relevance
from ..features import Taste
from ..fusion import Fusion
from ..rank import rank
from . import metrics
from .figures import result
from .redact import Redactor, sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ...data.catalog import Catalog
    from ...data.fetch import Progress
    from ...data.schema import Item
    from ...tools.collaborative import Recommender
    from ...tools.toolbox import Toolbox
    from ...tools.types import FloatArray, IntArray
    from .metrics import Values

NAME = "text-to-item"
N_FOLDS = 5
K1, B = 1.2, 0.75
"""Of the plain BM25 that is compared with: the values that Lucene has by default."""
MAIN = "recall@10"
WITH_NOTES, NOTES_ONLY = "/with-notes", "/notes-only"
"""What is added to a method's name where notes are indexed beside the facts, and without them."""


@dataclass(frozen=True)
class Question:
    """A text that asks for the item at ``place``."""

    place: int
    text: str
    fold: int


@dataclass(frozen=True)
class Documents:
    """One way of indexing the items, as the ranking reads it; ``models`` is empty: nobody is known."""

    catalog: Catalog
    content: ContentIndex
    lexical: LexicalIndex
    models: Mapping[str, Recommender] = field(default_factory=dict)


def run(
    box: Toolbox, *, progress: Progress | None = None, notes: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Figures of the protocol over the box's catalogue.

    ``notes`` are texts on items by id; with them there is a slice ``noted`` of the items that have one, and
    a row of documents that are notes alone. Raises UserError for a catalogue whose items have no texts.
    """
    catalog = box.catalog
    asked = questions_of(catalog)
    if not asked:
        raise UserError(f"No item of {catalog.spec.name} has a text of two sentences to be found by.")
    forms = _forms(catalog, notes or {})
    said = progress or (lambda _label, _done, _total: None)
    vectors = _vectors(catalog, [question.text for question in asked], forms, said)
    ranks: dict[str, IntArray] = {}
    indexed: dict[str, str] = {}
    noted = np.array(
        [place for place, item_id in enumerate(catalog.ids) if item_id in (notes or {})], np.int64
    )
    for suffix, (name, texts) in forms.items():
        # Notes are indexed by themselves, beside the documents that hold them too.
        own = noted if suffix == WITH_NOTES else noted[:0]
        of_notes = own, vectors[NOTES_ONLY][own] if len(own) else vectors[suffix][own]
        found = _ranks_in(catalog, name, texts, vectors[suffix], of_notes, vectors["asked"], asked, said)
        ranks |= {method + suffix: where for method, where in found.items()}
        indexed |= {method + suffix: name for method in found}
    slices = {"all": np.ones(len(asked), bool)}
    if notes:
        slices = {"noted": np.array([catalog.ids[q.place] in notes for q in asked])} | slices
    rows = [row for where, among in slices.items() for row in _rows(where, among, ranks, indexed)]
    return result(NAME, catalog, _sha256(asked), rows)


def questions_of(catalog: Catalog) -> list[Question]:
    """The questions of all items whose text is long enough, in the order of the catalogue."""
    redactor, found = Redactor(catalog), []
    for place in range(catalog.n):
        item = catalog.item(place)
        text = redactor.question(item) if item.text else ""
        if text:
            fold = hashlib.sha256(item.id.encode()).digest()[0] % N_FOLDS
            found.append(Question(place, text, fold))
    return found


def _forms(catalog: Catalog, notes: Mapping[str, str]) -> dict[str, tuple[str, list[str]]]:
    """The ways to index the items, by what is added to a method's name: what is indexed, and the texts."""

    def texts(text_of: Callable[[Item], str]) -> list[str]:
        items = (catalog.item(place) for place in range(catalog.n))
        return [document(catalog.spec, item.model_copy(update={"text": text_of(item)})) for item in items]

    forms = {
        "": ("facts and first sentence", texts(lambda item: " ".join(sentences(item.text)[:1]))),
        "/facts-only": ("facts", texts(lambda _item: "")),
    }
    if notes:
        forms[WITH_NOTES] = ("facts and notes", texts(lambda item: notes.get(item.id, "")))
        forms[NOTES_ONLY] = ("notes", [notes.get(item_id, "") for item_id in catalog.ids])
    return forms


def _vectors(
    catalog: Catalog,
    asked: Sequence[str],
    forms: Mapping[str, tuple[str, list[str]]],
    progress: Progress,
) -> dict[str, FloatArray]:
    """The vectors of the questions ("asked") and of each form's documents, kept beside the catalogue."""
    from safetensors.numpy import save_file

    groups = {"asked": list(asked)} | {suffix: texts for suffix, (_, texts) in forms.items()}
    folder = catalog.path / "artifacts" / NAME
    flat = [text for texts in groups.values() for text in texts]
    # Items without a text have the same document in two forms.
    distinct = {text: row for row, text in enumerate(dict.fromkeys(flat))}
    arrays = embed(list(distinct), Encoder.open(), folder / ARRAYS, folder / "partial", progress)
    save_file(arrays, folder / ARRAYS)
    return {name: arrays["vectors"][[distinct[text] for text in texts]] for name, texts in groups.items()}


def _ranks_in(
    catalog: Catalog,
    name: str,
    texts: list[str],
    vectors: FloatArray,
    of_notes: tuple[IntArray, FloatArray],
    requests: FloatArray,
    asked: Sequence[Question],
    progress: Progress,
) -> dict[str, IntArray]:
    """The rank from 1 of each question's item, (n_questions,), by each method over one form of documents.

    ``of_notes`` are the places (m,) and vectors (m, dim) of the notes that are indexed by themselves.
    """
    lexical = LexicalIndex(catalog.n, *weigh([terms_of(text) for text in texts]))
    plain = LexicalIndex(catalog.n, *weigh([terms_of(text) for text in texts], K1, B))
    places = np.array([question.place for question in asked], np.int64)
    folds = np.array([question.fold for question in asked])
    ranks = {method: np.zeros(len(asked), np.int64) for method in ("palate", "minilm", "bm25")}
    everything = np.ones(catalog.n, bool)
    for fold in range(N_FOLDS):
        others = folds != fold
        noted, told = of_notes
        learned = Relevance.fit(vectors, told, noted, requests[others], places[others])
        content = ContentIndex(vectors, learned, catalog.path, {})
        box = Documents(catalog, content, lexical)
        for row in np.flatnonzero(~others).tolist():
            if row % 100 == 0:
                progress(f"asking for {name}", row, len(asked))
            question, vector = asked[row], requests[row]
            taste = replace(Taste.of(np.zeros(0, np.int64)), vector=vector, words=question.text)
            # Without a like there is nothing for a learned fusion to weigh.
            order = rank(box, taste, everything, catalog.n, Fusion.default()).items
            ranks["palate"][row] = int(np.flatnonzero(order == question.place)[0]) + 1
            ranks["minilm"][row] = rank_of(vectors @ vector, question.place)
            ranks["bm25"][row] = rank_of(plain.scores(question.text), question.place)
    return ranks


def rank_of(scores: FloatArray, place: int) -> int:
    """The rank from 1 of the item at ``place``; among equal scores (n,) the middle one, rounded up."""
    mine = scores[place]
    return int((scores > mine).sum()) + (int((scores == mine).sum()) + 1) // 2


def _rows(
    where: str, among: np.ndarray[Any, Any], ranks: Mapping[str, IntArray], indexed: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    questions: IntArray = np.arange(int(among.sum()))
    if not len(questions):
        return
    found = {method: (of_all[among] <= 10).astype(np.float64) for method, of_all in ranks.items()}
    for method, hits in found.items():
        estimate = metrics.mean_over_people(hits, questions)
        figures: dict[str, Any] = {
            "mrr": round(float((1 / ranks[method][among]).mean()), 4),
            MAIN: round(estimate.mean, 4),
            f"{MAIN}_ci95": [round(estimate.low, 4), round(estimate.high, 4)],
            "document": indexed[method],
        }
        if method.startswith("palate"):
            suffix = method.removeprefix("palate")
            for other in ("minilm", "bm25"):
                figures |= _ratio(other, hits, found[other + suffix], questions)
        yield {"method": method, "slice": where, "n": len(questions), "metrics": figures}


def _ratio(other: str, ours: Values, theirs: Values, questions: IntArray) -> dict[str, Any]:
    ratio = metrics.ratio_over_people(ours, theirs, questions)
    return {
        f"ratio_to_{other}": round(ratio.mean, 4),
        f"ratio_to_{other}_ci95": [round(ratio.low, 4), round(ratio.high, 4)],
    }


def _sha256(asked: Sequence[Question]) -> str:
    digest = hashlib.sha256()
    for question in asked:
        digest.update(f"{question.place} {question.fold} {question.text}\n".encode())
    return digest.hexdigest()
