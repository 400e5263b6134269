"""Bounded least squares against scipy and against the definition of a minimum."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import lsq_linear

from maya_a2f.worker import bounded_least_squares
from maya_a2f.worker.active_set import bounded_minimum
from maya_a2f.worker.bounded_least_squares import BoundedLeastSquares, Minima

Doubles = npt.NDArray[np.float64]


def cost(a: Doubles, b: Doubles, x: Doubles) -> float:
    return 0.5 * float(np.sum((a @ x - b) ** 2))


def by_scipy(a: Doubles, b: Doubles, upper: Doubles | float = 1.0) -> Doubles:
    return np.asarray(lsq_linear(a, b, bounds=(0.0, upper), method="bvls", tol=1e-15, max_iter=2000).x)


def assert_is_the_minimum(a: Doubles, b: Doubles, x: Doubles, upper: Doubles) -> None:
    """First-order conditions of a convex problem: no component can gain by moving within its bounds."""
    gradient = a.T @ (a @ x - b)
    slack = 1e-9 * np.linalg.norm(a) * (np.linalg.norm(a) + np.linalg.norm(b))
    assert ((x >= 0) & (x <= upper)).all()
    inside = (x > 0) & (x < upper)
    assert (np.abs(gradient[inside]) <= slack).all()
    assert (gradient[x == 0] >= -slack).all()
    assert (gradient[x == upper] <= slack).all()


def normal_matrix(rng: np.random.Generator, size: int, rows: int, ridge: float) -> Doubles:
    """A shape set's AᵀA-like matrix with the published kind of terms: near-parallel shapes, pairs, a small ridge."""
    shapes = rng.normal(0, 1, (rows, size)) * rng.uniform(0.05, 30, size)
    shapes[:, 1] = shapes[:, 0] * 0.9 + 0.01 * rng.normal(0, 1, rows)
    matrix = shapes.T @ shapes + 0.0625 + ridge * np.eye(size)
    for first in range(2, size - 1, 4):
        matrix[[first, first + 1], [first, first + 1]] += 1000.0
        matrix[[first, first + 1], [first + 1, first]] -= 1000.0
    return np.asarray(matrix)


@pytest.mark.parametrize("seed", range(30))
def test_random_problems_agree_with_scipy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows, size = (10, 5) if seed % 2 else (int(rng.integers(20, 32)), 20)
    a = rng.normal(0, 1, (rows, size))
    solver = BoundedLeastSquares(a)
    for _ in range(10):
        b = rng.normal(0, 2, rows)
        upper = rng.uniform(0.1, 2, size)
        x = solver.solve(b, upper)
        assert x == pytest.approx(by_scipy(a, b, upper), abs=1e-7)
        assert_is_the_minimum(a, b, x, upper)


@pytest.mark.parametrize("ridge", [35.0, 5.0, 0.05, 1e-4])
def test_ill_conditioned_clips_agree_with_scipy_frame_by_frame(ridge: float) -> None:
    rng = np.random.default_rng(int(ridge * 100))
    size, frames = 43, 60
    a = normal_matrix(rng, size, 300, ridge)
    turns = np.linspace(0, 8, frames)[:, None]
    weights = 0.4 + 0.8 * np.sin(turns + rng.uniform(0, 6, size))
    solver = BoundedLeastSquares(a)
    worst = 0.0
    for weight in weights:
        b = a @ weight + rng.normal(0, 0.1, size)
        x = solver.solve(b)
        assert_is_the_minimum(a, b, x, np.ones(size))
        worst = max(worst, float(np.abs(x - by_scipy(a, b)).max()))
    assert worst <= 1e-5


def test_the_answer_does_not_depend_on_earlier_ones() -> None:
    rng = np.random.default_rng(5)
    a = normal_matrix(rng, 20, 60, 1.0)
    right_sides = [a @ rng.normal(0.4, 1, 20) for _ in range(30)]
    carried = BoundedLeastSquares(a)
    for b in right_sides:
        assert carried.solve(b) == pytest.approx(BoundedLeastSquares(a).solve(b), abs=1e-9)


