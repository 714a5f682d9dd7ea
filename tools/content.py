"""Search by meaning: the items' documents as sentence vectors, in Chroma and as one matrix.

Chroma answers what asks for the nearest of all items. Under constraints its own filters scan, more slowly
than numpy does, so what is allowed is scanned here, exactly; only where that is very much is Chroma asked
for more than is needed. Until Chroma is open everything is scanned, so that a first question does not wait.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import threading
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from safetensors.numpy import load_file

from ..data.documents import form_of, note
from ..data.errors import DataError, PalateError, SetupFailed
from .artifacts import ARRAYS, is_current, read_manifest, save_arrays, swap_in
from .embedding import NOTES, REQUESTS, embed
from .encoder import NAME, REVISION, Encoder
from .mapped import mapped_arrays
from .search import Relevance, requests_of
from .topk import best, dots
from .types import Scored

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chromadb.api.client import Client
    from chromadb.api.collection_configuration import CreateHNSWConfiguration
    from chromadb.api.models.Collection import Collection

    from ..data.catalog import Catalog
    from .embedding import DocumentEncoder
    from .types import BoolArray, FloatArray, IntArray

    Progress = Callable[[str, int, int], None]

log = logging.getLogger(__name__)

KIND, VERSION = "content", 3
PARTIAL = ".content.partial"
"""Where the chunks of a run are kept until its index is whole."""
COLLECTION = "items"
SIGNED = "palate.json"
"""Names, inside the Chroma directory, the data and the encoder that it was made from."""
BATCH = 5000
"""Vectors added at once; Chroma takes 5,461 at most."""
HNSW: CreateHNSWConfiguration = {
    "space": "cosine",
    "ef_construction": 200,
    "max_neighbors": 32,
    "ef_search": 200,
}
"""Measured for a recall of .98 and more of the nearest 50 (Y. Malkov and D. Yashunin, HNSW, 2018)."""
SCAN_AT_MOST = 60_000
"""Allowed items that are scanned under constraints, in some 8 ms; of more, Chroma is asked."""
GATHER_BELOW = 0.6
"""The share of allowed items up to which only these are read; beyond, reading all in order is faster."""


class ContentIndex:
    """The items' documents as unit vectors; ``vectors`` ``(n, dim)`` float32, memory-mapped.

    ``requests`` says how well items answer a person's words.
    """

    def __init__(self, vectors: FloatArray, requests: Relevance, folder: Path, stamp: dict[str, Any]) -> None:
        self.vectors = vectors
        self.requests = requests
        self._folder = folder
        self._stamp = stamp
        self._client: Client | None = None
        self._collection: Collection | None = None
        self._warming: threading.Thread | None = None
        self._lock = threading.Lock()

    @classmethod
    def build(
        cls,
        catalog: Catalog,
        encoder: DocumentEncoder,
        progress: Progress | None = None,
        earlier: Catalog | None = None,
    ) -> ContentIndex:
        """Embed the documents of a catalogue and index them; raises SetupFailed.

        Only documents that neither the last index nor an interrupted run has embedded are embedded. The last
        index is that of ``earlier``, an earlier version whose items are the first of ``catalog``, where it
        is given: its Chroma collection is then copied and only what differs is put in. ``progress`` is
        called with a label, done and total documents.
        """
        report = progress or (lambda _label, _done, _total: None)
        artifacts = catalog.path / "artifacts"
        stamp = _stamp(catalog, encoder.revision, encoder.dim)
        try:
            before = artifacts if earlier is None else earlier.path / "artifacts"
            arrays = _embedded(catalog, encoder, before / KIND / ARRAYS, artifacts / PARTIAL, report)
            if earlier is None or not _extend(earlier, artifacts, arrays, stamp, report):
                _fill(artifacts, arrays["vectors"], stamp, report)
        except OSError as error:
            raise SetupFailed(f"Could not write {artifacts}: {error.strerror or error}.") from error
        save_arrays(
            artifacts / KIND,
            arrays,
            kind=KIND,
            data_sha256=catalog.spec.data_sha256,
            config=stamp,
            version=VERSION,
        )
        shutil.rmtree(artifacts / PARTIAL, ignore_errors=True)
        return cls.open(catalog, encoder.revision, encoder.dim)

    @classmethod
    def open(cls, catalog: Catalog, revision: str = REVISION, dim: int = Encoder.dim) -> ContentIndex:
        """The stored index; Chroma stays closed until :meth:`warm`.

        ``revision`` and ``dim`` are the encoder's: vectors of another are not comparable. Raises NoData where
        there is none, DataError (naming the command that rebuilds it) when it is stale, foreign or broken.
        """
        artifacts = catalog.path / "artifacts"
        read_manifest(artifacts / KIND)
        stamp = _stamp(catalog, revision, dim)
        sha = catalog.spec.data_sha256
        current = is_current(artifacts / KIND, kind=KIND, data_sha256=sha, config=stamp, version=VERSION)
        if not current or not _is_signed(artifacts / "chroma", stamp):
            raise _broken(catalog.path, "is of other data or another encoder, or damaged")
        try:
            arrays = mapped_arrays(artifacts / KIND / ARRAYS)
            vectors, requests = arrays["vectors"], Relevance.of(arrays)
        except (OSError, ValueError, KeyError) as error:
            raise _broken(catalog.path, "cannot be read") from error
        return cls(vectors, requests, artifacts, stamp)

    @property
    def is_warm(self) -> bool:
        """Whether Chroma answers."""
        return self._collection is not None

    def warm(self, *, wait: bool = False) -> None:
        """Open Chroma, in a background thread unless ``wait``; safe to repeat.

        With ``wait`` raises DataError when Chroma's files are broken; in the background that is logged, and
        every search stays exact.
        """
        if wait:
            self._open_chroma()
        elif self._warming is None:
            self._warming = threading.Thread(target=self._try_chroma, name="palate-chroma", daemon=True)
            self._warming.start()

    def close(self) -> None:
        """Let go of Chroma's files; searches stay exact from here on."""
        with self._lock:
            client, self._client, self._collection = self._client, None, None
            if client is not None:
                client.close()

    def relevance(self, vector: FloatArray) -> FloatArray:
        """How well each item answers a request in words whose vector (dim,) this is, (n,)."""
        return self.requests.scores(self.vectors, vector)

    def search(self, vector: FloatArray, k: int, allow: BoolArray | None = None) -> Scored:
        """At most ``k`` items whose documents are nearest to ``vector`` ``(dim,)``, by cosine.

        Only items in ``allow`` ``(n,)`` are found, where it is given.
        """
        n = len(self.vectors)
        allowed = n if allow is None else int(np.count_nonzero(allow))
        k = min(k, allowed)
        if k <= 0:
            return Scored(np.zeros(0, np.int64), np.zeros(0, np.float32))
        share = allowed / n
        wanted = min(n, int(k / share * 1.3) + (0 if allow is None else 20))
        # A long list costs Chroma more than a scan of everything.
        if self._collection is not None and wanted <= n // 10 and (allow is None or allowed > SCAN_AT_MOST):
            near = self._nearest(self._collection, vector, wanted)
            found = best(self._cosines(vector, near), k, allow, near)
            if len(found.items) == k:
                return found
        if allow is None or share > GATHER_BELOW:
            return best(self._cosines(vector), k, allow)
        places = np.flatnonzero(allow)
        return best(self._cosines(vector, places), k, None, places)

    def _cosines(self, vector: FloatArray, places: IntArray | None = None) -> FloatArray:
        return dots(self.vectors, _unit(vector), places)

    def _nearest(self, collection: Collection, vector: FloatArray, k: int) -> IntArray:
        answer = collection.query(query_embeddings=_unit(vector)[None, :].tolist(), n_results=k, include=[])
        return np.array([int(each) for each in answer["ids"][0]], np.int64)

    def _try_chroma(self) -> None:
        try:
            self._open_chroma()
        except PalateError as error:
            log.warning("content search stays exact: %s", error)

    def _open_chroma(self) -> None:
        with self._lock:
            if self._collection is not None:
                return
            try:
                self._client = _client(self._folder / "chroma")
                collection = self._client.get_collection(COLLECTION, embedding_function=None)
                intact = collection.count() == len(self.vectors)
                # A first query loads the graph, and shows whether it is of these vectors.
                intact = intact and (len(self.vectors) == 0 or self._finds_itself(collection))
            # Chroma raises errors of many kinds, some of them from its Rust core.
            except Exception as error:
                raise _broken(self._folder.parent, f"cannot be opened ({error})") from error
            if not intact:
                raise _broken(self._folder.parent, "does not hold the catalogue's vectors")
            self._collection = collection

    def _finds_itself(self, collection: Collection) -> bool:
        near = self._nearest(collection, self.vectors[0], min(5, len(self.vectors)))
        # Documents of the same words share a place.
        return bool((self._cosines(self.vectors[0], near) > 0.999).any())


