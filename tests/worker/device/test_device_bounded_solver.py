"""Thousands of bounded least-squares problems at once: each has the minimum that it has alone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy.optimize import lsq_linear

from maya_a2f.worker.bounded_least_squares import BoundedLeastSquares
from tests.worker.test_bounded_least_squares import assert_is_the_minimum, normal_matrix

torch = pytest.importorskip("torch", reason="torch is not installed (extra 'gpu')")

from maya_a2f.worker.device.bounded_solver import BatchedLeastSquares  # noqa: E402

pytestmark = pytest.mark.train
Doubles = npt.NDArray[np.float64]
CPU = torch.device("cpu")


def solved(a: Doubles, b: Doubles, upper: Doubles | None = None) -> Doubles:
    limits = None if upper is None else torch.as_tensor(upper)
    x, sides = BatchedLeastSquares(a, CPU).solve(torch.as_tensor(b), limits)
    held = sides.numpy()
    assert (x.numpy()[held < 0] == 0.0).all()
    assert (x.numpy()[held > 0] == (np.ones_like(b[:, : a.shape[1]]) if upper is None else upper)[held > 0]).all()
    return np.asarray(x.numpy())


@pytest.mark.parametrize("seed", range(10))
def test_random_problems_agree_with_scipy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows, size = (10, 5) if seed % 2 else (int(rng.integers(20, 32)), 20)
    a, b, upper = rng.normal(0, 1, (rows, size)), rng.normal(0, 2, (40, rows)), rng.uniform(0.1, 2, (40, size))
    for right, limit, x in zip(b, upper, solved(a, b, upper), strict=True):
        expected = lsq_linear(a, right, bounds=(0.0, limit), method="bvls", tol=1e-15, max_iter=2000).x
        assert x == pytest.approx(expected, abs=1e-7)
        assert_is_the_minimum(a, right, x, limit)


@pytest.mark.parametrize("ridge", [35.0, 0.05, 1e-4])
def test_every_row_of_an_ill_conditioned_batch_meets_the_optimality_conditions(ridge: float) -> None:
    rng = np.random.default_rng(int(ridge * 100))
    size, frames = 43, 300
    a = normal_matrix(rng, size, 300, ridge)
    weights = 0.4 + 0.8 * np.sin(np.linspace(0, 8, frames)[:, None] + rng.uniform(0, 6, size))
    b = weights @ a + rng.normal(0, 0.1, (frames, size))
    for right, x in zip(b, solved(a, b), strict=True):
        assert_is_the_minimum(a, right, x, np.ones(size))
    some = slice(0, frames, 20)
    expected = [lsq_linear(a, right, bounds=(0, 1), method="bvls", tol=1e-15, max_iter=2000).x for right in b[some]]
    assert np.abs(solved(a, b)[some] - expected).max() <= 1e-5


def test_two_nearly_equal_columns_that_lead_the_search_in_circles_are_solved() -> None:
    rng = np.random.default_rng(4)
    shapes = rng.normal(0, 1, (200, 30))
    shapes[:, 1::2] = shapes[:, 0::2] * rng.uniform(0.9, 1.1, 15) + 1e-3 * rng.normal(0, 1, (200, 15))
    a = shapes.T @ shapes + 1e-4 * np.eye(30)
    b = rng.normal(0.2, 1.0, (500, 30)) @ a
    for right, x in zip(b, solved(a, b), strict=True):
        assert_is_the_minimum(a, right, x, np.ones(30))


def test_where_a_search_starts_changes_nothing() -> None:
    rng = np.random.default_rng(1)
    a = normal_matrix(rng, 20, 60, 1.0)
    b = torch.as_tensor(rng.normal(0.4, 1, (50, 20)) @ a)
    solver = BatchedLeastSquares(a, CPU)
    cold = solver.solve(b)[0]
    wrong = torch.as_tensor(rng.integers(-1, 2, (50, 20)), dtype=torch.int8)
    assert solver.solve(b, start=wrong)[0].numpy() == pytest.approx(cold.numpy(), abs=1e-9)
    memory = solver.memory(50)
    solver.solve(b + 3.0, memory=memory)
    places = torch.arange(10, 30)
    again = solver.solve(b[places], memory=memory, places=places)[0]
    assert again.numpy() == pytest.approx(cold[places].numpy(), abs=1e-9)


def test_a_row_does_not_depend_on_the_rows_beside_it() -> None:
    rng = np.random.default_rng(2)
    a = normal_matrix(rng, 43, 300, 0.05)
    b = rng.normal(0.4, 1, (64, 43)) @ a
    together = solved(a, b)
    for row in range(0, 64, 7):
        assert solved(a, b[row : row + 1])[0] == pytest.approx(together[row], abs=1e-9)


def test_a_singular_matrix_is_left_to_the_processor() -> None:
    rng = np.random.default_rng(3)
    a = rng.normal(0, 1, (12, 5))
    a[:, 4] = a[:, 3]
    b = rng.normal(0, 1, (8, 12))
    alone = BoundedLeastSquares(a)
    for right, x in zip(b, np.asarray(BatchedLeastSquares(a, CPU).solve(torch.as_tensor(b))[0]), strict=True):
        expected = alone.solve(right)
        assert np.sum((a @ x - right) ** 2) == pytest.approx(np.sum((a @ expected - right) ** 2), abs=1e-9)


def test_a_right_side_that_is_no_number_spoils_only_its_own_row() -> None:
    a, b = np.eye(3), np.array([[0.5, 2.0, -1.0], [np.nan, 0.5, 0.5], [0.1, np.inf, 0.2]])
    x = BatchedLeastSquares(a, CPU).solve(torch.as_tensor(b))[0].numpy()
    assert x[0] == pytest.approx([0.5, 1.0, 0.0])
    assert np.isnan(x[1:]).all()


def test_no_right_sides_are_no_trouble() -> None:
    assert BatchedLeastSquares(np.eye(3), CPU).solve(torch.zeros((0, 3), dtype=torch.float64))[0].shape == (0, 3)
