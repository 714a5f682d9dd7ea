"""Notes on items from their own texts, written by a language model: ``palate enrich``.

Only items with a text are asked about, one request each, and only where no answer of this model to this text
and this version of the prompt is there already. Every answer is on the disk before the next item is asked
about (:mod:`..data.generated`), so that a run may be stopped at any time. An answer that makes no note is
asked for once more, with the reason; then the item is passed over and the reason counted.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import Counter
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from .. import prompts
from ..data.catalog import Catalog
from ..data.generated import (
    Answered,
    Asked,
    GeneratedNote,
    Refused,
    additions_of,
    append_answer,
    has_own_note,
    notes_file,
    read_answers,
    text_sha256,
)
from ..data.home import notes_dir
from ..data.notes import NoteId
from ..data.notes_check import Facts
from .enrich_answer import Unusable, note_of, schema, terms_in
from .errors import ModelUnavailable, SetupFailed, UserError
from .llm.base import Prefix, Prompt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from ..data.fetch import Progress
    from ..data.schema import Item
    from ..tools.embedding import DocumentEncoder
    from .llm.base import LLM

TEXT_AT_MOST = 600
"""Characters of an item's text that a model reads: its beginning."""
TOKENS = 230
"""Tokens of an answer at most."""
TRIES = 2
STOP_AFTER = 3
"""Items in a row on which a model gives no answer at all, after which it is left alone."""
NO_ANSWER = "no answer"
WRITING = "writing notes"
"""The step whose progress is that of the notes."""


@dataclass(frozen=True)
class EnrichReport:
    """What became of the items that have a text."""

    catalog: str
    model: str
    with_text: int
    before: int
    """Notes of this model that were there already."""
    written: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    """Why no note came of an answer → how often, in this run."""
    left: int = 0
    """Items that were not asked about, because of a limit."""
    seconds: float = 0.0
    joined: int = 0
    """Items of the catalogue that a generated note is joined to now."""


def enrich(
    name: str,
    llm: LLM,
    progress: Progress,
    *,
    limit: int | None = None,
    encoder: DocumentEncoder | None = None,
) -> EnrichReport:
    """Have ``llm`` write notes on items of the catalogue ``name`` and join them to it; returns what was done.

    ``limit`` is how many items are asked about at most. Raises UserError where no item has a text,
    ModelUnavailable where the model stops answering (what was written stays), and NoData, DataError or
    SetupFailed.
    """
    catalog = Catalog.open(name)
    with _only_one(name):
        report = asyncio.run(write_notes(catalog, llm, notes_file(name), progress, limit=limit))
    return _with_joined(report, take_in(name, progress, encoder=encoder))


def take_in(name: str, progress: Progress, *, encoder: DocumentEncoder | None = None) -> int:
    """Join the notes that are there to the catalogue and its indexes, where that is not done yet.

    Returns how many items have a generated note. Raises as :func:`palate.agent.update.update` does.
    """
    catalog = Catalog.open(name)
    found = additions_of(catalog, read_answers(notes_file(name)))
    if found is None:
        return catalog.spec.n_generated
    from .update import update

    return update(name, found, progress, encoder=encoder).spec.n_generated


