"""The sentence encoder all-MiniLM-L6-v2, opened fast enough to answer a first question.

Importing sentence-transformers takes seconds, a query must not wait for it. So the query path runs the
transformer's forward pass itself, in numpy over the memory-mapped weights, with the same tokenizer and the
same mean pooling; documents are embedded at set-up with sentence-transformers. A test holds both to the
same vectors.

Methods: J. Devlin et al., BERT, NAACL 2019 (the transformer); W. Wang et al., MiniLM, NeurIPS 2020 (its
distillation); N. Reimers and I. Gurevych, Sentence-BERT, EMNLP 2019 (mean pooling, unit vectors).
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ..data.errors import DataError, NoData
from ..data.home import models_dir
from .mapped import mapped_arrays

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

    from .types import FloatArray

    Progress = Callable[[str, int, int], None]

NAME = "all-minilm-l6-v2"
REVISION = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""SHA-256 of the weights: vectors of another revision are not comparable."""
MEND = "palate setup"
CHUNK = 512
"""Documents embedded between two calls of a progress function."""


class Encoder:
    """Texts to unit vectors of ``dim`` numbers; safe to use from several threads."""

    dim = 384
    revision = REVISION

    def __init__(self, folder: Path, tokenizer: Tokenizer, forward: _Forward, longest: int) -> None:
        self._folder = folder
        self._tokenizer = tokenizer
        self._forward = forward
        self._longest = longest
        from threadpoolctl import ThreadpoolController

        # More than one thread costs more than it brings for a text of ten words, and twenty times
        # as much while a language model writes on the same cores.
        self._threads = ThreadpoolController()

    @classmethod
    def open(cls, folder: Path | None = None) -> Encoder:
        """The encoder in ``folder`` (None: where set-up puts it); raises NoData or DataError."""
        from tokenizers import Tokenizer

        folder = folder or models_dir() / NAME
        if not (folder / "model.safetensors").exists():
            raise NoData("The sentence encoder is not set up.", MEND)
        try:
            config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            limits = json.loads((folder / "sentence_bert_config.json").read_text(encoding="utf-8"))
            tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            longest = int(limits["max_seq_length"])
            tokenizer.enable_truncation(longest)
            tokenizer.no_padding()
            return cls(folder, tokenizer, _Forward(folder / "model.safetensors", config), longest)
        # tokenizers raises bare exceptions for a broken file.
        except Exception as error:
            raise DataError(f"The sentence encoder is broken ({error}).", MEND) from error

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """The unit vectors of a few texts, ``(len(texts), dim)``, on one thread.

        Only the first 256 tokens of a text are read. About 10 ms a short text; documents by the thousand go
        through :meth:`embed_documents`.
        """
        vectors = np.zeros((len(texts), self.dim), np.float32)
        with self._threads.limit(limits=1, user_api="blas"):
            for row, text in enumerate(texts):
                ids = np.array(self._tokenizer.encode(text).ids, np.int64)
                vectors[row] = _unit(self._forward(ids).mean(axis=0))
        return vectors

    def embed_documents(self, texts: Sequence[str], progress: Progress | None = None) -> FloatArray:
        """The unit vectors of many texts, ``(len(texts), dim)``, with sentence-transformers on all cores.

        ``progress`` is called with ("embedding", done, total) texts.
        """
        model = self._documents_model
        # Texts of like length share a batch, so that little is spent on padding.
        order = np.argsort([-len(text) for text in texts], kind="stable")
        vectors = np.zeros((len(texts), self.dim), np.float32)
        for start in range(0, len(texts), CHUNK):
            rows = order[start : start + CHUNK]
            vectors[rows] = model.encode(
                [texts[row] for row in rows.tolist()],
                batch_size=64,
                normalize_embeddings=True,
                show_progress_bar=False,
                convert_to_numpy=True,
            )
            if progress is not None:
                progress("embedding", min(start + CHUNK, len(texts)), len(texts))
        return vectors

    @cached_property
    def _documents_model(self) -> SentenceTransformer:
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        return SentenceTransformer(str(self._folder), device="cpu", local_files_only=True)


