"""The invented catalogue as a set-up leaves it but for the models, and an encoder without weights."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from palate.data.catalog import Catalog, write_catalog
from palate.tools.content import ContentIndex
from palate.tools.encoder import REVISION, Encoder
from palate.tools.toolbox import Toolbox
from toy import N_PEOPLE, SPEC, toy_interactions, toy_items

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from palate.tools.types import FloatArray


class HashEncoder:
    """Stands in for the sentence encoder: the same random unit vector for the same text."""

    dim = Encoder.dim
    revision = REVISION
    embedded = 0

    def embed_documents(
        self, texts: Sequence[str], progress: Callable[[str, int, int], None] | None = None
    ) -> FloatArray:
        """The vectors of ``texts``; counts them."""
        self.embedded += len(texts)
        seeds = [int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") for text in texts]
        drawn = np.array([np.random.default_rng(seed).normal(size=self.dim) for seed in seeds])
        return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), np.float32)


@pytest.fixture(scope="module")
def encoder() -> Iterator[HashEncoder]:
    """The stand-in, in the place of the encoder that a set-up opens."""
    made = HashEncoder()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Encoder, "open", lambda: made)
        yield made


@pytest.fixture(scope="module")
def toy_box(tmp_path_factory: pytest.TempPathFactory, encoder: HashEncoder) -> Toolbox:
    """The tools of the invented catalogue, with sentence vectors and without models."""
    path = tmp_path_factory.mktemp("evaluate") / "toy"
    # With so few people nothing is learned by gradients but the graph, and times are not by person.
    few = toy_interactions().only_people(np.arange(N_PEOPLE) < 30)
    times = few.times % 10_000 * 1000 + few.people
    write_catalog(SPEC, toy_items(), replace(few, times=times), path)
    catalog = Catalog.open(path)
    ContentIndex.build(catalog, encoder)
    return Toolbox(catalog)
