"""The rigid jaw: Kabsch, channels about the centroid, Euler angles over time."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

from maya_a2f.core.face_parameters import effective_parameters
from maya_a2f.worker.jaw import euler_angles, jaw_channels, jaw_matrices, jaw_targets, rigid_motions

Doubles = npt.NDArray[np.float64]


def rotation(x: float, y: float, z: float) -> Doubles:
    """Rz·Ry·Rx for degrees, written out from the three elementary rotations."""
    (sx, sy, sz), (cx, cy, cz) = np.sin(np.radians([x, y, z])), np.cos(np.radians([x, y, z]))
    rx = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    ry = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    rz = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return np.asarray(rz @ ry @ rx)


def best_angle_by_search(p: Doubles, q: Doubles) -> float:
    """Least squared distance over a grid of turns about z, for points and targets in a plane."""
    angles = np.radians(np.arange(-180, 180, 0.01))
    turned_x = np.cos(angles)[:, None] * p[:, 0] - np.sin(angles)[:, None] * p[:, 1]
    turned_y = np.sin(angles)[:, None] * p[:, 0] + np.cos(angles)[:, None] * p[:, 1]
    return float(angles[np.argmin(((turned_x - q[:, 0]) ** 2 + (turned_y - q[:, 1]) ** 2).sum(axis=1))])


@pytest.mark.parametrize("seed", range(20))
def test_random_rigid_motions_are_recovered(seed: int) -> None:
    rng = np.random.default_rng(seed)
    neutral = rng.uniform(-10, 10, (int(rng.integers(3, 11)), 3)).astype(np.float32)
    turns = np.array([rotation(*rng.uniform(-180, 180, 3)) for _ in range(100)])
    shifts = rng.uniform(-10, 10, (100, 3))
    deltas = (np.einsum("fij,nj->fni", turns, neutral) + shifts[:, None] - neutral).astype(np.float32)
    targets = jaw_targets(deltas.reshape(100, -1), neutral, effective_parameters({}, {}))
    matrices = jaw_matrices(*rigid_motions(neutral, targets))
    moved = np.einsum("fij,nj->fni", matrices[:, :3, :3], neutral) + matrices[:, None, :3, 3]
    assert np.abs(moved - targets).max() < 1e-4
    assert np.allclose(np.linalg.det(matrices[:, :3, :3]), 1.0)


def test_points_in_a_plane_give_a_turn_and_no_mirror() -> None:
    rng = np.random.default_rng(7)
    for _ in range(50):
        frame = rotation(*rng.uniform(-180, 180, 3))
        neutral = np.column_stack([rng.uniform(-5, 5, (5, 2)), np.zeros(5)]) @ frame.T
        turn, shift = rotation(*rng.uniform(-90, 90, 3)), rng.uniform(-5, 5, 3)
        found, moved = rigid_motions(neutral, (neutral @ turn.T + shift)[None])
        assert found[0] == pytest.approx(turn, abs=1e-6)
        assert moved[0] == pytest.approx(shift, abs=1e-5)


def test_a_mirrored_set_gets_the_best_proper_turn() -> None:
    """The plain V·Uᵀ would be a mirror image here; dividing a column by its determinant would not be the best turn."""
    rng = np.random.default_rng(8)
    neutral = rng.normal(0, 1, (6, 3)) * [3.0, 2.0, 1.0]
    neutral -= neutral.mean(axis=0)
    targets = neutral * [1.0, 1.0, -1.0]
    found, _ = rigid_motions(neutral, targets[None])
    error = float(((neutral @ found[0].T - targets) ** 2).sum())
    assert np.linalg.det(found[0]) == pytest.approx(1.0)
    for _ in range(500):
        other = rotation(*rng.uniform(-180, 180, 3))
        assert float(((neutral @ other.T - targets) ** 2).sum()) >= error - 1e-9


def test_a_mirrored_flat_set_turns_over_instead() -> None:
    neutral = np.array([[3.0, 0, 0], [-3, 0, 0], [0, 1, 0], [0, -1, 0], [1, 1, 0]])
    found, _ = rigid_motions(neutral, (neutral * [1, -1, 1])[None])
    assert np.linalg.det(found[0]) == pytest.approx(1.0)
    assert neutral @ found[0].T == pytest.approx(neutral * [1, -1, 1], abs=1e-9)


def test_noisy_flat_points_agree_with_a_search() -> None:
    rng = np.random.default_rng(9)
    p = np.column_stack([rng.uniform(-3, 3, (5, 2)), np.zeros(5)])
    p -= p.mean(axis=0)
    q = p @ rotation(0, 0, 25).T + np.column_stack([rng.normal(0, 0.3, (5, 2)), np.zeros(5)])
    q -= q.mean(axis=0)
    found, _ = rigid_motions(p, q[None])
    assert math.atan2(found[0][1, 0], found[0][0, 0]) == pytest.approx(best_angle_by_search(p, q), abs=2e-4)


def test_points_on_a_line_give_the_smallest_turn() -> None:
    neutral = np.array([[-1.0, 0, 0], [0, 0, 0], [2, 0, 0]])
    found, shift = rigid_motions(
        neutral, np.stack([neutral, neutral + np.array([0, 1, 0]), neutral @ rotation(0, 0, 30).T])
    )
    assert found[:2] == pytest.approx(np.stack([np.eye(3)] * 2), abs=1e-6)
    assert shift[1] == pytest.approx([0, 1, 0], abs=1e-6)
    assert found[2] == pytest.approx(rotation(0, 0, 30), abs=1e-5)


def test_strength_zero_gives_the_identity_or_the_bare_offsets() -> None:
    rng = np.random.default_rng(3)
    neutral, deltas = rng.uniform(-5, 5, (5, 3)).astype(np.float32), rng.normal(0, 1, (4, 15)).astype(np.float32)
    still = effective_parameters({}, {"lowerTeethStrength": 0})
    assert jaw_matrices(*rigid_motions(neutral, jaw_targets(deltas, neutral, still))) == pytest.approx(
        np.stack([np.eye(4)] * 4), abs=1e-12
    )
    shifted = still | {"lowerTeethHeightOffset": -0.5, "lowerTeethDepthOffset": 2.0}
    channels = jaw_channels(neutral, *rigid_motions(neutral, jaw_targets(deltas, neutral, shifted)))
    assert channels == pytest.approx(np.array([[0, -0.5, 2.0, 0, 0, 0]] * 4), abs=1e-9)


def test_channels_turn_about_the_centroid() -> None:
    """Maya moves p to R·(p − c) + c + translate for a joint at c."""
    rng = np.random.default_rng(4)
    neutral = rng.uniform(-5, 5, (5, 3)).astype(np.float32)
    turn, shift = rotation(20, -5, 3), np.array([0.1, -0.4, 0.3])
    channels = jaw_channels(neutral, turn[None], shift[None])
    centre = neutral.astype(np.float64).mean(axis=0)
    point = np.array([1.0, 2.0, 3.0])
    by_joint = rotation(*channels[0, 3:]) @ (point - centre) + centre + channels[0, :3]
    assert by_joint == pytest.approx(turn @ point + shift, abs=1e-9)
    assert channels[0, 3:] == pytest.approx([20, -5, 3], abs=1e-9)


def test_maya_s_row_vector_order_is_x_then_y_then_z() -> None:
    """Maya's xyz order turns a row vector by X, then Y, then Z: (0, 1, 0) by 90° x, then 90° z stays on z."""
    angles = euler_angles((rotation(0, 0, 90) @ rotation(90, 0, 0))[None])
    assert angles[0] == pytest.approx([90, 0, 90], abs=1e-9)
    assert rotation(*angles[0]) @ [0, 1, 0] == pytest.approx([0, 0, 1], abs=1e-9)


