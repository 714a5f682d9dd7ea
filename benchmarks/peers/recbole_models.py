"""RecBole's models, run by RecBole's own trainer on pairs of ours.

Zhao et al., "RecBole: Towards a Unified, Comprehensive and Efficient Framework for Recommendation
Algorithms", CIKM 2021. Of its run only the validation is replaced, by a judge that measures the same nDCG@10.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
import torch
from recbole.config import Config
from recbole.data import create_dataset
from recbole.data.interaction import Interaction
from recbole.data.utils import get_dataloader
from recbole.sampler import Sampler
from recbole.utils import get_model, get_trainer, init_seed

from .exchange import Floats, Ints, Pairs
from .model import EarlyStopping, Fitted, Settings, Task, clock

SEED = 2020
TRADITIONAL = ("Pop", "ItemKNN", "EASE", "SLIMElastic")

# scipy 1.13 has dropped the method by which RecBole fills its adjacency matrix.
sp.dok_matrix._update = lambda matrix, entries: matrix._dict.update(entries)


def fitter(name: str) -> Callable[[Task, Settings], Fitted]:
    """A function that fits RecBole's model ``name``."""
    return lambda task, settings: fit(name, task, settings)


def fit(name: str, task: Task, settings: Settings) -> Fitted:
    """Fit the model ``name`` with ``settings`` over RecBole's stock ones."""
    with _data(name, task, settings) as (config, dataset, loader):
        init_seed(SEED, True)
        started = clock()
        model = get_model(name)(config, dataset)
        known = _Known(model, dataset, task.pairs)
        if name in TRADITIONAL:
            if name == "Pop":
                with _trainer(config, name, model) as trainer:
                    trainer.fit(loader, saved=False, verbose=False)
            return known.fitted()
        learning = EarlyStopping(int(config["stopping_step"]), float(settings["cap_seconds"]))
        learning.learned = clock() - started
        with _trainer(config, name, model) as trainer:
            _learn(trainer, loader, known, task, learning)
    return known.fitted(learning.best_epoch, learning.seconds_to_best)


@contextmanager
def _trainer(config: Any, name: str, model: Any) -> Iterator[Any]:
    """RecBole's trainer of the model; its log for TensorBoard is closed before the folder goes."""
    trainer = get_trainer(config["MODEL_TYPE"], name)(config, model)
    try:
        yield trainer
    finally:
        trainer.tensorboard.close()


def _learn(trainer: Any, loader: Any, known: _Known, task: Task, learning: EarlyStopping) -> None:
    """RecBole's loop, with our judge and our clock; leaves the best state in the model."""
    model, epoch = trainer.model, trainer._train_epoch

    def timed(*arguments: Any, **named: Any) -> Any:
        start = clock()
        loss = epoch(*arguments, **named)
        learning.learned += clock() - start
        return loss

    trainer._train_epoch = timed
    if task.judge is None:
        trainer.fit(loader, saved=False, verbose=False)
        learning.best_epoch, learning.seconds_to_best = trainer.epochs, learning.learned
    else:
        judge = task.judge

        def validate(*_: Any, **__: Any) -> tuple[float, dict[str, float]]:
            model.eval()
            _forget(model)
            with torch.no_grad():
                score = judge(known.fitted())
            return score, {"ndcg@10": score}

        def see(index: int, score: float) -> None:
            logging.info("epoch %d: %.4f after %.0f s", index + 1, score, learning.learned)
            if not learning.see(index + 1, score, model.state_dict()):
                raise StopIteration

        trainer._valid_epoch = validate
        with suppress(StopIteration):
            trainer.fit(loader, valid_data=[loader], saved=False, verbose=False, callback_fn=see)
        model.load_state_dict(learning.best_state)
    model.eval()
    _forget(model)