def _stamp(catalog: Catalog, revision: str, dim: int) -> dict[str, Any]:
    return {
        "encoder": NAME,
        "revision": revision,
        "dim": dim,
        "items": catalog.n,
        "data_sha256": catalog.spec.data_sha256,
        "documents_sha256": form_of(catalog.spec),
    }


def _embedded(
    catalog: Catalog, encoder: DocumentEncoder, old: Path, partial: Path, report: Progress
) -> dict[str, Any]:
    """The vectors of documents, notes and texts that stand for requests, and what is learned of them."""
    items = [catalog.item(place) for place in range(catalog.n)]
    asked, answers = requests_of([item.text for item in items])
    notes = {place: text for place, item in enumerate(items) if (text := note(catalog.spec, item))}
    every = embed([*catalog.documents(), *asked, *notes.values()], encoder, old, partial, report)
    arrays: dict[str, Any] = {}
    ends = np.cumsum([catalog.n, len(asked), len(notes)]).tolist()
    for prefix, start, end in zip(("", REQUESTS, NOTES), (0, *ends), ends, strict=False):
        arrays |= {f"{prefix}{name}": rows[start:end] for name, rows in every.items()}
    learned = Relevance.fit(
        arrays["vectors"],
        arrays[f"{NOTES}vectors"],
        np.array(list(notes), np.int64),
        arrays[f"{REQUESTS}vectors"],
        np.array(answers, np.int64),
    )
    return arrays | learned.arrays