def test_angles_run_on_through_half_and_whole_turns() -> None:
    x = np.linspace(0, 800, 400)
    angles = euler_angles(np.array([rotation(value, 10, -20) for value in x]))
    assert angles[:, 0] == pytest.approx(x, abs=1e-6)
    assert np.ptp(angles[:, 1:], axis=0) == pytest.approx([0, 0], abs=1e-6)


def test_y_runs_on_past_a_right_angle_by_the_other_triple() -> None:
    y = np.linspace(0, 170, 172)
    angles = euler_angles(np.array([rotation(5, value, 3) for value in y]))
    assert angles[:, 1] == pytest.approx(y, abs=1e-5)
    assert np.abs(np.diff(angles, axis=0)).max() < 1.5


def test_a_right_angle_keeps_the_x_of_the_frame_before() -> None:
    turns = np.array([rotation(12, 80, 5), rotation(12, 90, 5), rotation(12, 100, 5)])
    assert euler_angles(turns) == pytest.approx(np.array([[12, 80, 5], [12, 90, 5], [12, 100, 5]]), abs=1e-4)


@pytest.mark.parametrize("seed", range(10))
def test_angles_always_give_their_rotation_back(seed: int) -> None:
    rng = np.random.default_rng(seed)
    turns = np.array([rotation(*rng.uniform(-180, 180, 3)) for _ in range(30)])
    for turn, angles in zip(turns, euler_angles(turns), strict=True):
        assert rotation(*angles) == pytest.approx(turn, abs=1e-9)


def test_small_turns_at_once_are_the_small_turns_one_by_one() -> None:
    rng = np.random.default_rng(8)
    turns = np.array([rotation(*rng.uniform(-44, 44, 3)) for _ in range(200)])
    far = rotation(100, 0, 0)[None]  # makes the whole clip be walked through frame by frame
    assert euler_angles(turns) == pytest.approx(euler_angles(np.concatenate([turns, far]))[:-1], abs=1e-12)