class _Forward:
    """BERT's encoder over one text: token ids ``(t,)`` to hidden states ``(t, dim)``."""

    def __init__(self, weights: Path, config: dict[str, Any]) -> None:
        self._heads = int(config["num_attention_heads"])
        self._epsilon = float(config["layer_norm_eps"])
        # The pages of the file are shared and read when first needed: opening takes no time.
        self._weights = mapped_arrays(weights)
        self._layers = [self._layer(number) for number in range(int(config["num_hidden_layers"]))]

    def _layer(self, number: int) -> dict[str, tuple[FloatArray, FloatArray]]:
        name = f"encoder.layer.{number}."
        parts = {
            "query": "attention.self.query",
            "key": "attention.self.key",
            "value": "attention.self.value",
            "joined": "attention.output.dense",
            "norm": "attention.output.LayerNorm",
            "wide": "intermediate.dense",
            "narrow": "output.dense",
            "last_norm": "output.LayerNorm",
        }
        return {
            part: (self._weights[f"{name}{path}.weight"], self._weights[f"{name}{path}.bias"])
            for part, path in parts.items()
        }

    def __call__(self, ids: NDArray[np.int64]) -> FloatArray:
        embed = "embeddings."
        hidden = (
            self._weights[f"{embed}word_embeddings.weight"][ids]
            + self._weights[f"{embed}position_embeddings.weight"][: len(ids)]
            + self._weights[f"{embed}token_type_embeddings.weight"][0]
        )
        norm = (self._weights[f"{embed}LayerNorm.weight"], self._weights[f"{embed}LayerNorm.bias"])
        hidden = self._normed(hidden, norm)
        for layer in self._layers:
            attended = _linear(self._attended(hidden, layer), layer["joined"])
            hidden = self._normed(hidden + attended, layer["norm"])
            wide = _gelu(_linear(hidden, layer["wide"]))
            hidden = self._normed(hidden + _linear(wide, layer["narrow"]), layer["last_norm"])
        return hidden

    def _attended(self, hidden: FloatArray, layer: dict[str, tuple[FloatArray, FloatArray]]) -> FloatArray:
        length, width = hidden.shape
        size = width // self._heads
        # (heads, t, size)
        query, key, value = (
            _linear(hidden, layer[part]).reshape(length, self._heads, size).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 2, 1) / np.float32(np.sqrt(size))
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        scores /= scores.sum(axis=-1, keepdims=True)
        joined: FloatArray = (scores @ value).transpose(1, 0, 2).reshape(length, width)
        return joined

    def _normed(self, hidden: FloatArray, norm: tuple[FloatArray, FloatArray]) -> FloatArray:
        scale, shift = norm
        centred = hidden - hidden.mean(axis=-1, keepdims=True)
        variance = np.square(centred).mean(axis=-1, keepdims=True)
        normed: FloatArray = centred / np.sqrt(variance + np.float32(self._epsilon)) * scale + shift
        return normed


def _linear(hidden: FloatArray, layer: tuple[FloatArray, FloatArray]) -> FloatArray:
    weight, bias = layer
    # For the few rows of a short text BLAS takes half the time in this order.
    return (weight @ hidden.T).T + bias


def _gelu(hidden: FloatArray) -> FloatArray:
    return hidden * np.float32(0.5) * (1 + _erf(hidden * np.float32(2**-0.5)))


def _erf(x: FloatArray) -> FloatArray:
    """The error function to 1.5e-7 (Abramowitz and Stegun 1964, 7.1.26): importing scipy's takes 0.3 s."""
    size = np.abs(x)
    t = 1 / (1 + np.float32(0.3275911) * size)
    series = np.zeros_like(t)
    for coefficient in (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592):
        series = (series + np.float32(coefficient)) * t
    found: FloatArray = np.copysign(1 - series * np.exp(-size * size), x)
    return found


def _unit(vector: FloatArray) -> FloatArray:
    length = float(np.linalg.norm(vector))
    return vector / np.float32(length) if length else vector
