from __future__ import annotations

import hashlib
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from palate.data.catalog import Catalog
from palate.data.errors import DataError, NoData
from palate.tools.content import ContentIndex
from palate.tools.embedding import embed, hashes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from palate.tools.types import BoolArray, FloatArray


class HashEncoder:
    """A document encoder without a model: random unit vectors, the same for the same text."""

    dim = 16

    def __init__(self, revision: str = "hash-1", calls: int | None = None) -> None:
        self.revision = revision
        self.embedded = 0
        self._calls_left = calls

    def embed_documents(
        self, texts: Sequence[str], progress: Callable[[str, int, int], None] | None = None
    ) -> FloatArray:
        """The vectors of ``texts``; interrupted after as many calls as it was made for."""
        if self._calls_left is not None:
            if self._calls_left == 0:
                raise KeyboardInterrupt
            self._calls_left -= 1
        self.embedded += len(texts)
        if progress is not None:
            progress("embedding", len(texts), len(texts))
        return np.array([self.vector(text) for text in texts], np.float32).reshape(len(texts), self.dim)

    def vector(self, text: str) -> FloatArray:
        """The unit vector of one text, (dim,)."""
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
        drawn = np.random.default_rng(seed).normal(size=self.dim)
        return (drawn / np.linalg.norm(drawn)).astype(np.float32)


def opened(catalog: Catalog) -> ContentIndex:
    return ContentIndex.open(catalog, "hash-1", HashEncoder.dim)


@pytest.fixture(scope="module")
def built(toy_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("content") / "toy"
    shutil.copytree(toy_path, path)
    ContentIndex.build(Catalog.open(path), HashEncoder())
    return path


@pytest.fixture(scope="module")
def warm(built: Path) -> Iterator[ContentIndex]:
    index = opened(Catalog.open(built))
    index.warm(wait=True)
    yield index
    index.close()


@pytest.fixture
def copy(built: Path, tmp_path: Path) -> Path:
    path = tmp_path / "toy"
    shutil.copytree(built, path)
    return path


def by_hand(vectors: FloatArray, vector: FloatArray, k: int, allow: BoolArray | None) -> list[int]:
    scores = vectors @ vector
    order = sorted(range(len(scores)), key=lambda place: -scores[place])
    return [place for place in order if allow is None or allow[place]][:k]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=20), k=st.integers(0, 12), share=st.sampled_from([0.0, 0.1, 0.6, 1.0, None]))
def test_chroma_and_the_scan_agree(
    built: Path, warm: ContentIndex, text: str, k: int, share: float | None
) -> None:
    vector = HashEncoder().vector(text)
    n = len(warm.vectors)
    allow = None if share is None else np.random.default_rng(len(text)).random(n) < share
    found = warm.search(vector, k, allow)
    cold = opened(Catalog.open(built)).search(vector, k, allow)
    assert found.items.tolist() == cold.items.tolist() == by_hand(warm.vectors, vector, k, allow)
    np.testing.assert_allclose(found.scores, warm.vectors[found.items] @ vector, rtol=1e-5)


def test_an_item_is_nearest_to_itself(built: Path, warm: ContentIndex) -> None:
    documents = Catalog.open(built).documents()
    found = warm.search(HashEncoder().vector(documents[17]) * 3, 1)
    assert found.items.tolist() == [17]
    assert found.scores[0] == pytest.approx(1, abs=1e-5)


def test_warming_in_the_background_ends_warm(built: Path) -> None:
    index = opened(Catalog.open(built))
    index.warm()
    index.warm(wait=True)
    assert index.is_warm
    index.close()
    assert not index.is_warm
    assert len(index.search(index.vectors[0], 3).items) == 3