async def write_notes(
    catalog: Catalog,
    llm: LLM,
    path: Path,
    progress: Progress,
    *,
    limit: int | None = None,
    among: Sequence[Item] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> EnrichReport:
    """Write what is missing into the file ``path``; see :func:`enrich`.

    ``among`` are the items to write on, instead of all that have a text and no note of palate's.
    """
    items = writable(catalog) if among is None else list(among)
    if not items:
        raise UserError(f"No item of {catalog.spec.name} has a text of its own to write a note from.")
    # Nothing outside may run on while somebody else writes: what is there is read once, what is new is known.
    answered = {answer.sha256: answer for answer in read_answers(path)}
    open_items = [item for item in items if _sha256(item, llm.name) not in answered]
    before = sum(isinstance(answered.get(_sha256(item, llm.name)), GeneratedNote) for item in items)
    asked = open_items if limit is None else open_items[:limit]
    start = clock()
    writer = _Writer(catalog, llm, Facts(catalog), clock)
    refused: Counter[str] = Counter()
    silent: list[Refused] = []
    written = 0
    try:
        for done, item in enumerate(asked):
            progress(WRITING, done, len(asked))
            try:
                answer = await writer.answer_on(item)
            except ModelUnavailable as error:
                silent.append(writer.refused(item, NO_ANSWER))
                if len(silent) >= min(STOP_AFTER, len(asked)):
                    raise ModelUnavailable(
                        f"{written:,} notes were written, then no more answers came: {error.message}",
                        error.mend,
                    ) from error
                continue
            # The model works, so it was the items that it was silent on.
            for each in (*silent, answer):
                append_answer(path, each)
                if isinstance(each, Refused):
                    refused[each.refused] += 1
            silent.clear()
            written += isinstance(answer, GeneratedNote)
        progress(WRITING, len(asked), len(asked))
    finally:
        await llm.close()
    return EnrichReport(
        catalog=catalog.spec.name,
        model=llm.name,
        with_text=len(items),
        before=before,
        written=written,
        refused=dict(refused.most_common()),
        left=len(open_items) - len(asked),
        seconds=round(clock() - start, 1),
    )


def writable(catalog: Catalog) -> list[Item]:
    """The items that a note can be written on: those with a text, and without a note of palate's."""
    items = (catalog.item(position) for position in range(catalog.n))
    return [item for item in items if item.text.strip() and not has_own_note(catalog.spec, item)]


def prompt_on(item: Item, wrong: str = "") -> Prompt:
    """What a model is asked with; ``wrong`` is what its last answer was refused for."""
    prompt = prompts.load("enrich")
    text = prompts.one_line(item.text)
    if len(text) > TEXT_AT_MOST:
        text = text[:TEXT_AT_MOST].rsplit(" ", 1)[0]
    title = prompts.one_line(item.title)[:120]
    body = prompt.render(title=title, text=text, terms=terms_in(f"{title} {text}"), wrong=wrong)
    return Prompt(Prefix(prompt.system, prompt.examples), body)


def _sha256(item: Item, model: str) -> str:
    asked = f"{prompt_on(item).body}\0{prompts.load('enrich').version}\0{model}"
    return hashlib.sha256(asked.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass
class _Writer:
    """Asks one model about items of one catalogue."""

    catalog: Catalog
    llm: LLM
    facts: Facts
    clock: Callable[[], float]
    started: float = 0.0

    async def answer_on(self, item: Item) -> Answered:
        """The note on an item, or why there is none; raises ModelUnavailable."""
        wrong, self.started = "", self.clock()
        for _ in range(TRIES):
            said = ""
            pieces = self.llm.stream(prompt_on(item, wrong), max_tokens=TOKENS, schema=schema())
            async with aclosing(pieces):
                async for piece in pieces:
                    said += piece
            try:
                fields = note_of(said, item, self.catalog.spec, self.facts)
                return GeneratedNote.model_validate(fields | self._asked(item).model_dump())
            except Unusable as error:
                wrong = str(error)
        return self.refused(item, wrong)

    def refused(self, item: Item, why: str) -> Refused:
        """That no note came of it."""
        return Refused(id=NoteId(item=item.id), refused=why, **self._asked(item).model_dump())

    def _asked(self, item: Item) -> Asked:
        return Asked(
            model=self.llm.name,
            date=datetime.now(UTC).date().isoformat(),
            sha256=_sha256(item, self.llm.name),
            text_sha256=text_sha256(item),
            seconds=round(self.clock() - self.started, 2),
        )


@contextmanager
def _only_one(name: str) -> Iterator[None]:
    """Hold the one lock of writing notes on a catalogue; raises UserError where another process has it."""
    from filelock import FileLock, Timeout

    folder = notes_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / f".{name}.lock")
        lock.acquire(timeout=0)
    except Timeout:
        raise UserError(f"Notes on {name} are being written already.") from None
    except OSError as error:
        raise SetupFailed(f"{folder} cannot be written ({error.strerror}).") from None
    try:
        yield
    finally:
        lock.release()


def _with_joined(report: EnrichReport, joined: int) -> EnrichReport:
    values: dict[str, Any] = vars(report) | {"joined": joined}
    return EnrichReport(**values)
