"""The child process that holds a local model: ``python -m palate.agent.llm.worker MODEL STATES``.

It reads one JSON object a line on stdin and writes one a line on stdout; everything llama.cpp prints
goes to stderr. It ends when stdin ends, so it never outlives the process that owns it.

    in   {"id": 1, "do": "warm", "prefix": {...}}
         {"id": 2, "do": "write", "prefix": {...}, "body": "...", "max_tokens": 120, "stop": [],
          "schema": null}
         {"id": 3, "do": "rank", "prefix": {...}, "body": "...", "options": ["A", "B"]}
         {"id": 2, "do": "cancel"}
    out  first {"event": "loaded", ...}, or {"event": "refused", "message": "..."} and the end;
         {"id": 2, "event": "text", "text": "..."} for each piece; and at last for each request one of
         {"id": 2, "event": "done", "usage": {...}} (with "ranks" for a ranking),
         {"id": 2, "event": "failed", "message": "..."}, {"id": 2, "event": "cancelled"}
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import queue
import sys
import threading
import time
from codecs import getincrementaldecoder
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CONTEXT = 2048
"""Tokens of context: the prefix, a bounded message and a bounded answer; its KV state is small."""
BATCH = 512
_SLOT = "\x02message\x03"
"""Stands for the message while the chat template is rendered; what is around it is the constant part."""

Message = dict[str, Any]


class RefusedError(Exception):
    """The file is no model that can be used; the message is for the person."""


class PromptTooLongError(Exception):
    """The prompt and the answer do not fit in the context."""


@dataclass
class Inbox:
    """Requests in order of arrival; cancellations overtake them."""

    waiting: queue.Queue[Message] = field(default_factory=queue.Queue)
    cancelled: set[int] = field(default_factory=set)
    current: int = -1

    def read(self, lines: TextIO) -> None:
        """Sort in every line; at the end of the lines the process ends, whatever it is doing."""
        for line in lines:
            message: Message = json.loads(line)
            if message["do"] == "cancel":
                self.cancelled.add(message["id"])
            else:
                self.waiting.put(message)
        os._exit(0)

    def stopped(self) -> bool:
        """Whether the request being served was cancelled."""
        return self.current in self.cancelled


@dataclass
class Cost:
    """Tokens and seconds of one request, as :class:`~palate.agent.llm.base.Usage` names them."""

    started: float = field(default_factory=time.perf_counter)
    cached_tokens: int = 0
    prompt_tokens: int = 0
    written_tokens: int = 0
    first_token_seconds: float = 0.0

    def first(self) -> None:
        """The first token is there."""
        self.first_token_seconds = time.perf_counter() - self.started

    def report(self) -> Message:
        """The cost as JSON."""
        numbers = {name: value for name, value in vars(self).items() if name != "started"}
        return {**numbers, "seconds": time.perf_counter() - self.started}


class Model:
    """A GGUF in llama.cpp with one KV state, in which the longest common prefix is kept."""

    _llama: Any
    """llama_cpp.Llama: Any, as the package is not there wherever palate is checked."""

    def __init__(self, path: Path, states: Path, stopped: Callable[[], bool]) -> None:
        import llama_cpp

        self._api: Any = llama_cpp
        self._states = states
        self._path = path
        self._stopped = stopped
        self._grammars: dict[str, Any] = {}
        cores = _cores()
        try:
            self._llama = llama_cpp.Llama(
                str(path), n_ctx=CONTEXT, n_batch=BATCH, n_threads=cores, n_threads_batch=cores, verbose=False
            )
        except (ValueError, RuntimeError, OSError) as error:
            raise RefusedError(
                f"{path.name} is no model that llama.cpp can load (broken or cut off?)."
            ) from error
        template = self._llama.metadata.get("tokenizer.chat_template")
        if not template:
            raise RefusedError(f"{path.name} has no chat template, so it is no model to talk to.")
        self._format = self._formatter(template)
        self._vocab = llama_cpp.llama_model_get_vocab(self._llama.model)
        # Kept on self: ctypes frees a callback that nothing refers to.
        self._abort = llama_cpp.ggml_abort_callback(lambda _data: stopped())
        llama_cpp.llama_set_abort_callback(self._llama.ctx, self._abort, None)

    @property
    def context(self) -> int:
        """Context length in tokens."""
        return int(self._llama.n_ctx())

    def warm(self, prefix: Message) -> Cost:
        """Bring the KV state of ``prefix`` into memory, from its file or by computing and keeping it."""
        cost = Cost()
        head, _ = self._around(prefix)
        cost.cached_tokens = self._restore(head)
        cost.prompt_tokens = len(head) - cost.cached_tokens
        if cost.prompt_tokens:
            self._llama.reset()
            self._llama.eval(head)
        if not _intact(self._state_file(head)):
            self._forget_after(len(head))
            self._keep(head)
        return cost

    def write(
        self, prefix: Message, body: str, max_tokens: int, cost: Cost, schema: Message | None = None
    ) -> Iterator[str]:
        """The greedy answer in pieces of whole characters; a stop or the end of the answer ends it.

        With ``schema`` only what follows it is written.
        """
        grammar = None if schema is None else self._grammar(schema)
        tokens = self._prompt(prefix, body, max_tokens, cost)
        decoder = getincrementaldecoder("utf-8")("replace")
        for token in self._llama.generate(tokens, temp=0.0, repeat_penalty=1.0, grammar=grammar):
            if not cost.written_tokens:
                cost.first()
            if self._stopped() or self._api.llama_vocab_is_eog(self._vocab, token):
                break
            cost.written_tokens += 1
            if piece := decoder.decode(self._llama.detokenize([token], special=False)):
                yield piece
            if cost.written_tokens >= max_tokens:
                break
        if rest := decoder.decode(b"", True):
            yield rest

    def rank(self, prefix: Message, body: str, options: list[str], cost: Cost) -> list[float]:
        """Log-probabilities of the options' first tokens as the start of the answer, over the options."""
        tokens = self._prompt(prefix, body, 1, cost)
        next(iter(self._llama.generate(tokens, temp=0.0)))
        cost.first()
        size = self._llama.n_vocab()
        logits = np.ctypeslib.as_array(self._api.llama_get_logits_ith(self._llama.ctx, -1), shape=(size,))
        chosen = logits[[self._tokens(option)[0] for option in options]].astype(np.float64)
        chosen -= chosen.max()
        return [float(value) for value in chosen - np.log(np.exp(chosen).sum())]

    def _grammar(self, schema: Message) -> Any:
        """The grammar of a JSON schema, compiled once; raises RuntimeError for one that it cannot have."""
        text = json.dumps(schema, sort_keys=True)
        if text not in self._grammars:
            try:
                self._grammars[text] = self._api.LlamaGrammar.from_json_schema(text, verbose=False)
            except Exception as error:  # it raises whatever its parser stumbles over
                raise RuntimeError(f"no grammar for this schema ({error})") from error
        return self._grammars[text]

    def _prompt(self, prefix: Message, body: str, answer: int, cost: Cost) -> list[int]:
        head, tail = self._around(prefix)
        # The message is tokenised as plain text: no words in it can become a control token.
        tokens = head + self._tokens(body) + tail
        if len(tokens) + answer > self.context:
            raise PromptTooLongError(f"The prompt has {len(tokens)} tokens; {self.context - answer} fit.")
        cost.cached_tokens = self._restore(head, tokens)
        cost.prompt_tokens = len(tokens) - cost.cached_tokens
        return tokens

    def _tokens(self, text: str, special: bool = False) -> list[int]:
        found: list[int] = self._llama.tokenize(text.encode(), add_bos=False, special=special)
        return found

    def _around(self, prefix: Message) -> tuple[list[int], list[int]]:
        """Tokens before and after the message."""
        messages = [*prefix["messages"], {"role": "user", "content": _SLOT}]
        before, _, after = self._format(messages=messages).prompt.partition(_SLOT)
        return self._tokens(before, special=True), self._tokens(after, special=True)

    def _formatter(self, template: str) -> Any:
        from llama_cpp.llama_chat_format import Jinja2ChatFormatter

        eos, bos = (
            self._llama.detokenize([token], special=True).decode("utf-8", "replace") if token >= 0 else ""
            for token in (self._llama.token_eos(), self._llama.token_bos())
        )
        return Jinja2ChatFormatter(template=template, eos_token=eos, bos_token=bos)

    def _restore(self, head: list[int], tokens: list[int] | None = None) -> int:
        """Have the state of ``head`` in memory if there is one; how many of ``tokens`` are now there."""
        wanted = tokens or head
        shared = self._shared(wanted)
        if shared >= len(head):
            return min(shared, len(wanted) - 1) if tokens else len(head)
        file = self._state_file(head)
        if not _intact(file):
            return shared if tokens else 0
        found = (ctypes.c_int32 * CONTEXT)()
        count = ctypes.c_size_t(0)
        self._llama.reset()
        self._api.llama_memory_clear(self._api.llama_get_memory(self._llama.ctx), True)
        read = self._api.llama_state_seq_load_file(
            self._llama.ctx, os.fsencode(file), 0, found, CONTEXT, ctypes.byref(count)
        )
        if not read or list(found[: count.value]) != head:
            self._api.llama_memory_clear(self._api.llama_get_memory(self._llama.ctx), True)
            return 0
        self._llama.input_ids[: count.value] = head
        self._llama.n_tokens = count.value
        return len(head)

    def _shared(self, tokens: list[int]) -> int:
        held = self._llama.input_ids[: self._llama.n_tokens]
        size = min(len(held), len(tokens))
        differ = np.flatnonzero(held[:size] != np.array(tokens[:size], dtype=held.dtype))
        return int(differ[0]) if differ.size else size

    def _forget_after(self, count: int) -> None:
        """Drop what follows the first ``count`` tokens: no person's words are ever written to disk."""
        memory = self._api.llama_get_memory(self._llama.ctx)
        self._api.llama_memory_seq_rm(memory, 0, count, -1)
        self._llama.n_tokens = count

    def _keep(self, head: list[int]) -> None:
        """Write the state of exactly ``head`` aside, then into place; a full disk costs only the speed."""
        file = self._state_file(head)
        aside = file.with_suffix(".part")
        tokens = (ctypes.c_int32 * len(head))(*head)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            if self._api.llama_state_seq_save_file(self._llama.ctx, os.fsencode(aside), 0, tokens, len(head)):
                file.with_suffix(".sha256").write_text(_digest(aside), "ascii")
                aside.replace(file)
        except OSError as error:
            aside.unlink(missing_ok=True)
            sys.stderr.write(f"prefix state not kept: {error}\n")

    def _state_file(self, head: list[int]) -> Path:
        stat = self._path.stat()
        identity = (stat.st_size, stat.st_mtime_ns, self._api.__version__, CONTEXT, head)
        key = hashlib.sha256(repr(identity).encode()).hexdigest()[:16]
        return self._states / f"{self._path.stem}-{key}.kv"