class _Known:
    """A model's scores in our positions; RecBole numbers people and items anew, from 1."""

    def __init__(self, model: Any, dataset: Any, pairs: Pairs) -> None:
        self._model = model
        self._item_of = dataset.field2id_token["item_id"][1:].astype(np.int64)
        self._number_of = np.zeros(pairs.n_people, np.int64)
        people = dataset.field2id_token["user_id"][1:].astype(np.int64)
        self._number_of[people] = np.arange(1, len(people) + 1)
        self._n_items = pairs.n_items

    def fitted(self, epochs: int = 0, seconds: float = -1.0) -> Fitted:
        """The model as the run sees it; only those that map likes to scores have ``of_likes``."""
        folds_in = any(hasattr(self._model, part) for part in ("item_similarity", "w", "encoder", "item_cnt"))
        return Fitted(self.of_people, self.of_likes if folds_in else None, epochs, seconds)

    def of_people(self, people: Ints) -> Floats:
        """Scores (m, n_items) by RecBole's own ``full_sort_predict``."""
        asked = Interaction({"user_id": torch.from_numpy(self._number_of[people])})
        with torch.no_grad():
            scores = self._model.full_sort_predict(asked)
        return self._placed(np.asarray(scores).reshape(len(people), -1))

    def of_likes(self, likes: sp.csr_matrix) -> Floats:
        """Scores (m, n_items) of unseen people: their row through the model's own matrix or encoder."""
        rows = sp.hstack([sp.csr_matrix((likes.shape[0], 1)), likes[:, self._item_of]], format="csr")
        rows = rows.astype(np.float32)
        model = self._model
        if hasattr(model, "encoder"):
            with torch.no_grad():
                return self._placed(model(torch.from_numpy(rows.toarray()), 0.0)[0].numpy())
        if hasattr(model, "item_cnt"):
            counts = model.item_cnt.numpy().ravel().astype(np.float32)
            return self._placed(np.tile(counts, (likes.shape[0], 1)))
        scores = rows @ (model.item_similarity if hasattr(model, "item_similarity") else model.w)
        return self._placed(scores.toarray() if sp.issparse(scores) else np.asarray(scores))

    def _placed(self, scores: Floats) -> Floats:
        placed = np.full((len(scores), self._n_items), -np.inf, np.float32)
        placed[:, self._item_of] = scores[:, 1:]
        return placed


def _forget(model: Any) -> None:
    """Drop the propagated vectors that graph models keep, which belong to the weights of before."""
    for kept in ("restore_user_e", "restore_item_e"):
        if hasattr(model, kept):
            setattr(model, kept, None)


@contextmanager
def _data(name: str, task: Task, settings: Settings) -> Iterator[tuple[Any, Any, Any]]:
    """RecBole's configuration, data set and training loader of the pairs, in a folder for the while."""
    # RecBole writes logs into the working directory.
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        _write_atomic(Path(folder) / "pairs", task)
        given = {key: value for key, value in settings.items() if key != "cap_seconds"}
        files = {"inter": ["user_id", "item_id"]} | ({"item": ["item_id"]} if task.every_item else {})
        fixed = {
            "data_path": folder,
            "checkpoint_dir": folder,
            "benchmark_filename": ["train"],
            "load_col": files,
            "use_gpu": False,
            "show_progress": False,
            "seed": SEED,
        }
        config = Config(model=name, dataset="pairs", config_dict=fixed | given)
        init_seed(SEED, True)
        whole = create_dataset(config)
        (dataset,) = whole.build()
        sampler = Sampler(["train"], [dataset], config["train_neg_sample_args"]["distribution"])
        loader = get_dataloader(config, "train")(config, dataset, sampler.set_phase("train"), shuffle=True)
        yield config, dataset, loader


def _write_atomic(folder: Path, task: Task) -> None:
    """The pairs as RecBole's atomic files, our positions as its tokens."""
    folder.mkdir()
    rows = [f"{person}\t{item}" for person, item in zip(task.pairs.people, task.pairs.items, strict=True)]
    (folder / "pairs.train.inter").write_text("\n".join(["user_id:token\titem_id:token", *rows]) + "\n")
    items = [str(item) for item in range(task.pairs.n_items)]
    (folder / "pairs.item").write_text("\n".join(["item_id:token", *items]) + "\n")