def test_a_case_by_hand() -> None:
    """A = [[2, 1], [1, 2]], b = (5, 0): free minimum (10/3, −5/3). With x2 = 0 the first's gradient is 5·x1 − 10, so
    x1 goes to its bound 1, where r = (−3, 1) and g = (−5, −1): the second is then let go, 5·x2 + 4 = 5 → x2 = 0.2."""
    solver = BoundedLeastSquares(np.array([[2.0, 1.0], [1.0, 2.0]]))
    assert solver.solve(np.array([5.0, 0.0])) == pytest.approx([1.0, 0.2], abs=1e-12)


def test_the_problem_is_the_squared_one_and_not_the_quadratic_programme() -> None:
    """½xᵀAx − bᵀx would give (1, 0) for the case above: its gradient at (1, 0) is (−3, 1)."""
    solver = BoundedLeastSquares(np.array([[2.0, 1.0], [1.0, 2.0]]))
    assert solver.solve(np.array([5.0, 0.0]))[1] > 0.1


def test_a_singular_matrix_still_gives_a_least_cost() -> None:
    rng = np.random.default_rng(6)
    a = rng.normal(0, 1, (8, 8))
    a[:, 3] = a[:, 2]
    a[:, 5] = 0.0
    for _ in range(20):
        b = rng.normal(0, 2, 8)
        x = BoundedLeastSquares(a).solve(b)
        assert np.isfinite(x).all()
        assert ((x >= 0) & (x <= 1)).all()
        assert cost(a, b, x) == pytest.approx(cost(a, b, by_scipy(a, b)), rel=1e-7, abs=1e-9)


def test_a_matrix_of_zeros_gives_zeros() -> None:
    assert BoundedLeastSquares(np.zeros((4, 4))).solve(np.ones(4)).tolist() == [0.0] * 4


@pytest.mark.parametrize("seed", range(20))
def test_the_fallback_loop_agrees_with_scipy_too(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b, upper = rng.normal(0, 1, (25, 20)), rng.normal(0, 2, 25), rng.uniform(0.1, 2, 20)
    x = bounded_minimum(a, b, upper)
    assert x == pytest.approx(by_scipy(a, b, upper), abs=1e-6)
    assert_is_the_minimum(a, b, x, upper)


def test_huge_and_tiny_right_sides_stay_finite() -> None:
    a = normal_matrix(np.random.default_rng(1), 12, 40, 1.0)
    solver = BoundedLeastSquares(a)
    for size in (0.0, 1e-30, 1e30, 1e100):
        x = solver.solve(np.full(12, size))
        assert ((x >= 0) & (x <= 1)).all()


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 10**6),
    size=st.integers(1, 24),
    frames=st.integers(0, 40),
    spread=st.floats(0.05, 20.0),
    ridge=st.sampled_from([30.0, 1.0, 1e-2, 1e-4]),
)
def test_right_sides_side_by_side_give_the_minimum_of_each(
    seed: int, size: int, frames: int, spread: float, ridge: float
) -> None:
    rng = np.random.default_rng(seed)
    shapes = rng.normal(0, 1, (3 * size + 2, size))
    a = shapes.T @ shapes + ridge * np.eye(size)
    right_sides = rng.normal(0.3, spread, (frames, size)) @ a.T
    upper = rng.uniform(1e-10, 2.0, (frames, size))
    solver = BoundedLeastSquares(a)
    found = solver.minima(right_sides, upper)
    for b, limit, x in zip(right_sides, upper, found.x, strict=True):
        assert_is_the_minimum(a, b, x, limit)
        assert x == pytest.approx(BoundedLeastSquares(a).solve(b, limit), abs=1e-9)


@pytest.mark.parametrize("ridge", [5.0, 0.05])
def test_where_the_search_starts_does_not_matter(ridge: float) -> None:
    rng = np.random.default_rng(3)
    a = normal_matrix(rng, 30, 100, ridge)
    right_sides = rng.normal(0.3, 0.6, (50, 30)) @ a.T
    solver = BoundedLeastSquares(a)
    found = solver.minima(right_sides)
    low = rng.random((50, 30)) < 0.3
    elsewhere = Minima(found.x, low, ~low & (rng.random((50, 30)) < 0.3))
    for start in (found, elsewhere):
        assert solver.minima(right_sides, None, start).x == pytest.approx(found.x, abs=1e-7)
    assert (found.at_lower == (found.x == 0.0)).all()
    assert (found.at_upper == (found.x == 1.0)).all()


