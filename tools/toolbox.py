"""One opened catalogue with everything that was built over it, each part opened when first needed."""

from __future__ import annotations

import logging
import threading
from functools import cached_property
from typing import TYPE_CHECKING

from ..data.catalog import Catalog
from ..data.errors import PalateError
from .lexical import LexicalIndex
from .lookup import TitleIndex
from .train import load_models

if TYPE_CHECKING:
    from .collaborative import Recommender
    from .content import ContentIndex
    from .encoder import Encoder
    from .registry import House
    from .types import FloatArray

log = logging.getLogger(__name__)


class Toolbox:
    """The tools of one catalogue.

    Titles, facets, lexical search and trained models answer at once. The encoder and Chroma open in
    the background (:meth:`warm`); until they are there :meth:`encode` returns None and content search
    scans exactly, so that no answer waits for them.
    """

    house: House | None = None
    """Rules are laid over a toolbox by :class:`~palate.tools.registry.Housed`; bare it has none."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._encoder: Encoder | None = None
        self._encoder_lock = threading.Lock()
        self._warming: threading.Thread | None = None

    @classmethod
    def open(cls, name: str) -> Toolbox:
        """The toolbox of the catalogue ``name``; raises NoData or DataError."""
        return cls(Catalog.open(name))

    @cached_property
    def titles(self) -> TitleIndex:
        """Titles and names."""
        return TitleIndex.open(self.catalog)

    @cached_property
    def lexical(self) -> LexicalIndex:
        """BM25 over the items' documents."""
        return LexicalIndex.open(self.catalog)

    @cached_property
    def content(self) -> ContentIndex:
        """Sentence vectors of the items' documents."""
        from .content import ContentIndex

        return ContentIndex.open(self.catalog)

    @cached_property
    def models(self) -> dict[str, Recommender]:
        """The trained models, by name."""
        return load_models(self.catalog)

    @property
    def encoder(self) -> Encoder | None:
        """The sentence encoder, once it is open."""
        return self._encoder

    def encode(self, text: str, *, wait: bool = False) -> FloatArray | None:
        """The unit vector (dim,) of ``text``; None while the encoder is not open, unless ``wait``."""
        if self._encoder is None and wait:
            self._open_encoder()
        return None if self._encoder is None else self._encoder.encode([text])[0]

    def warm(self, *, wait: bool = False) -> None:
        """Open what is slow to open in a background thread, and ``wait`` for it; safe to repeat."""
        if self._warming is None:
            self._warming = threading.Thread(target=self._warm, name="palate-warm", daemon=True)
            self._warming.start()
        if wait:
            self._warming.join()

    def _warm(self) -> None:
        try:
            self.titles.warm()
            _ = self.lexical, self.models
            self._open_encoder()
            self.content.warm()
        except PalateError as error:
            # The request that needs the missing part says so; nobody is listening here.
            log.warning("warm-up stopped: %s", error)

    def _open_encoder(self) -> None:
        from .encoder import Encoder

        with self._encoder_lock:
            if self._encoder is None:
                self._encoder = Encoder.open()