def serve(model: Model, inbox: Inbox, send: Callable[[Message], None]) -> None:
    """Answer requests one after the other, for ever."""
    while True:
        request = inbox.waiting.get()
        inbox.current = request["id"]
        if inbox.stopped():
            send({"id": request["id"], "event": "cancelled"})
            continue
        try:
            send({"id": request["id"], "event": "done", **_answer(model, request, send)})
        except PromptTooLongError as error:
            send({"id": request["id"], "event": "failed", "message": str(error)})
        except RuntimeError as error:
            # llama_decode reports an abort as an error; only one that was asked for is no failure.
            event = "cancelled" if inbox.stopped() else "failed"
            send({"id": request["id"], "event": event, "message": str(error)})


def _answer(model: Model, request: Message, send: Callable[[Message], None]) -> Message:
    if request["do"] == "warm":
        return {"usage": model.warm(request["prefix"]).report()}
    cost = Cost()
    if request["do"] == "rank":
        ranks = model.rank(request["prefix"], request["body"], request["options"], cost)
        return {"ranks": ranks, "usage": cost.report()}
    schema = request.get("schema")
    pieces = model.write(request["prefix"], request["body"], request["max_tokens"], cost, schema)
    for text in _until(pieces, request["stop"]):
        send({"id": request["id"], "event": "text", "text": text})
    return {"usage": cost.report()}