def test_opening_imports_no_chroma(built: Path) -> None:
    import subprocess
    import sys

    code = (
        "import sys; from pathlib import Path; from palate.data.catalog import Catalog;"
        "from palate.tools.content import ContentIndex;"
        "i = ContentIndex.open(Catalog.open(Path(sys.argv[1])), 'hash-1', 16); i.search(i.vectors[0], 3);"
        "print('chromadb' in sys.modules, 'torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(built)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "False"]


def test_nothing_built_is_no_data(toy_path: Path, tmp_path: Path) -> None:
    shutil.copytree(toy_path, tmp_path / "toy", ignore=shutil.ignore_patterns("artifacts"))
    with pytest.raises(NoData, match="palate setup --catalog toy"):
        opened(Catalog.open(tmp_path / "toy"))


def test_another_encoder_s_index_is_refused(copy: Path) -> None:
    with pytest.raises(DataError, match="palate setup --catalog toy"):
        ContentIndex.open(Catalog.open(copy), "hash-2", HashEncoder.dim)


def test_a_damaged_file_is_refused(copy: Path) -> None:
    path = copy / "artifacts" / "content" / "arrays.safetensors"
    damaged = bytearray(path.read_bytes())
    damaged[-1] ^= 1
    path.write_bytes(bytes(damaged))
    with pytest.raises(DataError, match="palate setup --catalog toy"):
        opened(Catalog.open(copy))


def test_a_foreign_chroma_directory_is_never_opened(copy: Path) -> None:
    (copy / "artifacts" / "chroma" / "palate.json").unlink()
    with pytest.raises(DataError, match="palate setup --catalog toy"):
        opened(Catalog.open(copy))


def test_broken_chroma_files_are_a_data_error_and_searches_stay_exact(copy: Path) -> None:
    for path in (copy / "artifacts" / "chroma").rglob("*"):
        if path.is_file() and path.name != "palate.json":
            path.write_bytes(b"broken")
    index = opened(Catalog.open(copy))
    with pytest.raises(DataError, match="palate setup --catalog toy"):
        index.warm(wait=True)
    assert not index.is_warm
    assert index.search(index.vectors[5], 1).items.tolist() == [5]


def test_only_new_documents_are_embedded_again(copy: Path) -> None:
    catalog = Catalog.open(copy)
    again = HashEncoder()
    ContentIndex.build(catalog, again)
    assert again.embedded == 0
    other = HashEncoder("hash-2")
    ContentIndex.build(catalog, other)
    assert other.embedded == catalog.n


def test_an_interrupted_run_is_taken_up(tmp_path: Path) -> None:
    documents = [f"document {number}" for number in range(5000)]
    nowhere, partial = tmp_path / "none", tmp_path / "partial"
    with pytest.raises(KeyboardInterrupt):
        embed(documents, HashEncoder(calls=2), nowhere, partial, lambda *_: None)
    second, heard = HashEncoder(), []
    arrays = embed(documents, second, nowhere, partial, lambda *each: heard.append(each))
    assert second.embedded == 5000 - 2 * 2048
    assert heard[-1] == ("embedding", 5000, 5000)
    np.testing.assert_array_equal(arrays["vectors"][4321], HashEncoder().vector("document 4321"))


def test_a_broken_chunk_is_embedded_again(tmp_path: Path) -> None:
    partial = tmp_path / "partial"
    partial.mkdir()
    (partial / "1-0.safetensors").write_bytes(b"broken")
    encoder = HashEncoder()
    embed(["one", "two"], encoder, tmp_path / "none", partial, lambda *_: None)
    assert encoder.embedded == 2


def test_hashes_tell_texts_and_encoders_apart() -> None:
    hashes = hashes_of(["one", "two", "one"], "a")
    assert hashes[0] == hashes[2] != hashes[1]
    assert hashes_of(["one"], "b")[0] != hashes[0]


@pytest.mark.films
def test_chroma_finds_what_the_scan_finds_among_films(films: Catalog) -> None:
    index = ContentIndex.open(films)
    queries = np.random.default_rng(3).choice(films.n, 40, replace=False)
    exact = [index.search(index.vectors[query], 50).items for query in queries]
    index.warm(wait=True)
    near = [index.search(index.vectors[query], 50).items for query in queries]
    recall = np.mean([len(np.intersect1d(one, other)) / 50 for one, other in zip(exact, near, strict=True)])
    assert recall >= 0.98
