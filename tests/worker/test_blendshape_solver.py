"""The shape solver against an independent reference: plain matrices from section 2, scipy for each frame."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt
import pytest
from scipy.optimize import lsq_linear

from maya_a2f.core.channels import ARKIT_CHANNELS, TONGUE_CHANNELS
from maya_a2f.errors import EngineError
from maya_a2f.worker import blendshape_solver
from maya_a2f.worker.blendshape_solver import BlendshapeSolver, bounding_box_scale, pose_pairs
from maya_a2f.worker.package import BlendshapeConfig, BlendshapeSet
from tests.worker.package_values import bumps, cloud, package_values, shape_set

Doubles = npt.NDArray[np.float64]

PLAIN = BlendshapeConfig(0.0, 0.0, 0.0, 0.0, 10.0, (), (), (), (), ())


def config(poses: int, **changes: object) -> BlendshapeConfig:
    """No regularisation, everything active, no pairs."""
    lists = {
        "active_poses": (1,) * poses,
        "cancel_poses": (-1,) * poses,
        "symmetry_poses": (-1,) * poses,
        "multipliers": (1.0,) * poses,
        "offsets": (0.0,) * poses,
    }
    return dataclasses.replace(PLAIN, **(lists | changes))  # type: ignore[arg-type]


def slow_matrix(shapes: BlendshapeSet, dtype: type = np.float64) -> tuple[Doubles, Doubles, float]:
    """A, D (rows, K) and s of blendshape-solver.md section 2, written down as there."""
    c = shapes.config
    vertices = range(shapes.neutral.size // 3) if shapes.mask is None or not shapes.mask.size else shapes.mask
    rows = [3 * int(v) + axis for v in vertices for axis in range(3)]
    active = [index for index, flag in enumerate(c.active_poses) if flag]
    d = shapes.deltas[active][:, rows].T.astype(dtype)
    points = shapes.neutral.reshape(-1, 3).astype(dtype)
    s = dtype((np.linalg.norm(points.max(0) - points.min(0)) / c.template_bb_size) ** 2)
    pairs = []
    for i, first in enumerate(active):
        for j in range(i + 1, len(active)):
            if c.symmetry_poses[first] == c.symmetry_poses[active[j]] != -1:
                row = np.zeros(len(active), dtype)
                row[i], row[j] = 1, -1
                pairs.append(row)
    eye, ones = np.eye(len(active), dtype=dtype), np.ones((len(active),) * 2, dtype)
    a = d.T @ d + 0.25 * s * c.l1_regularization**2 * ones + 10 * s * c.l2_regularization * eye
    a = a + 100 * s * c.temporal_smoothing * eye
    for row in pairs:
        a = a + 10 * s * c.symmetry * np.outer(row, row)
    return a.astype(dtype), d, float(s)


def slow_solve(shapes: BlendshapeSet, targets: Doubles) -> Doubles:
    """All frames of a clip from absolute positions (F, 3V), section 3."""
    c = shapes.config
    a, d, s = slow_matrix(shapes)
    vertices = range(shapes.neutral.size // 3) if shapes.mask is None or not shapes.mask.size else shapes.mask
    rows = [3 * int(v) + axis for v in vertices for axis in range(3)]
    active = [index for index, flag in enumerate(c.active_poses) if flag]
    previous = np.zeros(len(active))
    result = []
    for target in targets:
        b = d.T @ (target[rows] - shapes.neutral[rows]) + c.temporal_smoothing * s * previous
        upper = np.ones(len(active))
        x = lsq_linear(a, b, bounds=(0, upper), method="bvls", tol=1e-15, max_iter=5000).x
        found = False
        for i, first in enumerate(active):
            for j in range(i + 1, len(active)):
                if c.cancel_poses[first] == c.cancel_poses[active[j]] != -1:
                    upper[j if x[i] >= x[j] else i] = 1e-10
                    found = True
        if found:
            x = lsq_linear(a, b, bounds=(0, upper), method="bvls", tol=1e-15, max_iter=5000).x
        previous = x
        w = np.zeros(len(shapes.pose_names))
        w[active] = x
        result.append(w * np.array(c.multipliers) + np.array(c.offsets))
    return np.array(result)


def random_targets(shapes: BlendshapeSet, frames: int, seed: int) -> Doubles:
    rng = np.random.default_rng(seed)
    phase = rng.uniform(0, 6, len(shapes.pose_names))
    weights = 0.4 + 0.8 * np.sin(np.arange(frames)[:, None] / 3 + phase)
    noise = rng.normal(0, 0.02, (frames, shapes.neutral.size))
    return np.asarray(shapes.neutral + weights @ shapes.deltas + noise)


def solved(solver: BlendshapeSolver, targets: Doubles) -> Doubles:
    return np.array([solver.solve(b) for b in solver.project(targets)])


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("masked", [True, False])
def test_random_clips_agree_with_the_slow_reference(seed: int, masked: bool) -> None:
    package = package_values(seed, masked=masked)
    for shapes in (package.skin, package.tongue):
        assert shapes is not None
        targets = random_targets(shapes, 25, seed)
        assert np.abs(solved(BlendshapeSolver(shapes), targets) - slow_solve(shapes, targets)).max() <= 1e-5


@pytest.mark.parametrize("l2", [0.5, 0.01])
def test_52_poses_with_the_published_settings_agree_with_the_slow_reference(l2: float) -> None:
    rng = np.random.default_rng(11)
    points = cloud(rng, 700, (16, 24, 16))
    active = tuple(0 if "Look" in name or name == "tongueOut" else 1 for name in ARKIT_CHANNELS)
    pairs = tuple(
        ARKIT_CHANNELS.index(name.replace("Right", "Left")) if name.endswith(("Left", "Right")) else -1
        for name in ARKIT_CHANNELS
    )
    pairs = tuple(pair if pairs.count(pair) == 2 else -1 for pair in pairs)
    shapes = shape_set(
        ARKIT_CHANNELS,
        points,
        bumps(rng, points, 52, 1.0, 4.0),
        rng.permutation(700)[:200].astype(np.int32),
        config(52, l1_regularization=0.5, l2_regularization=l2, symmetry=100.0, temporal_smoothing=0.3 * l2,
               template_bb_size=54.7, active_poses=active, symmetry_poses=pairs),
    )  # fmt: skip
    solver = BlendshapeSolver(shapes)
    assert solver.active.size == 43
    targets = random_targets(shapes, 40, 12)
    assert np.abs(solved(solver, targets) - slow_solve(shapes, targets)).max() <= 1e-5


@pytest.mark.parametrize("seed", range(3))
def test_the_cost_in_float32_is_that_of_the_float32_minimum(seed: int) -> None:
    shapes = package_values(seed).skin
    assert shapes is not None
    a, d, _ = slow_matrix(shapes, np.float32)  # type: ignore[arg-type]
    mask = np.asarray(shapes.mask)
    solver = BlendshapeSolver(shapes)
    for target in random_targets(shapes, 10, seed):
        tau = (target - shapes.neutral).reshape(-1, 3)[mask].reshape(-1).astype(np.float32)
        b = d.T @ tau
        solver.reset()
        x = solver.solve(solver.project(target[None])[0])[solver.active]
        best = lsq_linear(a.astype(np.float64), b.astype(np.float64), bounds=(0, 1), method="bvls", tol=1e-15).x
        mine = 0.5 * float(np.sum((a @ x - b).astype(np.float64) ** 2))
        reference = 0.5 * float(np.sum((a @ best - b).astype(np.float64) ** 2))
        rounding = 1e-10 * 0.5 * float(b.astype(np.float64) @ b)  # what is left of a cost of zero in float32
        assert mine <= reference * (1 + 1e-4) + rounding


def test_the_matrix_is_that_of_the_specification() -> None:
    for seed in range(4):
        package = package_values(seed, masked=bool(seed % 2))
        for shapes in (package.skin, package.tongue):
            assert shapes is not None
            expected, _, s = slow_matrix(shapes)
            solver = BlendshapeSolver(shapes)
            assert solver.matrix == pytest.approx(expected, rel=1e-10, abs=1e-10)
            assert solver.scale == pytest.approx(s)


def test_every_term_of_the_matrix_by_hand() -> None:
    """Two one-vertex shapes along x and y, box 3-4-0 (diagonal 5) against 10: s = 1/4."""
    points = np.array([[0, 0, 0], [3, 4, 0]], np.float32)
    deltas = np.array([[1, 0, 0, 0, 0, 0], [0, 2, 0, 0, 0, 0]])
    shapes = shape_set(
        ("a", "b"), points, deltas, None,
        config(2, l1_regularization=2.0, l2_regularization=3.0, temporal_smoothing=4.0, symmetry=5.0,
               symmetry_poses=(7, 7)),
    )  # fmt: skip
    assert bounding_box_scale(shapes.neutral, 10.0) == pytest.approx(0.25)
    l1, diagonal, pair = 0.25 * 0.25 * 4, 0.25 * (10 * 3 + 100 * 4), 0.25 * 10 * 5
    expected = [[1 + l1 + diagonal + pair, l1 - pair], [l1 - pair, 4 + l1 + diagonal + pair]]
    assert BlendshapeSolver(shapes).matrix == pytest.approx(np.array(expected))


def test_the_temporal_term_enters_the_right_side_a_hundred_times_weaker() -> None:
    """One shape of length 1, s = 1, temporal 0.5: A = 1 + 50, b = τ + 0.5·x_prev."""
    points = np.array([[0, 0, 0], [10, 0, 0]], np.float32)
    shapes = shape_set(("a",), points, np.array([[1.0, 0, 0, 0, 0, 0]]), None, config(1, temporal_smoothing=0.5))
    solver = BlendshapeSolver(shapes)
    first = solver.solve(np.array([10.0]))[0]
    assert first == pytest.approx(10 / 51)
    assert solver.solve(np.array([10.0]))[0] == pytest.approx((10 + 0.5 * first) / 51)
    solver.reset()
    assert solver.solve(np.array([10.0]))[0] == pytest.approx(10 / 51)


def test_of_a_cancel_pair_only_the_stronger_stays() -> None:
    points = np.array([[0, 0, 0], [10, 0, 0]], np.float32)
    deltas = np.array([[1.0, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0]])
    shapes = shape_set(("a", "b", "c"), points, deltas, None, config(3, cancel_poses=(4, -1, 4)))
    solver = BlendshapeSolver(shapes)
    assert solver.solve(np.array([0.3, 0.5, 0.4])) == pytest.approx([0, 0.5, 0.4], abs=2e-10)
    assert solver.solve(np.array([0.4, 0.5, 0.4])) == pytest.approx([0.4, 0.5, 0], abs=2e-10)


def test_a_pair_with_an_inactive_member_and_the_id_of_none_are_no_pairs() -> None:
    points = np.array([[0, 0, 0], [10, 0, 0]], np.float32)
    deltas = np.array([[1.0, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0]])
    half_active = config(3, active_poses=(1, 0, 1), symmetry_poses=(2, 2, -1), symmetry=100.0)
    assert BlendshapeSolver(shape_set("abc", points, deltas, None, half_active)).matrix == pytest.approx(np.eye(2))
    two_without = config(3, active_poses=(1, 0, 1), symmetry_poses=(-1, -1, -1), symmetry=100.0)
    assert BlendshapeSolver(shape_set("abc", points, deltas, None, two_without)).matrix == pytest.approx(np.eye(2))


def test_weights_are_scaled_and_shifted_but_not_clamped() -> None:
    points = np.array([[0, 0, 0], [10, 0, 0]], np.float32)
    deltas = np.array([[1.0, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0]])
    shapes = shape_set(
        "ab", points, deltas, None, config(2, active_poses=(1, 0), multipliers=(3.0, 3.0), offsets=(-1.0, 0.25))
    )
    assert BlendshapeSolver(shapes).solve(np.array([0.9])) == pytest.approx([1.7, 0.25])


@pytest.mark.parametrize("offset", [0.314159, 0.123456])
def test_multipliers_of_zero_give_exactly_the_offsets(offset: float) -> None:
    shapes = package_values().skin
    assert shapes is not None
    still = dataclasses.replace(shapes.config, multipliers=(0.0,) * 7, offsets=(offset,) * 7)
    result = solved(BlendshapeSolver(dataclasses.replace(shapes, config=still)), random_targets(shapes, 5, 0))
    assert (result == offset).all()


@pytest.mark.parametrize(
    ("names", "used"),
    [
        (ARKIT_CHANNELS, {14: 0.156, 19: 0.670, 20: 0.479, 23: 0.074, 24: 0.076, 39: 0.121, 40: 0.120}),
        (TONGUE_CHANNELS, {2: 0.156, 3: 0.670, 5: 0.479, 7: 0.074, 11: 0.076, 13: 0.121}),
    ],
)
def test_a_pose_made_of_shapes_comes_back(names: tuple[str, ...], used: dict[int, float]) -> None:
    rng = np.random.default_rng(2)
    points = cloud(rng, 900, (16, 24, 16))
    shapes = shape_set(
        names, points, bumps(rng, points, len(names), 2.0, 4.0), None,
        config(len(names), l1_regularization=0.5, l2_regularization=0.7, template_bb_size=54.7),
    )  # fmt: skip
    weights = np.zeros(len(names))
    weights[list(used)] = list(used.values())
    solver = BlendshapeSolver(shapes)
    target = solver.evaluate_pose(weights)
    rebuilt = solver.evaluate_pose(solver.solve(solver.project(target[None])[0]))
    distance = np.linalg.norm((rebuilt - target).reshape(-1, 3), axis=1).mean()
    assert distance <= 0.2
    assert distance <= 0.1 * np.linalg.norm((target - shapes.neutral).reshape(-1, 3), axis=1).mean()


def test_without_any_regularisation_independent_shapes_come_back_exactly() -> None:
    rng = np.random.default_rng(3)
    points = cloud(rng, 300, (16, 24, 16))
    shapes = shape_set([str(i) for i in range(9)], points, bumps(rng, points, 9, 1.0, 3.0), None, config(9))
    solver = BlendshapeSolver(shapes)
    weights = rng.uniform(0, 1, 9)
    assert solver.solve(solver.project(solver.evaluate_pose(weights)[None])[0]) == pytest.approx(weights, abs=1e-9)


def test_evaluating_a_pose_knows_no_multipliers_and_all_vertices() -> None:
    points = np.array([[0, 0, 0], [1, 1, 1]], np.float32)
    deltas = np.array([[1.0, 0, 0, 0, 2, 0]])
    shapes = shape_set("a", points, deltas, np.array([0], np.int32), config(1, multipliers=(9.0,)))
    assert BlendshapeSolver(shapes).evaluate_pose(np.array([0.5])).tolist() == [0.5, 0, 0, 1, 2, 1]


def test_pairs_are_found_by_id() -> None:
    assert pose_pairs([0, 1, 0, 2, 2, 1]) == ((0, 2), (1, 5), (3, 4))
    assert pose_pairs([-1, -1, 3, -1, 3]) == ((2, 4),)
    assert pose_pairs([]) == ()


@pytest.mark.parametrize("ids", [[0], [0, 0, 0], [1, 1, 2]])
def test_an_id_with_one_or_three_members_is_refused(ids: list[int]) -> None:
    with pytest.raises(EngineError) as caught:
        pose_pairs(ids)
    assert caught.value.code == "package.bad_pairs"


def test_a_set_without_an_active_pose_is_refused() -> None:
    points = np.array([[0, 0, 0], [1, 1, 1]], np.float32)
    shapes = shape_set("a", points, np.ones((1, 6)), None, config(1, active_poses=(0,)))
    with pytest.raises(EngineError) as caught:
        BlendshapeSolver(shapes)
    assert caught.value.code == "package.no_active_pose"


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("temporal", [0.0, 0.3, 5.0])
def test_a_clip_at_once_is_the_clip_frame_by_frame(seed: int, temporal: float) -> None:
    package = package_values(seed)
    for shapes in (package.skin, package.tongue):
        assert shapes is not None
        shapes = dataclasses.replace(shapes, config=dataclasses.replace(shapes.config, temporal_smoothing=temporal))
        solver = BlendshapeSolver(shapes)
        projected = solver.project(random_targets(shapes, 60, seed))
        one_by_one = np.array([solver.solve(b) for b in projected])
        assert solver.solve_clip(projected) == pytest.approx(one_by_one, abs=1e-9)
        assert solver.solve_clip(projected) == pytest.approx(one_by_one, abs=1e-9)  # it starts anew


def test_a_clip_longer_than_what_is_solved_at_once_has_no_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    shapes = package_values(5).skin
    assert shapes is not None
    shapes = dataclasses.replace(shapes, config=dataclasses.replace(shapes.config, temporal_smoothing=4.0))
    solver = BlendshapeSolver(shapes)
    projected = solver.project(random_targets(shapes, 50, 5))
    whole = solver.solve_clip(projected)
    heard: list[int] = []
    monkeypatch.setattr(blendshape_solver, "_FRAMES_PER_BLOCK", 16)
    assert solver.solve_clip(projected, heard.append) == pytest.approx(whole, abs=1e-9)
    assert heard == [0, 16, 32, 48, 50]


@pytest.mark.parametrize("temporal", [0.0, 4.0])
def test_a_moment_solved_again_with_other_dials_is_as_if_solved_alone(temporal: float) -> None:
    """The searches of a few frames begin where the last ones ended, also where other poses win their pairs."""
    shapes = package_values(6).tongue
    assert shapes is not None
    shapes = dataclasses.replace(shapes, config=dataclasses.replace(shapes.config, temporal_smoothing=temporal))
    carried = BlendshapeSolver(shapes)
    projected = carried.project(random_targets(shapes, 12, 6))
    turns = (projected, 0.97 * projected, -projected, projected[:7], projected[5:], projected[:1], projected[3:4])
    for turn in turns:
        assert carried.solve_clip(turn) == pytest.approx(BlendshapeSolver(shapes).solve_clip(turn), abs=1e-9)
    carried.forget()
    assert (carried.solve_clip(projected) == BlendshapeSolver(shapes).solve_clip(projected)).all()
