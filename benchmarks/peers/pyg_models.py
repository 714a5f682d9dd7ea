"""PyTorch Geometric's LightGCN, trained as its own example trains it, with validation every few epochs.

He et al., "LightGCN: Simplifying and Powering Graph Convolution Network for Recommendation", SIGIR 2020.
"""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import torch
from torch_geometric.nn import LightGCN

from .exchange import Floats, Ints, Pairs
from .model import EarlyStopping, Fitted, Settings, Task, clock

SEED = 2020


def lightgcn(task: Task, settings: Settings) -> Fitted:
    """Fit with BPR on uniformly drawn negatives; it knows only its own people."""
    torch.manual_seed(SEED)
    start, pairs = clock(), task.pairs
    n_nodes = pairs.n_people + pairs.n_items
    model = LightGCN(n_nodes, int(settings["embedding_dim"]), int(settings["num_layers"]))
    optimizer = torch.optim.Adam(model.parameters(), lr=float(settings["learning_rate"]))
    edges = torch.stack([torch.from_numpy(pairs.people), torch.from_numpy(pairs.items + pairs.n_people)])
    graph = torch.cat([edges, edges.flip(0)], dim=1)
    every = int(settings["eval_every"])
    learning = EarlyStopping(int(settings["patience"]), float(settings["cap_seconds"]))
    learning.learned = clock() - start
    for epoch in range(1, int(settings["epochs"]) + 1):
        start = clock()
        _epoch(model, optimizer, graph, edges, pairs, settings)
        learning.learned += clock() - start
        if task.judge is not None and epoch % every == 0:
            score = task.judge(_fitted(model, graph, pairs, learning))
            logging.info("epoch %d: %.4f after %.0f s", epoch, score, learning.learned)
            if not learning.see(epoch, score, model.state_dict()):
                break
    if learning.best_state is not None:
        model.load_state_dict(learning.best_state)
    return _fitted(model, graph, pairs, learning)


def _epoch(model: Any, optimizer: Any, graph: Any, edges: Any, pairs: Pairs, settings: Settings) -> None:
    model.train()
    order, size = torch.randperm(edges.shape[1]), int(settings["batch_size"])
    for start in range(0, len(order), size):
        rows = order[start : start + size]
        positive = edges[:, rows]
        drawn = torch.randint(pairs.n_people, pairs.n_people + pairs.n_items, (len(rows),))
        asked = torch.cat([positive, torch.stack([positive[0], drawn])], dim=1)
        optimizer.zero_grad()
        liked, other = model(graph, asked).chunk(2)
        regularization = float(settings["lambda_reg"])
        loss = model.recommendation_loss(liked, other, node_id=torch.unique(asked), lambda_reg=regularization)
        loss.backward()
        optimizer.step()


def _fitted(model: Any, graph: Any, pairs: Pairs, learning: EarlyStopping) -> Fitted:
    model.eval()
    with torch.no_grad():
        vectors = model.get_embedding(graph).numpy()
    people, items = vectors[: pairs.n_people], vectors[pairs.n_people :]

    def of_people(asked: Ints) -> Floats:
        return np.asarray(people[asked] @ items.T)

    return Fitted(of_people, None, learning.best_epoch, learning.seconds_to_best)
