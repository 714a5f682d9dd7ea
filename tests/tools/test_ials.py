from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from contracts.recommender import RecommenderContract, likes, world
from palate.tools.collaborative import Columns
from palate.tools.ials import IALS, solve_rows
from scipy.sparse import csr_array

if TYPE_CHECKING:
    from palate.data.interactions import Interactions
    from palate.tools.collaborative import Recommender


class TestIALS(RecommenderContract):
    def fit(self, interactions: Interactions) -> Recommender:
        return IALS.fit(interactions, 4.0, dim=2)


def test_one_factor_by_hand() -> None:
    # y = (1, 2), α = .5: gram .5 · (1 + 4) = 2.5. A row that likes the second item has the system
    # 2.5 + 4 + λ and the right side 2; with λ = .25: 2 / 6.75.
    # A row that likes both: (2.5 + 5 + .25) x = 3, x = 3 / 7.75. One that likes none: 0.
    matrix = csr_array(np.array([[0, 1], [1, 1], [0, 0]], np.float32))
    x = solve_rows(matrix, np.array([[1.0], [2.0]], np.float32), alpha=0.5, l2=0.25)
    np.testing.assert_allclose(x[:, 0], [2 / 6.75, 3 / 7.75, 0], rtol=1e-6)


def test_batches_of_uneven_rows_solve_as_one_by_one() -> None:
    rng = np.random.default_rng(0)
    matrix = csr_array((rng.random((300, 90)) < rng.random((300, 1)) * 0.6).astype(np.float32))
    other = rng.normal(size=(90, 40)).astype(np.float32)
    together = solve_rows(matrix, other, 0.1, 0.01)
    for row in (0, 7, 150, 299):
        alone = solve_rows(matrix[row : row + 1].tocsr(), other, 0.1, 0.01)[0]
        np.testing.assert_allclose(together[row], alone, rtol=1e-3, atol=1e-5)


def test_folding_in_solves_what_training_solves() -> None:
    model = IALS.fit(world(), 4.0, dim=4)
    items, weights = likes(0, 3)
    row = csr_array(
        (np.ones(2, np.float32), ([0, 0], model.columns.profile(items, weights)[0])), shape=(1, 10)
    )
    expected = solve_rows(row, model.factors, model.alpha, model.l2)[0]
    np.testing.assert_allclose(model.fold_in(items, weights), expected, rtol=1e-4)


def test_folding_in_by_hand() -> None:
    # y = (1, 2), α = .5, λ = .25: gram 2.5. One like of item 1 by weight 2: the system is
    # 2.5 + 2 · 4 + .25 = 10.75, the right side 2 · 2: x = 4 / 10.75; scores x and 2x.
    # A dislike by 1 of item 0 besides: 2.5 + 8 + 1 + .25 = 11.75, x = 4 / 11.75.
    model = IALS(np.array([[1.0], [2.0]], np.float32), Columns(np.array([0, 1]), 3), 0.5, 0.25)
    two = np.array([2.0], np.float32)
    np.testing.assert_allclose(model.score(np.array([1]), two)[:2], [4 / 10.75, 8 / 10.75], rtol=1e-6)
    x = model.fold_in(np.array([0, 1]), np.array([-1.0, 2.0], np.float32))
    np.testing.assert_allclose(x, [4 / 11.75], rtol=1e-6)