def _fill(artifacts: Path, vectors: FloatArray, stamp: dict[str, Any], report: Progress) -> None:
    """Write the Chroma collection aside, then put it in the place of the old one."""
    aside = artifacts / f".chroma.{os.getpid()}.new"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    client = _client(aside)
    try:
        collection = client.create_collection(
            COLLECTION, embedding_function=None, configuration={"hnsw": HNSW}
        )
        for start in range(0, len(vectors), BATCH):
            stop = min(start + BATCH, len(vectors))
            collection.add(ids=[str(place) for place in range(start, stop)], embeddings=vectors[start:stop])
            report("indexing", stop, len(vectors))
    # As above: errors of many kinds, a full disk among them.
    except Exception as error:
        shutil.rmtree(aside, ignore_errors=True)
        raise SetupFailed(f"Could not write the content index: {error}.") from error
    finally:
        client.close()
    _sign(aside, stamp)
    swap_in(aside, artifacts / "chroma")


def _extend(
    earlier: Catalog, artifacts: Path, arrays: dict[str, Any], stamp: dict[str, Any], report: Progress
) -> bool:
    """Put what is new into a copy of the collection of ``earlier``; False where that cannot be built upon."""
    before = earlier.path / "artifacts"
    if not _is_signed(before / "chroma", _stamp(earlier, stamp["revision"], stamp["dim"])):
        return False
    old = load_file(before / KIND / ARRAYS)["hashes"]
    new, vectors = arrays["hashes"], arrays["vectors"]
    differ = np.flatnonzero(np.concatenate([new[: len(old)] != old, np.ones(len(new) - len(old), bool)]))
    aside = artifacts / f".chroma.{os.getpid()}.new"
    shutil.rmtree(aside, ignore_errors=True)
    shutil.copytree(before / "chroma", aside)
    client = _client(aside)
    try:
        collection = client.get_collection(COLLECTION, embedding_function=None)
        for start in range(0, len(differ), BATCH):
            rows = differ[start : start + BATCH]
            collection.upsert(ids=[str(row) for row in rows.tolist()], embeddings=vectors[rows])
            report("indexing", start + len(rows), len(differ))
        whole = collection.count() == len(vectors)
    except Exception as error:
        # Chroma raises errors of many kinds; what cannot be extended is built anew.
        log.warning("the content index is built anew: %s", error)
        whole = False
    finally:
        client.close()
    if not whole:
        shutil.rmtree(aside, ignore_errors=True)
        return False
    _sign(aside, stamp)
    swap_in(aside, artifacts / "chroma")
    return True


def _client(folder: Path) -> Client:
    from chromadb import PersistentClient
    from chromadb.config import Settings

    settings = Settings(anonymized_telemetry=False, allow_reset=False)
    # Declared as the interface, which leaves close() out.
    return cast("Client", PersistentClient(str(folder), settings=settings))


def _sign(folder: Path, stamp: dict[str, Any]) -> None:
    (folder / SIGNED).write_text(json.dumps(stamp, indent=1) + "\n", encoding="utf-8")


def _is_signed(folder: Path, stamp: dict[str, Any]) -> bool:
    """Whether the Chroma directory was made here, of these vectors: a foreign one is never opened."""
    try:
        return bool(json.loads((folder / SIGNED).read_text(encoding="utf-8")) == stamp)
    except (OSError, ValueError):
        return False


def _broken(catalog: Path, what: str) -> DataError:
    return DataError(f"The content index of {catalog.name} {what}.", f"palate setup --catalog {catalog.name}")


def _unit(vector: FloatArray) -> FloatArray:
    length = float(np.linalg.norm(vector))
    return np.asarray(vector / length if length else vector, np.float32)
