from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from palate.tools.graph import normalised
from palate.tools.graph_train import (
    Graph,
    Options,
    Relation,
    propagate,
    regression,
    spectrum,
    train_embeddings,
)
from scipy.sparse import csr_array, random_array
from torch import Tensor

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Two people, two items, one tag: v0 likes i0 and i1, v1 likes i1; the tag is on i0 alone.
LIKES = csr_array(np.array([[1, 1], [0, 1]], np.float32))
TAGS = csr_array(np.array([[1], [0]], np.float32))


def test_relations_are_normalised_by_the_degrees_of_both_ends() -> None:
    # Degrees: v0 2, v1 1, i0 1, i1 2. 1/√(2·1) = .70711, 1/√(2·2) = .5, 1/√(1·2) = .70711
    np.testing.assert_allclose(normalised(LIKES).toarray(), [[0.70711, 0.5], [0, 0.70711]], rtol=1e-4)


def test_two_steps_of_propagation_by_hand() -> None:
    # x = the tag alone, 1, weight 2. Ax: i0 = 2. AAx: v0 = 2/√2 = 1.41421, tag = 4. Mean of the three:
    # i0 (0 + 2 + 0) / 3 = .66667; i1 is further than two steps away.
    h = propagate(Graph.of(LIKES, TAGS), torch.zeros(2, 1), torch.ones(1, 1), 2, 2.0)
    np.testing.assert_allclose(h[:, 0].numpy(), [0.66667, 0], rtol=1e-4)


def test_three_steps_reach_along_the_likes_by_hand() -> None:
    # The third step: i0 = v0/√2 + 2 · tag = 1 + 8, i1 = v0/2 = .70711. Mean of four: i0 (2 + 9) / 4, i1 / 4.
    h = propagate(Graph.of(LIKES, TAGS), torch.zeros(2, 1), torch.ones(1, 1), 3, 2.0)
    np.testing.assert_allclose(h[:, 0].numpy(), [2.75, 0.17678], rtol=1e-4)


def test_propagation_is_that_of_the_symmetric_matrix() -> None:
    rng = np.random.default_rng(0)
    likes = csr_array((rng.random((7, 5)) < 0.5).astype(np.float32))
    tags = csr_array(rng.random((5, 3)).astype(np.float32))
    to_items, to_tags = normalised(likes).toarray(), 1.5 * normalised(tags).toarray()
    whole = np.zeros((15, 15))
    whole[:7, 7:12], whole[7:12, 12:] = to_items, to_tags
    whole += whole.T
    items, about = rng.normal(size=(5, 2)), rng.normal(size=(3, 2))
    x = total = np.vstack([np.zeros((7, 2)), items, about])
    for _ in range(4):
        x = whole @ x
        total = total + x
    found = propagate(Graph.of(likes, tags), _float(items), _float(about), 4, 1.5)
    np.testing.assert_allclose(found.numpy(), total[7:12] / 5, rtol=1e-4)


def test_an_item_without_likes_hears_of_tags_only() -> None:
    # As above with edges of i0 to people cut: v0 gets nothing, i1 therefore neither; i0 = (2 + 8) / 4.
    warm = torch.tensor([[0.0], [1.0]])
    h = propagate(Graph.of(LIKES, TAGS), torch.zeros(2, 1), torch.ones(1, 1), 3, 2.0, warm)
    np.testing.assert_allclose(h[:, 0].numpy(), [2.5, 0], rtol=1e-4)


def test_the_gradient_of_a_product_is_the_true_one() -> None:
    relation = Relation(LIKES.astype(np.float64))
    x = torch.randn(2, 2, dtype=torch.float64, requires_grad=True, generator=torch.Generator().manual_seed(0))
    assert torch.autograd.gradcheck(lambda x: relation.up(relation @ x), (x,))


def test_regression_by_hand() -> None:
    # Σ w x y / (Σ w x² + ridge) = (1·1·2 + 3·2·1) / (1·1 + 3·4 + 3) = 8/16
    x, y = np.array([[1], [2]], np.float32), np.array([[2], [1]], np.float32)
    np.testing.assert_allclose(regression(x, y, np.array([1, 3], np.float32), 3.0), [[0.5]])


def test_steps_and_batches_grow_with_the_people_up_to_a_bound() -> None:
    options = Options(batch=100, epochs=10, steps_at_most=50)
    assert options.steps(3) == (30, 1)
    assert options.steps(60) == (20, 30)
    assert options.steps(10**6) == (50, 100)


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


def test_with_a_power_vectors_weigh_as_their_values() -> None:
    for shape in ((12, 7), (400, 300)):
        block = csr_array(random_array(shape, density=0.1, rng=np.random.default_rng(0)).astype(np.float32))
        values = np.linalg.svd(normalised(block).toarray(), compute_uv=False)[:4]
        lengths = np.linalg.norm(spectrum(block, 4, power=1.0), axis=0)
        np.testing.assert_allclose(
            np.sort(lengths / lengths.max()), np.sort(values / values.max()), rtol=1e-4
        )


def test_sampled_candidates_train_as_well() -> None:
    rng = np.random.default_rng(0)
    likes = csr_array((rng.random((60, 40)) < 0.3).astype(np.float32))
    trained = train_embeddings(likes, None, None, Options(dim=4, epochs=3, candidates=10), 0)
    np.testing.assert_allclose(np.linalg.norm(trained.h_items, axis=1), 1, rtol=1e-4)


def _float(x: NDArray[np.float64]) -> Tensor:
    return torch.from_numpy(x.astype(np.float32))
