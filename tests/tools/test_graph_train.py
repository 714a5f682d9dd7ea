from __future__ import annotations

import numpy as np
import torch
from palate.tools.graph_train import Options, adjacency, normalised, propagate, spectrum, train_embeddings
from scipy.sparse import csr_array, random_array

# Two people, two items, one tag: v0 likes i0 and i1, v1 likes i1; the tag is on i0 alone.
LIKES = csr_array(np.array([[1, 1], [0, 1]], np.float32))
TAGS = csr_array(np.array([[1], [0]], np.float32))


def test_relations_are_normalised_by_the_degrees_of_both_ends() -> None:
    # Degrees: v0 2, v1 1, i0 1, i1 2. 1/√(2·1) = .70711, 1/√(2·2) = .5, 1/√(1·2) = .70711
    np.testing.assert_allclose(normalised(LIKES).toarray(), [[0.70711, 0.5], [0, 0.70711]], rtol=1e-4)


def test_the_graph_joins_people_and_tags_to_items_only() -> None:
    graph = adjacency(LIKES, TAGS, 2.0).toarray()
    s = 1 / np.sqrt(2)
    expected = [
        [0, 0, s, 0.5, 0],
        [0, 0, 0, s, 0],
        [s, 0, 0, 0, 2],
        [0.5, s, 0, 0, 0],
        [0, 0, 2, 0, 0],
    ]
    np.testing.assert_allclose(graph, expected, rtol=1e-6)


def test_two_steps_of_propagation_by_hand() -> None:
    # x = the tag alone, 1. Ax: i0 = 2. AAx: v0 = 2/√2 = 1.41421, tag = 4. Mean of the three:
    # v0 .47140, i0 .66667, tag (1 + 0 + 4) / 3 = 1.66667; i1 and v1 are further than two steps away.
    graph = torch.from_numpy(adjacency(LIKES, TAGS, 2.0).toarray()).to_sparse_csr()
    h = propagate(graph, torch.tensor([[0.0], [0], [0], [0], [1]]), 2)
    np.testing.assert_allclose(h[:, 0].numpy(), [0.47140, 0, 0.66667, 0, 1.66667], rtol=1e-4)


def test_the_gradient_of_propagation_is_the_true_one() -> None:
    dense = torch.from_numpy(adjacency(LIKES, TAGS, 1.0).toarray()).double()
    x = torch.randn(5, 2, dtype=torch.float64, requires_grad=True, generator=torch.Generator().manual_seed(0))
    assert torch.autograd.gradcheck(lambda x: propagate(dense.to_sparse_csr(), x, 2), (x,))


def test_the_spectrum_is_that_of_the_normalised_matrix_small_or_large() -> None:
    for shape in ((12, 7), (400, 300)):
        tags = csr_array(random_array(shape, density=0.1, rng=np.random.default_rng(0)).astype(np.float32))
        found = spectrum(tags, 4)
        exact = np.linalg.svd(normalised(tags).toarray())[2][:4].T
        scale = np.sqrt((exact**2).sum(axis=1).mean())
        # Singular vectors are unique up to sign and order: their projections agree.
        np.testing.assert_allclose(found @ found.T, exact @ exact.T / scale**2, atol=1e-3)


def test_without_likes_tags_or_features_items_have_no_vector() -> None:
    nobody = csr_array((0, 3), dtype=np.float32)
    trained = train_embeddings(nobody, None, None, Options(dim=4), 0)
    assert trained.h_items.shape == (3, 4)
    assert not trained.h_items.any()
    assert np.isfinite(trained.popularity).all()


def test_sampled_candidates_train_as_well() -> None:
    rng = np.random.default_rng(0)
    likes = csr_array((rng.random((60, 40)) < 0.3).astype(np.float32))
    trained = train_embeddings(likes, None, None, Options(dim=4, steps=5, candidates=10), 0)
    np.testing.assert_allclose(np.linalg.norm(trained.h_items, axis=1), 1, rtol=1e-4)
