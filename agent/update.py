"""A catalogue grows: new items and interactions take effect without learning everything anew.

A whole new version is made aside and renamed into place. Indexes, neighbourhood models and everything with a
closed form are exact, as after a set-up. The graph, the autoencoder and the fusion keep what they learned
(see :mod:`..tools.update`), and a ledger says how much has come since, so that one can tell when a retraining
pays. Who has the catalogue open goes on with the version that was loaded; the next start finds the new one.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from ..data.catalog import Catalog
from ..data.growth import Additions, write_grown
from ..data.home import catalogs_dir
from ..tools.artifacts import swap_in
from ..tools.content import KIND, ContentIndex
from ..tools.encoder import Encoder
from ..tools.lexical import LexicalIndex
from ..tools.lookup import TitleIndex
from ..tools.toolbox import Toolbox
from ..tools.train import load_models
from ..tools.update import update_models
from . import confidence
from .errors import NoData, SetupFailed
from .fusion import folder_of, load_fusion
from .fusion_fit import fit_fusion
from .setup import alone, run_steps, steps_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ..data.fetch import Progress
    from ..data.interactions import Interactions
    from ..data.schema import CatalogSpec, Item
    from ..tools.embedding import DocumentEncoder

LEDGER = "growth.json"
RETRAIN_AT = 0.2
"""The share of what was learned from, that has come since, from which on a retraining pays: on MovieLens it
gave .2 % more NDCG after a share of .08, and .7 % after .39 (benchmarks/incremental.py)."""


@dataclass(frozen=True)
class Ledger:
    """What the learned models were trained on, and what has come since."""

    trained_items: int
    trained_interactions: int
    added_items: int = 0
    added_interactions: int = 0

    @property
    def share(self) -> float:
        """How much has come since, as a share of what was learned from (items or interactions)."""
        items = self.added_items / max(self.trained_items, 1)
        return max(items, self.added_interactions / max(self.trained_interactions, 1))

    @property
    def is_due(self) -> bool:
        """Whether a retraining pays."""
        return self.share >= RETRAIN_AT


@dataclass(frozen=True)
class UpdateReport:
    """What became of a catalogue."""

    spec: CatalogSpec
    new_items: int
    new_interactions: int
    """How many there are more than before."""
    ledger: Ledger
    notes: tuple[str, ...] = ()
    rejected: tuple[tuple[str, int, str, str], ...] = ()
    """File, line, reason and row of each row that could not be used."""


def add_items(name: str, items: Sequence[Item], progress: Progress) -> UpdateReport:
    """Add ``items`` to the catalogue ``name``, or replace those of the same ids; see :func:`update`."""
    return update(name, Additions(items=tuple(items)), progress)


def add_interactions(name: str, interactions: Interactions, progress: Progress) -> UpdateReport:
    """Add ``interactions`` by the catalogue's positions, new people behind the others; see :func:`update`."""
    return update(name, Additions(interactions=interactions), progress)


def update_from_files(
    name: str,
    items: Path | None,
    interactions: Path | None,
    mapping: Path | None,
    progress: Progress,
    *,
    retrain: bool = False,
) -> UpdateReport:
    """Add what the files hold to the catalogue ``name``; see :func:`update` and ``read_additions``."""
    from ..data.importers.additions import read_additions

    if items is None and interactions is None:
        return update(name, Additions(), progress, retrain=retrain)
    additions, findings = read_additions(Catalog.open(name), items, interactions, mapping)
    report = update(name, additions, progress, retrain=retrain)
    return replace(report, notes=tuple(findings.notes), rejected=tuple(findings.rejected))


def update(
    name: str,
    additions: Additions,
    progress: Progress,
    *,
    retrain: bool = False,
    encoder: DocumentEncoder | None = None,
) -> UpdateReport:
    """Put a new version of the catalogue ``name`` in the place of the old one, with all of its artifacts.

    ``retrain`` learns everything anew. Raises NoData where the catalogue or an artifact is missing, and
    DataError or SetupFailed, after which the old version stands as it was.
    """
    with alone(name, progress):
        old = Catalog.open(name)
        folder = catalogs_dir() / f".update.{os.getpid()}"
        # Artifacts call their catalogue by its folder.
        aside = folder / old.path.name
        try:
            write_grown(old, additions, aside)
            new = Catalog.open(aside)
            ledger = _retrained(old, new, progress) if retrain else _grown(old, new, progress, encoder)
            swap_in(aside, old.path)
        except OSError as error:
            raise SetupFailed(f"{aside} cannot be written ({error.strerror or error}).") from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    more = new.spec.n_interactions - old.spec.n_interactions
    return UpdateReport(new.spec, new.n - old.n, more, ledger)


def ledger_of(catalog: Catalog) -> Ledger:
    """The ledger of ``catalog``: everything was learned from where nothing was added since."""
    path = catalog.path / "artifacts" / LEDGER
    if not path.exists():
        return Ledger(catalog.n, len(catalog.interactions))
    return Ledger(**json.loads(path.read_bytes()))


def _retrained(old: Catalog, new: Catalog, progress: Progress) -> Ledger:
    embedded = old.path / "artifacts" / KIND
    if embedded.exists():
        # Without their manifest: they serve as a store of embedded texts.
        shutil.copytree(
            embedded, new.path / "artifacts" / KIND, ignore=shutil.ignore_patterns("manifest.json")
        )
    run_steps(steps_of(new, progress), progress)
    return ledger_of(new)


def _grown(old: Catalog, new: Catalog, progress: Progress, encoder: DocumentEncoder | None) -> Ledger:
    TitleIndex.build(new)
    LexicalIndex.build(new)
    ContentIndex.build(new, encoder or Encoder.open(), progress, earlier=old).close()
    update_models(old, new, progress)
    _keep_fusion(old, new, progress)
    load_models(new)
    load_fusion(new)
    if encoder is None:
        # Whatever else a set-up makes, and proof that all of it opens.
        run_steps(steps_of(new, progress), progress)
    before = ledger_of(old)
    ledger = Ledger(
        before.trained_items,
        before.trained_interactions,
        new.n - before.trained_items,
        new.spec.n_interactions - before.trained_interactions,
    )
    (new.path / "artifacts" / LEDGER).write_text(json.dumps(asdict(ledger)) + "\n", encoding="utf-8")
    return ledger


def _keep_fusion(old: Catalog, new: Catalog, progress: Progress) -> None:
    """The fusion of ``old`` and its confidence for ``new``; learned anew where there is none."""
    try:
        load_fusion(old).save(folder_of(new), new.spec.data_sha256)
        confidence.load_confidence(old).save(confidence.folder_of(new), new.spec.data_sha256)
    except NoData:
        fit_fusion(Toolbox(new), progress)
