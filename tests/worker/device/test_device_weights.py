"""Weights of many clips at once are those of the solver that goes frame by frame."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from maya_a2f.worker.blendshape_solver import BlendshapeSolver
from maya_a2f.worker.package import BlendshapeSet
from tests.worker.package_values import SKIN_CONFIG, bumps, cloud, shape_set

torch = pytest.importorskip("torch", reason="torch is not installed (extra 'gpu')")

from maya_a2f.worker.device.packing import Table, after, packed  # noqa: E402
from maya_a2f.worker.device.weights import SolverName, WeightSolver  # noqa: E402

pytestmark = pytest.mark.train
CPU = torch.device("cpu")
Doubles = npt.NDArray[np.float64]


def shapes_of(seed: int, poses: int = 9, **changes: Any) -> BlendshapeSet:
    rng = np.random.default_rng(seed)
    points = cloud(rng, 120, (16, 24, 16))
    config = dataclasses.replace(
        SKIN_CONFIG,
        **{
            "active_poses": (1,) * (poses - 1) + (0,),
            "cancel_poses": (-1,) * poses,
            "symmetry_poses": (0, 0) + (-1,) * (poses - 2),
            "multipliers": tuple(rng.uniform(0.5, 2.0, poses)),
            "offsets": tuple(rng.uniform(-0.1, 0.1, poses)),
            **changes,
        },
    )
    return shape_set([f"pose{n}" for n in range(poses)], points, bumps(rng, points, poses, 1.5, 6.0), None, config)


def right_sides(solver: BlendshapeSolver, seed: int, frames: int) -> Doubles:
    rng = np.random.default_rng(seed)
    wanted = 0.4 + 0.9 * np.sin(np.linspace(0, 5, frames)[:, None] + rng.uniform(0, 6, solver.active.size))
    return np.asarray(wanted @ solver.matrix)


def by_chunks(shapes: BlendshapeSet, clips: list[Doubles], chunk: int, method: SolverName = "exact") -> list[Doubles]:
    host = BlendshapeSolver(shapes)
    solver = WeightSolver(host, shapes.config, CPU, method)
    counts = [len(clip) for clip in clips]
    made = [np.empty((count, host.pose_count)) for count in counts]
    place, carried = (0, 0), None
    while spans := packed(counts, chunk, *place):
        table = Table(spans, CPU)
        rows = torch.as_tensor(np.concatenate([clips[s.clip][s.first : s.first + s.count] for s in spans]))
        weights, carried = solver.solve(rows, table, carried if spans[0].first else None)
        for span, part in table.parts():
            made[span.clip][span.first : span.first + span.count] = weights[part]
        place = after(spans, counts)
    return made


@pytest.mark.parametrize("temporal", [0.0, 0.3, 5.0])
@pytest.mark.parametrize("pairs", [(-1,) * 9, (-1, -1, 0, 0, 1, 1, -1, 2, 2)])
@pytest.mark.parametrize("chunk", [1, 7, 500])
def test_weights_are_those_of_the_solver_frame_by_frame(temporal: float, pairs: tuple[int, ...], chunk: int) -> None:
    shapes = shapes_of(3, temporal_smoothing=temporal, cancel_poses=pairs)
    host = BlendshapeSolver(shapes)
    clips = [right_sides(host, seed, frames) for seed, frames in ((1, 30), (2, 1), (3, 17))]
    for clip, got in zip(clips, by_chunks(shapes, clips, chunk), strict=True):
        host.reset()
        expected = np.array([host.solve(b) for b in clip])
        assert got == pytest.approx(expected, abs=1e-8)
        assert len(clip) == 1 or np.ptp(got, axis=0).max() > 0.2


def test_the_temporal_term_reaches_the_next_frame_and_stops_at_the_clips_border() -> None:
    shapes = shapes_of(5, temporal_smoothing=5.0)
    host = BlendshapeSolver(shapes)
    jump = np.concatenate([right_sides(host, 1, 1), right_sides(host, 9, 1)])
    (together,) = by_chunks(shapes, [jump], 10)
    apart = by_chunks(shapes, [jump[:1], jump[1:]], 10)
    assert together[0] == pytest.approx(apart[0][0], abs=1e-10)
    assert np.abs(together[1] - apart[1][0]).max() > 1e-5


def test_of_two_equal_poses_of_a_cancel_pair_the_first_wins() -> None:
    shapes = shapes_of(7, symmetry_poses=(-1,) * 9, cancel_poses=(0, 0) + (-1,) * 7)
    host = BlendshapeSolver(shapes)
    target = np.zeros(host.active.size)
    for tilt in (-1e-9, 0.0, 1e-9):
        target[:2] = 0.4 + tilt, 0.4 - tilt
        (weights,) = by_chunks(shapes, [(target @ host.matrix)[None]], 1)
        host.reset()
        assert weights[0] == pytest.approx(host.solve(target @ host.matrix), abs=1e-7)
        solution = (weights[0] - shapes.config.offsets) / shapes.config.multipliers
        assert solution[0] > 0.1
        assert solution[1] <= 1e-9


def test_admm_gives_the_references_four_steps_and_only_where_it_is_named() -> None:
    shapes = shapes_of(11, temporal_smoothing=0.0, multipliers=(1.0,) * 9, offsets=(0.0,) * 9)
    host = BlendshapeSolver(shapes)
    clip = right_sides(host, 4, 25)
    (exact,), (near,) = by_chunks(shapes, [clip], 100), by_chunks(shapes, [clip], 100, "admm")
    assert exact[:, :8] == pytest.approx(np.array([host.solve(b) for b in clip])[:, :8], abs=1e-8)
    assert np.abs(exact - near).max() > 1e-6
    assert near[:, :8] == pytest.approx(np.array([reference_admm(host.matrix, b) for b in clip]), abs=1e-10)


def reference_admm(a: Doubles, b: Doubles) -> Doubles:
    """The specification's steps (blendshape-solver.md section 5), one frame, term by term."""
    w = 0.25 * np.sqrt(np.diag(a.T @ a))
    q = np.linalg.inv(a.T @ a + np.diag(w * w))
    c, u = a.T @ b, np.zeros(len(b))
    z = np.clip(np.linalg.solve(a, b), 0.0, 1.0)
    for _ in range(4):
        x = q @ (w * w * (z - u) + c)
        z_next = np.clip(u + x, 0.0, 1.0)
        u = u + 1.9 * (x - z_next)
        z = z_next
    return np.asarray(z)
