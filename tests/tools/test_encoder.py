from __future__ import annotations

import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest
from palate.data.errors import DataError, NoData
from palate.data.home import models_dir
from palate.tools.encoder import NAME, Encoder

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = [
    "something like Alien, but slower",
    "",
    "   ",
    "x",
    "a long, slow film about grief and the sea. " * 40,
    "word " * 600,
    "x" * 3000,
    "千と千尋の神隠し",
    "Русский фильм о войне",
    "فيلم عن الحرب",
    "naïve café, Amélie & Søren",
    "😀 emoji!",
    "line\nbreak\tand\x00zero",
]

needs_model = pytest.mark.skipif(
    not (models_dir() / NAME / "model.safetensors").exists(), reason="the sentence encoder is not set up"
)


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder.open()


@needs_model
def test_the_fast_path_gives_the_vectors_of_sentence_transformers(encoder: Encoder) -> None:
    fast, slow = encoder.encode(TEXTS), encoder.embed_documents(TEXTS)
    assert fast.shape == slow.shape == (len(TEXTS), Encoder.dim)
    assert (fast * slow).sum(axis=1).min() > 0.9999


@needs_model
def test_vectors_are_of_unit_length_and_near_for_near_meanings(encoder: Encoder) -> None:
    vectors = encoder.encode(["a funny film for children", "a comedy for kids", "tax law of Norway"])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2


@needs_model
def test_texts_beyond_256_tokens_are_cut(encoder: Encoder) -> None:
    one, other = encoder.encode(["word " * 300, "word " * 300 + "grief and the sea"])
    np.testing.assert_array_equal(one, other)


@needs_model
def test_no_texts_give_no_rows(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, Encoder.dim)
    assert encoder.embed_documents([]).shape == (0, Encoder.dim)


@needs_model
def test_a_query_imports_neither_torch_nor_sentence_transformers() -> None:
    code = (
        "import sys; from palate.tools.encoder import Encoder; Encoder.open().encode(['hello']);"
        "print([m for m in ('torch', 'transformers', 'chromadb') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@needs_model
def test_a_query_costs_one_thread_a_few_milliseconds(encoder: Encoder) -> None:
    encoder.encode(["warm up"])
    started = time.thread_time()
    for _ in range(10):
        encoder.encode(["something like Alien but slower, after 1985"])
    # Processor time of this thread: what other processes do on the machine does not count.
    assert (time.thread_time() - started) / 10 < 0.05


def test_a_missing_encoder_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(NoData, match="palate setup"):
        Encoder.open(tmp_path)


@needs_model
@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json"])
def test_a_broken_encoder_names_the_command(tmp_path: Path, name: str) -> None:
    folder = tmp_path / NAME
    shutil.copytree(models_dir() / NAME, folder)
    (folder / name).write_bytes(b"no such thing")
    with pytest.raises(DataError, match="palate setup"):
        Encoder.open(folder)
