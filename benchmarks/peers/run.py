"""Fits peers to an exported split and writes their rankings. Runs in the peers' environment:

    python -m benchmarks.peers.run warm|temporal|few-likes SPLIT.npz FOLDER [--only METHOD ...]

On one thread, one file a method. A file that is there already, of the same split and settings, is left alone.
"""

from __future__ import annotations

import argparse
import importlib
import json
import logging
import os
import sys
import tomllib
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from .exchange import FewLikes, HeldOut, write
from .model import Settings
from .protocols import Fit, few_likes, held_out
from .setup import not_installed

PROTOCOLS = ("warm", "temporal", "few-likes")
METHODS = {
    "recbole/Pop": "recbole_models:Pop",
    "recbole/ItemKNN": "recbole_models:ItemKNN",
    "recbole/EASE": "recbole_models:EASE",
    "recbole/SLIMElastic": "recbole_models:SLIMElastic",
    "recbole/RecVAE": "recbole_models:RecVAE",
    "recbole/BPR": "recbole_models:BPR",
    "recbole/LightGCN": "recbole_models:LightGCN",
    "recbole/SGL": "recbole_models:SGL",
    "implicit/als": "implicit_models:als",
    "implicit/bpr": "implicit_models:bpr",
    "implicit/item-knn": "implicit_models:item_knn",
    "pyg/LightGCN": "pyg_models:lightgcn",
    "lightfm/warp": "lightfm_models:warp",
    "surprise/SVD": "surprise_models:svd",
}
"""Method → module here, and its function or the name of RecBole's model."""


def main() -> None:
    """Run the methods asked for; one that fails is logged, and the others go on."""
    asked = _arguments()
    del sys.argv[1:]  # RecBole would read them too.
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", force=True)
    warnings.filterwarnings("ignore", category=FutureWarning)
    warnings.filterwarnings("ignore", message="Method expects CSR input")
    settings = tomllib.loads(Path(__file__).with_name("settings.toml").read_text())
    split = (FewLikes if asked.protocol == "few-likes" else HeldOut).read(asked.split)
    head = {"protocol": asked.protocol, "catalog": split.catalog, "split_sha256": split.sha256}
    for method in asked.only or METHODS:
        path = asked.folder / f"{asked.protocol}-{split.catalog}-{method.replace('/', '-')}.npz"
        own = settings[method]
        head |= {"settings": json.dumps(own)}
        if _done(path, head):
            logging.info("%s is there", path.name)
            continue
        logging.info("%s on %s of %s", method, asked.protocol, split.catalog)
        head |= {"method": method, "fold_in": "yes" if "few-likes" in own else "no"}
        try:
            write(path, **head, **_answers(method, split, own))
        except Exception:
            logging.exception("%s failed", method)


def _answers(method: str, split: HeldOut | FewLikes, settings: Settings) -> dict[str, Any]:
    """The method's rankings and figures; of one that cannot answer only the reason."""
    if isinstance(split, FewLikes) and "few-likes" not in settings:
        return _silent("it ranks only for people whom it was fitted to")
    try:
        fit = _fit(method)
    except ImportError as error:
        return _silent(not_installed().get(method.split("/")[0], str(error)))
    if isinstance(split, FewLikes):
        return few_likes(split, fit, settings["few-likes"])
    return held_out(split, fit, settings["warm"])


def _silent(reason: str) -> dict[str, Any]:
    return {"fit_seconds": -1.0, "ms_per_request": -1.0, "note": reason}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("protocol", choices=PROTOCOLS)
    parser.add_argument("split", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", nargs="+", choices=METHODS, metavar="METHOD")
    return parser.parse_args()


def _fit(method: str) -> Fit:
    import torch

    torch.set_num_threads(1)
    module_name, function = METHODS[method].split(":")
    module = importlib.import_module(f".{module_name}", __package__)
    fit: Fit = module.fitter(function) if hasattr(module, "fitter") else getattr(module, function)
    return fit


def _done(path: Path, head: dict[str, str]) -> bool:
    if not path.exists():
        return False
    with np.load(path, allow_pickle=False) as file:
        return all(name in file and str(file[name]) == head[name] for name in ("split_sha256", "settings"))


# The libraries' own threads would make times of different peers incomparable.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

if __name__ == "__main__":
    main()