def _until(pieces: Iterator[str], stops: list[str]) -> Iterator[str]:
    """The pieces up to the first stop; what may be the beginning of a stop is held back."""
    held = ""
    for piece in pieces:
        held += piece
        ends = [at for stop in stops if (at := held.find(stop)) >= 0]
        if ends:
            yield held[: min(ends)]
            return
        keep = max((n for stop in stops for n in range(1, len(stop)) if held.endswith(stop[:n])), default=0)
        if ready := held[: len(held) - keep]:
            yield ready
        held = held[len(held) - keep :]
    if held:
        yield held


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _intact(file: Path) -> bool:
    """Whether the state file is whole: llama.cpp may abort on one that is not."""
    try:
        return file.with_suffix(".sha256").read_text("ascii") == _digest(file)
    except (OSError, UnicodeDecodeError):
        return False


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else (os.cpu_count() or 1)


def main(arguments: list[str]) -> int:
    """Load the model and serve until stdin ends."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def send(message: Message) -> None:
        out.write(json.dumps(message) + "\n")
        out.flush()

    inbox = Inbox()
    threading.Thread(target=inbox.read, args=(sys.stdin,), daemon=True).start()
    try:
        model = Model(Path(arguments[0]), Path(arguments[1]), inbox.stopped)
    except RefusedError as error:
        send({"event": "refused", "message": str(error)})
        return 0
    send({"event": "loaded", "context": model.context})
    serve(model, inbox, send)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