def test_more_right_sides_than_are_solved_at_once() -> None:
    rng = np.random.default_rng(4)
    a = normal_matrix(rng, 200, 400, 5.0)
    right_sides = rng.normal(0.3, 0.6, (70, 200)) @ a.T
    together = BoundedLeastSquares(a).minima(right_sides).x
    alone = np.concatenate([BoundedLeastSquares(a).minima(part).x for part in np.split(right_sides, 7)])
    assert together == pytest.approx(alone, abs=1e-9)


def test_of_components_of_very_different_size_each_is_exact_by_its_own_measure() -> None:
    """What is lost in a component of a short column would be nothing beside the rounding of a long one."""
    rng = np.random.default_rng(7)
    a = normal_matrix(rng, 43, 300, 0.01)
    b = rng.normal(0.1, 0.5, (60, 43)) @ a.T
    found = BoundedLeastSquares(a).minima(b)
    exact = a.astype(np.longdouble)
    gradients = np.asarray((found.x.astype(np.longdouble) @ exact.T - b) @ exact, np.float64)
    lengths = np.linalg.norm(a, axis=0)
    assert lengths.max() > 100 * lengths.min()
    unit = lengths * (np.linalg.norm(a) + np.linalg.norm(b, axis=1, keepdims=True))
    assert (gradients >= -1e-15 * unit)[found.at_lower].all()
    assert (gradients <= 1e-15 * unit)[found.at_upper].all()


@pytest.mark.parametrize("ridge", [35.0, 5.0, 0.05])
@pytest.mark.parametrize("are_close", [False, True])
def test_the_search_needs_no_fallback(ridge: float, are_close: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not for ill-conditioned clips, nor where a cancel pair's loser has hardly any room, nor for most held or free."""

    def refuse(*arguments: object) -> Doubles:
        raise AssertionError("the active-set loop was asked")

    monkeypatch.setattr(bounded_least_squares, "bounded_minimum", refuse)
    rng = np.random.default_rng(8)
    a = normal_matrix(rng, 30, 100, ridge)
    solver = BoundedLeastSquares(a)
    for mean in (-0.5, 0.1, 0.5, 1.5):
        b = rng.normal(mean, 0.4, (80, 30)) @ a.T
        upper = np.where(rng.random(b.shape) < 0.2, 1e-10, 1.0) if are_close else np.ones(b.shape)
        for side, limit, x in zip(b, upper, solver.minima(b, upper).x, strict=True):
            assert_is_the_minimum(a, side, x, limit)


def test_a_start_that_is_not_a_number_is_no_start() -> None:
    a = normal_matrix(np.random.default_rng(9), 8, 30, 1.0)
    b = np.random.default_rng(10).normal(0.3, 1.0, (5, 8)) @ a.T
    solver = BoundedLeastSquares(a)
    expected = solver.minima(b)
    start = Minima(np.full((5, 8), np.nan), expected.at_lower, expected.at_upper)
    assert solver.minima(b, None, start).x == pytest.approx(expected.x, abs=1e-12)


def test_what_is_not_a_number_spoils_only_itself() -> None:
    a = normal_matrix(np.random.default_rng(2), 8, 30, 1.0)
    right_sides = np.random.default_rng(3).normal(0.3, 1.0, (5, 8)) @ a.T
    expected = BoundedLeastSquares(a).minima(right_sides).x
    right_sides[1, 3], right_sides[4, 0] = np.nan, np.inf
    found = BoundedLeastSquares(a).minima(right_sides).x
    assert np.isnan(found[[1, 4]]).all()
    assert found[[0, 2, 3]] == pytest.approx(expected[[0, 2, 3]], abs=1e-12)
