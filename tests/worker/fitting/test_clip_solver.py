"""The solve of whole clips against an independent one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import lsq_linear

from maya_a2f.errors import Cancelled
from maya_a2f.worker.fitting.clip_solver import Contacts, solve_clip

RNG = np.random.default_rng(5)


def problem(size: int = 12, frames: int = 9) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    matrix = RNG.normal(size=(40, size))
    matrix[:, 1] = 0.9 * matrix[:, 0] + 0.1 * matrix[:, 1]  # two that are nearly one
    wanted = RNG.normal(size=(40, frames)) + matrix @ RNG.uniform(-0.5, 1.5, (size, frames))
    return matrix, wanted, matrix.T @ matrix


def nothing(size: int, frames: int) -> Contacts:
    return Contacts(np.zeros((0, size)), np.zeros((0, frames)), np.zeros((0, frames)))


def test_the_minimum_within_bounds_is_found() -> None:
    matrix, wanted, h = problem()
    upper = np.full(12, 0.8)
    x = solve_clip(h, matrix.T @ wanted, upper, np.zeros(12), nothing(12, 9), 0.0)
    for frame in range(9):
        exact = lsq_linear(matrix, wanted[:, frame], bounds=(0.0, 0.8), method="bvls").x
        assert x[:, frame] == pytest.approx(exact, abs=3e-3)


def test_a_strong_row_is_obeyed() -> None:
    matrix, wanted, h = problem()
    row = RNG.normal(size=(1, 12))
    contacts = Contacts(row, np.full((1, 9), 0.1), np.full((1, 9), 1e5))
    x = solve_clip(h, matrix.T @ wanted, np.ones(12), np.zeros(12), contacts, 0.0)
    assert (row @ x)[0] == pytest.approx(0.1, abs=5e-3)


def test_a_cost_keeps_variables_at_rest() -> None:
    matrix, wanted, h = problem()
    b = matrix.T @ wanted
    free = solve_clip(h, b, np.ones(12), np.zeros(12), nothing(12, 9), 0.0)
    costly = solve_clip(h, b, np.ones(12), np.full(12, 10.0), nothing(12, 9), 0.0)
    assert (costly > 0).sum() < (free > 0).sum()
    assert not solve_clip(h, b, np.ones(12), np.full(12, 1e6), nothing(12, 9), 0.0).any()


def test_smoothing_calms_and_keeps_the_mean() -> None:
    h, frames = np.eye(1), 60
    b = 0.5 + 0.2 * RNG.normal(size=(1, frames))
    calm = solve_clip(h, b, np.ones(1), np.zeros(1), nothing(1, frames), 5.0)
    assert np.abs(np.diff(calm)).max() < 0.3 * np.abs(np.diff(b)).max()
    assert calm.mean() == pytest.approx(b.mean(), abs=1e-2)


def test_it_can_be_stopped() -> None:
    def stop() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        solve_clip(np.eye(2), np.ones((2, 3)), np.ones(2), np.zeros(2), nothing(2, 3), 0.0, stop)
