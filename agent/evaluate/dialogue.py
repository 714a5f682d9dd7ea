"""``dialogue``: what would a human recommender name next in a conversation (ReDial)?

Rows are the recommender's turns of recorded conversations. Everything is learned from the rows of
``valid.jsonl`` and the catalogue's own data; the rows of ``test_dev.jsonl`` are asked once, at the end. As
usual for ReDial, every item of an answer is an instance of its own, and the whole catalogue is ranked. Only
items count that are in the catalogue and that nobody mentioned before; what was mentioned is taken out of
the ranking. Figures are means over instances, their intervals (95 %) from resampled dialogues.

``palate/titles`` is the same ranker, fitted and asked with every turn's words struck out: what remains is who
spoke and which items each turn names, in order, and what the catalogue knows of them. Whatever else is said
of an item is words (that it was liked, seen or only asked about), and so is a title that was not found in the
catalogue. Its constants are those that were chosen with words. The row of ``palate`` says how far it is above
(``…_minus_titles``), with intervals that resample the dialogues of both together.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...data.errors import NoData, UserError
from ...data.importers.redial import read_rows
from ..dialogue_rank import DialogueRanker
from ..dialogues import Context, Dialogue, Turn, context_of
from .figures import result
from .laboratory import PRODUCT
from .metrics import RESAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from ...data.catalog import Catalog
    from ...data.fetch import Progress
    from ...data.importers.redial import Row
    from ...tools.lookup import TitleIndex
    from ...tools.toolbox import Toolbox
    from ...tools.types import FloatArray, IntArray

    Values = NDArray[np.float64]
    Scorer = Callable[[Context], FloatArray]
    """A context → the score of every item (n,)."""

NAME = "dialogue"
TITLES = f"{PRODUCT}/titles"
"""The row without words."""
TRAIN, TEST = "valid.jsonl", "test_dev.jsonl"
SLICE = "test_dev"
FOLDER = Path(__file__).resolve().parents[3].joinpath("shared", "datasets", "redial")
"""Where the rows are looked for: beside the checkout."""
CUTS = (1, 10, 50)
SURE, SURE_UNDATED = 0.65, 0.8
"""How certain a title must be to count as a mention, with its year and without."""
LINKED = 0.5
"""The share of keys that a facet must hold to be what the rows are keyed by."""
_DATED = re.compile(r"\((?:18|19|20)\d\d\)\s*$")


@dataclass(frozen=True)
class Asked:
    """One row as a question."""

    dialogue: str
    context: Context
    wanted: tuple[int, ...]


def run(box: Toolbox, *, progress: Progress | None = None, dialogues: Path | None = None) -> dict[str, Any]:
    """Figures of the protocol over the box's catalogue.

    ``dialogues`` is the folder of the rows (None: beside the checkout). Raises NoData where they are not
    there, and UserError for a catalogue that they are not about.
    """
    folder = FOLDER if dialogues is None else dialogues
    if not (folder / TRAIN).exists() or not (folder / TEST).exists():
        mend = f"palate eval --protocol {NAME} --dialogues FOLDER"
        raise NoData(f"There are no dialogues in {folder}.", mend)
    said = progress or (lambda _label, _done, _total: None)
    reader = RowReader(box.catalog, box.titles)
    train, test = read_rows(folder / TRAIN), read_rows(folder / TEST)
    recorded = reader.dialogues(train)
    ranker = DialogueRanker.fit(box, recorded, progress=said)
    of_titles = DialogueRanker.fit(box, map(wordless, recorded), progress=said)
    scorers = simple_scorers(box, ranker) | {
        TITLES: lambda context: of_titles.scores(Context("", "", "", context.mentioned)),
        PRODUCT: lambda context: ranker.scores(context, wait=True),
    }
    asked = reader.questions(test)
    if not asked:
        raise UserError(f"No answer in these dialogues recommends anything of {box.catalog.spec.name}.")
    ranks = {name: _ranks(name, scorer, asked, said) for name, scorer in scorers.items()}
    dialogues_of = _dialogues_of(asked)
    figures = {name: figures_of(found, dialogues_of) for name, found in ranks.items()}
    figures[PRODUCT] |= difference_of(ranks[PRODUCT], ranks[TITLES], dialogues_of)
    rows = [
        {"method": name, "slice": SLICE, "n": len(dialogues_of), "metrics": metrics}
        for name, metrics in figures.items()
    ]
    return result(NAME, box.catalog, _sha256(folder), rows[::-1])


def wordless(dialogue: Dialogue) -> Dialogue:
    """The dialogue with nothing but who spoke and the items that each turn names."""
    return Dialogue(turns=tuple(Turn(who=turn.who, items=turn.items) for turn in dialogue.turns))


class RowReader:
    """Finds the items that rows name in a catalogue."""

    def __init__(self, catalog: Catalog, titles: TitleIndex) -> None:
        self.catalog = catalog
        self._titles = titles
        self._found: dict[str, str | None] = {}
        self._keys: Mapping[str, str] | None = None

    def dialogues(self, rows: Sequence[Row]) -> list[Dialogue]:
        """The whole conversations that ``rows`` are cut from, as far as the rows show them."""
        keys = self._keys_of(rows)
        longest: dict[str, Row] = {}
        answers: dict[tuple[str, int], list[str]] = {}
        for row in rows:
            if row.dialog_id not in longest or len(row.context) >= len(longest[row.dialog_id].context):
                longest[row.dialog_id] = row
            named = [keys[key] for key in row.wanted if key in keys]
            answers[row.dialog_id, len(row.context)] = named
        found = []
        for name, row in longest.items():
            turns = [*self.turns(row), self._turn("agent", row.resp, row.entities)]
            for place, turn in enumerate(turns):
                more = [item for item in answers.get((name, place), ()) if item not in turn.items]
                turns[place] = turn.model_copy(update={"items": (*turn.items, *more)})
            found.append(Dialogue(turns=tuple(turns)))
        return found

    def questions(self, rows: Sequence[Row]) -> list[Asked]:
        """The rows with an item to be found."""
        keys = self._keys_of(rows)
        asked = []
        for row in rows:
            wanted = tuple(self.catalog.position(keys[key]) for key in row.wanted if key in keys)
            if wanted:
                asked.append(Asked(row.dialog_id, context_of(self.catalog, self.turns(row)), wanted))
        return asked

    def turns(self, row: Row) -> list[Turn]:
        """What was said before the answer; the seeker speaks last."""
        last = len(row.context) - 1
        return [
            self._turn("agent" if (last - place) % 2 else "person", text, row.entities)
            for place, text in enumerate(row.context)
        ]

    def _turn(self, who: Any, text: str, entities: Iterable[str]) -> Turn:
        """A turn with its titles as items, in order, and taken out of the text."""
        places: list[tuple[int, str]] = []
        # The longest first, so that a title within a title is not read for itself.
        for surface in sorted(set(entities), key=lambda each: (-len(each), each)):
            item = self._item(surface) if surface in text else None
            if item is not None:
                places.append((text.index(surface), item))
                # As long as before, so that places stay true.
                text = text.replace(surface, " " * len(surface))
        items = tuple(item for _, item in sorted(places))
        return Turn(who=who, text=" ".join(text.split()), items=items)

    def _item(self, surface: str) -> str | None:
        """The id of the item that an entity is, None where it is none."""
        if surface not in self._found:
            match = next(iter(self._titles.find(surface, 1)), None)
            dated = _DATED.search(surface) is not None
            # Words like "comedy" are entities, too.
            titled = dated or surface[:1].isupper()
            sure = match is not None and match.certainty >= (SURE if dated else SURE_UNDATED)
            found = self.catalog.ids[match.position] if match is not None and sure and titled else None
            self._found[surface] = found
        return self._found[surface]

    def _keys_of(self, rows: Sequence[Row]) -> Mapping[str, str]:
        """Key → id of the item. Keys are ids, or the values of that text facet which holds most of them."""
        if self._keys is None:
            wanted = {gold.key for row in rows for gold in row.gold if gold.key is not None}
            tables = [{item_id: item_id for item_id in self.catalog.ids}, *_by_text_facets(self.catalog)]
            self._keys = max(tables, key=lambda table: len(wanted & table.keys()))
            if len(wanted & self._keys.keys()) <= LINKED * len(wanted):
                raise UserError(f"These dialogues are not about the items of {self.catalog.spec.name}.")
        return self._keys


def simple_scorers(box: Toolbox, ranker: DialogueRanker) -> dict[str, Scorer]:
    """What a right ranker must beat: what dialogues name most, EASE, and a mix of simple scores."""
    named = ranker.recorded.named
    popular = np.log1p(named.counts)
    ease = box.models.get("ease")

    def by_ease(context: Context) -> FloatArray:
        items = np.array(context.mentioned, np.int64)
        if ease is None or not len(items):
            return popular.astype(np.float32)
        scores = ease.score(items, np.ones(len(items), np.float32))
        return np.where(np.isfinite(scores), scores, np.float32(-1e6))

    def mixed(context: Context) -> FloatArray:
        total = 0.5 * _z(np.log1p(named.counts))
        if context.mentioned:
            total += 0.3 * _z(np.maximum(by_ease(context), -1)) + 0.5 * _z(named.beside(context.mentioned))
        return total.astype(np.float32)

    return {
        "simple-mix": mixed,
        f"{PRODUCT}/ease": by_ease,
        "popularity": lambda _context: popular.astype(np.float32),
    }


def rank_of(scores: FloatArray, mentioned: Sequence[int], item: int) -> float:
    """The rank of ``item``, from 1, among all items that are not ``mentioned``; ties share their mean rank.

    Infinite where the item itself is mentioned.
    """
    if item in mentioned:
        return float("inf")
    left = np.ones(len(scores), bool)
    left[list(mentioned)] = False
    above, equal = scores[left] > scores[item], scores[left] == scores[item]
    return float(1 + np.count_nonzero(above) + (np.count_nonzero(equal) - 1) / 2)


def figures_of(ranks: FloatArray, dialogues: IntArray) -> dict[str, Any]:
    """Recall at the cuts, MRR and nDCG@10 of instances (n,), with intervals over their ``dialogues`` (n,)."""
    return _means(_gains(ranks), dialogues)


def difference_of(ranks: FloatArray, titles: FloatArray, dialogues: IntArray) -> dict[str, Any]:
    """The figures of ``ranks`` (n,) less those of ``titles`` (n,), the same instances ranked without words.

    Paired: an interval is of the differences of whole ``dialogues`` (n,).
    """
    without = _gains(titles)
    differences = {f"{name}_minus_titles": gain - without[name] for name, gain in _gains(ranks).items()}
    return _means(differences, dialogues)


def _gains(ranks: FloatArray) -> dict[str, Values]:
    """What each instance (n,) adds to each measure."""
    gains = {f"recall@{k}": (ranks <= k).astype(np.float64) for k in CUTS}
    gains["mrr"] = 1 / ranks.astype(np.float64)
    # With one item to be found the ideal gain is 1.
    gains["ndcg@10"] = np.where(ranks <= 10, 1 / np.log2(np.minimum(ranks, 10) + 1), 0.0)
    return gains


def _means(gains: Mapping[str, Values], dialogues: IntArray) -> dict[str, Any]:
    """The means over instances of ``gains`` (n,), with intervals that draw whole ``dialogues`` (n,)."""
    _, where = np.unique(dialogues, return_inverse=True)
    n = np.bincount(where).astype(np.float64)
    drawn = np.random.default_rng(0).integers(0, len(n), (RESAMPLES, len(n)))
    figures: dict[str, Any] = {}
    for name, gain in gains.items():
        sums = np.bincount(where, weights=gain)
        means = sums[drawn].sum(axis=1) / n[drawn].sum(axis=1)
        figures[name] = round(float(gain.mean()), 4)
        figures[f"{name}_ci95"] = [round(float(edge), 4) for edge in np.quantile(means, [0.025, 0.975])]
    return figures


def _ranks(name: str, scorer: Scorer, asked: Sequence[Asked], progress: Progress) -> FloatArray:
    ranks = []
    for done, question in enumerate(asked):
        if done % 50 == 0:
            progress(f"asking {name}", done, len(asked))
        scores = scorer(question.context)
        ranks += [rank_of(scores, question.context.mentioned, item) for item in question.wanted]
    return np.array(ranks, np.float32)


def _dialogues_of(asked: Sequence[Asked]) -> IntArray:
    """The number of each instance's dialogue, (n,)."""
    numbers = {dialogue: number for number, dialogue in enumerate(dict.fromkeys(q.dialogue for q in asked))}
    return np.array([numbers[question.dialogue] for question in asked for _ in question.wanted], np.int64)


def _by_text_facets(catalog: Catalog) -> list[dict[str, str]]:
    """For every facet of text, value → id of the item."""
    names = [facet.name for facet in catalog.spec.facets if facet.kind == "text"]
    tables: list[dict[str, str]] = [{} for _ in names]
    for position in range(catalog.n if names else 0):
        item = catalog.item(position)
        for name, table in zip(names, tables, strict=True):
            if name in item.facets:
                table[str(item.facets[name])] = item.id
    return tables


def _z(values: NDArray[np.floating]) -> Values:
    centred = np.asarray(values, np.float64) - float(values.mean())
    return centred / (float(centred.std()) + 1e-9)


def _sha256(folder: Path) -> str:
    """The hash of the rows, training and test."""
    whole = hashlib.sha256()
    for name in (TRAIN, TEST):
        whole.update((folder / name).read_bytes())
    return whole.hexdigest()
